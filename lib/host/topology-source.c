/* SPDX-License-Identifier: MIT */
#include "host/topology.h"
#include "host/topology-pipe.h"
#include "host/topology-source.h"

#include <errno.h>
#include <hwloc/linux.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/process-tie.h"

struct hidden_environment {
	char **names;	/* each followed, past its NUL, by its value */
	size_t count;
};

static void hidden_environment_done(struct hidden_environment *hidden)
{
	for (size_t i = 0; i < hidden->count; i++)
		free(hidden->names[i]);
	free(hidden->names);
}

/*
 * hwloc lets variables decide what "this machine" is and whether a fake may be bound to
 * (HWLOC_SYNTHETIC, _XMLFILE, _FSROOT, _COMPONENTS, _THISSYSTEM, ...), has no call to make it stop,
 * and falls back silently when they are wrong. Hence they are out of its sight while it loads.
 */
static int hide_hwloc_variables(struct hidden_environment *hidden)
{
	size_t count = 0;

	while (environ && environ[count])
		count++;
	*hidden = (struct hidden_environment){ .names = calloc(count + 1, sizeof(char *)) };
	if (!hidden->names)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(environ[i], '=');
		char *name;

		if (!equals || strncmp(environ[i], "HWLOC_", strlen("HWLOC_")))
			continue;
		name = strdup(environ[i]);
		if (!name)
			return -ENOMEM;
		name[equals - environ[i]] = '\0';
		hidden->names[hidden->count++] = name;
	}
	for (size_t i = 0; i < hidden->count; i++)
		unsetenv(hidden->names[i]);
	return 0;
}

static int restore_hwloc_variables(const struct hidden_environment *hidden)
{
	int error = 0;

	for (size_t i = 0; i < hidden->count; i++) {
		const char *name = hidden->names[i];

		/* Of a name that was there twice, getenv() saw the first. */
		if (setenv(name, name + strlen(name) + 1, /* overwrite= */ 0))
			error = -errno;
	}
	return error;
}

/* hwloc does not set errno on every path. */
int topology_source_error(void)
{
	return errno > 0 ? -errno : -EINVAL;
}

/* Behind what is in brackets: memory beside a level, and what an object is like. */
static const char *skip_brackets(const char *at)
{
	char end = *at == '(' ? ')' : ']';

	at = strchrnul(at, end);
	return *at ? at + 1 : at;
}

/*
 * "pack:2 core:4 pu:2" or "2 4 2": whether there is a level of more objects than we
 * let hwloc make. Malformed ones are left to hwloc.
 */
static bool is_too_large(const char *spec)
{
	unsigned long objects = 1;
	bool is_count = true;

	while (*spec) {
		if (*spec == '(' || *spec == '[') {
			spec = skip_brackets(spec);
		} else if (is_count && *spec >= '0' && *spec <= '9') {
			char *end;

			if (__builtin_mul_overflow(objects, strtoul(spec, &end, 0), &objects) ||
			    objects > TOPOLOGY_DESCRIBED_MOST)
				return true;
			spec = end;
			is_count = false;
		} else {
			is_count = *spec == ':' || *spec == ' ' || *spec == '\n';
			spec++;
		}
	}
	return false;
}

static int configure(hwloc_topology_t machine)
{
	/*
	 * Disallowed CPUs are kept to be told from offline ones. Without the other flag, the x86
	 * component moves us to every CPU in turn.
	 */
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED |
			      HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING;

	errno = 0;
	return hwloc_topology_set_flags(machine, flags) ||
	       hwloc_topology_set_io_types_filter(machine, HWLOC_TYPE_FILTER_KEEP_NONE);
}

/* What it prints when it fails is nobody's; that it fails is told by us. */
__attribute__((noreturn))
static void load_and_end(const char *path, pid_t parent)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	const struct rlimit no_core = { 0, 0 };
	hwloc_topology_t machine;

	/* Nobody waits for it any more; refused by a filter, it is tried all the same. */
	if (process_tie(parent) == -ESRCH)
		_exit(EXIT_SUCCESS);
	setrlimit(RLIMIT_CORE, &no_core);
	close(STDERR_FILENO);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	if (!hwloc_topology_init(&machine) && !configure(machine) &&
	    !hwloc_topology_set_xml(machine, path))
		hwloc_topology_load(machine);
	_exit(EXIT_SUCCESS);
}

