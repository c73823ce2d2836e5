/* SPDX-License-Identifier: MIT */
/* check_noise - the snapshots and checks of lib/host/noise on fake machines. */
#include "../kit/fake-root.h"
#include "host/noise.h"
#include "../kit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CPU "/sys/devices/system/cpu"
#define RUN_NS INT64_C(10000000000)

#define STAT_CPU0 "cpu0 100 0 100 1000 0 0 0 5 0 0\n"
#define STAT_CPU1 "cpu1 100 0 100 1000 0 0 0 5 0 0\n"
#define STAT_CPU2 "cpu2 0 0 0 1200 0 0 0 0 0 0\n"
#define STAT_CPU3 "cpu3 0 0 0 1200 0 0 0 0 0 0\n"
#define STAT_REST "intr 500 1 2\nctxt 700\nprocesses 90\n"
#define STATUS_START "Name:\tx\n"
#define STATUS_CALM "TracerPid:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n"
#define SELF_STAT(nice, policy) "1 (a) b (x) R 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 " \
	"20 " nice " 1 0 9 9 9 9 9 9 9 9 9 0 0 0 0 0 0 0 17 0 0 " policy \
	" 0 0 0 0\n"
#define INTERRUPTS(n) "           CPU0       CPU1       CPU3\n" \
	" 24:          5          " n "          7   PCI-MSI  nvme0q1\n" \
	" 25   90000   90000   90000   no colon, no counters\n" \
	"LOC:    9999999    9999999    9999999   Local timer interrupts\n" \
	"ERR:          0\n"
#define VMSTAT "pswpin 5\npswpout 6\nthp_collapse_alloc 7\ncompact_stall 8\n" \
	"compact_daemon_wake 9\nnuma_hint_faults 10\nnuma_pages_migrated 11\n"

static const struct fake_file healthy[] = {
	{ "/proc/stat", "cpu  1 2 3 4 5 6 7 8 0 0\n" STAT_CPU0 STAT_CPU1
	  STAT_CPU2 STAT_CPU3 STAT_REST },
	{ "/proc/interrupts", INTERRUPTS("6") },
	{ "/proc/vmstat", VMSTAT },
	{ "/proc/meminfo", "MemTotal: 1 kB\nDirty: 100 kB\nWriteback: 0 kB\n" },
	{ "/proc/loadavg", "3.00 3.00 3.00 1/84 3661\n" },
	{ "/proc/pressure/cpu", "some avg10=0.90 avg60=50.00 total=4139721\n" },
	{ "/proc/pressure/io", "some avg10=0.00 avg60=0.00 total=1\n" },
	{ "/proc/pressure/memory", "some avg10=0.00 avg60=0.00 total=1\n" },
	{ "/proc/cpuinfo", "flags : fpu tsc\n" },
	{ "/proc/self/status",
	  STATUS_START STATUS_CALM "Cpus_allowed_list:\t0-3\n" },
	{ "/proc/self/stat", SELF_STAT("0", "0") },
	{ "/proc/self/limits",
	  "Max processes             96365                96365      x\n" },
	{ "/proc/self/timerslack_ns", "50000\n" },
	{ "/proc/self/autogroup", "/autogroup-5 nice 0\n" },
	{ "/proc/self/personality", "00000000\n" },
	{ "/proc/self/cgroup", "0::/a/b\n" },
	{ "/proc/sys/kernel/osrelease", "6.1\n" },
	{ "/proc/sys/kernel/arch", "x86_64\n" },
	{ "/proc/sys/kernel/randomize_va_space", "2\n" },
	{ "/proc/sys/kernel/sched_autogroup_enabled", "1\n" },
	{ "/proc/sys/kernel/nmi_watchdog", "0\n" },
	{ "/proc/sys/kernel/numa_balancing", "1\n" },
	{ "/boot/config-6.1", "CONFIG_HZ=250\n# CONFIG_KASAN is not set\n"
	  "CONFIG_KASAN_STACK=y\n" },
	{ CPU "/online", "0-3\n" },
	{ CPU "/smt/active", "1\n" },
	{ CPU "/cpu0/topology/thread_siblings_list", "0,2\n" },
	{ CPU "/cpu1/topology/thread_siblings_list", "1,3\n" },
	{ CPU "/cpu0/thermal_throttle/core_throttle_count", "3\n" },
	{ CPU "/cpu0/thermal_throttle/package_throttle_count", "3\n" },
	{ CPU "/cpufreq/policy0/scaling_governor", "performance\n" },
	{ CPU "/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n" },
	{ CPU "/cpufreq/boost", "1\n" },
	{ CPU "/vulnerabilities/spectre_v2", "Mitigation: Retpolines\n" },
	{ "/sys/devices/system/node/online", "0-1\n" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	  "tsc\n" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled",
	  "always [madvise] never\n" },
	{ "/sys/kernel/mm/ksm/run", "0\n" },
	{ "/sys/kernel/tracing/current_tracer", "nop\n" },
	{ "/sys/class/power_supply/AC/online", "1\n" },
	{ "/sys/class/power_supply/BAT0/status", "Charging\n" },
	{ "/sys/class/power_supply/mouse/status", "Discharging\n" },
	{ "/sys/class/power_supply/mouse/scope", "Device\n" },
	{ "/sys/fs/cgroup/a/b/cpu.max", "200000 100000\n" },
	{ "/sys/fs/cgroup/a/b/cpu.stat", "nr_periods 0\nnr_throttled 4\n" },
	{ "/sys/fs/cgroup/a/cpu.stat", "nr_periods 0\nnr_throttled 1\n" },
	{ "/sys/fs/cgroup/a/b/pids.max", "max\n" },
	{ "/sys/fs/cgroup/a/b/memory.max", "max\n" },
};

