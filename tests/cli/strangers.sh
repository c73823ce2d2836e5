#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes that the tool did not make are not touched: those that a shell started before it became
# the tool, whatever they do meanwhile; and those that bear our numbers in another PID namespace.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

# What a shell does before it executes the tool.  It has one child that sleeps, one that is stopped,
# one that has ended, ten more, and one that orphans another while the tool runs.  The stopped one has
# its own session: beside it the kernel would hang up all others when the tool ends.
# shellcheck disable=SC2016 # for the shell inside
BEFORE='
	sleep 300 & echo $! >>"$HANDOFF_KIDS"
	setsid sh -c "kill -STOP \$\$; sleep 300" & echo $! >>"$HANDOFF_KIDS"
	(exit 3) &
	for i in 1 2 3 4 5 6 7 8 9 10; do sleep 300 & echo $! >>"$HANDOFF_KIDS"; done
	(sleep 300 & echo $! >>"$HANDOFF_KIDS"; sleep 0.3) &
	exec "$@"'

# after_a_shell COMMAND...: the tool, started like that; leaves $status, $work/out and $work/err
after_a_shell() {
	HANDOFF_KIDS=$work/kids.d/kids
	export HANDOFF_KIDS
	: >"$HANDOFF_KIDS"
	chmod 666 "$HANDOFF_KIDS"
	# shellcheck disable=SC2086 # commands with their arguments
	timeout -k 5 "$RUN_LIMIT_S" $as env $hear_interrupts HANDOFF_TEST_MARK="$mark" sh -c "$BEFORE" sh "$@" \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# Of those noted, who is not there any more.
lost_kids() {
	while read -r kid; do
		grep -q '^State:[^ZX]*$' "/proc/$kid/status" 2>/dev/null || echo "$kid is gone"
	done <"$HANDOFF_KIDS"
	test "$(wc -l <"$HANDOFF_KIDS")" -eq 13 || echo "$(wc -l <"$HANDOFF_KIDS") of 13"
}

end_kids() {
	while read -r kid; do
		kill -KILL "$kid" 2>/dev/null
	done <"$HANDOFF_KIDS"
}

# spared WANTED TEXT: nobody is lost, the status is this
spared() {
	lost_kids >"$work/report"
	test "$status" -eq "$1" || echo "status $status" >>"$work/report"
	test ! -s "$work/report"
	result $? "$2" "$work/report" "$work/err"
	end_kids
	nothing_left "$2"
}

every_tool() {
	for words in 'spawn-cost -m fork' 'ctxsw -m pipe' 'ipc-lat -m pipe' "io-lat -m threads --size 1M --dir $work/kids.d"; do
		# shellcheck disable=SC2086 # words
		after_a_shell "$TOOLS/${words%% *}" ${words#* } -p same-cpu --rounds 3 -q -f json
		words="${words%% --*}${as:+, as nobody}"
		test "$(grep -c '"record":"result"' "$work/out")" -gt 0
		result $? "$words, become of a shell with children: the answer is there" "$work/out" "$work/err"
		spared 0 "$words, become of a shell with children: they are not touched"
	done
}

each_way() {
	after_a_shell "$TOOLS/ipc-lat" --list -m pipe
	spared 0 "--list: children of before are not touched"
	after_a_shell "$TOOLS/ipc-lat" -m pipe -p same-cpu --rounds 2 --hist
	spared 0 "--hist: children of before are not touched"
	after_a_shell "$TOOLS/spawn-cost" --matrix --concurrent -m fork --rounds 2
	case $status in
	0 | 1 | 129) spared "$status" "--matrix --concurrent: children of before are not touched" ;;
	*) spared 0 "--matrix --concurrent: children of before are not touched" ;;
	esac
	# A worker that is lost is cleaned up after all the same.
	after_a_shell "$TOOLS/spawn-cost" -m clone3-cgroup,fork -p same-cpu --alive 20 --rounds 2
	case $status in 0 | 3) wanted=$status ;; *) wanted=0 ;; esac
	spared "$wanted" "many tasks: children of before are not touched"
}

# stopped SIGNAL STATUS
stopped() {
	after_a_shell timeout --preserve-status -s "$1" 1.5 "$TOOLS/ipc-lat" -m pipe -p same-cpu -t 60s --precision 0.001 -q
	spared "$2" "SIG$1: children of before are not touched"
}

