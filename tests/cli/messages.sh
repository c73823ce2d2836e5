#!/bin/sh
# SPDX-License-Identifier: MIT
# Every channel of ipc-lat and ctxsw is measured and proved, or is a skip with
# its reason: each way, with processes and threads, privileged or not, and where
# the calls, names and limits that it needs are refused.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

# Wherever Linux is.
PORTABLE='null pipe fifo unix-stream tcp eventfd memfd+futex signal'

# Each mode has its metric, and the figures that go with it.
modes() {
	use ipc-lat
	wrap=
	for pair in $(words latency:round-trip:half_ns one-way:one-way:skew_bound_ns \
		throughput:transfer:messages_per_s rate:response:late_share set-up:set-up: | some 5); do
		mode=${pair%%:*}
		rest=${pair#*:}
		poor "--mode $mode" --mode "$mode" -p same-cpu --rounds 1
		# shellcheck disable=SC2086 # names, a word each
		measured "${rest%%:*}" pipe fifo unix-stream tcp memfd+futex
		figure=${rest#*:}
		if [ -n "$figure" ]; then
			test -n "$(value "$figure" mechanism=pipe)"
			result $? "--mode $mode: $figure is there" "$work/out"
		fi
	done
}

both_peers() {
	use ipc-lat
	poor "ipc-lat, both peers" -P both --rounds 1
	# shellcheck disable=SC2086 # names, a word each
	measured round-trip $PORTABLE
}

sizes() {
	use ipc-lat
	poor "ipc-lat, sizes" -p same-cpu --size 1,7,4k,64k --rounds 1
	measured round-trip pipe fifo unix-stream tcp memfd+futex
}

windows() {
	use ipc-lat
	poor "ipc-lat, windows" --mode throughput -p same-cpu --size 1,4k --depth 1,32 --rounds 1
	measured transfer pipe fifo unix-stream tcp memfd+futex eventfd
}

every_switch() {
	use ctxsw
	poor "ctxsw" --rounds 1
	measured switch null pipe unix-stream tcp eventfd memfd+futex signal mutex ucontext
}

# A switch is a switch: on one CPU, and seen by the kernel.
switches() {
	use ctxsw
	wrap=
	poor "ctxsw, pipe" -m pipe,eventfd,mutex,condvar,user-switch -p same-cpu --rounds 3
	awk -F '\t' '$2 == "switches_per_op" { n++; if ($3 < 1.9 || $3 > 3) bad = 1 } END { exit bad || !n }' \
		"$work/flat"
	result $? "ctxsw: about two switches a round trip" "$work/flat"
	poor "ctxsw, yield on two CPUs" -m yield -p llc,node,package,machine,smt --rounds 1
	test -z "$(value metric mechanism=yield)"
	result $? "ctxsw: a yield on two CPUs is no figure" "$work/out"
}

window() {
	use ipc-lat
	wrap=
	poor "a window of 64 GiB" -m pipe -p same-cpu --mode throughput --size 16M --depth 4096 --rounds 1
	skipped "256 MiB" pipe
	poor "set-up of a long message" -m pipe -p same-cpu --mode set-up --size 1M --rounds 1
	skipped "4k" pipe
	poor "a packet that is too long" -m pipe-packet -p same-cpu --size 64k --rounds 1
	skipped "PIPE_BUF" pipe-packet
}

unprivileged() {
	use ipc-lat
	wrap=
	poor "ipc-lat, unprivileged" -p same-cpu --rounds 1
	# shellcheck disable=SC2086
	measured round-trip $PORTABLE
	seldom 2 && poor "ipc-lat, unprivileged, set-up" --mode set-up -p same-cpu --rounds 1
	if seldom 2; then
		use ctxsw
		poor "ctxsw, unprivileged" -p same-cpu --rounds 1
		measured switch pipe eventfd
	fi
	use ipc-lat
	if command -v prlimit >/dev/null; then
		wrap="prlimit --msgqueue=0:0"
		poor "no message queues" -p same-cpu -m 'posix-mq,pipe' --rounds 1
		skipped MSGQUEUE posix-mq
		wrap="prlimit --nofile=20:20"
		poor "20 descriptors" -p same-cpu --rounds 1
		measured round-trip pipe
	fi
}

refused_calls() {
	$as "$HELPERS/deny" ENOSYS pipe2 true >"$work/err" 2>&1
	if [ $? -eq 77 ]; then
		skip "refused system calls: $(cat "$work/err")"
		return
	fi
	use ipc-lat
	for calls in io_uring_setup eventfd2 memfd_create msgget,semget,shmget mq_open \
		process_vm_readv,vmsplice signalfd4 unshare; do
		for error in EPERM ENOSYS; do
			seldom 16 || continue
			wrap="$HELPERS/deny $error $calls"
			poor "$calls: $error" -p same-cpu --rounds 1
			measured round-trip null pipe tcp
		done
	done
}

full_memory() {
	printf '#!/bin/sh\nmount -t tmpfs -o %s none /dev/shm || exit 77\nexec "$@"\n' "$1" >"$work/mounts"
	chmod 755 "$work/mounts"
	wrap="unshare -m $work/mounts"
	if ! unshare -m "$work/mounts" true 2>/dev/null; then
		skip "/dev/shm with $1: not allowed here"
		return
	fi
	use ipc-lat
	poor "/dev/shm with $1" -p same-cpu --size 1,64k --rounds 1
	measured round-trip pipe memfd+futex
	skipped shm posix-shm+posix-sem
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
modes
seldom 4 && both_peers
seldom 4 && sizes
seldom 4 && windows
seldom 4 && every_switch
switches
window
seldom 2 && full_memory ro
seldom 2 && full_memory size=4k
if become_nobody; then
	unprivileged
	refused_calls
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
