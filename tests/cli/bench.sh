#!/bin/sh
# SPDX-License-Identifier: MIT
# What judges the tools, itself judged: bare loops that run and leave nothing, and
# the scripts of tests/bench with tools that say what they are told to say.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

BENCH=${HANDOFF_BENCH:-tests/bench}
SCRIPTS=$SOURCES/tests/bench
MECHANISMS="pipe fifo unix-stream unix-seqpacket tcp udp eventfd posix-mq sysv-msg sysv-sem
	posix-sem memfd+futex"

for needed in bash taskset timeout; do
	if ! command -v $needed >/dev/null; then
		skip "needs $needed"
		finish
	fi
done

# --- the bare loops

# bare ARGUMENT...
bare() {
	timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" "$BENCH/bare-channel" "$@" \
		>"$work/out" 2>"$work/err"
	status=$?
}

has_number() {
	grep -q '^[0-9][0-9.]*$' "$work/out"
}

cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
# shellcheck disable=SC2086 # names, a word each
for mechanism in $(words $MECHANISMS | some 6); do
	for mode in per-op batch; do
		bare "$mechanism" 20 "$cpu" "$cpu" $mode
		if [ $status -eq 1 ] && grep -q -e 'not implemented' -e 'not permitted' "$work/err"; then
			skip "bare-channel $mechanism: $(head -n 1 "$work/err")"
			continue
		fi
		test $status -eq 0 && has_number
		result $? "bare-channel $mechanism, $mode, has a time" "$work/err"
	done
done
nothing_left "bare-channel"

bare_refuses() {
	bare "$@"
	test $status -eq 1 && test -s "$work/err" && ! test -s "$work/out"
	result $? "bare-channel $*: a sentence, status 1" "$work/err"
}

# bare_spawns MECHANISM life|call|rate
bare_spawns() {
	timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" "$BENCH/bare-spawn" "$1" 20 0 \
		/bin/true "$2" >"$work/out" 2>"$work/err"
	test $? -eq 0 && has_number
	result $? "bare-spawn $1 has a $2" "$work/err"
}

for mechanism in $(words fork vfork clone-vm-vfork pthread thread-raw posix-spawn | some 6); do
	for what in $(words life call rate | some 3); do
		bare_spawns "$mechanism" "$what"
	done
done
nothing_left "bare-spawn"

# bare_streams MECHANISM SENDERS DEPTH
bare_streams() {
	if ! timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" "$BENCH/bare-stream" "$1" 0.01 100 \
		"$2" "$3" "$cpu" "$cpu" >"$work/out" 2>"$work/err" &&
		grep -q -e 'not implemented' -e 'not permitted' "$work/err"; then
		skip "bare-stream $1: $(head -n 1 "$work/err")"
		return
	fi
	has_number
	result $? "bare-stream $1, $2 to 1, has a rate" "$work/err"
}

for mechanism in $(words pipe sysv-msg posix-mq | some 3); do
	bare_streams "$mechanism" 1 16
	bare_streams "$mechanism" 4 1
done
nothing_left "bare-stream"

# bare_requests ENGINE DEPTH
bare_requests() {
	if ! timeout -k 5 "$RUN_LIMIT_S" env HANDOFF_TEST_MARK="$mark" "$BENCH/bare-request" "$1" \
		"$work/blocks" "$2" warm 1 5 >"$work/out" 2>"$work/err" &&
		grep -q -e 'not implemented' -e 'not permitted' "$work/err"; then
		skip "bare-request $1: $(head -n 1 "$work/err")"
		return
	fi
	grep -q '^[1-9][0-9]* [1-9][0-9]*$' "$work/out"
	result $? "bare-request $1, depth $2, has a rate and a time" "$work/err"
}

head -c 65536 /dev/zero >"$work/blocks"
bare_requests pread 1
bare_requests threads 5
bare_requests uring 1
bare_requests uring 5
nothing_left "bare-request"

bare_refuses
bare_refuses nonsense 5
bare_refuses pipe 0
bare_refuses pipe 5 0
bare_refuses pipe 5 0 0 both
bare_refuses pipe 5 1023 1023

