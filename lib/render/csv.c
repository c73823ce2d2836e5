/* SPDX-License-Identifier: MIT */
/* CSV (RFC 4180): a row a result, the fixed columns of render/column.h and the tool. */
#include <errno.h>
#include <math.h>
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

int render_csv(const struct results *results, const struct render_style *style, FILE *stream)
{
	size_t count;
	struct column *columns = columns_make(results->options->tool, &count);

	(void)style;
	if (!columns)
		return -ENOMEM;
	fputs("tool", stream);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, ",%s", columns[i].name);
	fputs("\r\n", stream);
	for (size_t row = 0; row < results->result_count; row++) {
		render_csv_text(results->options->tool->name, stream);
		for (size_t i = 0; i < count; i++) {
			struct field field = columns[i].get(&columns[i], &results->results[row]);

			fputc(',', stream);
			write_field(&field, stream);
		}
		fputs("\r\n", stream);
	}
	free(columns);
	return ferror(stream) ? -EIO : 0;
}
