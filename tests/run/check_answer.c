/* SPDX-License-Identifier: MIT */
/*
 * check_answer - run/answer: what a worker says is held against its job.
 *
 * Answers are made by the code that workers make them with, of every kind's own table of keys.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/channel.h"
#include "channel/pair/job.h"
#include "engine/engine.h"
#include "engine/round/job.h"
#include "measure/build-id.h"
#include "measure/identity.h"
#include "measure/job-answer.h"
#include "measure/reference-job.h"
#include "measure/selftest-job.h"
#include "run/answer.h"
#include "run/job.h"
#include "spawner/round/job.h"
#include "spawner/spawner.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define JOB_BYTES_MAX 1024
#define OTHER_WORD "something-else"

static const struct job_kind *const kinds[] = {
	&spawn_job_kind, &channel_job_kind, &engine_job_kind, &selftest_job_kind,
	&reference_job_kind,
};

static char report_word[32];
static char *const arguments[] = {
	(char *)"/lib/worker", report_word, (char *)"mechanism=null",
	(char *)"nonce=18446744073709551615", (char *)"ns_per_tick=0.400000000003",
	(char *)"cpu_a=1", (char *)"round=7", NULL,
};
static int report_fd;
static const char *left_out;           /* a proof that is not brought */

static struct worker_order order;
static struct worker_answer answer;
static struct round failure, taken;
static const struct histogram_pair *taken_pairs[ROUND_SERIES_MAX];
static _Alignas(8) char job[JOB_BYTES_MAX];

/* The job as the worker reads it. */
static void read_job(const struct job_kind *kind)
{
	const char *word;

	ck_assert_uint_le(kind->job_bytes, sizeof(job));
	order = (struct worker_order){ .argv = arguments, .kind = kind, .mechanism = "null",
				       .ns_per_tick = 1 };
	kind->init(job);
	ck_assert_int_eq(job_parse(kind->keys, COUNT_OF(arguments) - 2, (char **)arguments + 1, job,
				   &word), 0);
}

/* What a worker of that kind answers, to the job that it believes in. */
static void make_answer(const struct job_kind *kind, const char *mechanism)
{
	static const struct histogram_pair pair = { 10, 1 };
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { &pair };
	int fd = ((const struct job_common *)job)->report_fd;
	struct job_proofs proofs = { .count = 0 };
	struct round round;

	clock_mark(CLOCK_GETTIME, &answer.begin);
	job_begin(job, mechanism, &round);
	round.window_ticks = 1;
	round.series_count = 1;
	round.series[0] = (struct round_series){ "life", 0, 1, 1, 10, 10, 10, 10, 0, 0, 10, 1 };
	if (kind->expect)
		kind->expect(job, order.traits, &proofs);
	for (size_t i = 0; i < proofs.count; i++)
		if (!left_out || strcmp(proofs.names[i], left_out))
			round_add_proof(&round, proofs.names[i], PROOF_EQUAL, 1, 1);
	ck_assert_int_eq(ftruncate(report_fd, 0), 0);
	lseek(report_fd, 0, SEEK_SET);
	ck_assert(fd == report_fd || dup2(report_fd, fd) == fd);
	ck_assert_int_eq(job_answer(kind, job, &round, pairs), 0);
	clock_mark(CLOCK_GETTIME, &answer.end);
	if (fd != report_fd)
		close(fd);
	answer.bytes = (size_t)lseek(report_fd, 0, SEEK_CUR);
	answer.room = answer.bytes + 8;
	answer.buffer = calloc(1, answer.room);
	ck_assert_int_eq(pread(report_fd, answer.buffer, answer.bytes, 0), (ssize_t)answer.bytes);
}

static void take(void)
{
	round_init(&failure, "null");
	worker_answer_read(&order, &answer, &failure, &taken, taken_pairs);
}

static void set_up(void)
{
	memset(&answer, 0, sizeof(answer));
	/* Neighbours of its number are free. */
	report_fd = memfd_create("answer", MFD_CLOEXEC);
	report_fd = fcntl(report_fd, F_DUPFD_CLOEXEC, 100);
	snprintf(report_word, sizeof(report_word), "report_fd=%d", report_fd);
}

static void tear_down(void)
{
	worker_answer_free(&answer);
}

START_TEST(an_answer_to_the_job_is_taken)
{
	read_job(kinds[_i]);
	make_answer(kinds[_i], "null");
	take();
	ck_assert_int_eq(taken.status, ROUND_MEASURED);
	ck_assert_uint_eq(taken.series_count, 1);
	ck_assert_uint_eq(taken_pairs[0]->bucket, 10);
}
END_TEST

