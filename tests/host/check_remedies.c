/* SPDX-License-Identifier: MIT */
/* A remedy is offered only where it is possible, and in words for whoever asks. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../kit/fake-root.h"
#include "host/noise-remedies.h"
#include "kernel/errno-reason.h"
#include "kernel/limit-remedy.h"
#include "../kit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MAY(file) .access[NOISE_FILE_##file] = FILE_ACCESS_OURS
#define ROOT_MAY(file) .access[NOISE_FILE_##file] = FILE_ACCESS_ROOT
#define UID_0 .is_root = true
#define TSC .has_tsc = true
#define PERFORMANCE .has_performance = true
#define V1 .cgroup_version = 1, .memory_version = 1
#define V2 .cgroup_version = 2, .memory_version = 2
#define TASKS(group, soft, hard, least) \
	.group_tasks_max = group, .processes_max = soft, .processes_hard_max = hard, .tasks_max = least
#define GUEST { .hypervisor = "KVM" }
#define BARE { .cpus = 0 }
#define CONTAINER { .container = "docker" }
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define GOVERNOR "echo performance | tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor"
#define THP "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
#define HARD "root: raise the hard limit (ulimit -Hu, limits.conf, LimitNPROC=)"
#define NO_QUOTA "start the container without a CPU limit"
#define SMT "echo off > /sys/devices/system/cpu/smt/control"

/* The whole remedy; NULL: none of the table, so that the check's own words hold. */
static const struct {
	const char *check;
	struct noise_snapshot before;
	struct environment environment;
	const char *fix;
} rows[] = {
	{ "clocksource", { TSC, ROOT_MAY(CLOCKSOURCE) }, BARE, "root: echo tsc > " CLOCKSOURCE },
	{ "clocksource", { TSC, MAY(CLOCKSOURCE), UID_0 }, BARE, "echo tsc > " CLOCKSOURCE },
	{ "clocksource", { TSC, ROOT_MAY(CLOCKSOURCE), UID_0 }, BARE,
	  "root of the host: echo tsc > " CLOCKSOURCE },
	{ "clocksource", { TSC, UID_0 }, BARE, NULL },
	{ "clocksource", { ROOT_MAY(CLOCKSOURCE) }, BARE,
	  "boot with tsc=reliable, if the TSC is known to be" },
	{ "clocksource", { ROOT_MAY(CLOCKSOURCE) }, GUEST,
	  "choose a kind of virtual machine whose TSC the kernel trusts" },
	{ "cgroup-quota", { V2, ROOT_MAY(CPU_MAX) }, BARE, "root: echo max > cpu.max of the group" },
	{ "cgroup-quota", { V1, ROOT_MAY(CPU_QUOTA) }, CONTAINER,
	  "root: echo -1 > cpu.cfs_quota_us of the group; " NO_QUOTA },
	{ "cgroup-quota", { V2, UID_0 }, CONTAINER, NO_QUOTA },
	{ "cgroup-quota", { V2, UID_0 }, BARE, NULL },
	{ "cgroup-throttled", { V2, MAY(CPU_MAX) }, BARE, "echo max > cpu.max of the group" },
	{ "cgroup-throttled", { V1, MAY(CPU_QUOTA) }, BARE,
	  "echo -1 > cpu.cfs_quota_us of the group" },
	{ "cgroup-throttled", { V1 }, CONTAINER, NO_QUOTA },
	{ "cgroup-throttled", { V2, UID_0 }, BARE, NULL },
	{ "cgroup-throttled", { V2, MAY(CPU_MAX), MAY(CPU_QUOTA) }, BARE,
	  "echo max > cpu.max of the group" },
	{ "cgroup-throttled", { V1, MAY(CPU_MAX), MAY(CPU_QUOTA) }, BARE,
	  "echo -1 > cpu.cfs_quota_us of the group" },
	{ "affinity", { .allowed_cpus = 1, .cpuset_cpus = 4 }, BARE, "start without taskset" },
	{ "affinity", { .allowed_cpus = 1, .cpuset_cpus = 4, MAY(CPUSET) }, BARE,
	  "start without taskset" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = -1 }, BARE, "start without taskset" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = 2, ROOT_MAY(CPUSET) }, BARE,
	  "root: widen cpuset.cpus of the group" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = 2, UID_0 }, CONTAINER,
	  "start the container with more CPUs" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = 2 }, BARE, NULL },
	{ "governor", { PERFORMANCE, ROOT_MAY(GOVERNOR) }, BARE, "root: " GOVERNOR },
	{ "governor", { PERFORMANCE }, BARE, NULL },
	{ "governor", { MAY(GOVERNOR) }, BARE, NULL },
	{ "thp", { ROOT_MAY(THP) }, BARE, "root: " THP },
	{ "thp", { UID_0 }, CONTAINER, NULL },
	{ "ksm", { MAY(KSM) }, BARE, "echo 0 > /sys/kernel/mm/ksm/run" },
	{ "ksm", { UID_0 }, BARE, NULL },
	{ "aslr", { .is_layout_fixed = true, MAY(ASLR) }, BARE, "start without setarch -R" },
	{ "aslr", { ROOT_MAY(ASLR) }, BARE, "root: sysctl kernel.randomize_va_space=2" },
	{ "aslr", { UID_0 }, BARE, NULL },
	{ "autogroup", { MAY(AUTOGROUP) }, BARE,
	  "echo 0 > /proc/self/autogroup; start under setsid" },
	{ "autogroup", { 0 }, BARE, "start under setsid" },
	{ "seccomp", { 0 }, CONTAINER, "run outside the container, or with seccomp unconfined" },
	{ "seccomp", { 0 }, BARE,
	  "start from a shell or a service without SystemCallFilter= and sandbox" },
	{ "tracing", { MAY(TRACER) }, BARE, "echo nop > /sys/kernel/tracing/current_tracer" },
	{ "tracing", { UID_0 }, BARE, NULL },
	{ "nmi-watchdog", { ROOT_MAY(NMI_WATCHDOG) }, BARE, "root: sysctl kernel.nmi_watchdog=0" },
	{ "nmi-watchdog", { UID_0 }, CONTAINER, NULL },
	{ "task-limit", { TASKS(50, -1, -1, 50), ROOT_MAY(PIDS_MAX) }, BARE,
	  "root: raise pids.max of the group" },
	{ "task-limit", { TASKS(50, -1, -1, 50) }, BARE, NULL },
	{ "task-limit", { TASKS(-1, 50, 60, 50), MAY(PIDS_MAX) }, BARE, "raise ulimit -u" },
	{ "task-limit", { TASKS(-1, 50, -1, 50) }, BARE, "raise ulimit -u" },
	{ "task-limit", { TASKS(-1, 50, 50, 50) }, BARE, HARD },
	{ "task-limit", { TASKS(-1, 50, 50, 50), UID_0 }, BARE, HARD },
	{ "task-limit", { TASKS(-1, 50, 50, 50), .may_raise_limits = true }, BARE,
	  "raise ulimit -u" },
	{ "task-limit", { TASKS(70, 50, 60, 50), MAY(PIDS_MAX) }, BARE, "raise ulimit -u" },
	{ "task-limit", { TASKS(50, 50, 50, 50), MAY(PIDS_MAX) }, BARE,
	  "raise pids.max of the group; " HARD },
	{ "memory-limit", { V2, ROOT_MAY(MEMORY_MAX) }, BARE, "root: raise memory.max of the group" },
	{ "memory-limit", { V1, ROOT_MAY(MEMORY_LIMIT) }, BARE,
	  "root: raise memory.limit_in_bytes of the group" },
	{ "memory-limit", { V1, UID_0 }, CONTAINER, "start the container with more memory" },
	{ "memory-limit", { V1, MAY(MEMORY_MAX), MAY(MEMORY_LIMIT) }, BARE,
	  "raise memory.limit_in_bytes of the group" },
	{ "memory-limit", { V2, MAY(MEMORY_MAX), MAY(MEMORY_LIMIT) }, BARE,
	  "raise memory.max of the group" },
	{ "memory-limit", { V2 }, BARE, NULL },
	{ "gaps", { .allowed_cpus = 2 }, BARE, "choose another CPU, or a quieter machine or hour" },
	{ "gaps", { .allowed_cpus = -1 }, BARE, "choose another CPU, or a quieter machine or hour" },
	{ "gaps", { .allowed_cpus = 1 }, BARE, NULL },
	{ "interrupts", { .allowed_cpus = 2, ROOT_MAY(IRQ) }, { .cpus = 2 },
	  "choose another CPU; root: write /proc/irq/N/smp_affinity_list" },
	{ "interrupts", { .allowed_cpus = 1, MAY(IRQ) }, { .cpus = 2 },
	  "write /proc/irq/N/smp_affinity_list" },
	{ "interrupts", { .allowed_cpus = 1, MAY(IRQ) }, { .cpus = 1 }, NULL },
	{ "interrupts", { .allowed_cpus = 1 }, { .cpus = 2 }, NULL },
	{ "smt-sibling", { ROOT_MAY(SMT), .is_smt_on = true }, BARE,
	  "keep the whole core free; root: " SMT },
	{ "smt-sibling", { ROOT_MAY(SMT) }, BARE, "keep the whole core free" },
	{ "smt-sibling", { .is_smt_on = true, UID_0 }, BARE, "keep the whole core free" },
	{ "compaction", { ROOT_MAY(THP) }, BARE, "root: " THP "; free memory" },
	{ "compaction", { UID_0 }, BARE, "free memory" },
	{ "numa-balancing", { ROOT_MAY(NUMA_BALANCING) }, { .nodes = 2 },
	  "bind memory with --memory; root: sysctl kernel.numa_balancing=0" },
	{ "numa-balancing", { UID_0 }, { .nodes = 2 }, "bind memory with --memory" },
	{ "numa-balancing", { MAY(NUMA_BALANCING) }, { .nodes = 1 },
	  "sysctl kernel.numa_balancing=0" },
	{ "load", { UID_0 }, CONTAINER, NULL },
};

