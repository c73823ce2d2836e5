#!/bin/sh
# SPDX-License-Identifier: MIT
# The reference of the host's speed: what records say of it, and that a run loses nothing
# else where it lacks a part, or all of it.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

ROUNDS=6

# Two cells of six rounds, as JSON; $wrap says where the workers are.
measure() {
	TOOL=$TOOLS/ctxsw
	run -f json -m pipe,eventfd -P process -p same-cpu --rounds $ROUNDS
}

# all_measured TEXT: both cells, whatever became of the reference
all_measured() {
	sound && test "$status" -eq 0 &&
		test "$(value mechanism record=result | sort | paste -sd' ')" = "eventfd pipe"
	result $? "$1: cells are what they were" "$work/report" "$work/err"
	nothing_left "$1"
}

# numbers FIELD...: how many numbers a list has, of the run or of each result
count_of() { # record, field
	awk -F '\t' -v record="$1" -v field="$2" '
		$2 == "record" { is_of = $3 == record }
		is_of && index($2, field ".") == 1 { count++ }
		END { print count + 0 }' "$work/flat"
}

# A mix is the sum of its parts, but for the medians of each.
parts_add_up() {
	awk -F '\t' '
		$2 == "reference.ns" { whole = $3 }
		$2 ~ /^reference\.parts_ns\./ { parts++; sum += $3; least = least < $3 ? least : $3 }
		END { exit !(parts == 4 && least >= 0 && sum > whole / 2 && sum < 2 * whole) }' "$work/flat"
}

whole() {
	measure
	all_measured "a reference"
	for field in syscall:128 fault:24 switch:4 fork:1; do
		test "$(value "reference.operations.${field%:*}" record=run)" = "${field#*:}"
		result $? "$field operations in a mix" "$work/flat"
	done
	parts_add_up
	result $? "a mix is the sum of four parts" "$work/flat"
	test "$(count_of run reference.round_ns)" -eq $ROUNDS &&
		test "$(count_of run reference.round_index)" -eq $ROUNDS
	result $? "each round has a reference" "$work/flat"
	test "$(count_of result round_reference_ns)" -eq $((2 * ROUNDS))
	result $? "each round of a result has one" "$work/flat"
	test "$(value reference_ns record=result | sort -u | wc -l)" -eq 1 &&
		test "$(value reference_ns mechanism=pipe record=result)" = "$(value reference.ns record=run)"
	result $? "results of the same rounds have the same" "$work/flat"
	test "$(value reference.cpu record=run)" = "$(value cpus.0 mechanism=pipe record=result)"
	result $? "it is of the cells' CPU" "$work/flat"
}

# Two of six slow rounds are no speed; six could not be two.
one_speed() {
	test "$(value reference.speeds.0.rounds record=run)" -eq $ROUNDS &&
		test "$(value reference.speeds.0.share record=run)" = 1 &&
		! value flags.0 record=result | grep -q SPEEDS
	result $? "six rounds have one speed" "$work/flat"
	run -q -m pipe,eventfd -P process -p same-cpu --rounds 2
	sed -n 3p "$work/out" >"$work/line"
	grep -q "^Ratios hold from run to run; times are of this run, and of the host's speed in it: reference [0-9]* us$" "$work/line"
	result $? "the answer says what holds" "$work/out"
	run -q -m pipe -P process -p same-cpu --rounds 2
	sed -n 3p "$work/out" >"$work/line"
	grep -q "^Times are of this run, and of the host's speed in it: reference [0-9]* us$" "$work/line"
	result $? "of a single cell it speaks of no ratios" "$work/out"
}

# workers COMMAND: links to the real ones, but for the reference's: that is this
workers() {
	rm -rf "$work/workers"
	mkdir "$work/workers"
	for worker in "$HANDOFF_WORKERS"/handoff-*; do
		ln -s "$worker" "$work/workers/${worker##*/}"
	done
	rm "$work/workers/handoff-reference-worker"
	wrap="env HANDOFF_WORKERS=$work/workers"
	[ -n "$1" ] || return
	printf '#!/bin/sh\n%s\n' "$1" >"$work/workers/handoff-reference-worker"
	chmod 755 "$work/workers/handoff-reference-worker"
}

without_fork() {
	if has_sanitizer; then
		skip "without fork: a sanitizer makes calls of its own"
		return
	fi
	case $(uname -m) in
	x86_64) calls=56,57,58,435 ;;
	aarch64) calls=220,435 ;;
	*) skip "without fork: numbers of calls are not known here" && return ;;
	esac
	"$HELPERS/deny" EPERM clone3 true
	if [ $? -eq "$EXIT_SKIP" ]; then
		skip "without fork: no seccomp here"
		return
	fi
	workers "exec '$HELPERS/deny' EPERM $calls '$HANDOFF_WORKERS/handoff-reference-worker' \"\$@\""
	measure
	wrap=
	all_measured "without fork"
	value reference.missing record=run | grep -q '^switch, fork: .'
	result $? "without fork: what is missing is told, and why" "$work/flat"
	test -n "$(value reference.parts_ns.syscall record=run)" &&
		test -n "$(value reference.parts_ns.fault record=run)" &&
		test -z "$(value reference.parts_ns.fork record=run)" &&
		test "$(count_of run reference.round_ns)" -eq $ROUNDS
	result $? "without fork: the other parts are there" "$work/flat"
}

# absent TEXT WORDS: no reference, and these words about it
absent() {
	measure
	wrap=
	all_measured "$1"
	value reference.missing record=run | grep -q "$2" &&
		test -z "$(value reference.ns record=run)" &&
		test -z "$(value reference_ns record=result)"
	result $? "$1: no reference, and why" "$work/flat"
}

no_reference() {
	workers ''
	absent "its worker is not there" .
	workers 'exit 3'
	absent "its worker fails" 'the worker ended with status 3'
	workers "exec '$HANDOFF_WORKERS/handoff-selftest-worker' \"\$@\""
	absent "its worker is another" .
	workers 'case $* in *round=0*) exit 0 ;; esac; kill -9 $$'
	absent "its worker is killed" .
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
whole
one_speed
without_fork
no_reference
finish
