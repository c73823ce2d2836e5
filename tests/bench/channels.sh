#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: ipc-lat's round trips against a bare loop of the same calls and
# against perf bench sched pipe: same CPUs, same policy, interleaved.  A line each,
# with the median of the paired ratios (1.00 is equal), the interval of that
# median, and the range of all.
#
# Round trips are timed alike, as medians.  Rows with "mean" hold the tool's mean against that
# of a loop that looks at the clock twice, and of perf: which has all of its trips in one
# process, while ours are of five fresh ones.
#
#   PASS    the median ratio is within 5 % of 1; of means within 10 %
#   MORE    the tool says more: the harness adds to what it measures
#   LESS    the tool says less: it does not do what the bare loop does
#   FAIL    fewer than half of the pairs could be measured
#   SKIP    with the reason
#
# Ends with "N within their bounds, M not, K skipped", and with status 1 if any is not.
#
#   BENCH_MECHANISMS  which (default: all that bare-channel has)
#   BENCH_PLACEMENTS  one, two or "one two" CPUs (default one; shm-spin has two always)
#   BENCH_MEANS       of which the means, too (default: pipe unix-stream sysv-msg posix-mq
#                     memfd+futex)
#   BENCH_COUNT       round trips of a bare loop (default 4000)
#   BENCH_PERF_LOOPS  of perf: enough that its fork, which it times, too, is none of it
#                     (default 200000)
#
# and those of common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

mechanisms=${BENCH_MECHANISMS:-pipe fifo unix-stream unix-seqpacket tcp udp eventfd posix-mq \
	sysv-msg sysv-sem posix-sem memfd+futex shm-spin}
placements=${BENCH_PLACEMENTS:-one}
count=${BENCH_COUNT:-4000}
means=${BENCH_MEANS-pipe unix-stream sysv-msg posix-mq memfd+futex}
loops=${BENCH_PERF_LOOPS:-200000}

# where, seat: for taskset and for -p
choose_seat() { # one|two
	where=$cpu
	seat=same-cpu
	if [ "$1" = two ]; then
		where=$cpus
		seat=cpu:$cpus
	fi
}

trip() { # mechanism, argument...
	local mechanism=$1
	shift
	ask "$where" ipc-lat -m "$mechanism" -P process -p "$seat" --rounds 5 "$@"
}

# Round trip in ns: five rounds, each of one freshly executed worker
ours() { # mechanism
	trip "$1"
	proved round-trip p50
}

# The same of five freshly executed bare loops, each round trip timed alone or not as there
theirs() { # mechanism, mode
	local trips=$count
	# A hundred of them take as long as one of another.
	[ "$1" != shm-spin ] || trips=$((100 * count))
	middle on "$where" "$HANDOFF_BENCH/bare-channel" "$1" "$trips" \
		"${where%,*}" "${where#*,}" "$2"
}

# perf sends an int, and has a mean only.
theirs_perf() {
	on "$where" perf bench -f simple sched pipe -l "$loops" 2>"$work/err" |
		awk -v loops="$loops" '$1 > 0 { print $1 * 1e9 / loops }'
}

compare() { # mechanism, one|two
	local label="$1 $2" mode
	is_wanted "$label" || return 0
	choose_seat "$2"
	if [ "$2" = two ] && [ "${cpus%,*}" = "${cpus#*,}" ]; then
		skip "$label" "needs two CPUs: allow another one"
		return
	fi
	trip "$1"
	mode=$(field round-trip mode)
	if [ -z "$mode" ] && [ -n "$(reason)" ]; then
		skip "$label" "$(reason)"
		return
	fi
	pairs "ours $1" "theirs $1 ${mode:-per-op}"
	judge_within "$label" us 5
}

# The mean of messages of BYTES, and of a loop that runs free.
ours_mean() { # mechanism, bytes
	trip "$1" --size "$2"
	proved round-trip mean
}

theirs_free() { # mechanism
	middle on "$where" "$HANDOFF_BENCH/bare-channel" "$1" "$count" "${where%,*}" "${where#*,}" free
}

compare_mean() { # mechanism
	local label="$1 mean"
	is_wanted "$label" || return 0
	choose_seat one
	trip "$1"
	if [ -z "$(field round-trip mean)" ] && [ -n "$(reason)" ]; then
		skip "$label" "$(reason)"
		return
	fi
	pairs "ours_mean $1 1" "theirs_free $1"
	judge_within "$label" us 10
}

compare_perf() {
	local label="perf sched pipe mean"
	is_wanted "$label" || return 0
	choose_seat one
	if ! perf bench -f simple sched pipe -l 10 >"$work/err" 2>&1; then
		skip "$label" "perf bench does not run here: install perf"
		return
	fi
	pairs "ours_mean pipe 4" theirs_perf
	judge_within "$label" us 10
}

echo "round trip of 1 byte, processes, one: CPU $cpu, two: CPUs $cpus, $rounds pairs:"
echo "ipc-lat, bare loop, paired ratio [95 %], its range"
for mechanism in $mechanisms; do
	[ "$mechanism" = shm-spin ] && at=two || at=$placements
	for placement in $at; do
		compare "$mechanism" "$placement"
	done
done
for mechanism in $means; do
	compare_mean "$mechanism"
done
compare_perf
conclude
