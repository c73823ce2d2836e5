/* SPDX-License-Identifier: MIT */
/*
 * check_render - lib/render/column, lib/render/grid and the renderers against golden text.
 *
 * The golden texts are in tests/expected, @VERSION@ and @TICKS@ standing for
 * ours; with HANDOFF_WRITE_EXPECTED set they are written instead of compared.
 */
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/mechanism.h"
#include "render/column.h"
#include "render/grid.h"
#include "render/render.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { SIZE, TARGET };

static const struct mechanism mechanisms[] = {
	{ "ant", "carries", 0 }, { "bee", "flies", 0 }, { "nothing", "costs nothing", 0 },
};

static const struct mechanism *mechanism(size_t i)
{
	return i < COUNT_OF(mechanisms) ? &mechanisms[i] : NULL;
}

static const struct parameter parameters[] = {
	[SIZE] = { .name = "size", .type = PARAMETER_SIZE, .header = "size" },
	[TARGET] = { .name = "target", .type = PARAMETER_WORD, .header = "to" },
	{ .name = NULL },
};

static const struct figure figures[] = {
	{ "kib_per_task", "KiB/task", "" }, { "cpu_ns_per_op", NULL, "" }, { NULL, NULL, NULL },
};

static const char *const metrics[] = { "call", "life", NULL };

static const struct tool tool = {
	.name = "fake-cost",
	.mechanism = mechanism,
	.parameters = parameters,
	.figures = figures,
	.metrics = metrics,
	.headline = "life",
	.baseline = "ant",
};

static const struct environment host = {
	.hostname = "box", .kernel_release = "6.1.0", .kernel_version = "#1 SMP",
	.arch = "z80", .cpu_model = "Z80", .cpus = 4, .nodes = 1, .smt = 0,
	.hypervisor = "kvm", .container = "docker", .mitigations = "meltdown=PTI",
	.governor = "performance", .turbo = 1, .thp = "madvise", .clocksource = "hpet",
	.cgroup_cpu_limit = "max", .cgroup_cpus = -1, .libc = "glibc 2.36", .compiler = "gcc 12",
	.cmdline = "quiet", .hz = 250, .preempt = "voluntary", .aslr = 2, .microcode = "0x1",
};

/* Where next to nothing could be read. */
static const struct environment bare_host = {
	.cpus = -1, .nodes = -1, .smt = -1, .turbo = -1, .cgroup_cpus = -1, .hz = -1, .aslr = -1,
};

static const struct clock_ladder ladder = {
	.clock = { CLOCK_TICKS, 0.5 }, .perf_hz = 2e9, .cpuid_hz = 2000000001, .anchors_hz = 2e9,
	.error_ppm = 0.25, .overhead_ns = 12.5, .resolution_ns = 0.5, .skew_ns = 40,
};

static const struct clock_ladder bare_ladder = {
	.clock = { CLOCK_GETTIME, 1 }, .anchors_hz = 2e9, .error_ppm = 1, .overhead_ns = 40,
	.resolution_ns = 1, .skew_ns = -1, .reason = "the TSC is not constant",
};

/* Four rounds: the second was lost by the cells, and its reference was not. */
static double reference_rounds[] = { 200000, 251000, 200500, 250500 };
static int one_label[] = { 0, 0, 0, 0 }, two_labels[] = { 0, 1, 0, 1 };

static const struct host_speed one_speed = {
	.ns = 225500, .part_ns = { 10000, 50000.5, 40000, 120000 }, .round_ns = reference_rounds,
	.labels = one_label, .rounds = 4, .cpu = 2, .missing = "",
	.speeds = { .count = 1, .reference = { 225500 }, .rounds = { 4 } },
};

static const struct host_speed two_speeds = {
	.ns = 225500, .part_ns = { 10000, 50000.5, NAN, NAN }, .round_ns = reference_rounds,
	.labels = two_labels, .rounds = 4, .cpu = -1, .missing = "switch, fork: raise RLIMIT_NPROC",
	.speeds = { .count = 2, .reference = { 200250, 250750 }, .rounds = { 2, 2 } },
};

#define CELLS 5
#define RESULTS 5
#define ROUNDS 3

/* A whole run, made by hand. */
struct bench {
	struct options options;
	struct plan plan;
	struct cell cells[CELLS];
	struct series series[CELLS];
	struct metric_series metric[RESULTS];
	struct result result[RESULTS];
	double rounds[ROUNDS], ticks[ROUNDS + 1];
	struct skip skips[2];
	struct warning warnings[1];
	char *argv[3], *sentences[3];
	struct results results;
};

/* All that may be missing is. */
static struct result bare_result(void)
{
	return (struct result){
		.ns_per_tick = 0.5, .min = NAN, .p50 = NAN, .p50_lo = NAN, .p50_hi = NAN,
		.p90 = NAN, .p99 = NAN, .p999 = NAN, .max = NAN, .mean = NAN, .overhead = NAN,
		.cold = NAN, .n_eff = NAN, .rho = NAN, .modes = { NAN, NAN },
		.mode_shares = { NAN, NAN }, .rounds_needed = NAN, .ratio = NAN, .ratio_lo = NAN,
		.ratio_hi = NAN, .fit_ns = NAN, .fit_ns_per_page = NAN,
		.fit_ns_per_page_lo = NAN, .fit_ns_per_page_hi = NAN, .reference_ns = NAN,
		.lost = {
			.rounds_hit = NAN, .mean_hit = NAN, .max_hit = NAN, .mean_clean = NAN,
			.p50_clean = NAN, .max_clean = NAN, .counted_run_delay_ns = NAN,
			.counted_off_cpu_ns = NAN, .counted_steal_ns = NAN,
			.counted_involuntary = NAN,
		},
	};
}

/* As the kernel told it; steal is not known of one. */
static const struct lost_time lost_times[ROUNDS] = {
	{ .begin_ns = 1, .end_ns = 11600001, .cpu_ns = 9e6, .run_delay_ns = 4e6, .involuntary = 14,
	  .steal_ns = -1, .stopped_ns = 0, .stops = 0, .cpus = 1, .is_busy = 1 },
	{ .begin_ns = 1, .end_ns = 10000001, .cpu_ns = 1e7, .run_delay_ns = 3e6, .involuntary = 2,
	  .steal_ns = 0, .stopped_ns = 0, .stops = 0, .cpus = 1, .is_busy = 1 },
	{ .begin_ns = 1, .end_ns = 10000001, .cpu_ns = 1e7, .run_delay_ns = 3e6, .involuntary = 2,
	  .steal_ns = 0, .stopped_ns = 0, .stops = 0, .cpus = 1, .is_busy = 1 },
};
static double lost_ns[ROUNDS] = { 1.6e6, 0, 0 };
static const struct lost_time *lost_rounds[ROUNDS] = {
	&lost_times[0], &lost_times[1], &lost_times[2],
};

static void set_lost(struct result_lost *lost)
{
	*lost = (struct result_lost){
		.rounds_hit = 1, .lost_ns = 1.6e6, .waited_ns = 1.6e6, .involuntary = 12,
		.mean_hit = 28000, .max_hit = 1e6, .mean_clean = 18200, .max_clean = 25000,
		.p50_clean = NAN, .counted_run_delay_ns = 1e7, .counted_off_cpu_ns = 2.6e6,
		.counted_steal_ns = NAN, .counted_involuntary = 18,
		.rounds = lost_rounds, .round_lost_ns = lost_ns,
	};
}

static void set_cell(struct bench *bench, int i, int which, const char *seat, int a, int b)
{
	struct cell *cell = &bench->cells[i];

	cell->mechanism = &mechanisms[which];
	strcpy(cell->seat.name, seat);
	cell->seat.cpus[0] = a;
	cell->seat.cpus[1] = b;
	cell->seat.nodes[0] = cell->seat.nodes[1] = a < 0 ? -1 : 0;
	cell->values[SIZE] = (struct value){ 65536, NULL, true };
}

