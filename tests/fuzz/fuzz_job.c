/* SPDX-License-Identifier: MIT */
/* job: a line each, the arguments of a worker of each kind. */
#include <errno.h>
#include <math.h>

#include "channel/pair/job.h"
#include "engine/round/job.h"
#include "fuzz.h"
#include "spawner/round/job.h"

#define WORDS_MAX 64

union job {
	struct channel_job channel;
	struct engine_job engine;
	struct spawn_job spawn;
};

static void check_value(const struct job_key *keys, const struct job_key *key, const union job *job)
{
	const void *field = (const char *)job + key->offset;
	char text[400], *argument = text;
	union job again = { 0 };
	const char *word;

	if (key->type == JOB_WORD)
		return;
	if (key->type == JOB_DOUBLE)
		FUZZ_CLAIM(isfinite(*(const double *)field));
	FUZZ_CLAIM(job_print(key, job, text, sizeof(text)) < (int)sizeof(text));
	FUZZ_CLAIM(!job_parse(keys, 1, &argument, &again, &word));
	FUZZ_CLAIM(!memcmp((char *)&again + key->offset, field,
			   key->type == JOB_INT ? sizeof(int) : sizeof(uint64_t)));
}

static void check_kind(const struct job_key *keys, union job *job, int argc, char **argv)
{
	const char *word = NULL;
	int i = 0, error = job_parse(keys, argc, argv, job, &word);

	FUZZ_CLAIM(error == 0 || error == -EINVAL);
	while (error && i < argc && argv[i] != word)
		i++;
	FUZZ_CLAIM(!error || i < argc);
	for (; !error && keys[i].name; i++)
		check_value(keys, &keys[i], job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *argv[WORDS_MAX], *rest = text;
	union job job;
	int argc = 0;

	while (argc < WORDS_MAX && rest)
		argv[argc++] = strsep(&rest, "\n");
	channel_job_init(&job.channel);
	check_kind(channel_job_keys, &job, argc, argv);
	engine_job_init(&job.engine);
	check_kind(engine_job_keys, &job, argc, argv);
	spawn_job_init(&job.spawn);
	check_kind(spawn_job_keys, &job, argc, argv);
	free(text);
	return 0;
}
