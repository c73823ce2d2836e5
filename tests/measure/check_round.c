/* SPDX-License-Identifier: MIT */
/* check_round - what a worker says arrives as it was said, and what is not a round is none */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/round.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define FUZZ_STEPS 100000
#define FUZZ_SEED 20240229u

static const struct histogram_pair few[] = { { 3, 1 }, { 200, 7 }, { 7168, 4294967295u } };
static const struct histogram_pair one[] = { { 0, 2 } };
static const struct histogram_pair *const buckets[ROUND_SERIES_MAX] = { few, one };

/* Two series, two proofs, one figure. */
static void fill(struct round *round)
{
	round_init(round, "posix-spawn");
	round->flags = ROUND_NOWARM | ROUND_TRACED;
	round->core_per_tick = 1.25;
	round->rss_kib = 1404;
	round->series_count = 2;
	round->series[0] = (struct round_series){ "life", 0, 3, 1000, 41.5, -1, 99, 43210, 17, 2,
						  55, 1 };
	round->series[1] = (struct round_series){ "call", 1, 1, 2000, 7, 6, 8, 14000, 0, 0, 9,
						  1.0 / 64 };
	ck_assert_int_eq(round_add_proof(round, "children", PROOF_EQUAL, 1000, 1000), 0);
	ck_assert_int_eq(round_add_proof(round, "faults", PROOF_AT_LEAST, 10, 4000), 0);
	ck_assert_int_eq(round_add_figure(round, "cpu_ns_per_op", 123.25), 0);
	round_saw_cpu(round, 0);
	round_saw_cpu(round, 4095);
	round->bytes = sizeof(*round) + 4 * sizeof(struct histogram_pair);
}

/* The message of fill() on the heap, of exactly its size, so that ASan sees who reads beyond. */
static char *message_of(const struct round *round)
{
	size_t bytes = sizeof(*round) + sizeof(few) + sizeof(one);
	char *message = malloc(bytes);

	ck_assert_ptr_nonnull(message);
	memcpy(message, round, sizeof(*round));
	memcpy(message + sizeof(*round), few, sizeof(few));
	memcpy(message + sizeof(*round) + sizeof(few), one, sizeof(one));
	return message;
}

static size_t read_all(int fd, char *to, size_t room)
{
	size_t bytes = 0;
	ssize_t got;

	while ((got = read(fd, to + bytes, room - bytes)) > 0)
		bytes += (size_t)got;
	ck_assert_int_eq(got, 0);
	return bytes;
}

static void check_arrived(const struct round *round,
			  const struct histogram_pair *const pairs[ROUND_SERIES_MAX])
{
	struct round expected;

	fill(&expected);
	ck_assert_mem_eq(round, &expected, sizeof(expected));
	ck_assert_mem_eq(pairs[0], few, sizeof(few));
	ck_assert_mem_eq(pairs[1], one, sizeof(one));
}

START_TEST(arrives_through_a_pipe)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	static _Alignas(8) char buffer[65536];
	struct round round, arrived;
	int pipes[2];
	size_t bytes;

	fill(&round);
	round.bytes = 0;
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(round_send(pipes[1], &round, buckets), 0);
	close(pipes[1]);
	bytes = read_all(pipes[0], buffer, sizeof(buffer));
	close(pipes[0]);
	ck_assert_uint_eq(bytes, round.bytes);
	ck_assert_uint_eq(bytes, sizeof(round) + 4 * sizeof(struct histogram_pair));
	ck_assert_int_eq(round_parse(buffer, bytes, &arrived, pairs), (long)bytes);
	check_arrived(&arrived, pairs);
}
END_TEST

/* As --list needs it: a failure, which carries no series, between two rounds. */
START_TEST(several_arrive_one_behind_another)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	static _Alignas(8) char buffer[65536];
	struct round rounds[3], arrived;
	size_t bytes, at = 0;
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	for (int i = 0; i < 3; i++) {
		fill(&rounds[i]);
		if (i == 1)
			round_fail(&rounds[i], ROUND_SKIPPED, ENOSYS, "probe", "not here");
		ck_assert_int_eq(round_send(pipes[1], &rounds[i], buckets), 0);
	}
	close(pipes[1]);
	bytes = read_all(pipes[0], buffer, sizeof(buffer));
	close(pipes[0]);
	for (int i = 0; i < 3; i++) {
		long taken = round_parse(buffer + at, bytes - at, &arrived, pairs);

		ck_assert_int_eq(taken, (long)rounds[i].bytes);
		ck_assert_int_eq(arrived.status, i == 1 ? ROUND_SKIPPED : ROUND_MEASURED);
		at += (size_t)taken;
	}
	ck_assert_uint_eq(at, bytes);
	check_arrived(&arrived, pairs);
}
END_TEST

