#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench: spawn-cost against a bare loop of the same calls, pinned alike and
# interleaved, and against what other tools are installed.  A line each, with the median of
# the paired ratios (1.00 is equal), the interval of that median, and the range of all.
# The bare loop's tasks do nothing: whatever a task does for the tool shows.
#
#   life  from the call to the end of the wait, median; call: to its return; rate: tasks/s
#
#   PASS  the median ratio is within 2 % of 1 for the life of a fork, 5 % else; MORE, LESS
#   FAIL  fewer than half of the pairs could be measured
#
# Ends with "N within their bounds, M not, K skipped", and with status 1 if any is not.
# Settings are in common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

# Five rounds, each of one freshly executed worker
# shellcheck disable=SC2317 # called by pairs
ours() { # mechanism, rss, life|call|rate
	ask "$cpu" spawn-cost -m "$1" --rss "$2" -p same-cpu --rounds 5
	case $3 in
	rate) proved life tasks_per_s ;;
	*) proved "$3" p50 ;;
	esac
}

# The same of five freshly executed bare loops
# shellcheck disable=SC2317 # called by pairs
theirs() { # mechanism, rss, life|call|rate, count
	middle on "$cpu" "$HANDOFF_BENCH/bare-spawn" "$1" "$4" "$2" \
		"$HANDOFF_WORKERS/handoff-target-tiny" "$3"
}

compare() { # label, mechanism, rss, life|call|rate, operations a round, per cent
	local unit=us
	is_wanted "$1" || return 0
	[ "$4" != rate ] || unit=k/s
	pairs "ours $2 $3 $4" "theirs $2 $3 $4 $5"
	judge_within "$1" $unit "$6"
}

echo "tasks on CPU $cpu, $rounds pairs: spawn-cost, bare loop, paired ratio [95 %], its range"
compare "fork life" fork 0 life 80 2
compare "vfork life" vfork 0 life 250 5
compare "clone-vm-vfork life" clone-vm-vfork 0 life 250 5
compare "pthread life" pthread 0 life 400 5
compare "thread-raw life" thread-raw 0 life 400 5
compare "posix-spawn life" posix-spawn 0 life 60 5
compare "fork 256 MiB life" fork 268435456 life 5 5
compare "fork call" fork 0 call 80 5
compare "pthread call" pthread 0 call 400 5
compare "thread-raw call" thread-raw 0 call 400 5
compare "fork rate" fork 0 rate 80 5
compare "vfork rate" vfork 0 rate 250 5
compare "pthread rate" pthread 0 rate 400 5
compare "thread-raw rate" thread-raw 0 rate 400 5
compare "posix-spawn rate" posix-spawn 0 rate 60 5
conclude
status=$?

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
exit $status
