#!/bin/sh
# SPDX-License-Identifier: MIT
# What a kernel, a container or an account lacks costs cells, and nothing else:
# each is a skip that says what to change; no crash, and nothing is left.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

EXIT_SKIPPED=3

# can COMMAND...: does a wrap work here at all?
can() {
	# shellcheck disable=SC2086 # a command with its arguments
	$as "$@" true >/dev/null 2>&1
}

unprivileged() {
	wrap=
	poor "unprivileged" -p "$(words same-cpu float | some 2 | paste -sd , -)" --rounds 1
	measured life null fork pthread posix-spawn thread-pool
	poor "unprivileged, --sched fifo:1" -p same-cpu -m fork --rounds 1 --sched fifo:1
	if [ -n "$as" ]; then
		skipped RTPRIO fork
	fi
}

few_processes() {
	wrap="prlimit --nproc=50:50"
	poor "50 processes" -p same-cpu --rounds 1
	measured life null coroutine
	if [ -n "$as" ]; then
		measured life fork pthread process-pool
	fi
}

hardly_a_process() {
	[ -n "$as" ] || return 0
	wrap="prlimit --nproc=4:4"
	poor "4 processes" -p same-cpu --rounds 1
	measured life null coroutine
}

few_descriptors() {
	wrap="prlimit --nofile=20:20"
	poor "20 descriptors" -p same-cpu --rounds 1
	measured life null fork pthread posix-spawn process-pool fork-server clone3-pidfd
	poor "20 descriptors, --fds 100" -p same-cpu -m fork --fds 100 --rounds 1
	skipped NOFILE fork
}

hardly_a_descriptor() {
	wrap="prlimit --nofile=8:8"
	poor "8 descriptors" -p same-cpu --rounds 1
	measured life null fork
	wrap="prlimit --nofile=5:5"
	poor "5 descriptors" -p same-cpu -m null,fork --rounds 1
}

no_file_may_grow() {
	wrap="prlimit --fsize=0:0"
	poor "no file may grow" -p same-cpu -m null,fork --rounds 1 -o "$work/none"
	rm -f "$work/none"
}

little_address_space() {
	if has_sanitizer; then
		skip "address space: a sanitizer needs more than there is"
		return
	fi
	wrap="prlimit --as=$1:$1"
	poor "$1 bytes of address space" -p same-cpu --rounds 1
	poor "$1 bytes of address space, --rss 1G" -p same-cpu -m fork --rss 1G --rounds 1
}

little_stack() {
	wrap="prlimit --stack=131072:131072"
	poor "128 KiB of stack" -p same-cpu --rounds 1
	measured life null fork pthread
}

limits() {
	if ! command -v prlimit >/dev/null; then
		skip "limits: no prlimit(1) here"
		return
	fi
	seldom 8 && few_processes
	seldom 8 && hardly_a_process
	seldom 8 && few_descriptors
	seldom 8 && hardly_a_descriptor
	seldom 8 && no_file_may_grow
	seldom 8 && little_address_space 67108864
	seldom 8 && little_address_space 12582912
	seldom 8 && little_stack
	wrap=
}

# refuse CALLS ERROR: to all of the run
refuse() {
	text="$1: $2"
	wrap="$HELPERS/deny $2 $1"
}

no_clone3() {
	refuse clone3 ENOSYS
	poor "$text" -p same-cpu --rounds 1
	measured life null fork vfork pthread posix-spawn thread-pool process-pool
	skipped clone3 clone3 clone3-pidfd clone3-newuser clone3-container thread-raw fork-server
	run -f json -p same-cpu --rounds 1 -m clone3,fork
	sound && test "$status" -eq $EXIT_SKIPPED
	result $? "$text, asked for by name: status $EXIT_SKIPPED" "$work/report"
}

forbidden_clone3() {
	refuse clone3 EPERM
	poor "$text" -p same-cpu --rounds 1
	measured life null fork vfork
	skipped clone3 clone3 clone3-newuser thread-raw fork-server
}

forbidden_unshare() {
	refuse unshare EPERM
	poor "$text" -p same-cpu --rounds 1
	measured life null fork pthread
}

no_pidfd() {
	refuse pidfd_open,close_range ENOSYS
	poor "$text" -p same-cpu --rounds 1
	measured life null fork pthread posix-spawn thread-pool
}

