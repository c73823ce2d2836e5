/* SPDX-License-Identifier: MIT */
#include "plan/sched-word.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "plan/units.h"

#define PRIORITY_MOST 99

static int parse_priority(const char *text, struct sched_policy *ret)
{
	uint64_t priority = 1;

	if (*text == ':' && units_parse_count(text + 1, &priority))
		return -EINVAL;
	if ((*text && *text != ':') || priority < 1 || priority > PRIORITY_MOST)
		return -EINVAL;
	ret->priority = (uint32_t)priority;
	return 0;
}

static int parse_deadline(const char *text, struct sched_policy *ret)
{
	const char *slash = strchr(text, '/');
	double runtime_ns, period_ns;
	char *runtime;
	int error;

	if (*text != ':' || !slash)
		return -EINVAL;
	runtime = strndup(text + 1, (size_t)(slash - text - 1));
	if (!runtime)
		return -ENOMEM;
	error = units_parse_time(runtime, &runtime_ns);
	free(runtime);
	if (error || units_parse_time(slash + 1, &period_ns) || !(runtime_ns >= 1024) ||
	    runtime_ns > period_ns || period_ns > 4e9)
		return -EINVAL;
	ret->runtime_ns = (uint64_t)runtime_ns;
	ret->period_ns = (uint64_t)period_ns;
	return 0;
}

int sched_word_parse(const char *word, struct sched_policy *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!strncmp(word, "fifo", 4)) {
		ret->policy = SCHED_FIFO;
		return parse_priority(word + 4, ret);
	}
	if (!strncmp(word, "rr", 2)) {
		ret->policy = SCHED_RR;
		return parse_priority(word + 2, ret);
	}
	if (!strncmp(word, "deadline", 8)) {
		ret->policy = SCHED_DEADLINE;
		return parse_deadline(word + 8, ret);
	}
	if (!strcmp(word, "other"))
		ret->policy = SCHED_OTHER;
	else if (!strcmp(word, "batch"))
		ret->policy = SCHED_BATCH;
	else if (!strcmp(word, "idle"))
		ret->policy = SCHED_IDLE;
	else
		return -EINVAL;
	return 0;
}
