#!/bin/sh
# SPDX-License-Identifier: MIT
# Every mechanism, placement, peer, target and sweep is measured once, or is a
# skip with its reason.  Looked at are counters, proofs and records, never a time.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1
EXIT_SKIPPED=3
QUICK_SECONDS_MOST=20  # by the plan: how long it takes is the machine's

# seen TEXT STATUS CONDITIONS: the last run ended so, its records are sound, and
# each CONDITION ("fork life alive=100") matches a verified result.  Where all was
# skipped, and told why, it is a skip.
seen() {
	text=$1
	wanted_status=$2
	shift 2
	: >"$work/wrong"
	sound || cat "$work/report" >>"$work/wrong"
	test "$status" -eq "$wanted_status" || echo "status $status, not $wanted_status" >>"$work/wrong"
	for condition; do
		# shellcheck disable=SC2086 # conditions, a word each
		value verified record=result $condition | grep -qx true ||
			echo "no verified result of $condition" >>"$work/wrong"
	done
	value reason record=skip | LC_ALL=C sort -u >"$work/reasons"
	if [ ! -s "$work/report" ] && [ "$status" -ne 0 ] && [ -s "$work/reasons" ] &&
		[ -z "$(value metric record=result)" ] && [ "$wanted_status" -eq 0 ]; then
		skip "$text: $(head -n 1 "$work/reasons" | cut -c 1-150)"
		return
	fi
	test ! -s "$work/wrong"
	result $? "$text" "$work/wrong" "$work/err" "$work/reasons"
}

measure() {
	run -q -f json "$@"
	flatten
}

mechanisms() {
	measure --list
	sed 's/ .*//' "$work/out" >"$work/mechanisms"
	some 16 <"$work/mechanisms" >"$work/sampled"
	while read -r mechanism; do
		measure -m "$mechanism" -p same-cpu --rounds 3
		seen "$mechanism: measured and proved" 0 "mechanism=$mechanism metric=life rounds=3"
	done <"$work/sampled"
	measure -p float -m all --rounds 1
	seen "all of them in one run" 0 "mechanism=null metric=life" "mechanism=fork metric=life"
	cut -f 2- "$work/flat" | sed -n 's/^mechanism\t//p' | uniq >"$work/order"
	uniq "$work/order" | LC_ALL=C sort >"$work/a"
	LC_ALL=C sort "$work/mechanisms" >"$work/b"
	LC_ALL=C sort -u "$work/a" | cmp -s - "$work/b"
	result $? "all of them are results or skips" "$work/a"
}

# One pair of CPUs each, as the plan names them.
placements() {
	measure -m fork,posix-spawn,thread-pool,process-pool,fork-server -p same-cpu,float --rounds 3
	seen "placements same-cpu and float" 0 "placement=same-cpu mechanism=fork metric=life" \
		"placement=float mechanism=thread-pool metric=life"
	test "$(value cpus_seen.1 placement=same-cpu | wc -l)" -eq 0
	result $? "placement same-cpu: only one CPU is seen"
	measure --dry-run -m thread-pool -p all
	awk -F '\t' '
		function flush() { if (("cpus.0" in has) && has["cpus.0"] != has["cpus.1"]) print has["placement"], has["cpus.0"] "," has["cpus.1"]; split("", has) }
		$1 != last { flush(); last = $1 }
		{ has[$2] = $3 }
		END { flush() }' "$work/flat" >"$work/pairs"
	if [ ! -s "$work/pairs" ]; then
		skip "placements of two CPUs: only one may be used here"
		return
	fi
	while read -r name cpus; do
		pair "$name"
		seldom 2 && pair "cpu:$cpus"
	done <"$work/pairs"
	measure --matrix -m thread-pool --rounds 1
	seen "a matrix of every pair" 0 "mechanism=thread-pool metric=life"
	companions
}

# flagged PLACEMENT: whether these pairs were measured beside others
flagged() {
	for place in 0 1 2 3 4 5 6 7 8 9; do
		value "flags.$place" "placement=$1" metric=life
	done | grep -qx CONCURRENT
}

