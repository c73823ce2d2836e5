/* SPDX-License-Identifier: MIT */
/*
 * round: what a worker says, with dents in it, from the pipe to the answer.
 *
 * A byte of flags and dents for each of four rounds of one cell; another cell has sound
 * ones.  With the first byte 0xff, what follows is a message as it is.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "render/render.h"
#include "results/record.h"
#include "results/summary-flags.h"
#include "results/summary.h"

#define ROUNDS 4
#define RAW 0xff
#define CELLS 2
#define MESSAGE_MOST (sizeof(struct round) + 64 * sizeof(struct histogram_pair))

enum made { MADE_FAILED = 1, MADE_BATCH = 2, MADE_ALONE = 4, MADE_DISPROVED = 8, MADE_CUT = 16 };

static const struct histogram_pair few[] = { { 3, 1 }, { 200, 7 }, { 7168, 4294967295u } };
static const struct mechanism pipe_about = { "pipe", "a pipe", 0 };
static const struct mechanism null_about = { "null", "nothing", 0 };

static const struct mechanism *about(size_t i)
{
	return i == 0 ? &pipe_about : i == 1 ? &null_about : NULL;
}

static const struct parameter no_parameters[] = { { .name = NULL } };
static const struct figure figures[] = { { "cpu_ns_per_op", "cpu", "CPU time" }, { 0 } };
static const char *const metrics[] = { "life", "call", NULL };
static const struct tool tool = {
	.name = "fuzz", .mechanism = about, .parameters = no_parameters, .figures = figures,
	.metrics = metrics, .headline = "life", .baseline = "null",
};

static struct cell cells[CELLS] = {
	{ .mechanism = &pipe_about, .is_named = true,
	  .seat = { .name = "float", .cpus = { -1, -1 }, .nodes = { -1, -1 }, .is_float = true,
		    .cores = { -1, -1 } } },
	{ .mechanism = &null_about, .peer = "thread",
	  .seat = { .name = "cpu:0,1", .cpus = { 0, 1 }, .cores = { -1, -1 } } },
};
static const struct options options = { .tool = &tool, .precision = 0.02 };
static const struct plan plan = { .options = &options, .cells = cells, .count = CELLS };

static void make_round(unsigned int made, struct round *round)
{
	bool is_batch = made & MADE_BATCH;

	round_init(round, "pipe");
	round->core_per_tick = 1.25;
	round->rss_kib = 1404;
	round->series_count = made & MADE_ALONE ? 1 : 2;
	round->series[0] = (struct round_series){ "life", is_batch, 3, 1000, 41.5, -1, 99, 43210,
						  17, 2, 55, 1 };
	round->series[1] = (struct round_series){ "call", is_batch, 1, 2000, 7, 6, 8, 14000, 0, 0,
						  9, 1.0 / 64 };
	round_add_proof(round, "children", PROOF_EQUAL, 10, made & MADE_DISPROVED ? 9 : 10);
	round_add_figure(round, "cpu_ns_per_op", 123.25);
	round_saw_cpu(round, 4095);
	if (made & MADE_FAILED)
		round_fail(round, ROUND_FAILED, ENOMEM, "fork", "not today");
}

static size_t make_message(struct fuzz_input *input, void *message)
{
	unsigned int made = fuzz_byte(input);
	struct round *round = message;
	struct histogram_pair *pairs = (struct histogram_pair *)(round + 1);
	size_t count = 0;

	make_round(made, round);
	for (uint32_t i = 0; i < round->series_count; i++)
		for (uint32_t j = 0; j < round->series[i].bucket_count; j++)
			pairs[count++] = few[j];
	round->bytes = (uint32_t)(sizeof(*round) + count * sizeof(*pairs));
	count = round->bytes;
	fuzz_dent(input, message, count);
	return made & MADE_CUT ? count - 1 : count;
}

static void claim_text(const char *text, size_t size)
{
	FUZZ_CLAIM(memchr(text, 0, size));
}

static void claim_bounds(const struct round *round)
{
	FUZZ_CLAIM(round->series_count <= ROUND_SERIES_MAX && round->proof_count <= ROUND_PROOFS_MAX &&
		   round->figure_count <= ROUND_FIGURES_MAX);
	FUZZ_CLAIM((round->status == ROUND_MEASURED) == (round->series_count > 0));
	claim_text(round->mechanism, sizeof(round->mechanism));
	claim_text(round->step, sizeof(round->step));
	claim_text(round->reason, sizeof(round->reason));
	for (uint32_t i = 0; i < round->series_count; i++)
		claim_text(round->series[i].metric, sizeof(round->series[i].metric));
}

/* What was taken, said again, is the same message. */
static void claim_same(struct round *round, const struct histogram_pair *const *pairs,
		       const void *message)
{
	int fd = memfd_create("round", MFD_CLOEXEC);
	void *again = malloc(round->bytes);

	FUZZ_CLAIM(fd >= 0 && again && !round_send(fd, round, pairs));
	FUZZ_CLAIM(pread(fd, again, round->bytes, 0) == (ssize_t)round->bytes);
	FUZZ_CLAIM(lseek(fd, 0, SEEK_CUR) == (off_t)round->bytes);
	FUZZ_CLAIM(!memcmp(again, message, round->bytes));
	free(again);
	close(fd);
}

