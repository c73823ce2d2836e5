/* SPDX-License-Identifier: MIT */
/* host/environment - the machine, kernel and account; see host/environment.h. */
#include "host/environment.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "kernel/sysfile.h"

#define CPU "/sys/devices/system/cpu"
#define CPUINFO "/proc/cpuinfo"

/* Every text fact, and the file whose first line it is, if it is that simple */
#define TEXT_FACT(member, file) \
	{ offsetof(struct environment, member), \
	  sizeof(((struct environment *)0)->member), file }

static const struct text_fact {
	size_t offset;
	size_t size;
	const char *path;
} text_facts[] = {
	TEXT_FACT(hostname, "/proc/sys/kernel/hostname"),
	TEXT_FACT(kernel_release, "/proc/sys/kernel/osrelease"),
	TEXT_FACT(kernel_version, "/proc/sys/kernel/version"),
	TEXT_FACT(arch, "/proc/sys/kernel/arch"),
	TEXT_FACT(frequency_driver, CPU "/cpu0/cpufreq/scaling_driver"),
	TEXT_FACT(clocksource, "/sys/devices/system/clocksource/clocksource0/"
		  "current_clocksource"),
	TEXT_FACT(cmdline, "/proc/cmdline"),
	TEXT_FACT(cpu_model, NULL),
	TEXT_FACT(hypervisor, NULL),
	TEXT_FACT(container, NULL),
	TEXT_FACT(mitigations, NULL),
	TEXT_FACT(governor, NULL),
	TEXT_FACT(thp, NULL),
	TEXT_FACT(cgroup_cpu_limit, NULL),
	TEXT_FACT(libc, NULL),
	TEXT_FACT(compiler, NULL),
	TEXT_FACT(preempt, NULL),
	TEXT_FACT(microcode, NULL),
};

#define TEXT_FACTS (sizeof(text_facts) / sizeof(text_facts[0]))

/* Appends text to a list; what does not fit whole is left out. */
static void append(char *list, size_t size, const char *separator,
		   const char *text)
{
	size_t used = strlen(list);

	if (used + strlen(separator) + strlen(text) >= size)
		return;
	snprintf(list + used, size - used, "%s%s", used ? separator : "",
		 text);
}

static int read_int(const char *root, const char *path)
{
	int64_t number;

	if (sysfile_read_integer(root, path, &number) ||
	    number < 0 || number > INT32_MAX)
		return -1;
	return (int)number;
}

static int count_list(const char *root, const char *path)
{
	int count = sysfile_count_list(root, path, NULL);

	return count > 0 ? count : -1;
}

/* Of the machine itself the kernel tells these without /proc, too. */
static void fill_names(const struct utsname *name, struct environment *ret)
{
	if (!*ret->hostname)
		snprintf(ret->hostname, sizeof(ret->hostname), "%s", name->nodename);
	if (!*ret->kernel_release)
		snprintf(ret->kernel_release, sizeof(ret->kernel_release), "%s", name->release);
	if (!*ret->kernel_version)
		snprintf(ret->kernel_version, sizeof(ret->kernel_version), "%s", name->version);
}

static void read_text_facts(const char *root, struct environment *ret)
{
	struct utsname name;

	for (size_t i = 0; i < TEXT_FACTS; i++)
		if (text_facts[i].path)
			sysfile_read_text(root, text_facts[i].path,
					  (char *)ret + text_facts[i].offset,
					  text_facts[i].size);
	if (uname(&name))
		return;
	/* Kernels before 6.1 have no such file. */
	if (!*ret->arch)
		snprintf(ret->arch, sizeof(ret->arch), "%.31s", name.machine);
	if (!*root)
		fill_names(&name, ret);
}

/* arm64 prints numbers only; lscpu has the table of names, we do not. */
static void read_arm_model(const char *root, char *ret, size_t size)
{
	char implementer[32], part[32];

	if (!sysfile_read_keyed(root, CPUINFO, "CPU implementer", implementer,
				sizeof(implementer)) &&
	    !sysfile_read_keyed(root, CPUINFO, "CPU part", part, sizeof(part)))
		snprintf(ret, size, "implementer %s part %s", implementer,
			 part);
}