static void on_signal(int number)
{
	(void)number;
}

/* Every write that waits ends early, with what it has written or with EINTR. */
static void interrupt_writes(void)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* More than a pipe holds: the writer has to wait, and goes on where it was. */
START_TEST(large_message_is_sent_whole)
{
	static struct histogram_pair many[HISTOGRAM_BUCKETS];
	const struct histogram_pair *sent[ROUND_SERIES_MAX], *pairs[ROUND_SERIES_MAX];
	struct round round, arrived;
	int pipes[2], status;
	char *buffer;
	size_t bytes;
	pid_t pid;

	fill(&round);
	round.series_count = ROUND_SERIES_MAX;
	for (int i = 0; i < ROUND_SERIES_MAX; i++) {
		round.series[i] = round.series[0];
		round.series[i].metric[0] = (char)('a' + i);
		round.series[i].bucket_count = HISTOGRAM_BUCKETS;
		sent[i] = many;
	}
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		many[i] = (struct histogram_pair){ i, i + 1 };
	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		interrupt_writes();
		_exit(round_send(pipes[1], &round, sent) != 0);
	}
	close(pipes[1]);
	usleep(20000);
	buffer = malloc(ROUND_MESSAGE_MAX);
	bytes = read_all(pipes[0], buffer, ROUND_MESSAGE_MAX);
	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(round_parse(buffer, bytes, &arrived, pairs), (long)bytes);
	for (int i = 0; i < ROUND_SERIES_MAX; i++)
		ck_assert_mem_eq(pairs[i], many, sizeof(many));
	free(buffer);
}
END_TEST

START_TEST(sending_fails)
{
	struct round round;
	int pipes[2];

	fill(&round);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	ck_assert_int_eq(round_send(pipes[1], &round, buckets), -EPIPE);
	close(pipes[1]);
	ck_assert_int_eq(round_send(-1, &round, buckets), -EBADF);
}
END_TEST

/* Cut anywhere, it is not whole yet, and nothing beyond the cut is looked at. */
START_TEST(truncated)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	struct round round, arrived;
	char *whole;

	fill(&round);
	whole = message_of(&round);
	for (size_t cut = 0; cut < round.bytes; cut++) {
		char *message = malloc(cut ? cut : 1);

		memcpy(message, whole, cut);
		if (round_parse(message, cut, &arrived, pairs) != 0)
			ck_abort_msg("cut at %zu", cut);
		free(message);
	}
	ck_assert_int_eq(round_parse(whole, round.bytes, &arrived, pairs), (long)round.bytes);
	free(whole);
}
END_TEST

/* What follows belongs to the next one. */
START_TEST(more_than_one_round)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	static _Alignas(8) char buffer[65536];
	struct round round, arrived;
	char *whole;

	fill(&round);
	whole = message_of(&round);
	memcpy(buffer, whole, round.bytes);
	memset(buffer + round.bytes, 0xa5, 100);
	ck_assert_int_eq(round_parse(buffer, round.bytes + 100, &arrived, pairs),
			 (long)round.bytes);
	free(whole);
}
END_TEST

#define FIELD(member) offsetof(struct round, member), sizeof(((struct round *)0)->member)
#define UNTERMINATED(member) { NO_END, #member " has no end", FIELD(member), 0 }
#define NUMBER(member, value) { NUMBER, #member " is " #value, FIELD(member), (uint64_t)(value) }
#define REAL(member) { NO_NUMBER, #member " is no number", FIELD(member), 0 }

