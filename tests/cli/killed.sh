#!/bin/sh
# SPDX-License-Identifier: MIT
# What is done to a run from outside: a control group that has too little memory for
# it, and time in which it may not run.  What happened is told, and nothing is left.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

LIMIT_MIB=200
BUDGET_S=4

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

# stood_still TEXT: the run that has just ended
stood_still() {
	sound && test "$status" -eq 0
	result $? "$1: whole records, status 0" "$work/report" "$work/err"
	cut -f 2,3 "$work/flat" | grep -q "^warnings\.[0-9]*\.check	standstill$"
	result $? "$1: it is told" "$work/flat"
	# A round begins with its reference: what stood still may be that, and no cell.
	if has_flag STOPPED; then
		result 0 "$1: the rounds meanwhile are flagged"
	else
		skip "$1: no cell was being measured meanwhile"
	fi
	# What a standstill looks short by: two waits.
	value elapsed_s record=end | awk -v least=$((BUDGET_S + held_s - 1)) '{ exit !($1 > least - 0.5) }'
	result $? "$1: the budget is spent on rounds" "$work/flat"
}

# hold SECONDS STOP GO: a run that may not run for so long, from when it measures
hold() {
	held_s=$1
	start -q -f json -m fork,vfork -p same-cpu -t ${BUDGET_S}s --precision 0.01
	strike worker CONT >"$work/struck"
	sleep 0.5
	eval "$2"
	sleep "$held_s"
	eval "$3"
	await
}

stopped() {
	# shellcheck disable=SC2016 # for eval
	hold 3 'kill -STOP $supervisor' 'kill -CONT $supervisor'
	stood_still "stopped by a signal"
	nothing_left "stopped by a signal"
}

frozen() {
	if ! group freezer; then
		skip "a frozen control group: none may be made here"
		return
	fi
	# shellcheck disable=SC2034 # for eval
	file=freezer.state freeze=FROZEN thaw=THAWED
	if [ -e "$group/cgroup.freeze" ]; then
		# shellcheck disable=SC2034 # for eval
		file=cgroup.freeze freeze=1 thaw=0
	fi
	if in_group "$file" $thaw; then
		# Longer than a worker may be silent: it is not to be blamed.
		printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wrap" "$TOOL" >"$work/enter-tool"
		chmod 755 "$work/enter-tool"
		TOOL=$work/enter-tool
		# shellcheck disable=SC2016 # for eval
		hold 6 'echo $freeze >"$group/$file"' 'echo $thaw >"$group/$file"'
		stood_still "a frozen control group"
	else
		skip "a frozen control group: no freezer here"
	fi
	wrap=
	nothing_left "a frozen control group"
	give_group_back
}

too_little_memory
stopped
frozen
finish
