#!/bin/sh
# SPDX-License-Identifier: MIT
# How an operation is timed is said in the plan and is so, by whatever clock: end points do
# not come and go, and a clock that is slow costs a child no page fault.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

HANDOFF_CLOCK=gettime
export HANDOFF_CLOCK

# as_planned TOOL METRIC MECHANISM MODE ARGUMENT...: both by plan and by result
as_planned() {
	TOOL=$TOOLS/$1 metric=$2 mechanism=$3 mode=$4
	shift 4
	run -f json -m "$mechanism" -p same-cpu --dry-run "$@"
	flatten
	test "$(value mode record=plan)" = "$mode"
	result $? "$mechanism: $mode by the plan $*" "$work/flat"
	run -f json -m "$mechanism" -p same-cpu --rounds 1 "$@"
	flatten
	test "$(value mode "metric=$metric" record=result)" = "$mode"
	result $? "$mechanism: $mode by the result $*" "$work/flat" "$work/err"
	test "$(value timer.source record=run)" = clock_gettime
	result $? "$mechanism: by clock_gettime" "$work/flat"
}

end_points() {
	for mechanism in fork thread-raw pthread; do
		as_planned spawn-cost life "$mechanism" per-op
		test "$(value metric record=result | paste -sd' ')" = "call first-instruction reap life"
		result $? "$mechanism has all its end points" "$work/flat"
	done
	as_planned spawn-cost life null batch
	as_planned spawn-cost call coroutine per-op --alive 2
	as_planned ipc-lat round-trip pipe per-op -P process
	as_planned ipc-lat transfer pipe batch -P process --mode throughput --depth 1
	as_planned ctxsw switch pipe per-op -P process
	as_planned ctxsw switch user-switch batch
}

# Whose clock is slow pays in time, not in faults: as many as by the counter, where there is one.
faults() {
	TOOL=$TOOLS/spawn-cost
	for clock in counter gettime; do
		HANDOFF_CLOCK=$clock run -f json -m fork-raw -p same-cpu --rounds 3
		flatten
		value minflt_per_op metric=life >"$work/faults.$clock"
	done
	paste "$work/faults.gettime" "$work/faults.counter" |
		awk '{ ok = $1 < $2 + 1 } END { exit !(NR == 1 && ok) }'
	result $? "fork-raw: no more faults by clock_gettime" "$work/faults.gettime" "$work/faults.counter"
}

end_points
faults
finish
