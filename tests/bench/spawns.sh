#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: spawn-cost against a bare loop of the same calls, pinned alike and
# interleaved, and against what other tools are installed.  Prints the median of
# the paired ratios with the interval of that median; 1.00 is equal.  Settings
# are in common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

# p50 of life in ns: five rounds, each of one freshly executed worker
ours() { # mechanism, rss
	ask "$cpu" spawn-cost -m "$1" --rss "$2" -p same-cpu --rounds 5
	proved life p50
}

# The same of five freshly executed bare loops
theirs() { # mechanism, rss, count
	middle on "$cpu" "$HANDOFF_BENCH/bare-spawn" "$1" "$3" "$2" \
		"$HANDOFF_WORKERS/handoff-target-tiny"
}

compare() { # label, mechanism, rss, operations a round
	pairs "ours $2 $3" "theirs $2 $3 $4"
	if [ -s "$work/pairs" ]; then
		print_pairs "$1"
		echo
	else
		printf '%-22s not measured\n' "$1"
	fi
}

echo "life p50 on CPU $cpu, $rounds pairs: spawn-cost, bare loop, paired ratio [95 %], its range"
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