static const int measured[] = { 0, 1 };

static struct fake_root fake;
static struct noise_snapshot before, after;
static struct environment environment;
static struct warning warnings[NOISE_WARNINGS_MAX];
static size_t warnings_count;

static void set_up(void)
{
	fake_root_new(&fake);
	fake_root_write_all(&fake, healthy, COUNT(healthy));
}

static void tear_down(void)
{
	noise_snapshot_done(&before);
	noise_snapshot_done(&after);
	fake_root_free(&fake);
}

static void take(struct noise_snapshot *snapshot)
{
	noise_snapshot_done(snapshot);
	ck_assert_int_eq(noise_snapshot_take(fake.path, measured,
					     COUNT(measured), snapshot), 0);
}

static void take_before(void)
{
	ck_assert_int_eq(environment_read(fake.path, &environment), 0);
	take(&before);
}

/* As if the run had lasted ten seconds. */
static void take_after(void)
{
	take(&after);
	after.taken_ns = before.taken_ns + RUN_NS;
}

static void judge(const struct noise_snapshot *end)
{
	ck_assert_int_eq(noise_judge(&before, end, &environment, warnings,
				     NOISE_WARNINGS_MAX, &warnings_count), 0);
}

static void assert_one(const char *check, enum warning_severity severity,
		       const char *found)
{
	if (!check) {
		ck_assert_msg(!warnings_count, "needless warning of %s: %s",
			      warnings[0].check, warnings[0].found);
		return;
	}
	ck_assert_uint_eq(warnings_count, 1);
	ck_assert_str_eq(warnings[0].check, check);
	ck_assert_int_eq(warnings[0].severity, severity);
	ck_assert_ptr_nonnull(strstr(warnings[0].found, found));
	ck_assert_str_ne(warnings[0].effect, "");
	ck_assert_str_ne(warnings[0].fix, "");
}

START_TEST(a_healthy_machine_gives_no_warning)
{
	take_before();
	take_after();
	judge(NULL);
	assert_one(NULL, 0, NULL);
	judge(&after);
	assert_one(NULL, 0, NULL);
}
END_TEST

