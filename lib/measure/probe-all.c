/* SPDX-License-Identifier: MIT */
#include "measure/probe-all.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/pages.h"
#include "kernel/process-tie.h"
#include "measure/job-answer.h"
#include "measure/round.h"

#define PATIENCE_MS 2000

static int send_failure(const struct worker_probe *probe, size_t i, const char *reason)
{
	struct round *round = pages_take(sizeof(*round));
	int error;

	if (!round)
		return -ENOMEM;
	round_init(round, probe->name(i));
	round_fail(round, ROUND_FAILED, 0, "probe", reason);
	error = job_answer_bare(probe->kind, probe->job, round);
	pages_give(round, sizeof(*round));
	return error;
}

static int probe_one(const struct worker_probe *probe, size_t i)
{
	pid_t pid, worker = getpid();
	int status = -1, waited = 0;

	pid = fork();
	if (pid == -1)
		return send_failure(probe, i, "the worker could not fork");
	if (pid == 0)
		_exit(process_tie(worker) || probe->run(probe->job, i) ? 1 : 0);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (waited++ == PATIENCE_MS)
			kill(pid, SIGKILL);
		poll(NULL, 0, 1);
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return send_failure(probe, i, "it hung or crashed when it was tried");
}

int worker_probe_all(const struct worker_probe *probe)
{
	int error = 0;

	for (size_t i = 0; probe->name(i) && !error; i++)
		error = probe_one(probe, i);
	return error;
}
