#!/bin/sh
# SPDX-License-Identifier: MIT
# Time that a run loses to others: another task on its CPU, workers that are stopped, all of
# it that is stopped.  Each leaves its trace in the records and below the table.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

# Long enough for the tool to see that it stood still itself.
STOPPED_S=1
STOPS=3

# One operation is long, so that what stops a worker does so in its window.
cat >"$work/target" <<'END'
#!/bin/sh
sleep 0.2
END
chmod 755 "$work/target"

# some FIELD: it is above 0 in some result
some() {
	value "$1" record=result | awk '$1 > 0 { some = 1 } END { exit !some }'
}

# counted TEXT FIELD...: a whole run, with rounds that were hit, and these fields above 0
counted() {
	text=$1
	shift
	flatten && test "$status" -eq 0
	result $? "$text: records, status 0" "$work/flat-error" "$work/err"
	for field in rounds_hit "$@"; do
		some "$field" || echo "no result has $field above 0"
	done >"$work/lacking"
	test ! -s "$work/lacking" && has_flag NOISE
	result $? "$text: the records have rounds that were hit, NOISE and $*" "$work/lacking" "$work/flat"
}

hog() {
	use ipc-lat
	run -q -f json -m pipe -p same-cpu --dry-run
	flatten
	cpu=$(value cpus.0 record=plan | head -n 1)
	taskset -c "$cpu" sh -c 'while :; do :; done' &
	hog=$!
	run -q -f json -m pipe -p same-cpu --rounds 6
	counted "a hog on the CPU" lost_ns off_cpu_ns
	if [ -r /proc/self/schedstat ]; then
		some run_delay_ns && some involuntary_switches
		result $? "a hog on the CPU: run delay and involuntary switches are counted" "$work/flat"
	fi
	run -q -m pipe -p same-cpu --rounds 6
	kill $hog
	wait $hog 2>/dev/null
	test "$status" -eq 0 &&
		grep -q '^pipe.* same-cpu: [0-9]* of 6 rounds lost [0-9.]* [mun]*s to other tasks.*; their mean is ' "$work/out"
	result $? "a hog on the CPU: a line below the table says so" "$work/out"
}

# The keeper's child: the only one that has this test's mark and a keeper for its parent.
worker() {
	for pid in $(marked); do
		parent=$(cut -d ' ' -f 4 "/proc/$pid/stat" 2>/dev/null)
		if [ "$(cat "/proc/$parent/comm" 2>/dev/null)" = handoff-keeper ]; then
			echo "$pid"
			return
		fi
	done
}

workers_in_turn() {
	use spawn-cost
	start -q -f json -m posix-spawn -p same-cpu --exec "$work/target" --rounds 2
	while kill -0 "$supervisor" 2>/dev/null; do
		pid=$(worker)
		if [ -n "$pid" ]; then
			kill -STOP "$pid" 2>/dev/null
			sleep 0.1
			kill -CONT "$pid" 2>/dev/null
		fi
		sleep 0.1
	done
	await
	counted "workers stopped in turn" lost_ns stopped_ns
}

the_whole_group() {
	use spawn-cost
	start -q -m posix-spawn -p same-cpu --exec "$work/target" --rounds 3
	for _ in $(seq $STOPS); do
		sleep 0.7
		group=$(marked)
		# shellcheck disable=SC2086 # a list
		kill -STOP $group 2>/dev/null
		sleep $STOPPED_S
		# shellcheck disable=SC2086
		kill -CONT $group 2>/dev/null
	done
	await
	test "$status" -eq 0 && grep -q '^posix-spawn.*rounds lost .*standing still' "$work/out"
	result $? "the whole group stopped: a line below the table says so" "$work/out" "$work/err"
	grep -q '^warning standstill: ' "$work/out"
	result $? "the whole group stopped: the run says that it stood still" "$work/out"
}

hog
workers_in_turn
the_whole_group
nothing_left "after all of it"
finish
