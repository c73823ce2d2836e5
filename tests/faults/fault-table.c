/* SPDX-License-Identifier: MIT */
/*
 * fault-table rows EXTENT - plans a table of faults; EXTENT: quick, full or window.
 * fault-table judge TOOL STATUS CREATORS - judges those of one run.
 *
 * Files are in the current folder, as tests/faults/faults.sh leaves them there.
 *
 * rows reads "measured", the mechanisms that work without faults, a line each, and
 * "calls", what inject has counted.  It prints "RUN MECHANISM PLACE CALL HOW HOT" a
 * fault: a run has one of each mechanism.
 *
 * judge reads "plan-hot" ("MECHANISM HOT"), "proofs" and "proved" ("MECHANISM PROOF",
 * without and with faults), "flat", the records, and "fired", what inject says.  It prints
 * "FATE MECHANISM PLACE CALL HOW REASON" a fault; what is wrong goes to "wrong".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault-judge.h"
#include "fault-rows.h"
#include "fault-rules.h"

#define EXIT_USAGE 2
#define LINE_BYTES 4096
#define WORDS_MOST (6 + FAULT_HOWS_MOST)

struct lines {
	char **line;
	size_t count;
};

/* --- files */

static void *must(void *memory)
{
	if (!memory) {
		perror("fault-table");
		exit(EXIT_FAILURE);
	}
	return memory;
}

/* One that is not there is empty.  Kept until the program ends. */
static struct lines read_lines(const char *name)
{
	struct lines lines = { .count = 0 };
	char text[LINE_BYTES];
	FILE *file = fopen(name, "re");

	while (file && fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		lines.line = must(realloc(lines.line, (lines.count + 1) * sizeof(*lines.line)));
		lines.line[lines.count++] = must(strdup(text));
	}
	if (file)
		fclose(file);
	return lines;
}

static bool has_line(const struct lines *lines, const char *text)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!strcmp(lines->line[i], text))
			return true;
	return false;
}

/* Into its words, which lie in the text itself. */
static unsigned int split(char *text, const char *blanks, char *words[WORDS_MOST])
{
	unsigned int count = 0;
	char *rest;

	for (char *word = strtok_r(text, blanks, &rest); word && count < WORDS_MOST;
	     word = strtok_r(NULL, blanks, &rest))
		words[count++] = word;
	return count;
}

/* --- rows */

/* How many rows each mechanism has so far, and which storms it knows. */
static struct mechanism_rows {
	char *name;
	unsigned long rows;
	bool is_interrupted, is_short;
} *planned;
static size_t planned_count;

static struct mechanism_rows *rows_of(const char *mechanism)
{
	for (size_t i = 0; i < planned_count; i++)
		if (!strcmp(planned[i].name, mechanism))
			return &planned[i];
	planned = must(realloc(planned, (planned_count + 1) * sizeof(*planned)));
	planned[planned_count] = (struct mechanism_rows){ .name = must(strdup(mechanism)) };
	return &planned[planned_count++];
}

static void print_row(void *argument, const struct fault_row *row)
{
	(void)argument;
	printf("%lu %s %s %s %s %d\n", ++rows_of(row->mechanism)->rows, row->mechanism, row->place,
	       row->call, row->how, row->is_hot);
}

/* "calls MECHANISM CALL BEFORE WITHIN BEHIND HOW..." */
static bool read_calls(char *line, struct fault_calls *ret)
{
	char *words[WORDS_MOST];
	unsigned int count = split(line, " ", words);

	if (count < 7)
		return false;
	*ret = (struct fault_calls){
		.mechanism = words[1], .call = words[2], .before = strtoul(words[3], NULL, 10),
		.within = strtoul(words[4], NULL, 10), .behind = strtoul(words[5], NULL, 10),
	};
	for (unsigned int i = 6; i < count; i++)
		ret->hows[ret->how_count++] = words[i];
	return true;
}

static void plan_line(struct fault_planner *planner, const struct lines *measured, char *line)
{
	struct mechanism_rows *rows;
	struct fault_calls calls;

	if (!read_calls(line, &calls) || !has_line(measured, calls.mechanism))
		return;
	rows = rows_of(calls.mechanism);
	for (unsigned int i = 0; i < calls.how_count; i++) {
		rows->is_interrupted |= !strcmp(calls.hows[i], "EINTR");
		rows->is_short |= !strcmp(calls.hows[i], "SHORT");
	}
	fault_plan_calls(planner, &calls);
}

static int print_rows(const char *extent)
{
	struct fault_planner planner = { .take = print_row, .extent =
		!strcmp(extent, "full") ? EXTENT_FULL
		: !strcmp(extent, "window") ? EXTENT_WINDOW : EXTENT_QUICK };
	struct lines measured = read_lines("measured"), calls = read_lines("calls");

	for (size_t i = 0; i < calls.count; i++)
		plan_line(&planner, &measured, calls.line[i]);
	for (size_t i = 0; i < planned_count; i++) {
		if (planned[i].is_interrupted)
			fault_plan_storm(&planner, planned[i].name, "EINTR");
		if (planned[i].is_short)
			fault_plan_storm(&planner, planned[i].name, "SHORT");
	}
	return EXIT_SUCCESS;
}