/* Each by itself turns a round into none. */
static const struct {
	enum { NUMBER, NO_END, NO_NUMBER } kind;
	const char *what;
	size_t offset, size;
	uint64_t value;
} mutations[] = {
	NUMBER(magic, 0), NUMBER(magic, ROUND_MAGIC + 1), NUMBER(magic, 0x646e6168),
	NUMBER(bytes, 0), NUMBER(bytes, sizeof(struct round)), NUMBER(bytes, UINT32_MAX),
	NUMBER(bytes, sizeof(struct round) + 5 * sizeof(struct histogram_pair)),
	NUMBER(bytes, sizeof(struct round) + 4 * sizeof(struct histogram_pair) - 1),
	NUMBER(status, 3), NUMBER(status, -1),
	NUMBER(status, ROUND_FAILED), NUMBER(status, ROUND_SKIPPED),
	NUMBER(series_count, 0), NUMBER(series_count, 1), NUMBER(series_count, 3),
	NUMBER(series_count, 7), NUMBER(series_count, -1),
	NUMBER(proof_count, ROUND_PROOFS_MAX + 1), NUMBER(proof_count, -1), NUMBER(proof_count, 1u << 31),
	NUMBER(figure_count, 21), NUMBER(figure_count, -1),
	NUMBER(series[0].bucket_count, 2), NUMBER(series[0].bucket_count, 4),
	NUMBER(series[0].bucket_count, -1), NUMBER(series[1].bucket_count, 1u << 29),
	NUMBER(series[0].n, 0), NUMBER(series[1].n, 0), NUMBER(series[1].n, UINT64_MAX),
	NUMBER(series[0].n, ROUND_OPERATIONS_MAX + 1),
	NUMBER(proofs[0].relation, 3), NUMBER(proofs[1].relation, -1),
	UNTERMINATED(mechanism), UNTERMINATED(step), UNTERMINATED(reason),
	UNTERMINATED(series[0].metric), UNTERMINATED(series[1].metric),
	UNTERMINATED(proofs[1].name), UNTERMINATED(figures[0].name),
	NUMBER(mechanism[0], '\n'), NUMBER(reason[0], 0x1b), NUMBER(series[1].metric[2], 1),
	NUMBER(proofs[0].name[1], '\t'), NUMBER(figures[0].name[0], 0x1f),
	NUMBER(mechanism[0], 0xff), NUMBER(step[0], 0x80), NUMBER(series[0].metric[1], 0xc3),
	NUMBER(proofs[1].name[0], 0x7f), NUMBER(figures[0].name[2], 0xa0), NUMBER(reason[0], 0x7f),
	REAL(core_per_tick), REAL(rss_kib),
	REAL(series[0].p50), REAL(series[0].min), REAL(series[0].max), REAL(series[0].sum),
	REAL(series[1].overhead), REAL(series[1].overhead_spread), REAL(series[1].cold),
	REAL(series[1].bucket_ticks),
	REAL(proofs[0].expected), REAL(proofs[1].observed), REAL(figures[0].value),
};

static void check_garbage(const struct round *round, const char *what)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	struct round arrived;
	char *message = message_of(round);
	long got = round_parse(message, sizeof(*round) + sizeof(few) + sizeof(one), &arrived,
			       pairs);

	ck_assert_msg(got == -EBADMSG, "%s: %ld", what, got);
	free(message);
}

START_TEST(mutation)
{
	static const double reals[] = { NAN, INFINITY, -INFINITY, 1.7e308, -1.001e30 };
	bool is_real = mutations[_i].kind == NO_NUMBER;
	struct round round;
	char *field = (char *)&round + mutations[_i].offset;

	fill(&round);
	if (mutations[_i].kind == NO_END) {
		memset(field, 'x', mutations[_i].size);
	} else if (!is_real) {
		ck_assert_uint_le(mutations[_i].size, sizeof(mutations[_i].value));
		memcpy(field, &mutations[_i].value, mutations[_i].size);
	}
	for (int i = 0; i < (is_real ? COUNT_OF(reals) : 1); i++) {
		if (is_real)
			memcpy(field, &reals[i], sizeof(reals[i]));
		check_garbage(&round, mutations[_i].what);
	}
}
END_TEST

START_TEST(bucket_width_is_positive)
{
	struct round round;

	fill(&round);
	round.series[0].bucket_ticks = 0;
	check_garbage(&round, "bucket_ticks");
	round.series[0].bucket_ticks = -1;
	check_garbage(&round, "bucket_ticks");
}
END_TEST

