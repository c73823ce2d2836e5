#!/bin/sh
# SPDX-License-Identifier: MIT
# Ten thousand threads at once, and as many processes as the account may have:
# to the end, counted by the kernel, and nothing is left.  What is more than
# allowed is a skip that names the limit.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1
MANY=$(part_of 10000 5 100)
LIMIT=400
ALLOWED=300

# reached TEXT NUMBER MECHANISM...: of the last run, with so many alive
reached() {
	text=$1
	alive=$2
	shift 2
	sound
	result $? "$text: the records" "$work/report" "$work/err"
	for mechanism; do
		value verified "mechanism=$mechanism" "alive=$alive" metric=call | grep -qx true
		result $? "$text: $mechanism is measured" "$work/err"
		value proof.tasks_run.observed "mechanism=$mechanism" metric=call >"$work/run"
		awk -v alive="$alive" '{ is_enough = $1 >= alive } END { exit !is_enough }' "$work/run"
		result $? "$text: $mechanism has run so many" "$work/run"
	done
}

# counted TEXT NUMBER MECHANISM...: the kernel saw them alive at once
counted() {
	text=$1
	alive=$2
	shift 2
	for mechanism; do
		value proof.tasks_alive.observed "mechanism=$mechanism" metric=call | grep -qx "$alive"
		result $? "$text: the kernel counts them for $mechanism"
	done
}

# named TEXT MECHANISM LIMIT: nothing was measured, and the reason names the limit
named() {
	sound
	value reason record=skip "mechanism=$2" >"$work/reasons"
	test "$status" -eq $EXIT_NOTHING && grep -Eq "$3" "$work/reasons"
	result $? "$1: $2 is a skip that names the limit" "$work/report" "$work/reasons" "$work/err"
}

smallest() {
	LC_ALL=C sort -n | head -n 1
}

# What this machine and its control groups allow, whoever asks.
room() {
	{
		cat /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max
		sed -n 's/^Max processes *\([0-9]*\) .*/\1/p' /proc/self/limits
		sed -n 's,^[0-9]*:[^:]*pids[^:]*:\(.*\),/sys/fs/cgroup/pids\1/pids.max,p; s,^0::\(.*\),/sys/fs/cgroup\1/pids.max,p' \
			/proc/self/cgroup | while read -r file; do
			cat "$file" 2>/dev/null
		done
	} | grep -x '[0-9]*' | smallest
}

threads() {
	if [ "$(room)" -lt $((MANY + 2000)) ]; then
		skip "$MANY threads: only $(room) tasks are allowed here"
		return
	fi
	run -f json -p same-cpu -m pthread,thread-raw --alive "$MANY" --rounds 1
	reached "$MANY threads alive" "$MANY" pthread thread-raw
	counted "$MANY threads alive" "$MANY" pthread thread-raw
	nothing_left "$MANY threads alive"
}

processes_allowed() {
	wrap="prlimit --nproc=$LIMIT:$LIMIT"
	# shellcheck disable=SC2086 # commands with their arguments
	if ! $as $wrap true 2>/dev/null; then
		skip "$ALLOWED processes: no prlimit(1) here"
		return
	fi
	run -f json -p same-cpu -m fork,posix-spawn,process-pool --alive $ALLOWED --rounds 1
	reached "$ALLOWED processes of $LIMIT" $ALLOWED fork posix-spawn process-pool
	counted "$ALLOWED processes of $LIMIT" $ALLOWED fork posix-spawn
	nothing_left "$ALLOWED processes of $LIMIT"
	if [ -z "$as" ]; then
		skip "more than allowed: this account has processes of its own"
		return
	fi
	run -f json -p same-cpu -m fork --alive 1000 --rounds 1
	named "1000 processes of $LIMIT" fork NPROC
	run -f json -p same-cpu -m process-pool --alive 1000 --rounds 1
	named "1000 processes of $LIMIT" process-pool NPROC
	run -f json -p same-cpu -m pthread --alive 1000 --rounds 1
	named "1000 threads of $LIMIT" pthread NPROC
	nothing_left "more than $LIMIT"
	wrap=
	run -f json -p same-cpu -m fork --alive 10000000 --rounds 1
	named "ten million processes" fork 'NPROC|pid_max|threads-max|pids.max|memory'
	nothing_left "ten million processes"
}

threads
become_nobody
processes_allowed
finish
