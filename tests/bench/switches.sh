#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: the round trips of ctxsw, gross, against a bare loop of the same calls on the
# same CPU and with the same policy, SCHED_BATCH, interleaved.  A line each, with the median of
# the paired ratios (1.00 is equal), the interval of that median, and the range of all.
#
#   p50   medians; each round trip is timed alone
#   mean  against a loop that runs free, with two looks at the clock
#
#   PASS  the median ratio is within 5 % of 1, of means 10 %; else MORE or LESS
#   FAIL  fewer than half of the pairs could be measured
#   SKIP  with the reason
#
# Ends with "N within their bounds, M not, K skipped", and with status 1 if any is not.
#
#   BENCH_MECHANISMS  which (default: pipe unix-stream eventfd posix-sem memfd+futex sysv-msg)
#   BENCH_COUNT       round trips of a bare loop (default 4000)
#
# and those of common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

mechanisms=${BENCH_MECHANISMS:-pipe unix-stream eventfd posix-sem memfd+futex sysv-msg}
count=${BENCH_COUNT:-4000}

# All that is a switch's, times the switches: the round trip.
ours() { # mechanism, p50|mean
	ask "$cpu" ctxsw -m "$1" -P process -p same-cpu --rounds 5
	[ -n "$(proved switch p50)" ] || return
	echo "$(field switch raw_ns) $(field switch mean) $(field switch twin_ns)" \
		"$(field switch switches_per_op)" |
		awk -v what="$2" 'NF == 4 { print (what == "p50" ? $1 : $2 + $3) * $4 }'
}

theirs() { # mechanism, p50|mean
	local mode=per-op
	[ "$2" = p50 ] || mode=free
	middle on "$cpu" chrt -b 0 "$HANDOFF_BENCH/bare-channel" "$1" "$count" "$cpu" "$cpu" $mode
}

compare() { # mechanism, p50|mean, per cent
	local label="$1 $2"
	is_wanted "$label" || return 0
	if [ -z "$(ours "$1" "$2")" ] && [ -n "$(reason)" ]; then
		skip "$label" "$(reason)"
		return
	fi
	pairs "ours $1 $2" "theirs $1 $2"
	judge_within "$label" us "$3"
}

echo "round trips on CPU $cpu, $rounds pairs: ctxsw, bare loop, paired ratio [95 %], its range"
for mechanism in $mechanisms; do
	compare "$mechanism" p50 5
	compare "$mechanism" mean 10
done
conclude