START_TEST(a_snapshot_holds_what_was_read)
{
	const struct noise_cpu *cpu;

	take_before();
	ck_assert_uint_eq(before.cpus_count, 4);
	cpu = noise_snapshot_cpu(&before, 1);
	ck_assert_ptr_nonnull(cpu);
	ck_assert(cpu->is_measured);
	ck_assert_int_eq(cpu->total_ticks, 1205);
	ck_assert_int_eq(cpu->idle_ticks, 1000);
	ck_assert_int_eq(cpu->steal_ticks, 5);
	ck_assert_int_eq(cpu->device_interrupts, 6);
	ck_assert_int_eq(cpu->throttles, -1);
	ck_assert_int_eq(noise_snapshot_cpu(&before, 0)->throttles, 6);
	/* The columns of /proc/interrupts are the online CPUs only. */
	ck_assert_int_eq(noise_snapshot_cpu(&before, 2)->device_interrupts,
			 -1);
	ck_assert_int_eq(noise_snapshot_cpu(&before, 3)->device_interrupts, 7);
	ck_assert(!noise_snapshot_cpu(&before, 3)->is_measured);
	ck_assert_ptr_null(noise_snapshot_cpu(&before, 4));
	ck_assert_int_eq(before.interrupts, 500);
	ck_assert_int_eq(before.context_switches, 700);
	ck_assert_int_eq(before.forks, 90);
	ck_assert_int_eq(before.cgroup_throttles, 5);
	ck_assert_int_eq(before.compactions, 17);
	ck_assert_int_eq(before.runnable_others, 0);
	ck_assert_int_eq(before.unwritten_kib, 100);
	ck_assert_int_eq(before.allowed_cpus, 4);
	ck_assert_int_eq(before.tasks_max, 96365);
	ck_assert_int_eq(before.memory_max_bytes, -1);
	ck_assert_double_eq_tol(before.pressure_cpu_percent, 0.9, 1e-9);
}
END_TEST

