# shellcheck shell=sh disable=SC2034 # names are for the tests
# SPDX-License-Identifier: MIT
# common.sh - what the command-line tests share; each reads it first.
#
# Every process of a run has this test's mark in its environment, so that what
# outlives the run is found, whoever has adopted it.  Names (control groups,
# /dev/shm, System V ids) are compared with those before, as far as they can be
# ours by their owner and name; other tests may make some meanwhile: left is what
# stays.
#
# HANDOFF_TEST_SEED, HANDOFF_TEST_SHARE, HANDOFF_CHECK_LONG: see tests/kit/sample.sh
# HANDOFF_TOOLS, HANDOFF_WORKERS, HANDOFF_HELPERS: where the programs are
set -u

# shellcheck source=tests/kit/sample.sh
. "${srcdir:-.}/tests/kit/sample.sh"
# shellcheck source=tests/kit/tools.sh
. "${srcdir:-.}/tests/kit/tools.sh"

SETTLE_LOOKS=100     # 0.1 s apart: a guard may need 6 s
RUN_LIMIT_S=${HANDOFF_RUN_LIMIT:-120}
EXIT_SKIP=77

TOOLS=${HANDOFF_TOOLS:-tools}
TOOL=$TOOLS/spawn-cost
HELPERS=${HANDOFF_HELPERS:-tests/cli}
# shellcheck disable=SC2034 # for the tests
SOURCES=${srcdir:-.}

number=0
failed=0
status=0
as=
nobody=$((61000 + $$ % 4000))
wrap=
hear_interrupts=
if env --default-signal=INT true 2>/dev/null; then
	hear_interrupts=--default-signal=INT,QUIT
fi
work=$(mktemp -d) || exit 1
chmod 755 "$work"
mark=${work##*/}$$
trap 'end_marked; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# result STATUS TEXT [FILE...]: one case; the files say what is wrong
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	failed=1
	shift 2
	for file; do
		sed 's/^/# /;40q' "$file"
	done
}

skip() {
	number=$((number + 1))
	echo "ok $number # SKIP $1"
}

finish() {
	echo "1..$number"
	exit $failed
}

# --- runs

