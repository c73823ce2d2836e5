#!/bin/sh
# SPDX-License-Identifier: MIT
# What stands around a switch: --runnable and --cgroup-depth of ctxsw are proved
# or a skip with its reason, whoever asks; whoever is killed leaves no task and
# no control group behind.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

KILLED=137

# proved NAME FIELD VALUE TIMES: in every round of both peers
proved() {
	: >"$work/wrong"
	value "proof.$1.observed" "$2=$3" metric=switch >"$work/observed"
	value "proof.$1.expected" "$2=$3" metric=switch >"$work/expected"
	test "$(wc -l <"$work/observed")" -eq 2 && cmp -s "$work/observed" "$work/expected"
	result $? "$text: $1 $3 is observed with both peers" "$work/observed" "$work/expected" "$work/err"
}

# measure TEXT ARGUMENT...: all that is asked for is measured and proved; a cell that was
# given up as a busy machine disturbed it is asked for again
measure() {
	text=$1
	shift
	for _ in 1 2 3 4; do
		run -f json -p same-cpu "$@"
		if test "$status" -eq 0 || ! grep -q "other tasks ran amidst" "$work/err"; then
			break
		fi
	done
	sound && test "$status" -eq 0 && ! value verified record=result | grep -qx false
	result $? "$text: measured and proved, status 0" "$work/report" "$work/err"
	nothing_left "$text"
}

# skips TEXT WORDS: the last run had a skip with these words in its reason
skips() {
	sound && value reason record=skip | grep -q "$2"
	result $? "$1: a skip that names $2" "$work/report" "$work/out" "$work/err"
}

# A yield of the others is a switch, and the pair's own stay two: on any kernel.
runnable() {
	measure "--runnable as $1" -m pipe --runnable 0,5,200 --rounds 1
	for count in 5 200; do
		proved runnable runnable $count
		test -n "$(value others_switches_per_op runnable=$count)" &&
			test -n "$(value others_yields_per_op runnable=$count)"
		result $? "--runnable $count as $1: others are counted" "$work/out"
	done
	test -z "$(value proof.runnable.expected runnable=0)$(value others_switches_per_op runnable=0)"
	result $? "--runnable 0 as $1: no others" "$work/out"
	value switches_per_op runnable=200 | awk '$1 < 1.9 || $1 > 3 { bad = 1 } END { exit bad || !NR }'
	result $? "--runnable 200 as $1: about two switches of the pair a round trip" "$work/flat"
}

# Where a yield gives way to others they must be seen to run.
others_run() {
	measure "yield among others" -m yield --runnable 200 --rounds 6
	value others_switches_per_op runnable=200 | awk '!($1 > 0) { bad = 1 } END { exit bad || !NR }'
	result $? "yield among others: they ran" "$work/flat"
}

nested() {
	measure "--cgroup-depth" -m pipe,fifo --cgroup-depth 0,1,8 --rounds 1
	for depth in 1 8; do
		value proof.cgroup_depth.observed "cgroup_depth=$depth" >"$work/observed"
		test "$(grep -cx $depth "$work/observed")" -eq 4
		result $? "--cgroup-depth $depth: observed by both sides" "$work/observed" "$work/out"
	done
	measure "both" -m pipe --cgroup-depth 3 --runnable 10 --rounds 6
	proved runnable runnable 10
	proved cgroup_depth cgroup_depth 3
}

only_where_it_means_something() {
	run -f json --dry-run -m pipe,null,user-switch -p same-cpu -P thread \
		--runnable 0,5 --cgroup-depth 0,2
	flatten
	test "$(value record mechanism=null placement=same-cpu | wc -l)" -eq 1 &&
		test "$(value record mechanism=user-switch placement=same-cpu | wc -l)" -eq 1 &&
		test "$(value record mechanism=pipe placement=same-cpu | wc -l)" -eq 4
	result $? "they sweep kernel switches on one CPU only" "$work/flat"
}

refused() {
	for words in runnable=1000000000 runnable=20001 runnable=x cgroup-depth=65 cgroup-depth=-1; do
		run "--$words"
		test "$status" -eq 129 && grep -q -- "--${words%%=*}" "$work/err" && test ! -s "$work/out"
		result $? "--$words: status 129 and a sentence" "$work/err"
	done
}

# killed TEXT WHOM ARGUMENT...: at a random moment
killed() {
	text=$1
	whom=$2
	shift 2
	start -f json -p same-cpu -m pipe --rounds 20 "$@"
	strike "$whom" KILL 700 >"$work/struck"
	await
	case $whom,$status in
	supervisor,"$KILLED" | *,0 | *,1 | *,3) ;;
	*) false ;;
	esac
	result $? "SIGKILL of a $whom, $text: status $status" "$work/struck" "$work/err"
	nothing_left "SIGKILL of a $whom, $text"
}

kills() {
	cases=3
	[ $can_nest = no ] || cases=6
	for whom in worker supervisor task; do
		seldom $cases && killed "others runnable" "$whom" --runnable 100
		if [ $can_nest = yes ]; then
			seldom $cases && killed "in groups" "$whom" --cgroup-depth 8
		fi
	done
}

unprivileged() {
	[ $unprivileged_turn -ne 0 ] || runnable "an unprivileged user"
	run -f json -p same-cpu -m pipe --cgroup-depth 0,2 --rounds 1
	if [ "$(value verified cgroup_depth=2 | grep -cx true)" -eq 0 ]; then
		skips "--cgroup-depth, unprivileged" "no cgroup can be made here: "
	fi
	nothing_left "--cgroup-depth, unprivileged"
	if command -v prlimit >/dev/null; then
		wrap="prlimit --nproc=60:60"
		run -f json -p same-cpu -m pipe --runnable 5,200 --rounds 6
		wrap=
		skips "ulimit -u 60" "RLIMIT_NPROC 60"
		test "$(value verified runnable=5 | grep -cx true)" -eq 2
		result $? "ulimit -u 60: what it allows is measured" "$work/out" "$work/err"
		nothing_left "ulimit -u 60"
	fi
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
use ctxsw
# One of the two each day.
seldom 2
privileged_turn=$?
seldom 2
unprivileged_turn=$?
[ $privileged_turn -ne 0 ] || runnable "$(id -un)"
others_run
run -f json -p same-cpu -m pipe -P thread --cgroup-depth 1 --rounds 1
flatten
can_nest=yes
if value reason record=skip | grep -q "no cgroup can be made here"; then
	can_nest=no
fi
if [ $can_nest = yes ]; then
	nested
else
	skip "--cgroup-depth: $(value reason record=skip | head -n 1)"
fi
only_where_it_means_something
refused
kills
if become_nobody; then
	unprivileged
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