static void read_cpu_model(const char *root, char *ret, size_t size)
{
	/* x86 and arm32; mips; powerpc (the tab: not "cpu family"); riscv */
	static const char *const keys[] = {
		"model name", "cpu model", "cpu\t", "uarch",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!sysfile_read_keyed(root, CPUINFO, keys[i], ret, size))
			return;
	read_arm_model(root, ret, size);
}

static void read_cpu(const char *root, struct environment *ret)
{
	read_cpu_model(root, ret->cpu_model, sizeof(ret->cpu_model));
	sysfile_read_keyed(root, CPUINFO, "microcode", ret->microcode,
			   sizeof(ret->microcode));
	ret->cpus = count_list(root, CPU "/online");
	ret->nodes = count_list(root, "/sys/devices/system/node/online");
	ret->smt = read_int(root, CPU "/smt/active");
}

struct walk {
	const char *root;
	struct environment *environment;
};

/* "Mitigation: Retpolines; STIBP: ..." becomes "Retpolines". */
static char *first_words(char *text)
{
	static const char prefix[] = "Mitigation: ";
	char *blank;
	int words = 0;

	if (!strncmp(text, prefix, sizeof(prefix) - 1))
		text += sizeof(prefix) - 1;
	text[strcspn(text, ";,(")] = '\0';
	for (blank = text; (blank = strchr(blank, ' ')); blank++)
		if (++words == 3 || !blank[1] || !strncmp(blank, " and ", 5))
			break;
	if (blank)
		*blank = '\0';
	return text;
}

static int add_mitigation(const char *name, void *context)
{
	struct walk *walk = context;
	char path[SYSFILE_PATH_MAX], text[512], entry[640];

	snprintf(path, sizeof(path), CPU "/vulnerabilities/%.200s", name);
	if (sysfile_read_text(walk->root, path, text, sizeof(text)) ||
	    !*text || !strncmp(text, "Not affected", 12))
		return 0;
	snprintf(entry, sizeof(entry), "%.64s=%s", name, first_words(text));
	append(walk->environment->mitigations,
	       sizeof(walk->environment->mitigations), ", ", entry);
	return 0;
}

static int add_governor(const char *name, void *context)
{
	struct walk *walk = context;
	char path[SYSFILE_PATH_MAX], text[32];
	char *list = walk->environment->governor;

	snprintf(path, sizeof(path), CPU "/cpufreq/%.200s/scaling_governor",
		 name);
	if (!sysfile_read_text(walk->root, path, text, sizeof(text)) &&
	    !strstr(list, text))
		append(list, sizeof(walk->environment->governor), ",", text);
	return 0;
}

static int read_turbo(const char *root)
{
	int no_turbo = read_int(root, CPU "/intel_pstate/no_turbo");

	if (no_turbo >= 0)
		return !no_turbo;
	return read_int(root, CPU "/cpufreq/boost");
}

/* The CPUs that one group grants; < 0 for no limit. */
static double group_cpus(const char *root, const struct sysfile_cgroup *group)
{
	char quota_text[64], period_text[64];
	long long quota = -1, period = 0;

	if (group->version == 2) {
		sysfile_cgroup_text(root, group, "cpu.max", quota_text,
				    sizeof(quota_text));
		sscanf(quota_text, "%lld %lld", &quota, &period);
	} else {
		sysfile_cgroup_text(root, group, "cpu.cfs_quota_us",
				    quota_text, sizeof(quota_text));
		sysfile_cgroup_text(root, group, "cpu.cfs_period_us",
				    period_text, sizeof(period_text));
		sscanf(quota_text, "%lld", &quota);
		sscanf(period_text, "%lld", &period);
	}
	if (quota < 0 || period <= 0 || quota / period > SYSFILE_CPU_MAX)
		return -1;
	return (double)quota / (double)period;
}

/* Not "%.2f": a locale may write it with a comma. */
static void write_cpu_limit(double cpus, char *ret, size_t size)
{
	long long hundredths = (long long)(cpus * 100 + 0.5);

	if (cpus < 0)
		snprintf(ret, size, "max");
	else
		snprintf(ret, size, "%lld.%02lld cpus", hundredths / 100,
			 hundredths % 100);
}

static void read_cpu_limit(const char *root, struct environment *ret)
{
	struct sysfile_cgroup group;

	if (sysfile_cgroup_find(root, "cpu", &group))
		return;
	do {
		double cpus = group_cpus(root, &group);

		if (cpus >= 0 && (ret->cgroup_cpus < 0 ||
				  cpus < ret->cgroup_cpus))
			ret->cgroup_cpus = cpus;
	} while (sysfile_cgroup_climb(&group));
	write_cpu_limit(ret->cgroup_cpus, ret->cgroup_cpu_limit,
			sizeof(ret->cgroup_cpu_limit));
}

