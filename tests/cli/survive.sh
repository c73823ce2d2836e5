#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGKILL of the supervisor, a worker, a task, a guard, at random moments of all
# kinds of runs, privileged or not: nothing is left, and who lives says what was
# lost.  Then Ctrl-C, and who is stopped for ever.
#
# HANDOFF_KILLS: how many (30, of which make check runs a sample); a third of them unprivileged, where that can be chosen
# HANDOFF_KILLS_ONLY: nothing else, if set
# HANDOFF_KILLS_TOOL: of this tool alone
# HANDOFF_KILLS_LANES: so many at a time (1), which makes no difference but to the time
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

KILLS=${HANDOFF_KILLS:-$(part_of 30 10 3)}
LANES=${HANDOFF_KILLS_LANES:-1}
FROM=${HANDOFF_KILLS_FROM:-$((seed * KILLS))}
VICTIMS='supervisor task worker keeper child run-guard guard'
LATEST_MS=900        # runs are longer than this, but for a few
KILLED=137
STOPPED_SECONDS_MOST=30

# What is run and struck, one after the other: a line each, the tool first.  Their
# number and that of the victims have no common divisor: all pairs come.
mixes() {
	grep "^${HANDOFF_KILLS_TOOL:-.*} " <<-'END'
		spawn-cost -t 1s
		ipc-lat -t 1s
		ipc-lat --matrix --concurrent -m pipe,sysv-msg,posix-mq,unix-named --rounds 6
		spawn-cost -p same-cpu -m fork,pthread,thread-raw,posix-spawn --alive 50 --rounds 3
		spawn-cost -p float -m fork,posix-spawn,pthread,process-pool --parallel 4 --peer both --rounds 3
		ctxsw -m pipe,sysv*,posix*,signal,yield --rounds 3
		spawn-cost --matrix --concurrent -m fork,process-pool,clone3-cgroup --rounds 8
		spawn-cost -p same-cpu,float -m clone3-cgroup --rounds 15
		spawn-cost -p same-cpu -m process-pool,fork-server,thread-pool --alive 20 --rounds 10
		ipc-lat --mode set-up -p same-cpu -m fifo,unix-named,sysv*,posix* --rounds 12
		spawn-cost -p same-cpu -m fork-server --rounds 40
		spawn-cost -p float -m posix-spawn,posix-spawnp,fork-exec,vfork-exec,system,popen --exec tiny,dynamic --rounds 3
		ipc-lat --mode throughput -m sysv-msg,posix-mq,tcp,splice,shm-spin,memfd* -P both --rounds 4
		spawn-cost -p same-cpu -m fork-exec,posix-spawn,popen --exec dynamic --alive 50 --rounds 1
		spawn-cost -p same-cpu -m clone3-container,clone3-newpid,clone3-newuser,clone3-newnet --rounds 5
		ipc-lat -p same-cpu -m fifo,sysv-msg,sysv-sem,posix-mq,posix-sem --rounds 20
		spawn-cost -p same-cpu -m fork,fork-raw,clone-vm --rss 16M --alive 10 --rounds 5
		spawn-cost -p same-cpu -m clone3-cgroup,fork --alive 20 --parallel 2 --rounds 10
		ipc-lat -p same-cpu,float -P both -m file-lock,process-vm,uring*,manager --rounds 4
		ctxsw -p same-cpu -m pipe,yield --runnable 200 --rounds 6
		ctxsw -p same-cpu -m pipe,fifo --cgroup-depth 8,1 --rounds 8
		ipc-lat -p same-cpu,float -P both -m pipe,sysv-sem,posix-mq,memfd+futex --pairs 8 --rounds 3
		ipc-lat --mode throughput -p same-cpu,float -P both -m pipe,sysv-msg,posix-mq,unix-dgram --fan-in 7 --rounds 4
		io-lat -p float --rw randread,randwrite --depth 64 --size 1M -m threads,processes,uring,uring-sqpoll,uring-worker --rounds 2
		io-lat -p same-cpu --cache direct --depth 1,64 --size 1M -m processes,uring-defer --rounds 5
		spawn-cost -p float -m pthread,pthread-detached,coroutine --threads 50 --fds 50 --vmas 50 --rounds 8
		io-lat -t 1s --size 2M
		io-lat -p float --workload sleep --depth 8 --wait 5ms --rounds 6
		io-lat -p float --workload socket --connections 1,16 --rounds 3
		io-lat -p same-cpu --rw randread,write --depth 16 --size 1M -m *pool,*aio,mmap,uring-threads --rounds 3
		ctxsw -t 1s
	END
}

