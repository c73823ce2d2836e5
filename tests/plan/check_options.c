/* SPDX-License-Identifier: MIT */
/* check_options - the command line that all tools share: what is taken, what is refused and how */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan/options.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define WORDS_MAX 8
#define TEXT_MAX 16384

static const struct parameter parameters[] = {
	{ .name = "size", .metavar = "SIZE", .help = "bytes of the thing", .type = PARAMETER_SIZE,
	  .defaults = "64", .max = 1 << 20, .header = "size" },
	{ .name = "target", .metavar = "KIND", .help = "what is aimed at", .type = PARAMETER_WORD,
	  .defaults = "tiny", .words = "tiny,large", .header = "target" },
	{ .name = NULL },
};

static const struct tool tool = {
	.name = "fake-cost",
	.summary = "costs nothing",
	.documentation = "What nothing costs.",
	.parameters = parameters,
};

static char *const none[WORDS_MAX] = { NULL };

static void parse(char *const *words, struct options *ret)
{
	char *argv[WORDS_MAX + 2] = { "fake-cost" };
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = words[argc - 1];
		argc++;
	}
	options_parse(&tool, argc, argv, ret);
}

/* In a process of its own: argp ends it. Both its streams are in text. */
static int end_of(char *const *words, char text[TEXT_MAX])
{
	int pipes[2], status;
	size_t bytes = 0;
	ssize_t got;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		struct options options;

		dup2(pipes[1], STDOUT_FILENO);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		setenv("COLUMNS", "80", 1);
		parse(words, &options);
		_exit(0);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], text + bytes, TEXT_MAX - 1 - bytes)) > 0)
		bytes += (size_t)got;
	text[bytes] = '\0';
	close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(defaults)
{
	struct options options;

	memset(&options, 0x5a, sizeof(options));
	parse(none, &options);
	ck_assert_ptr_eq(options.tool, &tool);
	ck_assert_ptr_null(options.mechanisms);
	ck_assert_ptr_null(options.placements);
	ck_assert_ptr_null(options.peer);
	ck_assert_ptr_null(options.memory);
	ck_assert_ptr_null(options.sched);
	ck_assert_ptr_null(options.topology);
	ck_assert_ptr_null(options.affinity);
	ck_assert_ptr_null(options.output);
	ck_assert_ptr_null(options.perf_control);
	for (int i = 0; i < PARAMETERS_MAX; i++)
		ck_assert_ptr_null(options.parameters[i]);
	ck_assert(!options.has_concurrent);
	ck_assert(!options.has_matrix && !options.has_seed && !options.has_list);
	ck_assert(!options.has_hist && !options.has_dry_run && !options.has_selftest);
	ck_assert(!options.is_quiet && !options.is_verbose);
	ck_assert(!options.has_budget && !options.has_precision);
	ck_assert_int_eq(options.mode, MODE_DEFAULT);
	ck_assert_int_eq(options.format, FORMAT_TABLE);
	ck_assert_uint_eq(options.rounds, 0);
	ck_assert_double_eq(options.budget_ns, 20e9);
	ck_assert_double_eq(options.precision, 0.02);
}
END_TEST

START_TEST(words_are_kept)
{
	static char *const words[] = {
		"-mfork,vfork", "-p", "smt", "--memory=remote",
		"--sched=batch", "-o", "file", NULL,
	};
	struct options options;

	parse(words, &options);
	ck_assert_str_eq(options.mechanisms, "fork,vfork");
	ck_assert_str_eq(options.placements, "smt");
	ck_assert_str_eq(options.memory, "remote");
	ck_assert_str_eq(options.sched, "batch");
	ck_assert_str_eq(options.output, "file");
}
END_TEST

START_TEST(switches)
{
	static char *const words[] = {
		"-lqv", "--hist", "--dry-run", "--selftest",
		"--perf-control=a,b", "--seed=0", NULL,
	};
	struct options options;

	parse(words, &options);
	ck_assert(options.has_list && options.is_quiet && options.is_verbose);
	ck_assert(options.has_hist && options.has_dry_run && options.has_selftest);
	ck_assert_str_eq(options.perf_control, "a,b");
	ck_assert(options.has_seed);
	ck_assert_uint_eq(options.seed, 0);
}
END_TEST

