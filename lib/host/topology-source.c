/* SPDX-License-Identifier: MIT */
#include "host/topology.h"
#include "host/topology-patience.h"
#include "host/topology-pipe.h"
#include "kernel/affinity.h"
#include "host/topology-source.h"

#include <errno.h>
#include <hwloc/linux.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


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

/* NULL is this machine. That it fails is told by who does it again. */
static void try_load(const void *path)
{
	hwloc_topology_t machine;

	if (!hwloc_topology_init(&machine) && !configure(machine) &&
	    (!path || !hwloc_topology_set_xml(machine, path)))
		hwloc_topology_load(machine);
}

/* hwloc doubles its guess of the number of CPUs for ever where it may not ask. */
static int may_ask_for_affinity(void)
{
	struct affinity mask;
	int error = affinity_take(&mask);

	if (!error)
		affinity_done(&mask);
	return error;
}

const char *topology_here_reason(int error)
{
	if (error == -ETIMEDOUT)
		return "10 seconds passed, and it was not read: a file below /sys or /proc hangs";
	if (may_ask_for_affinity() == error)
		return "sched_getaffinity(2) is refused, as by a seccomp filter: let it pass";
	return strerror(-error);
}

/* A file below /sys may hang. Where no process can be made, none is believed to. */
static int try_here(const struct topology_patience *patience)
{
	int error = may_ask_for_affinity();

	if (error)
		return error;
	error = topology_try(try_load, NULL, patience);
	return error == -EINVAL || error == -ETIMEDOUT || error == -EINTR ? error : 0;
}

/* hwloc (2.9) crashes on some malformed XML: let a process that is nobody's try first. */
static int set_xml(hwloc_topology_t machine, const char *path,
		   const struct topology_patience *patience)
{
	int error = topology_try(try_load, path, patience);

	if (error)
		return error;
	errno = 0;
	return hwloc_topology_set_xml(machine, path) ? topology_source_error() : 0;
}

/* hwloc has read it all when it returns. */
static int set_pipe(hwloc_topology_t machine, const char *path,
		    const struct topology_patience *patience)
{
	char copy[64];
	int error, file = topology_pipe_copy(path, patience->signal);

	if (file < 0)
		return file;
	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", file);
	error = set_xml(machine, copy, patience);
	close(file);
	return error;
}

static int set_source(hwloc_topology_t machine, const char *spec,
		      const struct topology_patience *patience)
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
		return S_ISREG(status.st_mode) ? set_xml(machine, spec, patience)
					       : set_pipe(machine, spec, patience);
	errno = 0;
	return hwloc_topology_set_synthetic(machine, spec) ? topology_source_error() : 0;
}

static int configure_and_load(hwloc_topology_t machine, const char *spec,
			      const struct topology_patience *patience)
{
	int error;

	if (configure(machine))
		return topology_source_error();
	error = spec ? set_source(machine, spec, patience) : try_here(patience);
	if (error)
		return error;
	errno = 0;
	if (hwloc_topology_load(machine))
		return topology_source_error();
	/* Belt and braces: here must be real, and a description must not pass for it. */
	if (!!hwloc_topology_is_thissystem(machine) != !spec)
		return -EINVAL;
	return 0;
}

int topology_source_open(const char *spec, const volatile sig_atomic_t *signal,
			 hwloc_topology_t *ret_machine)
{
	const struct topology_patience patience = { TOPOLOGY_PATIENCE_MS, signal };
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
	error = hwloc_topology_init(&machine) ? -ENOMEM
					      : configure_and_load(machine, spec, &patience);
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
