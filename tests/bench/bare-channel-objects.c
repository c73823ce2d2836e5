/* SPDX-License-Identifier: MIT */
/* The bare loops over System V and POSIX objects and over shared memory. */
#include "bare-channel.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_BYTES 8192
#define CONTROL_BYTES 2048         /* of a direction; two of them, then the slots */
#define SLOT_BYTES 128
#define SLOTS 2                    /* of a direction */
#define ASLEEP (-1)                /* the futex word: who receives waits */

/* What must be removed, as nothing else removes it: -1, there is none. */
static int queue_ids[2] = { -1, -1 };
static int semaphores_id = -1;

void bare_remove(void)
{
	for (int side = 0; side < 2; side++)
		if (queue_ids[side] != -1)
			msgctl(queue_ids[side], IPC_RMID, NULL);
	if (semaphores_id != -1)
		semctl(semaphores_id, 0, IPC_RMID);
	queue_ids[0] = queue_ids[1] = semaphores_id = -1;
}

/* As the tool's worker has it; who may not has the machine's, and bare_remove(). */
static void hide_objects(void)
{
	if (unshare(CLONE_NEWIPC))
		errno = 0;
}

static void private_name(char *name, size_t room, int side)
{
	snprintf(name, room, "/bare-channel-%d.%d", (int)getpid(), side);
}

static int messages_open(struct bare_link *link)
{
	struct mq_attr wanted = { .mq_maxmsg = 2, .mq_msgsize = 1 };

	hide_objects();
	for (int side = 0; side < 2; side++) {
		char name[NAME_MAX];
		mqd_t queue;

		private_name(name, sizeof(name), side);
		queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &wanted);
		if (queue == -1 || mq_unlink(name))
			return -1;
		link->out[side] = link->in[1 - side] = queue;
	}
	return 0;
}

static inline int message_send(struct bare_end *end)
{
	return mq_send(end->fd_out, (const char *)end->out, 1, 0);
}

static inline int message_receive(struct bare_end *end)
{
	return bare_whole(mq_receive(end->fd_in, (char *)end->in, 1, NULL), 1);
}

BARE_LOOPS(message);

static int queues_open(struct bare_link *link)
{
	hide_objects();
	for (int side = 0; side < 2; side++) {
		queue_ids[side] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
		if (queue_ids[side] == -1)
			return -1;
		link->out[side] = link->in[1 - side] = queue_ids[side];
	}
	return 0;
}

static inline int queue_send(struct bare_end *end)
{
	return msgsnd(end->fd_out, &end->message_out, 1, 0);
}

static inline int queue_receive(struct bare_end *end)
{
	return bare_whole(msgrcv(end->fd_in, &end->message_in, 1, 1, 0), 1);
}

BARE_LOOPS(queue);

static int sysv_open(struct bare_link *link)
{
	hide_objects();
	semaphores_id = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
	for (int side = 0; side < 2; side++)
		link->in[side] = link->out[side] = semaphores_id;
	return semaphores_id == -1 ? -1 : 0;
}

static inline int sysv_add(int id, int side, short value)
{
	struct sembuf operation = { .sem_num = (unsigned short)side, .sem_op = value };

	return semop(id, &operation, 1);
}

static inline int sysv_send(struct bare_end *end)
{
	return sysv_add(end->fd_out, end->side, 1);
}

static inline int sysv_receive(struct bare_end *end)
{
	return sysv_add(end->fd_in, 1 - end->side, -1);
}

BARE_LOOPS(sysv);

static int posix_open(struct bare_link *link)
{
	for (int side = 0; side < 2; side++) {
		char name[NAME_MAX];

		private_name(name, sizeof(name), side);
		link->semaphore[side] = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
		if (link->semaphore[side] == SEM_FAILED || sem_unlink(name))
			return -1;
	}
	return 0;
}

static inline int posix_send(struct bare_end *end)
{
	return sem_post(end->link->semaphore[end->side]);
}