/* hwloc (2.9) crashes on some malformed XML: let a process that is nobody's try first. */
static int try_xml(const char *path)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid == -1)
		return -errno;
	if (pid == 0)
		load_and_end(path, parent);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? -EINVAL : 0;
}

static int set_xml(hwloc_topology_t machine, const char *path)
{
	int error = try_xml(path);

	if (error)
		return error;
	errno = 0;
	return hwloc_topology_set_xml(machine, path) ? topology_source_error() : 0;
}

/* hwloc has read it all when it returns. */
static int set_pipe(hwloc_topology_t machine, const char *path)
{
	char copy[64];
	int error, file = topology_pipe_copy(path);

	if (file < 0)
		return file;
	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", file);
	error = set_xml(machine, copy);
	close(file);
	return error;
}

static int set_source(hwloc_topology_t machine, const char *spec)
{
	size_t length = strlen(spec);
	bool is_file = strchr(spec, '/') || (length > 4 && !strcmp(spec + length - 4, ".xml"));
	struct stat status;

	if (!stat(spec, &status))
		is_file = true;
	else if (is_file)
		return -errno;
	if (is_file && S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!is_file && is_too_large(spec))
		return -ERANGE;
	if (is_file)
		return S_ISREG(status.st_mode) ? set_xml(machine, spec) : set_pipe(machine, spec);
	errno = 0;
	return hwloc_topology_set_synthetic(machine, spec) ? topology_source_error() : 0;
}

static int configure_and_load(hwloc_topology_t machine, const char *spec)
{
	if (configure(machine))
		return topology_source_error();
	if (spec) {
		int error = set_source(machine, spec);

		if (error)
			return error;
	}
	errno = 0;
	if (hwloc_topology_load(machine))
		return topology_source_error();
	/* Belt and braces: here must be real, and a description must not pass for it. */
	if (!!hwloc_topology_is_thissystem(machine) != !spec)
		return -EINVAL;
	return 0;
}

int topology_source_open(const char *spec, hwloc_topology_t *ret_machine)
{
	struct hidden_environment hidden;
	hwloc_topology_t machine = NULL;
	int error, restore_error;

	error = hide_hwloc_variables(&hidden);
	if (error) {
		hidden_environment_done(&hidden);
		return error;
	}
	/* What it prints where /sys is missing is nobody's. */
	setenv("HWLOC_HIDE_ERRORS", "2", /* overwrite= */ 1);
	error = hwloc_topology_init(&machine) ? -ENOMEM : configure_and_load(machine, spec);
	unsetenv("HWLOC_HIDE_ERRORS");
	restore_error = restore_hwloc_variables(&hidden);
	hidden_environment_done(&hidden);
	if (!error)
		error = restore_error;
	if (!error)
		*ret_machine = machine;
	else if (machine)
		hwloc_topology_destroy(machine);
	return error;
}

static int parse_cpu_number(const char **text, unsigned long *ret_number)
{
	char *end;

	/* strtoul takes signs and blanks. */
	if (**text < '0' || **text > '9')
		return -EINVAL;
	*ret_number = strtoul(*text, &end, 10);
	*text = end;
	return *ret_number < TOPOLOGY_CPU_LIMIT ? 0 : -EINVAL;
}

/* Not hwloc_bitmap_list_sscanf: it takes open ranges, and allocates for any number it meets. */
static int parse_cpu_list(const char *text, hwloc_bitmap_t set)
{
	unsigned long first, last;

	for (;;) {
		if (parse_cpu_number(&text, &first))
			return -EINVAL;
		last = first;
		if (*text == '-') {
			text++;
			if (parse_cpu_number(&text, &last) || last < first)
				return -EINVAL;
		}
		if (hwloc_bitmap_set_range(set, (unsigned int)first, (int)last))
			return -ENOMEM;
		if (!*text)
			return 0;
		if (*text++ != ',')
			return -EINVAL;
	}
}

int topology_source_usable_cpus(hwloc_topology_t machine, const char *affinity, hwloc_bitmap_t usable)
{
	errno = 0;
	if (hwloc_topology_is_thissystem(machine)) {
		if (hwloc_linux_get_tid_cpubind(machine, 0, usable))
			return topology_source_error();
	} else if (affinity) {
		int error = parse_cpu_list(affinity, usable);

		if (error)
			return error;
	} else {
		hwloc_bitmap_fill(usable);
	}
	if (hwloc_bitmap_and(usable, usable, hwloc_topology_get_allowed_cpuset(machine)))
		return -ENOMEM;
	return 0;
}
