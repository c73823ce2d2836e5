/* SPDX-License-Identifier: MIT */
/* sysv-sem, posix-sem: a semaphore each way, semop(2) or sem_post(3) and sem_wait(3). */
#include "channel/mechanism/list.h"
#include "channel/semaphore-pair.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/loops.h"

#define SYSV_MOST 32767            /* SEMVMX of the kernel */

int sysv_semaphores_make(const struct channel_config *config, int *ret_id, char *ret_reason)
{
	int error;

	*ret_id = -1;
	if (config->depth > SYSV_MOST) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a System V semaphore counts to %d: lower the depth", SYSV_MOST);
		return -ERANGE;
	}
	*ret_id = semget(config->key, 2, IPC_CREAT | IPC_EXCL | 0600);
	if (*ret_id != -1)
		return 0;
	error = -errno;
	if (error == -ENOSPC)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "no more semaphores are allowed: raise kernel.sem or remove old ones "
			 "(ipcs -s, ipcrm)");
	return error;
}

void sysv_semaphores_remove(int *id)
{
	if (*id != -1)
		semctl(*id, 0, IPC_RMID);
	*id = -1;
}

static int sysv_open(void *state, const struct channel_config *config, char *ret_reason)
{
	return sysv_semaphores_make(config, state, ret_reason);
}

/* Not a descriptor, but what stands for one. */
static int sysv_enter(struct channel_end *end)
{
	const int *id = end->state;

	end->fd_in = end->fd_out = *id;
	return 0;
}

static void sysv_leave(struct channel_end *end)
{
	end->fd_in = end->fd_out = -1;
}

static void sysv_close(void *state)
{
	sysv_semaphores_remove(state);
}

/* An id holds nothing; to remove the semaphores is for who opened them. */
static void sysv_forget(void *state)
{
	(void)state;
}

static inline int sysv_send(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	return sysv_semaphore_add(end->fd_out, end->side, 1);
}

static inline int sysv_receive(struct channel_end *end, size_t bytes)
{
	(void)bytes;
	return sysv_semaphore_add(end->fd_in, 1 - end->side, -1);
}

CHANNEL_LOOPS(sysv);

struct named {
	sem_t *semaphore[2];       /* by the side that sends; NULL: there is none */
};

static void named_close(void *state)
{
	struct named *named = state;

	for (int side = 0; side < 2; side++) {
		if (named->semaphore[side])
			sem_close(named->semaphore[side]);
		named->semaphore[side] = NULL;
	}
}

void dev_shm_explain(int error, char *ret_reason)
{
	if (error == -ENOSPC)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "/dev/shm has no room: remove something there or enlarge it");
	else if (error == -EROFS || error == -EACCES || error == -ENOENT)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "nothing can be written to /dev/shm: mount a tmpfs of mode 1777 there");
}

/*
 * The file of a named semaphore (sem_overview(7)), made by ourselves: sem_open(3)
 * with O_CREAT makes it under a name of its own choice first, which SIGKILL at
 * that moment would leave behind, unknown to any guard.
 */
static int make_file(const char *name)
{
	char file[NAME_MAX + 8];
	sem_t semaphore;
	int fd, error = 0;

	if (sem_init(&semaphore, 1, 0))
		return -errno;
	snprintf(file, sizeof(file), "/sem.%s", name + 1);
	fd = shm_open(file, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		return -errno;
	errno = ENOSPC;
	if (write(fd, &semaphore, sizeof(semaphore)) != sizeof(semaphore))
		error = -errno;
	close(fd);
	if (error)
		shm_unlink(file);
	return error;
}

static int make_named(const char *name, int digit, sem_t **ret)
{
	char full[NAME_MAX + 1];
	sem_t *semaphore;
	int error;

	snprintf(full, sizeof(full), "%s%d", name, digit);
	error = make_file(full);
	if (error)
		return error;
	semaphore = sem_open(full, 0);
	error = semaphore == SEM_FAILED ? -errno : 0;
	if (!error)
		*ret = semaphore;
	if (sem_unlink(full) && !error)
		error = -errno;
	return error;
}

static int named_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct named *named = state;
	int error = 0;

	named->semaphore[0] = named->semaphore[1] = NULL;
	for (int side = 0; side < 2 && !error; side++)
		error = make_named(config->name, side, &named->semaphore[side]);
	if (error) {
		named_close(named);
		dev_shm_explain(error, ret_reason);
	}
	return error;
}

static int named_enter(struct channel_end *end)
{
	(void)end;
	return 0;
}

static void named_leave(struct channel_end *end)
{
	(void)end;
}

static void named_forget(void *state)
{
	named_close(state);
}

static inline int named_send(struct channel_end *end, size_t bytes)
{
	const struct named *named = end->state;

	(void)bytes;
	return posix_semaphore_post(named->semaphore[end->side]);
}

static inline int named_receive(struct channel_end *end, size_t bytes)
{
	const struct named *named = end->state;

	(void)bytes;
	return posix_semaphore_wait(named->semaphore[1 - end->side]);
}

CHANNEL_LOOPS(named);

#define SEMAPHORES(identifier, option, text, bytes, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | \
			   CHANNEL_NAMED | CHANNEL_IPC }, \
		.state_bytes = bytes, \
		.open = hooks##_open, \
		.enter = hooks##_enter, \
		.leave = hooks##_leave, \
		.close = hooks##_close, \
		.forget = hooks##_forget, \
		CHANNEL_HOOKS(hooks), \
	}

SEMAPHORES(sysv_sem, "sysv-sem", "a System V semaphore each way, one semop(2) a message",
	   sizeof(int), sysv);
SEMAPHORES(posix_sem, "posix-sem", "a named POSIX semaphore each way",
	   sizeof(struct named), named);
