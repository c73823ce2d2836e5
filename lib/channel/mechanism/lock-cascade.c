/* SPDX-License-Identifier: MIT */
/*
 * mutex, condvar: the turn handed over by process-shared pthread locks, with no message.
 *
 * mutex: two mutexes a direction, used in turn.  Who sends holds one of them, and who
 * receives waits for it: message k is the sender's unlock of k % 2, before which it has
 * locked the other, that of the next.  Both lock and unlock each mutex by themselves.
 *
 * condvar: a mutex, a condition variable and a count a direction.
 *
 * Nothing of them has a descriptor or a name: the memory goes with its last process.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "kernel/raw-syscall.h"

#define WAIT_SECONDS 5

struct cascade {
	pthread_mutex_t mutex[2];
	uint32_t is_held;          /* the sender has entered, and has the first; a futex */
};

struct condition {
	pthread_mutex_t mutex;
	pthread_cond_t is_there;
	uint64_t waiting;          /* messages */
};

/* Of the messages that one side sends. */
struct direction {
	_Alignas(128) union {
		struct cascade cascade;
		struct condition condition;
	};
};

struct locks {
	struct direction *directions;  /* by the side that sends */
};

#define MEMORY_BYTES (2 * sizeof(struct direction))

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

static int init_cascade(struct direction *direction)
{
	int error = init_mutex(&direction->cascade.mutex[0]);

	return error ? error : init_mutex(&direction->cascade.mutex[1]);
}

static int init_counted(struct direction *direction)
{
	int error = init_mutex(&direction->condition.mutex);

	return error ? error : init_condition(&direction->condition.is_there);
}

/* What is still held goes with the memory: to let it go would be a message. */
static void locks_close(void *state)
{
	struct locks *locks = state;

	munmap(locks->directions, MEMORY_BYTES);
}

static int open_locks(struct locks *locks, int (*init)(struct direction *))
{
	int error = 0;

	locks->directions = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (locks->directions == MAP_FAILED)
		return -errno;
	for (int side = 0; side < 2 && !error; side++)
		error = init(&locks->directions[side]);
	if (error)
		locks_close(locks);
	return error;
}

static inline struct direction *direction_of(const struct channel_end *end, int sender)
{
	const struct locks *locks = end->state;

	return &locks->directions[sender];
}

static void locks_leave(struct channel_end *end)
{
	(void)end;
}

static int mutex_open(void *state, const struct channel_config *config, char *ret_reason)
{
	/* A second unlock, before the first was noticed, would be the same. */
	if (config->depth > 1) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "locks hand over one turn at a time: use --depth 1");
		return -EINVAL;
	}
	return open_locks(state, init_cascade);
}

/* The first lock is the sender's own to take: a mutex belongs to the task that locked it. */
static int mutex_enter(struct channel_end *end)
{
	struct cascade *cascade = &direction_of(end, end->side)->cascade;
	int error = pthread_mutex_lock(&cascade->mutex[0]);

	if (error)
		return -error;
	__atomic_store_n(&cascade->is_held, 1, __ATOMIC_RELEASE);
	raw_syscall(SYS_futex, (long)&cascade->is_held, FUTEX_WAKE, 1, 0, 0, 0);
	return 0;
}

/* What nobody holds yet is no message.  Not in enter(): who holds both ends enters in turn. */
static int await_sender(struct cascade *cascade)
{
	const struct timespec limit = { .tv_sec = WAIT_SECONDS };

	while (!__atomic_load_n(&cascade->is_held, __ATOMIC_ACQUIRE)) {
		long result = raw_syscall(SYS_futex, (long)&cascade->is_held, FUTEX_WAIT, 0,
					  (long)&limit, 0, 0);

		if (result && result != -EINTR && result != -EAGAIN)
			return (int)result;
	}
	return 0;
}

static inline int mutex_send(struct channel_end *end, size_t bytes)
{
	pthread_mutex_t *mutexes = direction_of(end, end->side)->cascade.mutex;
	uint64_t turn = end->slot_out++;
	int error = pthread_mutex_lock(&mutexes[(turn + 1) % 2]);

	(void)bytes;
	if (!error)
		error = pthread_mutex_unlock(&mutexes[turn % 2]);
	return -error;
}

static inline int mutex_receive(struct channel_end *end, size_t bytes)
{
	struct cascade *cascade = &direction_of(end, 1 - end->side)->cascade;
	uint64_t turn = end->slot_in++;
	int error = turn ? 0 : await_sender(cascade);

	(void)bytes;
	if (error)
		return error;
	error = pthread_mutex_lock(&cascade->mutex[turn % 2]);
	if (!error)
		error = pthread_mutex_unlock(&cascade->mutex[turn % 2]);
	return -error;
}

CHANNEL_LOOPS(mutex);

static int condvar_open(void *state, const struct channel_config *config, char *ret_reason)
{
	(void)config, (void)ret_reason;
	return open_locks(state, init_counted);
}

static int condvar_enter(struct channel_end *end)
{
	(void)end;
	return 0;
}

static inline int condvar_send(struct channel_end *end, size_t bytes)
{
	struct condition *condition = &direction_of(end, end->side)->condition;
	int error = pthread_mutex_lock(&condition->mutex);

	(void)bytes;
	if (error)
		return -error;
	condition->waiting++;
	error = pthread_cond_signal(&condition->is_there);
	if (!error)
		error = pthread_mutex_unlock(&condition->mutex);
	return -error;
}

static inline int condvar_receive(struct channel_end *end, size_t bytes)
{
	struct condition *condition = &direction_of(end, 1 - end->side)->condition;
	int error = pthread_mutex_lock(&condition->mutex);

	(void)bytes;
	while (!error && !condition->waiting)
		error = pthread_cond_wait(&condition->is_there, &condition->mutex);
	if (error)
		return -error;
	condition->waiting--;
	return -pthread_mutex_unlock(&condition->mutex);
}

CHANNEL_LOOPS(condvar);

#define LOCKS(identifier, text) \
	const struct channel channel_##identifier = { \
		.about = { #identifier, text, CHANNEL_PROCESS | CHANNEL_THREAD | CHANNEL_TOKEN | \
			   CHANNEL_SWITCH }, \
		.state_bytes = sizeof(struct locks), \
		.open = identifier##_open, \
		.enter = identifier##_enter, \
		.leave = locks_leave, \
		.close = locks_close, \
		CHANNEL_HOOKS(identifier), \
	}

LOCKS(mutex, "two process-shared mutexes each way, locked in turn");
LOCKS(condvar, "a process-shared mutex and condition variable each way");
