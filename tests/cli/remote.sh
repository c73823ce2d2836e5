#!/bin/sh
# SPDX-License-Identifier: MIT
# ipc-lat between two hosts: what is measured is proved, whoever vanishes is told
# within seconds, and who listens goes on.  Two hosts are two processes on
# loopback, and two network namespaces joined by a veth pair.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

# What is to be seen within seconds, with a busy machine's share.
VANISH_LIMIT_S=20
LOOKS=200            # 0.1 s apart
server=
enter_client=
enter_server=

use ipc-lat

# listen ARGUMENT...: the listening side, behind us; $server, and where it is in $there
listen() {
	# shellcheck disable=SC2086 # a command with its arguments
	env $hear_interrupts HANDOFF_TEST_MARK="$mark" $enter_server "$TOOL" "$@" \
		2>"$work/said" </dev/null >"$work/server-out" &
	server=$!
	look=0
	there=
	while [ -z "$there" ] && [ $look -lt $LOOKS ]; do
		sleep 0.1
		look=$((look + 1))
		there=$(sed -n 's/.*listening on //p' "$work/said")
	done
}

# end_server SIGNAL STATUS
end_server() {
	kill -CONT "$server" 2>/dev/null
	kill -"$1" "$server"
	wait "$server" 2>/dev/null
	server_status=$?
	test $server_status -eq "$2" && test ! -s "$work/server-out"
	result $? "--listen: $1 ends it with status $2: $server_status" "$work/said"
}

sessions() {
	cat "/proc/$server/task/$server/children" 2>/dev/null
}

# await_sessions WANTED: none, or some
await_sessions() {
	look=0
	while [ $look -lt $LOOKS ]; do
		if [ -n "$(sessions)" ]; then now=some; else now=none; fi
		if [ $now = "$1" ]; then
			return 0
		fi
		look=$((look + 1))
		sleep 0.1
	done
	return 1
}

# proved TEXT COUNT: of the last run, so many results, all sound, verified, with the address
proved() {
	: >"$work/report"
	sound
	test ! -s "$work/report" && test "$status" -eq 0 &&
		test "$(value verified record=result | grep -cx true)" -eq "$2" &&
		test "$(value connect record=result | grep -cxF "$there")" -eq "$2" &&
		test -z "$(value peer record=result)" &&
		test "$(value proof.sums.observed record=result | sort -u | wc -l)" -ge 1
	result $? "$1: status $status, $2 proved" "$work/report" "$work/err" "$work/out"
}

# as_client ARGUMENT...
as_client() {
	wrap=$enter_client
	run -f json --connect "$there" "$@"
	wrap=
}

measures() {
	as_client --rounds 2
	proved "$1: the default" 2
	value remote.kernel record=run | grep -qxF "$(uname -r)" &&
		test -n "$(value remote.hostname record=run)" && test -n "$(value remote.version record=run)"
	result $? "$1: the run says who is there" "$work/flat"
	as_client --rounds 1 --size 1,7,4k,60000 --mode latency,rate
	proved "$1: round trips and rates" 16
	test "$(value there_cpu_ns_per_op question=latency | wc -l)" -eq 8
	result $? "$1: what it costs there is there, too" "$work/out"
	# More than sockets hold on their way, and no more: a round has some thirty windows.
	as_client --rounds 1 -m tcp --mode throughput --size 1,1M --depth 1,12
	proved "$1: a stream by tcp" 4
	as_client --rounds 1 -m udp --mode throughput --size 1,1400 --depth 1,16
	proved "$1: a stream by udp" 4
}

# refused WORDS ARGUMENT...: a skip with this reason
refused() {
	words=$1
	shift
	as_client --rounds 1 "$@"
	flatten
	value reason record=skip | grep -qF "$words"
	result $? "$*: a skip, as $words" "$work/out" "$work/err"
}

# begin: a client that would go on for a minute
begin() {
	begun=$(date +%s)
	# shellcheck disable=SC2086
	env $hear_interrupts HANDOFF_TEST_MARK="$mark" $enter_client "$TOOL" -f json \
		--connect "$there" -t 60 --precision 0.01 "$@" >"$work/out" 2>"$work/err" </dev/null &
	supervisor=$!
	await_sessions some
	sleep 1
}

# vanished TEXT WORDS: the client has said so, in time, with status 1
vanished() {
	begun=$(date +%s)
	await
	took=$(($(date +%s) - begun))
	test "$status" -eq 1 && grep -Eq "$2" "$work/err" && test $took -le $VANISH_LIMIT_S
	result $? "$1: status $status after $took s, and it says $2" "$work/err"
	sound
	result $? "$1: what is complete is printed" "$work/report"
}

usage() {
	misused "leave out --mechanism" --listen -m tcp
	misused "leave out --matrix" --listen --matrix
	misused "leave out --size" --listen --size 8
	misused "--connect on the other" --listen --connect 127.0.0.1
	misused "leave out --connect" --connect 127.0.0.1 --matrix
	misused "leave out --connect" --connect 127.0.0.1 -P thread
	misused "leave out --connect" --connect 127.0.0.1 --list
	misused "HOST:PORT" --connect 127.0.0.1:70000
	misused "HOST:PORT" --connect 127.0.0.1:0
	misused "HOST:PORT" '--listen=[::1'
	misused "one placement" --listen -p cpu:0,float
	run --connect 127.0.0.1:1 --rounds 1
	test "$status" -eq 1 && grep -q "nobody listens at 127.0.0.1:1" "$work/err"
	result $? "nobody listens: status $status" "$work/err"
	run --listen=192.0.2.1
	test "$status" -eq 1 && grep -q "192.0.2.1" "$work/err"
	result $? "--listen at an address that is not ours: status $status" "$work/err"
	use ctxsw
	run --connect 127.0.0.1
	test "$status" -eq 129
	result $? "ctxsw has no --connect" "$work/err"
	use ipc-lat
}