/* Another value than the job's, of whatever type. */
static void change(const struct job_key *key)
{
	void *field = job + key->offset;

	switch (key->type) {
	case JOB_INT:
		*(int *)field += 1;
		break;
	case JOB_U64:
		*(uint64_t *)field += 1;
		break;
	case JOB_DOUBLE:
		*(double *)field *= 1 + 1e-15;
		break;
	case JOB_WORD:
		*(const char **)field = OTHER_WORD;
		break;
	}
}

/* Each key of the kind in turn: those of the job, and those whose defaults stand. */
START_TEST(an_answer_to_a_job_of_which_one_key_was_changed_is_none)
{
	const struct job_kind *kind = kinds[_i];
	size_t keys = 0;

	for (const struct job_key *key = kind->keys; key->name; key++, keys++) {
		char told[64], was[256], is[256];

		read_job(kind);
		job_print(key, job, was, sizeof(was));
		change(key);
		job_print(key, job, is, sizeof(is));
		ck_assert_str_ne(was, is);
		make_answer(kind, "null");
		take();
		ck_assert_msg(taken.status == ROUND_CONTRADICTED, "%s: status %u", key->name, taken.status);
		ck_assert_uint_eq(taken.series_count, 0);
		snprintf(told, sizeof(told), "the worker says %s", key->name);
		ck_assert_msg(!strncmp(taken.reason, told, strlen(told)), "%s: %s", key->name,
			      taken.reason);
		snprintf(told, sizeof(told), ", and the job was %s", key->name);
		ck_assert_msg(strstr(taken.reason, told), "%s: %s", key->name, taken.reason);
		worker_answer_free(&answer);
	}
	ck_assert_uint_ge(keys, 15);
}
END_TEST

/* What is not set is another value than the empty word. */
START_TEST(a_word_that_is_empty_is_not_one_that_is_missing)
{
	read_job(&channel_job_kind);
	((struct channel_job *)job)->connect = "";
	make_answer(&channel_job_kind, "null");
	take();
	ck_assert_int_eq(taken.status, ROUND_CONTRADICTED);
	ck_assert_str_eq(taken.reason, "the worker says connect=, and the job was connect=(none)");
}
END_TEST

/* Each kind's worker in the place of each other's. */
START_TEST(an_answer_of_another_kind_is_none)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		char told[64];

		if (kinds[i] == kinds[_i])
			continue;
		read_job(kinds[i]);
		make_answer(kinds[i], "null");
		order.kind = kinds[_i];
		take();
		ck_assert_int_eq(taken.status, ROUND_CONTRADICTED);
		snprintf(told, sizeof(told), "handoff-worker=%s, ", kinds[i]->name);
		ck_assert_ptr_nonnull(strstr(taken.reason, told));
		worker_answer_free(&answer);
	}
}
END_TEST

/* The same bytes for another round, whose nonce alone is another. */
START_TEST(an_answer_that_was_recorded_is_none)
{
	char *again[COUNT_OF(arguments)];

	memcpy(again, arguments, sizeof(arguments));
	again[3] = (char *)"nonce=5";
	read_job(&engine_job_kind);
	make_answer(&engine_job_kind, "null");
	order.argv = again;
	take();
	ck_assert_int_eq(taken.status, ROUND_CONTRADICTED);
	ck_assert_str_eq(taken.reason, "the worker says nonce=18446744073709551615, and the job was "
			 "nonce=5");
}
END_TEST

START_TEST(an_answer_of_another_mechanism_is_none)
{
	read_job(&spawn_job_kind);
	make_answer(&spawn_job_kind, "fork");
	take();
	ck_assert_int_eq(taken.status, ROUND_CONTRADICTED);
}
END_TEST

/* A byte of the build is another: the first digit, the last, one of the version. */
static const struct { const char *key; size_t place; } builds[] = {
	{ "build=", 0 }, { "build=", BUILD_ID_LENGTH - 1 }, { "version=", 0 },
};

START_TEST(an_answer_of_another_build_is_none)
{
	char *at, key[16];

	read_job(&channel_job_kind);
	make_answer(&channel_job_kind, "null");
	snprintf(key, sizeof(key), "%s", builds[_i].key);
	at = memmem(answer.buffer, answer.bytes, key, strlen(key));
	at[strlen(key) + builds[_i].place] ^= 1;
	take();
	ck_assert_int_eq(taken.status, ROUND_CONTRADICTED);
	ck_assert_ptr_nonnull(strstr(taken.reason, key));
}
END_TEST

