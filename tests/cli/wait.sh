#!/bin/sh
# SPDX-License-Identifier: MIT
# ipc-lat --wait: both sides wait as it was asked for, which the record proves; what
# cannot be waited for so is a skip that says why, and what is no way is wrong usage.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

use ipc-lat

# check TEXT: of the last run: a whole answer, nothing left
check() {
	sound
	result $? "$1: the answer is sound" "$work/report" "$work/err"
	nothing_left "$1"
}

# proved WAIT MECHANISM...: measured so, with the counts that go with it
proved() {
	wait=$1
	shift
	for mechanism; do
		value verified "mechanism=$mechanism" "wait=$wait" | grep -qx true
		result $? "--wait $wait: $mechanism is measured" "$work/err" "$work/flat"
	done
}

# has_proof NAME WAIT: every result of it bears that proof, and no other of the two
has_proof() {
	results=$(value verified record=result "wait=$2" | wc -l)
	counts=$(value "proof.$1.observed" record=result "wait=$2" | wc -l)
	test "$results" -gt 0 && test "$results" -eq "$counts"
	result $? "--wait $2: proof $1 in each of $results results" "$work/flat"
}

sleeping() {
	for mode in $(words latency rate throughput one-way | some 2); do
		run -m pipe,unix-stream,tcp,posix-mq,eventfd,signalfd -p same-cpu --mode "$mode" \
			--wait block,poll,epoll --rounds 1 -f json
		check "--mode $mode"
		for wait in block poll epoll; do
			proved $wait pipe unix-stream eventfd signalfd
		done
		has_proof waits poll
		has_proof waits epoll
		test -z "$(value proof.waits.observed wait=block)"
		result $? "--mode $mode: block proves no waits" "$work/flat"
	done
	# One poll for each message: what was received by both sides, and no more.
	run -m pipe -p same-cpu -P both --wait poll --rounds 1 -f json
	check "both peers"
	for peer in process thread; do
		there=$(value proof.messages_there.observed "peer=$peer")
		back=$(value proof.messages_back.observed "peer=$peer")
		test "$(value proof.waits.observed "peer=$peer")" -eq $((there + back))
		result $? "a poll for each message, peer $peer" "$work/flat"
	done
}

ring() {
	run -m pipe,udp -p same-cpu --wait uring --rounds 1 -f json
	if value reason record=skip | grep -q io_uring; then
		skip "--wait uring: $(value reason record=skip | head -n 1)"
	else
		check "--wait uring"
		proved uring pipe udp
		has_proof waits uring
	fi
	"$HELPERS/deny" EPERM io_uring_setup true >"$work/err" 2>&1
	if [ $? -eq 77 ]; then
		skip "a ring refused: $(cat "$work/err")"
		return
	fi
	wrap="$HELPERS/deny EPERM io_uring_setup"
	run -m pipe -p same-cpu --wait poll,uring --rounds 1 -f json
	wrap=
	check "a ring refused"
	proved poll pipe
	value reason record=skip wait=uring | grep -q seccomp
	result $? "a ring refused is a skip that says what to change" "$work/flat"
}

spin() {
	# Whatever two CPUs there are: the placements that do not exist here are skips.
	run -m pipe,unix-stream,eventfd -p smt,l2,llc,node,package,machine --wait spin --rounds 1 -f json
	check "--wait spin"
	if [ -n "$(value metric record=result)" ]; then
		proved spin pipe unix-stream eventfd
		has_proof tries spin
		value tries_per_op wait=spin mechanism=pipe | grep -q '^[0-9]'
		result $? "--wait spin: tries_per_op is there" "$work/flat"
	else
		skip "--wait spin: there are no two CPUs"
	fi
	run -m pipe -p same-cpu --wait spin,poll --rounds 1 -f json
	check "--wait spin on one CPU"
	test "$status" -eq 3 && value reason record=skip wait=spin | grep -q 'name two CPUs'
	result $? "--wait spin on one CPU is a skip" "$work/flat"
}

refused() {
	run -m 'memfd+futex,signal,uring-socket,posix-sem' -p float --wait poll --rounds 1 -f json
	test "$status" -eq 1
	result $? "nothing that can be polled: status 1, it was $status" "$work/err"
	flatten
	test "$(value reason record=skip | grep -c 'use --wait block')" -eq 4
	result $? "what has no descriptor to poll says so" "$work/flat"
	run -m pipe -p same-cpu --mode set-up --wait block,poll --rounds 1 -f json
	check "set-up"
	test "$(value metric record=result | wc -l)" -eq 1 && test -z "$(value wait record=result)"
	result $? "set-up has no way to wait: one cell" "$work/flat"
	for word in '' select poll,none 'block,'; do
		run --wait "$word" -m pipe
		test "$status" -eq 129 && test ! -s "$work/out" && test -s "$work/err"
		result $? "--wait '$word': wrong usage, status $status" "$work/err"
	done
}

sleeping
ring
spin
refused
finish
