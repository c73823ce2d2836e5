#!/bin/sh
# SPDX-License-Identifier: MIT
# Many at once: pairs of tasks beside the measured one (--pairs), and many senders
# of one channel (--fan-in), are there, proved and gone again; what makes no sense
# or is not allowed is a skip that says what to change.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_USAGE=129
MANY=$(part_of 500 5 20)
SHARED='pipe,pipe-packet,fifo,unix-dgram,unix-seqpacket,sysv-msg,posix-mq'

# proved NAME N CONDITION...: as many as there were, in all rounds of the result
proved() {
	name=$1
	wanted=$2
	shift 2
	rounds=$(value rounds "$@")
	test -n "$rounds" && value verified "$@" | grep -qx true &&
		value "proof.$name.expected" "$@" | grep -qx $((wanted * rounds)) &&
		value "proof.$name.observed" "$@" | grep -qx $((wanted * rounds))
}

tries=1

# at_once TEXT ARGUMENT...: a run whose records are sound, the first of $tries with status 0
at_once() {
	text=$1
	shift
	use ipc-lat
	for _ in $(seq "$tries"); do
		run -f json "$@"
		test "$status" -ne 0 || break
	done
	{
		sound || cat "$work/report"
		bare_reasons
	} >"$work/wrong"
	test ! -s "$work/wrong"
	result $? "$text: sound" "$work/wrong" "$work/err"
	nothing_left "$text"
}

few_pairs() {
	at_once "pairs" -m pipe,memfd+futex,sysv-sem -p same-cpu -P both --pairs 1,2,8 --rounds 1
	for mechanism in pipe memfd+futex; do
		for pairs in 2 8; do
			for peer in process thread; do
				cell="mechanism=$mechanism pairs=$pairs peer=$peer"
				# shellcheck disable=SC2086 # conditions, a word each
				proved pairs $pairs $cell && proved pair_sums $pairs $cell &&
					test -n "$(value all_messages_per_s $cell)" &&
					test -n "$(value all_bytes_per_s $cell)" &&
					test -n "$(value slowest_share $cell)"
				result $? "$cell: proved, with its figures" "$work/flat"
			done
		done
		test -n "$(value p50 mechanism=$mechanism pairs=1 peer=process)" &&
			test -z "$(value proof.pairs.expected mechanism=$mechanism pairs=1)"
		result $? "$mechanism: one pair is alone" "$work/flat"
	done
	at_once "pairs, throughput" --mode throughput -m pipe,eventfd -p same-cpu,float --pairs 3 --rounds 1
	proved pairs 3 mechanism=pipe placement=same-cpu
	result $? "pairs in a window: proved" "$work/flat"
}

# A window is short: of so many pairs one may have no turn in it.  Its cell says so then.
many_pairs() {
	tries=4
	at_once "$MANY pairs" -m pipe,memfd+futex -p same-cpu --pairs "$MANY" --rounds 1
	for mechanism in pipe memfd+futex; do
		proved pairs "$MANY" mechanism=$mechanism && proved pair_sums "$MANY" mechanism=$mechanism
		result $? "$mechanism: $MANY pairs are proved" "$work/flat" "$work/err"
	done
	tries=1
}

senders() {
	at_once "fan-in" --mode throughput -m "$SHARED" -p same-cpu -P both --size 64 --fan-in 1,2,7 --rounds 1
	for mechanism in pipe unix-dgram; do
		for fan_in in 2 7; do
			cell="mechanism=$mechanism fan_in=$fan_in peer=process"
			# shellcheck disable=SC2086
			proved senders $fan_in $cell && test -n "$(value slowest_share $cell)" &&
				test -n "$(value messages_per_s $cell)" &&
				test -n "$(value bytes_per_s $cell)"
			result $? "$cell: proved, with its figures" "$work/flat"
		done
		test -n "$(value proof.messages_back.expected mechanism=$mechanism fan_in=1 peer=process)"
		result $? "$mechanism: one sender is answered" "$work/flat"
	done
}

# skip_says WORDS CONDITION...
skip_says() {
	words=$1
	shift
	value reason record=skip "$@" >"$work/reasons"
	grep -q "$words" "$work/reasons"
	result $? "$text: a skip for $words" "$work/reasons"
}

refusals() {
	at_once "fan-in of a long message" --mode throughput -m pipe,fifo -p same-cpu --size 4096,4097 --fan-in 2 --rounds 1
	skip_says PIPE_BUF mechanism=pipe
	skip_says PIPE_BUF mechanism=fifo
	at_once "fan-in of what cannot" --mode throughput -m udp,eventfd,unix-stream -p same-cpu --fan-in 2 --rounds 1
	skip_says 'cannot share its end' mechanism=udp
	skip_says 'cannot share its end' mechanism=eventfd
	skip_says 'cannot share its end' mechanism=unix-stream
	at_once "pairs and fan-in" --mode throughput -m pipe -p same-cpu --pairs 2 --fan-in 2 --rounds 1
	skip_says 'two questions' mechanism=pipe
	at_once "pairs that spin" -m shm-spin -p same-cpu,float --pairs 2 --rounds 1
	skip_says 'two CPUs each' mechanism=shm-spin
	at_once "modes of one pair" -m pipe -p same-cpu --mode rate,set-up --pairs 4 --fan-in 4 --rounds 1
	test -z "$(value pairs mechanism=pipe)" && test -z "$(value fan_in mechanism=pipe)"
	result $? "pairs mean nothing for rate and set-up" "$work/flat"
}

bad_input() {
	use ipc-lat
	for option in --pairs --fan-in; do
		for word in 0 4097 1000000000 many ''; do
			run $option="$word" -m pipe --rounds 1
			test $status -eq $EXIT_USAGE && test "$(wc -l <"$work/err")" -le 2 &&
				test ! -s "$work/out"
			result $? "$option=$word: wrong usage" "$work/err" "$work/out"
		done
	done
}

limits() {
	command -v prlimit >/dev/null || return
	wrap="prlimit --nproc=40:40"
	at_once "40 processes" -m pipe -p same-cpu --pairs 200 --rounds 1
	skip_says RLIMIT_NPROC mechanism=pipe
	at_once "40 processes, fan-in" --mode throughput -m pipe -p same-cpu --fan-in 200 --rounds 1
	skip_says RLIMIT_NPROC mechanism=pipe
	wrap="prlimit --msgqueue=100000:100000"
	at_once "few message queues" -m posix-mq -p same-cpu --size 4k --pairs 20 --rounds 1
	skip_says MSGQUEUE mechanism=posix-mq
	wrap=
}

seldom 2 && few_pairs
many_pairs
seldom 2 && senders
refusals
bad_input
if become_nobody; then
	seldom 2 && few_pairs
	seldom 2 && senders
	limits
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
