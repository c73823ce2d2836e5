#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input and broken outputs: one clear sentence that names the word, the right
# exit status, nothing on standard output, no file.  And what needs no measuring:
# --help, --version, --list, plans for other machines.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1
EXIT_USAGE=129
RUN_LIMIT_USUAL_S=$RUN_LIMIT_S
SECONDS_MOST=60      # for what takes milliseconds: a busy or emulated machine gets its time
MACHINE='pack:2 numa:1 l3:1 core:2 pu:2'

# --- wrong usage

# One sentence, behind it at most a hint; nothing else anywhere.
is_refused() {
	{
		test "$status" -eq "$1" || echo "status $status, not $1"
		test ! -s "$work/out" || echo "$(wc -c <"$work/out") bytes on standard output"
		grep -qF -e "$2" "$work/err" || echo "'$2' is not named"
		head -n 1 "$work/err" | grep -Eq '^[^ ]*spawn-cost: .{10,}' || echo "no sentence"
		sed 1d "$work/err" | grep -v '^Try ' | sed 's/^/more than a sentence: /'
		ls -A "$work/files"
	} >"$work/report" 2>&1
	test ! -s "$work/report"
}

# bad WORD ARGUMENT...: is wrong usage, and the answer names the word
bad() {
	word=$1
	shift
	run -o "$work/files/answer" "$@"
	is_refused $EXIT_USAGE "$word"
	result $? "wrong usage: $*" "$work/report" "$work/err"
}

bad_words() {
	bad "'no-such'" -m no-such
	bad "'no-such-*'" -m 'no-such-*'
	bad "'fork-'" -m null,fork-
	bad 'did you mean vfork' -m vofrk
	bad 'did you mean fork-exec, vfork-exec' -m null,k-exec
	bad "''" -m ''
	bad "'-5'" --rss -5
	bad "'-5'" --rss=-5
	bad "'12Q'" --rss 4k,12Q
	bad "'2000G'" --rss 2000G
	bad "'nan'" --rss nan
	bad "'0x10'" --rss 0x10
	bad "'1.5'" --fds 1.5
	bad "'0'" --alive 0
	bad "'1000000000'" --alive 1000000000
	bad "'0'" --parallel 0
	bad "'ten'" --vmas ten
	bad "''" --threads ''
	bad "'paper'" --backing paper --rss 4k
	bad "'relative/path'" --exec relative/path
	bad nowhere -p nowhere
	bad cpu:x -p cpu:x
	bad cpu:0,1 -p 0,1
	bad "'sometimes'" --sched sometimes
	bad "'fifo:100'" --sched fifo:100
	bad "'deadline:2ms/1ms'" --sched deadline:2ms/1ms
	bad there --memory there
	bad node: --memory node:
	bad "'0'" --precision 0
	bad "'51'" --precision 51
	bad "'fast'" --precision fast
	bad "'0'" --time 0
	bad "'1d'" --time 1d
	bad "'-1s'" --time=-1s
	bad "'0'" --rounds 0
	bad "'4097'" --rounds 4097
	bad "'x'" --seed x
	bad "'xml'" --format xml
	bad "'friend'" --peer friend
	bad "'socket'" --matrix=socket
	bad "'stray'" stray
	bad no-such-option --no-such-option
	bad format --format
	bad "'everything'" --help=everything
	bad /no/such.xml --dry-run --topology /no/such.xml
	bad "'pack:x'" --dry-run --topology pack:x
	bad "neither a file nor a pipe" --dry-run --topology /dev/zero
	bad --affinity --dry-run --topology pu:4 --affinity=zero
	bad --topology --topology pu:4
	bad --affinity --affinity 0
	bad --matrix --matrix -p llc
	bad 'add --matrix' --concurrent
}

# More than anybody can wait for: to say so must not take long either.
too_many_cells() {
	list=$(awk 'BEGIN { for (i = 1; i < 2000; i++) printf "%d,", i; print 2000 }')
	RUN_LIMIT_S=$SECONDS_MOST
	run -m fork -p float --alive "$list" --vmas "$list" --dry-run
	RUN_LIMIT_S=$RUN_LIMIT_USUAL_S
	is_refused $EXIT_USAGE cells
	result $? "wrong usage: a plan of four million cells" "$work/report" "$work/err"
}

