#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: the rates of ipc-lat --mode throughput against a bare loop that runs free:
# of a window of messages that are answered, and of four senders.  A line each, in
# thousands of messages a second, with the median of the paired ratios (1.00 is equal),
# the interval of that median, and the range of all.  Nobody judges them here: a queue
# that is full for long is quick, and both sides vary by that.
#
#   BENCH_STREAMS   which (default: pipe sysv-msg posix-mq)
#   BENCH_SECONDS   of a bare loop (default 0.3)
#
# and those of common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

streams=${BENCH_STREAMS:-pipe sysv-msg posix-mq}
seconds=${BENCH_SECONDS:-0.3}

ours() { # mechanism, senders, depth
	ask "$cpu" ipc-lat -m "$1" -P process -p same-cpu --mode throughput --size 100 \
		--fan-in "$2" --depth "$3" --rounds 8
	proved transfer messages_per_s
}

theirs() { # mechanism, senders, depth
	on "$cpu" "$HANDOFF_BENCH/bare-stream" "$1" "$seconds" 100 "$2" "$3" 2>"$work/err"
}

compare() { # mechanism, senders, depth
	local label="$1, $2 to 1"
	pairs "ours $1 $2 $3" "theirs $1 $2 $3"
	if [ -s "$work/pairs" ]; then
		print_pairs "$label" k/s
		echo
	else
		printf '%-22s not measured: %s\n' "$label" "$(complaint)"
	fi
}

echo "messages of 100 bytes on CPU $cpu, $rounds pairs: ipc-lat, bare loop, paired ratio [95 %], its range"
for stream in $streams; do
	compare "$stream" 1 16
	compare "$stream" 4 1
done