# A run that hangs is killed: status 137.
await_at_most() {
	looks=0
	while [ $looks -lt $(($1 * 10)) ] && grep -q '^State:[^Z]*$' "/proc/$supervisor/status" 2>/dev/null; do
		sleep 0.1
		looks=$((looks + 1))
	done
	kill -KILL "$supervisor" 2>/dev/null
	await
}

# nth LIST N: its Nth word, round and round
nth() {
	n=$(($2 % $(echo "$1" | wc -w) + 1))
	echo "$1" | cut -d ' ' -f $n
}

# A lost round is told on standard error or flagged; where nothing was lost, nothing
# need be.  Records count the rounds that were lost.
tells() {
	lost=$(awk -F '\t' '$2 == "rounds_lost" || $2 == "rounds_invalid" { sum += $3 } END { print sum + 0 }' \
		"$work/flat")
	test "$lost" -eq 0 || test -s "$work/err" || has_flag LOST
}

# The run has ended: as it should?
judge() {
	: >"$work/wrong"
	case $whom,$status in
	supervisor,"$KILLED") return 0 ;;
	*,0 | *,1 | *,3) ;;
	*) echo "status $status" >>"$work/wrong" ;;
	esac
	sound || cat "$work/report" >>"$work/wrong"
	tells || echo "rounds were lost, and nothing was said" >>"$work/wrong"
	test ! -s "$work/wrong"
}