static void set_result(struct bench *bench, int i, int cell, const char *metric, double p50)
{
	struct result *result = &bench->result[i];

	strcpy(bench->metric[i].name, metric);
	bench->metric[i].bucket_ticks = 1;
	ck_assert_int_eq(histogram_init(&bench->metric[i].histogram), 0);
	*result = bare_result();
	result->cell = &bench->cells[cell];
	result->series = &bench->series[cell];
	result->metric = &bench->metric[i];
	result->n = 3000;
	result->rounds = ROUNDS;
	result->round_p50 = bench->rounds;
	result->p50 = p50;
	result->is_verified = true;
}

/* One that has all that a result may have. */
static void set_rich_result(struct result *result)
{
	result->min = 1000;
	result->p50_lo = 1990;
	result->p50_hi = 2010;
	result->p90 = 2500.25;
	result->p99 = 3000;
	result->p999 = 4000;
	result->max = 1e6;
	result->mean = 2100.5;
	result->overhead = 12.5;
	result->cold = 50000;
	result->n_eff = 2.5;
	result->rho = 0.125;
	result->modes[0] = 1800;
	result->modes[1] = 2200;
	result->mode_shares[0] = 0.75;
	result->mode_shares[1] = 0.25;
	result->rounds_needed = 40;
	result->rounds_invalid = 1;
	result->rounds_lost = 2;
	result->baseline = "ant";
	result->ratio = 1.25;
	result->ratio_lo = 1.2;
	result->ratio_hi = 1.3;
	result->reference_ns = 200500;
	result->is_best = true;
	set_lost(&result->lost);
	result->fit_ns = 1000;
	result->fit_ns_per_page = 0.5;
	result->fit_ns_per_page_lo = 0.25;
	result->fit_ns_per_page_hi = 0.75;
	result->flags[0] = "DRIFT";
	result->flags[1] = "BIMODAL";
	result->figures[0] = (struct result_figure){ "kib_per_task", 123.456 };
	result->figures[1] = (struct result_figure){ "cpu_ns_per_op", 77 };
	result->figure_count = 2;
}

static void fill_cells(struct bench *bench)
{
	set_cell(bench, 0, 0, "same-cpu", 0, 0);
	set_cell(bench, 1, 1, "same-cpu", 0, 0);
	set_cell(bench, 2, 1, "float", -1, -1);
	set_cell(bench, 3, 1, "smt", -1, -1);
	set_cell(bench, 4, 0, "smt", -1, -1);
	bench->cells[2].seat.is_float = true;
	bench->cells[2].memory_word = "interleave";
	bench->cells[2].sched_word = "batch";
	bench->cells[1].peer = "thread";
	bench->cells[1].values[TARGET] = (struct value){ 0, "/bin/a,\"b\"", true };
	bench->cells[3].skip = bench->cells[4].skip = "SMT is off";
	bench->plan = (struct plan){ .options = &bench->options, .cells = bench->cells,
				     .count = CELLS };
}

static void fill_results(struct bench *bench)
{
	set_result(bench, 0, 0, "call", 500);
	set_result(bench, 1, 0, "life", 2000);
	set_rich_result(&bench->result[1]);
	set_result(bench, 2, 1, "life", 12345.678);
	bench->result[2].is_verified = false;
	bench->result[2].flags[0] = "INVALID";
	strcpy(bench->result[2].reason, "not proved in 1 of 4 rounds: children was to be 5 and was 4");
	strcpy(bench->result[0].no_interval, "3 rounds of the 6 that it takes: raise --time");
	strcpy(bench->result[2].no_interval, "3 rounds of the 6 that it takes: raise --time");
	set_result(bench, 3, 2, "life", -3.25);
	bench->result[3].metric = &bench->metric[3];
	bench->metric[3].is_batch = true;
	bench->rounds[0] = 1990.5;
	bench->rounds[1] = 2000;
	bench->rounds[2] = -1;
	/* the second of four was lost */
	bench->ticks[0] = 3981;
	bench->ticks[1] = NAN;
	bench->ticks[2] = 4000;
	bench->ticks[3] = -2;
	bench->metric[1].round_p50 = bench->ticks;
	bench->metric[1].rounds = ROUNDS + 1;
}

static void bench_init(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->options = (struct options){ .tool = &tool, .precision = 0.02,
					   .parameters = { "64k" } };
	fill_cells(bench);
	fill_results(bench);
	bench->series[0].rss_kib = 1400;
	bench->series[0].cpus[0] = 1;
	bench->series[0].proof_count = 2;
	bench->series[0].proofs[0].proof =
		(struct round_proof){ "children", PROOF_EQUAL, 3000, 3000 };
	bench->series[0].proofs[1].proof =
		(struct round_proof){ "faults", PROOF_AT_LEAST, 10, 12.5 };
	bench->series[2].cpus[0] = 1 << 1 | 1 << 3;
	bench->skips[0] = (struct skip){ &bench->cells[3], "SMT is off", false };
	bench->skips[1] = (struct skip){ &bench->cells[4], "SMT is off", true };
	bench->warnings[0] = (struct warning){ WARNING_WARN, "steal", "3 % stolen",
					       "tails grow", "another host" };
	bench->argv[0] = (char *)"fake-cost";
	bench->argv[1] = (char *)"--size=64k";
	bench->sentences[0] = (char *)"An ant costs 2 us.";
	bench->sentences[1] = (char *)"A bee costs more.";
	bench->results = (struct results){
		.plan = &bench->plan, .options = &bench->options, .environment = &host,
		.ladder = &ladder, .argv = bench->argv, .started = "2024-02-29T12:00:00Z",
		.run = "01234567-89abcdef",
		.seed = 4503599627370495, .warnings = bench->warnings, .warning_count = 1,
		.results = bench->result, .result_count = 4, .skips = bench->skips,
		.skip_count = 2, .sentences = bench->sentences, .elapsed_s = 1.5, .status = 3,
		.speed = one_speed,
	};
}

static void bench_done(struct bench *bench)
{
	for (int i = 0; i < RESULTS; i++)
		histogram_done(&bench->metric[i].histogram);
}

typedef int renderer(const struct results *results, const struct render_style *style,
		     FILE *stream);

/* Free it. */
static char *rendered(renderer *render, const struct results *results,
		      const struct render_style *style)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(render(results, style, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

/* The same of --dry-run. */
static char *rendered_plan(const struct plan *plan, double seconds, enum output_format format)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	ck_assert_int_eq(render_plan(plan, seconds, format, stream), 0);
	fclose(stream);
	return text;
}

static void expected_path(const char *name, char path[512])
{
	const char *srcdir = getenv("srcdir");

	snprintf(path, 512, "%s/tests/expected/%s", srcdir ? srcdir : ".", name);
}

/* Copies text, with every `from` replaced; free it. */
static char *replaced(const char *text, const char *from, const char *to)
{
	char *copy = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&copy, &bytes);

	for (const char *at; (at = strstr(text, from)); text = at + strlen(from))
		fprintf(stream, "%.*s%s", (int)(at - text), text, to);
	fputs(text, stream);
	fclose(stream);
	return copy;
}

/* What differs by release and by machine, as it is written and as it stands in the file. */
static const char *const placeholders[][2] = {
	{ " " PACKAGE_VERSION " ", " @VERSION@ " },
	{ "\"" PACKAGE_VERSION "\"", "\"@VERSION@\"" },
	{ "clock " CLOCK_TICKS_NAME ",", "clock @TICKS@," },
	{ "\"source\":\"" CLOCK_TICKS_NAME "\"", "\"source\":\"@TICKS@\"" },
};

/* to 1: for the file, 0: for the eye.  Free it. */
static char *translated(const char *text, int to)
{
	char *result = strdup(text);

	for (size_t i = 0; i < COUNT_OF(placeholders); i++) {
		char *next = replaced(result, placeholders[i][!to], placeholders[i][to]);

		free(result);
		result = next;
	}
	return result;
}

