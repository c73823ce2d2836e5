#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: spawn-cost against a bare loop of the same calls, pinned alike and
# interleaved, and against what other tools are installed.  Prints the median of
# the paired ratios with the interval of that median; 1.00 is equal.
#
#   BENCH_ROUNDS  pairs of each comparison (default 25)
#   BENCH_CPU     where all of it runs (default: the first CPU allowed)
#
# Needs HANDOFF_TOOLS, HANDOFF_WORKERS and HANDOFF_BENCH, as make sets them.
set -eu

rounds=${BENCH_ROUNDS:-25}
allowed=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
cpu=${BENCH_CPU:-$allowed}
tool=$HANDOFF_TOOLS/spawn-cost
bare=$HANDOFF_BENCH/bare-spawn
target=$HANDOFF_WORKERS/handoff-target-tiny
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# p50 of life in ns: five rounds, each of one freshly executed worker
ours() { # mechanism, rss, count
	taskset -c "$cpu" "$tool" -q -m "$1" --rss "$2" -p same-cpu --rounds 5 -f csv |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
			 NR > 1 && $at["metric"] == "life" { print $at["p50"] }'
}

# The same of five freshly executed bare loops
theirs() {
	for _ in 1 2 3 4 5; do taskset -c "$cpu" "$bare" "$1" "$3" "$2" "$target"; done |
		sort -g | sed -n 3p
}

# median and its order-statistic interval (Le Boudec), of the column on stdin
describe() {
	sort -g | awk '{ y[NR] = $1 }
		END {
			k = int((NR - 1.96 * sqrt(NR)) / 2); if (k < 1) k = 1
			m = NR % 2 ? y[(NR + 1) / 2] : (y[NR / 2] + y[NR / 2 + 1]) / 2
			printf "%.3f [%.3f, %.3f]", m, y[k], y[NR + 1 - k]
		}'
}

median() { sort -g | awk '{ y[NR] = $1 } END { printf "%.2f", y[int((NR + 1) / 2)] / 1000 }'; }

# Which of the two goes first changes from pair to pair.
pair() { # round, mechanism, rss, count
	if [ $(($1 % 2)) = 0 ]; then
		a=$(ours "$2" "$3" "$4"); b=$(theirs "$2" "$3" "$4")
	else
		b=$(theirs "$2" "$3" "$4"); a=$(ours "$2" "$3" "$4")
	fi
	echo "$a $b"
}

compare() { # label, mechanism, rss, operations a round
	for ((round = 0; round < rounds; round++)); do
		pair "$round" "$2" "$3" "$4"
	done > "$work/pairs"
	printf '%-16s %10s us %10s us   %s\n' "$1" \
		"$(cut -d' ' -f1 "$work/pairs" | median)" \
		"$(cut -d' ' -f2 "$work/pairs" | median)" \
		"$(awk '{ print $1 / $2 }' "$work/pairs" | describe)"
}

echo "life p50 on CPU $cpu, $rounds pairs: spawn-cost, bare loop, paired ratio [95 %]"
compare fork fork 0 80
compare vfork vfork 0 250
compare clone-vm-vfork clone-vm-vfork 0 250
compare pthread pthread 0 400
compare posix-spawn posix-spawn 0 60
compare "fork 256 MiB" fork 268435456 5

echo
echo "peers, each in its own way of measuring (mean, unverified), same CPU:"
found=no
if command -v lat_proc > /dev/null; then
	found=yes
	for kind in fork exec shell; do
		taskset -c "$cpu" lat_proc $kind 2>&1 | sed 's/^/  lmbench: /'
	done
fi
if command -v perf > /dev/null && perf bench syscall 2>&1 | grep -q ' fork'; then
	found=yes
	for kind in fork execve; do
		taskset -c "$cpu" perf bench syscall $kind 2>&1 | grep usecs |
			sed "s/^ */  perf bench syscall $kind: /"
	done
fi
if command -v stress-ng > /dev/null; then
	found=yes
	for kind in fork vfork; do
		taskset -c "$cpu" stress-ng --$kind 1 -t 2 --metrics-brief 2>&1 |
			awk -v kind=$kind '$4 == kind { printf "  stress-ng --%s: %.2f us\n", kind, 1e6 / $9 }'
	done
fi
[ $found = yes ] || echo "  none is installed (lmbench, perf bench syscall fork, stress-ng)"