# bare_loses SIGNAL: the other side's end, or stop, is ours
bare_loses() {
	env HANDOFF_TEST_MARK="$mark" timeout -k 5 "$RUN_LIMIT_S" "$BENCH/bare-channel" "$2" \
		1000000 "$cpu" "$cpu" >"$work/out" 2>"$work/err" &
	began=$!
	other=
	look=0
	while [ -z "$other" ] && [ $look -lt 100 ]; do
		look=$((look + 1))
		sleep 0.1
		loop=$(cat "/proc/$began/task/$began/children" 2>/dev/null)
		loop=${loop%% *}
		other=$(cat "/proc/$loop/task/$loop/children" 2>/dev/null)
	done
	kill -"$1" "${other%% *}"
	wait "$began"
	test $? -eq 1 && test -s "$work/err"
	result $? "bare-channel $2: $1 of the other side is told, status 1" "$work/err"
}

for mechanism in pipe sysv-sem memfd+futex; do
	seldom 3 && bare_loses KILL $mechanism
	seldom 3 && bare_loses STOP $mechanism
done
nothing_left "bare-channel without its other side"

# --- the judges

fake=$work/fake
mkdir "$fake"

# A tool that says FAKE_P50, or every other time FAKE_OTHER; or FAKE_SKIP.  Of two mechanisms
# it says FAKE_RATIO, or every other time FAKE_OTHER_RATIO.  Of several
# placements the second has FAKE_TWIN.
cat >"$fake/tool" <<'END'
#!/bin/sh
echo '{"record":"run"}'
if [ -n "${FAKE_SKIP:-}" ]; then
	echo "{\"record\":\"skip\",\"reason\":\"$FAKE_SKIP\"}"
	exit 1
fi
# Of several mechanisms the last one has a ratio, and calls of its own.
mechanism=$(echo "$*" | sed -n 's/.*-m [a-z]*,\([a-z]*\).*/\1/p')
calls=$0.${mechanism:+ratio.}calls
at=$FAKE_P50
other=${FAKE_OTHER:-}
if [ -n "$mechanism" ]; then
	at=${FAKE_RATIO:-$at}
	other=${FAKE_OTHER_RATIO:-$other}
fi
echo >>"$calls"
if [ -n "$other" ] && [ $(($(wc -l <"$calls") % 2)) = 0 ]; then
	at=$other
fi
case ${0##*/} in
spawn-cost) metric=life ;;
ctxsw) metric=switch ;;
*) metric=round-trip ;;
esac
if [ ${0##*/} = io-lat ]; then
	printf '{"record":"result","metric":"interval","verified":%s,"requests_per_s":%d}\n' \
		"${FAKE_VERIFIED:-true}" "$FAKE_RATE"
	metric=request
fi
say() { # placement, at
	printf '{"record":"result","metric":"%s","mode":"per-op","verified":%s,"placement":"%s",' \
		$metric "${FAKE_VERIFIED:-true}" "$1"
	[ -z "$mechanism" ] || printf '"mechanism":"%s","ratio":%d,"ratio_lo":%d,"ratio_hi":%d,' \
		"$mechanism" "$2" $(($2 - 2)) $(($2 + 2))
	printf '"p50":%d,"p50_lo":%d,"p50_hi":%d,"mean":%d,' "$2" $(($2 - 2)) $(($2 + 2)) "$2"
	printf '"raw_ns":%d,"twin_ns":0,"switches_per_op":1,"tasks_per_s":%d,' "$2" "${FAKE_RATE:-0}"
	printf '"round_index":[0,1,2,3,4,5,6,7],"round_p50":[%d,%d,%d,%d,%d,%d,%d,%d]}\n' \
		$(($2 - 2)) "$2" $(($2 + 2)) $(($2 - 1)) $(($2 + 1)) "$2" $(($2 + 2)) $(($2 - 2))
}
for other in call transfer; do
	printf '{"record":"result","metric":"%s","verified":%s,"p50":%d,"messages_per_s":%d}\n' \
		$other "${FAKE_VERIFIED:-true}" "$at" "${FAKE_RATE:-0}"
done
say same-cpu "$at"
case "$*" in
*same-cpu,cpu:*) say "$(echo "$*" | sed 's/.*same-cpu,\(cpu:[0-9,]*\).*/\1/')" "${FAKE_TWIN:-$at}" ;;
esac
END
for tool in $TOOL_NAMES; do
	cp "$fake/tool" "$fake/$tool"
done
cat >"$fake/bare-channel" <<'END'
#!/bin/sh
echo "$FAKE_BARE"
test -n "$FAKE_BARE"
END
cp "$fake/bare-channel" "$fake/bare-stream"
cp "$fake/bare-channel" "$fake/bare-spawn"
echo '#!/bin/sh' >"$fake/turn"
# 1000 requests a second, at 1000 ns.
cat >"$fake/bare-request" <<'END'
#!/bin/sh
echo 1000 1000
END
# The same; FAKE_FIO is what else it does.
cat >"$fake/fio" <<'FIO'
#!/bin/sh
case "$*" in
*--enghelp*)
	printf 'Available IO engines:\n\tpsync\n'
	[ "${FAKE_FIO:-}" = no-ring ] || printf '\tio_uring\n'
	exit ;;