# run ARGUMENT...: the tool, by $wrap and as $as; leaves $status, $work/out and $work/err
run() {
	# shellcheck disable=SC2086 # both are commands with their arguments
	timeout -k 5 "$RUN_LIMIT_S" $as env HANDOFF_TEST_MARK="$mark" $wrap "$TOOL" "$@" \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# status_in_time: what the last run should have ended with, where how many cells its budget
# reaches is the machine's matter
status_in_time() {
	if grep -q 'was spent before its turn' "$work/out"; then
		echo 3
	else
		echo 0
	fi
}

# misused WORDS ARGUMENT...: wrong usage, in a sentence with these words, and no answer
misused() {
	words=$1
	shift
	run "$@"
	test "$status" -eq 129 && test ! -s "$work/out" && grep -q -e "$words" "$work/err"
	result $? "$*: wrong usage, '$words'" "$work/err"
}

# start ARGUMENT...: the same, behind us; its process is $supervisor.  A shell has
# those behind it ignore Ctrl-C: they must not.
start() {
	# shellcheck disable=SC2086 # a command with its arguments, an option or none
	$as env $hear_interrupts HANDOFF_TEST_MARK="$mark" "$TOOL" "$@" >"$work/out" 2>"$work/err" </dev/null &
	supervisor=$!
}

# Its status by wait, without the shell's word on who was killed.
await() {
	wait "$supervisor" 2>/dev/null
	status=$?
}

strike() {
	"$HELPERS/strike" "$supervisor" "$@"
}

marked() {
	grep -lzxF "HANDOFF_TEST_MARK=$mark" /proc/[0-9]*/environ 2>/dev/null |
		sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

end_marked() {
	for pid in $(marked); do
		kill -KILL "$pid" 2>/dev/null
	done
}

# an unprivileged user of this test's own: limits count what a user has in all
become_nobody() {
	as=
	if [ "$(id -u)" -ne 0 ]; then
		return 0
	fi
	command -v setpriv >/dev/null || return 1
	as="setpriv --reuid $nobody --regid 65534 --clear-groups"
	# The build may lie where only root can look.
	cp -r "$TOOLS" "$HANDOFF_WORKERS" "$HELPERS" "$work/" 2>/dev/null
	chmod -R a+rX "$work"
	TOOLS=$work/${TOOLS##*/}
	TOOL=$TOOLS/${TOOL##*/}
	HELPERS=$work/${HELPERS##*/}
	HANDOFF_WORKERS=$work/${HANDOFF_WORKERS##*/}
	export HANDOFF_WORKERS
	# shellcheck disable=SC2086
	$as "$TOOL" --version >/dev/null 2>&1
}

# use TOOL: what is run from here on
use() {
	TOOL=$TOOLS/$1
}

has_sanitizer() {
	grep -q -a -e __asan_init -e __tsan_init "$TOOL"
}

# --- what is left

# A control group that only this test's runs make groups in.
enter_group() {
	above=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)$(sed -n 's/^0:://p' /proc/self/cgroup)
	HANDOFF_OWN_GROUP=$above/handoff.$mark
	if mkdir "$HANDOFF_OWN_GROUP" 2>/dev/null; then
		export HANDOFF_OWN_GROUP
		echo $$ >"$HANDOFF_OWN_GROUP/cgroup.procs"
	fi
}

leave_group() {
	if [ -d "${HANDOFF_OWN_GROUP:-}" ]; then
		echo $$ >"${HANDOFF_OWN_GROUP%/*}/cgroup.procs"
		rmdir "$HANDOFF_OWN_GROUP"
	fi
}

# own_space ARGUMENT...: once more, where control groups, /dev/shm, message queues and
# System V ids are this test's alone, so that any name there is a leftover; not where that
# is refused
own_space() {
	if [ -n "${HANDOFF_OWN_SPACE:-}" ]; then
		trap 'end_marked; leave_group; rm -rf "$work"' EXIT
		return 0
	fi
	if [ "$(id -u)" -ne 0 ] || ! unshare -m -i true 2>/dev/null; then
		return 0
	fi
	enter_group
	rm -rf "$work"
	# shellcheck disable=SC2016 # for the shell inside
	HANDOFF_OWN_SPACE=1 exec unshare -m -i sh -c '
		mount -t tmpfs -o mode=1777 none /dev/shm
		if [ -d /dev/mqueue ]; then mount -t mqueue none /dev/mqueue; fi
		exec sh "$@"' sh "$0" "$@"
}

# System V ids of one owner; where the space is ours, of all.
system_v_names() {
	for kind in msg sem shm; do
		awk -v kind=$kind -v owner="$1" -v is_ours="${HANDOFF_OWN_SPACE:-}" '
			NR == 1 { for (i = 1; i <= NF; i++) if ($i == "cuid") column = i; next }
			is_ours || $column == owner { print "System V", kind, $2 }' \
			/proc/sysvipc/$kind 2>/dev/null
	done
}

names() {
	if [ -n "$as" ]; then owner=$nobody; else owner=$(id -u); fi
	if [ -n "${HANDOFF_OWN_SPACE:-}" ]; then
		find /dev/shm /dev/mqueue -mindepth 1 -maxdepth 1 2>/dev/null
	else
		find /dev/shm /dev/mqueue -mindepth 1 -maxdepth 1 -uid "$owner" -name '*handoff-*' 2>/dev/null
	fi
	if [ -n "${HANDOFF_OWN_GROUP:-}" ]; then
		find "$HANDOFF_OWN_GROUP" -mindepth 1 -type d 2>/dev/null
	else
		find /sys/fs/cgroup -type d -uid "$owner" -name 'handoff-*' 2>/dev/null
	fi
	find "${TMPDIR:-/tmp}" -maxdepth 1 -uid "$owner" -name 'handoff-????????' 2>/dev/null
	system_v_names "$owner"
	find . -maxdepth 1 -uid "$owner" -name 'handoff-??????' 2>/dev/null
	find "$work" -name '.handoff-*' 2>/dev/null
}

processes() {
	for pid in $(marked); do
		if read -r words 2>/dev/null <"/proc/$pid/stat"; then
			echo "$words" | cut -d ' ' -f 1-4
		fi
	done
}

names | LC_ALL=C sort >"$work/names-before"

# settle: waits until nothing is left; what is stands in $work/left
settle() {
	names | LC_ALL=C sort | LC_ALL=C comm -23 - "$work/names-before" >"$work/names-new"
	look=0
	while :; do
		names | LC_ALL=C sort | LC_ALL=C comm -12 - "$work/names-new" >"$work/left"
		processes >>"$work/left"
		if [ ! -s "$work/left" ] || [ $look -ge $SETTLE_LOOKS ]; then
			break
		fi
		look=$((look + 1))
		sleep 0.1
	done
	end_marked
	test ! -s "$work/left"
}

nothing_left() {
	settle
	result $? "$1: nothing is left" "$work/left"
}

# --- answers

# flatten: the JSON Lines as lines "record<tab>path<tab>value" in $work/flat
flatten() {
	"$HELPERS/records" "$work/out" >"$work/flat" 2>"$work/flat-error"
}

# value PATH [CONDITION...]: what the records that meet all conditions, as
# "mechanism=fork", have there; one line each
value() {
	path=$1
	shift
	awk -F '\t' -v path="$path" -v conditions="$*" '
		function flush(   i) {
			for (i = 1; i <= wanted; i++)
				if (!((name[i]) in has) || has[name[i]] != text[i])
					break
			if (i > wanted && (path in has))
				print has[path]
			split("", has)
		}
		BEGIN {
			wanted = split(conditions, condition, " ")
			for (i = 1; i <= wanted; i++) {
				name[i] = condition[i]
				sub(/=.*/, "", name[i])
				text[i] = condition[i]
				sub(/^[^=]*=/, "", text[i])
			}
		}
		$1 != last { flush(); last = $1 }
		{ has[$2] = $3 }
		END { flush() }' "$work/flat"
}

has_flag() {
	cut -f 2,3 "$work/flat" | grep -q "^flags\.[0-9]*	$1\$"
}

# sound: is $work/out a whole answer in JSON that agrees with $status?  What is
# wrong stands in $work/report.
sound() {
	if ! flatten; then
		cp "$work/flat-error" "$work/report"
		return 1
	fi
	awk -F '\t' -v status="$status" '
		function wrong(what) { print "record " last ": " what }
		function need(path) { if (!(path in has)) wrong("has no " path) }
		function is_exact(name) {
			return name ~ /^(tasks_run|creator_on_cpu|task_on_cpu|migrations|tasks_alive)$/ ||
				name ~ /^(completions|sleeps|served|connections|on_cpus|direct|blocks_written|pages_on_node|nodes_used)$/ ||
				name ~ /^(messages(_there|_back)?|sums|waits|words_touched|states_kept|tasks_on_cpu|pairs|pair_sums|senders|(here|there)_(on_cpu|migrations))$/
		}
		function is_alone() { return has["mechanism"] ~ /^(null|ucontext|user-switch)$/ }
		function need_main_proof() {
			if (has["tool"] == "spawn-cost") need("proof.tasks_run.expected")
			else if (has["tool"] == "io-lat") need("proof.completions.expected")
			else if (has["metric"] == "set-up") need("proof.messages.expected")
			else if (!is_alone() && !("proof.tasks_on_cpu.expected" in has)) need("proof.messages_there.expected")
		}
		function check_run() {
			if (last != 1) wrong("run is not the first")
			if (has["schema"] != "handoff/1") wrong("schema is " has["schema"])
			need("version"); need("started"); need("seed"); need("argv.0")
			need("host.arch"); need("timer.source")
		}
		function check_result(   path, name, part) {
			if (stage != "run" && stage != "result") wrong("a result behind " stage)
			results++
			need("tool"); need("mechanism"); need("placement"); need("metric"); need("unit")
			need("mode"); need("verified"); need_main_proof()
			if (has["n"] < 1 || has["rounds"] < 1) wrong("counts nothing")
			if (has["min"] > has["p50"] + 0 || has["p50"] > has["max"] + 0)
				wrong("min, p50, max are " has["min"] ", " has["p50"] ", " has["max"])
			if (("p50_lo" in has) && (has["p50_lo"] > has["p50"] + 0 || has["p50"] > has["p50_hi"] + 0))
				wrong("the interval has not its median")
			for (path in has) {
				if (path !~ /^proof\..*\.expected$/)
					continue
				split(path, part, ".")
				name = part[2]
				if (!(("proof." name ".observed") in has)) {
					wrong("nothing observed of " name)
				} else if (has["verified"] == "true" && !has["rounds_invalid"] && is_exact(name) &&
					   has[path] != has["proof." name ".observed"]) {
					wrong(name ": expected " has[path] ", observed " has["proof." name ".observed"] ", yet verified")
				}
			}
		}
		function check_skip() {
			if (stage == "" || stage == "end") wrong("a skip behind " stage)
			skips++
			need("mechanism"); need("placement")
			if (has["reason"] !~ /[^ ]+ [^ ]+ [^ ]+/) wrong("no reason: " has["reason"])
		}
		function check_end() {
			if (has["results"] != results + 0 || has["skips"] != skips + 0)
				wrong("end counts " has["results"] " and " has["skips"] ", there are " results + 0 " and " skips + 0)
			if (has["status"] != status) wrong("end says status " has["status"] ", it was " status)
			if (!(has["elapsed_s"] > 0)) wrong("took no time")
		}
		function check() {
			if (!last)
				return
			if (has["record"] == "run") check_run()
			else if (has["record"] == "result") check_result()
			else if (has["record"] == "skip") check_skip()
			else if (has["record"] == "end") check_end()
			else wrong("is a " has["record"])
			stage = has["record"]
			split("", has)
		}
		$1 != last { check(); last = $1 }
		{ has[$2] = $3 }
		END { check(); if (stage != "end") print "the end is missing" }' \
		"$work/flat" >"$work/report"
	test ! -s "$work/report"
}

# bare_reasons: skips that only quote strerror(3), as "life: Operation not permitted"
bare_reasons() {
	awk -F '\t' '
		$2 == "mechanism" { mechanism = $3 }
		$2 == "reason" && $3 ~ /^[a-z ]+: [A-Z][a-z]+( [a-z]+)*$/ { print mechanism ": " $3 }' \
		"$work/flat"
}

if [ ! -x "$TOOL" ]; then
	echo "there is no $TOOL"
	exit $EXIT_SKIP
fi