/* --- judge */

static struct {
	struct lines hot, proofs, proved, flat;
	const char *tool;
	unsigned int creators;
	FILE *wrong;
	bool has_missed, has_result;
} judged;

/* What a record says under a name: lines "NUMBER<tab>PATH<tab>VALUE". */
static const char *value_of(const char *number, const char *path)
{
	char begin[128];
	size_t length;

	snprintf(begin, sizeof(begin), "%s\t%s\t", number, path);
	length = strlen(begin);
	for (size_t i = 0; i < judged.flat.count; i++)
		if (!strncmp(judged.flat.line[i], begin, length))
			return judged.flat.line[i] + length;
	return "";
}

static void add_record(struct fault_outcome *outcome, const char *number, const char *mechanism)
{
	const char *kind = value_of(number, "record");

	if (strcmp(value_of(number, "mechanism"), mechanism))
		return;
	if (!strcmp(kind, "result")) {
		outcome->has_result = true;
		outcome->is_unverified |= strcmp(value_of(number, "verified"), "true") != 0;
	} else if (!strcmp(kind, "skip")) {
		outcome->reason = value_of(number, "reason");
	}
}

static struct fault_outcome outcome_of(const char *mechanism)
{
	struct fault_outcome outcome = { .reason = NULL };
	char last[32] = "", number[32];

	for (size_t i = 0; i < judged.flat.count; i++) {
		snprintf(number, sizeof(number), "%.*s",
			 (int)strcspn(judged.flat.line[i], "\t"), judged.flat.line[i]);
		if (!strcmp(number, last))
			continue;
		strcpy(last, number);
		add_record(&outcome, number, mechanism);
	}
	return outcome;
}

static bool is_hot(const char *mechanism)
{
	char line[128];

	snprintf(line, sizeof(line), "%s 1", mechanism);
	return has_line(&judged.hot, line);
}

/* The first proof that it had without faults and has not now; NULL: there is none. */
static const char *lost_proof(const char *mechanism)
{
	size_t length = strlen(mechanism);

	for (size_t i = 0; i < judged.proofs.count; i++) {
		const char *line = judged.proofs.line[i];

		if (!strncmp(line, mechanism, length) && line[length] == ' ' &&
		    !fault_proof_is_optional(line + length + 1) && !has_line(&judged.proved, line))
			return line + length + 1;
	}
	return NULL;
}

static void print_wrong(const struct judged_fault *fault, unsigned int wrong, const char *proof)
{
	for (unsigned int one = 1; one <= wrong; one <<= 1) {
		if (!(wrong & one))
			continue;
		fprintf(judged.wrong, "%s %s %s %s: %s: %s\n", fault->mechanism, fault->place,
			fault->call, fault->how, fault_wrong_text((enum fault_wrong)one),
			one == WRONG_PROOF ? proof
			: fault->outcome.reason ? fault->outcome.reason : "");
	}
}

/* "fired MECHANISM PLACE CALL HOW TIMES" */
static void judge_line(char *line)
{
	char *words[WORDS_MOST];
	struct judged_fault fault;
	enum fault_fate fate;
	const char *proof;

	if (split(line, " ", words) < 6)
		return;
	fault = (struct judged_fault){
		.tool = judged.tool, .mechanism = words[1], .place = words[2], .call = words[3],
		.how = words[4], .times = strtoul(words[5], NULL, 10),
		.is_hot = is_hot(words[1]), .creators = judged.creators,
		.outcome = outcome_of(words[1]),
	};
	proof = lost_proof(fault.mechanism);
	fault.has_lost_proof = proof;
	fate = fault_fate(&fault.outcome);
	judged.has_missed |= fate != FATE_MEASURED;
	judged.has_result |= fate == FATE_MEASURED || fate == FATE_UNVERIFIED;
	print_wrong(&fault, fault_judge(&fault), proof);
	printf("%s %s %s %s %s %s\n", fault.times ? fault_fate_word(fate) : "unreached",
	       fault.mechanism, fault.place, fault.call, fault.how,
	       fault.outcome.reason ? fault.outcome.reason : "");
}

static int judge(const char *tool, int status, unsigned int creators)
{
	struct lines fired = read_lines("fired");
	int expected;

	judged.tool = tool;
	judged.creators = creators;
	judged.hot = read_lines("plan-hot");
	judged.proofs = read_lines("proofs");
	judged.proved = read_lines("proved");
	judged.flat = read_lines("flat");
	judged.wrong = must(fopen("wrong", "ae"));
	for (size_t i = 0; i < fired.count; i++)
		judge_line(fired.line[i]);
	expected = !judged.has_result ? 1 : judged.has_missed ? 3 : 0;
	if (status != expected)
		fprintf(judged.wrong, "status %d, not %d\n", status, expected);
	return fclose(judged.wrong) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "rows"))
		return print_rows(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "judge"))
		return judge(argv[2], atoi(argv[3]), (unsigned int)atoi(argv[4]));
	fputs("usage: fault-table rows EXTENT | judge TOOL STATUS CREATORS\n", stderr);
	return EXIT_USAGE;
}
