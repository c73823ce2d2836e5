/* SPDX-License-Identifier: MIT */
/* thread-raw: a kernel thread by clone3 alone, without libc's; joined by futex on its id. */
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"
#include "spawner/clone3-probe.h"
#include "spawner/mechanism/list.h"
#include "spawner/own-stack.h"

/*
 * No CLONE_SETTLS: the thread has its creator's thread-local storage, so it
 * runs uninstrumented code and raw system calls only (kernel/raw-syscall.h).
 */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
		      CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* Written by the kernel: the id while the thread lives, then 0. */
struct thread_id {
	_Alignas(64) uint32_t word;
};

struct thread_raw_state {
	struct own_stacks stacks;
	struct thread_id *ids;     /* one a stack */
};

UNINSTRUMENTED_FUNCTION static void thread_main(struct spawn_task *task) __attribute__((noreturn));
UNINSTRUMENTED_FUNCTION static void thread_main(struct spawn_task *task)
{
	spawn_task_run(task);
	for (;;)
		raw_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
}

#if defined(__x86_64__)
#define HAS_TRAMPOLINE 1

/* The thread finds itself on an empty stack: what it needs is in registers. */
static long clone3_thread(const struct clone_args *arguments, struct spawn_task *task)
{
	long result;
	register void (*entry)(struct spawn_task *) __asm__("r8") = thread_main;
	register struct spawn_task *argument __asm__("r9") = task;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r9, %%rdi\n\t"
			 "callq *%%r8\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)SYS_clone3), "D"(arguments), "S"(sizeof(*arguments)),
			   "r"(entry), "r"(argument)
			 : "rcx", "r11", "cc", "memory");
	return result;
}
#elif defined(__aarch64__)
#define HAS_TRAMPOLINE 1

static long clone3_thread(const struct clone_args *arguments, struct spawn_task *task)
{
	register long number __asm__("x8") = SYS_clone3;
	register long result __asm__("x0") = (long)arguments;
	register size_t size __asm__("x1") = sizeof(*arguments);
	register void (*entry)(struct spawn_task *) __asm__("x9") = thread_main;
	register struct spawn_task *argument __asm__("x10") = task;

	__asm__ volatile("svc 0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, x10\n\t"
			 "blr x9\n\t"
			 "brk 0\n"
			 "1:"
			 : "+r"(result)
			 : "r"(number), "r"(size), "r"(entry), "r"(argument)
			 : "memory");
	return result;
}
#else
#define HAS_TRAMPOLINE 0

static long clone3_thread(const struct clone_args *arguments, struct spawn_task *task)
{
	(void)arguments, (void)task, (void)thread_main;
	return -ENOSYS;
}
#endif

static struct thread_id *id_of(const struct thread_raw_state *own, const struct spawn_task *task)
{
	return &own->ids[task->index % own->stacks.count];
}

static void thread_raw_close(void *state)
{
	struct thread_raw_state *own = state;

	own_stacks_unmap(&own->stacks);
	free(own->ids);
}

static int thread_raw_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct thread_raw_state *own = state;
	int error;

	if (!HAS_TRAMPOLINE) {
		*ret_reason = "written for x86-64 and arm64 only";
		return -ENOSYS;
	}
	error = clone3_probe(ret_reason);
	if (error)
		return error;
	own->ids = aligned_alloc(sizeof(*own->ids), config->alive * sizeof(*own->ids));
	if (!own->ids)
		return -ENOMEM;
	memset(own->ids, 0, config->alive * sizeof(*own->ids));
	error = own_stacks_map(&own->stacks, config, ret_reason);
	if (error)
		free(own->ids);
	return error;
}

static int thread_raw_start(void *state, struct spawn_task *task)
{
	struct thread_raw_state *own = state;
	uint32_t *word = &id_of(own, task)->word;
	struct clone_args arguments = {
		.flags = THREAD_FLAGS,
		.parent_tid = (uintptr_t)word,
		.child_tid = (uintptr_t)word,
		.stack = (uintptr_t)own_stack_of(&own->stacks, task),
		.stack_size = own->stacks.stack_bytes,
	};
	long id = clone3_thread(&arguments, task);

	task->pid = (pid_t)id;
	return id < 0 ? (int)id : 0;
}

/* The kernel wakes the word as a shared futex: a private wait would never end. */
static int thread_raw_reap(void *state, struct spawn_task *task)
{
	struct thread_raw_state *own = state;
	uint32_t *word = &id_of(own, task)->word;
	uint32_t id;

	while ((id = __atomic_load_n(word, __ATOMIC_ACQUIRE))) {
		long error = raw_syscall(SYS_futex, (long)word, FUTEX_WAIT, id, 0, 0, 0);

		if (error && error != -EAGAIN && error != -EINTR)
			return (int)error;
	}
	return 0;
}

const struct spawner spawner_thread_raw = {
	.about = { "thread-raw", "a thread by clone3 alone, nothing of libc, on a stack kept ready",
		   SPAWN_THREAD | SPAWN_STACK },
	.clone_flags = THREAD_FLAGS,
	.state_bytes = sizeof(struct thread_raw_state),
	.open = thread_raw_open,
	.start = thread_raw_start,
	.reap = thread_raw_reap,
	.close = thread_raw_close,
};
