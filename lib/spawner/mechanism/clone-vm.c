/* SPDX-License-Identifier: MIT */
/* clone-vm: a process in its parent's memory, on a stack of its own; waited for as a child. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "kernel/raw-syscall.h"
#include "spawner/mechanism/list.h"
#include "spawner/own-stack.h"

static int clone_vm_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	return own_stacks_map(state, config, ret_reason);
}

static void clone_vm_close(void *state)
{
	own_stacks_unmap(state);
}

/*
 * The child enters spawn_task_exit() on an empty stack: what it needs is in
 * registers.  A trampoline of our own, as ThreadSanitizer replaces libc's
 * clone() with one that keeps its argument in a frame the parent has left.
 * The older call, as container filters let it pass where they refuse clone3.
 */
#if defined(__x86_64__)
static long clone_on_stack(long flags, char *top, struct spawn_task *task)
{
	long result;
	register long parent_id __asm__("rdx") = 0;
	register long child_id __asm__("r10") = 0;
	register long storage __asm__("r8") = 0;
	register void (*entry)(struct spawn_task *) __asm__("r9") = spawn_task_exit;
	register struct spawn_task *argument __asm__("r12") = task;

	__asm__ volatile("syscall\n\t"
			 "testq %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "movq %%r12, %%rdi\n\t"
			 "callq *%%r9\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)SYS_clone), "D"(flags), "S"(top), "r"(parent_id),
			   "r"(child_id), "r"(storage), "r"(entry), "r"(argument)
			 : "rcx", "r11", "cc", "memory");
	return result;
}
#elif defined(__aarch64__)
static long clone_on_stack(long flags, char *top, struct spawn_task *task)
{
	register long number __asm__("x8") = SYS_clone;
	register long result __asm__("x0") = flags;
	register char *stack __asm__("x1") = top;
	register long parent_id __asm__("x2") = 0;
	register long storage __asm__("x3") = 0;
	register long child_id __asm__("x4") = 0;
	register void (*entry)(struct spawn_task *) __asm__("x9") = spawn_task_exit;
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
			 : "r"(number), "r"(stack), "r"(parent_id), "r"(storage), "r"(child_id),
			   "r"(entry), "r"(argument)
			 : "memory");
	return result;
}
#else
UNINSTRUMENTED_FUNCTION static int child_main(void *task)
{
	spawn_task_exit(task);
}

static long clone_on_stack(long flags, char *top, struct spawn_task *task)
{
	int pid = clone(child_main, top, (int)flags, task);

	return pid == -1 ? -errno : pid;
}
#endif

static int clone_vm_spawn(const struct own_stacks *stacks, struct spawn_task *task, long flags)
{
	long pid = clone_on_stack(CLONE_VM | SIGCHLD | flags, own_stack_top(stacks, task), task);

	task->pid = (pid_t)pid;
	return pid < 0 ? (int)pid : 0;
}

static int clone_vm_start(void *state, struct spawn_task *task)
{
	return clone_vm_spawn(state, task, 0);
}

static int clone_vm_vfork_start(void *state, struct spawn_task *task)
{
	return clone_vm_spawn(state, task, CLONE_VFORK);
}

static int clone_vm_reap(void *state, struct spawn_task *task)
{
	(void)state;
	return spawn_wait(task);
}

const struct spawner spawner_clone_vm = {
	.about = { "clone-vm", "clone(2) sharing memory, own stack, parent goes on",
		   SPAWN_PROCESS | SPAWN_SHARES | SPAWN_STACK },
	.clone_flags = CLONE_VM,
	.state_bytes = sizeof(struct own_stacks),
	.open = clone_vm_open,
	.start = clone_vm_start,
	.reap = clone_vm_reap,
	.close = clone_vm_close,
};

const struct spawner spawner_clone_vm_vfork = {
	.about = { "clone-vm-vfork", "the same with the parent frozen: what posix_spawn does inside",
		   SPAWN_PROCESS | SPAWN_SHARES | SPAWN_SUSPENDS | SPAWN_STACK },
	.clone_flags = CLONE_VM | CLONE_VFORK,
	.state_bytes = sizeof(struct own_stacks),
	.open = clone_vm_open,
	.start = clone_vm_vfork_start,
	.reap = clone_vm_reap,
	.close = clone_vm_close,
};
