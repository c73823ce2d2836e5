#!/bin/sh
# SPDX-License-Identifier: MIT
# io-lat --workload sleep: tasks that wait, one after another or all at once: how long it
# takes is bounded by the wait, nobody comes back early, and no file is made for it.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

use io-lat
# An hour is not waited for; a busy machine may take its time.
PATIENCE_S=60
concurrent="threads processes epoll uring uring-coop uring-defer uring-sqpoll"
cd "$work" || exit 1

# check TEXT: of the last run: a whole answer, nothing left
check() {
	sound
	result $? "$1: the answer is sound" "$work/report" "$work/err"
	nothing_left "$1"
}

# is_between LOW VALUE HIGH
is_between() {
	awk -v low="$1" -v value="$2" -v high="$3" \
		'BEGIN { exit !(value != "" && value + 0 >= low + 0 && value + 0 < high + 0) }'
}

# figure NAME MECHANISM
figure() {
	value "$1" "mechanism=$2" metric=interval | head -n 1
}

# skipped MECHANISM TEXT: it does not run here at all, by the list; anything else is a fault
skipped() {
	grep -q "^$1 .* available\$" "$work/list" && return 1
	skip "$2: $1: $(grep "^$1 " "$work/list")"
}

# slept MECHANISM TASKS: all of them, and the whole wait
slept() {
	value verified "mechanism=$1" | sort -u | grep -qx true &&
		test "$(value proof.sleeps.observed "mechanism=$1" metric=interval)" = "$2" &&
		is_between "$(value proof.slept.expected "mechanism=$1" metric=interval)" \
			"$(value proof.slept.observed "mechanism=$1" metric=interval)" 1e18
	result $? "$1: $2 tasks slept, all the time that was asked for" "$work/flat" "$work/err"
}

# 40 of 20 ms: 0.8 s at least one after another.
all_engines() {
	run --workload sleep --depth 40 --wait 20ms --rounds 1 -p same-cpu -f json \
		-m pread,threads,processes,epoll,uring,uring-coop,uring-defer,uring-sqpoll
	check "40 tasks"
	slept pread 40
	is_between 799e6 "$(figure makespan_ns pread)" 1e18
	result $? "one after another takes 40 waits" "$work/flat"
	for mechanism in $concurrent; do
		skipped "$mechanism" "40 tasks" && continue
		slept "$mechanism" 40
		is_between 19.9e6 "$(figure makespan_ns "$mechanism")" "$(figure makespan_ns pread)"
		result $? "$mechanism: all at once takes a wait at least, and less than one after another" "$work/flat"
	done
	for mechanism in pread $concurrent; do
		skipped "$mechanism" "its price" && continue
		case $mechanism in
		threads | processes) tasks=40 ;;
		*) tasks=1 ;;
		esac
		test "$(figure tasks "$mechanism")" = "$tasks" &&
			is_between 0 "$(figure memory_kib "$mechanism")" 1e6
		result $? "$mechanism: $tasks tasks, and their memory" "$work/flat"
	done
	# A stack each, at least a page of it touched.
	is_between $((40 * 4)) "$(figure memory_kib threads)" 1e6 &&
		is_between $((40 * 4)) "$(figure memory_kib processes)" 1e6
	result $? "40 threads, or processes, have a page each at least" "$work/flat"
	test "$(value wait_ns record=result | sort -u)" = 20000000
	result $? "wait_ns is in every result" "$work/flat"
	test -z "$(value size record=result)$(value rw record=result)$(value cache record=result)"
	result $? "what is a file's is in none" "$work/flat"
}

many_tasks() {
	run --workload sleep --depth 10000 --wait 50ms --rounds 1 -p same-cpu -m epoll,uring -f json
	check "10000 tasks"
	for mechanism in epoll uring; do
		skipped "$mechanism" "10000 tasks" && continue
		slept $mechanism 10000
		is_between 49.9e6 "$(figure makespan_ns $mechanism)" 500e9
		result $? "$mechanism: 10000 at once take no 10000 waits" "$work/flat"
	done
	skipped uring "40000 tasks" && return
	run --workload sleep --depth 40000 --wait 1ms --rounds 1 -p same-cpu -m uring -f json
	flatten
	value reason record=skip | grep -q '32768 requests of this kind at most'
	result $? "more than a ring takes is a skip that says so" "$work/flat" "$work/err"
}

# A loop has one timer descriptor, a ring one for itself, for all tasks.
few_descriptors() {
	wrap="prlimit --nofile=64"
	run --workload sleep --depth 1000 --wait 20ms --rounds 1 -p same-cpu -m epoll,uring -f json
	wrap=
	check "64 descriptors"
	for mechanism in epoll uring; do
		skipped "$mechanism" "64 descriptors" || slept $mechanism 1000
	done
}

# What stands in the folder is ours alone: no file is made, not for a moment.
no_file() {
	mkdir -p "$work/closed"
	run --workload sleep --depth 2 --wait 1ms --rounds 1 -p same-cpu -m epoll \
		--dir "$work/closed/absent"
	result $status "no folder is needed" "$work/err"
	run --workload sleep --depth 2 --wait 1ms --rounds 1 -p same-cpu -m epoll \
		--file "$work/closed/absent"
	result $status "no file is opened" "$work/err"
	run -m epoll --size 64k --depth 1 -p same-cpu --rounds 1 -f json
	flatten
	value reason record=skip | grep -q 'no requests on a file: use --workload' && test $status -eq 1
	result $? "an event loop waits for no file" "$work/flat" "$work/err"
	run --workload sleep -m null,uring-nop,uring-worker -p same-cpu --rounds 1 -f json
	flatten
	test "$(value reason record=skip | grep -c 'it has no way to wait: use')" -eq 6 &&
		test $status -eq 1
	result $? "what has no way to wait says so" "$work/flat" "$work/err"
}