START_TEST(parameters_of_the_tool)
{
	static char *const words[] = { "--target", "tiny,large", NULL };
	struct options options;

	parse(words, &options);
	ck_assert_ptr_null(options.parameters[0]);
	ck_assert_str_eq(options.parameters[1], "tiny,large");
}
END_TEST

START_TEST(another_machine)
{
	static char *const words[] = {
		"--topology=pu:2", "--affinity=0-1", "--dry-run", NULL,
	};
	struct options options;

	parse(words, &options);
	ck_assert_str_eq(options.topology, "pu:2");
	ck_assert_str_eq(options.affinity, "0-1");
}
END_TEST

/* -t and --precision win, wherever they stand; of the modes, the last. */
static const struct {
	char *words[4];
	enum run_mode mode;
	double budget_ns, precision;
} modes[] = {
	{ { "--quick" }, MODE_QUICK, 5e9, 0.03 },
	{ { "--thorough" }, MODE_THOROUGH, 180e9, 0.01 },
	{ { "-t7s" }, MODE_DEFAULT, 7e9, 0.02 },
	{ { "--time=500ms" }, MODE_DEFAULT, 5e8, 0.02 },
	{ { "-t7s", "--quick" }, MODE_QUICK, 7e9, 0.03 },
	{ { "--quick", "-t7s" }, MODE_QUICK, 7e9, 0.03 },
	{ { "-t7s", "--thorough" }, MODE_THOROUGH, 7e9, 0.01 },
	{ { "--thorough", "-t7s" }, MODE_THOROUGH, 7e9, 0.01 },
	{ { "--precision=5", "--quick" }, MODE_QUICK, 5e9, 0.05 },
	{ { "--quick", "--precision=5" }, MODE_QUICK, 5e9, 0.05 },
	{ { "--thorough", "--precision=0.5%", "-t2m" },
	  MODE_THOROUGH, 120e9, 0.005 },
	{ { "-t2m", "--precision=0.5", "--thorough" },
	  MODE_THOROUGH, 120e9, 0.005 },
	{ { "--quick", "--thorough" }, MODE_THOROUGH, 180e9, 0.01 },
	{ { "--thorough", "--quick" }, MODE_QUICK, 5e9, 0.03 },
	{ { "-t1", "-t2" }, MODE_DEFAULT, 2e9, 0.02 },
};

START_TEST(mode)
{
	struct options options;

	parse(modes[_i].words, &options);
	ck_assert_int_eq(options.mode, modes[_i].mode);
	ck_assert_double_eq(options.budget_ns, modes[_i].budget_ns);
	ck_assert_double_eq_tol(options.precision, modes[_i].precision, 1e-15);
}
END_TEST

static const struct { char *word; enum matrix_level level; } levels[] = {
	{ "--matrix", MATRIX_PU }, { "--matrix=pu", MATRIX_PU },
	{ "--matrix=core", MATRIX_CORE }, { "--matrix=llc", MATRIX_LLC },
	{ "--matrix=node", MATRIX_NODE },
};

START_TEST(matrix)
{
	char *const words[] = { levels[_i].word, NULL };
	struct options options;

	parse(words, &options);
	ck_assert(options.has_matrix);
	ck_assert_int_eq(options.matrix_level, levels[_i].level);
}
END_TEST

static const struct { char *word; enum output_format format; } formats[] = {
	{ "-ftable", FORMAT_TABLE }, { "-fjson", FORMAT_JSON },
	{ "--format=csv", FORMAT_CSV },
};

START_TEST(format)
{
	char *const words[] = { formats[_i].word, NULL };
	struct options options;

	parse(words, &options);
	ck_assert_int_eq(options.format, formats[_i].format);
}
END_TEST

static const struct { char *word; size_t rounds; uint64_t seed; } numbers[] = {
	{ "--rounds=1", 1, 0 }, { "--rounds=4096", 4096, 0 },
	{ "--rounds=1k", 1000, 0 }, { "--seed=42", 0, 42 },
	{ "--seed=4503599627370496", 0, 1ull << 52 },
};