static char *read_expected(const char *name)
{
	char path[512], *text = calloc(1, 65536), *own;
	FILE *file;

	expected_path(name, path);
	file = fopen(path, "r");
	ck_assert_msg(file, "%s", path);
	ck_assert_uint_lt(fread(text, 1, 65535, file), 65535);
	fclose(file);
	own = translated(text, 0);
	free(text);
	return own;
}

static void write_expected(const char *name, const char *text)
{
	char path[512], *general = translated(text, 1);
	FILE *file;

	expected_path(name, path);
	file = fopen(path, "w");
	ck_assert_msg(file, "%s", path);
	fputs(general, file);
	fclose(file);
	free(general);
}

/* Without the blanks at the ends of lines. */
static void strip(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\n')
			while (to > text && to[-1] == ' ')
				to--;
		*to++ = *from;
	}
	*to = '\0';
}

/* Whole texts are more than Check can print: the first line that differs will do. */
static void check_lines(const char *name, const char *text, const char *expected)
{
	for (int line = 1; *text || *expected; line++) {
		size_t length = strcspn(text, "\n"), wanted = strcspn(expected, "\n");

		ck_assert_msg(length == wanted && !memcmp(text, expected, length),
			      "%s:%d: is     %.*s\n should be %.*s", name, line,
			      (int)(length < 900 ? length : 900), text,
			      (int)(wanted < 900 ? wanted : 900), expected);
		text += length + (text[length] == '\n');
		expected += wanted + (expected[wanted] == '\n');
	}
}

/* Frees text.  Blanks at line ends are another test's business. */
static void check_expected(const char *name, char *text)
{
	strip(text);
	if (getenv("HANDOFF_WRITE_EXPECTED")) {
		write_expected(name, text);
	} else {
		char *expected = read_expected(name);

		check_lines(name, text, expected);
		free(expected);
	}
	free(text);
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length + (text[length] == '\n');
	}
	return longest;
}

static const struct { const char *name; struct render_style style; } tables[] = {
	{ "table.txt", { .width = 0 } }, { "table-80.txt", { .width = 80 } },
	{ "table-40.txt", { .width = 40 } },
	{ "histograms.txt", { .width = 80, .has_histograms = true } },
};

/* Two humps with nothing between them. */
static void fill_histogram(struct histogram *histogram)
{
	static const struct { uint64_t ticks, times; } humps[] = {
		{ 1, 2 }, { 3800, 100 }, { 4000, 1000 }, { 4500, 400 }, { 16000, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(humps); i++)
		ck_assert_int_eq(histogram_record_n(histogram, humps[i].ticks, humps[i].times), 0);
}

START_TEST(table)
{
	struct bench bench;

	bench_init(&bench);
	fill_histogram(&bench.metric[1].histogram);
	check_expected(tables[_i].name, rendered(render_table, &bench.results, &tables[_i].style));
	bench_done(&bench);
}
END_TEST

/* One of the results at both speeds. */
static void set_two_speeds(struct bench *bench)
{
	bench->results.speed = two_speeds;
	bench->result[1].flags[2] = "SPEEDS";
	bench->result[1].speeds[0] = (struct result_speed){ 2, 2.0 / 3, 1980, 1970, 1990 };
	bench->result[1].speeds[1] = (struct result_speed){ 1, 1.0 / 3, 2475, NAN, NAN };
}

static const struct { const char *name; renderer *render; } at_two_speeds[] = {
	{ "table-speeds.txt", render_table }, { "result-speeds.json", render_json },
};

START_TEST(both_figures)
{
	struct render_style style = { 0 };
	struct bench bench;

	bench_init(&bench);
	set_two_speeds(&bench);
	check_expected(at_two_speeds[_i].name,
		       rendered(at_two_speeds[_i].render, &bench.results, &style));
	bench_done(&bench);
}
END_TEST

START_TEST(table_says_what_near_has_led_to)
{
	struct render_style style = { .width = 80 };
	struct bench bench;
	char *text;

	bench_init(&bench);
	for (int i = 0; i < 2; i++) {
		set_cell(&bench, i, i, "near", 0, 2);
		bench.cells[i].seat.relation = "llc";
	}
	text = rendered(render_table, &bench.results, &style);
	ck_assert_msg(strstr(text, "near (llc): CPU 0 and CPU 2\n"), "%s", text);
	free(text);
	bench_done(&bench);
}
END_TEST

static bool is_of_the_grid(const char *line)
{
	return !strncmp(line, "  ", 2);
}

/* The grids keep to any width but that which cannot be: names and headline stay. */
START_TEST(table_keeps_to_the_width)
{
	struct bench bench;

	bench_init(&bench);
	for (int width = 40; width < 200; width += 7) {
		struct render_style style = { .width = width };
		char *text = rendered(render_table, &bench.results, &style);

		strip(text);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			if (is_of_the_grid(line))
				ck_assert_uint_le(strlen(line), (size_t)width);
		free(text);
	}
	bench_done(&bench);
}
END_TEST

START_TEST(csv)
{
	struct render_style style = { 0 };
	struct bench bench;

	bench_init(&bench);
	check_expected("result.csv", rendered(render_csv, &bench.results, &style));
	bench_done(&bench);
}
END_TEST

static size_t count_char(const char *text, char sought)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == sought;
	return count;
}

/* RFC 4180: what has a comma, a quote or a line end is quoted, and quotes are doubled. */
static const struct { const char *word, *field; } quoted[] = {
	{ "plain", ",plain," }, { "a,b", ",\"a,b\"," }, { "a\"b", ",\"a\"\"b\"," },
	{ "a\nb", ",\"a\nb\"," }, { "a\rb", ",\"a\rb\"," }, { "\"", ",\"\"\"\"," },
	{ "a b", ",a b," }, { "", ",," },
};

START_TEST(csv_is_quoted)
{
	struct render_style style = { 0 };
	struct bench bench;
	char *text;

	bench_init(&bench);
	bench.results.result_count = 1;
	bench.cells[0].values[TARGET] = (struct value){ 0, quoted[_i].word, true };
	text = rendered(render_csv, &bench.results, &style);
	ck_assert_msg(strstr(text, quoted[_i].field), "%s is not in %s", quoted[_i].field, text);
	free(text);
	bench_done(&bench);
}
END_TEST

/* A size is a whole number of bytes, and read back as that. */
static const struct { uint64_t size; const char *field; } large[] = {
	{ 65536, ",65536," }, { 17179869184, ",17179869184," },
	{ 1099511627776, ",1099511627776," },
};

/* What is the run's is in each row, quoted as all else is. */
START_TEST(csv_host_is_quoted)
{
	struct environment odd = host;
	struct render_style style = { 0 };
	struct bench bench;
	char *text;

	bench_init(&bench);
	strcpy(odd.hostname, "box, \"the\"");
	bench.results.environment = &odd;
	bench.results.result_count = 1;
	text = rendered(render_csv, &bench.results, &style);
	ck_assert_msg(strstr(text, "Z,\"box, \"\"the\"\"\",ant,"), "%s", text);
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(csv_has_all_digits)
{
	struct render_style style = { 0 };
	struct bench bench;
	char *text;

	bench_init(&bench);
	bench.results.result_count = 1;
	bench.cells[0].values[SIZE].number = large[_i].size;
	text = rendered(render_csv, &bench.results, &style);
	ck_assert_msg(strstr(text, large[_i].field), "%s is not in %s", large[_i].field, text);
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(csv_rows_have_the_columns_of_the_header)
{
	struct render_style style = { 0 };
	struct bench bench;
	size_t commas = 0;
	char *text;

	bench_init(&bench);
	bench.cells[1].values[TARGET].word = "plain";
	text = rendered(render_csv, &bench.results, &style);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!commas)
			commas = count_char(line, ',');
		ck_assert_uint_eq(count_char(line, ','), commas);
		ck_assert_int_ne(line[strlen(line) - 1], '\r');
	}
	ck_assert_uint_gt(commas, 30);
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(json_text)
{
	struct render_style style = { 0 };
	struct bench bench;

	bench_init(&bench);
	check_expected("result.json", rendered(render_json, &bench.results, &style));
	bench_done(&bench);
}
END_TEST

static bool has_null(const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_null(value))
		return true;
	json_object_foreach((json_t *)value, key, member)
		if (has_null(member))
			return true;
	json_array_foreach(value, i, member)
		if (has_null(member))
			return true;
	return false;
}

