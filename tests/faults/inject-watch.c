/* SPDX-License-Identifier: MIT */
/* inject-watch - has the kernel ask about system calls, and hands over who is to be asked. */
#include <errno.h>
#include <linux/filter.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject.h"

/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV */
#define KILLABLE_ONLY (1ul << 5)

struct program {
	struct sock_filter lines[2 * WATCHED_MAX + 16];
	unsigned short length;
};

static void add(struct program *program, struct sock_filter line)
{
	program->lines[program->length++] = line;
}

#define LOAD(field) \
	(struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define SKIP_UNLESS(value, lines) \
	(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, lines)
#define END(what) (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what)

/* The lower half of the first argument. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_FIRST LOAD(args[0])
#else
#define LOAD_FIRST (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				offsetof(struct seccomp_data, args[0]) + 4)
#endif

/* One call on one descriptor; the number is loaded before and afterwards. */
static void add_on_descriptor(struct program *program, long call, int descriptor, uint32_t what)
{
	add(program, SKIP_UNLESS(call, 4));
	add(program, LOAD_FIRST);
	add(program, SKIP_UNLESS(descriptor, 1));
	add(program, END(what));
	add(program, LOAD(nr));
}

/* Handing over must not be asked about: nobody listens yet. */
static void write_program(struct program *program, const struct watch *watch)
{
	program->length = 0;
	add(program, LOAD(nr));
	add_on_descriptor(program, SYS_sendmsg, CHANNEL_FD, SECCOMP_RET_ALLOW);
	add_on_descriptor(program, SYS_write, CONTROL_FD, SECCOMP_RET_USER_NOTIF);
	for (int i = 0; i < watch->count; i++) {
		add(program, SKIP_UNLESS(watch->numbers[i], 1));
		add(program, END(SECCOMP_RET_USER_NOTIF));
	}
	add(program, END(watch->count < 0 ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW));
}

int inject_watch(const struct watch *watch)
{
	struct program program;
	struct sock_fprog filter = { .filter = program.lines };
	long listener;

	write_program(&program, watch);
	filter.len = program.length;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			   SECCOMP_FILTER_FLAG_NEW_LISTENER | KILLABLE_ONLY, &filter);
	/* Before Linux 5.19 a signal may have a call asked about twice. */
	if (listener == -1 && errno == EINVAL)
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				   SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
	return listener == -1 ? -errno : (int)listener;
}

int inject_hand_over(int descriptor)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { 0 };
	struct iovec data = { "", 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(descriptor));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
	return syscall(SYS_sendmsg, CHANNEL_FD, &message, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int inject_take(int channel)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header;
	int descriptor = -1;

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
	return descriptor;
}