esac
if [ "${FAKE_FIO:-}" = refuses ]; then
	echo "fio: not today" >&2
	exit 1
fi
[ "${FAKE_FIO:-}" != hangs ] || sleep 2
echo 'note: both iodepth >= 1 and synchronous I/O engine are selected'
printf '{\n"jobs" : [\n{ "error" : 0, "read" : { "iops" : 1000.0,\n'
printf '"lat_ns" : { "percentile" : { "50.000000" : 1000 } } } }\n]\n}\n'
FIO
cat >"$fake/t_io_uring" <<'NOP'
#!/bin/sh
printf 'IOPS=9.00M, IOS/call=16/16\nIOPS=%s, IOS/call=16/16\nExiting on timeout\n' "$FAKE_NOP"
echo 'Maximum IOPS=9.00M'
NOP
printf '#!/bin/sh\necho no bench here >&2\nexit 1\n' >"$fake/perf"
ln -s "$(cd "$BENCH" && pwd)/same" "$fake/same"
chmod +x "$fake"/*

# judge SCRIPT NAME=VALUE...
judge() {
	script=$1
	shift
	rm -f "$fake"/*.calls
	env PATH="$fake:$PATH" HANDOFF_TOOLS="$fake" HANDOFF_BENCH="$fake" BENCH_ROUNDS=2 \
		BENCH_MECHANISMS=pipe BENCH_MEANS= BENCH_STREAMS=pipe REPEATS=4 "$@" bash "$SCRIPTS/$script" \
		>"$work/out" 2>"$work/err"
	status=$?
}

# channels_say WORD STATUS LAST NAME=VALUE...
channels_say() {
	word=$1
	wanted=$2
	last=$3
	shift 3
	judge channels.sh "$@"
	test $status -eq "$wanted" && grep -q "^pipe one.* $word" "$work/out" &&
		test "$(tail -n 1 "$work/out")" = "$last"
	result $? "channels: $* is $word" "$work/out" "$work/err"
}

seldom 7 && channels_say PASS 0 "1 within their bounds, 0 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=1000
seldom 7 && channels_say PASS 0 "1 within their bounds, 0 not, 1 skipped" FAKE_P50=1049 FAKE_BARE=1000
seldom 7 && channels_say MORE 1 "0 within their bounds, 1 not, 1 skipped" FAKE_P50=1051 FAKE_BARE=1000
seldom 7 && channels_say LESS 1 "0 within their bounds, 1 not, 1 skipped" FAKE_P50=949 FAKE_BARE=1000
seldom 7 && channels_say FAIL 1 "0 within their bounds, 1 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=
seldom 7 && channels_say FAIL 1 "0 within their bounds, 1 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=1000 \
	FAKE_VERIFIED=false
seldom 7 && channels_say "SKIP load it" 0 "0 within their bounds, 0 not, 2 skipped" FAKE_SKIP="load it" FAKE_BARE=1000

# row_says SCRIPT ROW WORD STATUS NAME=VALUE...: of one row alone
row_says() {
	script=$1
	row=$2
	word=$3
	wanted=$4
	shift 4
	judge "$script" BENCH_ROWS="^$row\$" BENCH_MEANS=pipe "$@"
	test $status -eq "$wanted" && grep -q "^$row .* $word" "$work/out" &&
		test "$(grep -c -e PASS -e MORE -e LESS -e FAIL -e SKIP "$work/out")" -eq 1
	result $? "$script: $row, $* is $word" "$work/out" "$work/err"
}

seldom 12 && row_says channels.sh "pipe mean" PASS 0 FAKE_P50=1099 FAKE_BARE=1000
seldom 12 && row_says channels.sh "pipe mean" MORE 1 FAKE_P50=1101 FAKE_BARE=1000
seldom 12 && row_says spawns.sh "fork life" PASS 0 FAKE_P50=1019 FAKE_BARE=1000
seldom 12 && row_says spawns.sh "fork life" MORE 1 FAKE_P50=1021 FAKE_BARE=1000
seldom 12 && row_says spawns.sh "thread-raw call" LESS 1 FAKE_P50=949 FAKE_BARE=1000
seldom 12 && row_says spawns.sh "fork rate" MORE 1 FAKE_P50=1 FAKE_RATE=1051 FAKE_BARE=1000
seldom 12 && row_says spawns.sh "fork rate" FAIL 1 FAKE_P50=1 FAKE_RATE=1000 FAKE_BARE=
seldom 12 && row_says streams.sh "pipe, 4 to 1" PASS 0 FAKE_P50=1 FAKE_RATE=1099 FAKE_BARE=1000
seldom 12 && row_says streams.sh "pipe, 4 to 1" MORE 1 FAKE_P50=1 FAKE_RATE=2300 FAKE_BARE=1000
seldom 12 && row_says streams.sh "pipe, 1 to 1" "SKIP load it" 0 FAKE_SKIP="load it" FAKE_BARE=1000
seldom 12 && row_says switches.sh "pipe p50" LESS 1 FAKE_P50=949 FAKE_BARE=1000
seldom 12 && row_says switches.sh "pipe mean" PASS 0 FAKE_P50=1099 FAKE_BARE=1000

# requests_say WORD OF-WHAT STATUS LAST CELLS NAME=VALUE...
requests_say() {
	word=$1
	kind=$2
	wanted=$3
	last=$4
	cells=$5
	shift 5
	judge requests.sh BENCH_DIR="$work" BENCH_CACHES=warm BENCH_T_IO_URING=/nonexistent "$@"
	test $status -eq "$wanted" && test "$(tail -n 1 "$work/out")" = "$last" &&
		test "$(grep -c "^[a-z -]* [0-9]* warm $kind .*$word" "$work/out")" -eq "$cells" &&
		! ls -d "$work"/requests-* >"$work/err" 2>&1
	result $? "requests: $kind, $* is $word" "$work/out" "$work/err"
}

seldom 10 && requests_say PASS rate 0 "18 as they should be, 0 not, 1 skipped" 9 FAKE_RATE=971 FAKE_P50=1000
seldom 10 && requests_say PASS rate 0 "18 as they should be, 0 not, 1 skipped" 9 FAKE_RATE=2000 FAKE_P50=1049
seldom 10 && requests_say SLOWER rate 1 "9 as they should be, 9 not, 1 skipped" 9 FAKE_RATE=969 FAKE_P50=951
seldom 10 && requests_say SLOWER p50 1 "9 as they should be, 9 not, 1 skipped" 9 FAKE_RATE=1000 FAKE_P50=1051
seldom 10 && requests_say FASTER p50 1 "9 as they should be, 9 not, 1 skipped" 9 FAKE_RATE=1000 FAKE_P50=949
seldom 10 && requests_say FAIL rate 1 "0 as they should be, 18 not, 1 skipped" 9 FAKE_RATE=1000 FAKE_P50=1000 \
	FAKE_VERIFIED=false
seldom 10 && requests_say "SKIP load it" p50 0 "0 as they should be, 0 not, 19 skipped" 9 FAKE_SKIP="load it"
seldom 10 && requests_say "SKIP fio .*not today" rate 0 "8 as they should be, 0 not, 11 skipped" 5 \
	FAKE_FIO=refuses FAKE_RATE=1000 FAKE_P50=1000
seldom 10 && requests_say "SKIP .*/no/fio is not installed" p50 0 "8 as they should be, 0 not, 11 skipped" 5 \
	BENCH_FIO=/no/fio FAKE_RATE=1000 FAKE_P50=1000

