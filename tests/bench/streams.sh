#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: the rates of ipc-lat --mode throughput against a bare loop that runs free:
# of a window of messages that are answered, and of four senders.  A line each, in
# thousands of messages a second, with the median of the paired ratios (1.00 is equal),
# the interval of that median, and the range of all.
#
#   PASS  the median ratio is within 10 % of 1, else MORE or LESS: a queue that is full for
#         long is quick, and both sides vary by that
#   FAIL  fewer than half of the pairs could be measured
#   SKIP  with the reason
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
	is_wanted "$label" || return 0
	if [ -z "$(ours "$@")" ] && [ -n "$(reason)" ]; then
		skip "$label" "$(reason)"
		return
	fi
	pairs "ours $1 $2 $3" "theirs $1 $2 $3"
	judge_within "$label" k/s 10
}

echo "messages of 100 bytes on CPU $cpu, $rounds pairs: ipc-lat, bare loop, paired ratio [95 %], its range"
for stream in $streams; do
	compare "$stream" 1 16
	compare "$stream" 4 1
done
conclude