/* The index-th record; decref it. */
static json_t *record_of(const struct results *results, const struct render_style *style,
			 size_t index)
{
	char *text = rendered(render_json, results, style), *line = text;
	json_error_t error;
	json_t *record;

	while (index--) {
		line = strchr(line, '\n');
		ck_assert_ptr_nonnull(line);
		line++;
	}
	line[strcspn(line, "\n")] = '\0';
	record = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(record, "%s: %s", error.text, line);
	ck_assert(!has_null(record));
	free(text);
	return record;
}

enum record { RUN, FIRST_RESULT, RICH_RESULT, UNVERIFIED_RESULT, FLOAT_RESULT, FIRST_SKIP,
	      SECOND_SKIP, END };

/* Of every record each field, as JSON; NULL: it is absent. */
static const struct { enum record record; const char *field, *json; } fields[] = {
	{ RUN, "record", "\"run\"" }, { RUN, "schema", "\"handoff/1\"" },
	{ RUN, "tool", "\"fake-cost\"" }, { RUN, "version", "\"" PACKAGE_VERSION "\"" },
	{ RUN, "argv", "[\"fake-cost\",\"--size=64k\"]" },
	{ RUN, "run", "\"01234567-89abcdef\"" }, { RUN, "started", "\"2024-02-29T12:00:00Z\"" }, { RUN, "seed", "4503599627370495" },
	{ RUN, "host.hostname", "\"box\"" }, { RUN, "host.kernel_release", "\"6.1.0\"" },
	{ RUN, "host.kernel_version", "\"#1 SMP\"" }, { RUN, "host.arch", "\"z80\"" },
	{ RUN, "host.cpu_model", "\"Z80\"" }, { RUN, "host.cpus", "4" }, { RUN, "host.nodes", "1" },
	{ RUN, "host.smt", "false" }, { RUN, "host.hypervisor", "\"kvm\"" },
	{ RUN, "host.container", "\"docker\"" }, { RUN, "host.mitigations", "\"meltdown=PTI\"" },
	{ RUN, "host.governor", "\"performance\"" }, { RUN, "host.thp", "\"madvise\"" },
	{ RUN, "host.clocksource", "\"hpet\"" }, { RUN, "host.cgroup_cpu_limit", "\"max\"" },
	{ RUN, "host.libc", "\"glibc 2.36\"" },
	{ RUN, "timer.source", "\"" CLOCK_TICKS_NAME "\"" }, { RUN, "timer.overhead_ns", "12.5" },
	{ RUN, "timer.resolution_ns", "0.5" }, { RUN, "timer.hypervisor_hz", NULL },
	{ RUN, "timer.why_not_ticks", NULL }, { RUN, "timer.skew_ns", "40" },
	{ RUN, "warnings",
	  "[{\"check\":\"steal\",\"found\":\"3 % stolen\",\"effect\":\"tails grow\","
	  "\"fix\":\"another host\"}]" },

	{ RICH_RESULT, "record", "\"result\"" }, { RICH_RESULT, "tool", "\"fake-cost\"" },
	{ RICH_RESULT, "mechanism", "\"ant\"" }, { RICH_RESULT, "peer", NULL },
	{ RICH_RESULT, "placement", "\"same-cpu\"" }, { RICH_RESULT, "cpus", "[0,0]" },
	{ RICH_RESULT, "nodes", "[0,0]" }, { RICH_RESULT, "size", "65536" },
	{ RICH_RESULT, "target", NULL }, { RICH_RESULT, "metric", "\"life\"" },
	{ RICH_RESULT, "unit", "\"ns\"" }, { RICH_RESULT, "mode", "\"per-op\"" },
	{ RICH_RESULT, "n", "3000" }, { RICH_RESULT, "rounds", "3" },
	{ RICH_RESULT, "min", "1000" }, { RICH_RESULT, "p50", "2000" },
	{ RICH_RESULT, "p50_lo", "1990" }, { RICH_RESULT, "p50_hi", "2010" },
	{ RICH_RESULT, "p90", "2500.25" }, { RICH_RESULT, "p99", "3000" },
	{ RICH_RESULT, "p999", "4000" }, { RICH_RESULT, "max", "1000000" },
	{ RICH_RESULT, "mean", "2100.5" }, { RICH_RESULT, "overhead_ns", "12.5" },
	{ RICH_RESULT, "proof", "{\"children\":{\"expected\":3000,\"observed\":3000},"
	  "\"faults\":{\"expected\":10,\"observed\":12.5,\"relation\":\"at-least\"}}" },
	{ RICH_RESULT, "verified", "true" }, { RICH_RESULT, "flags", "[\"DRIFT\",\"BIMODAL\"]" },
	{ RICH_RESULT, "cpu_ns_per_op", "77" }, { RICH_RESULT, "kib_per_task", "123.456" },
	{ RICH_RESULT, "rounds_invalid", "1" }, { RICH_RESULT, "rounds_lost", "2" },
	{ RICH_RESULT, "rounds_hit", "1" }, { RICH_RESULT, "lost_ns", "1600000" },
	{ RICH_RESULT, "mean_hit", "28000" }, { RICH_RESULT, "mean_clean", "18200" },
	{ RICH_RESULT, "max_hit", "1000000" }, { RICH_RESULT, "max_clean", "25000" },
	{ RICH_RESULT, "p50_clean", NULL }, { RICH_RESULT, "stopped_ns", "0" },
	{ RICH_RESULT, "run_delay_ns", "10000000" }, { RICH_RESULT, "off_cpu_ns", "2600000" },
	{ RICH_RESULT, "steal_ns", NULL }, { RICH_RESULT, "involuntary_switches", "18" },
	{ RICH_RESULT, "round_lost_ns", "[1600000,0,0]" },
	{ RICH_RESULT, "round_window_ns", "[11600000,10000000,10000000]" },
	{ RICH_RESULT, "round_run_delay_ns", "[4000000,3000000,3000000]" },
	{ RICH_RESULT, "round_off_cpu_ns", "[2600000,0,0]" },
	{ RICH_RESULT, "round_steal_ns", NULL }, { RICH_RESULT, "round_stopped_ns", "[0,0,0]" },
	{ RICH_RESULT, "round_involuntary_switches", "[14,2,2]" },
	{ RICH_RESULT, "baseline", "\"ant\"" }, { RICH_RESULT, "ratio", "1.25" },
	{ RICH_RESULT, "ratio_lo", "1.2" }, { RICH_RESULT, "ratio_hi", "1.3" },
	{ RICH_RESULT, "rounds_needed", "40" }, { RICH_RESULT, "round_p50", "[1990.5,2000,-1]" },
	{ RICH_RESULT, "round_index", "[0,2,3]" },
	{ RICH_RESULT, "mode_low_ns", "1800" }, { RICH_RESULT, "mode_high_ns", "2200" },
	{ RICH_RESULT, "worker_rss_kib", "1400" }, { RICH_RESULT, "cpus_seen", "[0]" },
	{ RICH_RESULT, "buckets", NULL },

	{ FIRST_RESULT, "metric", "\"call\"" }, { FIRST_RESULT, "min", NULL },
	{ FIRST_RESULT, "p50", "500" }, { FIRST_RESULT, "p50_lo", NULL },
	{ FIRST_RESULT, "p50_hi", NULL }, { FIRST_RESULT, "p90", NULL },
	{ FIRST_RESULT, "p99", NULL }, { FIRST_RESULT, "p999", NULL },
	{ FIRST_RESULT, "max", NULL }, { FIRST_RESULT, "mean", NULL },
	{ FIRST_RESULT, "overhead_ns", NULL }, { FIRST_RESULT, "cold_ns", NULL },
	{ FIRST_RESULT, "ratio", NULL }, { FIRST_RESULT, "ratio_lo", NULL },
	{ FIRST_RESULT, "baseline", NULL }, { FIRST_RESULT, "rounds_needed", NULL },
	{ FIRST_RESULT, "mode_low_ns", NULL }, { FIRST_RESULT, "fit_ns", NULL },
	{ FIRST_RESULT, "fit_ns_per_page", NULL }, { FIRST_RESULT, "kib_per_task", NULL },
	{ FIRST_RESULT, "flags", "[]" }, { FIRST_RESULT, "rounds_hit", NULL },
	{ FIRST_RESULT, "lost_ns", NULL }, { FIRST_RESULT, "stopped_ns", NULL },
	{ FIRST_RESULT, "run_delay_ns", NULL }, { FIRST_RESULT, "involuntary_switches", NULL },
	{ FIRST_RESULT, "mean_clean", NULL }, { FIRST_RESULT, "round_lost_ns", NULL },

	{ UNVERIFIED_RESULT, "verified", "false" }, { UNVERIFIED_RESULT, "peer", "\"thread\"" },
	{ UNVERIFIED_RESULT, "target", "\"/bin/a,\\\"b\\\"\"" },
	{ UNVERIFIED_RESULT, "p50", "12345.678" },

	/* where it was asked to run nowhere, it is where it was seen */
	{ FLOAT_RESULT, "cpus", "[1,3]" }, { FLOAT_RESULT, "nodes", NULL },
	{ FLOAT_RESULT, "memory", "\"interleave\"" }, { FLOAT_RESULT, "sched", "\"batch\"" },
	{ FIRST_RESULT, "memory", NULL }, { FIRST_RESULT, "sched", NULL },
	{ FLOAT_RESULT, "mode", "\"batch\"" }, { FLOAT_RESULT, "p50", "-3.25" },

	{ FIRST_SKIP, "record", "\"skip\"" }, { FIRST_SKIP, "tool", "\"fake-cost\"" },
	{ FIRST_SKIP, "mechanism", "\"bee\"" }, { FIRST_SKIP, "placement", "\"smt\"" },
	{ FIRST_SKIP, "size", "65536" }, { FIRST_SKIP, "cpus", NULL },
	{ FIRST_SKIP, "unreached", NULL }, { SECOND_SKIP, "unreached", "true" },
	{ FIRST_SKIP, "reason", "\"SMT is off\"" }, { SECOND_SKIP, "mechanism", "\"ant\"" },

	{ END, "record", "\"end\"" }, { END, "elapsed_s", "1.5" }, { END, "results", "4" },
	{ END, "skips", "2" }, { END, "status", "3" },
	{ END, "answer", "[\"An ant costs 2 us.\",\"A bee costs more.\"]" },
};

