/* SPDX-License-Identifier: MIT */
/* check_environment - lib/host/environment on fake machines. */
#include "../kit/fake-root.h"
#include "host/environment.h"
#include "../kit/suite.h"

#define CPU "/sys/devices/system/cpu"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct fake_root fake;
static struct environment environment;

static void set_up(void)
{
	fake_root_new(&fake);
}

static void tear_down(void)
{
	fake_root_free(&fake);
}

static const struct environment *read_again(void)
{
	ck_assert_int_eq(environment_read(fake.path, &environment), 0);
	return &environment;
}

static const struct fake_file server[] = {
	{ "/proc/sys/kernel/hostname", "node7\n" },
	{ "/proc/sys/kernel/osrelease", "6.1.0-18-amd64\n" },
	{ "/proc/sys/kernel/version",
	  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n" },
	{ "/proc/sys/kernel/arch", "x86_64\n" },
	{ "/proc/sys/kernel/randomize_va_space", "2\n" },
	{ "/proc/cmdline", "ro quiet preempt=full nmi_watchdog=0\n" },
	{ "/proc/cpuinfo", "processor\t: 0\ncpu family\t: 6\n"
	  "model name\t: Intel(R) Xeon(R)\nmicrocode\t: 0x2b\n"
	  "flags\t\t: fpu tsc not_hypervisor\n" },
	{ "/proc/self/cgroup", "0::/user.slice/job\n" },
	{ "/boot/config-6.1.0-18-amd64", "CONFIG_HZ_250=y\nCONFIG_HZ=250\n" },
	{ CPU "/online", "0-7,10\n" },
	{ CPU "/smt/active", "1\n" },
	{ CPU "/cpu0/cpufreq/scaling_driver", "intel_pstate\n" },
	{ CPU "/cpufreq/policy0/scaling_governor", "powersave\n" },
	{ CPU "/cpufreq/policy1/scaling_governor", "performance\n" },
	{ CPU "/cpufreq/policy2/scaling_governor", "powersave\n" },
	{ CPU "/intel_pstate/no_turbo", "0\n" },
	{ CPU "/vulnerabilities/l1tf", "Not affected\n" },
	{ CPU "/vulnerabilities/mds",
	  "Vulnerable: Clear CPU buffers attempted\n" },
	{ CPU "/vulnerabilities/retbleed", "Mitigation: IBRS\n" },
	{ CPU "/vulnerabilities/spectre_v1", "Mitigation: usercopy/swapgs "
	  "barriers and __user pointer sanitization\n" },
	{ "/sys/devices/system/node/online", "0-1\n" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	  "tsc\n" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled",
	  "[always] madvise never\n" },
	{ "/sys/class/dmi/id/sys_vendor", "Dell Inc.\n" },
	{ "/sys/class/dmi/id/product_name", "PowerEdge\n" },
	{ "/sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n" },
	{ "/sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n" },
};

START_TEST(a_server_is_read_whole)
{
	const struct environment *found = &environment;

	fake_root_write_all(&fake, server, COUNT(server));
	read_again();
	ck_assert_str_eq(found->hostname, "node7");
	ck_assert_str_eq(found->kernel_release, "6.1.0-18-amd64");
	ck_assert_str_eq(found->kernel_version, "#1 SMP PREEMPT_DYNAMIC "
			 "Debian 6.1.76-1 (2024-02-01)");
	ck_assert_str_eq(found->arch, "x86_64");
	ck_assert_str_eq(found->cpu_model, "Intel(R) Xeon(R)");
	ck_assert_str_eq(found->microcode, "0x2b");
	ck_assert_int_eq(found->cpus, 9);
	ck_assert_int_eq(found->nodes, 2);
	ck_assert_int_eq(found->smt, 1);
	ck_assert_str_eq(found->hypervisor, "");
	ck_assert_str_eq(found->container, "");
	ck_assert_str_eq(found->mitigations, "mds=Vulnerable: Clear CPU, "
			 "retbleed=IBRS, spectre_v1=usercopy/swapgs barriers");
	ck_assert_str_eq(found->governor, "powersave,performance");
	ck_assert_str_eq(found->frequency_driver, "intel_pstate");
	ck_assert_int_eq(found->turbo, 1);
	ck_assert_str_eq(found->thp, "always");
	ck_assert_str_eq(found->clocksource, "tsc");
	ck_assert_str_eq(found->cgroup_cpu_limit, "1.50 cpus");
	ck_assert_double_eq(found->cgroup_cpus, 1.5);
	ck_assert_str_eq(found->cmdline,
			 "ro quiet preempt=full nmi_watchdog=0");
	ck_assert_int_eq(found->hz, 250);
	ck_assert_str_eq(found->preempt, "PREEMPT_DYNAMIC (full)");
	ck_assert_int_eq(found->aslr, 2);
}
END_TEST

static void assert_nothing_known(const struct environment *found)
{
	ck_assert_str_eq(found->hostname, "");
	ck_assert_str_eq(found->kernel_release, "");
	ck_assert_str_eq(found->cpu_model, "");
	ck_assert_str_eq(found->hypervisor, "");
	ck_assert_str_eq(found->container, "");
	ck_assert_str_eq(found->mitigations, "");
	ck_assert_str_eq(found->governor, "");
	ck_assert_str_eq(found->thp, "");
	ck_assert_str_eq(found->clocksource, "");
	ck_assert_str_eq(found->cgroup_cpu_limit, "");
	ck_assert_str_eq(found->preempt, "");
	ck_assert_double_lt(found->cgroup_cpus, 0);
	ck_assert_int_lt(found->cpus, 0);
	ck_assert_int_lt(found->nodes, 0);
	ck_assert_int_lt(found->smt, 0);
	ck_assert_int_lt(found->turbo, 0);
	ck_assert_int_lt(found->hz, 0);
	ck_assert_int_lt(found->aslr, 0);
}

START_TEST(an_empty_tree_is_no_error)
{
	const struct environment *found = read_again();

	assert_nothing_known(found);
	/* These two tell of the program, and of the machine it runs on. */
	ck_assert_str_ne(found->libc, "");
	ck_assert_str_ne(found->compiler, "");
	ck_assert_str_ne(found->arch, "");
}
END_TEST

/* Files whose content is parsed, not only passed on. */
static const char *const parsed_files[] = {
	CPU "/online", CPU "/smt/active", CPU "/intel_pstate/no_turbo",
	CPU "/cpufreq/boost", "/sys/devices/system/node/online",
	"/proc/cpuinfo", "/proc/self/cgroup", "/proc/sys/kernel/version",
	"/proc/sys/kernel/randomize_va_space", "/proc/1/cgroup",
	"/sys/kernel/mm/transparent_hugepage/enabled",
	"/sys/fs/cgroup/cpu.max", "/boot/config-",
};

START_TEST(empty_and_malformed_files_are_missing_facts)
{
	static const char *const junk[] = {
		"", "\n", "[ x :-9 ,,\n", "-4294967295\n",
	};

	for (size_t i = 0; i < COUNT(parsed_files); i++)
		fake_root_write(&fake, parsed_files[i], junk[_i]);
	assert_nothing_known(read_again());
}
END_TEST

START_TEST(a_root_that_is_none)
{
	ck_assert_int_eq(environment_read(NULL, &environment), -EINVAL);
	ck_assert_int_eq(environment_read("", NULL), -EINVAL);
	ck_assert_int_eq(environment_read("/nonexistent/root", &environment),
			 -ENOENT);
	ck_assert_int_eq(environment_read("/dev/null", &environment),
			 -ENOTDIR);
	assert_nothing_known(&environment);
}
END_TEST

START_TEST(strange_bytes_do_not_reach_a_record)
{
	char huge[20000];

	fake_root_write(&fake, "/proc/sys/kernel/hostname", "a\tb\xff\x7f\n");
	memset(huge, 'x', sizeof(huge));
	fake_root_bytes(&fake, "/proc/cmdline", huge, sizeof(huge));
	fake_root_bytes(&fake, "/proc/cpuinfo", huge, sizeof(huge));
	read_again();
	ck_assert_str_eq(environment.hostname, "a?b??");
	ck_assert_str_eq(environment.cmdline, "");
	ck_assert_str_eq(environment.cpu_model, "");
}
END_TEST

static const struct {
	const char *cpuinfo;
	const char *model;
} models[] = {
	{ "processor\t: 0\ncpu\t\t: POWER9, altivec\n", "POWER9, altivec" },
	{ "system type : x\ncpu model\t\t: Loongson-3\n", "Loongson-3" },
	{ "hart\t: 0\nisa\t: rv64\nuarch\t: sifive,u74\n", "sifive,u74" },
	{ "CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
	  "implementer 0x41 part 0xd0c" },
	{ "cpu family\t: 6\n", "" },
};

START_TEST(cpu_models_of_other_architectures)
{
	fake_root_write(&fake, "/proc/cpuinfo", models[_i].cpuinfo);
	ck_assert_str_eq(read_again()->cpu_model, models[_i].model);
}
END_TEST

static const struct {
	const char *flags;	/* of cpuinfo */
	const char *vendor;
	const char *product;
	const char *clocks;
	const char *hypervisor;
} guests[] = {
	{ "fpu hypervisor lm", "QEMU\n", "Standard PC\n", "tsc",
	  "QEMU Standard PC" },
	{ "fpu hypervisor", "", "", "tsc kvm-clock acpi_pm", "KVM" },
	{ "hypervisor", "", "", "hyperv_clocksource_tsc_page", "Hyper-V" },
	{ "hypervisor", "", "", "", "unnamed" },
	{ "fpu", "Dell Inc.\n", "PowerEdge\n", "tsc", "" },
	{ "fpu hypervisorish", "", "", "kvm-clock", "" },
	{ "fpu", "Amazon EC2\n", "m5.metal\n", "tsc", "" },
	{ "fpu", "Amazon EC2\n", "m6g.large\n", "", "Amazon EC2 m6g.large" },
	{ "fpu", "Microsoft\n", "Virtual Machine\n", "",
	  "Microsoft Virtual Machine" },
};

START_TEST(hypervisors_are_named)
{
	char cpuinfo[128];

	snprintf(cpuinfo, sizeof(cpuinfo), "flags\t: %s\n", guests[_i].flags);
	fake_root_write(&fake, "/proc/cpuinfo", cpuinfo);
	fake_root_write(&fake, "/sys/class/dmi/id/sys_vendor",
			guests[_i].vendor);
	fake_root_write(&fake, "/sys/class/dmi/id/product_name",
			guests[_i].product);
	fake_root_write(&fake, "/sys/devices/system/clocksource/clocksource0/"
			"available_clocksource", guests[_i].clocks);
	ck_assert_str_eq(read_again()->hypervisor, guests[_i].hypervisor);
}
END_TEST

static const struct {
	const char *path;
	const char *content;
	const char *container;
} marks[] = {
	{ "/.dockerenv", "", "docker" },
	{ "/run/.containerenv", "", "podman" },
	{ "/run/systemd/container", "systemd-nspawn\n", "systemd-nspawn" },
	{ "/proc/1/cgroup", "0::/\n1:cpu:/kubepods/burstable\n", "kubepods" },
	{ "/proc/self/cgroup", "0::/system.slice/docker-12ab.scope\n",
	  "docker" },
	{ "/proc/1/cgroup", "0::/init.scope\n", "" },
};

START_TEST(containers_are_named)
{
	fake_root_write(&fake, marks[_i].path, marks[_i].content);
	fake_root_link(&fake, "/proc/self/ns/pid", "pid:[4026531999]");
	ck_assert_str_eq(read_again()->container, marks[_i].container);
}
END_TEST

/* A machine whose root is an unpacked image is no container; and without /proc nobody knows. */
START_TEST(the_initial_namespaces_overrule_a_mark)
{
	fake_root_write(&fake, "/.dockerenv", "");
	ck_assert_str_eq(read_again()->container, "");
	fake_root_link(&fake, "/proc/self/ns/uts", "uts:[4026531838]");
	fake_root_link(&fake, "/proc/self/ns/pid", "pid:[4026531999]");
	ck_assert_str_eq(read_again()->container, "docker");
	fake_root_remove(&fake, "/proc/self/ns/pid");
	fake_root_link(&fake, "/proc/self/ns/pid", "pid:[4026531836]");
	ck_assert_str_eq(read_again()->container, "");
}
END_TEST

static const struct {
	const char *membership;
	const char *path;
	const char *content;
	const char *limit;
} limits[] = {
	{ "0::/a\n", "/sys/fs/cgroup/a/cpu.max", "max 100000\n", "max" },
	{ "0::/a\n", "/sys/fs/cgroup/a/cpu.max", "200000 100000\n",
	  "2.00 cpus" },
	{ "0::/a\n", "/sys/fs/cgroup/a/cpu.max", "200000 0\n", "max" },
	{ "0::/a\n", "/sys/fs/cgroup/a/cpu.max", "junk\n", "max" },
	{ "4:cpu:/a\n", "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "50000\n",
	  "0.50 cpus" },
	{ "4:cpu:/a\n", "/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n",
	  "max" },
};

START_TEST(cpu_limits_of_both_versions)
{
	fake_root_write(&fake, "/proc/self/cgroup", limits[_i].membership);
	fake_root_write(&fake, limits[_i].path, limits[_i].content);
	fake_root_write(&fake, "/sys/fs/cgroup/cpu/a/cpu.cfs_period_us",
			"100000\n");
	ck_assert_str_eq(read_again()->cgroup_cpu_limit, limits[_i].limit);
	ck_assert((environment.cgroup_cpus < 0) ==
		  !strcmp(limits[_i].limit, "max"));
}
END_TEST

START_TEST(the_tightest_of_nested_limits_binds)
{
	fake_root_write(&fake, "/proc/self/cgroup", "0::/a/b/c\n");
	fake_root_write(&fake, "/sys/fs/cgroup/a/cpu.max", "300000 100000\n");
	fake_root_write(&fake, "/sys/fs/cgroup/a/b/cpu.max", "50000 50000\n");
	fake_root_write(&fake, "/sys/fs/cgroup/a/b/c/cpu.max",
			"200000 100000\n");
	ck_assert_str_eq(read_again()->cgroup_cpu_limit, "1.00 cpus");
}
END_TEST

static const struct {
	const char *version;
	const char *choice;	/* of debugfs */
	const char *cmdline;
	const char *preempt;
} preemptions[] = {
	{ "#1 SMP Thu", "", "", "none or voluntary" },
	{ "#1 SMP PREEMPT Thu", "", "quiet", "PREEMPT" },
	{ "#1 SMP PREEMPT_RT Thu", "", "", "PREEMPT_RT" },
	{ "#1 SMP PREEMPT_DYNAMIC Thu", "none (lazy) full", "",
	  "PREEMPT_DYNAMIC" },
	{ "#1 SMP PREEMPT_DYNAMIC", "none [lazy] full", "preempt=full",
	  "PREEMPT_DYNAMIC (lazy)" },
	{ "#1 SMP PREEMPT_DYNAMIC", "", "nopreempt=full", "PREEMPT_DYNAMIC" },
	{ "#1 SMP PREEMPT_DYNAMIC", "", "a preempt=none b",
	  "PREEMPT_DYNAMIC (none)" },
};

START_TEST(preemption_is_named)
{
	fake_root_write(&fake, "/proc/sys/kernel/version",
			preemptions[_i].version);
	fake_root_write(&fake, "/sys/kernel/debug/sched/preempt",
			preemptions[_i].choice);
	fake_root_write(&fake, "/proc/cmdline", preemptions[_i].cmdline);
	ck_assert_str_eq(read_again()->preempt, preemptions[_i].preempt);
}
END_TEST

START_TEST(turbo_from_either_driver)
{
	fake_root_write(&fake, CPU "/cpufreq/boost", "0\n");
	ck_assert_int_eq(read_again()->turbo, 0);
	fake_root_write(&fake, CPU "/intel_pstate/no_turbo", "0\n");
	ck_assert_int_eq(read_again()->turbo, 1);
}
END_TEST

START_TEST(this_machine_has_a_name_and_cpus)
{
	ck_assert_int_eq(environment_read("", &environment), 0);
	ck_assert_str_ne(environment.kernel_release, "");
	ck_assert_str_ne(environment.arch, "");
	/* Without /sys there is nothing to tell. */
	ck_assert(environment.cpus >= 1 || access("/sys/devices/system/cpu/online", R_OK));
}
END_TEST

static TCase *make_case(void)
{
	TCase *test_case = tcase_create("environment");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, a_server_is_read_whole);
	tcase_add_test(test_case, an_empty_tree_is_no_error);
	tcase_add_loop_test(test_case,
			    empty_and_malformed_files_are_missing_facts, 0, 4);
	tcase_add_test(test_case, a_root_that_is_none);
	tcase_add_test(test_case, strange_bytes_do_not_reach_a_record);
	tcase_add_loop_test(test_case, cpu_models_of_other_architectures, 0,
			    COUNT(models));
	tcase_add_loop_test(test_case, hypervisors_are_named, 0,
			    COUNT(guests));
	tcase_add_loop_test(test_case, containers_are_named, 0, COUNT(marks));
	tcase_add_test(test_case, the_initial_namespaces_overrule_a_mark);
	tcase_add_loop_test(test_case, cpu_limits_of_both_versions, 0,
			    COUNT(limits));
	tcase_add_test(test_case, the_tightest_of_nested_limits_binds);
	tcase_add_loop_test(test_case, preemption_is_named, 0,
			    COUNT(preemptions));
	tcase_add_test(test_case, turbo_from_either_driver);
	tcase_add_test(test_case, this_machine_has_a_name_and_cpus);
	return test_case;
}

int main(void)
{
	Suite *suite = suite_create("environment");

	suite_add_tcase(suite, make_case());
	return suite_run(suite);
}