/* From nothing to all but a byte, and a byte too many. */
START_TEST(an_answer_that_is_cut_is_garbage)
{
	size_t whole;

	read_job(&spawn_job_kind);
	make_answer(&spawn_job_kind, "null");
	whole = answer.bytes;
	for (answer.bytes = 1; answer.bytes <= whole + 1; answer.bytes++) {
		take();
		if (answer.bytes == whole)
			ck_assert_int_eq(taken.status, ROUND_MEASURED);
		else
			ck_assert_int_eq(taken.status, ROUND_FAILED);
		if (answer.bytes != whole)
			ck_assert_str_eq(taken.reason, "the worker's answer is garbage");
	}
}
END_TEST

START_TEST(a_loss_stays_a_loss)
{
	read_job(&spawn_job_kind);
	make_answer(&spawn_job_kind, "null");
	round_init(&failure, "null");
	round_fail(&failure, ROUND_FAILED, EIO, "worker", "gone");
	worker_answer_read(&order, &answer, &failure, &taken, taken_pairs);
	ck_assert_int_eq(taken.status, ROUND_FAILED);
	ck_assert_int_eq(taken.error, EIO);
	ck_assert_str_eq(taken.reason, "gone");
}
END_TEST

/* Jobs in which other proofs are expected, an argument each, with the mechanism's traits. */
static const struct {
	const struct job_kind *kind;
	const char *argument;
	unsigned int traits;
	size_t least;
} jobs[] = {
	{ &spawn_job_kind, "exec=/bin/true", SPAWN_EXEC | SPAWN_PROCESS, 2 },
	{ &spawn_job_kind, "memory_nodes=0", 0, 3 },
	{ &channel_job_kind, "mode=latency", CHANNEL_PROCESS, 4 },
	{ &channel_job_kind, "mode=set-up", CHANNEL_PROCESS, 3 },
	{ &channel_job_kind, "mode=switch", CHANNEL_THREAD, 6 },
	{ &channel_job_kind, "mode=latency", CHANNEL_NULL, 1 },
	{ &channel_job_kind, "fan-in=4", CHANNEL_PROCESS, 4 },
	{ &channel_job_kind, "pairs=4", CHANNEL_PROCESS, 6 },
	{ &channel_job_kind, "wait=spin", CHANNEL_PROCESS, 5 },
	{ &channel_job_kind, "wait=poll", CHANNEL_PROCESS, 5 },
	{ &engine_job_kind, "cache=warm", 0, 3 },
	{ &engine_job_kind, "cache=cold", 0, 3 },
	{ &engine_job_kind, "cache=direct", 0, 3 },
	{ &engine_job_kind, "rw=randwrite", 0, 4 },
	{ &engine_job_kind, "workload=sleep", 0, 4 },
	{ &engine_job_kind, "workload=socket", ENGINE_SERVES, 4 },
	{ &engine_job_kind, "depth=4", ENGINE_NOP, 2 },
	{ &selftest_job_kind, "batch=1", 0, 3 },
};

/* Each of them in turn is not brought. */
START_TEST(a_proof_that_is_missing_has_failed)
{
	char *again[COUNT_OF(arguments) + 1];
	struct job_proofs proofs;

	memcpy(again, arguments, sizeof(arguments));
	again[COUNT_OF(arguments) - 1] = (char *)jobs[_i].argument;
	again[COUNT_OF(arguments)] = NULL;
	read_job(jobs[_i].kind);
	order.traits = jobs[_i].traits;
	order.argv = again;
	worker_job_proofs(order.kind, again, order.traits, &proofs);
	ck_assert_uint_ge(proofs.count, jobs[_i].least);
	for (size_t i = 0; i <= proofs.count; i++) {
		const char *word;

		left_out = i < proofs.count ? proofs.names[i] : NULL;
		ck_assert_int_eq(job_parse(jobs[_i].kind->keys, 1, again + COUNT_OF(arguments) - 1,
					   job, &word), 0);
		make_answer(jobs[_i].kind, "null");
		take();
		ck_assert_int_eq(taken.status, left_out ? ROUND_CONTRADICTED : ROUND_MEASURED);
		ck_assert(!left_out || strstr(taken.reason, left_out));
		ck_assert_str_eq(taken.mechanism, "null");
		worker_answer_free(&answer);
	}
}
END_TEST

