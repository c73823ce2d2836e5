#!/bin/sh
# SPDX-License-Identifier: MIT
# io-lat --rate: requests that are due whatever became of the last, by every engine
# and server: each is timed from when it was due, none is left out; a closed loop has
# nothing of it.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

SERVERS=threads,processes,epoll,uring,uring-defer,uring-multishot,uring-defer+multishot

# paced TEXT ARGUMENT...: a sound answer, of request and response alone, with what goes with them
paced() {
	text=$1
	shift
	poor "$text" --rounds 1 "$@"
	test -n "$(value metric metric=response verified=true)" &&
		test -z "$(value metric metric=interval)$(value metric verified=false record=result)"
	result $? "$text: responses, all proved, and no interval" "$work/flat"
	count=$(value metric metric=response | wc -l)
	for field in rate arrivals requests_per_s late_share cpu_ns_per_op; do
		test "$(value $field metric=response | wc -l)" -eq "$count"
		result $? "$text: each has $field" "$work/flat"
	done
	# A request takes no longer than its response: it was begun when it was due, or later.
	value max metric=request record=result >"$work/requests"
	value max metric=response record=result >"$work/responses"
	paste "$work/requests" "$work/responses" | awk '$1 > $2 { exit 1 }'
	result $? "$text: no response is shorter than its request" "$work/requests" "$work/responses"
}

files() {
	paced "files" --size 1M --depth 7 --rate 3000 -m all -p same-cpu
	measured response threads processes pool
	paced "one after another" --size 1M --depth 1 --rate 2000 -m pread,threads,null -p float
	paced "poisson" --size 1M --depth 4 --rate 2000 --arrivals poisson --rw randwrite \
		-m threads,uring -p float
	paced "direct" --size 1M --depth 4 --rate 500 --cache direct -m threads,libaio,uring -p float
	paced "cold" --size 1M --depth 4 --rate 500 --cache cold -m threads,uring -p float
	# At least five, however long that takes.
	paced "ten a second" --size 1M --depth 2 --rate 10 -m threads,uring -p float
	test "$(value n metric=response mechanism=threads)" = 5
	result $? "ten a second: five requests" "$work/flat"
}

servers() {
	paced "servers" --workload socket --connections 5 --rate 2000 -m $SERVERS -p same-cpu
	measured response threads processes epoll
	paced "more connections than requests" --workload socket --connections 64 --rate 1000 \
		-m epoll -p float
	test "$(value proof.connections.expected metric=response)" = 10
	result $? "more connections than requests: each request has its own" "$work/flat"
}

# What cannot be kept up with says so: all are due at once, one lane makes them.
overload() {
	run -f json --size 1M --depth 1 --rate 10000000 -m threads -p float --rounds 1
	flatten
	awk -v got="$(value requests_per_s metric=response)" \
		-v request="$(value p50 metric=request)" -v response="$(value p50 metric=response)" \
		'BEGIN { exit !(got > 0 && got < 10000000 && response > request) }'
	result $? "a rate that is too high: responses have all waits in them" "$work/flat"
}

both_loops() {
	for rates in 0,1000 1000,0; do
		run -f json --size 1M --depth 1 --rate $rates -m threads -p float --rounds 1
		flatten
		test "$(value rate metric=response)" = 1000 && test -n "$(value p50 metric=interval)" &&
			test -z "$(value rate metric=interval)$(value arrivals metric=interval)"
		result $? "--rate $rates: an open loop and a closed one" "$work/flat"
	done
	run -f json --size 1M --depth 1 --arrivals fixed,poisson -m threads -p float --rounds 1
	flatten
	test "$(value metric metric=interval | wc -l)" -eq 1
	result $? "--arrivals means nothing to a closed loop" "$work/flat"
	run -q --size 1M --depth 4 --rate 1000 -m threads,uring -p float --rounds 2
	grep -q "^At 1000 requests a second, .*threads within .* uring within" "$work/out" ||
		! grep -q '^  uring ' "$work/out"
	result $? "what the rate costs is said in a sentence" "$work/out"
}

misuse() {
	misused "'-1'" --rate=-1
	misused "10000001" --rate 10000001
	misused "fixed,poisson" --rate 10 --arrivals burst
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
use io-lat
mkdir -m 777 "$work/files"
cd "$work/files" || exit 1
files
servers
overload
both_loops
misuse
if become_nobody; then
	use io-lat
	paced "unprivileged" --size 1M --depth 4 --rate 1000 -m all -p float
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
nothing_left "all runs"
finish
