/* SPDX-License-Identifier: MIT */
/*
 * host/noise-settings - the part of a snapshot that tells how the machine, this
 * process and its control group are set; see host/noise.h.
 *
 * All from files, getters included: so a test can play any process.
 */
#include "host/noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "host/noise-remedies.h"
#include "kernel/capability.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"

/* The lowest limit in file of our group and those above it; -1 none. */
static int64_t read_group_limit(const char *root, const char *controller,
				const char *file)
{
	struct sysfile_cgroup group;
	int64_t lowest = -1;
	char text[64];
	long long limit;

	if (sysfile_cgroup_find(root, controller, &group))
		return -1;
	do {
		if (!sysfile_cgroup_text(root, &group, file, text,
					 sizeof(text)) &&
		    sscanf(text, "%lld", &limit) == 1 && limit >= 0 &&
		    (lowest < 0 || limit < lowest))
			lowest = limit;
	} while (sysfile_cgroup_climb(&group));
	return lowest;
}

static int64_t read_group_throttles(const char *root)
{
	struct sysfile_cgroup group;
	int64_t total = -1, count;

	if (sysfile_cgroup_find(root, "cpu", &group))
		return -1;
	do {
		if (!sysfile_cgroup_keyed_integer(root, &group, "cpu.stat",
						  "nr_throttled", &count))
			total = noise_sum(total, count);
	} while (sysfile_cgroup_climb(&group));
	return total;
}

static int64_t lower_limit(int64_t a, int64_t b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

static int64_t limit_of(const char *text)
{
	long long limit;

	return sscanf(text, "%lld", &limit) == 1 && limit >= 0 ? limit : -1;
}

/* "Max processes  63432  unlimited  processes" */
static void read_process_limit(const char *root, struct noise_snapshot *ret)
{
	char text[128], soft[32] = "", hard[32] = "";

	sysfile_read_keyed(root, "/proc/self/limits", "Max processes", text, sizeof(text));
	sscanf(text, "%31s %31s", soft, hard);
	ret->processes_max = capability_exceeds_processes(root) ? -1 : limit_of(soft);
	ret->processes_hard_max = limit_of(hard);
}

static void read_group(const char *root, struct noise_snapshot *ret)
{
	read_process_limit(root, ret);
	ret->cgroup_throttles = read_group_throttles(root);
	ret->group_tasks_max = read_group_limit(root, "pids", "pids.max");
	ret->tasks_max = lower_limit(ret->group_tasks_max, ret->processes_max);
	/* The second name is version 1's. */
	ret->memory_max_bytes =
		lower_limit(read_group_limit(root, "memory", "memory.max"),
			    read_group_limit(root, "memory",
					     "memory.limit_in_bytes"));
}

/*
 * nice and policy are fields 19 and 41 of /proc/self/stat; field 2, the name
 * in brackets, may hold anything, so count from its end.
 */
static void read_scheduling(const char *root, struct noise_snapshot *ret)
{
	char text[2048];
	char *word, *rest;
	int field = 3;

	if (sysfile_read_text(root, "/proc/self/stat", text, sizeof(text)))
		return;
	word = strrchr(text, ')');
	if (!word)
		return;
	for (word = strtok_r(word + 1, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest), field++) {
		if (field == 19)
			ret->nice = atoi(word);
		if (field == 41)
			ret->policy = atoi(word);
	}
}

/* "/autogroup-5 nice 0" */
static void read_autogroup(const char *root, struct noise_snapshot *ret)
{
	int64_t is_enabled = 0;
	char text[128];
	const char *nice;

	sysfile_read_integer(root, "/proc/sys/kernel/sched_autogroup_enabled",
			     &is_enabled);
	if (!is_enabled ||
	    sysfile_read_text(root, "/proc/self/autogroup", text, sizeof(text)))
		return;
	nice = strstr(text, " nice ");
	if (nice)
		ret->autogroup_nice = atoi(nice + 6);
}

static void read_process(const char *root, struct noise_snapshot *ret)
{
	char persona[32];
	int allowed = sysfile_count_list(root, "/proc/self/status", "Cpus_allowed_list");
	int64_t seccomp = -1;

	ret->is_proc_missing = !sysfile_exists(root, "/proc/self/status");
	ret->is_proc_foreign = proc_view(root, getpid()) == PROC_OTHER;
	sysfile_read_text(root, "/proc/self/personality", persona,
			  sizeof(persona));
	ret->is_layout_fixed =
		strtoul(persona, NULL, 16) & ADDR_NO_RANDOMIZE;
	ret->allowed_cpus = allowed < 0 ? -1 : allowed;
	/* The count of filters is newer than the mode (5.9). */
	sysfile_read_keyed_integer(root, "/proc/self/status", "Seccomp",
				   &seccomp);
	if (seccomp <= 0)
		ret->seccomp_filters = seccomp;
	else if (ret->seccomp_filters < 1)
		ret->seccomp_filters = 1;
	read_scheduling(root, ret);
	read_autogroup(root, ret);
}

static int find_debug_option(char *line, void *context)
{
	static const char *const options[] = {
		"KASAN", "KCSAN", "KMSAN", "PROVE_LOCKING", "DEBUG_KMEMLEAK",
		"DEBUG_PAGEALLOC_ENABLE_DEFAULT", "SLUB_DEBUG_ON",
	};
	struct noise_snapshot *ret = context;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "CONFIG_%s=y", options[i]);
		if (!strcmp(line, wanted)) {
			strcpy(ret->debug_kernel, wanted);
			return 1;
		}
	}
	return 0;
}

static void read_debug_kernel(const char *root, struct noise_snapshot *ret)
{
	char release[128], path[256];

	if (sysfile_exists(root, "/proc/lockdep")) {
		strcpy(ret->debug_kernel, "lockdep");
		return;
	}
	sysfile_read_text(root, "/proc/sys/kernel/osrelease", release,
			  sizeof(release));
	snprintf(path, sizeof(path), "/boot/config-%s", release);
	sysfile_each_line(root, path, find_debug_option, ret);
}

struct supply_walk {
	const char *root;
	bool is_discharging;
};

/* A battery of scope "Device" is that of a mouse, say. */
static int look_at_supply(const char *name, void *context)
{
	struct supply_walk *walk = context;
	char path[SYSFILE_PATH_MAX], status[32], scope[32];

	snprintf(path, sizeof(path), "/sys/class/power_supply/%.200s/status",
		 name);
	sysfile_read_text(walk->root, path, status, sizeof(status));
	snprintf(path, sizeof(path), "/sys/class/power_supply/%.200s/scope",
		 name);
	sysfile_read_text(walk->root, path, scope, sizeof(scope));
	if (!strcmp(status, "Discharging") && strcmp(scope, "Device"))
		walk->is_discharging = true;
	return 0;
}

void noise_read_settings(const char *root, struct noise_snapshot *ret)
{
	struct supply_walk walk = { .root = root };

	read_process(root, ret);
	read_group(root, ret);
	noise_remedies_read(root, ret);
	read_debug_kernel(root, ret);
	sysfile_each_entry(root, "/sys/class/power_supply", look_at_supply,
			   &walk);
	ret->on_battery = walk.is_discharging;
	/* Root only, and only where tracefs is mounted. */
	sysfile_read_text(root, "/sys/kernel/tracing/current_tracer",
			  ret->tracer, sizeof(ret->tracer));
}
