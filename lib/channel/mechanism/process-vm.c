/* SPDX-License-Identifier: MIT */
/*
 * process-vm: the receiver copies the message out of the sender's own memory, told by a
 * futex in shared memory; process_vm_readv(2) and futex(2).
 *
 * A sender has depth + 1 slots of private memory, used in turn, so that what is under
 * way is not overwritten.  They are mapped by open(): a fork leaves them at the same
 * addresses on both sides, and each side writes its own only.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/slots.h"
#include "kernel/errno-reason.h"
#include "kernel/file-access.h"
#include "kernel/raw-syscall.h"

/* Of one direction, in shared memory, written by its sender alone. */
struct sender {
	_Alignas(128) uint32_t sent;      /* a futex */
	int32_t pid;                      /* since before the first message */
};

struct process_vm {
	struct channel_slots slots;       /* in private memory, control words unused */
	struct sender *senders;           /* by side */
};

static int copy_from(int32_t pid, const void *from, void *to, size_t bytes)
{
	struct iovec local = { to, bytes }, remote = { (void *)(uintptr_t)from, bytes };
	ssize_t copied;

	do
		copied = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	while (copied == -1 && errno == EINTR);
	if (copied == -1)
		return errno == ESRCH ? -EPIPE : -errno;
	return (size_t)copied == bytes ? 0 : -EBADMSG;
}

/* Of a child's reading its parent, which Yama permits least.  The child has no SIGCHLD,
 * which someone else waits for, and ends without a trace. */
static int probe_parent(const char *byte)
{
	char copy;
	int status;
	pid_t parent = getpid();
	pid_t child = (pid_t)raw_syscall(SYS_clone, 0, 0, 0, 0, 0, 0);

	if (child == 0)
		_exit(-copy_from(parent, byte, &copy, 1));
	if (child < 0)
		return child;
	while (waitpid(child, &status, __WCLONE) == -1)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EPERM;
}

static int probe(const struct channel_config *config, char *ret_reason)
{
	char byte = 1, copy;
	int own = copy_from(getpid(), &byte, &copy, 1), error = own;

	if (!error && config->is_process)
		error = probe_parent(&byte);
	/* To read oneself is refused by filters only. */
	if (own == -EPERM)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "process_vm_readv is refused%s", errno_filter_is_possible("")
			 ? ": let the container's seccomp profile permit it" : " to this account");
	else if (error == -EPERM)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a child may not read its parent's memory: %ssysctl "
			 "kernel.yama.ptrace_scope=0, or grant CAP_SYS_PTRACE",
			 file_access_who("/proc/sys/kernel/yama/ptrace_scope"));
	else if (error == -ENOSYS)
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "there is no process_vm_readv: use a kernel with "
			 "CONFIG_CROSS_MEMORY_ATTACH%s", errno_filter_is_possible("")
			 ? ", or let the container's seccomp profile permit it" : "");
	return error;
}

static void *map_anonymous(size_t bytes, int flags)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_slots(struct channel_slots *slots)
{
	void *memory = map_anonymous(slots->bytes, MAP_PRIVATE);
	int error;

	if (!memory)
		return -errno;
	error = channel_slots_use(slots, memory);
	if (error)
		munmap(memory, slots->bytes);
	return error;
}

static int process_vm_open(void *state, const struct channel_config *config, char *ret_reason)
{
	struct process_vm *vm = state;
	int error;

	/* Yama lets parents read their children, and others only if they are asked to; without
	 * Yama nobody need be. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	error = probe(config, ret_reason);
	if (!error)
		error = channel_slots_plan(&vm->slots, config, ret_reason);
	if (error)
		return error;
	vm->senders = map_anonymous(2 * sizeof(*vm->senders), MAP_SHARED);
	if (!vm->senders)
		return -errno;
	error = map_slots(&vm->slots);
	if (error)
		munmap(vm->senders, 2 * sizeof(*vm->senders));
	return error;
}

static void process_vm_close(void *state)
{
	struct process_vm *vm = state;

	channel_slots_unmap(&vm->slots);
	munmap(vm->senders, 2 * sizeof(*vm->senders));
}

/* Written after the fork, so that they are this side's own pages before the first message. */
static int process_vm_enter(struct channel_end *end)
{
	struct process_vm *vm = end->state;

	/* Who reads us may be no ancestor, but the next one of a ring. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	vm->senders[end->side].pid = getpid();
	end->out = channel_slots_at(&vm->slots, end->side, 0);
	memset(end->out, 0, vm->slots.count * vm->slots.slot_bytes);
	return 0;
}

static void process_vm_leave(struct channel_end *end)
{
	end->out = NULL;
}

static inline int wake_flags(const struct channel_end *end)
{
	return end->is_process ? 0 : FUTEX_PRIVATE_FLAG;
}

/* The wake is not left out when nobody sleeps: the counter does not tell. */
static inline int process_vm_send(struct channel_end *end, size_t bytes)
{
	const struct process_vm *vm = end->state;
	struct sender *sender = &vm->senders[end->side];
	long result;

	(void)bytes;
	__atomic_store_n(&sender->sent, sender->sent + 1, __ATOMIC_RELEASE);
	result = raw_syscall(SYS_futex, (long)&sender->sent, FUTEX_WAKE | wake_flags(end), 1,
			     0, 0, 0);
	if (result < 0)
		return (int)result;
	channel_slots_sent(end);
	return 0;
}

/* slot_in counts messages. */
static inline int wait_for_message(struct channel_end *end, uint32_t *sent)
{
	uint32_t before = (uint32_t)end->slot_in;

	while (__atomic_load_n(sent, __ATOMIC_ACQUIRE) == before) {
		long result = raw_syscall(SYS_futex, (long)sent, FUTEX_WAIT | wake_flags(end),
					  before, 0, 0, 0);

		if (result && result != -EAGAIN && result != -EINTR)
			return (int)result;
	}
	return 0;
}

static inline int process_vm_receive(struct channel_end *end, size_t bytes)
{
	const struct process_vm *vm = end->state;
	struct sender *sender = &vm->senders[1 - end->side];
	int error = wait_for_message(end, &sender->sent);
	uint64_t slot;

	if (error)
		return error;
	slot = end->slot_in++ % vm->slots.count;
	return copy_from(sender->pid, channel_slots_at(&vm->slots, 1 - end->side, slot),
			 end->in, bytes);
}

CHANNEL_LOOPS(process_vm);

const struct channel channel_process_vm = {
	.about = { "process-vm", "process_vm_readv(2) from the sender's memory, and a futex(2)",
		   CHANNEL_PROCESS | CHANNEL_THREAD },
	.state_bytes = sizeof(struct process_vm),
	.open = process_vm_open,
	.enter = process_vm_enter,
	.leave = process_vm_leave,
	.close = process_vm_close,
	CHANNEL_HOOKS(process_vm),
};