static const struct setting_case {
	const char *path;
	const char *content;
	const char *check;	/* NULL: must stay silent */
	enum warning_severity severity;
	const char *found;
} setting_cases[] = {
	{ "/proc/cpuinfo", "flags : fpu hypervisor\n",
	  "vm", WARNING_INFORM, "unnamed" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	  "hpet\n", "clocksource", WARNING_REFUSE, "hpet" },
	{ "/sys/devices/system/clocksource/clocksource0/current_clocksource",
	  "kvm-clock\n", "clocksource", WARNING_WARN, "kvm-clock" },
	{ "/proc/lockdep", "all\n", "debug-kernel", WARNING_REFUSE,
	  "lockdep" },
	{ "/boot/config-6.1", "CONFIG_HZ=250\nCONFIG_KASAN=y\n",
	  "debug-kernel", WARNING_REFUSE, "CONFIG_KASAN=y" },
	{ "/sys/fs/cgroup/a/b/cpu.max", "150000 100000\n",
	  "cgroup-quota", WARNING_REFUSE, "1.50 cpus, 2 measured" },
	{ "/sys/fs/cgroup/a/cpu.max", "50000 100000\n",
	  "cgroup-quota", WARNING_REFUSE, "0.50 cpus" },
	{ "/proc/self/status",
	  STATUS_START STATUS_CALM "Cpus_allowed_list:\t1-2\n",
	  "affinity", WARNING_WARN, "2 of 4 CPUs" },
	{ CPU "/cpufreq/policy0/scaling_governor", "powersave\n",
	  "governor", WARNING_WARN, "powersave (acpi-cpufreq, turbo on)" },
	{ CPU "/cpufreq/policy4/scaling_governor", "ondemand\n",
	  "governor", WARNING_WARN, "performance,ondemand" },
	{ CPU "/cpufreq/policy0/scaling_governor", "userspace\n", NULL, 0,
	  NULL },
	{ "/proc/pressure/io", "some avg10=1.78 avg60=0.42 total=1\n",
	  "pressure", WARNING_WARN, "io 1.78 %" },
	{ "/proc/pressure/memory", "some avg10=1.01 avg60=0.42 total=1\n",
	  "pressure", WARNING_WARN, "memory 1.01 %" },
	/* What our last run left in the average is no load. */
	{ "/proc/pressure/cpu", "some avg10=80.00 avg60=0.42 total=1\n", NULL,
	  0, NULL },
	{ "/proc/loadavg", "0.00 0.00 0.00 2/84 3661\n",
	  "load", WARNING_WARN, "1 other" },
	{ "/proc/meminfo", "Dirty: 40000 kB\nWriteback: 40000 kB\n",
	  "unwritten", WARNING_WARN, "78 MiB" },
	{ "/sys/kernel/mm/transparent_hugepage/enabled",
	  "[always] madvise never\n", "thp", WARNING_INFORM, "always" },
	{ "/sys/kernel/mm/ksm/run", "1\n", "ksm", WARNING_WARN, "KSM" },
	{ "/proc/sys/kernel/randomize_va_space", "0\n",
	  "aslr", WARNING_INFORM, "randomize_va_space" },
	{ "/proc/self/personality", "00040000\n",
	  "aslr", WARNING_INFORM, "this process" },
	{ "/proc/self/timerslack_ns", "100000\n",
	  "timer-slack", WARNING_INFORM, "100000 ns" },
	{ "/proc/self/timerslack_ns", "1\n", NULL, 0, NULL },
	{ "/proc/self/autogroup", "/autogroup-5 nice -4\n",
	  "autogroup", WARNING_INFORM, "nice -4" },
	{ "/proc/self/stat", SELF_STAT("-5", "0"),
	  "policy", WARNING_WARN, "nice -5" },
	{ "/proc/self/stat", SELF_STAT("0", "1"),
	  "policy", WARNING_WARN, "policy 1" },
	{ "/proc/self/status", STATUS_START "Seccomp:\t2\nTracerPid:\t0\n"
	  "Cpus_allowed_list:\t0-3\n", "seccomp", WARNING_WARN, "1 seccomp" },
	{ "/proc/self/status", STATUS_START "Seccomp:\t2\nSeccomp_filters:\t3"
	  "\n", "seccomp", WARNING_WARN, "3 seccomp" },
	{ "/proc/self/status", STATUS_START "Seccomp:\t0\nTracerPid:\t77\n",
	  "ptrace", WARNING_WARN, "process 77" },
	{ "/proc/self/status", STATUS_START "NSpid:\t4711\t12\n",
	  "proc", WARNING_WARN, "another PID namespace" },
	{ "/sys/kernel/tracing/current_tracer", "function\n",
	  "tracing", WARNING_WARN, "function" },
	{ "/proc/sys/kernel/nmi_watchdog", "1\n",
	  "nmi-watchdog", WARNING_INFORM, "= 1" },
	{ "/sys/fs/cgroup/a/pids.max", "100\n",
	  "task-limit", WARNING_INFORM, "100 tasks" },
	{ "/proc/self/limits", "Max processes   64   unlimited  processes\n",
	  "task-limit", WARNING_INFORM, "64 tasks" },
	{ "/sys/fs/cgroup/a/b/memory.max", "134217728\n",
	  "memory-limit", WARNING_INFORM, "128 MiB" },
	{ "/sys/class/power_supply/BAT0/status", "Discharging\n",
	  "battery", WARNING_INFORM, "battery" },
};

START_TEST(each_setting_is_found_alone)
{
	const struct setting_case *one = &setting_cases[_i];

	fake_root_write(&fake, one->path, one->content);
	take_before();
	judge(NULL);
	assert_one(one->check, one->severity, one->found);
}
END_TEST