forbidden_affinity() {
	refuse sched_setaffinity EPERM
	poor "$text" -p float --rounds 1
	measured life null fork pthread
	poor "$text, on one CPU" -p same-cpu -m fork --rounds 1
	skipped CPU fork
}

no_memfd() {
	refuse memfd_create ENOSYS
	poor "$text" -p same-cpu -m null,fork,posix-spawn --rounds 1
}

# Containers refuse calls, by either error.
refused_calls() {
	$as "$HELPERS/deny" ENOSYS clone3 true >"$work/err" 2>&1
	if [ $? -eq 77 ]; then
		skip "refused system calls: $(cat "$work/err")"
		return
	fi
	seldom 6 && no_clone3
	seldom 6 && forbidden_clone3
	seldom 6 && forbidden_unshare
	seldom 6 && no_pidfd
	seldom 6 && forbidden_affinity
	seldom 6 && no_memfd
	wrap=
}

# A kernel for 8192 CPUs, which fills no smaller set of them.
many_cpus() {
	wrap="$HELPERS/deny EINVAL sched_getaffinity/1024"
	poor "8192 possible CPUs" -p same-cpu -m fork,pthread --rounds 1
	measured life fork pthread
	! grep -q 'not looked for' "$work/flat"
	result $? "8192 possible CPUs: gaps are looked for" "$work/flat"
	mkdir -m 777 "$work/rings"
	use io-lat
	poor "8192 possible CPUs, rings" -p same-cpu --dir "$work/rings" --size 1M --depth 2 --rounds 1 -m threads,uring-worker
	measured interval threads
	use spawn-cost
}

one_cpu() {
	cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
	wrap="taskset -c $cpu"
	if ! can taskset -c "$cpu"; then
		skip "one CPU: no taskset(1) here"
		return
	fi
	poor "one CPU" --rounds 1
	measured life null fork pthread posix-spawn thread-pool process-pool
	poor "one CPU, every placement" -m fork -p all --rounds 1
	run -f json -m fork -p llc,same-cpu --rounds 1
	sound
	test "$status" -eq $EXIT_SKIPPED && value reason record=skip placement=llc | grep -q CPU
	result $? "one CPU: a placement asked for by name is a skip, status $EXIT_SKIPPED" "$work/out"
}

# in_mounts TEXT COMMAND ARGUMENT...: in a mount namespace where COMMAND was run
in_mounts() {
	text=$1
	printf '#!/bin/sh\n%s || exit 77\nexec "$@"\n' "$2" >"$work/mounts"
	chmod 755 "$work/mounts"
	shift 2
	wrap="unshare -m $work/mounts"
	if ! can unshare -m "$work/mounts"; then
		skip "$text: not allowed here"
		return 1
	fi
	poor "$text" -p same-cpu --rounds 1 "$@"
}

mounts() {
	{
		echo '#!/bin/sh'
		sed -n 's,^[^ ]* \(/sys/fs/cgroup[^ ]*\) .*,mount -o remount\,bind\,ro \1,p' /proc/mounts
	} >"$work/read-only-cgroups"
	printf '#!/bin/sh\nmount -t tmpfs none /sys && mount -t tmpfs none /proc\n' >"$work/unmounted"
	chmod 755 "$work/read-only-cgroups" "$work/unmounted"
	seldom 4 && in_mounts "read-only /dev/shm" 'mount -t tmpfs -o ro none /dev/shm' &&
		measured life null fork pthread posix-spawn process-pool
	seldom 4 && in_mounts "no /dev/shm" 'mount -t tmpfs -o size=0,nr_inodes=1 none /dev' -m null,fork
	seldom 4 && in_mounts "read-only /sys/fs/cgroup" "$work/read-only-cgroups" -m clone3-cgroup,fork &&
		measured life fork
	seldom 4 && in_mounts "an empty /proc" 'mount -t tmpfs none /proc' -m null,fork,pthread,posix-spawn
	seldom 4 && in_mounts "an empty /sys" 'mount -t tmpfs none /sys' -m null,fork &&
		measured life fork
	in_mounts "neither /proc nor /sys" "$work/unmounted" -m null,fork || return
	run -p same-cpu -m null --rounds 1
	! grep -q hwloc "$work/err"
	result $? "neither /proc nor /sys: hwloc says nothing" "$work/err"
	head -n 3 "$work/out" >"$work/head"
	! grep -q -e '-1' -e '^ *,' -e ', *,' -e ': ,' -e ' $' -e ' on :' "$work/head"
	result $? "neither /proc nor /sys: the head has what is known" "$work/head"
}

