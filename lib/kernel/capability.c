/* SPDX-License-Identifier: MIT */
#include "kernel/capability.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/sysfile.h"

/* The first user namespace maps all numbers to themselves; without the file it is the only one. */
static bool is_first_user_namespace(const char *root)
{
	unsigned long long inside, outside, count;
	char text[64];

	if (sysfile_read_text(root, "/proc/self/uid_map", text, sizeof(text)))
		return true;
	return sscanf(text, "%llu %llu %llu", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == 4294967295u;
}

bool capability_is_effective(const char *root, int capability)
{
	char set[32];

	if (sysfile_read_keyed(root, "/proc/self/status", "CapEff", set, sizeof(set)))
		return false;
	return strtoull(set, NULL, 16) >> capability & 1 && is_first_user_namespace(root);
}

bool capability_exceeds_processes(const char *root)
{
	int64_t uid = -1;

	sysfile_read_keyed_integer(root, "/proc/self/status", "Uid", &uid);
	return (uid == 0 && is_first_user_namespace(root)) ||
	       capability_is_effective(root, CAP_SYS_RESOURCE) ||
	       capability_is_effective(root, CAP_SYS_ADMIN);
}