/* "host.cpus" is a member of a member. */
static json_t *member_of(const json_t *record, const char *path)
{
	char name[64];
	const char *dot = strchr(path, '.');

	if (!dot)
		return json_object_get(record, path);
	snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
	return json_object_get(json_object_get(record, name), dot + 1);
}

START_TEST(json_field)
{
	struct render_style style = { 0 };
	struct bench bench;
	json_t *record, *member;
	char *json = NULL;

	bench_init(&bench);
	record = record_of(&bench.results, &style, fields[_i].record);
	member = member_of(record, fields[_i].field);
	if (member)
		json = json_dumps(member, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));
	ck_assert_msg(!json == !fields[_i].json && (!json || !strcmp(json, fields[_i].json)),
		      "%s is %s", fields[_i].field, json);
	free(json);
	json_decref(record);
	bench_done(&bench);
}
END_TEST

static const char *const bare_fields[] = {
	"host.hostname", "host.cpus", "host.nodes", "host.smt", "host.hypervisor",
	"host.cgroup_cpu_limit", "host.hz", "host.aslr", "timer.hz", "timer.perf_hz",
	"timer.cpuid_hz", "timer.skew_ns",
};

START_TEST(json_omits_what_is_not_known)
{
	struct render_style style = { 0 };
	struct bench bench;
	json_t *record;

	bench_init(&bench);
	bench.results.environment = &bare_host;
	bench.results.ladder = &bare_ladder;
	record = record_of(&bench.results, &style, RUN);
	for (size_t i = 0; i < COUNT_OF(bare_fields); i++)
		ck_assert_msg(!member_of(record, bare_fields[i]), "%s", bare_fields[i]);
	ck_assert_str_eq(json_string_value(member_of(record, "timer.source")), "clock_gettime");
	ck_assert_str_eq(json_string_value(member_of(record, "timer.why_not_ticks")),
			 "the TSC is not constant");
	json_decref(record);
	bench_done(&bench);
}
END_TEST

START_TEST(json_buckets)
{
	struct render_style style = { .has_histograms = true };
	struct bench bench;
	json_t *record, *buckets;
	json_int_t count = 0;
	size_t i;
	json_t *one;

	bench_init(&bench);
	fill_histogram(&bench.metric[1].histogram);
	record = record_of(&bench.results, &style, RICH_RESULT);
	buckets = json_object_get(record, "buckets");
	ck_assert_uint_eq(json_array_size(buckets), 5);
	json_array_foreach(buckets, i, one) {
		double low = json_number_value(json_array_get(one, 0));

		ck_assert_uint_eq(json_array_size(one), 3);
		ck_assert(low < json_number_value(json_array_get(one, 1)));
		count += json_integer_value(json_array_get(one, 2));
	}
	ck_assert_int_eq(count, 1503);
	/* half a nanosecond a tick */
	ck_assert_double_eq(json_number_value(json_array_get(json_array_get(buckets, 0), 0)), 0.5);
	ck_assert_double_eq(json_number_value(json_array_get(json_array_get(buckets, 0), 1)), 1);
	json_decref(record);
	bench_done(&bench);
}
END_TEST

/* A file name may hold any byte; the measurement is not lost for it. */
static const char *const odd_bytes[] = { "caf\xc3\xa9", "caf\xe9", "\xff\xfe", "cut \xe2\x82" };

START_TEST(json_takes_any_argument)
{
	struct render_style style = { 0 };
	struct bench bench;
	json_t *record;
	char *text;

	bench_init(&bench);
	bench.argv[1] = (char *)odd_bytes[_i];
	bench.cells[1].values[TARGET].word = odd_bytes[_i];
	bench.cells[1].values[TARGET].applies = true;
	bench.cells[0].skip = odd_bytes[_i];
	strcpy(bench.skips[0].reason, odd_bytes[_i]);
	for (int i = RUN; i <= END; i++) {
		record = record_of(&bench.results, &style, (size_t)i);
		json_decref(record);
	}
	text = rendered_plan(&bench.plan, 1, FORMAT_JSON);
	ck_assert_uint_eq(count_char(text, '\n'), CELLS);
	ck_assert_ptr_nonnull(strstr(text, "\"target\":"));
	ck_assert_ptr_nonnull(strstr(text, "\"skip\":"));
	free(text);
	bench_done(&bench);
}
END_TEST

static bool has_word(const char *text, const char *word)
{
	for (const char *at = text; (at = strcasestr(at, word)); at++)
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[strlen(word)]))
			return true;
	return false;
}

/* The width of the rich row's interval, 0.5 %, and what else is said of it as of an aim. */
static const struct {
	double lo, hi;
	bool is_yardstick;
	int is_told;
} widths[] = {
	{ 1990, 2010, false, 1 }, { 1990, 2010, true, 0 }, { -1990, 2010, false, 0 },
	{ 0, 20, false, 0 },
};

