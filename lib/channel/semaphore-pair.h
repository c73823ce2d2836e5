/* SPDX-License-Identifier: MIT */
/*
 * channel/semaphore-pair - counts messages by System V and POSIX semaphores.
 *
 * Of a System V set there is one semaphore for the messages of each side.  The
 * calls return 0 or -errno; -EPIPE: the set was removed.
 */
#ifndef HANDOFF_CHANNEL_SEMAPHORE_PAIR_H
#define HANDOFF_CHANNEL_SEMAPHORE_PAIR_H

#include <errno.h>
#include <semaphore.h>
#include <sys/sem.h>

#include "channel/channel.h"

/* -1 in ret_id: there is none, which sysv_semaphores_remove() takes, too. */
int sysv_semaphores_make(const struct channel_config *config, int *ret_id, char *ret_reason);
void sysv_semaphores_remove(int *id);

/* POSIX names are files there: what stands against making one, if that can be said. */
void dev_shm_explain(int error, char *ret_reason);

static inline int sysv_semaphore_add(int id, int side, short value)
{
	struct sembuf operation = { .sem_num = (unsigned short)side, .sem_op = value };
	int result;

	do
		result = semop(id, &operation, 1);
	while (result == -1 && errno == EINTR);
	if (result == 0)
		return 0;
	return errno == EIDRM || errno == EINVAL ? -EPIPE : -errno;
}

static inline int posix_semaphore_post(sem_t *semaphore)
{
	return sem_post(semaphore) ? -errno : 0;
}

static inline int posix_semaphore_wait(sem_t *semaphore)
{
	int result;

	do
		result = sem_wait(semaphore);
	while (result == -1 && errno == EINTR);
	return result == -1 ? -errno : 0;
}

#endif
