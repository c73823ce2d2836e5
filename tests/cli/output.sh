#!/bin/sh
# SPDX-License-Identifier: MIT
# Where an answer goes: streams, files, places that cannot be written to; and that none
# is lost, whatever happens to its place while the tool measures.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXIT_NOTHING=1
EXIT_TERMINATED=143
SLOW_S=${HANDOFF_RUN_LIMIT:-120}

# whole FILE: it is one answer from its start to its end, and nothing else
whole() {
	test -f "$1" && grep -c . "$1" >/dev/null &&
		head -n 1 "$1" | grep -q '^{"record":"run"' &&
		tail -n 1 "$1" | grep -q '^{"record":"end".*}$'
}

# answer REDIRECTION ARGUMENT...: a short run, as a shell would start it
answer() {
	redirection=$1
	shift
	# shellcheck disable=SC2016 # for the shell inside
	timeout -k 5 "$SLOW_S" env HANDOFF_TEST_MARK="$mark" TOOL="$TOOL" \
		sh -c '"$TOOL" -q -f json -m null -p same-cpu --rounds 1 "$@" '"$redirection" sh "$@" \
		2>>"$work/err" </dev/null
	status=$?
}

# --- streams of our own

# appended PATH REDIRECTION: what the file held before stays in front
appended() {
	: >"$work/err"
	echo before >"$work/log"
	answer "$2" -o "$1"
	test "$status" -eq 0 && head -n 1 "$work/log" | grep -qx before &&
		sed 1d "$work/log" >"$work/rest" && whole "$work/rest"
	result $? "-o $1 $2: appended to" "$work/log" "$work/err"
}

# taken PATH REDIRECTION: it holds the answer alone
taken() {
	: >"$work/err"
	rm -f "$work/log"
	answer "$2" -o "$1"
	test "$status" -eq 0 && whole "$work/log"
	result $? "-o $1 $2: the answer" "$work/log" "$work/err"
}

streams() {
	export work
	# shellcheck disable=SC2016 # for the shell inside
	{
		appended /dev/stdout '>>"$work/log"'
		appended /dev/stderr '2>>"$work/log"'
		appended /dev/fd/7 '7>>"$work/log"'
		appended /proc/self/fd/1 '>>"$work/log"'
		taken /dev/stdout '>"$work/log"'
		taken /dev/stdout '| cat >"$work/log"'
		taken /dev/fd/7 '7>"$work/log"'
	}
	mkfifo "$work/fifo"
	cat "$work/fifo" >"$work/log" &
	answer '' -o "$work/fifo"
	wait
	test "$status" -eq 0 && whole "$work/log"
	result $? "-o FIFO: its reader has the answer" "$work/err"
	rm "$work/fifo"
}

# --- files

# A longer one, in a folder below /dev, by a link that stays, with a mode that stays.
files() {
	place=$work
	if [ -w /dev/shm ]; then
		place=$(mktemp -d /dev/shm/check-output.XXXXXX)
	fi
	head -c 100000 /dev/zero | tr '\0' x >"$place/long"
	chmod 640 "$place/long"
	ln -s long "$place/link"
	answer '' -o "$place/link"
	test "$status" -eq 0 && whole "$place/long" && test -L "$place/link" &&
		test "$(stat -c %a "$place/long")" = 640
	result $? "-o: a longer file behind a link, below $place" "$work/err"
	answer '' -o "$place/new"
	test "$status" -eq 0 && whole "$place/new"
	result $? "-o: a new file below $place" "$work/err"
	if [ "$place" != "$work" ]; then
		rm -r "$place"
	fi
}

# A container's file that its host has mounted there, where the rest is read-only.
mounted() {
	mkdir "$work/image"
	head -c 100000 /dev/zero >"$work/theirs"
	: >"$work/image/answer"
	: >"$work/err"
	if ! unshare -m true 2>/dev/null; then
		skip "-o: a mount point: not allowed here"
		return
	fi
	# shellcheck disable=SC2016 # for the shell inside
	unshare -m sh -c '
		mount --bind "$1/image" "$1/image" && mount --bind "$1/theirs" "$1/image/answer" &&
			mount -o remount,bind,ro "$1/image" || exit 77
		exec "$2" -q -f json -m null -p same-cpu --rounds 1 -o "$1/image/answer"' \
		sh "$work" "$TOOL" 2>"$work/err"
	status=$?
	if [ $status -eq 77 ]; then
		skip "-o: a mount point: not allowed here"
		return
	fi
	test $status -eq 0 && whole "$work/theirs" && test ! -s "$work/image/answer"
	result $? "-o: a mount point in a read-only folder is written to" "$work/err"
}