one_kill() {
	whom=$(nth "$VICTIMS" "$1")
	mix=$(mixes | sed -n "$(($1 % $(mixes | wc -l) + 1))p")
	use "${mix%% *}"
	# A mix is words, some of them patterns for the tool.
	set -f
	# shellcheck disable=SC2086
	start -v -f json ${mix#* }
	set +f
	strike "$whom" KILL $LATEST_MS >"$work/struck"
	struck=$?
	await
	if [ $struck -eq 0 ]; then
		hits=$((hits + 1))
		sed 's/^KILL to \([^ ]*\).*/\1/' "$work/struck" >>"$work/victims"
	else
		missed=$((missed + 1))
	fi
	judge
	as_it_should=$?
	if [ -s "$work/err" ]; then
		told=$((told + 1))
	fi
	settle && test $as_it_should -eq 0
	killed=$?
	use spawn-cost
	if [ $killed -ne 0 ]; then
		{
			echo "kill $1: $mix"
			cat "$work/struck" "$work/wrong"
			sed 's/^/left: /' "$work/left"
			head -n 5 "$work/err"
		} >>"$work/lapses"
		lapses=$((lapses + 1))
	fi
}

# kills COUNT TEXT: so many that have hit somebody
kills() {
	missed=0
	told=0
	lapses=0
	hits=0
	: >"$work/lapses"
	: >"$work/victims"
	i=0
	while [ $hits -lt "$1" ] && [ $i -lt $(($1 * 3)) ]; do
		one_kill $((FROM + i))
		i=$((i + 1))
	done
	test $lapses -eq 0 && test $hits -eq "$1"
	result $? "$hits times SIGKILL, $2 ($(sort "$work/victims" | uniq -c | awk '{ printf "%s%d %s", (NR > 1 ? ", " : ""), $1, $2 }'); $missed more came too late, $told said something): $lapses left something or ended otherwise than promised" \
		"$work/lapses"
}

# This script beside itself; each lane has its own space, and other pairs first.
lanes() {
	for lane in $(seq 1 "$LANES"); do
		HANDOFF_KILLS_LANES=1 HANDOFF_KILLS=$((KILLS / LANES)) HANDOFF_KILLS_FROM=$((lane * 41)) \
			HANDOFF_KILLS_ONLY=1 sh "$0" >"$work/lane-$lane" 2>&1 &
	done
	wait
	for lane in $(seq 1 "$LANES"); do
		sed 's/^/# /' "$work/lane-$lane"
		grep -q '^1\.\.[0-9]' "$work/lane-$lane" && ! grep -q '^not ok' "$work/lane-$lane"
		result $? "lane $lane of $LANES"
	done
	cat "$work"/lane-* | sed -n 's/^.*ok [0-9]* - \([0-9]*\) times SIGKILL.*: \([0-9]*\) left.*/\1 \2/p' |
		awk '{ kills += $1; lapses += $2 } END { printf "# %d times SIGKILL in all, %d left something\n", kills, lapses }'
}

kills_as_nobody() {
	if [ "$(id -u)" -ne 0 ]; then
		skip "SIGKILL, unprivileged: that was it already"
	elif become_nobody; then
		kills "$1" "unprivileged"
	else
		skip "SIGKILL, unprivileged: setpriv(1) is missing, or may not"
	fi
}

# What must be said of a worker that dies: mechanism, signal, that a round is lost.
worker_dies() {
	start -f json -p same-cpu -m fork --rounds 60
	strike worker KILL 300 >"$work/struck"
	await
	sound && grep -q 'fork.*signal 9.*lost' "$work/err" && has_flag LOST && test $status -eq 0
	result $? "a worker that is killed: told, flagged, the rest is measured" "$work/report" "$work/err"
	start -f json -p same-cpu -m posix-spawn --rounds 1 --exec "$work/slow"
	strike worker KILL >"$work/struck"
	await
	sound && test $status -eq 1 && value reason record=skip | grep -q 'signal 9'
	result $? "the only worker is killed: a skip with the reason, status 1" "$work/report" "$work/err"
}

# tells_of_task MECHANISM: strikes one of its held tasks, and asks what is said of it.
tells_of_task() {
	start -f json -p same-cpu -m "$1" --alive 100 --rounds 30
	strike task KILL 300 >"$work/struck"
	await
	sound && test $status -eq 0 &&
		grep -Eq "^spawn-cost: $1: .*(signal|killed|not proved)" "$work/err"
}

# Held tasks are easily struck, and a task that was killed did not just fail.  One that
# was at its end when it was struck ended as it should: there is nothing to tell then.
task_dies() {
	for mechanism in $(words fork posix-spawn | some 2); do
		tells_of_task "$mechanism" || tells_of_task "$mechanism" || tells_of_task "$mechanism"
		result $? "a task of $mechanism that is killed: told as such, the rest is measured" \
			"$work/report" "$work/struck" "$work/err"
	done
	settle
	result $? "a task that is killed: nothing is left" "$work/left"
}

# interrupt SIGNAL STATUS
interrupt() {
	start -f json -p same-cpu -m null,fork,pthread -t 60s --precision 0.001
	sleep 2
	kill -s "$1" "$supervisor"
	await
	# How many cells have a round by then is the machine's affair.
	sound && test $status -eq "$2" &&
		test $(($(value metric metric=life | wc -l) + $(value reason record=skip | wc -l))) -eq 3
	result $? "SIG$1: what is complete is printed, status $2" "$work/report" "$work/err"
	settle
	result $? "SIG$1: nothing is left" "$work/left"
}

# As with nohup(1).
ignore_hangup() {
	trap '' HUP
	start -f json -p same-cpu -m null,fork --rounds 40
	trap 'exit 1' HUP
	sleep 0.3
	kill -s HUP "$supervisor"
	await
	sound && test $status -eq 0 && value rounds mechanism=fork metric=life | grep -qx 40
	result $? "SIGHUP that is ignored ends nothing" "$work/report" "$work/err"
}

# A guard that nobody could tell apart from its worker is a directory left behind.
guard_dies() {
	start -f json -p same-cpu -m clone3-cgroup --rounds 100
	if ! strike guard KILL 300 >"$work/struck"; then
		kill "$supervisor"
		await
		skip "SIGKILL of a guard: clone3-cgroup does not run here"
		return
	fi
	await
	settle && judge
	result $? "SIGKILL of a guard: its directory goes all the same" "$work/left" "$work/wrong"
}

# stop WHOM STATUS ARGUMENT...: stopped for ever is killed within seconds, and told
stop() {
	whom=$1
	wanted=$2
	shift 2
	start -f json "$@"
	began=$(date +%s)
	strike "$whom" STOP >"$work/struck"
	await_at_most $STOPPED_SECONDS_MOST
	took=$(($(date +%s) - began))
	{
		sound || cat "$work/report"
		# A task may be stopped before it was ready.
		grep -q -e 'did not answer within' -e 'did not go on within' -e 'has said nothing for' "$work/err" || echo "nothing is said"
		test "$status" -eq "$wanted" || echo "status $status"
		test $took -lt $STOPPED_SECONDS_MOST || echo "had not ended after $took s"
	} >"$work/wrong" 2>&1
	test ! -s "$work/wrong"
	result $? "SIGSTOP of a $whom: a clear error within seconds" "$work/wrong" "$work/struck" "$work/err"
	settle
	result $? "SIGSTOP of a $whom: nothing is left" "$work/left"
}

# Who only waits for the end is woken up for it.
stop_guard() {
	start -f json -p same-cpu -m fork --rounds 3
	began=$(date +%s)
	strike run-guard STOP >"$work/struck"
	await_at_most $STOPPED_SECONDS_MOST
	took=$(($(date +%s) - began))
	sound && test "$status" -eq 0 && test $took -lt $STOPPED_SECONDS_MOST
	result $? "SIGSTOP of the run's guard: the run ends all the same" "$work/report" "$work/struck"
	settle
	result $? "SIGSTOP of the run's guard: nothing is left" "$work/left"
}

# A foreign program that does not end is not ours, yet we have started it.
slow_target() {
	for mechanism in $(words posix-spawn fork-exec system | some 3); do
		start -f json -p same-cpu -m "$mechanism" --rounds 1 --exec "$work/slow"
		sleep 0.5
		kill -KILL "$supervisor"
		await
		settle
		result $? "SIGKILL beside a target that sleeps ($mechanism): nothing is left" "$work/left"
	done
}

if ! grep -q . "/proc/self/task/$$/children" 2>/dev/null && [ ! -e "/proc/$$/task/$$/children" ]; then
	skip "this kernel does not tell who is whose child: CONFIG_PROC_CHILDREN"
	finish
fi
if [ "$LANES" -gt 1 ]; then
	lanes
	finish
fi
own_space "$@"
mkdir -m 1777 "$work/tmp" "$work/files"
chmod 1777 "$work/tmp" "$work/files"
TMPDIR=$work/tmp
export TMPDIR
case $HANDOFF_WORKERS$TOOL in
/*/*) cd "$work/files" || exit 1 ;;
esac
printf '#!/bin/sh\nexec sleep 60\n' >"$work/slow"
chmod 755 "$work/slow"
if [ "$(id -u)" -eq 0 ]; then kills $((KILLS - KILLS / 3)) "as root"; else kills "$KILLS" "unprivileged"; fi
if [ -n "${HANDOFF_KILLS_ONLY:-}" ]; then
	kills_as_nobody $((KILLS / 3))
	finish
fi
seldom 2 && worker_dies
seldom 2 && task_dies
seldom 2 && guard_dies
if [ -n "$hear_interrupts" ]; then
	seldom 2 && interrupt INT 130
else
	skip "SIGINT: this env(1) cannot have it heard"
fi
seldom 2 && interrupt TERM 143
ignore_hangup
seldom 3 && stop worker 1 -p same-cpu -m posix-spawn --rounds 1 --exec "$work/slow"
seldom 3 && stop keeper 1 -p same-cpu -m posix-spawn --rounds 1 --exec "$work/slow"
seldom 3 && stop task 0 -p same-cpu -m process-pool --rounds 60
seldom 3 && stop_guard
slow_target
kills_as_nobody $((KILLS / 3))
finish
