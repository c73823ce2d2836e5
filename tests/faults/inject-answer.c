/* SPDX-License-Identifier: MIT */
/*
 * inject-answer - answers a system call that somebody else has made, as the kernel
 * could have: what an error leaves behind is done, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "inject.h"

/* How long data are waited for, to bring a part of them. */
#define READY_MS 2
#define PART_MAX 65536

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static void respond(int listener, struct seccomp_notif_resp *response)
{
	/* ENOENT: it has been killed meanwhile. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, response) && errno != ENOENT)
		perror("inject: answer");
}

void inject_continue(int listener, const struct seccomp_notif *asked)
{
	struct seccomp_notif_resp response = { .id = asked->id,
					       .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	respond(listener, &response);
}

static void give(int listener, const struct seccomp_notif *asked, int64_t value, int error)
{
	struct seccomp_notif_resp response = { .id = asked->id, .val = value, .error = -error };

	respond(listener, &response);
}

/* Of a thread group, which is what pidfds are of. */
static pid_t group_of(pid_t tid)
{
	char path[64], line[128];
	int pid = (int)tid;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Tgid: %d", &pid) == 1)
			break;
	if (file)
		fclose(file);
	return (pid_t)pid;
}

static int borrow(const struct seccomp_notif *asked, int descriptor)
{
	int pidfd = (int)syscall(SYS_pidfd_open, group_of((pid_t)asked->pid), 0), borrowed;

	if (pidfd == -1)
		return -1;
	borrowed = (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
	close(pidfd);
	return borrowed;
}

/* Even a close() that fails has closed: put something harmless in its place. */
static void close_for(int listener, const struct seccomp_notif *asked)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct seccomp_notif_addfd put = {
		.id = asked->id, .flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (uint32_t)null, .newfd = (uint32_t)asked->data.args[0],
		.newfd_flags = O_CLOEXEC,
	};

	if (null >= 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &put) == -1 && errno != ENOENT)
		perror("inject: close");
	close(null);
}

/* A sleep that is interrupted at once has all of its time left; one until a time (flags) is
 * not told. */
static void tell_rest(const struct seccomp_notif *asked)
{
	bool is_clock = asked->data.nr == SYS_clock_nanosleep;
	uint64_t from = asked->data.args[is_clock ? 2 : 0], to = asked->data.args[is_clock ? 3 : 1];
	struct timespec rest;
	struct iovec here = { &rest, sizeof(rest) };
	struct iovec there = { (void *)(uintptr_t)from, sizeof(rest) };

	if (!to || (is_clock && asked->data.args[1]) ||
	    process_vm_readv((pid_t)asked->pid, &here, 1, &there, 1, 0) != sizeof(rest))
		return;
	there.iov_base = (void *)(uintptr_t)to;
	(void)!process_vm_writev((pid_t)asked->pid, &here, 1, &there, 1, 0);
}

/* Datagrams come whole or not at all. */
static bool is_stream(int fd)
{
	int type = 0;
	socklen_t length = sizeof(type);
	struct stat status;

	if (fstat(fd, &status))
		return false;
	if (S_ISSOCK(status.st_mode))
		return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) && type == SOCK_STREAM;
	return S_ISFIFO(status.st_mode) || S_ISREG(status.st_mode);
}

static bool is_ready(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };

	return poll(&wait, 1, READY_MS) > 0 && wait.revents & events;
}

/* What a call moves from or to its caller's memory. */
struct move {
	const struct seccomp_notif *asked;
	int fd;
	void *theirs, *bytes;
	size_t count;
};

static struct iovec of_caller(const struct move *move)
{
	return (struct iovec){ move->theirs, move->count };
}

static ssize_t fetch(const struct move *move)
{
	struct iovec here = { move->bytes, move->count }, there = of_caller(move);
	off_t at = (off_t)move->asked->data.args[3];
	ssize_t got;

	if (!is_ready(move->fd, POLLIN))
		return -1;
	got = move->asked->data.nr == SYS_pread64 ? pread(move->fd, move->bytes, move->count, at)
						   : read(move->fd, move->bytes, move->count);
	here.iov_len = there.iov_len = got > 0 ? (size_t)got : 0;
	if (got > 0 && process_vm_writev((pid_t)move->asked->pid, &here, 1, &there, 1, 0) != got)
		return -1;
	return got;
}