# answer_is_kept TEXT: of the last run into $work/disk: nothing new, and the old one as it was
answer_is_kept() {
	{
		test "$status" -eq 1 || echo "status $status"
		test "$(cat "$work/disk/answer")" = old || echo "the old answer is gone"
		grep -qF "$work/disk/answer" "$work/err" || echo "it is not named"
		find "$work/disk" -type f ! -name answer ! -name filler
	} >"$work/wrong"
	test ! -s "$work/wrong"
	result $? "$1: status 1, the old answer is kept, and nothing beside it" "$work/wrong" "$work/err"
}

# A disk on which the answer finds no room, and one that may not be written at all.
broken_disks() {
	mkdir "$work/disk"
	if ! mount -t tmpfs -o size=64k none "$work/disk" 2>/dev/null; then
		skip "a full and a read-only disk: a file system may not be mounted here"
		return
	fi
	echo old >"$work/disk/answer"
	cat /dev/zero >"$work/disk/filler" 2>/dev/null
	wrap=
	for format in json csv table; do
		run -q -m null,fork --rounds 1 -f $format -o "$work/disk/answer"
		answer_is_kept "a full disk, $format"
	done
	mount -o remount,ro "$work/disk"
	run -q -m null --rounds 1 -f json -o "$work/disk/answer"
	answer_is_kept "a read-only disk"
	umount "$work/disk"
}

# A control group with so little memory that the kernel kills the worker.
little_memory() {
	group=/sys/fs/cgroup/memory/handoff.$mark
	limit=memory.limit_in_bytes
	if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
		group=/sys/fs/cgroup/handoff.$mark
		limit=memory.max
	fi
	mkdir "$group" 2>/dev/null
	if ! echo 67108864 2>/dev/null >"$group/$limit"; then
		rmdir "$group" 2>/dev/null
		skip "little memory: no control group for it here"
		return
	fi
	printf '#!/bin/sh\necho $$ >%s/cgroup.procs\nexec "$@"\n' "$group" >"$work/in-group"
	chmod 755 "$work/in-group"
	wrap=$work/in-group
	run -f json -m null,fork -p same-cpu --rss 1G --rounds 1
	{
		sound || cat "$work/report"
		test "$status" -eq 1 || echo "status $status"
		value reason record=skip | grep -Ev 'signal 9|memory' | sed 's/^/says: /'
		settle || sed 's/^/left: /' "$work/left"
	} >"$work/wrong"
	wrap=
	test ! -s "$work/wrong"
	result $? "64 MiB of a control group, --rss 1G: told as such, status 1" "$work/wrong" "$work/err"
	rmdir "$group"
}

# What is not there at the start must not be mistaken for what was opened since.
closed_streams() {
	wrap=
	for closed in '<&-' '2>&-' '<&- 2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		seldom 5 || continue
		(
			eval "exec $closed"
			exec env HANDOFF_TEST_MARK="$mark" "$TOOL" -q -f json -p same-cpu \
				-m null,fork,pthread,posix-spawn,popen,process-pool --rounds 1 -o "$work/answer"
		)
		status=$?
		mv "$work/answer" "$work/out" 2>/dev/null || : >"$work/out"
		sound && test "$status" -eq 0
		result $? "started with $closed" "$work/report"
	done
	nothing_left "closed streams"
}

# An environment without anything, from a directory that is gone.
bare_surroundings() {
	mkdir "$work/gone"
	wrap="env -i HANDOFF_TEST_MARK=$mark HANDOFF_WORKERS=$HANDOFF_WORKERS"
	poor "an empty environment" -p same-cpu --rounds 1
	measured life fork posix-spawn posix-spawnp system
	wrap=
	(
		cd "$work/gone" || exit 1
		rmdir "$work/gone"
		exec env HANDOFF_TEST_MARK="$mark" "$TOOL" -q -f json -p same-cpu -m fork,posix-spawn --rounds 1
	) >"$work/out" 2>"$work/err"
	status=$?
	sound && test $status -eq 0
	result $? "a directory that is gone" "$work/report" "$work/err"
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
mounts
broken_disks
little_memory
closed_streams
one_cpu
if become_nobody; then
	unprivileged
	limits
	refused_calls
	many_cpus
	bare_surroundings
else
	skip "no unprivileged account: setpriv(1) is missing, or may not"
fi
finish