# two_cores: the first CPUs of two of them, as taskset(1) wants them; nothing where there is one
two_cores() {
	measure --dry-run --matrix=core -m null
	awk -F '\t' '$2 == "cpus.0" && !seen[$3]++ { print $3 }' "$work/flat" | head -n 2 | paste -sd , - | grep ,
}

# Of two cores, each with itself beside the other with itself; across them, alone.
companions() {
	cores=$(two_cores)
	if [ -z "$cores" ] || ! command -v taskset >/dev/null; then
		skip "--concurrent: who is measured beside whom: there are no two cores, or no taskset"
		return
	fi
	wrap="taskset -c $cores"
	measure --matrix=core -m thread-pool --rounds 3
	seen "a matrix of cores" 0 "mechanism=thread-pool metric=life"
	! grep -q CONCURRENT "$work/flat"
	result $? "a matrix: pairs are measured one after the other"
	measure --matrix=core --concurrent -m thread-pool --rounds 3
	seen "--concurrent: a matrix of cores" 0 "mechanism=thread-pool metric=life"
	wrap=
	value placement metric=life >"$work/pairs"
	test "$(wc -l <"$work/pairs")" -eq 4
	result $? "--concurrent: two cores are four pairs" "$work/pairs"
	while read -r placement; do
		ends=${placement#cpu:}
		flagged "$placement"
		test $? -eq $((${ends%,*} != ${ends#*,}))
		result $? "--concurrent: $placement was beside others only if it shares no core with one" "$work/flat"
	done <"$work/pairs"
}

# Pools are seated by their making; where a new task starts is the kernel's choice,
# and on a busy machine it may choose the other CPU never.
pair() {
	measure -m thread-pool,process-pool -p "$1" --rounds 3
	seen "placement $1: on the other CPU" 0 "placement=$1 mechanism=thread-pool metric=life" \
		"placement=$1 mechanism=process-pool metric=life"
	value proof.task_on_cpu.observed metric=life >"$work/a"
	value proof.task_on_cpu.expected metric=life | cmp -s - "$work/a" && test -s "$work/a"
	result $? "placement $1: each task was seen there" "$work/a"
	measure -m fork,pthread -p "$1" --rounds 3
	sound
	result $? "placement $1: new tasks are measured there, or not at all" "$work/report" "$work/err"
}

many_alive() {
	measure -m fork,pthread,thread-raw,posix-spawn,process-pool,coroutine -p same-cpu \
		--alive 100 --rounds 2
	seen "100 alive at once" 0 "alive=100 mechanism=fork metric=call" \
		"alive=100 mechanism=pthread metric=call" \
		"alive=100 mechanism=posix-spawn metric=call" \
		"alive=100 mechanism=coroutine metric=call"
	value proof.tasks_alive.observed mechanism=fork metric=call | grep -qx '[12]00'
	result $? "100 alive at once: the kernel counts them"
	measure -m vfork,fork -p same-cpu --alive 2 --rounds 1
	seen "what cannot have two alive is a skip, status 3" $EXIT_SKIPPED \
		"mechanism=fork metric=call alive=2"
	measure -m vfork -p same-cpu --alive 2 --rounds 1
	test -n "$(value reason record=skip mechanism=vfork)" && test $status -eq $EXIT_NOTHING
	result $? "nothing but a skip is status 1" "$work/out"
}

creators() {
	measure -m fork,pthread,posix-spawn -p float --parallel 2 --peer both --rounds 2
	seen "two creators, processes and threads" 0 \
		"parallel=2 peer=process mechanism=fork metric=life" \
		"parallel=2 peer=thread mechanism=fork metric=life" \
		"parallel=2 peer=process mechanism=pthread metric=life" \
		"parallel=2 peer=thread mechanism=posix-spawn metric=life"
	test -z "$(value peer parallel=1)"
	result $? "a single creator has no peer"
}

targets() {
	true_path=$(command -v true)
	case $true_path in
	/*) ;;
	*) true_path=/bin/true
	esac
	measure -m posix-spawn,fork-exec,vfork-exec,system,popen -p same-cpu --rounds 1 \
		--exec "tiny,static,dynamic,$true_path"
	for target in tiny static dynamic "$true_path"; do
		if [ "$target" != "$true_path" ] && [ ! -x "$HANDOFF_WORKERS/handoff-target-$target" ]; then
			skip "--exec $target: it is not built here"
			continue
		fi
		value verified "exec=$target" mechanism=fork-exec metric=life | grep -qx true &&
			value verified "exec=$target" mechanism=popen metric=life | grep -qx true
		result $? "--exec $target" "$work/err"
	done
	test -z "$(value metric "exec=$true_path" metric=exec)" && test -n "$(value p50 exec=tiny metric=exec)"
	result $? "only targets of ours have the metric exec"
	printf '#!/bin/sh\nexit 3\n' >"$work/fails"
	chmod 755 "$work/fails"
	measure -m fork-exec -p same-cpu --rounds 1 --exec "$work/fails"
	sound && test $status -eq $EXIT_NOTHING && value reason record=skip | grep -q .
	result $? "a target that fails is no result" "$work/out"
	measure -m posix-spawn -p same-cpu --rounds 1 --exec /no/such/target
	sound && test $status -eq $EXIT_NOTHING && value reason record=skip | grep -q 'No such file'
	result $? "a target that is missing is no result, and says so" "$work/out"
}

rss_and_vmas() {
	measure -m fork -p same-cpu --rounds 2 --rss 0,4M --vmas 0,100
	seen "--rss and --vmas" 0 "rss=4194304 vmas=100 metric=life backing=4k" "rss=0 vmas=0 metric=life"
	value cow_faults_per_page rss=4194304 vmas=0 metric=life |
		awk '{ is_one = $1 >= 0.99 && $1 < 1.05 } END { exit !is_one }'
	result $? "--rss: each rewritten page faults once" "$work/out"
}

three_sizes() {
	measure -m fork -p same-cpu --rounds 2 --rss 1M,4M,16M
	seen "--rss of three sizes" 0 "rss=16777216 metric=life"
	value fit_ns_per_page metric=life | grep -q .
	result $? "--rss of three sizes: a line is fitted"
}

descriptors_and_threads() {
	measure -m fork,pthread -p same-cpu --rounds 2 --fds 0,100 --threads 0,10
	seen "--fds and --threads" 0 "fds=100 threads=10 mechanism=fork metric=life" \
		"fds=100 threads=10 mechanism=pthread metric=life"
}

stacks() {
	measure -m pthread,clone-vm,thread-raw,coroutine -p same-cpu --rounds 2 --stack 64k,1M
	seen "--stack" 0 "stack=65536 mechanism=pthread metric=life" \
		"stack=1048576 mechanism=thread-raw metric=life" \
		"stack=65536 mechanism=coroutine metric=life"
}

backings() {
	measure -m fork -p same-cpu --rounds 1 --rss 2M --backing shmem,dontfork,thp,hugetlb
	seen "--backing: what is there is measured" "$status" "backing=shmem metric=life" \
		"backing=dontfork metric=life"
	cut -f 2,3 "$work/flat" | sed -n 's/^backing\t//p' | LC_ALL=C sort -u | wc -l | grep -qx 4
	result $? "--backing: what is not there is a skip" "$work/out"
}

sweeps() {
	seldom 5 && rss_and_vmas
	seldom 5 && three_sizes
	seldom 5 && descriptors_and_threads
	seldom 5 && stacks
	seldom 5 && backings
}

surroundings() {
	measure -m fork -p same-cpu --rounds 2 --rss 1M --memory node:0
	seen "--memory node:0: proved by move_pages" 0 "mechanism=fork metric=life"
	measure -m fork -p same-cpu --rounds 2 --sched batch
	seen "--sched batch" 0 "mechanism=fork metric=life"
	measure -m fork -p same-cpu --rounds 1 --sched fifo:1
	seen "--sched fifo" 0 "mechanism=fork metric=life"
}

# A stand-in for perf: reads commands, answers none.
perf() {
	mkfifo "$work/control"
	cat "$work/control" >"$work/heard" &
	reader=$!
	exec 9>"$work/control"
	measure -m fork -p same-cpu --rounds 2 --perf-control "$work/control"
	exec 9>&-
	wait $reader
	seen "--perf-control: measured" 0 "mechanism=fork metric=life"
	has_flag PERF
	result $? "--perf-control: flagged"
	tr '\n' ' ' <"$work/heard" >"$work/commands"
	printf 'enable disable enable disable ' | cmp -s - "$work/commands"
	result $? "--perf-control: on and off, once in each round" "$work/commands"
}

files() {
	mkdir "$work/answers"
	echo old >"$work/answers/file"
	measure -m null -p same-cpu --rounds 1 -o "$work/answers/file"
	test $status -eq 0 && test ! -s "$work/out" && mv "$work/answers/file" "$work/out" &&
		sound && test -z "$(ls -A "$work/answers")"
	result $? "-o: the answer, whole, and nothing beside it" "$work/report"
	echo old >"$work/answers/file"
	run --rss nonsense -o "$work/answers/file"
	echo old | cmp -s - "$work/answers/file"
	result $? "-o: a run that fails leaves the old file alone"
	rm -r "$work/answers"

	run -q -m null,fork,posix-spawn -p same-cpu --rss 0,1M --rounds 1 -f csv
	awk -F , '
		NR == 1 { columns = NF; for (i = 1; i <= NF; i++) at[$i] = i; next }
		NF != columns || $at["tool"] != "spawn-cost" || $at["cpus"] !~ /^[0-9]+ [0-9]+$/ ||
			$at["run"] !~ /^[0-9a-f]+-[0-9a-f]+$/ || $at["started"] !~ /^20.*Z$/ ||
			$at["hostname"] == "" || $NF ~ /\r/ { print "row " NR ": " $0; wrong = 1 }
		END { exit wrong || NR < 4 }' "$work/out" >"$work/report"
	result $? "-f csv: the same columns in each row, with CPUs, run, time and host" "$work/report"
	run -q -m null,fork -p same-cpu --rounds 2
	test $status -eq 0 && grep -q '^ *fork ' "$work/out" && ! grep -q "$(printf '\033')" "$work/out"
	result $? "-f table: no colour into a file" "$work/out"
	measure -m fork -p same-cpu --rounds 2 --hist
	awk -F '\t' '
		$2 == "metric" { is_life = $3 == "life" }
		is_life && $2 == "n" { n = $3 }
		is_life && $2 ~ /^buckets\.[0-9]+\.2$/ { sum += $3 }
		END { exit !n || n != sum }' "$work/flat"
	result $? "--hist: the buckets hold every sample"
}

default_table() {
	run --quick --dry-run
	seconds=$(sed -n 's/.*at most \([0-9]*\) s$/\1/p' "$work/out")
	test "${seconds:-$QUICK_SECONDS_MOST}" -lt $QUICK_SECONDS_MOST
	result $? "--quick: it is to take $seconds s at most" "$work/out"
	run -q --quick -f json
	# What of it is measured in time is the machine's, too.
	value reason record=skip | grep -v '^the budget of .* was spent before its turn' >"$work/reasons"
	sound && { test "$status" -eq 0 || test "$status" -eq "$EXIT_SKIPPED"; } && test ! -s "$work/reasons" &&
		value verified record=result metric=life | grep -qx true
	result $? "--quick: the default table, status $status" "$work/report" "$work/reasons" "$work/err"
}

# A budget too small for a round: what had no turn is a skip that says so.
short_budget() {
	measure -m all -t 300ms
	sound && test "$status" -eq 3 && value reason record=skip unreached=true | LC_ALL=C sort -u |
		grep -q '^the budget of 300 ms was spent before its turn: raise --time '
	result $? "a budget that ends before the first round: status $status" "$work/report" "$work/err"
}

mechanisms
placements
many_alive
seldom 4 && creators
seldom 4 && targets
seldom 4 && surroundings
seldom 4 && perf
sweeps
files
short_budget
default_table
nothing_left "after all that"
finish
