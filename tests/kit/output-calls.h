/* SPDX-License-Identifier: MIT */
/*
 * output-calls - system calls of tool/output that fail when a test says so.
 *
 * Include it once, in the test's own file: what is linked from the library then
 * calls these.
 */
#ifndef HANDOFF_TESTS_OUTPUT_CALLS_H
#define HANDOFF_TESTS_OUTPUT_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What these calls are to fail with; 0: nothing. */
static int fail_fsync, fail_rename, fail_link;
static bool has_no_nameless_files;     /* as on a file system without O_TMPFILE */
static bool is_killed_at_rename;

static long answer_call(int error, long number, ...)
{
	long arguments[5];
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 5; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	errno = error;
	return error ? -1 : syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
				    arguments[4]);
}

int fsync(int fd)
{
	return (int)answer_call(fail_fsync, SYS_fsync, (long)fd, 0L, 0L, 0L, 0L);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	if (is_killed_at_rename)
		kill(getpid(), SIGKILL);
	return (int)answer_call(fail_rename, SYS_renameat2, (long)from_folder, from,
				(long)to_folder, to, 0L);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	return (int)answer_call(fail_link, SYS_linkat, (long)from_folder, from, (long)to_folder, to,
				(long)flags);
}

int openat(int folder, const char *name, int flags, ...)
{
	bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
	long mode = 0;
	va_list list;

	va_start(list, flags);
	if (is_nameless || flags & O_CREAT)
		mode = va_arg(list, int);
	va_end(list);
	return (int)answer_call(is_nameless && has_no_nameless_files ? EOPNOTSUPP : 0, SYS_openat,
				(long)folder, name, (long)flags, mode, 0L);
}

#endif