/* All fields fit together, and it is too much nevertheless. */
START_TEST(longer_than_any_message)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	size_t count = ROUND_MESSAGE_MAX / sizeof(struct histogram_pair) / 2;
	struct round round, arrived;
	char *message;

	fill(&round);
	round.series[0].bucket_count = round.series[1].bucket_count = (uint32_t)count;
	round.bytes = (uint32_t)(sizeof(round) + 2 * count * sizeof(struct histogram_pair));
	message = calloc(1, round.bytes);
	memcpy(message, &round, sizeof(round));
	ck_assert_int_eq(round_parse(message, round.bytes, &arrived, pairs), -EBADMSG);
	free(message);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* What was taken for a round can be used as one without reading beyond the message. */
static bool is_usable(const struct round *round, const char *message, size_t bytes,
		      const struct histogram_pair *const *pairs)
{
	bool is = round->series_count <= ROUND_SERIES_MAX &&
		  round->proof_count <= ROUND_PROOFS_MAX &&
		  round->figure_count <= ROUND_FIGURES_MAX &&
		  ends(round->mechanism, sizeof(round->mechanism)) &&
		  ends(round->step, sizeof(round->step)) &&
		  ends(round->reason, sizeof(round->reason));

	for (uint32_t i = 0; is && i < round->series_count; i++)
		is = (const char *)pairs[i] >= message + sizeof(*round) &&
		     (const char *)(pairs[i] + round->series[i].bucket_count) <= message + bytes &&
		     ends(round->series[i].metric, sizeof(round->series[i].metric));
	for (uint32_t i = 0; is && i < round->proof_count; i++)
		is = ends(round->proofs[i].name, sizeof(round->proofs[i].name));
	for (uint32_t i = 0; is && i < round->figure_count; i++)
		is = ends(round->figures[i].name, sizeof(round->figures[i].name));
	return is;
}

START_TEST(random_bytes_never_hurt)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	uint32_t state = FUZZ_SEED;
	struct round round, arrived;
	long refused = 0, taken = 0;
	size_t bytes;
	char *whole, *message;

	fill(&round);
	bytes = round.bytes;
	whole = message_of(&round);
	message = malloc(bytes);
	for (int step = 0; step < FUZZ_STEPS; step++) {
		uint32_t flips = 1 + next_random(&state) % 4;
		long got;

		memcpy(message, whole, bytes);
		for (uint32_t i = 0; i < flips; i++)
			message[next_random(&state) % bytes] = (char)next_random(&state);
		got = round_parse(message, bytes, &arrived, pairs);
		if (got != -EBADMSG && got != 0 &&
		    (got != (long)bytes || !is_usable(&arrived, message, bytes, pairs)))
			ck_abort_msg("step %d: %ld", step, got);
		refused += got == -EBADMSG;
		taken += got == (long)bytes;
	}
	/* Both happen, or it tries nothing. */
	ck_assert_int_gt(refused, FUZZ_STEPS / 100);
	ck_assert_int_gt(taken, FUZZ_STEPS / 100);
	free(whole);
	free(message);
}
END_TEST

START_TEST(first_failure_stays)
{
	struct round round;

	fill(&round);
	round_fail(&round, ROUND_FAILED, -EAGAIN, "fork", "no more tasks");
	round_fail(&round, ROUND_SKIPPED, ENOMEM, "wait", "an echo");
	ck_assert_int_eq(round.status, ROUND_FAILED);
	ck_assert_int_eq(round.error, EAGAIN);
	ck_assert_str_eq(round.step, "fork");
	ck_assert_str_eq(round.reason, "no more tasks");
	ck_assert_uint_eq(round.series_count, 0);
	ck_assert_uint_eq(round.proof_count, 2);
}
END_TEST

static const struct { int error; enum round_status status; const char *word; } refusals[] = {
	{ -EPERM, ROUND_SKIPPED, "account" }, { EACCES, ROUND_SKIPPED, "account" },
	{ -ENOSYS, ROUND_SKIPPED, "kernel" }, { EMFILE, ROUND_SKIPPED, "RLIMIT_NOFILE" },
	{ -ENFILE, ROUND_SKIPPED, "file-max" }, { -ENOMEM, ROUND_SKIPPED, "memory" },
	{ -ENOSPC, ROUND_SKIPPED, "space" }, { -EIO, ROUND_FAILED, "" },
	{ -EINVAL, ROUND_FAILED, "" }, { 0, ROUND_FAILED, "" },
};