fio_without_rings() {
	judge requests.sh BENCH_DIR="$work" BENCH_CACHES=direct BENCH_T_IO_URING=/nonexistent \
		FAKE_FIO=no-ring FAKE_RATE=1000 FAKE_P50=1000
	test $status -eq 0 && test "$(grep -c '^uring.*SKIP .*no engine io_uring' "$work/out")" -eq 8 &&
		test "$(tail -n 1 "$work/out")" = "10 as they should be, 0 not, 9 skipped"
	result $? "requests: a fio without rings is a skip of rings" "$work/out" "$work/err"
}

seldom 10 && fio_without_rings

# nop_says WORD STATUS NAME=VALUE...
nop_says() {
	word=$1
	wanted=$2
	shift 2
	judge requests.sh BENCH_DIR="$work" BENCH_CACHES=warm BENCH_T_IO_URING="$fake/t_io_uring" \
		FAKE_P50=1000 FAKE_RATE=1000 "$@"
	test $status -eq "$wanted" && grep -q "^uring-nop 32 rate .* $word" "$work/out"
	result $? "requests: uring-nop, $* is $word" "$work/out" "$work/err"
}

seldom 5 && nop_says PASS 0 FAKE_NOP=1030
seldom 5 && nop_says SLOWER 1 FAKE_NOP=1032
seldom 5 && nop_says SLOWER 1 FAKE_NOP=1.10K
seldom 5 && nop_says PASS 1 FAKE_NOP=2.00M FAKE_RATE=2000000 FAKE_P50=100
seldom 5 && nop_says FAIL 1 FAKE_NOP=none

