#!/bin/sh
# SPDX-License-Identifier: MIT
# Under valgrind: a run of each tool, and the unit tests that are fast.  What is read
# before it was set, beyond its end or after it was given back, and what is lost,
# is an error.  Spawners are left out: valgrind has one address space for vfork(2), no
# clone(2) of its own and threads that are slow to start.
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"

ERROR=9
VALGRIND="valgrind -q --error-exitcode=$ERROR --leak-check=full
	--errors-for-leak-kinds=definite,possible --suppressions=$sources/tests/builds/valgrind.supp"

# shellcheck disable=SC2016 # names of make's
TESTS='$(filter-out tests/spawner/check_spawner,$(fast_unit_tests))'

need valgrind
build valgrind CFLAGS="-g -O1" || finish

# clean TOOL ARGUMENT...: nothing is said of the supervisor, but what valgrind says of
# itself ("--PID-- unhandled syscall"); what is too slow here to be proved (status 3)
# is no matter
clean() {
	program=$builds/valgrind/tools/$1
	shift
	# shellcheck disable=SC2086 # a command with its arguments
	HANDOFF_WORKERS=$builds/valgrind/workers timeout 300 $VALGRIND \
		--log-file="$work/log" "$program" "$@" >"$work/out" 2>&1
	status=$?
	grep -v '^--[0-9]*-- ' "$work/log" >"$work/said"
	{ [ $status -eq 0 ] || [ $status -eq 3 ]; } && [ ! -s "$work/said" ]
	result $? "valgrind ${program##*/} $* (status $status)" "$work/said" "$work/out"
}

clean spawn-cost -m null,fork -p float --rounds 1 -f json
clean ctxsw -m null,pipe -p same-cpu --rounds 1 --hist
clean ipc-lat -m null,pipe -p float --rounds 1 -f csv
clean io-lat -m null,pread -p float --rounds 1
clean ctxsw --list
clean io-lat --dry-run
unit_tests valgrind "$TESTS" HANDOFF_RUNNER="$VALGRIND"
skip "valgrind: spawners: no vfork and no clone as the kernel has them"
finish
