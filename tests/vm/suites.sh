#!/bin/sh
# SPDX-License-Identifier: MIT
# suites.sh [SUITE...] - in a machine that machine.sh has booted: the suites of make
# check, unit tests and command line, with a small sample of their large families.  Every
# time is nonsense there: what fails depends on the machine's speed, or on what it has.
#
# HANDOFF_TEST_SHARE, HANDOFF_TEST_SEED: as in tests/kit/sample.h
set -u

SHARE=64
SUITE_LIMIT_S=1200
LINES_SHOWN=10
# What these need is not in the machine: compilers, manual pages, another network.
ABSENT='help-man lint bench examples pages remote survive hostile faults'

export HANDOFF_TEST_SHARE="${HANDOFF_TEST_SHARE:-$SHARE}"
export HANDOFF_TEST_TIMEOUT=$SUITE_LIMIT_S
export HANDOFF_RUN_LIMIT=$SUITE_LIMIT_S
# libcheck's own limits are for machines that are real.
export CK_TIMEOUT_MULTIPLIER=20
number=0
failed=0

is_absent() {
	name=${1##*/}
	case " $ABSENT " in
	*" ${name%.sh} "*) return 0 ;;
	esac
	return 1
}

all_suites() {
	find tests -name 'check_*' -type f | LC_ALL=C sort
	for script in tests/cli/*.sh; do
		case $script in
		*/common.sh | */judge.sh) continue ;;
		esac
		is_absent "$script" || echo "$script"
	done
}

# what_failed LOG: the cases, as remarks
what_failed() {
	grep -E ':[FE]:|^not ok|^# .*(skip|reason|lost|wrong|status|says)' "$1" |
		sed "s/^# //; s/^/# /;${LINES_SHOWN}q"
}

# one SUITE: is a case
one() {
	log=/tmp/suite.log
	case $1 in
	*.sh) /bin/sh tests/run-test.sh /bin/sh "$1" ;;
	*) /bin/sh tests/run-test.sh "$1" ;;
	esac >$log 2>&1 </dev/null
	status=$?
	number=$((number + 1))
	took=$(sed -n 's/^# took \(.* s\),.*/\1/p' $log)
	cases=$(awk 'match($0, /Checks: [0-9]+/) { n += substr($0, RSTART + 8, RLENGTH - 8) }
		/^ok|^not ok/ { n++ } END { print n + 0 }' $log)
	case $status in
	0) echo "ok $number - $1: $cases cases, $took" ;;
	77) echo "ok $number - $1 # SKIP $(head -n 1 $log)" ;;
	*)
		failed=1
		echo "not ok $number - $1: status $status after $took"
		what_failed $log
		;;
	esac
}

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # names, a word each
	set -- $(all_suites)
fi
for suite; do
	one "$suite"
done
echo "1..$number"
exit $failed