# --- what this machine has not: a skip that says so

# absent WORDS ARGUMENT...: nothing is measured, and the reason has these words
absent() {
	words=$1
	shift
	run -m null --rounds 1 -f json "$@"
	{
		sound || cat "$work/report"
		test "$status" -eq $EXIT_NOTHING || echo "status $status"
		value reason record=skip | grep -qF -e "$words" || echo "'$words' is not in a reason"
	} >"$work/wrong" 2>&1
	test ! -s "$work/wrong"
	result $? "a skip: $*" "$work/wrong" "$work/out" "$work/err"
}

absent_things() {
	absent 'CPU 9999' -p cpu:9999
	absent 'CPU 9999' -p cpu:0,9999
	absent 'node 99' --memory node:99
	if [ ! -e /sys/devices/system/node/node1 ]; then
		absent node -p same-cpu --memory remote
	fi
	run -f json --dry-run -m null -p cpu:3 --topology "$SOURCES/tests/topologies/off.xml"
	grep -q '"skip":"CPU 3 is offline"' "$work/out"
	result $? "a skip: a CPU that is offline" "$work/out" "$work/err"
	run -f json --dry-run -m null -p cpu:2 --topology pu:4 --affinity 0-1
	grep -q '"skip":"[^"]*CPU 2' "$work/out"
	result $? "a skip: a CPU that is not allowed" "$work/out" "$work/err"
}

# --- outputs that break

# broken WORD FILE ARGUMENT...: standard output is FILE
broken() {
	word=$1
	to=$2
	shift 2
	timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" \
		"$TOOL" "$@" >"$to" 2>"$work/err" </dev/null
	status=$?
	: >"$work/out"
	is_refused $EXIT_NOTHING "$word"
	result $? "standard output is $to: $*" "$work/report" "$work/err"
}

closed() {
	timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" \
		"$TOOL" "$@" >&- 2>"$work/err" </dev/null
	status=$?
	: >"$work/out"
	is_refused $EXIT_NOTHING "standard output"
	result $? "standard output is closed: $*" "$work/report" "$work/err"
}

# lost WORD ARGUMENT...: what cannot be written to is status 1
lost() {
	word=$1
	shift
	run "$@"
	is_refused $EXIT_NOTHING "$word"
	result $? "cannot be written to: $*" "$work/report" "$work/err"
}

broken_outputs() {
	lost /no/such/folder -m null --rounds 1 -o /no/such/folder/answer
	lost "$work/files" -m null --rounds 1 -o "$work/files"
	lost "''" -m null --rounds 1 -o ''
	lost "$work/files/new/" -m null --rounds 1 -o "$work/files/new/"
	lost 'descriptor' -m null --rounds 1 -o /dev/fd/77
	lost "$work/files" --list -o "$work/files"
	lost "$work/files" --selftest -o "$work/files"
	lost "$work/files" --dry-run -o "$work/files"
	lost /no/fifo -m null --rounds 1 --perf-control /no/fifo
	mkfifo "$work/perf"
	echo kept >"$work/own"
	lost "not listening" -m null --rounds 1 --perf-control "$work/perf"
	lost "no FIFO" -m null --rounds 1 --perf-control "$work/own"
	lost "no FIFO" -m null --rounds 1 --perf-control /dev/null
	# Opened so, it has a reader.
	exec 9<>"$work/perf"
	lost "no FIFO" -m null --rounds 1 --perf-control "$work/perf,$work/own"
	exec 9>&-
	test "$(cat "$work/own")" = kept
	result $? "--perf-control: a file is not written to" "$work/own"
	closed -m null --rounds 1
	closed --dry-run
	if [ -w /dev/full ]; then
		broken "standard output" /dev/full -q -m null --rounds 1
		broken "standard output" /dev/full -m null --rounds 1 -f json
		broken "standard output" /dev/full --dry-run
		broken "standard output" /dev/full --help
		broken "standard output" /dev/full --version
		if ! has_sanitizer; then
			broken "standard output" /dev/full --list -m null
		fi
	else
		skip "there is no /dev/full"
	fi
}

