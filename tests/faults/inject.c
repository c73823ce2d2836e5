/* SPDX-License-Identifier: MIT */
/*
 * inject [-s] PLAN PROGRAM [ARGUMENT...] - runs a tool in which system calls fail.
 *
 * PLAN has a line for each mechanism to be disturbed:
 *
 *     MECHANISM PLACE CALL HOW
 *
 * CALL is a name of inject-calls.h, a number, or "*", all that know how to fail so;
 * HOW an errno, SHORT (a part is moved) or END (of the file).  PLACE says which one
 * of these calls, of the worker and all below it: b3, the third before the measured
 * window; w5, the fifth from its begin; a1, the first behind it; w5+, the fifth and all
 * that follow to its end; /2, every second.
 * "record" for a PLAN has no call fail: all are counted.
 *
 * What has happened is told on descriptor 3, a line each:
 *
 *     calls MECHANISM CALL BEFORE WITHIN BEHIND HOW...
 *     fired MECHANISM PLACE CALL HOW TIMES      (0 times: it did not come so far)
 *
 * Only workers are asked about, which HANDOFF_WORKERS must lead to through links to
 * this program: it becomes what they are named, of HANDOFF_INJECT_WORKERS.  With -s
 * it is the tool itself, its children left out: its MECHANISM is "tool", and it has
 * no window.  The calls of a program's loader are not counted.  The window is told
 * by what workers write to perf: give the tool --perf-control=/dev/null.
 *
 * No privilege is needed.  Ends with 77 where the kernel has no user notification,
 * with 2 on wrong usage, else as the tool does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "inject-plan.h"

#define EXIT_USAGE 2
#define EXIT_SKIP 77
#define REPORT_FD 3
#define WORKERS_MAX 64
#define LOOKS_MOST 64                  /* calls of which it is looked up who makes them */

struct worker {
	int listener;
	char mechanism[48];
	const struct fault *fault;     /* NULL: it is recorded */
	enum stage stage;
	bool is_executed;
	unsigned long fired, seen[STAGES];
	unsigned long counts[PLAN_CALLS_MAX][STAGES];
};

static struct worker *workers[WORKERS_MAX];
static int worker_count;
static bool is_tool_watched;
static pid_t tool;
static char socket_name[108];

static void tell(const char *line, size_t length)
{
	if (write(REPORT_FD, line, length) != (ssize_t)length)
		perror("inject: descriptor 3");
}

/* --- calls as they come */

static bool is_of_loader(const struct seccomp_notif *asked)
{
	unsigned long long at = asked->data.instruction_pointer, begin, end;
	char path[64], line[512];
	bool is_loader = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)asked->pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%llx-%llx", &begin, &end) == 2 && at >= begin && at < end) {
			/* musl's is its libc as well. */
			is_loader = strstr(line, "/ld-") && !strstr(line, "/ld-musl");
			break;
		}
	if (file)
		fclose(file);
	return is_loader;
}

/* What workers say to perf, "enable" and "disable", differs in length. */
static void see_window(struct worker *worker, const struct seccomp_notif *asked)
{
	if (asked->data.nr == SYS_write && asked->data.args[0] == CONTROL_FD && !is_tool_watched)
		worker->stage = asked->data.args[2] == 7 ? WITHIN : BEHIND;
}

static bool is_counted(struct worker *worker, const struct seccomp_notif *asked, int call)
{
	if (call < 0 || (worker->fault && !plan_is_meant(worker->fault, call)))
		return false;
	if (is_tool_watched && asked->pid != (uint32_t)tool)
		return false;
	/* The first execution is that of the worker itself. */
	if (asked->data.nr == SYS_execve && !worker->is_executed) {
		worker->is_executed = true;
		return false;
	}
	return worker->stage != BEFORE || worker->seen[BEFORE] >= LOOKS_MOST || !is_of_loader(asked);
}