wrong_usage() {
	misused "--wait: '0'.*from 1 us to 86400 s" --workload sleep --wait 0
	misused "--wait: '-1ms'" --workload sleep --wait=-1ms
	misused "--wait: '2d'" --workload sleep --wait 2d
	misused "--wait: '90000s'" --workload sleep --wait 90000s
	misused "--depth: '0'.*from 1 to 65536" --workload sleep --depth 0
	misused "--workload: 'nap'.*file,sleep" --workload nap
}

# forecast SECONDS ARGUMENT...
forecast() {
	seconds=$1
	shift
	run --workload sleep -p same-cpu --dry-run "$@"
	grep -q "at most $seconds s\$" "$work/out"
	result $? "the plan of $* says $seconds s" "$work/out" "$work/err"
}

long_waits() {
	forecast 7200 --wait 60m --rounds 1 -m threads,epoll --depth 5
	forecast 18000 --wait 60m --rounds 1 -m pread --depth 5
	forecast 3620 --wait 60m -m threads,epoll --depth 5
	run --workload sleep --depth 10000 --dry-run
	grep -q '^epoll ' "$work/out" && ! grep -q '^pread ' "$work/out"
	result $? "1000 s one after another is in no plan that does not name it" "$work/out"
	run --workload sleep --depth 10000 --dry-run -m pread
	grep -q '^pread ' "$work/out"
	result $? "it is in one that does" "$work/out"
	# shellcheck disable=SC2086 # names, a word each
	for mechanism in $(words pread $concurrent | some 4); do
		start --workload sleep --wait 60m --depth 3 --rounds 1 -m "$mechanism" -p same-cpu
		sleep 1
		began=$(date +%s)
		kill -INT "$supervisor"
		await
		took=$(($(date +%s) - began))
		test $status -eq 130 && test $took -le $PATIENCE_S
		result $? "$mechanism: Ctrl-C ends an hour's wait (status $status, $took s)" "$work/err"
		nothing_left "$mechanism: Ctrl-C"
	done
}

# sleeper: a worker's child
sleeper() {
	for pid in $(marked); do
		parent=$(cut -d ' ' -f 4 "/proc/$pid/stat" 2>/dev/null)
		case $(cat "/proc/$parent/comm" 2>/dev/null) in
		handoff-engine*) echo "$pid" && return ;;
		esac
	done
}

# worker: the supervisor's child that measures
worker() {
	for pid in $(marked); do
		parent=$(cut -d ' ' -f 4 "/proc/$pid/stat" 2>/dev/null)
		grep -qsx handoff-keeper "/proc/$parent/comm" && grep -qs '^handoff-engine' "/proc/$pid/comm" &&
			echo "$pid" && return
	done
}

# A task that is gone is not waited for until its wait is over.
lost_task() {
	start --workload sleep --wait 60m --depth 3 --rounds 1 -m processes -p same-cpu
	victim=
	while [ -z "$victim" ] && kill -0 "$supervisor" 2>/dev/null; do
		victim=$(sleeper)
	done
	kill -KILL "${victim:?}"
	began=$(date +%s)
	await
	took=$(($(date +%s) - began))
	test $status -eq 1 && test $took -le $PATIENCE_S
	result $? "a sleeper that is killed ends its round (status $status, $took s)" "$work/err"
	nothing_left "a sleeper killed"
}

# Whoever is killed, its sleepers do not sleep on.
killed() {
	for mechanism in $(words threads processes epoll uring | some 2); do
		start --workload sleep --wait 60m --depth 3 --rounds 1 -m "$mechanism" -p same-cpu
		sleep 1
		kill -KILL "$supervisor"
		await
		nothing_left "$mechanism: the supervisor is killed"
	done
	start --workload sleep --wait 60m --depth 3 --rounds 1 -m processes -p same-cpu
	victim=
	while [ -z "$victim" ] && kill -0 "$supervisor" 2>/dev/null; do
		victim=$(worker)
	done
	kill -KILL "${victim:?}"
	await
	test $status -eq 1
	result $? "the worker is killed (status $status)" "$work/err"
	nothing_left "the worker is killed"
}

poor() {
	if ! become_nobody; then
		skip "no way to be nobody"
		return
	fi
	run --workload sleep --depth 10 --wait 20ms --rounds 1 -p same-cpu -f json \
		-m pread,threads,processes,epoll,uring
	check "as nobody"
	for mechanism in pread threads processes epoll uring; do
		skipped $mechanism "as nobody" || slept $mechanism 10
	done
	is_between 40 "$(figure memory_kib processes)" 1e6
	result $? "as nobody: the memory of processes is known" "$work/flat"
}

run --list
cp "$work/out" "$work/list"
all_engines
many_tasks
few_descriptors
no_file
wrong_usage
long_waits
lost_task
killed
poor
finish
