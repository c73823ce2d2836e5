/* SPDX-License-Identifier: MIT */
#include "fault-rules.h"

#include <string.h>

bool fault_is_among(const char *word, const char *words)
{
	size_t length = strlen(word);

	for (const char *at = strstr(words, word); length && at; at = strstr(at + 1, word))
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

bool fault_is_soft(const char *how)
{
	return fault_is_among(how, "EINTR EAGAIN SHORT");
}

static bool begins_with(const char *text, const char *begin)
{
	return !strncmp(text, begin, strlen(begin));
}

static bool is_shell(const char *mechanism)
{
	return fault_is_among(mechanism, "system popen");
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

/* Its task is a program, which is held by a pipe. */
static bool executes(const char *mechanism)
{
	return ends_with(mechanism, "-exec") || is_shell(mechanism) ||
	       fault_is_among(mechanism, "posix-spawn posix-spawnp");
}

/* Without clone3 libc makes threads by clone. */
static bool libc_has_another(const char *mechanism, const char *call, const char *how)
{
	return !strcmp(call, "clone3") && !strcmp(how, "ENOSYS") &&
	       (begins_with(mechanism, "pthread") || begins_with(mechanism, "thrd"));
}

/*
 * A close that fails has closed, advice need not be taken, a whole mapping goes in any
 * case, and a name of a process is for people.  A shell and its loader go on without
 * some of what they look at.  END lets a program that is held go, as its pipe's end does.
 */
bool fault_spoils(const char *mechanism, const char *call, const char *how)
{
	if (fault_is_soft(how) || fault_is_among(call, "close madvise munmap prctl pdeathsig"))
		return false;
	/* Where a ring's own threads run is a wish. */
	if (!strcmp(call, "io_uring_register"))
		return false;
	if (libc_has_another(mechanism, call, how))
		return false;
	if (is_shell(mechanism) && fault_is_among(call, "newfstatat openat mmap prlimit64"))
		return false;
	return !(executes(mechanism) && !strcmp(call, "read") && !strcmp(how, "END"));
}