# What reads the tool's output may be a child of the tool.
child_that_reads() {
	if ! command -v bash >/dev/null; then
		skip "bash(1) is missing: output into a process that the shell has started"
		return
	fi
	# shellcheck disable=SC2016 # for the shell inside
	timeout -k 5 "$RUN_LIMIT_S" bash -c 'exec "$@" > >(cat >"$0/log")' "$work" \
		"$TOOLS/ipc-lat" -m pipe -p same-cpu --rounds 2 -q 2>"$work/err"
	status=$?
	look=0
	while ! grep -q 'pipe process' "$work/log" 2>/dev/null && [ $look -lt 50 ]; do
		sleep 0.1
		look=$((look + 1))
	done
	test $status -eq 0 && grep -q 'pipe process' "$work/log"
	result $? "> >(cat): the answer arrives (status $status)" "$work/log" "$work/err"
}

# --- whose numbers /proc shows

# inside COMMAND...: in a PID namespace of its own, with the /proc that was there
inside() {
	# shellcheck disable=SC2086 # commands with their arguments
	timeout -k 5 "$RUN_LIMIT_S" $as env HANDOFF_TEST_MARK="$mark" unshare $spaces "$@" \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# Which namespaces this account may make.
find_spaces() {
	for spaces in '-pf' '-Urpf'; do
		# shellcheck disable=SC2086
		$as unshare $spaces true 2>/dev/null && return 0
	done
	return 1
}

other_numbers() {
	if ! find_spaces; then
		skip "no PID namespace can be made here"
		return
	fi
	for words in 'spawn-cost -m vfork' 'ipc-lat -m pipe -P both' "io-lat -m threads,processes --size 1M --dir $work/kids.d"; do
		# shellcheck disable=SC2086 # words
		inside "$TOOLS/${words%% *}" ${words#* } -p same-cpu --rounds 2 -f json
		words=${words%% --*}
		test $status -eq 0 && test "$(grep -c '"record":"result"' "$work/out")" -gt 0 &&
			grep -q '"check":"proc"' "$work/out"
		result $? "unshare $spaces $words: measured, and it is said that /proc shows others" "$work/out" "$work/err"
		nothing_left "unshare $spaces $words"
	done
	inside "$TOOLS/ctxsw" -m pipe -p same-cpu --rounds 1 -f json
	test $status -ne 0 && grep -q '/proc must be mounted' "$work/out"
	result $? "unshare $spaces ctxsw: what cannot be counted is a skip that says so" "$work/out" "$work/err"
	signals_inside
}

# No number of /proc is ever signalled: none is higher than what this namespace has made.
signals_inside() {
	if ! strace -f -qq -o /dev/null true 2>/dev/null; then
		skip "which numbers are signalled in another PID namespace: no strace(1) here, or it may not"
		return
	fi
	trace=$work/kids.d/trace${as:+-as-nobody}
	inside strace -f -qq -e trace=kill,tkill,tgkill,pidfd_open -o "$trace" \
		"$TOOLS/spawn-cost" -m fork -p same-cpu --rounds 1 -q
	sed -n 's/.*\(kill\|pidfd_open\)(-\{0,1\}\([0-9]*\).*/\2/p' "$trace" | sort -n | tail -1 >"$work/highest"
	# The namespace is new: this run has made some ten processes in it.
	test $status -eq 0 && test "$(cat "$work/highest")" -lt 200
	result $? "unshare $spaces: the highest number that is signalled is $(cat "$work/highest")" "$trace"
}

# without HOW COMMAND...: with nothing below /proc
without_proc() {
	if [ "$(id -u)" -ne 0 ] || ! unshare -m mount -t tmpfs none /proc 2>/dev/null; then
		skip "/proc cannot be hidden here"
		return
	fi
	for words in 'spawn-cost -m fork' 'ipc-lat -m pipe' 'ctxsw -m pipe -P thread'; do
		# shellcheck disable=SC2016,SC2086 # for the shell inside; words
		timeout -k 5 "$RUN_LIMIT_S" unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh \
			"$TOOLS/${words%% *}" ${words#* } -p same-cpu --rounds 1 -f json >"$work/out" 2>"$work/err" </dev/null
		status=$?
		case $words,$status in
		ctxsw*,[013]) ;;
		*,0) ;;
		*) false ;;
		esac && grep -q -e '"check":"proc"' "$work/out"
		result $? "no /proc: $words is measured, or it is said why not" "$work/out" "$work/err"
	done
}

mkdir -m 1777 "$work/kids.d"
every_tool
each_way
if [ -n "$hear_interrupts" ]; then
	stopped INT 130
else
	skip "SIGINT: this env(1) cannot have it heard"
fi
stopped TERM 143
child_that_reads
other_numbers
without_proc
if become_nobody && [ -n "$as" ]; then
	every_tool
	other_numbers
fi
finish
