/* SPDX-License-Identifier: MIT */
/* posix-shm+posix-sem, posix-shm+pthread: messages in shm_open(3)ed memory, and in it, each way,
 * a semaphore, or a mutex, a condition variable and a count. */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/semaphore-pair.h"
#include "channel/slots.h"

/* Without blocks of its own the memory would be SIGBUS once /dev/shm is full. */
static int reserve(int fd, size_t bytes)
{
	int error;

	do
		error = posix_fallocate(fd, 0, (off_t)bytes);
	while (error == EINTR);
	return -error;
}

static int make_file(const char *prefix, size_t bytes, int *ret)
{
	char name[NAME_MAX + 1];
	int error;

	snprintf(name, sizeof(name), "%s0", prefix);
	*ret = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (*ret == -1)
		return -errno;
	error = shm_unlink(name) ? -errno : reserve(*ret, bytes);
	if (error)
		close(*ret);
	return error;
}

static int make_memory(struct channel_slots *slots, const struct channel_config *config,
		       char *ret_reason)
{
	int fd, error = channel_slots_plan(slots, config, ret_reason);

	if (error)
		return error;
	error = make_file(config->name, slots->bytes, &fd);
	if (error) {
		dev_shm_explain(error, ret_reason);
		return error;
	}
	error = channel_slots_map(slots, fd);
	close(fd);
	return error;
}

/* Nothing in the memory is destroyed: a condition would wait for sides that were killed. */
static int make_semaphores(const struct channel_slots *slots)
{
	for (int side = 0; side < 2; side++)
		if (sem_init(channel_slots_control(slots, side), 1, 0))
			return -errno;
	return 0;
}

static int semaphore_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = make_memory(state, config, ret_reason);

	if (error)
		return error;
	error = make_semaphores(state);
	if (error)
		channel_slots_close(state);
	return error;
}

static inline int semaphore_send(struct channel_end *end, size_t bytes)
{
	int error = posix_semaphore_post(channel_slots_control(end->state, end->side));

	(void)bytes;
	if (!error)
		channel_slots_sent(end);
	return error;
}

static inline int semaphore_receive(struct channel_end *end, size_t bytes)
{
	int error = posix_semaphore_wait(channel_slots_control(end->state, 1 - end->side));

	(void)bytes;
	if (!error)
		channel_slots_received(end);
	return error;
}

CHANNEL_LOOPS(semaphore);

/* The messages of one direction. */
struct monitor {
	pthread_mutex_t mutex;
	pthread_cond_t is_there;
	uint64_t waiting;          /* messages */
};

_Static_assert(sizeof(struct monitor) <= CHANNEL_CONTROL_BYTES, "one lies in the control words");

static int init_mutex(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;
	int error = pthread_mutexattr_init(&attributes);

	if (error)
		return -error;
	error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (!error)
		error = pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return -error;
}

static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return -error;
	error = pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (!error)
		error = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return -error;
}

static int make_monitors(const struct channel_slots *slots)
{
	int error = 0;

	for (int side = 0; side < 2 && !error; side++) {
		struct monitor *monitor = channel_slots_control(slots, side);

		error = init_mutex(&monitor->mutex);
		if (!error)
			error = init_condition(&monitor->is_there);
	}
	return error;
}

static int monitor_open(void *state, const struct channel_config *config, char *ret_reason)
{
	int error = make_memory(state, config, ret_reason);

	if (error)
		return error;
	error = make_monitors(state);
	if (error)
		channel_slots_close(state);
	return error;
}

/* Signalled without the mutex: else who wakes would have to wait for it at once. */
static inline int monitor_send(struct channel_end *end, size_t bytes)
{
	struct monitor *monitor = channel_slots_control(end->state, end->side);
	int error = pthread_mutex_lock(&monitor->mutex);

	(void)bytes;
	if (error)
		return -error;
	monitor->waiting++;
	error = pthread_mutex_unlock(&monitor->mutex);
	if (!error)
		error = pthread_cond_signal(&monitor->is_there);
	if (!error)
		channel_slots_sent(end);
	return -error;
}

static inline int monitor_receive(struct channel_end *end, size_t bytes)
{
	struct monitor *monitor = channel_slots_control(end->state, 1 - end->side);
	int error = pthread_mutex_lock(&monitor->mutex);

	(void)bytes;
	if (error)
		return -error;
	while (!monitor->waiting && !error)
		error = pthread_cond_wait(&monitor->is_there, &monitor->mutex);
	if (error)
		return -error;
	monitor->waiting--;
	error = pthread_mutex_unlock(&monitor->mutex);
	if (!error)
		channel_slots_received(end);
	return -error;
}

CHANNEL_LOOPS(monitor);

#define SHARED(identifier, option, text, hooks) \
	const struct channel channel_##identifier = { \
		.about = { option, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_NAMED | \
			   CHANNEL_IPC }, \
		.state_bytes = sizeof(struct channel_slots), \
		.open = hooks##_open, \
		.enter = channel_slots_enter, \
		.leave = channel_slots_leave, \
		.close = channel_slots_close, \
		CHANNEL_HOOKS(hooks), \
	}

SHARED(posix_shm_posix_sem, "posix-shm+posix-sem",
       "POSIX shared memory, a POSIX semaphore each way in it", semaphore);
SHARED(posix_shm_pthread, "posix-shm+pthread",
       "POSIX shared memory, a mutex and a condition variable each way in it", monitor);
