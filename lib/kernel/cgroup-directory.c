/* SPDX-License-Identifier: MIT */
#include "kernel/cgroup-directory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* rmdir() is tried so often, 10 ms apart. */
#define REMOVE_TRIES 500

int cgroup_directory_name(const char *parent, char *ret_path, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char random[6];
	char name[] = "handoff-XXXXXX";
	int length;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	for (size_t i = 0; i < sizeof(random); i++)
		name[8 + i] = letters[random[i] % 32];
	length = snprintf(ret_path, size, "%s/%s", parent, name);
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

int cgroup_directory_remove(const char *path)
{
	const struct timespec pause = { 0, 10000000 };

	for (int try = 0; try < REMOVE_TRIES; try++) {
		if (!rmdir(path) || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}
