#!/bin/sh
# SPDX-License-Identifier: MIT
# guest.sh [TOOL...] - in a machine that machine.sh has booted: every mechanism of
# each tool works or skips with a reason, as root and as nobody, on the CPUs that
# were asked for.  Only records and proofs are looked at: times mean nothing there.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

# Wherever Linux is.
PORTABLE='null pipe fifo unix-stream tcp eventfd memfd+futex signal'
SECONDS_EACH=60s

# The CPUs that were seen are those that were asked for.
on_their_cpus() {
	awk -F '\t' '
		function check() { if (asked != "" && seen != "" && asked != seen) { print asked " asked for, " seen " seen"; bad = 1 } }
		$1 != last { check(); asked = seen = ""; last = $1 }
		$2 == "placement" && $3 ~ /^cpu:/ { asked = substr($3, 5) }
		$2 ~ /^cpus\.[0-9]/ { seen = seen (seen == "" ? "" : ",") $3 }
		END { check(); exit bad }' "$work/flat" >"$work/cpus"
	result $? "$text: seen on the CPUs asked for" "$work/cpus"
}

spawn_cost() {
	use spawn-cost
	poor "spawn-cost, $who" -m all -p same-cpu,cpu:0,1 --rounds 1 -t $SECONDS_EACH
	measured life null fork vfork pthread posix-spawn thread-pool
	on_their_cpus
}

ipc_lat() {
	use ipc-lat
	for mode in latency throughput set-up; do
		poor "ipc-lat --mode $mode, $who" -m all -P both -p same-cpu,cpu:0,1 --mode $mode \
			--rounds 1 -t $SECONDS_EACH
		on_their_cpus
	done
	poor "ipc-lat, $who" -P both -p same-cpu --rounds 1 -t $SECONDS_EACH
	# shellcheck disable=SC2086 # names, a word each
	measured round-trip $PORTABLE
}

ctxsw() {
	use ctxsw
	poor "ctxsw, $who" -m all -P both -p same-cpu,cpu:0,1 --rounds 1 -t $SECONDS_EACH
	# shellcheck disable=SC2086 # names, a word each
	measured switch $PORTABLE yield user-switch
	on_their_cpus
}

each_tool() {
	for tool in $tools; do
		case $tool in
		spawn-cost) spawn_cost ;;
		ipc-lat) ipc_lat ;;
		ctxsw) ctxsw ;;
		esac
	done
}

tools=${*:-spawn-cost ipc-lat ctxsw}
wrap=
who=root
each_tool
if become_nobody; then
	who=nobody
	each_tool
else
	skip "no unprivileged account"
fi
finish