/* The timer's rate is told by the build's configuration only. */
static void read_hz(const char *root, struct environment *ret)
{
	char path[SYSFILE_PATH_MAX];
	int64_t hz;

	snprintf(path, sizeof(path), "/boot/config-%s", ret->kernel_release);
	if (!sysfile_read_keyed_integer(root, path, "CONFIG_HZ", &hz) &&
	    hz > 0 && hz < 1000000)
		ret->hz = (int)hz;
}

/* The model in force: debugfs needs root, the command line may override. */
static void read_preempt_choice(const char *root, const char *cmdline,
				char *ret, size_t size)
{
	const char *option = strstr(cmdline, "preempt=");

	if (!sysfile_read_choice(root, "/sys/kernel/debug/sched/preempt", ret,
				 size))
		return;
	if (option && (option == cmdline || option[-1] == ' '))
		snprintf(ret, size, "%.*s", (int)strcspn(option + 8, " "),
			 option + 8);
}

static void read_preempt(const char *root, struct environment *ret)
{
	const char *word = strstr(ret->kernel_version, "PREEMPT");
	char choice[16] = "";
	int length;

	if (!word) {
		if (strstr(ret->kernel_version, "SMP"))
			strcpy(ret->preempt, "none or voluntary");
		return;
	}
	read_preempt_choice(root, ret->cmdline, choice, sizeof(choice));
	length = (int)strcspn(word, " ");
	if (length > 32)	/* "PREEMPT_DYNAMIC" is the longest so far */
		length = 32;
	snprintf(ret->preempt, sizeof(ret->preempt), "%.*s%s%s%s", length, word,
		 *choice ? " (" : "", choice, *choice ? ")" : "");
}

static void read_program(struct environment *ret)
{
#ifdef __GLIBC__
	snprintf(ret->libc, sizeof(ret->libc), "glibc %s",
		 gnu_get_libc_version());
#elif defined(__DEFINED_off_t)	/* has no name for itself, but nobody else's headers say this */
	snprintf(ret->libc, sizeof(ret->libc), "musl");
#else
	snprintf(ret->libc, sizeof(ret->libc), "unknown libc");
#endif
#ifdef __clang__
	snprintf(ret->compiler, sizeof(ret->compiler), "%s", __VERSION__);
#else
	snprintf(ret->compiler, sizeof(ret->compiler), "gcc %s", __VERSION__);
#endif
}

/* Records are JSON: no stray byte of a firmware may get into one. */
static void make_printable(struct environment *ret)
{
	for (size_t i = 0; i < TEXT_FACTS; i++) {
		char *text = (char *)ret + text_facts[i].offset;

		for (; *text; text++)
			if (*text < ' ' || *text > '~')
				*text = '?';
	}
}

static void read_facts(const char *root, struct environment *ret)
{
	struct walk walk = { .root = root, .environment = ret };

	read_text_facts(root, ret);
	read_cpu(root, ret);
	environment_hypervisor(root, ret->hypervisor, sizeof(ret->hypervisor));
	environment_container(root, ret->container, sizeof(ret->container));
	sysfile_each_entry(root, CPU "/vulnerabilities", add_mitigation, &walk);
	sysfile_each_entry(root, CPU "/cpufreq", add_governor, &walk);
	ret->turbo = read_turbo(root);
	sysfile_read_choice(root, "/sys/kernel/mm/transparent_hugepage/enabled",
			    ret->thp, sizeof(ret->thp));
	read_cpu_limit(root, ret);
	read_program(ret);
	read_hz(root, ret);
	read_preempt(root, ret);
	ret->aslr = read_int(root, "/proc/sys/kernel/randomize_va_space");
	make_printable(ret);
}

int environment_read(const char *root, struct environment *ret)
{
	struct stat status;

	if (!root || !ret)
		return -EINVAL;
	*ret = (struct environment){
		.cpus = -1, .nodes = -1, .smt = -1, .turbo = -1,
		.cgroup_cpus = -1, .hz = -1, .aslr = -1,
	};
	if (stat(*root ? root : "/", &status))
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	read_facts(root, ret);
	return 0;
}
