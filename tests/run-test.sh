#!/bin/sh
# SPDX-License-Identifier: MIT
# run-test.sh PROGRAM [ARGUMENT...] - runs one test as make check wants it.
#
# HANDOFF_SLOW_TESTS, HANDOFF_SKIP_SLOW: if the second is set, tests named in the first are skipped
# HANDOFF_RUNNER: a command that runs the test's program, as "valgrind -q --error-exitcode=99"
# HANDOFF_TEST_TIMEOUT: seconds after which a test is killed (600)
set -u
# Tests count descriptors: those that we were started with are nobody's.
exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-

SKIP=77
TIMED_OUT=124

name=tests/${1##*tests/}
case " ${HANDOFF_SKIP_SLOW:+$HANDOFF_SLOW_TESTS} " in
*" $name "*)
	echo "$name is slow, and HANDOFF_SKIP_SLOW is set"
	exit $SKIP
esac

# summary.sh reads the line that libcheck prints; a busy machine gets its time.
export CK_VERBOSITY=normal
export CK_TIMEOUT_MULTIPLIER="${CK_TIMEOUT_MULTIPLIER:-5}"

# tell_time BEGAN: of all that has ended below us, by the kernel's clock ticks of
# 0.01 s; summary.sh reads the line
tell_time() {
	read -r up _ </proc/uptime
	read -r own </proc/$$/stat
	# Behind the name, which may be any: cutime and cstime.
	# shellcheck disable=SC2086 # a word a field
	set -- "$1" ${own##*) }
	echo "$1 $up ${15} ${16}" |
		awk '{ printf "# took %.1f s, %.1f s of CPU\n", $2 - $1, ($3 + $4) / 100 }'
}

limit=${HANDOFF_TEST_TIMEOUT:-600}
read -r began _ </proc/uptime
# shellcheck disable=SC2086 # the runner is a command with its arguments
timeout -k 10 "$limit" ${HANDOFF_RUNNER:-} "$@"
status=$?
if [ $status -eq $TIMED_OUT ]; then
	echo "$name had not ended after $limit s"
fi
tell_time "$began"
exit $status