/* False once the worker is gone. */
static bool attend(struct worker *worker)
{
	const struct fault *fault = worker->fault;
	struct seccomp_notif asked = { .id = 0 };
	int call;

	if (ioctl(worker->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return errno == EINTR || errno == ENOENT;
	see_window(worker, &asked);
	call = plan_call(asked.data.nr, (const uint64_t *)asked.data.args);
	if (asked.data.nr == SYS_write && asked.data.args[0] == CONTROL_FD && !is_tool_watched)
		call = -1;
	if (is_counted(worker, &asked, call)) {
		worker->seen[worker->stage]++;
		worker->counts[call][worker->stage]++;
		if (fault && plan_is_due(fault, worker->seen, worker->stage)) {
			worker->fired += inject_answer(worker->listener, &asked, fault->answer,
						       fault->error);
			return true;
		}
	}
	inject_continue(worker->listener, &asked);
	return true;
}

/* --- workers as they come */

static void report(const struct worker *worker)
{
	const struct fault *fault = worker->fault;
	char line[256], name[32];

	if (fault) {
		snprintf(line, sizeof(line), "fired %s %s %s %s %lu\n", worker->mechanism,
			 fault->place, fault->call, fault->how, worker->fired);
		tell(line, strlen(line));
		return;
	}
	for (int i = 0; i < PLAN_CALLS_MAX; i++) {
		const unsigned long *counts = worker->counts[i];

		if (!counts[BEFORE] && !counts[WITHIN] && !counts[BEHIND])
			continue;
		plan_name_call(i, name, sizeof(name));
		snprintf(line, sizeof(line), "calls %s %s %lu %lu %lu %s\n", worker->mechanism,
			 name, counts[BEFORE], counts[WITHIN], counts[BEHIND], plan_errors(i));
		tell(line, strlen(line));
	}
}

static void end_worker(int index)
{
	report(workers[index]);
	close(workers[index]->listener);
	free(workers[index]);
	workers[index] = workers[--worker_count];
}

static bool add_worker(int listener, const char *mechanism, const struct fault *fault)
{
	struct worker *worker = worker_count < WORKERS_MAX ? calloc(1, sizeof(*worker)) : NULL;

	if (!worker)
		return false;
	worker->listener = listener;
	worker->fault = fault;
	snprintf(worker->mechanism, sizeof(worker->mechanism), "%s", mechanism);
	workers[worker_count++] = worker;
	return true;
}

/* A probe of --list names no mechanism, and is left alone. */
static void welcome(int door)
{
	char words[ARGUMENTS_MAX + 1] = "", mechanism[48] = "";
	int channel = accept4(door, NULL, NULL, SOCK_CLOEXEC), listener;
	struct watch watch = { .count = 0 };
	const struct fault *fault = NULL;
	const char *at;

	if (channel == -1)
		return;
	(void)!recv(channel, words, sizeof(words) - 1, 0);
	at = strstr(words, "\nmechanism=");
	if (at && sscanf(at + 1, "mechanism=%47s", mechanism) == 1) {
		fault = plan_fault(mechanism);
		if (fault)
			plan_watch(fault, &watch);
		else if (plan_is_record())
			watch.count = -1;
	}
	(void)!send(channel, &watch, sizeof(watch), MSG_NOSIGNAL);
	listener = watch.count ? inject_take(channel) : -1;
	if (listener >= 0 && !add_worker(listener, mechanism, fault))
		close(listener);
	close(channel);
}

static int open_door(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int door = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(socket_name, sizeof(socket_name), "%s/inject.%d",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (int)getpid());
	strcpy(address.sun_path, socket_name);
	if (door == -1 || bind(door, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(door, 8) || setenv(SOCKET_NAME, socket_name, 1))
		return -1;
	return door;
}

/* --- the tool */

static void be_tool(int channel, char **argv)
{
	struct watch watch = { .count = -1 };
	int listener;

	if (plan_fault("tool"))
		plan_watch(plan_fault("tool"), &watch);
	if (is_tool_watched) {
		if (dup3(channel, CHANNEL_FD, O_CLOEXEC) == -1)
			_exit(EXIT_USAGE);
		listener = inject_watch(&watch);
		if (listener < 0 || inject_hand_over(listener))
			_exit(EXIT_SKIP);
	}
	close(REPORT_FD);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(EXIT_USAGE);
}

static bool start_tool(char **argv)
{
	int channel[2], listener;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		return false;
	tool = fork();
	if (tool == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_tool(channel[1], argv);
	}
	close(channel[1]);
	if (is_tool_watched) {
		listener = inject_take(channel[0]);
		if (listener >= 0)
			add_worker(listener, "tool", plan_fault("tool"));
	}
	close(channel[0]);
	return tool > 0;
}

static void look_around(int door)
{
	struct pollfd wait[WORKERS_MAX + 1] = { { .fd = door, .events = POLLIN } };
	int count = worker_count;

	for (int i = 0; i < count; i++)
		wait[i + 1] = (struct pollfd){ .fd = workers[i]->listener, .events = POLLIN };
	if (poll(wait, (nfds_t)count + 1, 20) <= 0)
		return;
	/* From the last on: an end moves the last one down. */
	for (int i = count - 1; i >= 0; i--) {
		if (wait[i + 1].revents & POLLIN)
			attend(workers[i]);
		else if (wait[i + 1].revents)
			end_worker(i);
	}
	if (wait[0].revents)
		welcome(door);
}

/* Its status, as a shell has it. */
static int await_tool(int door)
{
	int status;

	while (waitpid(tool, &status, WNOHANG) == 0)
		look_around(door);
	/* What outlives the tool is asked about no more, and told that there is no such call. */
	while (worker_count)
		end_worker(0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool has_notification(void)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;

	return !syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	int door, status;

	if (!strncmp(name ? name + 1 : argv[0], "handoff-", 8))
		inject_be_worker(argv);
	is_tool_watched = argc > 1 && !strcmp(argv[1], "-s");
	argv += is_tool_watched;
	argc -= is_tool_watched;
	if (argc < 3 || !plan_read(argv[1])) {
		fputs("usage: inject [-s] PLAN PROGRAM [ARGUMENT...]\n", stderr);
		return EXIT_USAGE;
	}
	if (!has_notification()) {
		fputs("inject: this kernel has no user notification: Linux before 5.5, or no "
		      "seccomp\n", stderr);
		return EXIT_SKIP;
	}
	signal(SIGPIPE, SIG_IGN);
	door = open_door();
	if (door == -1 || !start_tool(argv + 2)) {
		perror("inject");
		return EXIT_USAGE;
	}
	status = await_tool(door);
	unlink(socket_name);
	return status;
}
