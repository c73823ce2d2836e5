#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples of CONTRIBUTING.md, built as they stand there and registered behind all
# others, keep the contract of their kind.  The suites are those of the kinds; tests/Makemodule.am
# links them with a list that has one more.
#
# HANDOFF_HELPERS: tests/cli of the build, beside which they are
set -u

SOURCES=${srcdir:-.}
PROGRAMS=${HANDOFF_HELPERS:-tests/cli}/../kit/examples
EXIT_SKIP=77

number=0
failed=0

# run KIND: each suite of it
run() {
	name=$(awk -v kind="$1" -v what=name -f "$SOURCES/tests/kit/examples.awk" "$SOURCES/CONTRIBUTING.md")
	for suite in contract faults; do
		number=$((number + 1))
		said=$(HANDOFF_ONLY=$name "$PROGRAMS/$1-$suite" 2>&1)
		status=$?
		if [ $status -eq 0 ]; then
			echo "ok $number - the example $name: $suite"
		elif [ $status -eq $EXIT_SKIP ]; then
			echo "ok $number - the example $name: $suite # SKIP ${said#skip - }"
		else
			echo "not ok $number - the example $name: $suite"
			echo "$said" | sed 's/^/# /'
			failed=1
		fi
	done
}

if [ ! -x "$PROGRAMS/channel-contract" ]; then
	echo "ok 1 # SKIP the examples of CONTRIBUTING.md: configure found no check"
	exit $EXIT_SKIP
fi
for kind in spawner channel engine; do
	run $kind
done
echo "1..$number"
exit $failed