# Nobody wants to learn after a minute's measuring that there is no such folder, or that
# nobody reads.
lost_at_once() {
	mkfifo "$work/unread"
	long_name=$(printf '%0256d' 0)
	RUN_LIMIT_S=$SECONDS_MOST
	for place in /no/such/folder/answer "$work" '' "$work/$long_name" "$work/unread"; do
		run -m null,fork -o "$place" -t 60s --precision 0.01
		is_refused $EXIT_NOTHING "'$place'"
		result $? "told before the measuring: -o '$place'" "$work/report" "$work/err"
	done
	RUN_LIMIT_S=$RUN_LIMIT_USUAL_S
}

as_somebody_else() {
	if ! become_nobody; then
		skip "no unprivileged account to try a folder that may not be written"
		return
	fi
	mkdir "$work/files/closed"
	chmod 555 "$work/files/closed"
	run -m null --rounds 1 -o "$work/files/closed/answer"
	chmod 755 "$work/files/closed"
	rmdir "$work/files/closed" || status=leftover
	is_refused $EXIT_NOTHING "$work/files/closed/answer"
	result $? "cannot be written to: a folder of somebody else's" "$work/report"
	as=
}

# A reader that goes away ends a tool by no signal, but by an error.
broken_pipe() {
	mkfifo "$work/pipe"
	: <"$work/pipe" &
	timeout -k 5 "$RUN_LIMIT_S" "$TOOL" --dry-run --fds 1,2,3,4,5,6,7,8,9 --vmas 1,2,3,4,5,6,7,8,9 \
		>"$work/pipe" 2>"$work/err"
	status=$?
	wait $!
	: >"$work/out"
	is_refused $EXIT_NOTHING "standard output"
	result $? "standard output is a pipe that nobody reads" "$work/report" "$work/err"
}

# --- what is printed without measuring

