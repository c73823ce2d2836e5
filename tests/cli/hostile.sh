#!/bin/sh
# SPDX-License-Identifier: MIT
# Among others who may be enemies: nothing is written through what they have put in
# the way, what is made is new and nobody else's to read, nobody can connect from
# another machine who was not asked to, and a worker that is none is told.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1

# All that is made by a name, and all that listens: a line each, the tool first.
mixes() {
	cat <<-'END'
		spawn-cost -p same-cpu --rounds 1 -m all
		ctxsw -p same-cpu --rounds 1 -m all
		ctxsw -p same-cpu --rounds 1 -m pipe --runnable 3 --cgroup-depth 2
		ipc-lat -p same-cpu -P both --rounds 1 -m all
		ipc-lat -p same-cpu --rounds 1 -m all --mode throughput
		ipc-lat -p same-cpu --rounds 1 -m all --mode set-up
		io-lat -p same-cpu --rounds 1 -m all --depth 4 --size 1M
		io-lat -p same-cpu --rounds 1 -m all --workload socket --connections 3
		io-lat -p same-cpu --rounds 1 -m all --workload sleep --depth 3 --wait 1ms
	END
}

# --- what is made

# traced TOOL ARGUMENT...: how the calls that make something were made, in $work/calls
traced() {
	use "$1"
	shift
	# shellcheck disable=SC2086 # a command with its arguments
	timeout -k 5 "$RUN_LIMIT_S" $as env HANDOFF_TEST_MARK="$mark" TMPDIR="$work/tmp" \
		strace -f -qq -o "$work/calls" -e signal=none \
		-e trace=open,openat,creat,mkdir,mkdirat,mknod,mknodat,symlink,symlinkat,link,linkat,mq_open,shmget,semget,msgget,bind \
		"$TOOL" -f json "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# Made anew or not at all, and nobody else's to look at.  Control groups are all the
# world's to read; a directory is in TMPDIR.
unsafe_calls() {
	sed 's/^[0-9]* *//; / = -1 /d; /resumed>/d' "$work/calls" | awk -v tmp="$work/tmp/" '
		function wrong(what) { print what ": " $0 }
		/^(open|openat)\(/ && /O_CREAT/ {
			if (!/O_EXCL/) wrong("not made anew")
			if (!/, 0[0-7]?00[ )]/) wrong("open to others")
		}
		/^creat\(/ { wrong("not made anew") }
		/^(open|openat)\(/ && /O_TMPFILE/ && !/, 0600[ )]/ { wrong("open to others") }
		/^(mkdir|mkdirat)\(/ && !/\/sys\/fs\/cgroup/ {
			if (!/, 0700[ )]/) wrong("open to others")
			if (!index($0, "\"" tmp)) wrong("not in TMPDIR")
		}
		/^(mknod|mknodat)\(/ && !/S_IFIFO\|0600/ { wrong("open to others") }
		/^(symlink|symlinkat|link|linkat)\(/ { wrong("a link") }
		/^mq_open\(/ && /O_CREAT/ {
			if (!/O_EXCL/) wrong("not made anew")
			if (!/, 0600,/) wrong("open to others")
		}
		/^(shm|sem|msg)get\(/ && /IPC_CREAT|IPC_PRIVATE/ {
			if (!/IPC_PRIVATE/ && !/IPC_EXCL/) wrong("not made anew")
			if (!/0600[ )]/) wrong("open to others")
		}
		/^bind\(/ && /AF_INET,/ && !/inet_addr\("127\./ { wrong("not on loopback") }
		/^bind\(/ && /AF_INET6/ && !/"::1"/ { wrong("not on loopback") }
		/^bind\(/ && /AF_VSOCK/ && !/svm_cid=(VMADDR_CID_LOCAL|0x1|1)/ { wrong("not on loopback") }
		/^bind\(/ && /sun_path="/ && !index($0, "sun_path=\"" tmp) { wrong("not in TMPDIR") }'
}

made_safely() {
	if ! strace -f -qq -o /dev/null true 2>/dev/null; then
		skip "how things are made: no strace(1) here, or it may not"
		return
	fi
	mixes | some 9 >"$work/mixes"
	while read -r mix; do
		# shellcheck disable=SC2086 # a mix is words
		traced $mix
		flatten
		planned=$(value mechanism | wc -l)
		unsafe_calls >"$work/report"
		test ! -s "$work/report" && test "$planned" -gt 0
		result $? "$mix: of $(wc -l <"$work/calls") calls that make something none is unsafe" \
			"$work/report" "$work/err"
	done <"$work/mixes"
	nothing_left "what is made"
}

# --- who listens

# Sockets of this run that another machine could reach, now.
open_doors() {
	for pid in $(marked); do
		find "/proc/$pid/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null
	done | tr -dc '0-9\n' | sort -u >"$work/sockets"
	awk '
		FILENAME ~ /sockets$/ { is_ours[$1] = 1; next }
		FNR == 1 || !($10 in is_ours) { next }
		# Streams that listen, datagram sockets that no other end is set for.
		FILENAME ~ /tcp/ && $4 != "0A" { next }
		FILENAME !~ /tcp/ && $3 !~ /:0000$/ { next }
		$2 ~ /:0000$/ { next }
		$2 ~ /^[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]7F:/ { next }
		$2 ~ /^7F[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]:/ { next }
		$2 ~ /^0000000000000000000000000(1000000|0000001):/ { next }
		{ print FILENAME, $2, $3, $4 }' "$work/sockets" \
		/proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/raw /proc/net/raw6 \
		2>/dev/null
}

is_alive() {
	grep -q '^State:[^Z]*$' "/proc/$supervisor/status" 2>/dev/null
}

nobody_listens() {
	mixes | some 9 >"$work/mixes"
	: >"$work/doors"
	looks=0
	while read -r mix; do
		use "${mix%% *}"
		# shellcheck disable=SC2086 # a mix is words
		start -f json ${mix#* }
		while is_alive; do
			open_doors >>"$work/doors"
			looks=$((looks + 1))
			sleep 0.05
		done
		await
	done <"$work/mixes"
	sort -u -o "$work/doors" "$work/doors"
	test ! -s "$work/doors" && test $looks -gt 0
	result $? "in $looks looks at all tools no socket can be reached from elsewhere" "$work/doors"
	# That it is seen at all: where it was asked for.
	use ipc-lat
	start --listen=0.0.0.0:0
	look=0
	: >"$work/doors"
	while [ ! -s "$work/doors" ] && [ $look -lt $SETTLE_LOOKS ]; do
		sleep 0.1
		look=$((look + 1))
		open_doors >>"$work/doors"
	done
	kill "$supervisor"
	await
	test -s "$work/doors"
	result $? "one that was asked for is seen"
	start --listen
	look=0
	while ! grep -q 'listening on' "$work/err" && [ $look -lt $SETTLE_LOOKS ]; do
		sleep 0.1
		look=$((look + 1))
	done
	open_doors >"$work/doors"
	kill "$supervisor"
	await
	cp "$work/err" "$work/report"
	grep -q 'listening on' "$work/err"
	result $? "--listen says where it can be reached" "$work/report"
}

# --- workers that are none

# put COMMAND: in the place of every worker; the real one is "$real" to it
put() {
	mkdir -p "$work/impostors"
	for worker in "$HANDOFF_WORKERS"/handoff-*-worker; do
		printf '#!/bin/sh\nreal=%s\n%s\n' "'$worker'" "$1" >"$work/impostors/${worker##*/}"
		chmod 755 "$work/impostors/${worker##*/}"
	done
	wrap="env HANDOFF_WORKERS=$work/impostors"
}

take_away() {
	wrap=
	settle || sed 's/^/left: /' "$work/left" >>"$work/wrong"
	rm -r "$work/impostors"
	test ! -s "$work/wrong"
	result $? "$1" "$work/wrong" "$work/err"
	: >"$work/wrong"
}

# Some that each tool knows, and none that takes long.
run_impostor() {
	use "$1"
	case $1 in
	spawn-cost) run -f json -m pthread -p same-cpu --rounds 1 ;;
	ctxsw | ipc-lat) run -f json -m pipe -p same-cpu -P process --rounds 1 ;;
	*) run -f json -m pread -p same-cpu --rounds 1 --size 1M ;;
	esac
}

# stranger WORDS COMMAND: refused by name before anything is measured, in one sentence
stranger() {
	put "$2"
	for tool in $TOOL_NAMES; do
		run_impostor "$tool"
		{
			test "$status" -eq $EXIT_NOTHING || echo "$tool: status $status"
			test ! -s "$work/out" || echo "$tool: measures"
			test "$(wc -l <"$work/err")" -eq 1 || echo "$tool: says more than a line"
			grep -q "^$tool: $work/impostors/handoff-[a-z]*-worker: it is .*$1.*; this tool needs a worker of kind .*, version .*, build " \
				"$work/err" || echo "$tool: does not say $1"
		} >>"$work/wrong"
	done
	take_away "strangers are refused: '$1'"
}

# For one who is who it should be, until it comes to work.
# shellcheck disable=SC2016 # expanded there
INTRODUCED='case "$*" in *is_introduction=1*) exec "$real" "$@" ;; esac'

# impostor WORDS COMMAND: said who it is, and then this; each tool says so, in these words
impostor() {
	put "$INTRODUCED
$2"
	for tool in $TOOL_NAMES; do
		run_impostor "$tool"
		{
			sound || cat "$work/report"
			test "$status" -eq $EXIT_NOTHING || echo "$tool: status $status"
			value reason record=skip | grep -q "^worker: .*$1" || echo "$tool: does not say $1"
			value reason record=skip | grep -v '^plan: ' | grep -v "^worker: .*$1" | sed "s/^/$tool: says /"
		} >>"$work/wrong"
	done
	take_away "workers that are none: '$1'"
}

# The value of a word that begins with KEY= is another.
changed() {
	echo "for word; do shift; case \$word in $1=*) word=$1=$2 ;; esac; set -- \"\$@\" \"\$word\"; done
exec \"\$real\" \"\$@\""
}

# shellcheck disable=SC2016 # expanded there
impostors() {
	: >"$work/wrong"
	seldom 9 && stranger "no worker of this build (the worker's answer is garbage)" 'echo hello >&3'
	seldom 9 && stranger 'no worker of this build (the worker said nothing)' 'exit 0'
	seldom 9 && stranger 'no worker of this build (the worker ended with status 2)' \
		'echo "not a job: $*" >&2; exit 2'
	seldom 9 && stranger 'a worker of kind selftest, ' "exec '$HANDOFF_WORKERS/handoff-selftest-worker' \"\$@\""
	seldom 9 && stranger 'build 0000000000000000' \
		'printf "handoff-worker=spawn\0version=0.1.0\0build=0000000000000000\0\0\0\0\0\0\0\0" >&3'
	seldom 9 && impostor garbage 'head -c 100000 /dev/urandom >&3'
	seldom 9 && impostor 'Message too long' 'exec cat /dev/zero >&3'
	seldom 9 && impostor 'said nothing' 'exit 0'
	seldom 9 && impostor 'status 3' 'exit 3'
	seldom 9 && impostor 'signal 11' 'kill -SEGV $$'
	seldom 9 && impostor 'did not answer within' 'exec 3>&-; trap "" TERM; while :; do sleep 60; done'
	seldom 9 && impostor 'ended with status 1 behind its answer' '"$real" "$@"; exit 1'
	seldom 9 && impostor 'says mechanism=null, and the job was mechanism=p' "$(changed mechanism null)"
	seldom 9 && impostor 'says nonce=1, and the job was nonce=' "$(changed nonce 1)"
	seldom 9 && impostor 'says window_ns=1000000, and the job was' "$(changed window_ns 1000000)"
	seldom 9 && impostor 'says batch=1, and the job was batch=' "$(changed batch 1)"
	seldom 9 && impostor 'says memory_nodes=0, and the job was memory_nodes=(none)' \
		'exec "$real" "$@" memory_nodes=0'
}

# --- what others have put in the way

write_answer() {
	run -q -m null --rounds 1 -f csv -o "$1"
}

# What is a link of ours stays one; its file is replaced.
links_in_the_way() {
	use spawn-cost
	echo mine >"$work/files/target"
	ln -s target "$work/files/answer"
	write_answer "$work/files/answer"
	test "$status" -eq 0 && test -L "$work/files/answer" && test ! -L "$work/files/target" &&
		grep -q '^tool,' "$work/files/target"
	result $? "-o: a link of ours stays, and its file is replaced" "$work/err"
	rm -f "$work/files/answer"
	ln -s /no/such/place "$work/files/answer"
	write_answer "$work/files/answer"
	test "$status" -eq $EXIT_NOTHING && test -L "$work/files/answer" &&
		grep -qF "$work/files/answer" "$work/err"
	result $? "-o: a link to nowhere is told" "$work/err"
	rm -f "$work/files/answer" "$work/files/target"
}

# A folder that all may write to, as /tmp: what is somebody else's there stays theirs.
somebody_elses() {
	mkdir -m 1777 "$work/open"
	chmod 1777 "$work/open"
	echo theirs >"$work/open/answer"
	chmod 666 "$work/open/answer"
	write_answer "$work/open/answer"
	{
		test "$status" -eq $EXIT_NOTHING || echo "status $status"
		grep -qF "$work/open/answer" "$work/err" || echo "it is not named"
		test "$(cat "$work/open/answer")" = theirs || echo "it was written to"
		find "$work/open" -mindepth 1 ! -name answer
	} >"$work/report"
	test ! -s "$work/report"
	result $? "-o: somebody else's file in a sticky folder is left alone, status $status" \
		"$work/report" "$work/err"
	ln -s "$work/open/answer" "$work/open/link"
	chmod 644 "$work/open/answer"
	write_answer "$work/open/link"
	test "$status" -eq $EXIT_NOTHING && test -L "$work/open/link" &&
		test "$(cat "$work/open/answer")" = theirs
	result $? "-o: somebody else's link in a sticky folder is left alone, status $status" "$work/err"
}

mkdir -m 1777 "$work/tmp" "$work/files"
chmod 1777 "$work/tmp" "$work/files"
TMPDIR=$work/tmp
export TMPDIR
case $HANDOFF_WORKERS$TOOL in
/*/*) cd "$work/files" || exit 1 ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
made_safely
nobody_listens
links_in_the_way
impostors
if [ "$(id -u)" -eq 0 ] && become_nobody; then
	use spawn-cost
	somebody_elses
	as=
else
	skip "somebody else's files: it takes two accounts"
fi
nothing_left "hostile"
finish
