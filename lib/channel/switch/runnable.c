/* SPDX-License-Identifier: MIT */
#include "channel/switch/runnable.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/switch/runnable-tasks.h"
#include "kernel/process-facts.h"

/* What one takes of the kernel, its stack there included; of what is available so much. */
#define PROCESS_KIB 128
#define THREAD_KIB 64
#define MEMORY_SHARE 0.8

/* Looks at the helper, and so many without any progress are too many: 3 s. */
#define LOOK_MS 50
#define LOOKS_MOST 60

static int memory_must_do(const struct runnable *runnable, char *ret_reason)
{
	double wanted_kib = (double)runnable->count * (runnable->is_process ? PROCESS_KIB
									    : THREAD_KIB);
	double available_kib = process_meminfo_kib("MemAvailable");

	if (available_kib < 0 || wanted_kib <= available_kib * MEMORY_SHARE)
		return 0;
	snprintf(ret_reason, RUNNABLE_REASON_BYTES,
		 "so many runnable tasks may take %.0f MiB and %.0f MiB of memory are available: "
		 "lower --runnable", wanted_kib / 1024, available_kib / 1024);
	return -ENOMEM;
}

static int take_table(struct runnable *runnable)
{
	runnable->table_bytes = sizeof(*runnable->table) +
				runnable->count * sizeof(runnable->table->task[0]);
	runnable->table = mmap(NULL, runnable->table_bytes, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (runnable->table != MAP_FAILED)
		return 0;
	runnable->table = NULL;
	return -ENOMEM;
}

static void give_table(struct runnable *runnable)
{
	if (runnable->table)
		munmap(runnable->table, runnable->table_bytes);
	runnable->table = NULL;
	runnable->count = 0;
}

static uint32_t progress(const struct runnable_table *table)
{
	return __atomic_load_n(&table->made, __ATOMIC_RELAXED) +
	       __atomic_load_n(&table->ready, __ATOMIC_RELAXED) +
	       __atomic_load_n(&table->turned, __ATOMIC_RELAXED) +
	       __atomic_load_n(&table->ended, __ATOMIC_RELAXED);
}

/* Until the helper says something or ends.  It may take its time, as long as it gets on. */
static int await_helper(const struct runnable *runnable)
{
	struct pollfd wait = { .fd = runnable->helper.socket, .events = POLLIN };
	uint32_t seen = progress(runnable->table);

	for (int look = 0; look < LOOKS_MOST; look++) {
		if (poll(&wait, 1, LOOK_MS) > 0)
			return 0;
		if (progress(runnable->table) != seen)
			look = 0;
		seen = progress(runnable->table);
	}
	return -ETIMEDOUT;
}

static int await_turns(const struct runnable *runnable)
{
	int32_t refused;
	int error = await_helper(runnable);

	if (!error)
		error = helper_listen(&runnable->helper, &refused, sizeof(refused));
	return error ? error : refused;
}

static void tell_why(const struct runnable *runnable, int error, char *ret_reason)
{
	if (error == -EAGAIN || error == -ENOMEM)
		process_limit_reason(ret_reason, RUNNABLE_REASON_BYTES, runnable->table->made);
}

static int begin_helper(struct runnable *runnable, char *ret_reason)
{
	const struct helper_task work = {
		.socket_type = SOCK_SEQPACKET,
		.run = runnable_tasks_run,
		.argument = runnable,
	};
	const char *reason = "";
	int error = helper_begin(&runnable->helper, &work, &reason);

	if (error) {
		snprintf(ret_reason, RUNNABLE_REASON_BYTES, "%s", reason);
		return error;
	}
	error = await_turns(runnable);
	if (error) {
		tell_why(runnable, error, ret_reason);
		helper_end(&runnable->helper);
	}
	return error;
}

int runnable_begin(struct runnable *ret, uint32_t count, int cpu, bool is_process,
		   char *ret_reason)
{
	int error;

	*ret = (struct runnable){ .count = count, .cpu = cpu, .is_process = is_process };
	*ret_reason = '\0';
	if (!count)
		return 0;
	error = memory_must_do(ret, ret_reason);
	if (!error)
		error = take_table(ret);
	if (!error)
		error = begin_helper(ret, ret_reason);
	if (error)
		give_table(ret);
	return error;
}

void runnable_end(struct runnable *runnable)
{
	if (!runnable->count)
		return;
	send(runnable->helper.socket, "", 1, MSG_NOSIGNAL);
	/* One that does not get on is killed, and they with it. */
	await_helper(runnable);
	helper_end(&runnable->helper);
	give_table(runnable);
}

uint64_t runnable_turns(const struct runnable *runnable)
{
	uint64_t turns = 0;

	for (uint32_t i = 0; i < runnable->count; i++)
		turns += __atomic_load_n(&runnable->table->task[i].turns, __ATOMIC_RELAXED);
	return turns;
}