START_TEST(a_remedy_is_possible)
{
	const struct noise_case c = { .before = &rows[_i].before,
				      .environment = &rows[_i].environment };
	struct warning warning = { .fix = "its own" };
	bool is_offered = noise_remedies_offer(rows[_i].check, &c, warning.fix, sizeof(warning.fix));

	ck_assert_int_eq(is_offered, rows[_i].fix != NULL);
	ck_assert_str_eq(warning.fix, rows[_i].fix ? rows[_i].fix : "its own");
}
END_TEST

/* Through the judge, as a tool asks it. */
static const char *judged_fix(const struct noise_snapshot *before, const char *check,
			      struct warning warnings[NOISE_WARNINGS_MAX])
{
	const struct environment environment = { .cpus = 1 };
	size_t count;

	ck_assert_int_eq(noise_judge(before, NULL, &environment, warnings, NOISE_WARNINGS_MAX,
				     &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(warnings[i].check, check))
			return warnings[i].fix;
	ck_abort_msg("no warning of %s", check);
}

START_TEST(a_warning_has_the_remedy_or_else_its_own_words)
{
	const struct noise_snapshot may = { .nmi_watchdog = 1, ROOT_MAY(NMI_WATCHDOG) };
	const struct noise_snapshot cannot = { .nmi_watchdog = 1, UID_0 };
	struct warning warnings[NOISE_WARNINGS_MAX];

	ck_assert_str_eq(judged_fix(&may, "nmi-watchdog", warnings),
			 "root: sysctl kernel.nmi_watchdog=0");
	ck_assert_ptr_null(strstr(judged_fix(&cannot, "nmi-watchdog", warnings), "sysctl"));
}
END_TEST

START_TEST(gaps_name_another_cpu_where_there_is_one)
{
	const struct noise_gaps gaps = { .scanned_ns = 1000, .lost_ns = 1000 };
	struct warning warning;

	ck_assert(noise_gap_judge(&gaps, 0, 2, &warning));
	ck_assert_ptr_nonnull(strstr(warning.fix, "another CPU"));
	ck_assert(noise_gap_judge(&gaps, 0, 1, &warning));
	ck_assert_ptr_null(strstr(warning.fix, "another CPU"));
	ck_assert_str_ne(warning.fix, "");
}
END_TEST

static const struct {
	mode_t mode;
	unsigned long mount_flags;
	bool is_writable;
	enum file_access access;
} accesses[] = {
	{ 0644, 0, true, FILE_ACCESS_OURS },
	{ 0644, 0, false, FILE_ACCESS_ROOT },
	{ 0200, ST_NOSUID, false, FILE_ACCESS_ROOT },
	{ 0644, ST_RDONLY, true, FILE_ACCESS_NONE },
	{ 0644, ST_RDONLY | ST_NOSUID, false, FILE_ACCESS_NONE },
	{ 0444, 0, true, FILE_ACCESS_NONE },
	{ 0444, 0, false, FILE_ACCESS_NONE },
};

START_TEST(a_file_is_written_by_somebody)
{
	ck_assert_int_eq(file_access_judge(accesses[_i].mode, accesses[_i].mount_flags,
					   accesses[_i].is_writable), accesses[_i].access);
}
END_TEST

static struct fake_root fake;

static void set_up(void)
{
	fake_root_new(&fake);
}

static void tear_down(void)
{
	fake_root_free(&fake);
}

static void write_with_mode(const char *path, const char *content, mode_t mode)
{
	char full[FAKE_PATH_MAX];

	fake_root_write(&fake, path, content);
	fake_root_parents(&fake, path, full);
	ck_assert_int_eq(chmod(full, mode), 0);
}

START_TEST(files_are_looked_at)
{
	struct noise_snapshot here = { 0 };

	fake_root_write(&fake, "/proc/self/cgroup", "3:memory:/m/n\n2:cpu:/c\n0::/\n");
	fake_root_write(&fake, "/sys/fs/cgroup/memory/m/n/tasks", "");
	write_with_mode("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "1\n", 0644);
	write_with_mode("/sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "1\n", 0444);
	write_with_mode("/sys/devices/system/cpu/smt/control", "on\n", 0644);
	write_with_mode("/proc/sys/kernel/nmi_watchdog", "1\n", 0444);
	noise_remedies_read(fake.path, &here);
	ck_assert_int_eq(here.memory_version, 1);
	ck_assert_int_eq(here.access[NOISE_FILE_MEMORY_LIMIT], FILE_ACCESS_OURS);
	ck_assert_int_eq(here.access[NOISE_FILE_MEMORY_MAX], FILE_ACCESS_NONE);
	ck_assert_int_eq(here.access[NOISE_FILE_CPU_QUOTA], FILE_ACCESS_NONE);
	ck_assert_int_eq(here.access[NOISE_FILE_SMT], FILE_ACCESS_OURS);
	ck_assert_int_eq(here.access[NOISE_FILE_NMI_WATCHDOG], FILE_ACCESS_NONE);
	ck_assert_int_eq(here.access[NOISE_FILE_THP], FILE_ACCESS_NONE);
	ck_assert(here.is_smt_on);
	write_with_mode("/sys/devices/system/cpu/smt/control", "notsupported\n", 0644);
	noise_remedies_read(fake.path, &here);
	ck_assert(!here.is_smt_on);
}
END_TEST

#define FIRST "         0          0 4294967295\n"
#define RESOURCE "CapEff:\t0000000001000000\n"

static const struct {
	const char *status, *uid_map;    /* NULL: the file is not there */
	bool is_effective;
} capabilities[] = {
	{ RESOURCE, FIRST, true },
	{ RESOURCE, NULL, true },
	{ "Uid:\t0\t0\t0\t0\nCapEff:\t0000000000800000\n", FIRST, false },
	{ "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t000001ffffffffff\n", FIRST, true },
	{ "CapEff:\t000001ffffffffff\n", "         0       1000          1\n", false },
	{ NULL, FIRST, false },
};

START_TEST(limits_are_raised_by_a_capability_and_not_by_a_number)
{
	struct noise_snapshot here = { 0 };

	if (capabilities[_i].status)
		fake_root_write(&fake, "/proc/self/status", capabilities[_i].status);
	if (capabilities[_i].uid_map)
		fake_root_write(&fake, "/proc/self/uid_map", capabilities[_i].uid_map);
	noise_remedies_read(fake.path, &here);
	ck_assert_int_eq(here.may_raise_limits, capabilities[_i].is_effective);
}
END_TEST

static const struct {
	const char *status, *uid_map;
	bool does_exceed;
} accounts[] = {
	{ "Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n", FIRST, true },
	{ "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n", "         0       1000          1\n",
	  false },
	{ "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n", FIRST, false },
	{ "Uid:\t1000\t1000\t1000\t1000\n" RESOURCE, FIRST, true },
	{ "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000200000\n", FIRST, true },
};

START_TEST(a_limit_of_processes_binds_who_may_not_exceed_it)
{
	struct noise_snapshot here;

	fake_root_write(&fake, "/proc/self/status", accounts[_i].status);
	fake_root_write(&fake, "/proc/self/uid_map", accounts[_i].uid_map);
	fake_root_write(&fake, "/proc/self/limits",
			"Max processes             60                   90                   processes\n");
	ck_assert_int_eq(noise_snapshot_take(fake.path, NULL, 0, &here), 0);
	ck_assert_int_eq(here.processes_max, accounts[_i].does_exceed ? -1 : 60);
	ck_assert_int_eq(here.processes_hard_max, 90);
	noise_snapshot_done(&here);
}
END_TEST

static const struct {
	rlim_t soft, hard;
	bool has_capability, is_ours;
} limits[] = {
	{ 10, 20, false, true },
	{ 10, RLIM_INFINITY, false, true },
	{ 10, 10, false, false },
	{ 10, 10, true, true },
};

START_TEST(a_limit_is_raised_by_us_below_the_hard_one)
{
	ck_assert_int_eq(limit_is_ours(limits[_i].soft, limits[_i].hard, limits[_i].has_capability),
			 limits[_i].is_ours);
}
END_TEST

START_TEST(each_limit_has_words_for_both)
{
	static const int resources[] = { RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_MEMLOCK,
					 RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING };

	for (size_t i = 0; i < COUNT(resources); i++) {
		const char *ours = limit_remedy_words(resources[i], true);
		const char *roots = limit_remedy_words(resources[i], false);

		ck_assert_msg(!strncmp(ours, "raise ulimit -", 14), "%s", ours);
		ck_assert_msg(!strncmp(roots, "root may raise the hard limit (ulimit -H", 40), "%s",
			      roots);
		ck_assert_int_eq(ours[14], roots[40]);
	}
	ck_assert_str_eq(limit_remedy_words(RLIMIT_MEMLOCK, true), "raise ulimit -l");
}
END_TEST

static const struct {
	int error;
	struct errno_suspects suspects;
	const char *has, *has_not;
} reasons[] = {
	{ EPERM, { .has_filter = true }, "a seccomp filter", "absent" },
	{ -EACCES, { .has_filter = false }, "by rights or a security module", "seccomp" },
	{ ENOSYS, { .has_filter = true }, "seccomp", "absent" },
	{ -ENOSYS, { .has_filter = false }, "not in this kernel", "seccomp" },
	{ EMFILE, { .may_raise_descriptors = true }, "raise ulimit -n", "root" },
	{ EMFILE, { .may_raise_descriptors = false }, "root may raise", "raise ulimit" },
	{ ENOMEM, { .has_filter = false }, "control group", "memory.max" },
};

START_TEST(a_reason_blames_what_is_here)
{
	const char *reason = errno_reason_among(reasons[_i].error, &reasons[_i].suspects);

	ck_assert_msg(strstr(reason, reasons[_i].has) != NULL, "%s", reason);
	ck_assert_msg(!strstr(reason, reasons[_i].has_not), "%s", reason);
}
END_TEST

START_TEST(a_filter_is_seen)
{
	/* Where nobody tells, it may be. */
	ck_assert(errno_filter_is_possible(fake.path));
	fake_root_write(&fake, "/proc/self/status", "Seccomp:\t0\n");
	ck_assert(!errno_filter_is_possible(fake.path));
	fake_root_write(&fake, "/proc/self/status", "Seccomp:\t2\n");
	ck_assert(errno_filter_is_possible(fake.path));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("remedies");
	TCase *tcase = tcase_create("remedies");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, a_remedy_is_possible, 0, COUNT(rows));
	tcase_add_test(tcase, a_warning_has_the_remedy_or_else_its_own_words);
	tcase_add_test(tcase, gaps_name_another_cpu_where_there_is_one);
	tcase_add_loop_test(tcase, a_file_is_written_by_somebody, 0, COUNT(accesses));
	tcase_add_test(tcase, files_are_looked_at);
	tcase_add_loop_test(tcase, limits_are_raised_by_a_capability_and_not_by_a_number, 0,
			    COUNT(capabilities));
	tcase_add_loop_test(tcase, a_limit_is_raised_by_us_below_the_hard_one, 0, COUNT(limits));
	tcase_add_loop_test(tcase, a_limit_of_processes_binds_who_may_not_exceed_it, 0,
			    COUNT(accounts));
	tcase_add_test(tcase, each_limit_has_words_for_both);
	tcase_add_loop_test(tcase, a_reason_blames_what_is_here, 0, COUNT(reasons));
	tcase_add_test(tcase, a_filter_is_seen);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
