/* SPDX-License-Identifier: MIT */
#include "channel/switch/spinner.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/process-tie.h"

/* A look at the counter must not take the line away from it all the time. */
#define TURN 1024
/* Looks, a millisecond apart, whether it has begun. */
#define LOOKS_MOST 2000

__attribute__((noreturn))
static void spin(volatile uint64_t *turns, int cpu, pid_t creator)
{
	const struct sched_param none = { 0 };

	signal(SIGCHLD, SIG_DFL);
	/* The call itself: musl's function of that name refuses. */
	if (process_tie(creator) || affinity_set(cpu, cpu) ||
	    syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none))
		_exit(1);
	for (;;) {
		for (volatile int i = 0; i < TURN; i++)
			;
		++*turns;
	}
}

uint64_t spinner_turns(const struct spinner *spinner)
{
	return __atomic_load_n(spinner->turns, __ATOMIC_RELAXED);
}

static int await_turn(struct spinner *spinner)
{
	for (int look = 0; look < LOOKS_MOST; look++) {
		if (spinner_turns(spinner))
			return 0;
		poll(NULL, 0, 1);
	}
	spinner_end(spinner);
	return -ETIMEDOUT;
}

int spinner_begin(struct spinner *ret, int cpu)
{
	pid_t creator = getpid();

	memset(ret, 0, sizeof(*ret));
	ret->turns = mmap(NULL, sizeof(*ret->turns), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ret->turns == MAP_FAILED) {
		ret->turns = NULL;
		return -ENOMEM;
	}
	ret->pid = fork();
	if (ret->pid == 0)
		spin(ret->turns, cpu, creator);
	if (ret->pid > 0)
		return await_turn(ret);
	munmap(ret->turns, sizeof(*ret->turns));
	ret->turns = NULL;
	return -errno;
}

void spinner_end(struct spinner *spinner)
{
	if (!spinner->turns)
		return;
	kill(spinner->pid, SIGKILL);
	while (waitpid(spinner->pid, NULL, 0) == -1 && errno == EINTR)
		;
	munmap(spinner->turns, sizeof(*spinner->turns));
	memset(spinner, 0, sizeof(*spinner));
}
