/* SPDX-License-Identifier: MIT */
#include "kernel/name-guard.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/guard.h"

#define NAME_GUARD_TRIES 16

static int choose_names(struct name_guard *guard)
{
	const char *parent = getenv("TMPDIR");
	uint32_t id;
	int length;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	length = snprintf(guard->directory, sizeof(guard->directory), "%s/handoff-%08x",
			  parent && *parent ? parent : "/tmp", id);
	if (length < 0 || (size_t)length >= sizeof(guard->directory))
		return -ENAMETOOLONG;
	snprintf(guard->name, sizeof(guard->name), "/handoff-%08x.", id);
	/* Room to count upwards; not IPC_PRIVATE, which is 0. */
	guard->key = (int)(id >> 4 << 3 | 8) & 0x7ffffff8;
	if (guard->key > INT_MAX - guard->key_count)
		guard->key -= guard->key_count;
	return 0;
}

/* Files and sockets only: channels make no directories in it. */
static void remove_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory)
		closedir(directory);
	rmdir(path);
}

static void remove_posix(const struct name_guard *guard)
{
	for (int i = 0; i < NAME_GUARD_NAMES; i++) {
		char name[sizeof(guard->name) + 12];

		snprintf(name, sizeof(name), "%s%d", guard->name, i);
		shm_unlink(name);
		sem_unlink(name);
		mq_unlink(name);
	}
}

/* What is there is somebody else's, and must not be removed with ours. */
static bool are_keys_free(const struct name_guard *guard)
{
	for (int key = guard->key; key < guard->key + guard->key_count; key++)
		if (msgget(key, 0) != -1 || errno == EACCES || semget(key, 0, 0) != -1 ||
		    errno == EACCES || shmget(key, 0, 0) != -1 || errno == EACCES)
			return false;
	return true;
}

static int choose_free_names(struct name_guard *guard)
{
	int error = choose_names(guard);

	for (int i = 1; !error && !are_keys_free(guard); i++)
		error = i < NAME_GUARD_TRIES ? choose_names(guard) : -EEXIST;
	return error;
}

static void remove_system_v(const struct name_guard *guard)
{
	for (int i = 0; i < guard->key_count; i++) {
		int id = msgget(guard->key + i, 0);

		if (id != -1)
			msgctl(id, IPC_RMID, NULL);
		id = semget(guard->key + i, 0, 0);
		if (id != -1)
			semctl(id, 0, IPC_RMID);
		id = shmget(guard->key + i, 0, 0);
		if (id != -1)
			shmctl(id, IPC_RMID, NULL);
	}
}

static int make_names(const void *argument)
{
	const struct name_guard *guard = argument;

	return mkdir(guard->directory, 0700) ? -errno : 0;
}

static int remove_names(const void *argument)
{
	const struct name_guard *guard = argument;

	remove_directory(guard->directory);
	remove_posix(guard);
	remove_system_v(guard);
	return 0;
}

static struct guard_work work_of(const struct name_guard *guard)
{
	return (struct guard_work){ make_names, remove_names, guard };
}

int name_guard_begin(struct name_guard *guard, const char **ret_reason)
{
	const struct guard_work work = work_of(guard);
	int error;

	if (!guard->key_count)
		guard->key_count = NAME_GUARD_NAMES;
	error = choose_free_names(guard);
	*ret_reason = "no directory can be made in TMPDIR or /tmp: name one by TMPDIR";
	return error ? error : guard_begin(&guard->helper, &work, ret_reason);
}

void name_guard_end(struct name_guard *guard)
{
	const struct guard_work work = work_of(guard);

	guard_end(&guard->helper, &work);
}