/* As those of a worker that tries all its mechanisms. */
START_TEST(several_answers_in_a_row)
{
	size_t one, at = 0;

	read_job(&spawn_job_kind);
	make_answer(&spawn_job_kind, "null");
	one = answer.bytes;
	answer.buffer = realloc(answer.buffer, 3 * one);
	memcpy((char *)answer.buffer + one, answer.buffer, one);
	memcpy((char *)answer.buffer + 2 * one, answer.buffer, one);
	answer.bytes = 3 * one - 1;
	ck_assert_int_eq(worker_answer_next(&answer, &at, &taken), 0);
	ck_assert_uint_eq(at, one);
	ck_assert_str_eq(taken.mechanism, "null");
	ck_assert_int_eq(worker_answer_next(&answer, &at, &taken), 0);
	ck_assert_uint_eq(at, 2 * one);
	ck_assert_int_eq(worker_answer_next(&answer, &at, &taken), -EBADMSG);
}
END_TEST

/* The texts themselves */

START_TEST(text_that_is_no_identity)
{
	ck_assert_int_eq(identity_length("handoff-worker=a\0\0\0\0\0\0\0", 24), 24);
	ck_assert_int_eq(identity_length("handoff-worker=a\0\0\0\0\0\0\0", 23), 0);
	ck_assert_int_eq(identity_length("handoff-worker=a", 17), 0);
	ck_assert_int_eq(identity_length("handoff-wor", 11), 0);
	ck_assert_int_eq(identity_length("", 0), 0);
	ck_assert_int_eq(identity_length("Handoff-worker=", 15), -EBADMSG);
	ck_assert_int_eq(identity_length("x", 1), -EBADMSG);
}
END_TEST

START_TEST(identity_that_does_not_fit)
{
	char *text = calloc(1, IDENTITY_BYTES_MAX), *path = calloc(1, IDENTITY_BYTES_MAX);

	read_job(&spawn_job_kind);
	memset(path, 'x', IDENTITY_BYTES_MAX - 1);
	((struct spawn_job *)job)->exec = path;
	ck_assert_int_eq(identity_write(&spawn_job_kind, job, text), -E2BIG);
	path[4096] = 0;
	ck_assert_int_gt(identity_write(&spawn_job_kind, job, text), 4096);
	free(text);
	free(path);
}
END_TEST

/* What strangers say is shown, and no more than shown. */
START_TEST(reason_is_a_line)
{
	static const char *const strange[] = {
		"handoff-worker=\x1b[2J\n\0\0", "handoff-worker\0\0", "handoff-worker=a\0b\0\0",
		"handoff-worker=spawn\0version\0\0",
	};
	char text[IDENTITY_BYTES_MAX], reason[IDENTITY_REASON_BYTES];

	read_job(&spawn_job_kind);
	ck_assert_int_gt(identity_write(&spawn_job_kind, job, text), 0);
	ck_assert(!identity_is_same_build(text, strange[_i]));
	ck_assert(!identity_agrees(text, strange[_i], reason));
	ck_assert_uint_gt(strlen(reason), 20);
	for (const char *at = reason; *at; at++)
		ck_assert_int_ge(*at, ' ');
	identity_describe(strange[_i], reason);
	for (const char *at = reason; *at; at++)
		ck_assert_int_ge(*at, ' ');
}
END_TEST

static Suite *answer_suite(void)
{
	Suite *suite = suite_create("answer");
	TCase *answers = tcase_create("answers"), *texts = tcase_create("texts");

	tcase_add_checked_fixture(answers, set_up, tear_down);
	tcase_add_loop_test(answers, an_answer_to_the_job_is_taken, 0, COUNT_OF(kinds));
	tcase_add_loop_test(answers, an_answer_to_a_job_of_which_one_key_was_changed_is_none, 0,
			    COUNT_OF(kinds));
	tcase_add_test(answers, a_word_that_is_empty_is_not_one_that_is_missing);
	tcase_add_loop_test(answers, an_answer_of_another_kind_is_none, 0, COUNT_OF(kinds));
	tcase_add_test(answers, an_answer_that_was_recorded_is_none);
	tcase_add_test(answers, an_answer_of_another_mechanism_is_none);
	tcase_add_loop_test(answers, an_answer_of_another_build_is_none, 0, COUNT_OF(builds));
	tcase_add_test(answers, an_answer_that_is_cut_is_garbage);
	tcase_add_test(answers, a_loss_stays_a_loss);
	tcase_add_test(answers, several_answers_in_a_row);
	tcase_add_loop_test(answers, a_proof_that_is_missing_has_failed, 0, COUNT_OF(jobs));
	tcase_add_checked_fixture(texts, set_up, tear_down);
	tcase_add_test(texts, text_that_is_no_identity);
	tcase_add_test(texts, identity_that_does_not_fit);
	tcase_add_loop_test(texts, reason_is_a_line, 0, 4);
	suite_add_tcase(suite, answers);
	suite_add_tcase(suite, texts);
	return suite;
}

int main(void)
{
	return suite_run(answer_suite());
}
