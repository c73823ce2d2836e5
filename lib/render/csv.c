/* SPDX-License-Identifier: MIT */
/*
 * CSV: a row a result, then a row a skip, with what says which run it is of, the columns of
 * render/column.h and two lists.  Quotes are as in RFC 4180.  Rows end in LF alone: with its CR the last
 * field of each would end so, too, for awk(1) and its kind.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "render/column.h"
#include "render/render.h"

void render_csv_text(const char *text, FILE *stream)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, stream);
		return;
	}
	fputc('"', stream);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}

static void write_field(const struct field *field, FILE *stream)
{
	switch (field->type) {
	case FIELD_ABSENT:
		break;
	case FIELD_TEXT:
		render_csv_text(field->text, stream);
		break;
	case FIELD_BOOL:
		fputs(field->number != 0 ? "true" : "false", stream);
		break;
	default:
		fprintf(stream, field->number == floor(field->number) ? "%.0f" : "%.12g",
			field->number);
	}
}

/* Of a skip: which cell it is, and why. */
static void write_skip_field(const struct column *column, const struct result *cell_only,
			     const struct skip *skip, FILE *stream)
{
	struct field field;

	if (!strcmp(column->name, COLUMN_REASON)) {
		render_csv_text(skip->reason, stream);
	} else if (column->is_of_cell) {
		field = column->get(column, cell_only);
		write_field(&field, stream);
	}
}

/* Lists are separated by blanks. */
static void write_number(int number, bool *is_first, FILE *stream)
{
	fprintf(stream, "%s%d", *is_first ? "" : " ", number);
	*is_first = false;
}

static void write_cpus(const struct result *result, FILE *stream)
{
	const int *cpus = result->cell->seat.cpus;
	bool is_first = true;

	if (cpus[0] >= 0) {
		fprintf(stream, "%d %d", cpus[0], cpus[1]);
		return;
	}
	for (int cpu = 0; result->series && cpu < ROUND_CPUS_MAX; cpu++)
		if (result->series->cpus[cpu / 64] >> (cpu % 64) & 1)
			write_number(cpu, &is_first, stream);
}

static void write_flags(const struct result *result, FILE *stream)
{
	for (size_t i = 0; result->flags[i]; i++)
		fprintf(stream, "%s%s", i ? " " : "", result->flags[i]);
}

/* Where they stand among the columns. */
static const struct list {
	const char *behind, *name;
	void (*write)(const struct result *result, FILE *stream);
} lists[] = {
	{ "placement", "cpus", write_cpus },
	{ "verified", "flags", write_flags },
};

static const struct list *list_behind(const struct column *column)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!strcmp(lists[i].behind, column->name))
			return &lists[i];
	return NULL;
}

static void write_header(const struct column *columns, size_t count, FILE *stream)
{
	fputs("tool,run,started,hostname", stream);
	for (size_t i = 0; i < count; i++) {
		const struct list *list = list_behind(&columns[i]);

		fprintf(stream, ",%s", columns[i].name);
		if (list)
			fprintf(stream, ",%s", list->name);
	}
	fputc('\n', stream);
}

static void write_run(const struct results *results, FILE *stream)
{
	render_csv_text(results->options->tool->name, stream);
	fprintf(stream, ",%s,%s,", results->run, results->started);
	render_csv_text(results->environment->hostname, stream);
}

static void write_row(const struct column *columns, size_t count, const struct result *result,
		      FILE *stream)
{
	for (size_t i = 0; i < count; i++) {
		struct field field = columns[i].get(&columns[i], result);
		const struct list *list = list_behind(&columns[i]);

		fputc(',', stream);
		write_field(&field, stream);
		if (list) {
			fputc(',', stream);
			list->write(result, stream);
		}
	}
	fputc('\n', stream);
}

static void write_skip(const struct column *columns, size_t count, const struct skip *skip,
		       FILE *stream)
{
	const struct result cell_only = { .cell = skip->cell };

	for (size_t i = 0; i < count; i++) {
		const struct list *list = list_behind(&columns[i]);

		fputc(',', stream);
		write_skip_field(&columns[i], &cell_only, skip, stream);
		if (list) {
			fputc(',', stream);
			list->write(&cell_only, stream);
		}
	}
	fputc('\n', stream);
}

int render_csv(const struct results *results, const struct render_style *style, FILE *stream)
{
	size_t count;
	struct column *columns = columns_make(results->options->tool, &count);

	(void)style;
	if (!columns)
		return -ENOMEM;
	write_header(columns, count, stream);
	for (size_t row = 0; row < results->result_count; row++) {
		write_run(results, stream);
		write_row(columns, count, &results->results[row], stream);
	}
	for (size_t row = 0; row < results->skip_count; row++) {
		write_run(results, stream);
		write_skip(columns, count, &results->skips[row], stream);
	}
	free(columns);
	return ferror(stream) ? -EIO : 0;
}
