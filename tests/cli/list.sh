#!/bin/sh
# SPDX-License-Identifier: MIT
# --list of every tool with workers that cannot say anything: the reason, status 1, and
# nothing that looks like a list.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1
workers=$HANDOFF_WORKERS
HANDOFF_WORKERS=$work/workers
export HANDOFF_WORKERS

# told WORDS TEXT: of the last run
told() {
	{
		test "$status" -eq $EXIT_NOTHING || echo "status $status"
		test ! -s "$work/out" || echo "there is a list"
		grep -v '^handoff-' "$work/err" >"$work/said"
		grep -q -e "$1" "$work/said" || echo "'$1' is not told"
		test "$(wc -l <"$work/said")" -eq 1 || echo "more than a sentence"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "$name --list: $2" "$work/report" "$work/err"
}

# script COMMANDS: in the place of the worker
script() {
	printf '#!/bin/sh\n%s\n' "$1" >"$worker"
	chmod 755 "$worker"
}

# probed COMMANDS: a worker of this build, until it is to try its mechanisms
probed() {
	script "case \$* in *is_probe*) $1 ;; *) exec '$workers/${worker##*/}' \"\$@\" ;; esac"
}

each_fault() {
	rm -rf "$HANDOFF_WORKERS"
	run --list
	told 'No such file' "no folder of workers"
	mkdir "$HANDOFF_WORKERS"
	run --list
	told 'No such file' "no worker in it"
	head -c 5000 /dev/urandom >"$worker"
	chmod 644 "$worker"
	run --list
	told 'Permission denied' "not executable"
	chmod 755 "$worker"
	run --list
	told 'Exec format error' "garbage"
	# e_machine of the file header: no machine has this number.
	cp "$workers/${worker##*/}" "$worker"
	printf '\377\376' | dd of="$worker" bs=1 seek=18 conv=notrunc 2>/dev/null
	run --list
	told 'Exec format error' "of another architecture"
	rm "$worker"
	mkdir "$worker"
	run --list
	told 'Permission denied' "a folder"
	rmdir "$worker"
	script 'echo available >&3'
	run --list
	told 'no worker of this build' "a stranger"
	probed 'exit 0'
	run --list
	told 'said nothing' "silent"
	probed 'exit 3'
	run --list
	told 'status 3' "fails"
	probed 'kill -SEGV $$'
	run --list
	told 'signal 11' "crashes"
	probed 'echo available >&3'
	run --list
	told 'cannot be understood' "answers with garbage"
	probed 'head -c 5000 /dev/zero >&3'
	run --list
	told 'cannot be understood' "answers with zeros"
}

# Of another tool.
swapped() {
	name=io-lat
	use $name
	cp "$workers/handoff-spawn-worker" "$HANDOFF_WORKERS/handoff-engine-worker"
	run --list
	told 'worker of kind spawn' "another tool's worker"
}

# What was there of the answer is not written over by none.
file_is_kept() {
	name=spawn-cost
	use $name
	worker=$HANDOFF_WORKERS/handoff-spawn-worker
	echo old >"$work/answer"
	script 'exit 3'
	run --list -o "$work/answer"
	test "$status" -eq $EXIT_NOTHING && test "$(cat "$work/answer")" = old
	result $? "$name --list -o: the old list is kept"
}

no_prctl() {
	HANDOFF_WORKERS=$workers
	"$HELPERS/deny" EINVAL prctl true >"$work/err" 2>&1
	if [ $? -eq 77 ]; then
		skip "prctl refused: $(cat "$work/err")"
		return
	fi
	wrap="$HELPERS/deny EINVAL prctl"
	run --list
	told '(prctl)' "prctl is refused"
	wrap=
}

# Killed when it is asked who it is, and not the next time: asked again.
killed_once() {
	name=spawn-cost
	use $name
	worker=$HANDOFF_WORKERS/handoff-spawn-worker
	script "if mkdir '$work/once' 2>/dev/null; then kill -KILL \$\$; fi; exec '$workers/${worker##*/}' \"\$@\""
	run --list -m null
	test "$status" -eq 0 && test -d "$work/once"
	result $? "$name --list: a worker that is killed before it has said who it is" "$work/err"
	script 'kill -KILL $$'
	run --list
	told 'signal 9' "a worker that is always killed"
}

# Without HANDOFF_WORKERS those of the tool's own build tree, by whatever name it is called.
own_workers() {
	if [ ! -x "$TOOLS/../workers/handoff-spawn-worker" ]; then
		skip "workers of the build tree: these tools are installed"
		return
	fi
	ln -s "$(cd "$TOOLS" && pwd)/spawn-cost" "$work/linked"
	for tool in "$TOOLS/spawn-cost" "$work/linked"; do
		env -u HANDOFF_WORKERS "$tool" --list -m null >"$work/out" 2>"$work/err" && test -s "$work/out"
		result $? "${tool##*/} --list: finds the workers of its build tree" "$work/err"
	done
}

for pair in spawn-cost:spawn ipc-lat:channel ctxsw:channel io-lat:engine; do
	name=${pair%:*}
	use "$name"
	worker=$HANDOFF_WORKERS/handoff-${pair#*:}-worker
	each_fault
done
swapped
file_is_kept
killed_once
own_workers
no_prctl
nothing_left "lists"
finish
