/* SPDX-License-Identifier: MIT */
/* A remedy is offered only where it is possible, and in words for whoever asks. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "host/noise.h"

#define GOVERNOR .governor = "powersave"
#define CLOCK .arch = "x86_64", .clocksource = "hpet"
#define VERSION_1 .cgroup_version = 1
#define ROOT .is_root = true

static struct noise_cpu cpus[2] = { { .cpu = 0, .is_measured = true }, { .cpu = 1, .is_measured = true } };

static const struct {
	const char *check;
	struct noise_snapshot before;
	struct environment environment;
	const char *has, *has_not;     /* words of the remedy */
} remedies[] = {
	{ "clocksource", { .has_tsc = true }, { CLOCK }, "root: echo tsc", "tsc=reliable" },
	{ "clocksource", { .has_tsc = true, ROOT }, { CLOCK }, "echo tsc", "root:" },
	{ "clocksource", { 0 }, { CLOCK }, "tsc=reliable", "echo tsc" },
	{ "clocksource", { 0 }, { CLOCK, .hypervisor = "KVM" }, "virtual machine", "echo tsc" },
	{ "governor", { .has_performance = true }, { GOVERNOR }, "root: echo performance", "cpupower" },
	{ "governor", { .has_performance = true, ROOT }, { GOVERNOR }, "echo performance", "root:" },
	{ "governor", { 0 }, { GOVERNOR }, "same governor", "echo performance" },
	{ "affinity", { .allowed_cpus = 1, .cpuset_cpus = 4 }, { .cpus = 4 }, "taskset", "cpuset" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = 2 }, { .cpus = 4 }, "cpuset", "taskset" },
	{ "affinity", { .allowed_cpus = 2, .cpuset_cpus = -1 }, { .cpus = 4 }, "taskset", "start with " },
	{ "cgroup-quota", { .cgroup_version = 2 }, { .cgroup_cpus = 1 }, "cpu.max", "cfs" },
	{ "cgroup-quota", { VERSION_1 }, { .cgroup_cpus = 1 }, "cpu.cfs_quota_us", "cpu.max" },
	{ "cgroup-quota", { VERSION_1, ROOT }, { .cgroup_cpus = 1 }, "cpu.cfs_quota_us", "root:" },
	{ "nmi-watchdog", { .nmi_watchdog = 1 }, { .cpus = 1 }, "root: sysctl", "absent" },
	{ "nmi-watchdog", { .nmi_watchdog = 1, ROOT }, { .cpus = 1 }, "sysctl", "root:" },
};

START_TEST(a_remedy_is_possible)
{
	struct noise_snapshot before = remedies[_i].before;
	struct warning warnings[NOISE_WARNINGS_MAX];
	const char *fix = NULL;
	size_t count;

	before.cpus = cpus;
	before.cpus_count = 2;
	ck_assert_int_eq(noise_judge(&before, NULL, &remedies[_i].environment, warnings,
				     NOISE_WARNINGS_MAX, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(warnings[i].check, remedies[_i].check))
			fix = warnings[i].fix;
	ck_assert_ptr_nonnull(fix);
	ck_assert_msg(strstr(fix, remedies[_i].has) != NULL, "%s", fix);
	ck_assert_msg(!strstr(fix, remedies[_i].has_not), "%s", fix);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("remedies");
	TCase *tcase = tcase_create("remedies");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, a_remedy_is_possible, 0, sizeof(remedies) / sizeof(remedies[0]));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
