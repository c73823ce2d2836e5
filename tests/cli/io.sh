#!/bin/sh
# SPDX-License-Identifier: MIT
# Every engine of io-lat is measured and proved, or is a skip with its reason: warm,
# cold and direct, reading and writing, privileged or not, and where calls, limits
# and room are refused; what is the user's is not touched; nothing is left.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

EXIT_NOTHING=1
EXIT_USAGE=129
QUICK_SECONDS_MOST=15  # by the plan: how long it takes is the machine's
# Wherever Linux is.
BLOCKING='threads processes'

# small ARGUMENT...: a run of few and short rounds, in a folder of ours
small() {
	small_text=$1
	shift
	poor "$small_text" -p same-cpu --rounds 1 --size 2M "$@"
}

# All that is open and has no name any more: no file of ours may stay so.
nameless() {
	find /proc/[0-9]*/fd -lname "$PWD/*(deleted)" 2>/dev/null
}

# kept TEXT: the folder is as empty as before
kept() {
	{
		nameless
		ls -A "$work/files"
	} >"$work/wrong"
	test ! -s "$work/wrong"
	result $? "$1: no file is left" "$work/wrong"
}

workloads() {
	for rw in $(words randread randwrite read write | some 4); do
		small "--rw $rw" --rw "$rw" --depth 1,7
		# shellcheck disable=SC2086 # names, a word each
		measured interval $BLOCKING null pread
		measured request threads pread
	done
	small "blocks" --bs 512,4k,1M --depth 2 -m 'threads,uring*'
	measured interval threads
	small "depths" --depth 1,7,64 -m 'threads,processes,uring*'
	# shellcheck disable=SC2086
	measured interval $BLOCKING
	kept "workloads"
}

# Which of them are possible here is the file system's affair; a skip says what it lacks.
caches() {
	for cache in warm cold direct; do
		for rw in randread randwrite; do
			seldom 3 || continue
			small "--cache $cache --rw $rw" --cache $cache --rw $rw --depth 4 -m all
		done
	done
	small "a cache that is cold" --cache cold --depth 4 -m threads
	if value metric metric=interval | grep -q .; then
		test -n "$(value proof.pages_not_cached.observed mechanism=threads metric=interval)"
		result $? "cold: what was not cached is proved" "$work/out"
	else
		skip "cold: $(value reason record=skip | head -n 1)"
	fi
	small "a cache that is warm" --depth 4 -m threads
	test -n "$(value proof.pages_cached.observed mechanism=threads metric=interval)"
	result $? "warm: what was cached is proved" "$work/out"
	small "written" --rw write --depth 4 -m threads
	test -n "$(value proof.blocks_written.observed mechanism=threads metric=interval)"
	result $? "writes are proved by what is read back" "$work/out"
}

# is_flagged FLAG: whether pread's row of the last run has it
is_flagged() {
	awk -F '\t' -v flag="$1" '$2 ~ /^flags\./ && $3 == flag { found = 1 } END { exit !found }' \
		"$work/flat"
}

# ramp_of: what pread's row says of its ramp, in ns
ramp_of() {
	value ramp_ns mechanism=pread metric=interval
}

# A device has a ramp, or its row says that it shows the beginning of a process.
ramps() {
	small "a device" --cache direct --depth 1 -m pread
	if [ -z "$(value metric metric=interval)" ]; then
		skip "ramps: $(value reason record=skip | head -n 1)"
		return
	fi
	# It ends by 21 slices of 2.5 ms or more, or as the next one has no room in a second.
	ramp_of | awk '{ exit !($1 >= 52.5e6) }'
	result $? "a device: its ramp has the slices that it is judged by" "$work/flat"
	small "a device at a rate" --cache direct --depth 1 -m pread --rate 1000
	is_flagged RAMP
	result $? "a device at a rate: its row says that it has no ramp" "$work/flat"
	poor "no time" -p same-cpu --size 2M --cache direct --depth 1 -m pread -t 100ms
	is_flagged RAMP
	result $? "no time for a ramp: the row says so" "$work/flat"
	small "a file that is cold" --cache cold --depth 1 -m pread
	is_flagged RAMP
	result $? "a cold file: the row says that it has no ramp" "$work/flat"
	small "memory" --depth 1 -m pread
	test -z "$(ramp_of)" && ! is_flagged RAMP
	result $? "memory has no ramp, and no flag" "$work/flat"
	run --dry-run --cache warm,direct --depth 1 -m pread,null -p same-cpu --rounds 3
	test "$(grep -c 'ramp 1 s at most$' "$work/out")" -eq 1 &&
		grep -q '^pread .*cache=direct.*ramp 1 s at most$' "$work/out"
	result $? "--dry-run: it says which cells have a ramp, and how long" "$work/out"
}