static inline int posix_receive(struct bare_end *end)
{
	return sem_wait(end->link->semaphore[1 - end->side]);
}

BARE_LOOPS(posix);

static int memory_open(struct bare_link *link)
{
	int fd = memfd_create("bare-channel", MFD_CLOEXEC);
	void *memory;

	if (fd == -1 || ftruncate(fd, MEMORY_BYTES))
		return -1;
	memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (memory == MAP_FAILED)
		return -1;
	link->memory = memory;
	return close(fd);
}

static inline void *control(const struct bare_end *end, int side)
{
	return end->link->memory + side * CONTROL_BYTES;
}

static inline unsigned char *slot(const struct bare_end *end, int side, unsigned int i)
{
	return end->link->memory + 2 * CONTROL_BYTES +
	       ((unsigned int)side * SLOTS + i) * SLOT_BYTES;
}

void bare_take_slots(struct bare_end *end)
{
	end->out = slot(end, end->side, 0) + end->link->head_bytes;
	end->in = slot(end, 1 - end->side, 0) + end->link->head_bytes;
}

/* The next message has the next slot. */
static inline void sent(struct bare_end *end)
{
	end->slot_out = (end->slot_out + 1) % SLOTS;
	end->out = slot(end, end->side, end->slot_out);
}

static inline void received(struct bare_end *end)
{
	end->in = slot(end, 1 - end->side, end->slot_in);
	end->slot_in = (end->slot_in + 1) % SLOTS;
}

static inline long futex(int *word, int operation, int value)
{
	return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static inline int futex_send(struct bare_end *end)
{
	int *word = control(end, end->side);

	if (__atomic_fetch_add(word, 1, __ATOMIC_ACQ_REL) == ASLEEP &&
	    futex(word, FUTEX_WAKE, 1) == -1)
		return -1;
	sent(end);
	return 0;
}

static inline int futex_receive(struct bare_end *end)
{
	int *word = control(end, 1 - end->side);

	if (__atomic_fetch_sub(word, 1, __ATOMIC_ACQ_REL) == 0)
		while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == ASLEEP)
			if (futex(word, FUTEX_WAIT, ASLEEP) == -1 && errno != EAGAIN)
				return -1;
	received(end);
	return 0;
}

BARE_LOOPS(futex);

/* In one line, the number is written last: who sees it has the byte, too. */
struct numbered {
	unsigned long number;
	unsigned char byte;
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

static inline struct numbered *spin_message(const struct bare_end *end, int side, unsigned long i)
{
	return (struct numbered *)(void *)slot(end, side, (unsigned int)(i % SLOTS));
}

static inline int spin_send(struct bare_end *end)
{
	struct numbered *message = spin_message(end, end->side, end->slot_out);
	unsigned long number = ++end->slot_out;

	__atomic_store_n(&message->number, number, __ATOMIC_RELEASE);
	end->out = &spin_message(end, end->side, number)->byte;
	return 0;
}

static inline int spin_receive(struct bare_end *end)
{
	struct numbered *message = spin_message(end, 1 - end->side, end->slot_in);
	unsigned long wanted = ++end->slot_in;

	while (__atomic_load_n(&message->number, __ATOMIC_ACQUIRE) != wanted)
		relax();
	end->in = &message->byte;
	return 0;
}

static int spin_open(struct bare_link *link)
{
	link->head_bytes = offsetof(struct numbered, byte);
	return memory_open(link);
}

BARE_LOOPS(spin);

const struct bare_channel bare_objects[] = {
	{ "posix-mq", messages_open, message_ping, message_pong },
	{ "sysv-msg", queues_open, queue_ping, queue_pong },
	{ "sysv-sem", sysv_open, sysv_ping, sysv_pong },
	{ "posix-sem", posix_open, posix_ping, posix_pong },
	{ "memfd+futex", memory_open, futex_ping, futex_pong },
	{ "shm-spin", spin_open, spin_ping, spin_pong },
	{ .name = NULL },
};
