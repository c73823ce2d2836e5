/* SPDX-License-Identifier: MIT */
#include "measure/round.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/errno-reason.h"

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

void round_init(struct round *round, const char *mechanism)
{
	memset(round, 0, sizeof(*round));
	round->magic = ROUND_MAGIC;
	lost_time_init(&round->lost);
	copy_text(round->mechanism, sizeof(round->mechanism), mechanism);
}

int round_add_proof(struct round *round, const char *name, enum proof_relation relation,
		    double expected, double observed)
{
	struct round_proof *proof;

	/* One that nobody sees might be the one that does not hold. */
	if (round->proof_count == ROUND_PROOFS_MAX) {
		round_fail(round, ROUND_FAILED, 0, "proofs", "a round has no place for so many "
			   "proofs: raise ROUND_PROOFS_MAX");
		return -ENOSPC;
	}
	proof = &round->proofs[round->proof_count++];
	copy_text(proof->name, sizeof(proof->name), name);
	proof->relation = relation;
	proof->expected = expected;
	proof->observed = observed;
	return 0;
}

int round_add_to_proof(struct round *round, const char *name, enum proof_relation relation,
		       double expected, double observed)
{
	for (uint32_t i = 0; i < round->proof_count; i++) {
		struct round_proof *proof = &round->proofs[i];

		if (strcmp(proof->name, name))
			continue;
		proof->expected += expected;
		proof->observed += observed;
		return 0;
	}
	return round_add_proof(round, name, relation, expected, observed);
}

int round_add_figure(struct round *round, const char *name, double value)
{
	struct round_figure *figure;

	if (round->figure_count == ROUND_FIGURES_MAX)
		return -ENOSPC;
	figure = &round->figures[round->figure_count++];
	copy_text(figure->name, sizeof(figure->name), name);
	figure->value = value;
	return 0;
}

void round_saw_cpu(struct round *round, int cpu)
{
	if (cpu >= 0 && cpu < ROUND_CPUS_MAX)
		round->cpus[cpu / 64] |= 1ull << (cpu % 64);
}

void round_fail(struct round *round, enum round_status status, int error, const char *step,
		const char *reason)
{
	if (round->status != ROUND_MEASURED)
		return;
	round->status = status;
	round->error = error < 0 ? -error : error;
	if (round->error == EOWNERDEAD) {
		round->flags |= ROUND_DEATH;
		round->error = reason && *reason ? 0 : EOWNERDEAD;
	}
	copy_text(round->step, sizeof(round->step), step);
	copy_text(round->reason, sizeof(round->reason), reason);
	round->series_count = 0;
}

void round_refuse(struct round *round, int error, const char *step, const char *reason)
{
	const char *remedy = errno_reason(error);

	round_fail(round, remedy ? ROUND_SKIPPED : ROUND_FAILED, error, step,
		   remedy && !*reason ? remedy : reason);
}

void round_skip(struct round *round, int error, const char *step, const char *reason)
{
	const char *remedy = errno_reason(error);

	round_fail(round, ROUND_SKIPPED, error, step, remedy && !*reason ? remedy : reason);
}

bool round_proof_holds(const struct round_proof *proof)
{
	switch (proof->relation) {
	case PROOF_EQUAL:
		return proof->observed == proof->expected;
	case PROOF_AT_LEAST:
		return proof->observed >= proof->expected;
	default:
		return proof->observed >= PROOF_MOSTLY_SHARE * proof->expected;
	}
}

bool round_is_proved(const struct round *round)
{
	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!round_proof_holds(&round->proofs[i]))
			return false;
	return round->proof_count > 0;
}

int round_write(int fd, const void *bytes, size_t count)
{
	const char *from = bytes;

	while (count) {
		ssize_t written = write(fd, from, count);

		if (written == -1 && errno == EINTR)
			continue;
		if (written == -1)
			return -errno;
		from += written;
		count -= (size_t)written;
	}
	return 0;
}

int round_send(int fd, struct round *round, const struct histogram_pair *const *buckets)
{
	size_t bytes = sizeof(*round);
	int error;

	/* What was measured beside a failure is none. */
	if (round->status != ROUND_MEASURED)
		round->series_count = 0;
	for (uint32_t i = 0; i < round->series_count; i++)
		bytes += round->series[i].bucket_count * sizeof(struct histogram_pair);
	round->bytes = (uint32_t)bytes;
	error = round_write(fd, round, sizeof(*round));
	for (uint32_t i = 0; i < round->series_count && !error; i++)
		error = round_write(fd, buckets[i],
				  round->series[i].bucket_count * sizeof(struct histogram_pair));
	return error;
}