static const struct event_case {
	const char *path;
	const char *content;	/* after the run */
	const char *check;
	enum warning_severity severity;
	const char *found;
} event_cases[] = {
	{ "/proc/stat", STAT_CPU0 "cpu1 1000 0 100 1098 0 0 0 7 0 0\n",
	  "steal", WARNING_WARN, "0.20 % of CPU 1" },
	{ "/proc/stat", STAT_CPU0 "cpu1 100 0 100 1099 0 0 0 6 0 0\n",
	  NULL, 0, NULL },
	{ "/proc/stat", STAT_CPU0 "cpu1 9100 0 1000 1000 0 0 0 7 0 0\n",
	  NULL, 0, NULL },
	{ "/proc/stat", STAT_CPU0 STAT_CPU1 STAT_CPU2
	  "cpu3 500 0 0 1700 0 0 0 0 0 0\n",
	  "smt-sibling", WARNING_INFORM, "CPU 3, on a measured core, was 50" },
	{ "/proc/stat", STAT_CPU0 STAT_CPU1 STAT_CPU2
	  "cpu3 30 0 0 2170 0 0 0 0 0 0\n", NULL, 0, NULL },
	/* A sibling that the host keeps waiting is not busy. */
	{ "/proc/stat", STAT_CPU0 STAT_CPU1 STAT_CPU2
	  "cpu3 0 0 0 1700 0 0 0 500 0 0\n", NULL, 0, NULL },
	/* Counters that went back, as after suspension, say nothing. */
	{ "/proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\n", NULL, 0, NULL },
	{ "/sys/fs/cgroup/a/cpu.stat", "nr_throttled 2\n",
	  "cgroup-throttled", WARNING_REFUSE, "1 times" },
	{ CPU "/cpu0/thermal_throttle/package_throttle_count", "5\n",
	  "thermal", WARNING_WARN, "CPU 0 was slowed 2 times" },
	{ "/proc/interrupts", INTERRUPTS("20016"),
	  "interrupts", WARNING_WARN, "2001 device interrupts/s on CPU 1" },
	{ "/proc/interrupts", INTERRUPTS("9006"), NULL, 0, NULL },
	{ "/proc/interrupts", "CPU0 CPU1 CPU3\n 24: 5 6 90007 nvme0q1\n",
	  NULL, 0, NULL },
	{ "/proc/vmstat", "thp_collapse_alloc 28\n",
	  "compaction", WARNING_WARN, "21 huge pages" },
	{ "/proc/vmstat", "compact_stall 8\ncompact_daemon_wake 29\n",
	  "compaction", WARNING_WARN, "20 times" },
	{ "/proc/vmstat", "thp_collapse_alloc 12\n", NULL, 0, NULL },
	{ "/proc/vmstat", "numa_hint_faults 211\nnuma_pages_migrated 12\n",
	  "numa-balancing", WARNING_WARN, "201 NUMA hint faults, 1 pages" },
	{ "/proc/vmstat", "numa_hint_faults 20\n", NULL, 0, NULL },
	{ "/proc/vmstat", "pswpin 6\npswpout 6\n",
	  "swap", WARNING_WARN, "1 pages swapped in, 0 out" },
	{ "/proc/vmstat", "pswpin 5\npswpout 1006\n",
	  "swap", WARNING_REFUSE, "0 pages swapped in, 1000 out" },
};

START_TEST(each_event_is_found_alone)
{
	const struct event_case *one = &event_cases[_i];

	take_before();
	fake_root_write(&fake, one->path, one->content);
	take_after();
	judge(NULL);
	assert_one(NULL, 0, NULL);
	judge(&after);
	assert_one(one->check, one->severity, one->found);
}
END_TEST

static void assert_has_case(const char *check)
{
	for (size_t i = 0; i < COUNT(setting_cases); i++)
		if (setting_cases[i].check &&
		    !strcmp(setting_cases[i].check, check))
			return;
	for (size_t i = 0; i < COUNT(event_cases); i++)
		if (event_cases[i].check &&
		    !strcmp(event_cases[i].check, check))
			return;
	ck_abort_msg("check %s has no case here", check);
}

static void assert_words(const struct noise_check *check)
{
	struct warning fits;

	assert_has_case(check->name);
	ck_assert_uint_lt(strlen(check->effect), sizeof(fits.effect));
	ck_assert_uint_lt(strlen(check->fix), sizeof(fits.fix));
}

START_TEST(every_check_has_a_case_and_words_that_fit)
{
	for (size_t i = 0; i < noise_setting_checks_count; i++)
		assert_words(&noise_setting_checks[i]);
	for (size_t i = 0; i < noise_event_checks_count; i++)
		assert_words(&noise_event_checks[i]);
	ck_assert_uint_le(noise_setting_checks_count +
			  noise_event_checks_count, NOISE_WARNINGS_MAX);
}
END_TEST