START_TEST(only_an_aim_is_printed_as_one)
{
	struct render_style style = { 0 };
	struct bench bench;
	json_t *record;
	char *text;

	bench_init(&bench);
	bench.result[1].p50_lo = widths[_i].lo;
	bench.result[1].p50_hi = widths[_i].hi;
	bench.result[1].is_yardstick = widths[_i].is_yardstick;
	text = rendered(render_table, &bench.results, &style);
	ck_assert_msg(has_word(text, "2.00*  0.5") == widths[_i].is_told, "%s", text);
	record = record_of(&bench.results, &style, RICH_RESULT);
	ck_assert_int_eq(member_of(record, "target_met") != NULL, !widths[_i].is_yardstick);
	json_decref(record);
	free(text);
	bench_done(&bench);
}
END_TEST

/* Numbers that make no number: nothing of it may be read. */
enum odd { BARE, ZERO, INFINITE, ZERO_OF_NOTHING };

static void make_odd(struct bench *bench, enum odd odd)
{
	struct result *result = &bench->result[1];

	*result = bare_result();
	result->cell = &bench->cells[0];
	result->series = &bench->series[0];
	result->metric = &bench->metric[1];
	result->round_p50 = bench->rounds;
	result->rounds = ROUNDS;
	result->is_verified = true;
	result->p50 = 0;
	if (odd == BARE)
		return;
	result->p50_lo = result->p50_hi = 0;
	result->ratio = odd == ZERO ? 0 : INFINITY;
	result->ratio_lo = odd == INFINITE ? -INFINITY : 0;
	result->ratio_hi = odd == INFINITE ? INFINITY : 0;
	if (odd == ZERO_OF_NOTHING)
		result->p50_hi = 5;
	if (odd != INFINITE)
		return;
	result->mean = result->max = result->fit_ns = result->rounds_needed = INFINITY;
	result->figures[0] = (struct result_figure){ "kib_per_task", NAN };
	result->figures[1] = (struct result_figure){ "cpu_ns_per_op", INFINITY };
	result->figure_count = 2;
}

