#!/bin/sh
# SPDX-License-Identifier: MIT
# Each system call that a mechanism makes fails in turn, as its man page says that
# it can: the cell is lost with a clear word or right all the same, and never
# measured beside the failure; nothing hangs, and nothing is left.
#
# What is made to fail is found out by a run in which all calls are counted: a new
# mechanism needs no line here.
#
# HANDOFF_FAULTS: quick (some of each mechanism, of which make check takes a sample) or full (the table)
# HANDOFF_FAULTS_MIXES: the numbers of the mixes to run, or "tool"; all if not set
# HANDOFF_FAULTS_MECHANISMS: only these, as for --mechanism
# HANDOFF_FAULTS_KEEP: a folder in which every row's fate is kept
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_USAGE=2
EXTENT=${HANDOFF_FAULTS:-quick}
INJECT=$HELPERS/inject
RUN_LIMIT_S=300      # of many cells, each of which may need its deadline
QUICK_RUNS_MOST=7    # of a mix
VAIN_MOST=2

# What is run: a line each, the tool first.  Of the first ones all calls fail; the others are
# set up as those are, and it is the window that counts.
MIXES_EACH_CALL=4
# Two CPUs, or one twice where that is all.
pair_of_cpus() {
	sed -n 's/^Cpus_allowed_list:[^0-9]*//p' /proc/self/status | awk -F , '
		{
			for (i = 1; i <= NF; i++) {
				ends = split($i, end, "-")
				for (n = end[1]; n <= end[ends] && count < 2; n++)
					cpu[++count] = n
			}
		}
		END { print "cpu:" cpu[1] "," cpu[count] }'
}

# Who waits for the injector gives its CPU away: most of what ctxsw does on one CPU is then
# no longer to be told from a switch, and is covered on two.
mixes() {
	cat <<-END
		spawn-cost -p same-cpu
		ipc-lat -p float -P process --size 64
		io-lat -p same-cpu --depth 8 --size 1M
	END
	if [ "$EXTENT" = quick ]; then
		echo "ctxsw -p $pair -P process"
		return
	fi
	cat <<-END
		ctxsw -p same-cpu -P process
		ctxsw -p $pair -P process
		spawn-cost -p float --alive 4 --parallel 2 --rss 64k
		ctxsw -p same-cpu -P thread --tasks 5 --footprint 4k
		ipc-lat -p same-cpu -P thread --wait poll
		ipc-lat -p same-cpu -P thread --wait epoll
		ipc-lat -p same-cpu -P process --wait uring
		ipc-lat -p float -P process --mode throughput --depth 4 --size 64
		ipc-lat -p same-cpu --mode set-up
		ipc-lat -p float -P process --pairs 3
		ipc-lat -p float -P process --mode throughput --fan-in 3 --size 64
		io-lat -p float --rw randwrite --depth 4 --size 1M
		io-lat -p same-cpu --cache direct --depth 4 --size 1M
		io-lat -p same-cpu --workload sleep --depth 8 --wait 1ms
		io-lat -p float --workload socket --connections 4 --message 64
	END
}

# inject_run PLAN ARGUMENT...: the tool with these faults; what became of them is in $work/fired
inject_run() {
	plan=$1
	shift
	# A perf that hears all and does nothing: its calls are to fail as well.
	rm -f "$work/perf"
	mkfifo -m 666 "$work/perf"
	{
		# shellcheck disable=SC2086 # a command with its arguments
		TMPDIR=$work/room timeout -k 5 "$RUN_LIMIT_S" $as env HANDOFF_TEST_MARK="$mark" \
			HANDOFF_WORKERS="$work/shim" HANDOFF_INJECT_WORKERS="$HANDOFF_WORKERS" \
			"$INJECT" "$plan" "$TOOL" --perf-control="$work/perf" -f json "$@" \
			>"$work/out" 2>"$work/err" </dev/null 3>"$work/fired" 9>&-
	} 9<>"$work/perf"
	status=$?
}

# Links under the workers' names.
make_shims() {
	mkdir "$work/shim" "$work/room" "$work/answers"
	chmod 777 "$work/room" "$work/answers"
	for worker in "$HANDOFF_WORKERS"/handoff-*-worker; do
		ln -s "$INJECT" "$work/shim/${worker##*/}"
	done
}

# --- the table

# proofs_of_run: "MECHANISM PROOF" of each result
proofs_of_run() {
	awk -F '\t' '
		$1 != last { mechanism = ""; last = $1 }
		$2 == "mechanism" { mechanism = $3 }
		$2 ~ /^proof\..*\.observed$/ { split($2, part, "."); names[last] = names[last] " " part[2] }
		mechanism != "" { of[last] = mechanism }
		END {
			for (record in names) {
				count = split(names[record], name, " ")
				for (i = 1; i <= count; i++)
					print of[record], name[i]
			}
		}' "$work/flat" | sort -u
}