# others_cpu ENGINE: CPU time a request that is not the submitting thread's
others_cpu() {
	value cpu_ns_per_op "mechanism=$1" metric=interval >"$work/all"
	value submitter_cpu_ns_per_op "mechanism=$1" metric=interval >"$work/own"
	paste "$work/all" "$work/own" | awk 'NF == 2 { print $1 - $2 }'
}

# What has to be known of a ring: one call for many requests, and whose the CPU time is.
rings() {
	small "rings" --depth 64 --submit-batch 64 -m uring,threads
	if [ -z "$(value metric mechanism=uring metric=interval)" ]; then
		skip "rings: $(value reason mechanism=uring record=skip)"
		return
	fi
	value calls_per_op mechanism=uring metric=interval | awk '{ exit !($1 < 1) }'
	result $? "a ring hands over many requests by one call" "$work/out"
	small "a batch that is larger than the depth" --depth 3 --submit-batch 16 -m uring
	measured interval uring
	value calls_per_op mechanism=uring metric=interval | awk '{ exit !($1 > 0.3) }'
	result $? "three in flight are not sixteen a call" "$work/out"
	small "in flight" --cache direct --depth 64 --submit-batch 4 -m uring,threads
	# Where a device is waited for at all, more are under way than one call hands over.
	# That it is all of the depth is counted by check_engine.
	if value in_flight mechanism=threads metric=interval | awk '{ exit !($1 > 32) }'; then
		value in_flight mechanism=uring metric=interval | awk '{ exit !($1 > 4) }'
		result $? "a small batch does not keep a ring from its depth" "$work/out"
	else
		skip "in flight: nothing waits for this device"
	fi
	small "worker threads of the kernel" --depth 8 -m uring-worker,uring
	value io_wq_threads mechanism=uring-worker metric=interval | awk '{ exit !($1 >= 1) }'
	result $? "uring-worker: the kernel's threads are counted" "$work/out"
	small "CPU time of others" --depth 8 --bs 64k -m uring-worker,uring-sqpoll,uring
	for engine in uring-worker uring-sqpoll; do
		all=$(value cpu_ns_per_op mechanism=$engine metric=interval)
		own=$(value submitter_cpu_ns_per_op mechanism=$engine metric=interval)
		if [ -z "$all" ]; then
			skip "$engine: $(value reason mechanism=$engine record=skip)"
			continue
		fi
		# The copying of 64 KiB is theirs.
		awk -v all="$all" -v own="$own" 'BEGIN { exit !(own > 0 && all > own) }'
		result $? "$engine: CPU time is above the submitting thread's own" "$work/flat"
	done
	# Two clocks, read one after the other, differ by a little in either direction.  In some
	# file systems, as in a tmpfs, all of a ring's requests go to threads of the kernel.
	if [ "$(value io_wq_threads mechanism=uring metric=interval)" != 0 ]; then
		skip "CPU time of others: this file system gives a ring threads, too"
	elif [ -n "$(others_cpu uring-worker)" ]; then
		awk -v plain="$(others_cpu uring)" -v worker="$(others_cpu uring-worker)" \
			'BEGIN { exit !(plain != "" && plain < worker) }'
		result $? "uring: less of it is others' than with worker threads" "$work/flat"
	fi
}