/* A reason of the caller's own is kept, whatever the error says. */
START_TEST(refusal)
{
	struct round round;

	round_init(&round, "fork");
	round_refuse(&round, refusals[_i].error, "open", "");
	ck_assert_int_eq(round.status, refusals[_i].status);
	ck_assert_ptr_nonnull(strstr(round.reason, refusals[_i].word));
	round_init(&round, "fork");
	round_refuse(&round, refusals[_i].error, "open", "own words");
	ck_assert_int_eq(round.status, refusals[_i].status);
	ck_assert_str_eq(round.reason, "own words");
}
END_TEST

START_TEST(failure_without_words)
{
	struct round round;

	round_init(&round, "fork");
	round_fail(&round, ROUND_SKIPPED, 0, "fork", NULL);
	ck_assert_int_eq(round.status, ROUND_SKIPPED);
	ck_assert_int_eq(round.error, 0);
	ck_assert_str_eq(round.reason, "");
}
END_TEST

START_TEST(long_texts_are_cut)
{
	struct round round;
	char text[400];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	round_init(&round, text);
	ck_assert_int_eq(round_add_proof(&round, text, PROOF_EQUAL, 1, 1), 0);
	ck_assert_int_eq(round_add_figure(&round, text, 1), 0);
	round_fail(&round, ROUND_FAILED, 1, text, text);
	ck_assert_uint_eq(strlen(round.mechanism), sizeof(round.mechanism) - 1);
	ck_assert_uint_eq(strlen(round.step), sizeof(round.step) - 1);
	ck_assert_uint_eq(strlen(round.reason), sizeof(round.reason) - 1);
	ck_assert_uint_eq(strlen(round.proofs[0].name), sizeof(round.proofs[0].name) - 1);
	ck_assert_uint_eq(strlen(round.figures[0].name), sizeof(round.figures[0].name) - 1);
}
END_TEST

START_TEST(full_tables_drop_the_entry)
{
	struct round round;

	round_init(&round, "fork");
	for (int i = 0; i < ROUND_PROOFS_MAX; i++)
		ck_assert_int_eq(round_add_proof(&round, "p", PROOF_EQUAL, 1, 1), 0);
	for (int i = 0; i < ROUND_FIGURES_MAX; i++)
		ck_assert_int_eq(round_add_figure(&round, "f", i), 0);
	ck_assert_int_eq(round_add_figure(&round, "g", 0), -ENOSPC);
	ck_assert_uint_eq(round.proof_count, ROUND_PROOFS_MAX);
	ck_assert_uint_eq(round.figure_count, ROUND_FIGURES_MAX);
	ck_assert_str_eq(round.figures[ROUND_FIGURES_MAX - 1].name, "f");
	ck_assert_int_eq(round.status, ROUND_MEASURED);
}
END_TEST

/* It might be the one that does not hold. */
START_TEST(a_proof_too_many_fails_the_round)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX];
	static _Alignas(8) char buffer[65536];
	struct round round, arrived;
	int pipes[2];
	size_t bytes;

	fill(&round);
	while (round.proof_count < ROUND_PROOFS_MAX)
		ck_assert_int_eq(round_add_proof(&round, "p", PROOF_EQUAL, 1, 1), 0);
	ck_assert_int_eq(round_add_proof(&round, "last", PROOF_EQUAL, 1, 2), -ENOSPC);
	ck_assert_int_eq(round.status, ROUND_FAILED);
	ck_assert_str_eq(round.step, "proofs");
	ck_assert_ptr_nonnull(strstr(round.reason, "ROUND_PROOFS_MAX"));
	/* As a worker does that describes afterwards what it has measured. */
	round.series_count = 2;
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(round_send(pipes[1], &round, buckets), 0);
	close(pipes[1]);
	bytes = read_all(pipes[0], buffer, sizeof(buffer));
	close(pipes[0]);
	ck_assert_int_eq(round_parse(buffer, bytes, &arrived, pairs), (long)bytes);
	ck_assert_int_eq(arrived.status, ROUND_FAILED);
	ck_assert_uint_eq(arrived.series_count, 0);
}
END_TEST

static const struct { int cpu; size_t word; uint64_t mask; } seen[] = {
	{ 0, 0, 1 }, { 63, 0, 1ull << 63 }, { 64, 1, 1 }, { ROUND_CPUS_MAX - 1, ROUND_CPUS_MAX / 64 - 1, 1ull << 63 },
	{ ROUND_CPUS_MAX, ROUND_CPUS_MAX / 64 - 1, 0 }, { -1, 0, 0 }, { -2147483647 - 1, 0, 0 }, { 2147483647, 0, 0 },
};