static ssize_t put(const struct move *move)
{
	struct iovec here = { move->bytes, move->count }, there = of_caller(move);
	off_t at = (off_t)move->asked->data.args[3];

	if (!is_ready(move->fd, POLLOUT) ||
	    process_vm_readv((pid_t)move->asked->pid, &here, 1, &there, 1, 0) != (ssize_t)move->count)
		return -1;
	return move->asked->data.nr == SYS_pwrite64 ? pwrite(move->fd, move->bytes, move->count, at)
						     : write(move->fd, move->bytes, move->count);
}

static bool fetches(long call)
{
	return call == SYS_read || call == SYS_pread64 || call == SYS_recvfrom;
}

/* splice(2) between two descriptors of theirs, without offsets. */
static ssize_t splice_part(const struct seccomp_notif *asked, int in, size_t count)
{
	int out = borrow(asked, (int)asked->data.args[2]);
	ssize_t moved = -1;

	if (out >= 0 && is_ready(in, POLLIN) && is_ready(out, POLLOUT))
		moved = splice(in, NULL, out, NULL, count, SPLICE_F_NONBLOCK);
	if (out >= 0)
		close(out);
	return moved;
}

static void *as_pointer(uint64_t argument)
{
	return (void *)(uintptr_t)argument;
}

static ssize_t move_part(const struct seccomp_notif *asked, int fd, void *theirs, size_t count)
{
	struct move move = { asked, fd, theirs, malloc(count), count };
	ssize_t moved = -1;

	if (move.bytes && is_stream(fd))
		moved = fetches(asked->data.nr) ? fetch(&move) : put(&move);
	free(move.bytes);
	return moved;
}

/* Their only vector; false: they have several, or it cannot be read. */
static bool read_vector(const struct seccomp_notif *asked, int argument, struct iovec *ret)
{
	struct iovec here = { ret, sizeof(*ret) };
	struct iovec there = { as_pointer(asked->data.args[argument]), sizeof(*ret) };

	return asked->data.args[argument + 1] == 1 &&
	       process_vm_readv((pid_t)asked->pid, &here, 1, &there, 1, 0) == sizeof(*ret);
}

static size_t half(size_t count)
{
	return count / 2 > PART_MAX ? PART_MAX : count / 2;
}

/* process_vm_readv(2): from a third task, by way of us. */
static ssize_t read_memory(const struct seccomp_notif *asked)
{
	struct iovec to, from, here;
	ssize_t moved = -1;

	if (!read_vector(asked, 1, &to) || !read_vector(asked, 3, &from) || half(to.iov_len) == 0)
		return -1;
	here = (struct iovec){ malloc(half(to.iov_len)), half(to.iov_len) };
	if (here.iov_base)
		moved = process_vm_readv((pid_t)asked->data.args[0], &here, 1, &from, 1, 0);
	if (moved > 0) {
		here.iov_len = (size_t)moved;
		moved = process_vm_writev((pid_t)asked->pid, &here, 1, &to, 1, 0);
	}
	free(here.iov_base);
	return moved;
}

/* Half of what was asked for, really moved; -1: nothing could be. */
static ssize_t move_half(const struct seccomp_notif *asked, int fd)
{
	struct iovec whole = { as_pointer(asked->data.args[1]), (size_t)asked->data.args[2] };

	if (asked->data.nr == SYS_splice)
		return splice_part(asked, fd, half((size_t)asked->data.args[4]));
	/* Into a pipe: what is written there is what would have been mapped. */
	if (asked->data.nr == SYS_vmsplice && !read_vector(asked, 1, &whole))
		return -1;
	return half(whole.iov_len) ? move_part(asked, fd, whole.iov_base, half(whole.iov_len)) : -1;
}

static bool give_part(int listener, const struct seccomp_notif *asked)
{
	ssize_t moved = -1;
	int fd;

	if (asked->data.nr == SYS_process_vm_readv) {
		moved = read_memory(asked);
	} else {
		fd = borrow(asked, (int)asked->data.args[0]);
		if (fd >= 0) {
			moved = move_half(asked, fd);
			close(fd);
		}
	}
	if (moved <= 0)
		return false;
	give(listener, asked, moved, 0);
	return true;
}

bool inject_answer(int listener, const struct seccomp_notif *asked, enum answer answer, int error)
{
	long call = asked->data.nr;

	if (answer == ANSWER_SHORT) {
		if (give_part(listener, asked))
			return true;
		inject_continue(listener, asked);
		return false;
	}
	if (answer == ANSWER_ERROR && call == SYS_close)
		close_for(listener, asked);
	if (answer == ANSWER_ERROR && (call == SYS_nanosleep || call == SYS_clock_nanosleep))
		tell_rest(asked);
	give(listener, asked, 0, answer == ANSWER_ERROR ? error : 0);
	return true;
}
