#!/bin/sh
# SPDX-License-Identifier: MIT
# unplug.sh - in a machine that machine.sh has booted: a CPU that is measured on is
# taken offline in the middle of a run.  The run ends, says what it has lost, by its
# status too, and leaves nothing.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/vm/machine-map.sh
. "${srcdir:-.}/tests/vm/machine-map.sh"

RUN_S=8
# With the first worker the run has begun.
BEFORE_S=3
# Beside what was asked for: a worker that is lost is given up after some seconds.
LIMIT_S=60

await_worker() {
	look=0
	until grep -qs '^handoff-' /proc/[0-9]*/comm || [ $look -ge $LIMIT_S ]; do
		sleep 0.2
		look=$((look + 1))
	done
}

# ends: within the limit; its status is then in $status
ends() {
	look=0
	while kill -0 "$supervisor" 2>/dev/null && [ $look -lt $LIMIT_S ]; do
		sleep 1
		look=$((look + 1))
	done
	if [ $look -eq $LIMIT_S ]; then
		kill -KILL "$supervisor"
		await
		return 1
	fi
	await
}

# Rounds were lost, not proved, or all of them are told to be missing.
is_told() {
	awk -F '\t' '$2 ~ /^rounds_(lost|invalid)$/ && $3 > 0 { told = 1 } $2 == "reason" { told = 1 }
		END { exit !told }' "$work/flat"
}

# unplug TEXT ARGUMENT...: the run begins with both CPUs, and ends with one
unplug() {
	text=$1
	shift
	# No run is to be precise enough before its time is over.
	start -f json -v -t ${RUN_S}s --precision 0.01 -p "cpu:$first_cpu,$last_cpu" "$@"
	await_worker
	sleep $BEFORE_S
	echo 0 >"$CPUS/cpu$last_cpu/online"
	grep -qx 0 "$CPUS/cpu$last_cpu/online"
	result $? "$text: CPU $last_cpu is taken offline"
	ends
	result $? "$text: the run ends, status $status" "$work/err"
	sound
	result $? "$text: a whole answer" "$work/report" "$work/err"
	sed 's/^/# /;3q' "$work/err"
	is_told
	result $? "$text: what was lost is told" "$work/flat" "$work/err"
	grep -q "CPU $last_cpu went offline in the middle of the run" "$work/err" "$work/flat"
	result $? "$text: it is said why" "$work/flat" "$work/err"
	case $status in
	0 | 1 | 3) true ;;
	*) false
	esac
	result $? "$text: status $status"
	nothing_left "$text"
	run -f json --rounds 1 -p "cpu:$first_cpu,$last_cpu" "$@"
	flatten
	test "$status" -eq 1 && test "$(value reason record=skip | sort -u)" = "CPU $last_cpu is offline"
	result $? "$text: a further run says that CPU $last_cpu is offline" "$work/out" "$work/err"
	echo 1 >"$CPUS/cpu$last_cpu/online"
	run -f json --rounds 1 -p "cpu:$first_cpu,$last_cpu" "$@"
	flatten
	# Not more: a host with other things to do may lose a round to its deadline.
	! value reason record=skip | grep offline >"$work/reasons"
	result $? "$text: a run after it is back online knows nothing of that" "$work/reasons"
}

map_machine
use spawn-cost
unplug spawn-cost -m fork,pthread
use ctxsw
unplug ctxsw -m pipe -P both
use ipc-lat
unplug ipc-lat -m pipe,memfd+futex -P both
use io-lat
unplug io-lat -m threads,processes --size 1M --depth 2
finish