quick() {
	began=$(date +%s)
	run "$@"
	took=$(($(date +%s) - began))
	{
		test $status -eq 0 || echo "status $status"
		test $took -lt $SECONDS_MOST || echo "took $took s"
		test -s "$work/out" || echo "says nothing"
		# Not every mechanism can be tried beneath a sanitizer, and that tells so.
		has_sanitizer || cat "$work/err"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "at once, and status 0: $*" "$work/report"
}

quick_answers() {
	quick --help
	quick -h
	quick '-?'
	quick --usage
	quick --version
	quick --list
	grep -Evq '(available|[^ ]+ [^ ]+ [^ ]+)$' "$work/out"
	test $? -eq 1
	result $? "--list: each line says available, or why not" "$work/out"
	quick --list -m 'clone3*'
	grep -vc '^clone3' "$work/out" | grep -qx 0
	result $? "--list -m: what is named, and nothing else" "$work/out"
	quick --dry-run
}

# Where a placement leads to on a machine of two packages.
seats() {
	run --dry-run -f json -m null -p all --topology "$MACHINE"
	flatten
	awk -F '\t' '
		function flush() {
			if (name != "")
				print name, ("skip" in has) ? "skip" : ("cpus.0" in has) ? has["cpus.0"] "," has["cpus.1"] : "-"
			split("", has)
			name = ""
		}
		$1 != last { flush(); last = $1 }
		{ has[$2] = $3 }
		$2 == "placement" { name = $3 }
		END { flush() }' "$work/flat" | tr '\n' ' ' >"$work/seats"
	printf '%s' 'same-cpu 0,0 smt 0,1 l2 skip llc 0,2 node skip package skip machine 0,4 float - ' \
		>"$work/expected"
	cmp -s "$work/seats" "$work/expected"
	result $? "--dry-run: seats on another machine" "$work/seats" "$work/expected"

	run --dry-run -m null --matrix=core --topology "$MACHINE"
	grep -c 'CPU' "$work/out" | grep -qx 16
	result $? "--dry-run: four cores are sixteen ordered pairs" "$work/out"
	run --dry-run -m fork,pthread -p float --rss 0,1M --backing 4k,thp --topology "$MACHINE"
	grep -qx '6 cells to measure.*' "$work/out"
	result $? "--dry-run: what means nothing makes no second cell" "$work/out"
}

# --- signals while the tool waits

# stopped SIGNAL STATUS ARGUMENT...: the tool opens $work/gate, and is told to end once it has
stopped() {
	signal=$1
	wanted=$2
	shift 2
	start -o "$work/files/answer" "$@"
	# A FIFO is opened for writing when its reader has come.
	# shellcheck disable=SC2016 # the inner shell's
	timeout 60 sh -c 'exec 9>"$1" && kill -"$2" "$3" && exec sleep 60' gate \
		"$work/gate" "$signal" "$supervisor" 2>"$work/gate-keeper" &
	keeper=$!
	await
	kill $keeper 2>/dev/null
	wait $keeper 2>/dev/null
	{
		test "$status" -eq "$wanted" || echo "status $status, not $wanted"
		cat "$work/err"
		ls -A "$work/files"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "SIG$signal while it waits, status $wanted: $*" "$work/report"
}

# stopped_in_worker ARGUMENT...: a worker that says nothing
stopped_in_worker() {
	workers=$HANDOFF_WORKERS
	HANDOFF_WORKERS=$work/silent
	stopped TERM 143 "$@"
	HANDOFF_WORKERS=$workers
}

# What comes by a pipe is a file's equal.
piped_topology() {
	topology=$SOURCES/tests/topologies/off.xml
	mkfifo "$work/machine"
	cat "$topology" >"$work/machine" &
	run -q --dry-run -m null -p all --topology "$work/machine"
	wait $!
	cp "$work/out" "$work/by-pipe"
	run -q --dry-run -m null -p all --topology "$topology"
	test -s "$work/out" && cmp -s "$work/out" "$work/by-pipe"
	result $? "--topology: out of a FIFO as out of a file" "$work/by-pipe" "$work/err"
}

# Nobody ever writes: the tool stops waiting by itself, while other cases run.
unwritten() {
	mkfifo "$work/never"
	timeout -k 5 "$RUN_LIMIT_S" "$TOOL" --dry-run --topology "$work/never" \
		>"$work/never-out" 2>"$work/never-err" </dev/null &
	waiter=$!
}

unwritten_is_given_up() {
	wait $waiter
	status=$?
	cp "$work/never-out" "$work/out"
	cp "$work/never-err" "$work/err"
	is_refused $EXIT_USAGE "$work/never"
	result $? "--topology: a FIFO that nobody writes to" "$work/report" "$work/err"
}

stopped_early() {
	mkfifo "$work/gate"
	for case in TERM:143 INT:130 HUP:129 QUIT:131; do
		case $case in
		INT:* | QUIT:*) [ -n "$hear_interrupts" ] || continue ;;
		# Below nohup(1) it stays ignored.
		HUP:*) sh -c 'kill -HUP $$' 2>/dev/null && continue ;;
		esac
		stopped "${case%:*}" "${case#*:}" --dry-run --topology "$work/gate"
	done
	stopped TERM 143 --list --topology "$work/gate"
	mkdir "$work/silent"
	for worker in handoff-spawn-worker handoff-selftest-worker; do
		printf '#!/bin/sh\nexec sleep 60 <%s\n' "$work/gate" >"$work/silent/$worker"
	done
	chmod -R a+rx "$work/silent"
	stopped_in_worker --list
	stopped_in_worker --selftest
	stopped_in_worker -m null --rounds 1
	rm "$work/gate"
}

mkdir "$work/files"
chmod 755 "$work/files"
unwritten
stopped_early
piped_topology
bad_words
too_many_cells
absent_things
broken_outputs
lost_at_once
broken_pipe
quick_answers
seats
unwritten_is_given_up
as_somebody_else
nothing_left "bad input"
finish
