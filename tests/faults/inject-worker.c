/* SPDX-License-Identifier: MIT */
/* inject-worker - the side of inject that becomes a worker. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "inject.h"

#define EXIT_BROKEN 9
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

__attribute__((noreturn))
static void give_up(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	_exit(EXIT_BROKEN);
}

static void dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv(SOCKET_NAME);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (!name || strlen(name) >= sizeof(address.sun_path))
		give_up(SOCKET_NAME);
	strcpy(address.sun_path, name);
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    dup3(fd, CHANNEL_FD, O_CLOEXEC) == -1)
		give_up(name);
	close(fd);
}

static void ask(char **argv, struct watch *ret)
{
	char words[ARGUMENTS_MAX];
	size_t length = 0;

	for (; *argv && length < sizeof(words) - 1; argv++)
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s\n", *argv);
	if (length >= sizeof(words) || send(CHANNEL_FD, words, length, MSG_NOSIGNAL) == -1 ||
	    recv(CHANNEL_FD, ret, sizeof(*ret), 0) != sizeof(*ret))
		give_up("the controller");
}

void inject_be_worker(char **argv)
{
	const char *name = strrchr(argv[0], '/');
	struct watch watch;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv(WORKERS_NAME), name ? name + 1 : argv[0]);
	dial();
	ask(argv, &watch);
	unsetenv(SOCKET_NAME);
	unsetenv(WORKERS_NAME);
	if (watch.count) {
		int listener = inject_watch(&watch);

		errno = -listener;
		if (listener < 0 || inject_hand_over(listener))
			give_up("seccomp");
	}
	argv[0] = path;
	execv(path, argv);
	give_up(path);
}