START_TEST(cpu_is_seen)
{
	struct round round, untouched;

	round_init(&round, "fork");
	round_init(&untouched, "fork");
	round_saw_cpu(&round, seen[_i].cpu);
	ck_assert_uint_eq(round.cpus[seen[_i].word], seen[_i].mask);
	round.cpus[seen[_i].word] = 0;
	ck_assert_mem_eq(&round, &untouched, sizeof(round));
}
END_TEST

static const struct {
	enum proof_relation relation;
	double expected, observed;
	bool holds;
} proofs[] = {
	{ PROOF_EQUAL, 1000, 1000, true }, { PROOF_EQUAL, 1000, 999, false },
	{ PROOF_EQUAL, 1000, 1001, false }, { PROOF_EQUAL, 0, 0, true },
	{ PROOF_AT_LEAST, 1000, 1000, true }, { PROOF_AT_LEAST, 1000, 5000, true },
	{ PROOF_AT_LEAST, 1000, 999.9, false }, { PROOF_AT_LEAST, 0, 0, true },
	{ PROOF_MOSTLY, 1000, 1000, true }, { PROOF_MOSTLY, 1000, 950, true },
	{ PROOF_MOSTLY, 1000, 949, false }, { PROOF_MOSTLY, 1000, 2000, true },
	{ PROOF_MOSTLY, 0, 0, true }, { PROOF_MOSTLY, 20, 0, false },
	{ PROOF_EQUAL, 1, NAN, false }, { PROOF_AT_LEAST, 1, NAN, false },
	{ PROOF_MOSTLY, 1, NAN, false },
};

START_TEST(proof)
{
	struct round round;

	round_init(&round, "fork");
	ck_assert(!round_is_proved(&round));
	ck_assert_int_eq(round_add_proof(&round, "p", proofs[_i].relation, proofs[_i].expected,
					 proofs[_i].observed), 0);
	ck_assert_int_eq(round_proof_holds(&round.proofs[0]), proofs[_i].holds);
	ck_assert_int_eq(round_is_proved(&round), proofs[_i].holds);
	ck_assert_int_eq(round_add_proof(&round, "good", PROOF_EQUAL, 1, 1), 0);
	ck_assert_int_eq(round_is_proved(&round), proofs[_i].holds);
	ck_assert_int_eq(round_add_proof(&round, "bad", PROOF_EQUAL, 1, 2), 0);
	ck_assert(!round_is_proved(&round));
}
END_TEST

static Suite *round_suite(void)
{
	Suite *suite = suite_create("round");
	TCase *sent = tcase_create("sent"), *hostile = tcase_create("hostile");
	TCase *filled = tcase_create("filled");

	tcase_add_test(sent, arrives_through_a_pipe);
	tcase_add_test(sent, several_arrive_one_behind_another);
	tcase_add_test(sent, large_message_is_sent_whole);
	tcase_add_test(sent, sending_fails);
	tcase_add_test(hostile, truncated);
	tcase_add_test(hostile, more_than_one_round);
	tcase_add_loop_test(hostile, mutation, 0, COUNT_OF(mutations));
	tcase_add_test(hostile, bucket_width_is_positive);
	tcase_add_test(hostile, longer_than_any_message);
	tcase_add_test(hostile, random_bytes_never_hurt);
	tcase_set_timeout(hostile, 30);
	tcase_add_test(filled, first_failure_stays);
	tcase_add_loop_test(filled, refusal, 0, COUNT_OF(refusals));
	tcase_add_test(filled, failure_without_words);
	tcase_add_test(filled, long_texts_are_cut);
	tcase_add_test(filled, full_tables_drop_the_entry);
	tcase_add_test(filled, a_proof_too_many_fails_the_round);
	tcase_add_loop_test(filled, cpu_is_seen, 0, COUNT_OF(seen));
	tcase_add_loop_test(filled, proof, 0, COUNT_OF(proofs));
	suite_add_tcase(suite, sent);
	suite_add_tcase(suite, hostile);
	suite_add_tcase(suite, filled);
	return suite;
}

int main(void)
{
	return suite_run(round_suite());
}
