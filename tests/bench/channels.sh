#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: ipc-lat's round trips against a bare loop of the same calls and
# against perf bench sched pipe: same CPUs, same policy, interleaved.  A line each,
# with the median of the paired ratios (1.00 is equal), the interval of that
# median, and the range of all.
#
#   PASS    the median ratio is within 5 % of 1
#   SLOWER  the tool says more: the harness adds to what it measures
#   FASTER  the tool says less: it does not do what the bare loop does
#   FAIL    fewer than half of the pairs could be measured
#   SKIP    with the reason
#
# Ends with "N within 5 %, M not, K skipped", and with status 1 if any is not.
#
#   BENCH_MECHANISMS  which (default: all that bare-channel has)
#   BENCH_PLACEMENTS  one, two or "one two" CPUs (default one; shm-spin has two always)
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
loops=${BENCH_PERF_LOOPS:-200000}
within=0
not=0
skipped=0

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
ours_mean() {
	trip pipe --size 4
	proved round-trip mean
}

theirs_perf() {
	on "$where" perf bench -f simple sched pipe -l "$loops" 2>"$work/err" |
		awk -v loops="$loops" '$1 > 0 { print $1 * 1e9 / loops }'
}

verdict() { # median ratio
	awk -v ratio="$1" 'BEGIN {
		print (ratio > 1.05 ? "SLOWER" : ratio < 0.95 ? "FASTER" : "PASS") }'
}

# What is in $work/pairs, judged.
judge() { # label
	local got word
	got=$(grep -c . "$work/pairs")
	if [ "$got" = 0 ] || [ $((2 * got)) -lt "$rounds" ]; then
		printf '%-22s FAIL %s of %s pairs measured: %s\n' "$1" "$got" "$rounds" "$(complaint)"
		not=$((not + 1))
		return
	fi
	word=$(verdict "$(awk '{ print $1 / $2 }' "$work/pairs" | describe | cut -d' ' -f1)")
	print_pairs "$1"
	echo "   $word$([ "$got" = "$rounds" ] || echo " ($got of $rounds pairs)")"
	if [ "$word" = PASS ]; then
		within=$((within + 1))
	else
		not=$((not + 1))
	fi
}

compare() { # mechanism, one|two
	local label="$1 $2" mode
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
	judge "$label"
	[ -z "${BENCH_KEEP:-}" ] || mv "$work/pairs" "$work/pairs.$1.$2"
}

compare_perf() {
	local label="perf sched pipe, mean"
	choose_seat one
	if ! perf bench -f simple sched pipe -l 10 >"$work/err" 2>&1; then
		skip "$label" "perf bench does not run here: install perf"
		return
	fi
	pairs ours_mean theirs_perf
	judge "$label"
	[ -z "${BENCH_KEEP:-}" ] || mv "$work/pairs" "$work/pairs.perf"
}

echo "round trip of 1 byte, processes, one: CPU $cpu, two: CPUs $cpus, $rounds pairs:"
echo "ipc-lat, bare loop, paired ratio [95 %], its range"
for mechanism in $mechanisms; do
	[ "$mechanism" = shm-spin ] && at=two || at=$placements
	for placement in $at; do
		compare "$mechanism" "$placement"
	done
done
compare_perf
echo "$within within 5 %, $not not, $skipped skipped"
[ "$not" = 0 ]
