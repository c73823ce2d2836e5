/* SPDX-License-Identifier: MIT */
#include "kernel/limit-remedy.h"

#include <linux/capability.h>
#include <stddef.h>

#include "kernel/capability.h"

#define LIMIT(resource, option) \
	{ RLIMIT_##resource, "raise ulimit -" option, \
	  "root may raise the hard limit (ulimit -H" option ")" }

static const struct {
	int resource;
	const char *ours, *roots;
} limits[] = {
	LIMIT(NOFILE, "n"),
	LIMIT(NPROC, "u"),
	LIMIT(MEMLOCK, "l"),
	LIMIT(MSGQUEUE, "q"),
	LIMIT(SIGPENDING, "i"),
};

/* RLIM_INFINITY is the largest number. */
bool limit_is_ours(rlim_t soft, rlim_t hard, bool has_capability)
{
	return has_capability || soft < hard;
}

bool limit_may_be_raised(int resource)
{
	struct rlimit limit;

	/* What cannot be asked is tried. */
	return getrlimit(resource, &limit) ||
	       limit_is_ours(limit.rlim_cur, limit.rlim_max,
			     capability_is_effective("", CAP_SYS_RESOURCE));
}

const char *limit_remedy_words(int resource, bool is_ours)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].resource == resource)
			return is_ours ? limits[i].ours : limits[i].roots;
	return "";
}

const char *limit_remedy(int resource)
{
	return limit_remedy_words(resource, limit_may_be_raised(resource));
}
