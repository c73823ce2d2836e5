#!/bin/sh
# SPDX-License-Identifier: MIT
# guest.sh [TOOL...] - in a machine that machine.sh has booted: every mechanism of
# each tool works or skips with a reason, as root (with processes) and as nobody
# (with threads), on the CPUs that were asked for.  Only records and proofs are looked at: times mean nothing there.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

# Where files may be made, by nobody too.
mkdir -m 777 "$work/files"
cd "$work/files" || exit 1

# Wherever Linux is.
PORTABLE='null pipe fifo unix-stream tcp eventfd memfd+futex signal'
SECONDS_EACH=120s
DISK=/dev/nvme0n1

# Tasks were seen on the CPUs that were asked for, and nowhere else.
on_their_cpus() {
	awk -F '\t' '
		function check(   i, cpu) {
			if (record != "result" || a == "")
				return
			if (seen == "") print mechanism ": seen on no CPU"
			split(seen, cpu, " ")
			for (i = 1; i in cpu; i++)
				if (cpu[i] != a && cpu[i] != b)
					print mechanism ": CPUs " a " and " b " asked for, seen on " cpu[i]
		}
		$1 != last { check(); last = $1; a = b = seen = "" }
		$2 == "record" { record = $3 }
		$2 == "mechanism" { mechanism = $3 }
		$2 == "cpus.0" { a = $3 }
		$2 == "cpus.1" { b = $3 }
		$2 ~ /^cpus_seen\./ { seen = seen " " $3 }
		END { check() }' "$work/flat" >"$work/cpus"
	test ! -s "$work/cpus"
	result $? "$text: seen on the CPUs asked for" "$work/cpus"
}

# every TEXT ARGUMENT...: one round of all mechanisms
every() {
	text="$1, $who"
	shift
	poor "$text" -m all "$@" --rounds 1 -t $SECONDS_EACH
	on_their_cpus
}

spawn_cost() {
	use spawn-cost
	every spawn-cost -p "$places"
	measured life null fork vfork pthread posix-spawn thread-pool
}

ipc_lat() {
	use ipc-lat
	every ipc-lat -P $peer -p "$places"
	# shellcheck disable=SC2086 # names, a word each
	measured round-trip $PORTABLE
	[ "$who" = root ] || return
	every "ipc-lat --mode throughput" -P $peer -p same-cpu --mode throughput
	every "ipc-lat --mode set-up" -P $peer -p same-cpu --mode set-up
}

ctxsw() {
	use ctxsw
	every ctxsw -P $peer -p "$places"
	# shellcheck disable=SC2086 # names, a word each
	measured switch $PORTABLE yield user-switch
}

io_lat() {
	use io-lat
	every io-lat -p "$places" --size 1M --depth 1,4
	measured interval null pread threads processes
	every "io-lat --workload sleep" -p same-cpu --workload sleep --wait 1ms --depth 1,4
	measured interval threads
	every "io-lat --workload socket" -p cpu:0,1 --workload socket --connections 2
	measured interval threads
	[ "$who" = root ] || return
	if [ ! -b $DISK ]; then
		skip "io-lat past the cache: this machine has no disk"
		return
	fi
	every "io-lat past the cache" -p same-cpu --file $DISK --cache direct --size 1M --depth 4
	measured interval threads uring-iopoll
}

each_tool() {
	for tool in $tools; do
		case $tool in
		spawn-cost) spawn_cost ;;
		ipc-lat) ipc_lat ;;
		ctxsw) ctxsw ;;
		io-lat) io_lat ;;
		esac
	done
}

tools=${*:-spawn-cost ipc-lat ctxsw io-lat}
wrap=
who=root
peer=process
places=same-cpu,cpu:0,1
each_tool
if become_nobody; then
	who=nobody
	peer=thread
	places=same-cpu
	each_tool
else
	skip "no unprivileged account"
fi
finish
