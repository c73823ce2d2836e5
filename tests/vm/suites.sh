#!/bin/sh
# SPDX-License-Identifier: MIT
# suites.sh SUITE... - in a machine that machine.sh has booted: suites of make check, by
# their names there, with a small sample of their large families.  Every time is
# nonsense there: what fails depends on the machine's speed, or on what it has.
#
# HANDOFF_TEST_SHARE, HANDOFF_TEST_SEED: as in tests/kit/sample.h
set -u

SHARE=64
SUITE_LIMIT_S=1200
CASES_SHOWN=10
LINES_SHOWN=12      # of each

export HANDOFF_TEST_SHARE="${HANDOFF_TEST_SHARE:-$SHARE}"
export HANDOFF_TEST_TIMEOUT=$SUITE_LIMIT_S
export HANDOFF_RUN_LIMIT=$SUITE_LIMIT_S
# libcheck's own limits are for machines that are real.
export CK_TIMEOUT_MULTIPLIER=20
number=0
failed=0

# why_absent SUITE: what it reads and this machine has not, in words
why_absent() {
	case $1 in
	*/lint.sh | */rooms.sh) echo "there are no sources" ;;
	*/help-man.sh | */pages.sh | */examples.sh) echo "there are no manual pages" ;;
	esac
}

# what_failed LOG: the cases and what they say, as remarks
what_failed() {
	grep ':[FE]:' "$1" | sed "s/^/# /;${CASES_SHOWN}q"
	awk -v cases=$CASES_SHOWN -v lines=$LINES_SHOWN '
		/^not ok/ { shown = cases-- > 0 ? lines : 0; $0 = "# " $0 }
		/^ok/ { shown = 0 }
		shown-- > 0 { print substr($0, 1, 200) }' "$1"
}

# one SUITE: is a case
one() {
	log=/tmp/suite.log
	number=$((number + 1))
	absent=$(why_absent "$1")
	if [ -n "$absent" ]; then
		echo "ok $number - $1 # SKIP $absent here"
		return
	fi
	case $1 in
	*.sh) /bin/sh tests/run-test.sh /bin/sh "$1" ;;
	*) /bin/sh tests/run-test.sh "$1" ;;
	esac >$log 2>&1 </dev/null
	status=$?
	took=$(sed -n 's/^# took \(.* s\),.*/\1/p' $log)
	cases=$(awk 'match($0, /Checks: [0-9]+/) { n += substr($0, RSTART + 8, RLENGTH - 8) }
		/^ok|^not ok/ { n++ } / # SKIP / { skips++ }
		END { print n + 0 " cases" (skips ? ", " skips " of them skipped" : "") }' $log)
	case $status in
	0) echo "ok $number - $1: $cases, $took" ;;
	77) echo "ok $number - $1 # SKIP $(head -n 1 $log)" ;;
	*)
		failed=1
		echo "not ok $number - $1: status $status after $took"
		what_failed $log
		;;
	esac
}

for suite; do
	one "$suite"
done
echo "1..$number"
exit $failed
