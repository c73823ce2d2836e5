#!/bin/sh
# SPDX-License-Identifier: MIT
# ctxsw with rings of tasks, footprints and vector state: what was asked for
# happened, as the proofs say; what does not fit is a skip that names the limit;
# nothing is left, whoever is killed.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
use ctxsw

LARGE=$(part_of 1000 4 100)

# measured TEXT CELLS ARGUMENT...: so many cells, all of them proved
measured() {
	text=$1
	cells=$2
	shift 2
	# Of one round each: a busy machine may lose one, but not the same again and again.
	for _ in 1 2 3 4; do
		run -f json -p same-cpu --rounds 1 "$@"
		sound && test "$status" -eq 0 && break
	done
	sound
	result $? "$text: a sound answer" "$work/report" "$work/err"
	test "$(value metric record=result verified=true | grep -c '^switch$')" -eq "$cells"
	result $? "$text: $cells cells are measured and proved" "$work/flat"
	nothing_left "$text"
}

# proof NAME CONDITION...: expected equals observed, and is there
proof() {
	name=$1
	shift
	value "proof.$name.expected" record=result "$@" >"$work/expected"
	value "proof.$name.observed" record=result "$@" >"$work/observed"
	test -s "$work/expected" && cmp -s "$work/expected" "$work/observed"
	result $? "$text: proof $name" "$work/expected" "$work/observed"
}

# skipped TEXT WORDS ARGUMENT...: a skip whose reason has these words, and no result
skipped() {
	text=$1
	words=$2
	shift 2
	run -f json -p same-cpu --rounds 1 "$@"
	flatten
	value reason record=skip >"$work/reasons"
	test -z "$(value metric record=result)" && grep -q -e "$words" "$work/reasons"
	result $? "$text: a skip that names $words" "$work/reasons" "$work/err"
	nothing_left "$text"
}

rings() {
	measured "rings" 12 -m pipe,memfd+futex --tasks 2,3,50
	proof tasks_on_cpu tasks=3
	test "$(value proof.tasks_on_cpu.observed tasks=50 mechanism=pipe peer=thread)" = 100
	result $? "rings: all tasks were seen on the CPU, twice"
	proof sums tasks=50
	proof messages tasks=50
	awk -F '\t' '$2 == "tasks" { tasks = $3 }
		$2 == "switches_per_op" { n++; if ($3 < 0.95 * tasks) bad = 1 }
		END { exit bad || !n }' "$work/flat"
	result $? "rings: a switch a task in each lap" "$work/flat"
	test -z "$(value proof.tasks_on_cpu.expected tasks=2)"
	result $? "rings: two tasks that hand over only are a pair"
}

work() {
	measured "footprints" 4 -m pipe --footprint 0,64k
	proof words_touched footprint=65536
	test -z "$(value stride footprint=0)" && test "$(value stride footprint=65536 peer=process)" = 64
	result $? "footprints: a stride where there is a footprint"
	measured "strides" 2 -m eventfd -P thread --tasks 3 --footprint 64k --stride 64,4k
	proof words_touched stride=4096
	run -f json -p same-cpu --rounds 1 -m pipe --state none,sse,avx,avx512
	sound
	result $? "states: a sound answer" "$work/report"
	value metric record=result >"$work/metrics"
	value reason record=skip >"$work/reasons"
	test $(($(wc -l <"$work/metrics") + $(wc -l <"$work/reasons"))) -eq 8 &&
		! grep -v -e 'this CPU has no AVX' -e 'for x86 only' "$work/reasons"
	result $? "states: each is measured or not of this CPU" "$work/reasons"
	case $(uname -m) in
	x86_64) proof states_kept state=sse ;;
	esac
	nothing_left "states"
}

large() {
	measured "$((LARGE / 3)) tasks of sysv-sem" 2 -m sysv-sem --tasks $((LARGE / 3))
	measured "$LARGE tasks" 4 -m pipe,memfd+futex --tasks "$LARGE"
	proof messages tasks="$LARGE"
	proof sums tasks="$LARGE"
	proof tasks_on_cpu tasks="$LARGE"
}

refusals() {
	misused "2 to 20000" -m pipe --tasks 1
	misused "2 to 20000" -m pipe --tasks 1000000000
	misused "none,sse,avx,avx512" -m pipe --state mmx
	misused "stride" -m pipe --footprint 64k --stride 4
	skipped "a stride of 12" "multiple of 8" -m pipe --footprint 64k --stride 12
	skipped "a pair only" "cannot go round" -m yield,file-lock,user-switch --tasks 3
	skipped "too much memory" "half of the" -m pipe --tasks 100 --footprint 64G
	run -f json -m pipe -p llc,node,package,machine --tasks 3 --footprint 4k --rounds 1
	flatten
	test -z "$(value tasks record=result)"
	result $? "a wake-up has no tasks" "$work/flat"
}

few_descriptors() {
	if ! command -v prlimit >/dev/null; then
		skip "few descriptors: prlimit(1) is missing"
		return
	fi
	wrap="prlimit --nofile=100:100"
	skipped "100 descriptors, threads" RLIMIT_NOFILE -m pipe -P thread --tasks 300
	measured "100 descriptors, processes" 1 -m pipe -P process --tasks 300
	wrap="prlimit --nofile=100:4000"
	measured "100 descriptors, and may have more" 1 -m pipe -P thread --tasks 300
	wrap=
}

few_tasks() {
	command -v prlimit >/dev/null || return
	wrap="prlimit --nproc=50:50"
	skipped "50 tasks" RLIMIT_NPROC -m pipe --tasks 300
	wrap=
}

# The worker or a task is killed in the middle: nothing is left, nothing hangs.
killed() {
	start -m sysv-sem,pipe -P process -p same-cpu --tasks 300 -t 20s -f json
	sleep 3
	for pid in $(marked); do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		handoff-channel*) kill -KILL "$pid" 2>/dev/null && break ;;
		esac
	done
	sleep 1
	kill -KILL "$supervisor"
	await
	nothing_left "after SIGKILL"
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
rings
work
large
refusals
few_descriptors
seldom 2 && killed
if become_nobody; then
	use ctxsw
	measured "unprivileged" 8 -m pipe,posix-sem,sysv-sem,memfd+futex --tasks 50 --footprint 4k
	few_tasks
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