on_loopback() {
	listen --listen=127.0.0.1:0
	test "${there%:*}" = 127.0.0.1
	result $? "--listen says where" "$work/said"
	measures loopback
	refused "it does not leave this machine: use tcp or udp" -m pipe
	refused "clocks of two hosts cannot be compared" -m tcp --mode one-way
	refused "set-up is one task's" -m tcp --mode set-up
	refused "not IPv6" -m tcp6
	refused "65507 bytes" -m udp --size 1M
	run --connect "$there" --rounds 1 --dry-run -f json
	test "$status" -eq 0 && grep -q '"connect":"127' "$work/out"
	result $? "--dry-run: the plan has the address" "$work/out"
	end_server INT 130
	listen --listen=127.0.0.1:0 -p cpu:0 --sched batch
	as_client -m tcp --rounds 1
	proved "a listening side on its CPU" 1
	end_server TERM 143
	if [ -s /proc/net/if_inet6 ]; then
		listen '--listen=[::1]:0'
		as_client -m tcp,tcp6,udp --rounds 1
		proved "IPv6" 3
		end_server TERM 143
	else
		skip "IPv6 is not there"
	fi
	nothing_left "loopback"
}

vanishing() {
	listen --listen=127.0.0.1:0
	begin -m tcp
	kill -KILL "$server"
	vanished "the listening side is killed" "nobody listens|has ended|data port does not answer"
	wait "$server" 2>/dev/null
	settle
	result $? "the listening side is killed: nothing is left" "$work/left"

	listen --listen=127.0.0.1:0
	begin -m udp
	kill -STOP "$server"
	vanished "the listening side is stopped" "has not answered for 3 s"
	kill -CONT "$server"
	begin -m tcp
	# One that is at work: a session lasts for a round.
	look=0
	# shellcheck disable=SC2046 # process ids
	while ! kill -STOP $(sessions) 2>/dev/null && [ $look -lt 1000 ]; do
		look=$((look + 1))
	done
	kill -STOP "$server"
	vanished "all of the listening side is stopped" "has not answered for 3 s"
	kill -CONT "$server"
	# shellcheck disable=SC2046 # process ids
	kill -CONT $(sessions) 2>/dev/null
	await_sessions none
	result $? "sessions end without their clients" "$work/said"

	begin -m tcp
	kill -KILL "$supervisor"
	await
	await_sessions none
	result $? "a client is killed: its session ends"
	as_client -m tcp,udp --rounds 1
	proved "a client is killed: the next is served" 2
	end_server TERM 143
	nothing_left "vanishing"
}

# Two namespaces live as long as the two that sleep in them.
join_namespaces() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "needs root" >"$work/why"
		return 1
	fi
	for command in ip unshare nsenter; do
		if ! command -v $command >/dev/null; then
			echo "there is no $command" >"$work/why"
			return 1
		fi
	done
	unshare -n true 2>"$work/why" || return 1
	HANDOFF_TEST_MARK=$mark unshare -n sleep 600 &
	client_space=$!
	HANDOFF_TEST_MARK=$mark unshare -n sleep 600 &
	server_space=$!
	enter_client="nsenter -t $client_space -n"
	enter_server="nsenter -t $server_space -n"
	# Until they have left our own namespace.
	look=0
	ours=$(readlink /proc/self/ns/net)
	while [ $look -lt $LOOKS ] && { [ "$(readlink /proc/$client_space/ns/net)" = "$ours" ] ||
		[ "$(readlink /proc/$server_space/ns/net)" = "$ours" ]; }; do
		look=$((look + 1))
		sleep 0.1
	done
	{
		$enter_client ip link add here type veth peer name there netns $server_space &&
			$enter_client ip address add 192.0.2.1/24 dev here &&
			$enter_client ip link set here up &&
			$enter_server ip address add 192.0.2.2/24 dev there &&
			$enter_server ip link set there up
	} >"$work/why" 2>&1
}

between_namespaces() {
	if ! join_namespaces; then
		skip "two network namespaces: $(head -n 1 "$work/why")"
		end_marked
		return
	fi
	listen --listen=192.0.2.2
	test "$there" = 192.0.2.2:7117
	result $? "--listen=192.0.2.2: the usual port" "$work/said"
	measures "veth"
	begin -m tcp
	$enter_server ip link set there down
	# That between the two connections of a session is a moment, too.
	vanished "the cable is cut" "has not answered for 3 s|its data port does not answer"
	await_sessions none
	result $? "the cable is cut: the sessions end"
	$enter_server ip link set there up
	as_client -m tcp,udp --rounds 1
	proved "the cable is there again" 2
	end_server TERM 143
	kill "$client_space" "$server_space"
	nothing_left "two namespaces"
}

usage
on_loopback
vanishing
between_namespaces
finish
