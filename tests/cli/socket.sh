#!/bin/sh
# SPDX-License-Identifier: MIT
# io-lat --workload socket: each server echoes what it was sent, as the proofs say;
# what does not fit is a skip that names the limit; a server that dies is an error
# at once; nothing is left, whoever is killed.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
use io-lat

SERVERS=threads,processes,epoll,uring,uring-defer,uring-multishot,uring-defer+multishot

# echoes TEXT ARGUMENT...: a sound answer, each cell measured and proved, or a ring that is not here
echoes() {
	text=$1
	shift
	run -f json --workload socket --rounds 1 "$@"
	sound
	result $? "$text: a sound answer" "$work/report" "$work/err"
	test -n "$(value metric record=result verified=true)" &&
		test -z "$(value metric record=result verified=false)"
	result $? "$text: all of it is proved" "$work/flat"
	for proof in completions served connections; do
		value "proof.$proof.expected" record=result >"$work/expected"
		value "proof.$proof.observed" record=result >"$work/observed"
		test "$(wc -l <"$work/expected")" -eq "$(value metric record=result | wc -l)" &&
			cmp -s "$work/expected" "$work/observed"
		result $? "$text: proof $proof" "$work/expected" "$work/observed"
	done
	nothing_left "$text"
}

# skipped TEXT WORDS ARGUMENT...: a skip whose reason has these words, and no result
skipped() {
	text=$1
	words=$2
	shift 2
	run -f json --rounds 1 "$@"
	flatten
	value reason record=skip >"$work/reasons"
	test -s "$work/reasons" && test -z "$(value metric record=result)" &&
		! grep -v -q -e "$words" "$work/reasons"
	result $? "$text: a skip that names $words" "$work/reasons" "$work/err"
	nothing_left "$text"
}

records() {
	echoes "servers" -m $SERVERS -p same-cpu --connections 1,7
	test "$(value proof.connections.observed connections=7 mechanism=threads metric=request)" = 7
	result $? "servers: seven connections of threads"
	test "$(value tasks connections=7 mechanism=processes metric=request)" = 7 &&
		test "$(value tasks connections=7 mechanism=epoll metric=request)" = 1
	result $? "servers: a process a connection, and one thread for all"
	# The generator on its CPU twice, and the main task and seven more twice.
	test "$(value proof.on_cpus.observed connections=7 mechanism=processes metric=request)" = 18
	result $? "servers: all tasks were seen on the CPU" "$work/flat"
	for figure in requests_per_s cpu_ns_per_op switches_per_op generator_cpu_ns_per_op \
		generator_share server_share; do
		test "$(value $figure metric=request | wc -l)" -eq "$(value metric metric=request | wc -l)"
		result $? "servers: each has $figure" "$work/flat"
	done
	test -z "$(value rw record=result)$(value depth record=result)$(value size record=result)"
	result $? "servers: what is a file's is not in their records"
	echoes "long messages" -m $SERVERS -p float --connections 2 --message 1M
	test "$(value message metric=request mechanism=epoll)" = 1048576
	result $? "long messages: said in the record"
	echoes "two CPUs" -m epoll,threads -p llc,node,package,machine,smt,l2 --connections 3
	echoes "one byte" -m epoll,uring,threads -p float --connections 1 --message 1
}

misuse() {
	misused "1 to 4096" --workload socket --connections 0
	misused "1 to 4096" --workload socket --connections 5000
	misused "message" --workload socket --message 0
	misused "message" --workload socket --message 2M
	misused "file,sleep,socket" --workload pipe
	skipped "pread" "workload file" --workload socket -m pread -p float
	skipped "epoll" "workload socket" --workload file -m epoll -p float --size 1M
}

few_descriptors() {
	if ! command -v prlimit >/dev/null; then
		skip "few descriptors: prlimit(1) is missing"
		return
	fi
	wrap="prlimit --nofile=100:100"
	skipped "100 descriptors" RLIMIT_NOFILE --workload socket -m epoll -p float --connections 64
	wrap="prlimit --as=400000000"
	skipped "400 MB" RLIMIT_AS --workload socket -m epoll -p float --connections 300 --message 1M
	wrap="prlimit --nofile=100:1000"
	echoes "100 descriptors, and may have more" -m epoll -p float --connections 64
	wrap=
}

few_tasks() {
	command -v prlimit >/dev/null || return
	wrap="prlimit --nproc=30:30"
	skipped "30 tasks" RLIMIT_NPROC --workload socket -m threads,processes -p float \
		--connections 64
	wrap=
}

no_ring() {
	wrap="$HELPERS/deny EPERM io_uring_setup"
	skipped "no ring" "denied\|io_uring" --workload socket -p float --connections 2 \
		-m uring,uring-defer,uring-multishot,uring-defer+multishot
	wrap=
}

# A worker's child in the middle: the server.  As the shell has no better word for it.
server_of() {
	for pid in $(marked); do
		read -r _ name _ parent _ <"/proc/$pid/stat" || continue
		test "$name" = "(handoff-engine-)" || continue
		test "$(cat "/proc/$parent/comm" 2>/dev/null)" = handoff-engine- && echo "$pid" && return
	done 2>/dev/null
}

# struck SIGNAL: an error that names it, while the run still lasts
struck() {
	# A round takes a second: the server that was found is there to be struck.
	start -m epoll -p float --workload socket --connections 64 --message 4k --rate 5 -t 20s \
		--rounds 400 -f json
	server=
	while [ -z "$server" ] && kill -0 "$supervisor" 2>/dev/null; do
		server=$(server_of)
	done
	sleep 0.05
	kill "-$1" "$server"
	while ! grep -q "the server was" "$work/err" && kill -0 "$supervisor" 2>/dev/null; do
		sleep 0.1
	done
	grep -q "the server was $2" "$work/err"
	result $? "a server that gets $1: an error before the run is over" "$work/err"
	kill -INT "$supervisor"
	await
	nothing_left "a server that gets $1"
}

# The worker and the supervisor: nothing is left of the server.
killed() {
	start -m processes -p float --workload socket --connections 64 -t 20s --rounds 400 -f json
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
# Files without a name are made where we are.
cd "$work" || exit 1
records
misuse
few_descriptors
no_ring
struck KILL "killed by signal 9"
struck STOP "stopped"
killed
if become_nobody; then
	use io-lat
	echoes "unprivileged" -m $SERVERS -p float --connections 7
	few_tasks
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
