/* SPDX-License-Identifier: MIT */
#include "watched-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_UNWATCHED 77
#define PATIENCE_MS 5000               /* for the body; and then for what it has made */
#define LOOK_MS 20

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static enum stage *stage;              /* shared with the body */

struct controller {
	struct watched_run *run;
	int listener;
	pid_t body;
	bool has_ended, is_gone;       /* the body; all that it has made */
	unsigned long seen[STAGES];
};

void watched_stage(enum stage now)
{
	__atomic_store_n(stage, now, __ATOMIC_SEQ_CST);
}

enum stage watched_pause(void)
{
	enum stage at = __atomic_load_n(stage, __ATOMIC_SEQ_CST);

	watched_stage(STAGES);
	return at;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the body's side */

static void watch_what_is_meant(const struct fault *fault, struct watch *ret)
{
	if (fault)
		plan_watch(fault, ret);
	else
		ret->count = -1;
}

__attribute__((noreturn))
static void be_body(const struct watched_run *run, int channel)
{
	struct watch watch;
	int listener;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	watch_what_is_meant(run->fault, &watch);
	if (dup3(channel, CHANNEL_FD, O_CLOEXEC) == -1)
		_exit(EXIT_UNWATCHED);
	close(channel);
	listener = inject_watch(&watch);
	if (listener < 0 || inject_hand_over(listener))
		_exit(EXIT_UNWATCHED);
	close(listener);
	close(CHANNEL_FD);
	watched_stage(BEFORE);
	run->body(run->argument);
	_exit(EXIT_SUCCESS);
}

/* --- the controller's */

static void see_clone(struct controller *controller, const struct seccomp_notif *asked)
{
	struct watched_run *run = controller->run;
	uint64_t flags = asked->data.args[0];
	struct iovec here = { &flags, sizeof(flags) };
	struct iovec there = { (void *)(uintptr_t)asked->data.args[0], sizeof(flags) };

	if (run->has_cloned || (asked->data.nr != SYS_clone && asked->data.nr != SYS_clone3))
		return;
	if (asked->data.nr == SYS_clone3 &&
	    process_vm_readv((pid_t)asked->pid, &here, 1, &there, 1, 0) != sizeof(flags))
		return;
	/* The older call has the signal of the end in it. */
	run->clone_flags = asked->data.nr == SYS_clone ? flags & ~(uint64_t)CSIGNAL : flags;
	run->has_cloned = true;
}

/* A part can only be moved where data lie ready: else the next call of this kind gets it. */
static bool is_due(const struct controller *controller, enum stage at)
{
	const struct fault *fault = controller->run->fault;

	if (fault->answer == ANSWER_SHORT && !fault->every)
		return !controller->run->fired && at == fault->stage &&
		       controller->seen[at] >= fault->nth;
	return plan_is_due(fault, controller->seen, at);
}

/* True: it is to fail. */
static bool count(struct controller *controller, const struct seccomp_notif *asked)
{
	struct watched_run *run = controller->run;
	enum watched_side side = (pid_t)asked->pid == controller->body ? SIDE_HERE : SIDE_THERE;
	enum stage at = __atomic_load_n(stage, __ATOMIC_SEQ_CST);
	int call = plan_call(asked->data.nr, (const uint64_t *)asked->data.args);

	if (side == SIDE_HERE && at == WITHIN)
		see_clone(controller, asked);
	if (call < 0 || at == STAGES)
		return false;
	run->counts[call][at][side]++;
	if (!run->fault || side != run->side || !plan_is_meant(run->fault, call))
		return false;
	controller->seen[at]++;
	return is_due(controller, at);
}

static void attend(struct controller *controller)
{
	struct watched_run *run = controller->run;
	struct seccomp_notif asked = { .id = 0 };

	/* Who asked may have been killed meanwhile. */
	if (ioctl(controller->listener, SECCOMP_IOCTL_NOTIF_RECV, &asked))
		return;
	if (count(controller, &asked))
		run->fired += inject_answer(controller->listener, &asked, run->fault->answer,
					    run->fault->error);
	else
		inject_continue(controller->listener, &asked);
}

static void look_around(struct controller *controller)
{
	struct pollfd wait = { .fd = controller->listener, .events = POLLIN };
	int status;

	if (poll(&wait, 1, LOOK_MS) > 0) {
		if (wait.revents & POLLIN)
			attend(controller);
		else
			controller->is_gone = true;
	}
	if (controller->has_ended || waitpid(controller->body, &status, WNOHANG) != controller->body)
		return;
	controller->has_ended = true;
	controller->run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void look_until_ended(struct controller *controller)
{
	long deadline = now_ms() + PATIENCE_MS;

	while (!controller->has_ended) {
		if (!controller->run->is_late && now_ms() > deadline) {
			controller->run->is_late = true;
			kill(controller->body, SIGKILL);
		}
		look_around(controller);
	}
}

static void look_until_gone(struct controller *controller)
{
	long deadline = now_ms() + PATIENCE_MS;

	while (!controller->is_gone && now_ms() < deadline)
		look_around(controller);
	controller->run->is_left = !controller->is_gone;
}

static int control(struct controller *controller, int channel)
{
	int status;

	controller->listener = inject_take(channel);
	if (controller->listener < 0) {
		waitpid(controller->body, &status, 0);
		return -ENOSYS;
	}
	look_until_ended(controller);
	look_until_gone(controller);
	close(controller->listener);
	return 0;
}

static bool make_stage(void)
{
	if (!stage)
		stage = mmap(NULL, sizeof(*stage), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (stage == MAP_FAILED)
		stage = NULL;
	/* Calls of ours that come before the body's are in none. */
	if (stage)
		watched_stage(STAGES);
	return stage;
}

int watched_run(struct watched_run *run)
{
	struct controller controller = { .run = run };
	int channel[2], error;

	if (!make_stage())
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel))
		return -errno;
	controller.body = fork();
	if (controller.body == 0) {
		close(channel[0]);
		be_body(run, channel[1]);
	}
	close(channel[1]);
	error = controller.body > 0 ? control(&controller, channel[0]) : -errno;
	close(channel[0]);
	return error;
}