judge_in_vain() { # SIGNAL: its folder goes with it
	# What the run before has said must not be taken for this one's word.
	: >"$work/out"
	env PATH="$fake:$PATH" HANDOFF_TOOLS="$fake" HANDOFF_BENCH="$fake" BENCH_DIR="$work" \
		FAKE_FIO=hangs FAKE_RATE=1 FAKE_P50=1 bash "$SCRIPTS/requests.sh" \
		>"$work/out" 2>"$work/err" &
	began=$!
	look=0
	while [ $look -lt 100 ] && ! grep -q paired "$work/out"; do
		look=$((look + 1))
		sleep 0.1
	done
	ls -d "$work"/requests-* >/dev/null
	found=$?
	kill -"$1" $began
	wait $began
	test $? -gt 128 && test $found -eq 0 && ! ls -d "$work"/requests-* >"$work/err" 2>&1
	result $? "requests: after $1 its file is gone" "$work/out" "$work/err"
}

seldom 2 && judge_in_vain TERM
seldom 2 && judge_in_vain HUP

judge requests.sh BENCH_DIR="$work/none"
test $status -eq 1 && ! test -s "$work/out" && test -s "$work/err"
result $? "requests: a folder that is not there is refused" "$work/err"

repeats() {
	judge repeat.sh FAKE_P50=1000
	test $status -eq 0 && test "$(tail -n 1 "$work/out")" = "6 of 6 cells repeat"
	result $? "repeat: the same again and again does" "$work/out" "$work/err"
}

differs_in_time() {
	judge repeat.sh FAKE_P50=1000 FAKE_OTHER=1100
	test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "0 of 6 cells repeat" &&
		test "$(grep -c 'inside 0 of 4 .*FAIL .*A/A 0 of 2 .*FAIL ' "$work/out")" -eq 3
	result $? "repeat: a tenth more every other time does not" "$work/out" "$work/err"
}

differs_from_itself() {
	judge repeat.sh FAKE_P50=1000 FAKE_TWIN=1100
	test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "3 of 6 cells repeat" &&
		test "$(grep -c 'live 0 of 4 .*FAIL .* 4 declared' "$work/out")" -eq 3
	result $? "repeat: a cell that differs from itself does not" "$work/out" "$work/err"
}

ratio_differs() {
	judge repeat.sh FAKE_P50=1000 FAKE_RATIO=5000 FAKE_OTHER_RATIO=5100
	test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "3 of 6 cells repeat" &&
		test "$(grep -c '5050.00 times   ratio 0 of 4 .*FAIL' "$work/out")" -eq 3
	result $? "repeat: a ratio that is another every other time does not" "$work/out" "$work/err"
}

has_nothing_to_repeat() {
	judge repeat.sh FAKE_SKIP="load it"
	test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "0 of 6 cells repeat"
	result $? "repeat: no results do not" "$work/out" "$work/err"
}

seldom 4 && repeats
seldom 4 && differs_in_time
seldom 4 && differs_from_itself
seldom 4 && ratio_differs
seldom 4 && has_nothing_to_repeat

judge repeat.sh REPEATS=many
test $status -eq 1 && ! test -s "$work/out" && test -s "$work/err"
result $? "repeat: a number of runs that is none is refused" "$work/err"

finish
