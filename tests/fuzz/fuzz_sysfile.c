/* SPDX-License-Identifier: MIT */
/*
 * sysfile, environment and noise: files of /proc and /sys below a folder of ours.
 *
 * A file is a byte, its place in paths[], and what it holds, up to a byte 0xff.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/environment.h"
#include "host/noise.h"
#include "kernel/sysfile.h"

#define CPU "/sys/devices/system/cpu"
#define END 0xff
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const paths[] = {
	"/proc/stat", "/proc/interrupts", "/proc/loadavg", "/proc/meminfo", "/proc/vmstat",
	"/proc/cpuinfo", "/proc/cmdline", "/proc/self/cgroup", "/proc/self/status",
	"/proc/self/stat", "/proc/self/limits", "/proc/self/autogroup", "/proc/self/personality",
	"/proc/1/cgroup", "/proc/pressure/cpu", "/proc/sys/kernel/osrelease",
	"/proc/sys/kernel/version", "/proc/sys/kernel/sched_autogroup_enabled",
	"/sys/fs/cgroup/a/cpu.max", "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us",
	"/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "/sys/fs/cgroup/a/cpu.stat",
	"/sys/fs/cgroup/a/pids.max", "/sys/fs/cgroup/memory.max",
	CPU "/online", CPU "/cpu0/topology/thread_siblings_list",
	CPU "/cpu0/thermal_throttle/core_throttle_count", CPU "/vulnerabilities/meltdown",
	CPU "/cpufreq/policy0/scaling_governor", "/sys/kernel/mm/transparent_hugepage/enabled",
	"/sys/class/power_supply/BAT0/status", "/boot/config-6.1", "/sys/class/dmi/id/sys_vendor",
};

static char root[512];
static bool is_made[COUNT_OF(paths)];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

static void remove_root(void)
{
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Made once, with all folders: to make them takes longer than what is looked at. */
static void make_root(void)
{
	static bool has_root;

	if (has_root)
		return;
	fuzz_temporary(root, sizeof(root), "handoff-fuzz-root.XXXXXX");
	FUZZ_CLAIM(mkdtemp(root));
	has_root = true;
	atexit(remove_root);
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		char full[1024];

		snprintf(full, sizeof(full), "%s%s", root, paths[i]);
		for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
			*slash = 0;
			FUZZ_CLAIM(!mkdir(full, 0700) || errno == EEXIST);
			*slash = '/';
		}
	}
}

static void write_file(size_t i, const uint8_t *bytes, size_t count)
{
	char full[1024];
	int fd;

	snprintf(full, sizeof(full), "%s%s", root, paths[i]);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FUZZ_CLAIM(fd >= 0 && write(fd, bytes, count) == (ssize_t)count);
	close(fd);
	is_made[i] = true;
}

static void remove_files(void)
{
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		char full[1024];

		snprintf(full, sizeof(full), "%s%s", root, paths[i]);
		FUZZ_CLAIM(!is_made[i] || !unlink(full));
		is_made[i] = false;
	}
}

static void write_files(const uint8_t *data, size_t size)
{
	while (size > 1) {
		const uint8_t *end = memchr(data + 1, END, size - 1);
		size_t count = end ? (size_t)(end - data - 1) : size - 1;

		write_file(*data % COUNT_OF(paths), data + 1, count);
		data += count + 1 + (end != NULL);
		size -= count + 1 + (end != NULL);
	}
}

static void claim_printable(const char *text, size_t size)
{
	FUZZ_CLAIM(memchr(text, 0, size));
	for (; *text; text++)
		FUZZ_CLAIM(*text >= ' ' && *text <= '~');
}

static void check_environment(struct environment *ret)
{
	FUZZ_CLAIM(!environment_read(root, ret));
	claim_printable(ret->cpu_model, sizeof(ret->cpu_model));
	claim_printable(ret->cmdline, sizeof(ret->cmdline));
	claim_printable(ret->mitigations, sizeof(ret->mitigations));
	claim_printable(ret->cgroup_cpu_limit, sizeof(ret->cgroup_cpu_limit));
	claim_printable(ret->preempt, sizeof(ret->preempt));
	FUZZ_CLAIM(ret->cpus <= SYSFILE_CPU_MAX + 1 && ret->hz < 1000000);
}

static void check_noise(const struct environment *environment)
{
	static const int cpus[] = { 0, 3 };
	struct noise_snapshot before, after;
	struct warning warnings[NOISE_WARNINGS_MAX];
	size_t count = 0;

	FUZZ_CLAIM(!noise_snapshot_take(root, cpus, 2, &before));
	FUZZ_CLAIM(!noise_snapshot_take(root, cpus, 2, &after));
	after.taken_ns = before.taken_ns + 1000000000;
	/* Counters from nothing to what the files say are the largest rises there are. */
	for (size_t i = 0; i < before.cpus_count; i++)
		before.cpus[i].total_ticks = before.cpus[i].steal_ticks =
			before.cpus[i].idle_ticks = before.cpus[i].throttles = 0;
	before.swapped_in_pages = before.compactions = before.cgroup_throttles = 0;
	FUZZ_CLAIM(before.cpus_count == after.cpus_count && before.cpus_count <= 130);
	FUZZ_CLAIM(!noise_judge(&before, &after, environment, warnings, NOISE_WARNINGS_MAX, &count));
	for (size_t i = 0; i < count; i++)
		FUZZ_CLAIM(*warnings[i].found && *warnings[i].check);
	noise_snapshot_done(&before);
	noise_snapshot_done(&after);
}

static void check_cgroup(const char *controller)
{
	struct sysfile_cgroup group;
	size_t length;

	if (sysfile_cgroup_find(root, controller, &group))
		return;
	do
		length = strlen(group.path);
	while (sysfile_cgroup_climb(&group) && strlen(group.path) < length);
	FUZZ_CLAIM(strlen(group.path) <= length);
}

/* Numbers named one by one are the same list. */
static void check_list(const char *text)
{
	int numbers[64], again[64];
	int length = 0, count = sysfile_parse_list(text, numbers, 64);
	char shown[64 * 8] = "";

	for (int i = 0; i < count; i++)
		length += snprintf(shown + length, sizeof(shown) - (size_t)length, "%s%d",
				   i ? "," : "", numbers[i]);
	if (count < 0)
		return;
	FUZZ_CLAIM(sysfile_parse_list(shown, again, 64) == count);
	FUZZ_CLAIM(!memcmp(numbers, again, (size_t)count * sizeof(int)));
	FUZZ_CLAIM(sysfile_parse_list(text, NULL, 0) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct environment environment;

	check_list(text);
	free(text);
	make_root();
	write_files(data, size);
	check_environment(&environment);
	check_noise(&environment);
	check_cgroup("cpu");
	check_cgroup("pids");
	remove_files();
	return 0;
}