/* Each of these is silent where another fact makes it harmless. */
START_TEST(checks_that_depend_on_the_machine)
{
	fake_root_write(&fake, "/sys/devices/system/clocksource/clocksource0/"
			"current_clocksource", "arch_sys_counter\n");
	fake_root_write(&fake, "/proc/sys/kernel/arch", "aarch64\n");
	fake_root_write(&fake, "/sys/devices/system/node/online", "0\n");
	fake_root_write(&fake, "/proc/sys/kernel/sched_autogroup_enabled",
			"0\n");
	fake_root_write(&fake, "/proc/self/autogroup",
			"/autogroup-5 nice 5\n");
	fake_root_write(&fake, CPU "/online", "0-3\n");
	take_before();
	fake_root_write(&fake, "/proc/vmstat", "numa_hint_faults 99999\n");
	take_after();
	judge(&after);
	assert_one(NULL, 0, NULL);
	/* CPUs taken offline during the run */
	after.cpus_count = 0;
	judge(&after);
	assert_one(NULL, 0, NULL);
	/* One other task is nothing on many CPUs. */
	before.runnable_others = 1;
	environment.cpus = 64;
	before.allowed_cpus = 64;
	judge(NULL);
	assert_one(NULL, 0, NULL);
	before.pressure_cpu_percent = 5;
	judge(NULL);
	assert_one("pressure", WARNING_WARN, "cpu 5.00 %");
}
END_TEST

START_TEST(sums_of_counters_that_may_be_unknown)
{
	ck_assert_int_eq(noise_sum(2, 3), 5);
	ck_assert_int_eq(noise_sum(-1, 3), 3);
	ck_assert_int_eq(noise_sum(2, -1), 2);
	ck_assert_int_eq(noise_sum(-1, -1), -1);
	ck_assert_int_eq(noise_sum(INT64_MAX, 1), -1);
}
END_TEST

START_TEST(limits_of_version_1)
{
	fake_root_write(&fake, "/proc/self/cgroup",
			"3:memory:/m\n2:pids:/p\n1:cpu:/c\n");
	fake_root_write(&fake, "/sys/fs/cgroup/memory/m/"
			"memory.limit_in_bytes", "9223372036854771712\n");
	fake_root_write(&fake, "/sys/fs/cgroup/memory/memory.limit_in_bytes",
			"1048576\n");
	fake_root_write(&fake, "/sys/fs/cgroup/pids/p/pids.max", "7\n");
	fake_root_write(&fake, "/sys/fs/cgroup/cpu/c/cpu.stat",
			"nr_throttled 3\n");
	take_before();
	ck_assert_int_eq(before.memory_max_bytes, 1048576);
	ck_assert_int_eq(before.tasks_max, 7);
	ck_assert_int_eq(before.cgroup_throttles, 3);
}
END_TEST

START_TEST(empty_files_are_silent_and_an_empty_tree_is_one_word)
{
	for (size_t i = 0; i < COUNT(healthy); i++)
		fake_root_write(&fake, healthy[i].path, "");
	take_before();
	take_after();
	judge(&after);
	assert_one(NULL, 0, NULL);
	for (size_t i = 0; i < COUNT(healthy); i++)
		fake_root_remove(&fake, healthy[i].path);
	take_before();
	take_after();
	judge(&after);
	assert_one("proc", WARNING_WARN, "not mounted");
	ck_assert_uint_eq(before.cpus_count, 2);
	ck_assert_int_eq(before.cpus[0].total_ticks, -1);
}
END_TEST

/* Whatever the files hold, it ends, in bounds (for the sanitizers). */
START_TEST(junk_is_survived)
{
	static const char *const junk[] = {
		"cpu0", "CPU0 CPU1\n 1:\n 2: 9\n 3: x\n:\n",
		"99999999999999999999 -1 99999999999999999999\n",
		"cpu0 -1 -1 -1 -1 -1 -1 -1 -1\nsome avg10=x\n",
		"0-99999999,,\n", ")\n) )\n", "a:b:c\n0::../..\n",
		"%s%n%s\n", "CPU99999999999 CPU-1 CPU\n",
		"CPU0 CPU1\n 1: 9223372036854775807 9\n"
		" 2: 9223372036854775807 -9223372036854775808\n",
		"cpu0 9223372036854775807 9223372036854775807 1 1 1 1 1 1\n"
		"compact_stall 9223372036854775807\ncompact_daemon_wake 7\n",
		"0.0 0.0 0.0 9223372036854775807/9\n",
	};

	for (size_t i = 0; i < COUNT(healthy); i++)
		fake_root_write(&fake, healthy[i].path, junk[_i]);
	take_before();
	take_after();
	judge(&after);
	ck_assert_uint_le(warnings_count, NOISE_WARNINGS_MAX);
}
END_TEST

