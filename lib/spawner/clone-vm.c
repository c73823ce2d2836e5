/* SPDX-License-Identifier: MIT */
/* clone-vm: a process in its parent's memory, on a stack of its own; waited for as a child. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "raw-syscall.h"
#include "spawner.h"

#define DEFAULT_STACK_BYTES (64u << 10)

struct clone_vm_state {
	char *stacks;              /* count of them, each above a guard page */
	size_t stride;
	uint32_t count;
};

static char *stack_top(const struct clone_vm_state *own, uint32_t index)
{
	return own->stacks + (index % own->count + 1) * own->stride;
}

static void clone_vm_close(void *state)
{
	struct clone_vm_state *own = state;

	munmap(own->stacks, own->count * own->stride);
}

static int clone_vm_open(void *state, const struct spawn_config *config, const char **ret_reason)
{
	struct clone_vm_state *own = state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = config->stack_bytes ? config->stack_bytes : DEFAULT_STACK_BYTES;
	size_t total;

	own->count = config->alive;
	if (size > SIZE_MAX / 2)
		return -ENOMEM;
	own->stride = (size + page - 1) / page * page + page;
	if (__builtin_mul_overflow(own->stride, own->count, &total))
		return -ENOMEM;
	own->stacks = mmap(NULL, total, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (own->stacks == MAP_FAILED)
		return -errno;
	for (uint32_t i = 0; i < own->count; i++) {
		if (mprotect(own->stacks + i * own->stride, page, PROT_NONE)) {
			int error = -errno;

			*ret_reason = "too many stacks for vm.max_map_count";
			clone_vm_close(own);
			return error;
		}
		stack_top(own, i)[-1] = 0;
	}
	return 0;
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

static int clone_vm_spawn(const struct clone_vm_state *own, struct spawn_task *task, long flags)
{
	long pid = clone_on_stack(CLONE_VM | SIGCHLD | flags, stack_top(own, task->index), task);

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
	.state_bytes = sizeof(struct clone_vm_state),
	.open = clone_vm_open,
	.start = clone_vm_start,
	.reap = clone_vm_reap,
	.close = clone_vm_close,
};

const struct spawner spawner_clone_vm_vfork = {
	.about = { "clone-vm-vfork", "the same with the parent frozen: what posix_spawn does inside",
		   SPAWN_PROCESS | SPAWN_SHARES | SPAWN_SUSPENDS | SPAWN_STACK },
	.state_bytes = sizeof(struct clone_vm_state),
	.open = clone_vm_open,
	.start = clone_vm_vfork_start,
	.reap = clone_vm_reap,
	.close = clone_vm_close,
};