static bool is_text(const char *text, size_t size)
{
	const char *end = memchr(text, 0, size);

	if (!end)
		return false;
	for (; text < end; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* Names are ours; in a sentence may be a file's. */
static bool is_name(const char *text, size_t size)
{
	if (!is_text(text, size))
		return false;
	for (; *text; text++)
		if ((unsigned char)*text > '~')
			return false;
	return true;
}

/* So that what is added up, taken off and scaled is a number, too. */
static bool is_value(double value)
{
	return fabs(value) <= ROUND_VALUE_MAX;
}

/* One metric twice would put two values into one round. */
static bool is_named_before(const struct round *round, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (!strcmp(round->series[i].metric, round->series[index].metric))
			return true;
	return false;
}

static bool series_are_sane(const struct round *round, size_t *ret_bytes)
{
	for (uint32_t i = 0; i < round->series_count; i++) {
		const struct round_series *series = &round->series[i];

		if (!is_name(series->metric, sizeof(series->metric)) ||
		    !series->n || series->n > ROUND_OPERATIONS_MAX ||
		    !is_value(series->p50) || !is_value(series->sum) ||
		    !is_value(series->min) || !is_value(series->max) ||
		    !is_value(series->overhead) || !is_value(series->cold) ||
		    !is_value(series->overhead_spread) ||
		    !(series->bucket_ticks > 0) || !is_value(series->bucket_ticks) ||
		    is_named_before(round, i) ||
		    series->bucket_count > ROUND_MESSAGE_MAX / sizeof(struct histogram_pair))
			return false;
		*ret_bytes += series->bucket_count * sizeof(struct histogram_pair);
	}
	return true;
}

static bool tables_are_sane(const struct round *round)
{
	for (uint32_t i = 0; i < round->proof_count; i++)
		if (!is_name(round->proofs[i].name, sizeof(round->proofs[i].name)) ||
		    round->proofs[i].relation > PROOF_MOSTLY ||
		    !is_value(round->proofs[i].expected) || !is_value(round->proofs[i].observed))
			return false;
	for (uint32_t i = 0; i < round->figure_count; i++)
		if (!is_name(round->figures[i].name, sizeof(round->figures[i].name)) ||
		    !is_value(round->figures[i].value))
			return false;
	return true;
}

static bool round_is_sane(const struct round *round)
{
	size_t bytes = sizeof(*round);

	return round->magic == ROUND_MAGIC && round->status <= ROUND_FAILED &&
	       round->series_count <= ROUND_SERIES_MAX &&
	       round->proof_count <= ROUND_PROOFS_MAX &&
	       round->figure_count <= ROUND_FIGURES_MAX &&
	       is_name(round->mechanism, sizeof(round->mechanism)) &&
	       is_name(round->step, sizeof(round->step)) &&
	       is_text(round->reason, sizeof(round->reason)) &&
	       (round->status == ROUND_MEASURED) == (round->series_count > 0) &&
	       is_value(round->core_per_tick) && is_value(round->window_ticks) && is_value(round->rss_kib) &&
	       is_value(round->prepared_ns) && is_value(round->figures_ns) &&
	       lost_time_is_sane(&round->lost) && tables_are_sane(round) && series_are_sane(round, &bytes) &&
	       bytes == round->bytes && bytes <= ROUND_MESSAGE_MAX;
}

long round_parse(const void *buffer, size_t bytes, struct round *ret_round,
		 const struct histogram_pair *ret_buckets[ROUND_SERIES_MAX])
{
	const struct histogram_pair *next;

	if (bytes < sizeof(*ret_round))
		return 0;
	memcpy(ret_round, buffer, sizeof(*ret_round));
	if (!round_is_sane(ret_round))
		return -EBADMSG;
	if (bytes < ret_round->bytes)
		return 0;
	next = (const void *)((const char *)buffer + sizeof(*ret_round));
	for (uint32_t i = 0; i < ret_round->series_count; i++) {
		ret_buckets[i] = next;
		next += ret_round->series[i].bucket_count;
	}
	return (long)ret_round->bytes;
}