START_TEST(number)
{
	char *const words[] = { numbers[_i].word, NULL };
	struct options options;

	parse(words, &options);
	ck_assert_uint_eq(options.rounds, numbers[_i].rounds);
	ck_assert_uint_eq(options.seed, numbers[_i].seed);
}
END_TEST

#define BUDGETS "a time from 1ms to 24 hours"
#define PRECISIONS "per cent above 0 and up to 50"
#define ROUNDS "a whole number from 1 to 4096"
#define SEEDS "a whole number from 0 to 4503599627370496"

/* Wrong usage: status 129, and the message has the word and what would be right. */
static const struct { char *words[4]; const char *said, *valid; } bad[] = {
	{ { "--nonsense" }, "--nonsense", "" },
	{ { "-Z" }, "'Z'", "" },
	{ { "-t" }, "'t'", "" },
	{ { "--rounds" }, "--rounds", "requires an argument" },
	{ { "--quick=1" }, "--quick", "" },
	{ { "stray" }, "'stray'", "only options" },
	{ { "-q", "--", "-q" }, "'-q'", "only options" },
	{ { "-tlong" }, "--time: 'long'", BUDGETS },
	{ { "-t0" }, "--time: '0'", BUDGETS },
	{ { "-t999us" }, "--time: '999us'", BUDGETS },
	{ { "-t86401s" }, "--time: '86401s'", BUDGETS },
	{ { "-t-1s" }, "--time: '-1s'", BUDGETS },
	{ { "-t1e308s" }, "--time: '1e308s'", BUDGETS },
	{ { "--precision=0" }, "--precision: '0'", PRECISIONS },
	{ { "--precision=51" }, "--precision: '51'", PRECISIONS },
	{ { "--precision=-2" }, "--precision: '-2'", PRECISIONS },
	{ { "--precision=nan" }, "--precision: 'nan'", PRECISIONS },
	{ { "--precision=2%%" }, "--precision: '2%%'", PRECISIONS },
	{ { "--precision=%" }, "--precision: '%'", PRECISIONS },
	{ { "--precision=" }, "--precision: ''", PRECISIONS },
	{ { "--precision=2x" }, "--precision: '2x'", PRECISIONS },
	{ { "--precision=0x10" }, "--precision: '0x10'", PRECISIONS },
	{ { "--precision=+5" }, "--precision: '+5'", PRECISIONS },
	{ { "--precision= 5" }, "--precision: ' 5'", PRECISIONS },
	{ { "--rounds=0" }, "--rounds: '0'", ROUNDS },
	{ { "--rounds=4097" }, "--rounds: '4097'", ROUNDS },
	{ { "--rounds=many" }, "--rounds: 'many'", ROUNDS },
	{ { "--rounds=1.5" }, "--rounds: '1.5'", ROUNDS },
	{ { "--seed=-1" }, "--seed: '-1'", SEEDS },
	{ { "--seed=4503599627370497" }, "--seed: '4503599627370497'", SEEDS },
	{ { "-fxml" }, "--format: 'xml'", "table, json or csv" },
	{ { "-fJSON" }, "--format: 'JSON'", "table, json or csv" },
	{ { "-f" , "" }, "--format: ''", "table, json or csv" },
	{ { "--matrix=socket" }, "--matrix: 'socket'", "pu, core, llc or node" },
	{ { "--matrix=" }, "--matrix: ''", "pu, core, llc or node" },
	{ { "-Pfiber" }, "--peer: 'fiber'", "process, thread or both" },
	{ { "--concurrent" }, "--concurrent", "add --matrix" },
	{ { "--concurrent", "-pall" }, "--concurrent", "add --matrix" },
	{ { "--concurrent", "--matrix", "--perf-control=a" }, "--concurrent", "leave out --perf-control" },
	{ { "-pall", "--matrix" }, "--matrix", "leave out --placement" },
	{ { "--matrix", "-pall" }, "--matrix", "leave out --placement" },
	{ { "--topology=pu:2" }, "--topology", "--dry-run" },
	{ { "--affinity=0" }, "--affinity", "--topology" },
};