START_TEST(no_number_is_printed_as_one)
{
	static renderer *const renderers[] = { render_table, render_json, render_csv };
	static const char *const words[] = { "nan", "-nan", "inf", "null" };
	struct render_style style = { .has_histograms = true };
	struct bench bench;
	char *text;

	bench_init(&bench);
	make_odd(&bench, (enum odd)(_i / 3));
	text = rendered(renderers[_i % 3], &bench.results, &style);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		ck_assert_msg(!has_word(text, words[i]), "%s in %s", words[i], text);
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(nothing_measured)
{
	struct render_style style = { .has_histograms = true };
	struct bench bench;
	char *text;

	bench_init(&bench);
	bench.results.result_count = bench.results.warning_count = 0;
	bench.results.sentences = NULL;
	text = rendered(render_table, &bench.results, &style);
	ck_assert_ptr_nonnull(strstr(text, "skipped bee smt size=64 KiB, ant smt size=64 KiB: "
					   "SMT is off\n"));
	free(text);
	text = rendered(render_json, &bench.results, &style);
	ck_assert_ptr_null(strstr(text, "\"answer\""));
	ck_assert_uint_eq(count_char(text, '\n'), 4);
	free(text);
	/* in each, who was skipped */
	text = rendered(render_csv, &bench.results, &style);
	ck_assert_uint_eq(count_char(text, '\n'), 3);
	free(text);
	bench_done(&bench);
}
END_TEST

/* No worker says so, but a factor may be wrong. */
START_TEST(endless_time_has_the_last_bar)
{
	struct render_style style = { .has_histograms = true };
	struct bench bench;
	char *text;

	bench_init(&bench);
	fill_histogram(&bench.metric[1].histogram);
	for (size_t i = 0; i < bench.results.result_count; i++)
		bench.result[i].ns_per_tick = INFINITY;
	text = rendered(render_table, &bench.results, &style);
	ck_assert_ptr_nonnull(strstr(text, "####"));
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(stream_that_fails)
{
	static renderer *const renderers[] = { render_table, render_json, render_csv };
	struct render_style style = { 0 };
	struct bench bench;
	FILE *stream = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(stream);
	setvbuf(stream, NULL, _IONBF, 0);
	bench_init(&bench);
	ck_assert_int_eq(renderers[_i](&bench.results, &style, stream), -EIO);
	fclose(stream);
	bench_done(&bench);
}
END_TEST

static const struct { const char *name; enum output_format format; } plans[] = {
	{ "plan.txt", FORMAT_TABLE }, { "plan.json", FORMAT_JSON },
};

START_TEST(dry_run)
{
	struct bench bench;

	bench_init(&bench);
	bench.cells[1].peer = NULL;
	check_expected(plans[_i].name, rendered_plan(&bench.plan, 20, plans[_i].format));
	bench_done(&bench);
}
END_TEST

/* Of two cells that differ in the peer alone, each can be told. */
START_TEST(dry_run_tells_the_peer)
{
	struct bench bench;
	char *text;

	bench_init(&bench);
	text = rendered_plan(&bench.plan, 20, FORMAT_TABLE);
	ck_assert_ptr_nonnull(strstr(text, "thread"));
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(skip_tells_the_peer)
{
	struct render_style style = { 0 };
	struct bench bench;
	char *text;

	bench_init(&bench);
	bench.results.result_count = 0;
	bench.cells[3].peer = "thread";
	text = rendered(render_table, &bench.results, &style);
	ck_assert_ptr_nonnull(strstr(text, "thread"));
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(dry_run_csv_text)
{
	struct bench bench;

	bench_init(&bench);
	check_expected("plan.csv", rendered_plan(&bench.plan, 20, FORMAT_CSV));
	bench_done(&bench);
}
END_TEST

/* In the same three forms: a row a cell and a header, all of as many columns. */
START_TEST(dry_run_as_csv)
{
	struct bench bench;
	size_t commas = 0, rows = 0;
	char *text;

	bench_init(&bench);
	bench.cells[1].values[TARGET].word = "plain";
	text = rendered_plan(&bench.plan, 20, FORMAT_CSV);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), rows++) {
		if (!rows)
			commas = count_char(line, ',');
		ck_assert_uint_gt(commas, 0);
		ck_assert_uint_eq(count_char(line, ','), commas);
	}
	ck_assert_uint_eq(rows, CELLS + 1);
	free(text);
	bench_done(&bench);
}
END_TEST

static bool ramps_for_a_float(const struct cell *cell)
{
	return cell->seat.is_float;
}

static size_t count_of(const char *text, const char *words)
{
	size_t count = 0;

	while ((text = strstr(text, words))) {
		text += strlen(words);
		count++;
	}
	return count;
}

/* How long it may take is in each form; in that of columns all rows have as many. */
START_TEST(dry_run_tells_the_ramp)
{
	struct tool device = tool;
	struct bench bench;
	char *text;

	bench_init(&bench);
	device.ramps = ramps_for_a_float;
	bench.options.tool = &device;
	bench.options.rounds = 5;
	text = rendered_plan(&bench.plan, 20, FORMAT_TABLE);
	ck_assert_ptr_nonnull(strstr(text, "  ramp 1 s at most\n"));
	free(text);
	text = rendered_plan(&bench.plan, 20, FORMAT_JSON);
	ck_assert_uint_eq(count_of(text, "\"ramp_ns\":1000000000"), 1);
	free(text);
	text = rendered_plan(&bench.plan, 20, FORMAT_CSV);
	ck_assert_uint_eq(count_of(text, ",mode,ramp_ns,skip\n"), 1);
	ck_assert_uint_eq(count_of(text, ",1000000000,\n"), 1);
	ck_assert_uint_eq(count_of(text, ",,,SMT is off\n"), 2);
	free(text);
	bench_done(&bench);
}
END_TEST

START_TEST(dry_run_as_csv_is_quoted)
{
	struct bench bench;
	char *text;

	bench_init(&bench);
	text = rendered_plan(&bench.plan, 20, FORMAT_CSV);
	ck_assert_msg(strstr(text, ",\"/bin/a,\"\"b\"\"\","), "%s", text);
	free(text);
	bench_done(&bench);
}
END_TEST

/* A matrix of CPUs; the other metric is what some pairs have in place of life. */
struct matrix {
	struct options options;
	struct tool tool;
	struct plan plan;
	struct metric_series life, other;
	struct series series;
	struct cell *cells;
	struct result *result;
	struct results results;
};

struct machine {
	double (*ns)(int a, int b);
	int (*node)(int cpu);
};

/* Four CPUs a node. */
static double plain_ns(int a, int b)
{
	return a == b ? 1000 : a / 4 == b / 4 ? 4000 : 16000;
}

static int plain_node(int cpu)
{
	return cpu / 4;
}

/* Two packages of two nodes of two caches of eight cores of two threads, the second 64 up. */
static double server_ns(int a, int b)
{
	int core_a = a % 64, core_b = b % 64;
	double spread = 1 + 0.001 * ((a * 37 + b * 101) % 97);

	return spread * (a == b ? 410 : core_a == core_b ? 930 : core_a / 8 == core_b / 8 ? 1480
			 : core_a / 16 == core_b / 16 ? 2350 : core_a / 32 == core_b / 32 ? 3900
			 : 6800);
}

static int server_node(int cpu)
{
	return cpu % 64 / 16;
}

static const struct machine plain = { plain_ns, plain_node };
static const struct machine server = { server_ns, server_node };

static void set_pair(struct matrix *matrix, size_t i, int a, int b, const struct machine *machine)
{
	struct cell *cell = &matrix->cells[i];

	cell->mechanism = &mechanisms[0];
	sprintf(cell->seat.name, "cpu:%d,%d", a, b);
	cell->seat.cpus[0] = a;
	cell->seat.cpus[1] = b;
	cell->seat.nodes[0] = machine->node(a);
	cell->seat.nodes[1] = machine->node(b);
	matrix->result[i] = bare_result();
	matrix->result[i].lost = (struct result_lost){ .rounds_hit = 0 };
	matrix->result[i].cell = cell;
	matrix->result[i].metric = &matrix->life;
	matrix->result[i].series = &matrix->series;
	matrix->result[i].is_verified = true;
	matrix->result[i].p50 = machine->ns(a, b);
}

/* All pairs of `side` CPUs, copies of them. */
static void matrix_init(struct matrix *matrix, int side, int copies, const struct machine *machine)
{
	size_t pairs = (size_t)side * (size_t)side, count = pairs * (size_t)copies;

	memset(matrix, 0, sizeof(*matrix));
	matrix->tool = tool;
	matrix->tool.headline = "life,first";
	matrix->options = (struct options){ .tool = &matrix->tool, .has_matrix = true };
	matrix->cells = calloc(count, sizeof(*matrix->cells));
	matrix->result = calloc(count, sizeof(*matrix->result));
	strcpy(matrix->life.name, "life");
	strcpy(matrix->other.name, "first");
	for (size_t i = 0; i < count; i++)
		set_pair(matrix, i, (int)(i % pairs) / side, (int)(i % pairs) % side, machine);
	matrix->plan = (struct plan){ .options = &matrix->options, .cells = matrix->cells,
				      .count = count };
	matrix->results = (struct results){
		.plan = &matrix->plan, .options = &matrix->options, .environment = &host,
		.ladder = &ladder, .results = matrix->result, .result_count = count,
	};
}

static void matrix_done(struct matrix *matrix)
{
	free(matrix->cells);
	free(matrix->result);
}

static const struct { const char *name; int side, width; const struct machine *machine; } maps[] = {
	{ "matrix-2.txt", 2, 80, &plain },
	{ "matrix-16.txt", 16, 80, &plain },
	{ "matrix-16-wide.txt", 16, 200, &plain },
	/* less room between numbers than one would like, but numbers */
	{ "matrix-16-tight.txt", 16, 90, &plain },
	{ "matrix-128.txt", 128, 80, &server },
	{ "matrix-128-wide.txt", 128, 200, &server },
};

START_TEST(matrix_map)
{
	struct render_style style = { .width = maps[_i].width };
	struct matrix matrix;
	char *text;

	matrix_init(&matrix, maps[_i].side, 1, maps[_i].machine);
	/* one was not proved, one not measured: neither is a number */
	matrix.result[1].is_verified = false;
	matrix.results.result_count -= maps[_i].side > 2;
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_uint_le(longest_line(strstr(text, "rows CPU A")), (size_t)maps[_i].width);
	check_expected(maps[_i].name, text);
	matrix_done(&matrix);
}
END_TEST

/* A map of its own for each peer and parameter; and what differs from pair to pair is said. */
START_TEST(matrix_of_each_kind)
{
	struct render_style style = { .width = 80 };
	struct matrix matrix;

	matrix_init(&matrix, 3, 4, &plain);
	matrix.options.parameters[SIZE] = "1,64k";
	for (size_t i = 0; i < matrix.plan.count; i++) {
		struct cell *cell = &matrix.cells[i];

		cell->peer = i < 18 ? "process" : "thread";
		cell->values[SIZE] = (struct value){ i / 9 % 2 ? 65536 : 1, NULL, true };
		matrix.result[i].p50 *= 1 + (double)(i / 9);
		if (cell->seat.cpus[0] == cell->seat.cpus[1])
			matrix.result[i].metric = &matrix.other;
	}
	check_expected("matrix-kinds.txt", rendered(render_table, &matrix.results, &style));
	matrix_done(&matrix);
}
END_TEST

static const int map_widths[] = { 80, 20 };   /* widths: in numbers, in shades */

/* Who reads a map must know that its pairs disturbed each other. */
START_TEST(matrix_of_concurrent_pairs)
{
	static const char *const words = "pairs that share no core were measured at the same time\n";
	struct render_style style = { .width = map_widths[_i] };
	struct matrix matrix;
	char *text;

	matrix_init(&matrix, 3, 1, &plain);
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_ptr_null(strstr(text, words));
	free(text);
	matrix.result[4].flags[0] = "NOISE";
	matrix.result[4].flags[1] = "CONCURRENT";
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_ptr_nonnull(strstr(text, words));
	free(text);
	matrix_done(&matrix);
}
END_TEST

/* Within the time of a test, and in two panels, as there is no room for one. */
START_TEST(matrix_of_512_cpus)
{
	struct render_style style = { .width = 600 };
	struct matrix matrix;
	char *text, *line;

	matrix_init(&matrix, 512, 1, &plain);
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_uint_le(longest_line(text), 600);
	line = strstr(text, "\n    511 ");
	ck_assert_ptr_nonnull(line);
	line = strstr(line + 1, "\n    511 ");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "\n    511 "));
	free(text);
	matrix_done(&matrix);
}
END_TEST

#define SHADES ".:-=+*#%@"

/* What costs nothing, or less than the harness, has a shade too. */
static const double cheap[] = { 0, -5, 1e-300 };

START_TEST(matrix_of_what_costs_nothing)
{
	struct render_style style = { .width = 20 };
	struct matrix matrix;
	char *text, *line;

	matrix_init(&matrix, 3, 1, &plain);
	matrix.result[1].p50 = cheap[_i];
	text = rendered(render_table, &matrix.results, &style);
	line = strstr(text, "\n      0 ");
	ck_assert_ptr_nonnull(line);
	for (int row = 0; row < 3; row++, line = strchr(line + 1, '\n'))
		ck_assert_uint_eq(strspn(line + 9, SHADES "\\"), 3);
	ck_assert(!has_word(text, "nan"));
	free(text);
	matrix_done(&matrix);
}
END_TEST

START_TEST(matrix_of_equals)
{
	struct render_style style = { .width = 20 };
	struct matrix matrix;
	char *text;

	matrix_init(&matrix, 3, 1, &plain);
	for (int i = 0; i < 9; i++)
		matrix.result[i].p50 = 1234;
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_ptr_nonnull(strstr(text, "      2 ..\\\n"));
	ck_assert_ptr_nonnull(strstr(text, "  us: . 1.23\n"));
	free(text);
	matrix_done(&matrix);
}
END_TEST

