/* SPDX-License-Identifier: MIT */
#include "run/memory-kill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/sysfile.h"

/* Version 1 writes a limit near to 2^63 for none. */
#define NO_LIMIT (INT64_C(1) << 60)
#define GROUP_NAME_MAX 60
#define MIB (1024.0 * 1024.0)

static int64_t keyed(const char *root, const struct sysfile_cgroup *group, const char *file,
		     const char *key)
{
	int64_t count;

	return sysfile_cgroup_keyed_integer(root, group, file, key, &count) ? -1 : count;
}

static int64_t kills_of(const char *root, const struct sysfile_cgroup *group)
{
	return keyed(root, group, group->version == 2 ? "memory.events" : "memory.oom_control",
		     "oom_kill");
}

/* Of this group alone: in memory.events there are those of the groups below, too. */
static int64_t hits_of(const char *root, const struct sysfile_cgroup *group)
{
	char text[32];

	if (group->version == 2)
		return keyed(root, group, "memory.events.local", "oom");
	if (sysfile_cgroup_text(root, group, "memory.failcnt", text, sizeof(text)) || !*text)
		return -1;
	return strtoll(text, NULL, 10);
}

static const char *limit_file(const struct sysfile_cgroup *group)
{
	return group->version == 2 ? "memory.max" : "memory.limit_in_bytes";
}

/* Bytes; -1: none, or unknown. */
static int64_t limit_of(const char *root, const struct sysfile_cgroup *group)
{
	char text[32];
	int64_t limit;

	if (sysfile_cgroup_text(root, group, limit_file(group), text, sizeof(text)) ||
	    *text < '0' || *text > '9')
		return -1;
	limit = strtoll(text, NULL, 10);
	return limit < NO_LIMIT ? limit : -1;
}

void memory_kill_begin(const char *root, struct memory_kill *ret)
{
	struct sysfile_cgroup group;

	*ret = (struct memory_kill){ .root = root, .kills = -1 };
	sysfile_read_keyed_integer(root, "/proc/vmstat", "oom_kill", &ret->kills);
	if (sysfile_cgroup_find(root, "memory", &group))
		return;
	do {
		size_t i = ret->group_count++;

		ret->groups[i].kills = kills_of(root, &group);
		ret->groups[i].hits = hits_of(root, &group);
	} while (ret->group_count < MEMORY_KILL_GROUPS && sysfile_cgroup_climb(&group));
}

static bool has_risen(int64_t before, int64_t now)
{
	return before >= 0 && now > before;
}

static bool has_kill(const struct memory_kill *before, const struct memory_kill *now)
{
	for (size_t i = 0; i < before->group_count && i < now->group_count; i++)
		if (has_risen(before->groups[i].kills, now->groups[i].kills))
			return true;
	return false;
}

/*
 * The lowest group with a limit that has stopped somebody since; if no group tells that, as
 * before Linux 5.2, the lowest with a limit.
 */
static bool find_limit(const struct memory_kill *before, const struct memory_kill *now,
		       struct sysfile_cgroup *ret)
{
	for (int must_be_hit = 1; must_be_hit >= 0; must_be_hit--) {
		size_t i = 0;

		if (sysfile_cgroup_find(now->root, "memory", ret))
			return false;
		do {
			bool is_hit = has_risen(before->groups[i].hits, now->groups[i].hits);

			if (limit_of(now->root, ret) >= 0 && (is_hit || !must_be_hit))
				return true;
		} while (++i < now->group_count && sysfile_cgroup_climb(ret));
	}
	return false;
}

/* A name that is too long is cut at its front: its end tells more. */
static void format_name(const struct sysfile_cgroup *group, char ret[GROUP_NAME_MAX + 4])
{
	const char *name = group->path + group->mount_length;
	size_t length = strlen(name);

	if (length > GROUP_NAME_MAX)
		snprintf(ret, GROUP_NAME_MAX + 4, "...%s", name + length - GROUP_NAME_MAX);
	else
		snprintf(ret, GROUP_NAME_MAX + 4, "%s", length ? name : "/");
}

static void explain(const struct memory_kill *before, const struct memory_kill *now,
		    char *ret, size_t size)
{
	struct sysfile_cgroup group;
	char name[GROUP_NAME_MAX + 4];

	if (!has_kill(before, now)) {
		snprintf(ret, size, "a task was killed as this machine, or a control group that is "
			 "not seen from here, ran out of memory: free some, or use smaller sizes");
	} else if (find_limit(before, now, &group)) {
		format_name(&group, name);
		snprintf(ret, size, "a task was killed as control group %s may use %.4g MiB: raise "
			 "its %s, or use smaller sizes", name,
			 (double)limit_of(now->root, &group) / MIB, limit_file(&group));
	} else {
		snprintf(ret, size, "a task of this control group was killed for want of memory, by a "
			 "limit that is not seen from here: raise it, or use smaller sizes");
	}
}

/* The counters are the whole machine's: only a death can have been that kill. */
static bool is_death(const struct round *round)
{
	return round->status == ROUND_FAILED && round->flags & ROUND_DEATH;
}

void memory_kill_blame(struct memory_kill *last, struct round *round)
{
	struct memory_kill now;
	bool is_kill;

	if (!is_death(round))
		return;
	memory_kill_begin(last->root, &now);
	is_kill = has_kill(last, &now) || has_risen(last->kills, now.kills);
	if (is_kill) {
		round->error = 0;
		explain(last, &now, round->reason, sizeof(round->reason));
	}
	*last = now;
}