# --- no answer is lost

# rescued TEXT WORD: the run's answer is on standard output, and that is told in a sentence
rescued() {
	{
		test "$status" -eq $EXIT_NOTHING || echo "status $status"
		whole "$work/out" || echo "the answer is not on standard output"
		grep -F -e "$2" "$work/err" | grep -q 'standard output instead' || echo "it is not told"
		test "$(wc -l <"$work/err")" -eq 1 || echo "more than a sentence"
	} >"$work/report"
	test ! -s "$work/report"
	result $? "$1: status 1, and the answer is on standard output" "$work/report" "$work/err"
}

# wait_for_folder NAME: until the run behind us has made sure that it can write there
wait_for_folder() {
	for look in $(seq 600); do
		for link in "/proc/$supervisor/fd/"*; do
			if [ "$(readlink "$link")" = "$1" ]; then
				return 0
			fi
		done
		sleep 0.01
	done
	echo "not in $1 after $look looks" >>"$work/err"
}

# It is there when the tool looks, and not at the end.
folder_goes() {
	mkdir "$work/going"
	start -q -f json -m null -p same-cpu --rounds 50 -o "$work/going/answer"
	wait_for_folder "$work/going"
	rmdir "$work/going"
	await
	rescued "-o: its folder goes while we measure" "$work/going/answer"
}

full_device() {
	if [ ! -w /dev/full ]; then
		skip "there is no /dev/full"
		return
	fi
	run -q -f json -m null -p same-cpu --rounds 1 -o /dev/full
	rescued "-o /dev/full" /dev/full
}

nearly_full_disk() {
	mkdir "$work/disk"
	if ! mount -t tmpfs -o size=64k none "$work/disk" 2>/dev/null; then
		skip "a disk that is nearly full: a file system may not be mounted here"
		return
	fi
	echo old >"$work/disk/answer"
	head -c 56k /dev/zero >"$work/disk/filler"
	run -q -f json -m null,fork -p same-cpu --rounds 2 -o "$work/disk/answer"
	rescued "-o: a disk that has room for a part" "$work/disk/answer"
	test "$(cat "$work/disk/answer")" = old && test "$(find "$work/disk" -type f | wc -l)" -eq 2
	result $? "-o: a disk that has room for a part: the old answer stays, nothing beside it"
	umount "$work/disk"
}

# --- ends in the middle

# ended SIGNAL STATUS: nothing of an answer but a whole one, and nothing beside it
ended() {
	mkdir "$work/ended"
	echo old >"$work/ended/answer"
	start -q -f json -m null -p same-cpu --rounds 500 -o "$work/ended/answer"
	wait_for_folder "$work/ended"
	kill -"$1" "$supervisor"
	await
	{
		test "$status" -eq "$2" || echo "status $status"
		test "$(cat "$work/ended/answer")" = old || whole "$work/ended/answer" ||
			echo "half an answer"
		find "$work/ended" -mindepth 1 ! -name answer
	} >"$work/report"
	test ! -s "$work/report"
	result $? "SIG$1 while it measures: no half of an answer, nothing beside it" \
		"$work/report" "$work/err"
	rm -r "$work/ended"
}

# A reader that does not read must not keep us from ending.
stuck_reader() {
	mkfifo "$work/stuck"
	sh -c 'exec 3<"$1"; exec sleep 60' sh "$work/stuck" &
	sleeper=$!
	# shellcheck disable=SC2086 # an option or none
	env $hear_interrupts HANDOFF_TEST_MARK="$mark" "$TOOL" --dry-run -f json -p float \
		--fds 1,2,3,4,5,6,7,8,9 --vmas 1,2,3,4,5,6,7,8,9 \
		>"$work/stuck" 2>"$work/err" </dev/null &
	supervisor=$!
	for look in $(seq 100); do
		grep -q pipe_write "/proc/$supervisor/wchan" 2>/dev/null && break
		grep -qs '^State:.S' "/proc/$supervisor/status" && test "$look" -gt 20 && break
		sleep 0.05
	done
	kill -TERM $supervisor
	await
	kill $sleeper
	wait $sleeper 2>/dev/null
	test "$status" -eq $EXIT_TERMINATED
	result $? "SIGTERM while its reader does not read: status $status" "$work/err"
	rm "$work/stuck"
}

streams
files
mounted
folder_goes
full_device
nearly_full_disk
ended TERM $EXIT_TERMINATED
ended KILL 137
stuck_reader
nothing_left "outputs"
finish