# refused STATUS WORD ARGUMENT...: one sentence that names the word, and no answer
refused() {
	wanted=$1
	word=$2
	shift 2
	run "$@"
	{
		test "$status" -eq "$wanted" || echo "status $status, not $wanted"
		test ! -s "$work/out" || echo "there is an answer"
		grep -qF -e "$word" "$work/err" || echo "'$word' is not named"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "status $wanted, '$word': $*" "$work/report" "$work/err"
}

# What --file names is told by what it is, and is never waited for.
unfit_files() {
	usual_limit=$RUN_LIMIT_S
	RUN_LIMIT_S=20
	mkfifo "$work/unfit-fifo"
	ln -s unfit-loop "$work/unfit-loop"
	: >"$work/unfit-empty"
	for destroy in '' --destroy-data; do
		# shellcheck disable=SC2086 # an option or none
		for place in "$work/unfit-fifo:FIFO" "$work:directory" /dev/zero:character \
			"/dev/null:character device" "$work/unfit-loop:symbolic links" \
			"$work/unfit-empty:empty" ":No such file"; do
			refused $EXIT_NOTHING "${place#*:}" --file "${place%%:*}" --rounds 1 $destroy
		done
	done
	RUN_LIMIT_S=$usual_limit
	rm "$work/unfit-fifo" "$work/unfit-loop" "$work/unfit-empty"
}

bad_usage() {
	refused $EXIT_USAGE "'0'" --depth 0
	refused $EXIT_USAGE "'1000000000'" --depth 1000000000
	refused $EXIT_USAGE "'100'" --bs 100
	refused $EXIT_USAGE "'sideways'" --rw sideways
	refused $EXIT_USAGE "'hot'" --cache hot
	refused $EXIT_USAGE --destroy-data --destroy-data
	refused $EXIT_USAGE --dir --dir . --file "$work/own"
	refused $EXIT_NOTHING /no/such/folder --dir /no/such/folder --rounds 1
	refused $EXIT_NOTHING /no/such/file --file /no/such/file --rounds 1
	unfit_files
	text="a block that is no whole sectors"
	small "$text" --bs 1000 --depth 1 -m pread,threads
	skipped 512 pread threads
	text="a file smaller than a block"
	poor "$text" -p same-cpu --rounds 1 --size 4k --bs 8k --depth 1 -m pread,threads
	skipped "smaller than one block" pread threads
}

own_file() {
	head -c 300000 /dev/urandom >"$work/own"
	before=$(cksum <"$work/own")
	text="a file of one's own"
	small "$text" --file "$work/own" --depth 1,8 -m 'pread,threads,processes,uring*'
	measured interval pread threads processes
	small "$text, written" --file "$work/own" --depth 4 --rw write,randwrite -m 'threads,uring*'
	text="$text, written"
	skipped destroy-data threads
	test "$before" = "$(cksum <"$work/own")"
	result $? "a file of one's own is as it was" "$work/out"
	small "--destroy-data" --file "$work/own" --destroy-data --depth 4 --rw randwrite -m threads
	text="--destroy-data"
	measured interval threads
	test "$(wc -c <"$work/own")" -eq 300000 && test "$before" != "$(cksum <"$work/own")"
	result $? "--destroy-data: other bytes, and as many" "$work/out"
	grep -q "own holds is overwritten" "$work/err"
	result $? "--destroy-data: it says what it overwrites" "$work/err"
}

# in_tmpfs OPTIONS: $wrap runs below a tmpfs of its own at $work/room
in_tmpfs() {
	mkdir -p "$work/room"
	# shellcheck disable=SC2016 # the script's own
	printf '#!/bin/sh\nmount -t tmpfs -o %s none %s || exit 77\n"$@"\nstatus=$?\n%s\nexit $status\n' \
		"$1" "$work/room" "ls -A $work/room >$work/room-left; df -k $work/room | tail -n 1 >>$work/room-df" \
		>"$work/mounts"
	chmod 755 "$work/mounts"
	wrap="unshare -m $work/mounts"
	unshare -m "$work/mounts" true 2>/dev/null
}

no_room() {
	if ! in_tmpfs size=1M; then
		skip "a full file system: not allowed here"
		wrap=
		return
	fi
	refused $EXIT_NOTHING "No space left on device" --dir "$work/room" --size 16M --rounds 1
	refused $EXIT_NOTHING "No space left on device" --dir "$work/room" --size 16M --rounds 1 --rw write
	test ! -s "$work/room-left" && awk '$3 > 64 { bad = 1 } END { exit bad }' "$work/room-df"
	result $? "a full file system: nothing is left in it" "$work/room-left" "$work/room-df"
	text="a file system in memory"
	poor "$text" -p same-cpu --rounds 1 --dir "$work/room" --size 256k --depth 4 -m 'threads,uring*'
	measured interval threads
	text="a file system in memory that is to be cold"
	poor "$text" -p same-cpu --rounds 1 --dir "$work/room" --size 256k --depth 4 -m threads --cache cold
	skipped "stay in memory" threads
	in_tmpfs ro
	refused $EXIT_NOTHING "Read-only file system" --dir "$work/room" --rounds 1
	wrap=
}

io_uring_refused() {
	$as "$HELPERS/deny" ENOSYS io_uring_setup true >"$work/err" 2>&1
	if [ $? -eq 77 ]; then
		skip "refused system calls: $(cat "$work/err")"
		return
	fi
	for error in $(words EPERM ENOSYS | some 2); do
		text="io_uring_setup: $error"
		wrap="$HELPERS/deny $error io_uring_setup"
		small "$text" --depth 4 -m 'null,pread,threads,processes,uring*'
		# shellcheck disable=SC2086
		measured interval $BLOCKING
		skipped . uring uring-defer uring-sqpoll uring-nop
	done
	wrap=
}

# What cannot be seen is not taken for seen.
blind() {
	text="mincore is refused"
	wrap="$HELPERS/deny EPERM mincore"
	for cache in $(words warm cold direct | some 3); do
		small "$text, $cache" --cache "$cache" --depth 1 -m pread
		skipped mincore pread
	done
	wrap=
	text="a file of somebody else's"
	small "$text" --file "$work/theirs" --cache warm,cold,direct --depth 1 -m pread
	value reason cache=cold >"$work/reasons"
	value verified metric=interval >"$work/proved"
	grep -q "its owner" "$work/reasons" && test "$(grep -c true "$work/proved")" -eq 2
	result $? "$text: whether it is cold is not known" "$work/flat"
}

few_tasks() {
	text="12 processes"
	wrap="prlimit --nproc=12:12"
	small "$text" --depth 64 -m threads,processes,uring
	skipped NPROC threads processes
}

no_locked_memory() {
	text="no locked memory"
	wrap="prlimit --memlock=0:0"
	small "$text" --depth 4 -m 'threads,uring*'
	measured interval threads
	value reason record=skip mechanism=uring-defer+buffers >"$work/reasons"
	test -n "$(value metric mechanism=uring-defer+buffers metric=interval)" ||
		grep -q MEMLOCK "$work/reasons"
	result $? "no locked memory: registered buffers say so, or need none" "$work/reasons"
}

limits() {
	if ! command -v prlimit >/dev/null; then
		skip "limits: no prlimit(1) here"
		return
	fi
	text="20 descriptors"
	wrap="prlimit --nofile=20:20"
	small "$text" --depth 4
	# shellcheck disable=SC2086
	measured interval $BLOCKING
	if seldom 2; then
		wrap="prlimit --nofile=7:7"
		small "7 descriptors" --depth 4
	fi
	text="no files may grow"
	wrap="prlimit --fsize=4096:4096"
	refused $EXIT_NOTHING "File too large" --dir . --rounds 1
	if [ -n "$as" ]; then
		seldom 2 && few_tasks
		seldom 2 && no_locked_memory
	fi
	wrap="prlimit --as=100663296:100663296"
	if ! has_sanitizer; then
		small "96 MiB of address space" --depth 64 --bs 1M -m threads,uring
	fi
	wrap=
}

unprivileged() {
	text="unprivileged"
	small "$text" --depth 1,8
	# shellcheck disable=SC2086
	measured interval $BLOCKING pread
	mkdir -m 555 "$work/closed"
	refused $EXIT_NOTHING "Permission denied" --dir "$work/closed" --rounds 1
	rmdir "$work/closed"
	printf secret >"$work/secret"
	chmod 600 "$work/secret"
	if [ -n "$as" ]; then
		refused $EXIT_NOTHING "Permission denied" --file "$work/secret" --rounds 1
	fi
}

# The default plan as it is, with the two values of --depth side by side.
quick() {
	run --quick --dry-run
	seconds=$(sed -n 's/.*at most \([0-9]*\) s$/\1/p' "$work/out")
	test "${seconds:-$QUICK_SECONDS_MOST}" -lt $QUICK_SECONDS_MOST
	result $? "--quick: it is to take $seconds s at most" "$work/out"
	# What of it is measured in time is the machine's, too.
	grep -q '^threads .*depth=32' "$work/out" && ! grep -q '^pread .*depth=32' "$work/out"
	result $? "--quick: both depths are planned, where they make sense" "$work/out"
	run --quick
	test "$status" -eq "$(status_in_time)"
	result $? "--quick: status $status" "$work/err"
	{
		grep -q '^  mechanism .*depth' "$work/out" || echo "the table has no column depth"
		grep -q '^  uring-nop' "$work/out" && echo "uring-nop is a yardstick, and was not named"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "--quick: the table tells depths apart" "$work/report" "$work/out"
	nothing_left "--quick"
}

# A ratio that has an interval is said in a sentence, and no other.
sentence() {
	run -q -p same-cpu --rounds 12 --size 2M --depth 1,8 -m threads,uring-nop,uring
	if ! grep -q '^  uring ' "$work/out"; then
		skip "the sentence: there is no ring here"
		return
	fi
	has_interval=$(grep -c '^  uring .*\[' "$work/out")
	said=$(grep -ci ' here.*uring makes .* the requests of threads' "$work/out")
	test $((has_interval > 0)) -eq "$said"
	result $? "the answer is said in a sentence, where it has an interval" "$work/out"
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
quick
bad_usage
rings
ramps
seldom 2 && sentence
seldom 2 && workloads
seldom 2 && caches
seldom 2 && own_file
no_room
head -c 1000000 /dev/urandom >"$work/theirs"
chmod 644 "$work/theirs"
if become_nobody; then
	use io-lat
	seldom 3 && unprivileged
	seldom 3 && io_uring_refused
	seldom 3 && test -n "$as" && blind
	limits
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
kept "all runs"
finish
