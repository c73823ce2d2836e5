#!/bin/sh
# SPDX-License-Identifier: MIT
# What make check leaves out on one day it runs on another: sample.sh, by all seeds.
unset HANDOFF_CHECK_LONG HANDOFF_TEST_SHARE
# shellcheck source=tests/kit/sample.sh
. "${srcdir:-.}/tests/kit/sample.sh"

number=0
failed=0
FIRST=20000

# result STATUS TEXT
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}

# every_day LINES SHARE: a line a day
every_day() {
	for seed in $(seq $FIRST $((FIRST + $2 - 1))); do
		seq 1 "$1" | some "$2" | tr '\n' ' '
		echo
	done
}

for family in 1:4 3:4 4:4 9:4 33:8 5:1; do
	lines=${family%:*}
	share=${family#*:}
	sampled=$(every_day "$lines" "$share")
	test "$(echo "$sampled" | grep -c '[0-9]')" -eq "$share"
	result $? "$lines lines, one of $share: some each day"
	test "$(echo "$sampled" | tr ' ' '\n' | sort -un | grep -c .)" -eq "$lines"
	result $? "$lines lines, one of $share: all of them in $share days"
done
for seed in 20000 20001 20002 20003; do
	turn=0
	seldom 3; a=$?
	seldom 3; b=$?
	seldom 3; c=$?
	test $((a + b + c)) -eq 2
	result $? "seed $seed: of three neighbours one is run"
done
test "$(part_of 30 5 3) $(part_of 30 20 3) $(HANDOFF_TEST_SHARE=64; part_of 30 5 3)" = "6 3 3"
result $? "a part of a number is no less than its least"
HANDOFF_CHECK_LONG=1
test "$(part_of 30 5 3)" -eq 30 && test "$(seq 1 9 | some 4 | wc -l)" -eq 9 && seldom 1000 && seldom 1000
result $? "make check-long runs all"
echo "1..$number"
exit $failed