/* As the supervisor takes it: whole and nothing behind, or not at all. */
static void take_message(const void *message, size_t bytes, struct series *series)
{
	const struct histogram_pair *pairs[ROUND_SERIES_MAX] = { 0 };
	void *heap = malloc(bytes + !bytes);
	struct round round;
	size_t valid = series->valid, rounds = series->rounds;
	long taken;

	FUZZ_CLAIM(heap);
	memcpy(heap, message, bytes);
	taken = round_parse(heap, bytes, &round, pairs);
	FUZZ_CLAIM(taken == 0 || taken == -EBADMSG || (taken > 0 && (size_t)taken <= bytes));
	if (taken > 0) {
		claim_bounds(&round);
		claim_same(&round, pairs, heap);
	}
	if (taken > 0 && (size_t)taken == bytes) {
		FUZZ_CLAIM(!series_add(series, &round, pairs));
		FUZZ_CLAIM(series->rounds == rounds + 1 && series->valid <= valid + 1);
		FUZZ_CLAIM(series->valid + series->invalid + series->failed + series->skipped ==
			   series->rounds);
	}
	free(heap);
}

static void check_lines(char *text)
{
	for (char *line; (line = strsep(&text, "\n")) && text;) {
		json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const json_t *medians = json_object_get(object, "round_p50");

		FUZZ_CLAIM(object);
		FUZZ_CLAIM(json_array_size(medians) ==
			   json_array_size(json_object_get(object, "round_index")));
		FUZZ_CLAIM(strcmp(json_string_value(json_object_get(object, "record")), "skip") ||
			   json_object_get(object, "reason"));
		json_decref(object);
	}
}

typedef int renderer(const struct results *results, const struct render_style *style, FILE *stream);

static void render(renderer *as, const struct results *results)
{
	const struct render_style style = { .width = 80, .has_histograms = true };
	char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	FUZZ_CLAIM(stream && !as(results, &style, stream));
	FUZZ_CLAIM(!fclose(stream) && bytes);
	if (as == render_json)
		check_lines(text);
	free(text);
}

static void answer(const struct series *series)
{
	static struct environment environment;
	static const struct clock_ladder ladder = { .clock = { CLOCK_GETTIME, 1 } };
	struct results results = { .options = &options, .environment = &environment,
				   .ladder = &ladder };

	FUZZ_CLAIM(!summary_make(&plan, series, 1, &results));
	FUZZ_CLAIM(results.result_count <= CELLS * ROUND_SERIES_MAX && results.skip_count <= CELLS);
	summary_flag_run(&results);
	render(render_json, &results);
	render(render_csv, &results);
	render(render_table, &results);
	results_free(&results);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(8) char message[MESSAGE_MOST];
	/* The sound ones are the same each time. */
	static struct series series[CELLS];
	struct fuzz_input input = { data, size }, none = { 0 };

	if (size && *data == RAW) {
		take_message(data + 1, size - 1, &series[0]);
		input.left = 0;
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (input.left)
			take_message(message, make_message(&input, message), &series[0]);
		if (series[1].rounds < ROUNDS)
			take_message(message, make_message(&none, message), &series[1]);
	}
	if (series[0].rounds)
		answer(series);
	series_done(&series[0]);
	return 0;
}