# record_calls MIX: what its mechanisms do without faults.  A busy machine loses rounds: who
# was not measured is asked again, and once more when none of them was.
record_calls() {
	names=${HANDOFF_FAULTS_MECHANISMS:-all}
	: >"$work/calls"
	: >"$work/proofs"
	: >"$work/measured"
	vain=0
	while [ -n "$names" ] && [ $vain -le $VAIN_MOST ]; do
		# shellcheck disable=SC2086 # a mix is words
		inject_run record --rounds 1 --seed 1 -m "$names" ${1#* }
		sound || return
		value mechanism record=result | sort -u >"$work/now"
		[ -s "$work/now" ] || vain=$((vain + 1))
		awk 'NR == FNR { now[$1]; next } $2 in now' "$work/now" "$work/fired" >>"$work/calls"
		proofs_of_run >>"$work/proofs"
		sort -u -o "$work/measured" "$work/measured" "$work/now"
		names=$(value mechanism record=skip | sort -u | comm -23 - "$work/measured" | paste -sd , -)
	done
	test -s "$work/calls"
}

# plan_rows EXTENT: from the calls that were recorded (fault-table.c)
plan_rows() {
	(cd "$work" && "$HELPERS/fault-table" rows "$1") >"$work/rows"
	test -s "$work/rows"
}

# judge_rows MIX: every fault of the last run (fault-table.c)
judge_rows() {
	creators=${1##*--parallel }
	test "$creators" != "$1" || creators=1
	(cd "$work" && "$HELPERS/fault-table" judge "${1%% *}" "$status" "${creators%% *}") >>"$work/fates"
}

# one_run NUMBER MIX: the rows of this number
one_run() {
	awk -v run="$1" '$1 == run { print $2, $3, $4, $5 }' "$work/rows" >"$work/plan"
	awk -v run="$1" '$1 == run { print $2, $6 }' "$work/rows" >"$work/plan-hot"
	told=$(cut -d ' ' -f 1 "$work/plan" | paste -sd , -)
	: >"$work/wrong"
	# shellcheck disable=SC2086 # a mix is words
	inject_run "$work/plan" --rounds 1 --seed 1 -m "$told" ${2#* }
	case $status in
	0 | 1 | 3)
		sound || cat "$work/report" >>"$work/wrong"
		proofs_of_run >"$work/proved"
		judge_rows "$2"
		;;
	*) echo "status $status" >>"$work/wrong" ;;
	esac
	settle || sed 's/^/left: /' "$work/left" >>"$work/wrong"
	runs=$((runs + 1))
	if [ -s "$work/wrong" ]; then
		{
			echo "run $1 of $2:"
			cat "$work/wrong"
			head -n 3 "$work/err"
		} >>"$work/lapses"
		lapses=$((lapses + $(wc -l <"$work/wrong")))
	fi
}

fates() {
	grep -c "^$1 " "$work/fates"
}

keep() {
	if [ -n "${HANDOFF_FAULTS_KEEP:-}" ]; then
		: >>"$work/fates"
		: >>"$work/calls"
		sort "$work/fates" >"$HANDOFF_FAULTS_KEEP/fates-$1"
		cp "$work/lapses" "$HANDOFF_FAULTS_KEEP/lapses-$1"
		cp "$work/calls" "$HANDOFF_FAULTS_KEEP/calls-$1"
	fi
}

# table NUMBER MIX
table() {
	use "${2%% *}"
	: >"$work/fates"
	: >"$work/lapses"
	runs=0
	lapses=0
	extent=$EXTENT
	if [ "$extent" = full ] && [ "$1" -gt $MIXES_EACH_CALL ]; then
		extent=window
	fi
	if ! record_calls "$2" || ! plan_rows "$extent"; then
		result 1 "$2: calls are counted, and planned to fail" "$work/report" "$work/out" "$work/err"
		return
	fi
	last=$(cut -d ' ' -f 1 "$work/rows" | sort -n | tail -n 1)
	if [ "$EXTENT" = quick ] && [ "$last" -gt $QUICK_RUNS_MOST ]; then
		last=$QUICK_RUNS_MOST
	fi
	for run in $(seq 1 "$last" | some 4); do
		one_run "$run" "$2"
	done
	keep "$1"
	if [ -n "$names" ]; then
		echo "# without $names: not measured without faults either"
	fi
	result $lapses "$2: $(wc -l <"$work/fates") faults in $(wc -l <"$work/measured") mechanisms, $runs runs: $(fates measured) measured all the same, $(fates lost) lost with a reason, $(fates late) by their deadline, $(fates unverified) unverified, $(fates unreached) not reached" \
		"$work/lapses"
}

# --- the tool itself

# The calls of a tool as they come: more of them, and all that ends the run.
tool_rows() {
	awk -v extent="$EXTENT" '
		function row(nth, how) { print "tool", "b" nth, $3, how }
		function rotating(n) { return $(7 + n % (NF - 6)) }
		extent == "quick" {
			if ($3 ~ /^(write|fsync|fchmod|rename|pipe2|clone|poll|wait4|pidfd_open|pwrite64|mmap)$/)
				row(++turn % 2 ? $4 : int(($4 + 1) / 2), rotating(turn))
			next
		}
		{
			for (i = 7; i <= NF; i++) {
				row(1, $i)
				if ($4 > 1) row($4, $i)
			}
			step = int($4 / 6) + 1
			for (n = 2; n < $4; n += step)
				row(n, rotating(++turn))
		}' "$work/fired"
}

# What a tool says when it fails: a sentence, and the old answer is untouched; or a whole one.
judge_tool() {
	case $status in
	0 | 1 | 3) ;;
	*) echo "status $status" ;;
	esac
	if [ "$(cat "$work/answers/answer")" = old ]; then
		test "$status" -eq 1 || echo "status $status without an answer"
		grep -Eq "^${TOOL##*/}: .{10,}" "$work/err" || echo "nothing is said"
	else
		mv "$work/answers/answer" "$work/out"
		sound || cat "$work/report"
	fi
	settle || sed 's/^/left: /' "$work/left"
}

