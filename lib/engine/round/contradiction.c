/* SPDX-License-Identifier: MIT */
/* What is asked of an engine that makes no sense, on any machine: a table of rules. */
#include "engine/round/context.h"

#define SECTOR_BYTES 512

static bool has_one_at_a_time(const struct engine_context *context)
{
	return engine_context_has(context, ENGINE_ONE) && !engine_context_sleeps(context) &&
	       context->config.depth > 1;
}

static bool cannot_wait(const struct engine_context *context)
{
	return engine_context_sleeps(context) && !engine_context_has(context, ENGINE_SLEEPS);
}

static bool has_no_files(const struct engine_context *context)
{
	return !strcmp(context->job->workload, "file") && engine_context_has(context, ENGINE_NO_FILES);
}

static bool cannot_write(const struct engine_context *context)
{
	return engine_context_has(context, ENGINE_READS) && engine_context_writes(context);
}

static bool wants_direct(const struct engine_context *context)
{
	return engine_context_has(context, ENGINE_DIRECT) && !context->config.is_direct;
}

static bool wants_cache(const struct engine_context *context)
{
	return engine_context_has(context, ENGINE_CACHED) && context->config.is_direct;
}

static bool is_no_sector(const struct engine_context *context)
{
	return context->job->bs % SECTOR_BYTES != 0;
}

static bool writes_cold(const struct engine_context *context)
{
	return engine_context_writes(context) && engine_context_is_cache(context, "cold");
}

static bool has_no_server(const struct engine_context *context)
{
	return context->config.operation == ENGINE_ECHO &&
	       !engine_context_has(context, ENGINE_SERVES | ENGINE_NULL);
}

/* The first that holds is told. */
static const struct {
	bool (*holds)(const struct engine_context *context);
	const char *reason;
} rules[] = {
	{ cannot_wait, "it has no way to wait: use pread, threads, processes, epoll, uring, "
		       "uring-coop, uring-defer or uring-sqpoll" },
	{ has_no_server, "it answers on no connections: use --workload file, or threads, processes, "
			 "epoll or uring*" },
	{ has_no_files, "it makes no requests on a file: use --workload socket or sleep" },
	{ has_one_at_a_time, "it has one request under way: use --depth 1" },
	{ cannot_write, "it only reads: use --rw randread or read" },
	{ wants_direct, "it is for requests that pass the cache by: use --cache direct" },
	{ wants_cache, "it works by the page cache: use --cache warm or cold" },
	{ is_no_sector, "a block is a multiple of 512 bytes: choose another --bs" },
	{ writes_cold, "a write finds nothing in the cache that could be cold: use --cache warm or "
		       "direct" },
};

const char *engine_contradiction(const struct engine_context *context)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds(context))
			return rules[i].reason;
	return NULL;
}
