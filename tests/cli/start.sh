#!/bin/sh
# SPDX-License-Identifier: MIT
# What a tool needs before it can begin, and does not get: a sentence and status 1, whatever
# was asked for.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1

# refused TOOL WORDS: the last run said one sentence with these words, and nothing else
refused() {
	test "$status" -eq $EXIT_NOTHING || echo "status $status"
	test ! -s "$work/out" || echo "$(wc -c <"$work/out") bytes on standard output"
	test "$(wc -l <"$work/err")" -eq 1 || echo "not one line"
	grep -q -e "^[^ ]*$1: .*$2" "$work/err" || echo "it does not say $2"
}

# --- the stack

# refuses_every_way TEXT: by $wrap, each tool with each of these
refuses_every_way() {
	: >"$work/report"
	for name in $TOOL_NAMES; do
		use "$name"
		for words in --help --version --list --dry-run '-p same-cpu --rounds 1' --no-such; do
			# shellcheck disable=SC2086 # words
			run $words
			refused "$name" 'stack limit' | sed "s/^/$name $words: /" >>"$work/report"
		done
	done
	test ! -s "$work/report"
	result $? "$1: every tool says so" "$work/report" "$work/err"
}

little_stacks() {
	if ! prlimit --stack=65536:65536 true 2>/dev/null; then
		skip "little stacks: no prlimit(1) here"
		return
	fi
	for kib in 16 32 48 64; do
		wrap="env -i prlimit --stack=$((kib * 1024))"
		refuses_every_way "$kib KiB of stack"
	done
	# What the environment takes of the stack is not there for us.
	wrap="env FILL=$(printf '%0100000d' 0) prlimit --stack=$((192 * 1024))"
	refuses_every_way "192 KiB of stack, half of them full"
}

enough_stack() {
	use ipc-lat
	wrap="env FILL=$(printf '%0100000d' 0) prlimit --stack=$((256 * 1024))"
	run -q -m pipe -p same-cpu --rounds 1
	test "$status" -eq 0
	result $? "256 KiB of stack, 100 of them full: measured" "$work/out" "$work/err"
	wrap=
}

# --- the topology

# libnuma has its own words for it, before we run.
refused_affinity() {
	"$HELPERS/deny" EPERM sched_getaffinity true 2>/dev/null
	if [ $? -eq 77 ]; then
		skip "sched_getaffinity refused: no seccomp here"
		return
	fi
	: >"$work/report"
	for name in $TOOL_NAMES; do
		for error in EPERM ENOSYS; do
			use "$name"
			wrap="timeout -s KILL 20 $HELPERS/deny $error sched_getaffinity"
			run --dry-run
			grep -v '^libnuma: ' "$work/err" >"$work/words"
			mv "$work/words" "$work/err"
			refused "$name" 'sched_getaffinity.*filter' | sed "s/^/$name $error: /" >>"$work/report"
		done
	done
	wrap=
	test ! -s "$work/report"
	result $? "sched_getaffinity refused: every tool says so" "$work/report" "$work/err"
}

# ends_by_term TEXT ARGUMENT...: what waits for its topology ends at once
ends_by_term() {
	text=$1
	shift
	# shellcheck disable=SC2086 # a command with its arguments
	timeout --preserve-status -k 30 1 env HANDOFF_TEST_MARK="$mark" $wrap "$TOOL" --dry-run "$@" >"$work/out" 2>"$work/err"
	status=$?
	test "$status" -eq 143
	result $? "$text, SIGTERM: 143 (it was $status)" "$work/err"
	nothing_left "$text, SIGTERM"
}

hanging_topology() {
	use ctxsw
	mkfifo "$work/fifo.xml"
	ends_by_term "--topology of a FIFO" --topology "$work/fifo.xml"
	cat >"$work/stuck" <<-'END'
		#!/bin/sh
		mount --bind "$FIFO" /sys/devices/system/cpu/online && exec "$@"
	END
	chmod 755 "$work/stuck"
	wrap="env FIFO=$work/fifo.xml unshare -m $work/stuck"
	# shellcheck disable=SC2086 # a command with its arguments
	if ! $wrap true 2>/dev/null; then
		skip "a file below /sys that hangs cannot be made here"
		wrap=
		return
	fi
	ends_by_term "a file below /sys that hangs"
	if seldom 4; then
		run --dry-run
		refused ctxsw '10 seconds' >"$work/report"
		test ! -s "$work/report"
		result $? "a file below /sys that hangs: it is told" "$work/report" "$work/err"
	fi
	wrap=
}

refused_affinity
hanging_topology
if has_sanitizer; then
	skip "little stacks: a sanitizer needs more before it begins"
else
	little_stacks
	enough_stack
fi
finish