START_TEST(wrong_usage)
{
	char text[TEXT_MAX];

	ck_assert_int_eq(end_of(bad[_i].words, text), EXIT_USAGE);
	ck_assert_msg(strstr(text, bad[_i].said), "not named %s: %s", bad[_i].said, text);
	ck_assert_msg(strstr(text, bad[_i].valid), "not said %s: %s", bad[_i].valid, text);
	ck_assert_msg(!strncmp(text, "fake-cost: ", 11), "no name in front: %s", text);
	ck_assert_ptr_nonnull(strstr(text, "fake-cost --help"));
}
END_TEST

START_TEST(exit_statuses_are_fixed)
{
	ck_assert_int_eq(EXIT_USAGE, 129);
	ck_assert_int_eq(EXIT_NOTHING_MEASURED, 1);
	ck_assert_int_eq(EXIT_SOMETHING_SKIPPED, 3);
	ck_assert_int_eq(EXIT_SIGNAL, 128);
}
END_TEST

static const char *const headings[] = {
	"What nothing costs.", "What is measured:", "--mechanism=LIST", "Where it runs:",
	"--matrix[=LEVEL]", "Sweeps", "--size=SIZE", "--target=KIND", "How long and how well:",
	"The answer:", "--help[=all]", "--version", "Exit status: 0 measured", "See fake-cost(1)",
};

/* In the order in which one thinks of them. */
START_TEST(help)
{
	static char *const words[] = { "--help", NULL };
	char text[TEXT_MAX];
	const char *at = text;

	ck_assert_int_eq(end_of(words, text), 0);
	for (int i = 0; i < COUNT_OF(headings); i++) {
		const char *found = strstr(at, headings[i]);

		ck_assert_msg(found, "%s is not in its place: %s", headings[i], text);
		at = found;
	}
}
END_TEST

/* What is seldom needed is taken all the same. */
static const char *const rare[] = { "--selftest", "--topology=", "--perf-control=", "--usage" };

static char *const asking[][2] = { { "--help=all", NULL }, { "--usage", NULL } };

START_TEST(rare_options_stand_in_all_only)
{
	static char *const words[] = { "--help", NULL };
	char text[TEXT_MAX];

	ck_assert_int_eq(end_of(words, text), 0);
	for (int i = 0; i < COUNT_OF(rare); i++)
		ck_assert_msg(!strstr(text, rare[i]), "%s: %s", rare[i], text);
	ck_assert_int_eq(end_of(asking[_i], text), 0);
	for (int i = 0; i < COUNT_OF(rare); i++)
		ck_assert_msg(strstr(text, rare[i]), "%s: %s", rare[i], text);
}
END_TEST

START_TEST(version)
{
	static char *const words[] = { "--version", NULL };
	char text[TEXT_MAX];

	ck_assert_int_eq(end_of(words, text), 0);
	ck_assert_str_eq(text, "fake-cost (handoff) " PACKAGE_VERSION "\n");
}
END_TEST

static Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *taken = tcase_create("taken"), *ended = tcase_create("ended");

	tcase_add_test(taken, defaults);
	tcase_add_test(taken, words_are_kept);
	tcase_add_test(taken, switches);
	tcase_add_test(taken, parameters_of_the_tool);
	tcase_add_test(taken, another_machine);
	tcase_add_loop_test(taken, mode, 0, COUNT_OF(modes));
	tcase_add_loop_test(taken, matrix, 0, COUNT_OF(levels));
	tcase_add_loop_test(taken, format, 0, COUNT_OF(formats));
	tcase_add_loop_test(taken, number, 0, COUNT_OF(numbers));
	tcase_add_loop_test(ended, wrong_usage, 0, COUNT_OF(bad));
	tcase_add_test(ended, exit_statuses_are_fixed);
	tcase_add_test(ended, help);
	tcase_add_loop_test(ended, rare_options_stand_in_all_only, 0, COUNT_OF(asking));
	tcase_add_test(ended, version);
	suite_add_tcase(suite, taken);
	suite_add_tcase(suite, ended);
	return suite;
}

int main(void)
{
	/* Messages of getopt and argp are compared. */
	setenv("LC_ALL", "C", 1);
	return suite_run(options_suite());
}
