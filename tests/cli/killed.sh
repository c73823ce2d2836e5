#!/bin/sh
# SPDX-License-Identifier: MIT
# What is done to a run from outside: a control group that has too little memory for
# it, and time in which it may not run.  What happened is told, and nothing is left.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

LIMIT_MIB=200

# group CONTROLLER: a group of ours in its hierarchy, of either version, is $group
group() {
	group=
	for above in "/sys/fs/cgroup/$1" /sys/fs/cgroup/unified /sys/fs/cgroup; do
		if [ -e "$above/cgroup.controllers" ] && [ "$1" != freezer ] &&
			! grep -qw "$1" "$above/cgroup.subtree_control"; then
			continue
		fi
		if [ -e "$above/cgroup.procs" ] && mkdir "$above/handoff.$mark" 2>/dev/null; then
			group=$above/handoff.$mark
			return 0
		fi
	done
	return 1
}

# What was in it may still be ending.
give_group_back() {
	look=0
	until rmdir "$group" 2>/dev/null || [ $look -ge $SETTLE_LOOKS ]; do
		look=$((look + 1))
		sleep 0.1
	done
	group=
}

# in_group FILE CONTENT: $wrap puts a run into the group, whose FILE has CONTENT
in_group() {
	echo "$2" 2>/dev/null >"$group/$1" || return 1
	printf '#!/bin/sh\necho $$ >"%s/cgroup.procs" || exit 77\nexec "$@"\n' "$group" >"$work/enter"
	chmod 755 "$work/enter"
	wrap=$work/enter
}

too_little_memory() {
	if ! group memory; then
		skip "a limit on memory: no control group may be made here"
		return
	fi
	if in_group memory.limit_in_bytes ${LIMIT_MIB}M || in_group memory.max ${LIMIT_MIB}M; then
		# Or the rest would go to swap.
		in_group memory.memsw.limit_in_bytes ${LIMIT_MIB}M || in_group memory.swap.max 0
		wrap=$work/enter
		run -f json -m fork,vfork -p same-cpu --rss $((LIMIT_MIB - 10))M --rounds 1
		# vfork copies nothing: it may have had enough.
		sound && { test "$status" -eq 1 || test "$status" -eq 3; }
		result $? "a limit on memory: whole records, status $status" "$work/report" "$work/err"
		grep -q "control group .*handoff.* may use $LIMIT_MIB MiB: raise its memory" "$work/flat"
		result $? "a limit on memory: group, limit and remedy are named" "$work/flat"
	else
		skip "a limit on memory: no such limit here"
	fi
	wrap=
	nothing_left "a limit on memory"
	give_group_back
}

too_little_memory
finish