/* Of thousands of skips nobody reads the names. */
START_TEST(matrix_that_was_not_finished)
{
	struct render_style style = { .width = 80 };
	struct matrix matrix;
	char *text;

	matrix_init(&matrix, 128, 1, &server);
	matrix.results.skips = calloc(matrix.plan.count, sizeof(*matrix.results.skips));
	matrix.results.skip_count = matrix.plan.count - 2;
	matrix.results.result_count = 2;
	for (size_t i = 2; i < matrix.plan.count; i++) {
		matrix.results.skips[i - 2].cell = &matrix.cells[i];
		strcpy(matrix.results.skips[i - 2].reason, "the run ended before its turn");
	}
	text = rendered(render_table, &matrix.results, &style);
	ck_assert_ptr_nonnull(strstr(text, "skipped ant cpu:0,2, ant cpu:0,3, "));
	ck_assert_ptr_nonnull(strstr(text, " and 16342 more: the run ended before its turn\n"));
	free(text);
	free(matrix.results.skips);
	matrix_done(&matrix);
}
END_TEST

START_TEST(columns)
{
	size_t count = 0;
	struct column *all = columns_make(&tool, &count);
	struct bench bench;

	ck_assert_ptr_nonnull(all);
	bench_init(&bench);
	for (size_t i = 0; i < count; i++) {
		struct field field = all[i].get(&all[i], &bench.result[1]);

		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(all[i].name, all[j].name);
		if (!strcmp(all[i].name, "size")) {
			ck_assert_int_eq(field.type, FIELD_SIZE);
			ck_assert_double_eq(field.number, 65536);
		} else if (!strcmp(all[i].name, "target")) {
			ck_assert_int_eq(field.type, FIELD_ABSENT);
		} else if (!strcmp(all[i].name, "p50")) {
			ck_assert_int_eq(field.type, FIELD_TIME);
			ck_assert_double_eq(field.number, 2000);
		}
	}
	ck_assert_str_eq(all[0].name, "mechanism");
	ck_assert_str_eq(all[count - 1].name, "cpu_ns_per_op");
	free(all);
	bench_done(&bench);
}
END_TEST

/* Columns as "text:rank", a row a string of the same; empty texts make empty cells. */
static const struct { int width; const char *indent, *expected; } grids[] = {
	{ 0, "", "left  right  x  last\na         1     one\nlong    222\n" },
	{ 20, "", "left  right  x  last\na         1     one\nlong    222\n" },
	{ 19, "", "left  right  last\na         1  one\nlong    222\n" },
	{ 16, "", "left  last\na     one\nlong\n" },
	{ 9, "", "left\na\nlong\n" },
	{ 1, "", "left\na\nlong\n" },
	{ 19, "##", "##left  right  last\n##a         1  one\n##long    222\n" },
	{ 18, "##", "##left  last\n##a     one\n##long\n" },
};

static struct grid *make_grid(void)
{
	struct grid *grid = grid_new(5);

	ck_assert_ptr_nonnull(grid);
	grid_set_column(grid, 0, "left", false, 0);
	grid_set_column(grid, 1, "wrong", true, 9);
	grid_set_column(grid, 1, "right", true, 2);
	grid_set_column(grid, 2, "x", false, 3);
	grid_set_column(grid, 3, "nobody has this", false, 0);
	grid_set_column(grid, 4, "last", false, 1);
	ck_assert_int_eq(grid_add_row(grid), 0);
	ck_assert_int_eq(grid_set(grid, 0, "wrong"), 0);
	ck_assert_int_eq(grid_set(grid, 0, "a"), 0);
	ck_assert_int_eq(grid_set(grid, 1, "1"), 0);
	ck_assert_int_eq(grid_set(grid, 2, " "), 0);
	ck_assert_int_eq(grid_set(grid, 4, "one"), 0);
	ck_assert_int_eq(grid_add_row(grid), 0);
	ck_assert_int_eq(grid_set(grid, 0, "long"), 0);
	ck_assert_int_eq(grid_set(grid, 1, "222"), 0);
	return grid;
}

START_TEST(grid_fits)
{
	struct grid *grid = make_grid();
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	grid_print(grid, grids[_i].width, grids[_i].indent, stream);
	fclose(stream);
	strip(text);
	ck_assert_str_eq(text, grids[_i].expected);
	free(text);
	grid_free(grid);
	grid_free(NULL);
}
END_TEST

START_TEST(grid_has_no_blanks_at_the_end)
{
	struct grid *grid = make_grid();
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	grid_print(grid, 0, "", stream);
	fclose(stream);
	ck_assert_msg(!strstr(text, " \n"), "%s", text);
	free(text);
	grid_free(grid);
}
END_TEST

static TCase *records_case(void)
{
	TCase *tcase = tcase_create("records");

	tcase_add_test(tcase, csv);
	tcase_add_loop_test(tcase, csv_is_quoted, 0, (int)COUNT_OF(quoted));
	tcase_add_test(tcase, csv_host_is_quoted);
	tcase_add_loop_test(tcase, csv_has_all_digits, 0, (int)COUNT_OF(large));
	tcase_add_test(tcase, csv_rows_have_the_columns_of_the_header);
	tcase_add_test(tcase, json_text);
	tcase_add_loop_test(tcase, json_field, 0, (int)COUNT_OF(fields));
	tcase_add_test(tcase, json_omits_what_is_not_known);
	tcase_add_test(tcase, json_buckets);
	tcase_add_loop_test(tcase, json_takes_any_argument, 0, (int)COUNT_OF(odd_bytes));
	tcase_add_loop_test(tcase, only_an_aim_is_printed_as_one, 0, (int)COUNT_OF(widths));
	tcase_add_loop_test(tcase, no_number_is_printed_as_one, 0, 12);
	tcase_add_test(tcase, nothing_measured);
	tcase_add_test(tcase, endless_time_has_the_last_bar);
	tcase_add_loop_test(tcase, stream_that_fails, 0, 3);
	tcase_add_test(tcase, columns);
	return tcase;
}

static TCase *pictures_case(void)
{
	TCase *tcase = tcase_create("pictures");

	tcase_add_loop_test(tcase, table, 0, (int)COUNT_OF(tables));
	tcase_add_loop_test(tcase, both_figures, 0, (int)COUNT_OF(at_two_speeds));
	tcase_add_test(tcase, table_says_what_near_has_led_to);
	tcase_add_test(tcase, table_keeps_to_the_width);
	tcase_add_loop_test(tcase, dry_run, 0, (int)COUNT_OF(plans));
	tcase_add_test(tcase, dry_run_tells_the_peer);
	tcase_add_test(tcase, skip_tells_the_peer);
	tcase_add_test(tcase, dry_run_csv_text);
	tcase_add_test(tcase, dry_run_as_csv);
	tcase_add_test(tcase, dry_run_tells_the_ramp);
	tcase_add_test(tcase, dry_run_as_csv_is_quoted);
	tcase_add_loop_test(tcase, matrix_map, 0, (int)COUNT_OF(maps));
	tcase_add_test(tcase, matrix_of_each_kind);
	tcase_add_loop_test(tcase, matrix_of_concurrent_pairs, 0, COUNT_OF(map_widths));
	tcase_add_test(tcase, matrix_of_512_cpus);
	tcase_add_test(tcase, matrix_that_was_not_finished);
	tcase_add_loop_test(tcase, matrix_of_what_costs_nothing, 0, (int)COUNT_OF(cheap));
	tcase_add_test(tcase, matrix_of_equals);
	tcase_add_loop_test(tcase, grid_fits, 0, (int)COUNT_OF(grids));
	tcase_add_test(tcase, grid_has_no_blanks_at_the_end);
	tcase_set_timeout(tcase, 30);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("render");

	suite_add_tcase(suite, records_case());
	suite_add_tcase(suite, pictures_case());
	return suite_run(suite);
}
