/* SPDX-License-Identifier: MIT */
#include "run/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/proc-task.h"
#include "kernel/sysfile.h"
#include "run/seat.h"
#include "run/reap.h"

#define KEEPER_NAME "handoff-keeper"
/* Between looks at the worker where pidfd_open(2) is missing, and between two SIGKILLs. */
#define LOOK_MS 2
#define KILL_AGAIN_MS 1000

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Whoever reads a pipe of the tool's must not have to wait for us. */
static void close_all_but(int line)
{
	syscall(SYS_close_range, line + 1, ~0u, 0);
	if (line > 0 && syscall(SYS_close_range, 0, line - 1, 0))
		for (int fd = 0; fd < line; fd++)
			close(fd);
}

/* What is seen of the worker until it has ended. */
struct watch {
	pid_t worker;
	uint64_t stopped_ns;   /* since when it is stopped; 0: it is not */
	struct stops stops;
};

/*
 * Without /proc, which may be another PID namespace's.  Who was stopped together with it sees only
 * that it goes on.
 */
static void note_stops(struct watch *watch)
{
	siginfo_t info = { .si_pid = 0 };

	while (!waitid(P_PID, (id_t)watch->worker, &info, WSTOPPED | WCONTINUED | WNOHANG) &&
	       info.si_pid) {
		uint64_t now = clock_raw_ns();

		if (info.si_code == CLD_CONTINUED) {
			stops_add(&watch->stops, watch->stopped_ns ? watch->stopped_ns : now, now);
			watch->stopped_ns = 0;
		} else {
			watch->stopped_ns = now;
		}
		info.si_pid = 0;
	}
}

static void on_child(int number)
{
	(void)number;
}

/* So that a stop ends a wait of await_word(), and only such a wait. */
static void mind_children(void)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t child;

	sigaction(SIGCHLD, &action, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
}

static void await_word(struct pollfd wait[2], int ms)
{
	struct timespec patience = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t none;

	sigemptyset(&none);
	wait[0].revents = wait[1].revents = 0;
	ppoll(wait, 2, ms < 0 ? NULL : &patience, &none);
}

/*
 * Until the worker has ended, which it does at the latest when the line is cut.  Whether it was
 * stopped then.
 */
static bool watch_worker(struct watch *watch, int line)
{
	bool was_stopped = false;
	int pidfd = (int)syscall(SYS_pidfd_open, watch->worker, 0);
	struct pollfd wait[] = {
		{ .fd = line, .events = POLLIN }, { .fd = pidfd, .events = POLLIN },
	};
	siginfo_t info = { .si_pid = 0 };

	/* The worker stays a zombie, so that its number stays its own. */
	while (!waitid(P_PID, (id_t)watch->worker, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid) {
		bool is_cut = wait[0].fd == -1;

		await_word(wait, pidfd == -1 ? LOOK_MS : is_cut ? KILL_AGAIN_MS : -1);
		note_stops(watch);
		if (!is_cut && wait[0].revents)
			was_stopped = watch->stopped_ns != 0;
		if (is_cut || wait[0].revents)
			kill(watch->worker, SIGKILL);
		if (wait[0].revents)
			wait[0].fd = -1;
	}
	if (pidfd != -1)
		close(pidfd);
	return was_stopped;
}

/* "pid (name) state ...": the name may hold anything, also ')'; the start is the 22nd. */
static uint64_t read_start_ns(pid_t pid)
{
	char path[PROC_TASK_PATH_MAX], text[1024] = "", *behind;
	unsigned long long ticks = 0;

	proc_task_path(pid, "stat", path);
	sysfile_read_text("", path, text, sizeof(text));
	behind = strrchr(text, ')');
	if (!behind || sscanf(behind + 1, " %*c" " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
			      " %*s %*s %*s %*s %*s %llu", &ticks) != 1)
		return 0;
	return ticks * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct worker_end reap(const struct watch *watch, bool was_stopped)
{
	const pid_t worker = watch->worker;
	/* As long as it has not been reaped, the numbers are its own. */
	struct worker_end end = { .started_ns = read_start_ns(worker),
				  .was_stopped = was_stopped, .stops = watch->stops };
	int status = 0;

	kill(-worker, SIGKILL);
	while (waitpid(worker, &status, 0) == -1 && errno == EINTR)
		;
	end.status = status;
	return end;
}

__attribute__((noreturn))
static void tell_and_end(int line, struct worker_end end)
{
	send(line, &end, sizeof(end), MSG_NOSIGNAL);
	reap_children();
	_exit(EXIT_SUCCESS);
}

/* The answer is the reason; and no worker is a worker that has ended. */
__attribute__((noreturn))
static void refuse(const struct worker_order *order, int report_fd, int line, const char *reason)
{
	static struct round round;

	round_init(&round, order->mechanism);
	round_refuse(&round, -errno, "worker", reason);
	worker_seat_answer(order, report_fd, &round);
	tell_and_end(line, (struct worker_end){ .status = 0 });
}

__attribute__((noreturn))
static void keeper_main(const struct worker_order *order, int report_fd, int line)
{
	const pid_t self = getpid();
	struct watch watch = { .stopped_ns = 0 };
	bool was_stopped;
	pid_t worker;

	/* Away from the terminal, and from who kills the tool by its name or group. */
	setsid();
	prctl(PR_SET_NAME, KEEPER_NAME);
	/* Inherited as ignored it would let the kernel reap behind our back. */
	signal(SIGCHLD, SIG_DFL);
	/* Emulators do not know it: then orphans are found at the run's end, by its guard. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) && errno != EINVAL)
		refuse(order, report_fd, line, "what keeps a worker may not adopt its orphans (prctl)");
	/* A fork would copy the tool's page tables once more. */
	worker = vfork();
	if (worker == 0)
		worker_seat_and_execute(order, report_fd, self);
	if (worker == -1)
		refuse(order, report_fd, line, "");
	close_all_but(line);
	watch.worker = worker;
	mind_children();
	was_stopped = watch_worker(&watch, line);
	tell_and_end(line, reap(&watch, was_stopped));
}

int worker_keeper_start(const struct worker_order *order, int report_fd,
			struct worker_keeper *ret)
{
	int line[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line))
		return -errno;
	ret->line = line[0];
	ret->pid = fork();
	if (ret->pid == 0) {
		close(line[0]);
		keeper_main(order, report_fd, line[1]);
	}
	error = ret->pid == -1 ? -errno : 0;
	close(line[1]);
	if (error)
		close(line[0]);
	return error;
}

enum worker_keeper_word worker_keeper_hear(const struct worker_keeper *keeper,
					   struct worker_end *ret_end)
{
	struct worker_end end;
	ssize_t got = recv(keeper->line, &end, sizeof(end), MSG_DONTWAIT);

	if (got == (ssize_t)sizeof(end)) {
		*ret_end = end;
		return KEEPER_TOLD;
	}
	return got == -1 && (errno == EAGAIN || errno == EINTR) ? KEEPER_SILENT : KEEPER_ENDED;
}

void worker_keeper_dismiss(const struct worker_keeper *keeper)
{
	shutdown(keeper->line, SHUT_WR);
}

void worker_keeper_kill(const struct worker_keeper *keeper)
{
	kill(keeper->pid, SIGKILL);
}

void worker_keeper_end(struct worker_keeper *keeper)
{
	close(keeper->line);
	while (waitpid(keeper->pid, NULL, 0) == -1 && errno == EINTR)
		;
	*keeper = (struct worker_keeper){ .line = -1 };
}
