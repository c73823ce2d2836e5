/* SPDX-License-Identifier: MIT */
/*
 * answer: what a worker says of itself and of its job, with dents in it, and the round behind it.
 *
 * The first byte says of which kind the worker is; then the dents.  With 0xff the rest is the
 * answer as it is.
 */
#include <errno.h>

#include "channel/pair/job.h"
#include "engine/round/job.h"
#include "fuzz.h"
#include "measure/identity.h"
#include "measure/reference-job.h"
#include "measure/selftest-job.h"
#include "run/answer.h"
#include "run/job.h"
#include "spawner/round/job.h"

#define RAW 0xff
#define ANSWER_MOST (IDENTITY_BYTES_MAX + sizeof(struct round) + sizeof(struct histogram_pair))

static const struct job_kind *const kinds[] = {
	&spawn_job_kind, &channel_job_kind, &engine_job_kind, &selftest_job_kind,
	&reference_job_kind,
};
static char *const words[] = {
	(char *)"worker", (char *)"report_fd=3", (char *)"mechanism=null", (char *)"nonce=77", NULL,
};

/* An answer as an honest worker gives it. */
static size_t make_answer(const struct worker_order *order, char *answer)
{
	static const struct histogram_pair pair = { 10, 1 };
	long length = worker_job_identity(order->kind, order->argv, answer);
	struct round round;

	FUZZ_CLAIM(length > 0 && length % 8 == 0);
	round_init(&round, "null");
	round.series_count = 1;
	round.series[0] = (struct round_series){ "life", 0, 1, 1, 10, 10, 10, 10, 0, 0, 10, 1 };
	round.bytes = sizeof(round) + sizeof(pair);
	memcpy(answer + length, &round, sizeof(round));
	memcpy(answer + length + sizeof(round), &pair, sizeof(pair));
	return (size_t)length + round.bytes;
}

static void claim_text(const char *text, size_t size)
{
	FUZZ_CLAIM(memchr(text, 0, size));
	for (; *text; text++)
		FUZZ_CLAIM((unsigned char)*text >= ' ' && *text != 0x7f);
}

/* Taken as it is, or not at all: nothing but the very answer has the job's identity. */
static void claim_taken(const struct worker_order *order, const struct worker_answer *answer,
			const struct round *round)
{
	char expected[IDENTITY_BYTES_MAX];
	long length = worker_job_identity(order->kind, order->argv, expected);

	if (round->status == ROUND_FAILED || round->status == ROUND_CONTRADICTED)
		FUZZ_CLAIM(!round->series_count);
	else	/* nothing was measured now */
		FUZZ_CLAIM(round->status == ROUND_SKIPPED && answer->bytes > (size_t)length &&
			   !memcmp(answer->buffer, expected, strlen(expected) + 1));
	claim_text(round->reason, sizeof(round->reason));
}

static void describe(const struct worker_answer *answer)
{
	char text[IDENTITY_REASON_BYTES] = "";

	if (identity_length(answer->buffer, answer->bytes) > 0)
		identity_describe(answer->buffer, text);
	claim_text(text, sizeof(text));
}

static void take(const struct worker_order *order, const void *bytes, size_t count)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	struct worker_answer answer = { .buffer = malloc(count + !count), .bytes = count,
					.room = count };
	struct round failure, round;
	size_t at = 0;

	FUZZ_CLAIM(answer.buffer);
	memcpy(answer.buffer, bytes, count);
	round_init(&failure, "null");
	worker_answer_read(order, &answer, &failure, &round, pairs);
	claim_taken(order, &answer, &round);
	describe(&answer);
	while (at < count && !worker_answer_next(&answer, &at, &round))
		FUZZ_CLAIM(at <= count);
	worker_answer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) char answer[ANSWER_MOST];
	struct fuzz_input input = { data, size };
	uint8_t first = fuzz_byte(&input);
	struct worker_order order = { .argv = words, .kind = kinds[first % 4], .mechanism = "null" };
	size_t bytes;

	if (first == RAW) {
		take(&order, data + 1, size - 1);
		return 0;
	}
	bytes = make_answer(&order, answer);
	fuzz_dent(&input, answer, bytes);
	take(&order, answer, bytes - fuzz_byte(&input) % 2);
	return 0;
}