START_TEST(huge_files_are_survived)
{
	size_t size = 3 << 20;
	char *bytes = malloc(size);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = "CPU0 1 2 3: \n"[i % (_i ? 12 : 13)];
	fake_root_bytes(&fake, "/proc/interrupts", bytes, size);
	fake_root_bytes(&fake, "/proc/stat", bytes, size);
	fake_root_bytes(&fake, "/proc/self/status", bytes, size);
	fake_root_bytes(&fake, "/proc/self/stat", bytes, size);
	free(bytes);
	take_before();
	take_after();
	judge(&after);
	assert_one(NULL, 0, NULL);
}
END_TEST

START_TEST(too_little_room_is_told)
{
	fake_root_write(&fake, "/proc/lockdep", "");
	fake_root_write(&fake, "/sys/kernel/mm/ksm/run", "1\n");
	take_before();
	ck_assert_int_eq(noise_judge(&before, NULL, &environment, warnings, 1,
				     &warnings_count), -ENOSPC);
	ck_assert_uint_eq(warnings_count, 1);
	ck_assert_str_eq(warnings[0].check, "debug-kernel");
	ck_assert_int_eq(noise_judge(&before, NULL, &environment, warnings, 2,
				     &warnings_count), 0);
	ck_assert_uint_eq(warnings_count, 2);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	const int twice[] = { 1, 1, 0 };

	ck_assert_int_eq(noise_snapshot_take(NULL, measured, 2, &after),
			 -EINVAL);
	ck_assert_int_eq(noise_snapshot_take("", NULL, 2, &after), -EINVAL);
	ck_assert_int_eq(noise_snapshot_take(fake.path, NULL, 0, &after), 0);
	ck_assert_uint_eq(after.cpus_count, 0);
	noise_snapshot_done(&after);
	ck_assert_int_eq(noise_snapshot_take(fake.path, twice, 3, &after), 0);
	ck_assert_uint_eq(after.cpus_count, 4);
	noise_snapshot_done(&after);
	noise_snapshot_done(&after);
}
END_TEST

START_TEST(this_machine_can_be_judged)
{
	ck_assert_int_eq(environment_read("", &environment), 0);
	ck_assert_int_eq(noise_snapshot_take("", measured, 1, &before), 0);
	ck_assert_int_eq(noise_snapshot_take("", measured, 1, &after), 0);
	ck_assert_int_ge(after.taken_ns, before.taken_ns);
	judge(&after);
	ck_assert_int_gt(before.cpus[0].total_ticks, 0);
	ck_assert_int_gt(before.allowed_cpus, 0);
}
END_TEST

static TCase *make_case(void)
{
	TCase *test_case = tcase_create("noise");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, a_healthy_machine_gives_no_warning);
	tcase_add_test(test_case, a_snapshot_holds_what_was_read);
	tcase_add_loop_test(test_case, each_setting_is_found_alone, 0,
			    COUNT(setting_cases));
	tcase_add_loop_test(test_case, each_event_is_found_alone, 0,
			    COUNT(event_cases));
	tcase_add_test(test_case, every_check_has_a_case_and_words_that_fit);
	tcase_add_test(test_case, checks_that_depend_on_the_machine);
	tcase_add_test(test_case, sums_of_counters_that_may_be_unknown);
	tcase_add_test(test_case, limits_of_version_1);
	tcase_add_test(test_case, empty_files_are_silent_and_an_empty_tree_is_one_word);
	tcase_add_loop_test(test_case, junk_is_survived, 0, 12);
	tcase_add_loop_test(test_case, huge_files_are_survived, 0, 2);
	tcase_add_test(test_case, too_little_room_is_told);
	tcase_add_test(test_case, wrong_arguments_are_refused);
	tcase_add_test(test_case, this_machine_can_be_judged);
	return test_case;
}

int main(void)
{
	Suite *suite = suite_create("noise");

	suite_add_tcase(suite, make_case());
	return suite_run(suite);
}