run_tool() {
	echo old >"$work/answers/answer"
	# shellcheck disable=SC2086 # a command with its arguments
	TMPDIR=$work/room timeout -k 5 "$RUN_LIMIT_S" $as env HANDOFF_TEST_MARK="$mark" \
		"$INJECT" -s "$1" "$TOOL" -f json -o "$work/answers/answer" --rounds 2 $2 \
		>"$work/out" 2>"$work/err" </dev/null 3>"$work/fired"
	status=$?
}

# table_of_tool TOOL ARGUMENTS
table_of_tool() {
	use "$1"
	: >"$work/lapses"
	rows=0
	lapses=0
	answered=0
	run_tool record "$2"
	tool_rows | some 6 >"$work/rows"
	while read -r row; do
		echo "$row" >"$work/plan"
		run_tool "$work/plan" "$2"
		judge_tool >"$work/wrong"
		rows=$((rows + 1))
		if [ "$status" -ne 1 ]; then answered=$((answered + 1)); fi
		if [ -s "$work/wrong" ]; then
			{
				echo "$row:"
				cat "$work/wrong" "$work/err"
			} >>"$work/lapses"
			lapses=$((lapses + 1))
		fi
	done <"$work/rows"
	keep "$1"
	test $lapses -eq 0 && test $rows -gt 0
	result $? "$1 itself: $rows faults, $answered answered all the same" "$work/lapses"
}

own_space "$@"
case $EXTENT in
quick) ;;
full) HANDOFF_CHECK_LONG=1 ;;
*)
	echo "HANDOFF_FAULTS is quick or full"
	exit $EXIT_USAGE
	;;
esac
case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
if has_sanitizer; then
	skip "faults: a sanitizer makes calls of its own, and must not have them fail"
	finish
fi
echo "x b1 read EIO" >"$work/plan"
"$INJECT" "$work/plan" true 3>/dev/null 2>"$work/err"
if [ $? -eq $EXIT_SKIP ]; then
	skip "faults: $(cat "$work/err")"
	finish
fi
make_shims
pair=$(pair_of_cpus)
cd "$work/room" || exit 1
for number_of_mix in ${HANDOFF_FAULTS_MIXES:-$(seq 1 "$(mixes | wc -l)" | some 4)}; do
	if [ "$number_of_mix" = tool ]; then break; fi
	table "$number_of_mix" "$(mixes | sed -n "${number_of_mix}p")"
done
if [ -z "${HANDOFF_FAULTS_MIXES:-}" ] || [ "$HANDOFF_FAULTS_MIXES" = tool ]; then
	table_of_tool io-lat "-p float -m null,pread --depth 1 --size 1M"
	if [ "$EXTENT" = full ]; then
		table_of_tool spawn-cost "-p same-cpu -m null,fork"
		table_of_tool ipc-lat "-p same-cpu -m null,fifo"
	fi
fi
finish
