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
for mechanism in $MECHANISMS; do
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
	bare_loses KILL $mechanism
	bare_loses STOP $mechanism
done
nothing_left "bare-channel without its other side"

# --- the judges

fake=$work/fake
mkdir "$fake"

# A tool that says FAKE_P50, or every other time FAKE_OTHER; or FAKE_SKIP.  Of several
# placements the second has FAKE_TWIN.
cat >"$fake/tool" <<'END'
#!/bin/sh
echo '{"record":"run"}'
if [ -n "${FAKE_SKIP:-}" ]; then
	echo "{\"record\":\"skip\",\"reason\":\"$FAKE_SKIP\"}"
	exit 1
fi
echo >>"$0.calls"
at=$FAKE_P50
if [ -n "${FAKE_OTHER:-}" ] && [ $(($(wc -l <"$0.calls") % 2)) = 0 ]; then
	at=$FAKE_OTHER
fi
case ${0##*/} in
spawn-cost) metric=life ;;
ctxsw) metric=switch ;;
*) metric=round-trip ;;
esac
say() { # placement, at
	printf '{"record":"result","metric":"%s","mode":"per-op","verified":%s,"placement":"%s",' \
		$metric "${FAKE_VERIFIED:-true}" "$1"
	printf '"p50":%d,"p50_lo":%d,"p50_hi":%d,"mean":%d,' "$2" $(($2 - 2)) $(($2 + 2)) "$2"
	printf '"round_index":[0,1,2,3,4,5,6,7],"round_p50":[%d,%d,%d,%d,%d,%d,%d,%d]}\n' \
		$(($2 - 2)) "$2" $(($2 + 2)) $(($2 - 1)) $(($2 + 1)) "$2" $(($2 + 2)) $(($2 - 2))
}
say same-cpu "$at"
case "$*" in
*same-cpu,cpu:*) say "$(echo "$*" | sed 's/.*same-cpu,\(cpu:[0-9,]*\).*/\1/')" "${FAKE_TWIN:-$at}" ;;
esac
END
for tool in spawn-cost ipc-lat ctxsw; do
	cp "$fake/tool" "$fake/$tool"
done
cat >"$fake/bare-channel" <<'END'
#!/bin/sh
echo "$FAKE_BARE"
test -n "$FAKE_BARE"
END
printf '#!/bin/sh\necho no bench here >&2\nexit 1\n' >"$fake/perf"
ln -s "$(cd "$BENCH" && pwd)/same" "$fake/same"
chmod +x "$fake"/*

# judge SCRIPT NAME=VALUE...
judge() {
	script=$1
	shift
	rm -f "$fake"/*.calls
	env PATH="$fake:$PATH" HANDOFF_TOOLS="$fake" HANDOFF_BENCH="$fake" BENCH_ROUNDS=2 \
		BENCH_MECHANISMS=pipe REPEATS=4 "$@" bash "$SCRIPTS/$script" \
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

channels_say PASS 0 "1 within 5 %, 0 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=1000
channels_say PASS 0 "1 within 5 %, 0 not, 1 skipped" FAKE_P50=1049 FAKE_BARE=1000
channels_say SLOWER 1 "0 within 5 %, 1 not, 1 skipped" FAKE_P50=1051 FAKE_BARE=1000
channels_say FASTER 1 "0 within 5 %, 1 not, 1 skipped" FAKE_P50=949 FAKE_BARE=1000
channels_say FAIL 1 "0 within 5 %, 1 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=
channels_say FAIL 1 "0 within 5 %, 1 not, 1 skipped" FAKE_P50=1000 FAKE_BARE=1000 \
	FAKE_VERIFIED=false
channels_say "SKIP load it" 0 "0 within 5 %, 0 not, 2 skipped" FAKE_SKIP="load it" FAKE_BARE=1000

judge repeat.sh FAKE_P50=1000
test $status -eq 0 && test "$(tail -n 1 "$work/out")" = "3 of 3 cells repeat"
result $? "repeat: the same again and again does" "$work/out" "$work/err"

judge repeat.sh FAKE_P50=1000 FAKE_OTHER=1100
test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "0 of 3 cells repeat" &&
	test "$(grep -c 'inside 0 of 4 .*FAIL .*A/A 0 of 2 .*FAIL ' "$work/out")" -eq 3
result $? "repeat: a tenth more every other time does not" "$work/out" "$work/err"

judge repeat.sh FAKE_P50=1000 FAKE_TWIN=1100
test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "0 of 3 cells repeat" &&
	test "$(grep -c 'live 0 of 4 .*FAIL .* 4 declared' "$work/out")" -eq 3
result $? "repeat: a cell that differs from itself does not" "$work/out" "$work/err"

judge repeat.sh FAKE_SKIP="load it"
test $status -eq 1 && test "$(tail -n 1 "$work/out")" = "0 of 3 cells repeat"
result $? "repeat: no results do not" "$work/out" "$work/err"

judge repeat.sh REPEATS=many
test $status -eq 1 && ! test -s "$work/out" && test -s "$work/err"
result $? "repeat: a number of runs that is none is refused" "$work/err"

finish
