/* SPDX-License-Identifier: MIT */
#include "argp-help.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Columns, from 0; a line has fewer than RIGHT. */
#define RIGHT 79
#define HEADER 1
#define SHORT 2
#define LONG 6
#define TEXT 29
#define USAGE 12
#define TEXT_GAP 3

/* Where the next byte goes; what is too long goes on in column indent of the next line. */
struct page {
	FILE *stream;
	size_t column, indent;
};

static void to_column(struct page *page, size_t column)
{
	for (; page->column < column; page->column++)
		fputc(' ', page->stream);
}

static void new_line(struct page *page)
{
	fputc('\n', page->stream);
	page->column = 0;
}

/* How much of a line too long stays: up to the last blank that can be its end. */
static size_t break_at(const struct page *page, const char *line, size_t bytes)
{
	size_t at = RIGHT - page->column;

	if (at >= bytes)
		at = bytes - 1;
	while (at && line[at] != ' ')
		at--;
	/* A word longer than a line stays whole. */
	while (!at && line[0] != ' ' && at < bytes && line[at] != ' ')
		at++;
	return at;
}

static void put_line(struct page *page, const char *line, size_t bytes)
{
	while (page->column + bytes >= RIGHT) {
		size_t kept = break_at(page, line, bytes), skipped = kept;

		fwrite(line, 1, kept, page->stream);
		page->column += kept;
		while (skipped < bytes && line[skipped] == ' ')
			skipped++;
		line += skipped;
		bytes -= skipped;
		if (!bytes)
			break;
		new_line(page);
		to_column(page, page->indent);
	}
	fwrite(line, 1, bytes, page->stream);
	page->column += bytes;
}

/* Its own lines begin in the same column as those it is broken into. */
static void put_text(struct page *page, const char *text, size_t bytes)
{
	while (bytes) {
		const char *end = memchr(text, '\n', bytes);
		size_t line = end ? (size_t)(end - text) : bytes;

		if (line)
			to_column(page, page->indent);
		put_line(page, text, line);
		if (end)
			new_line(page);
		text += line + (end ? 1 : 0);
		bytes -= line + (end ? 1 : 0);
	}
}

bool argp_is_end(const struct argp_option *option)
{
	return !option->name && !option->key && !option->doc && !option->group;
}

int argp_short_name(const struct argp_option *option)
{
	return option->key > 0 && option->key < 128 && isprint(option->key) ? option->key : 0;
}

static bool is_header(const struct argp_option *option)
{
	return !option->name && !option->key;
}

/* 0, 1, 2, ..., then the negative ones. */
static int compare_groups(int a, int b)
{
	return (a < 0) == (b < 0) ? a - b : b - a;
}

static int first_letter(const struct argp_option *option)
{
	int letter = argp_short_name(option);

	return letter ? letter : option->name ? (unsigned char)*option->name : 0;
}

static int compare_options(const struct argp_option *a, const struct argp_option *b)
{
	int letter_a = first_letter(a), letter_b = first_letter(b);

	if (a->group != b->group)
		return compare_groups(a->group, b->group);
	if (!argp_short_name(a) && !argp_short_name(b) && a->name && b->name)
		return strcasecmp(a->name, b->name);
	if (tolower(letter_a) != tolower(letter_b))
		return tolower(letter_a) - tolower(letter_b);
	if (a->name && b->name && (!argp_short_name(a) || !argp_short_name(b)))
		return strcasecmp(a->name, b->name);
	return letter_b - letter_a;
}

/* Those that are alike stay as they are. */
static void sort_options(struct argp_option *options, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct argp_option moved = options[i];
		size_t at = i;

		for (; at && compare_options(&options[at - 1], &moved) > 0; at--)
			options[at] = options[at - 1];
		options[at] = moved;
	}
}

/* Those that are not hidden, in the order in which they are shown; NULL: no memory. */
static struct argp_option *take_shown(const struct argp_option *options, size_t *ret_count)
{
	size_t all = 0, count = 0;
	struct argp_option *shown;

	while (!argp_is_end(&options[all]))
		all++;
	shown = calloc(all + 1, sizeof(*shown));
	for (size_t i = 0; shown && i < all; i++)
		if (!(options[i].flags & OPTION_HIDDEN))
			shown[count++] = options[i];
	if (shown)
		sort_options(shown, count);
	*ret_count = count;
	return shown;
}

static void put_names(struct page *page, const struct argp_option *option)
{
	const char *argument = option->arg ? option->arg : "";
	bool is_optional = option->flags & OPTION_ARG_OPTIONAL;

	to_column(page, SHORT);
	if (argp_short_name(option))
		page->column += (size_t)fprintf(page->stream, "-%c, ", option->key);
	to_column(page, LONG);
	page->column += (size_t)fprintf(page->stream, "--%s%s%s%s", option->name,
					!option->arg ? "" : is_optional ? "[=" : "=", argument,
					is_optional ? "]" : "");
}

static void put_option(struct page *page, const struct argp_option *option, const char *text)
{
	put_names(page, option);
	page->indent = TEXT;
	if (page->column > TEXT + TEXT_GAP)
		new_line(page);
	else if (page->column >= TEXT)
		to_column(page, page->column + TEXT_GAP);
	to_column(page, TEXT);
	put_text(page, text, strlen(text));
	new_line(page);
}

static void put_header(struct page *page, const char *text)
{
	page->indent = HEADER;
	put_text(page, text, strlen(text));
	new_line(page);
}

static void put_options(struct page *page, const struct argp *argp, void *input,
			const struct argp_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct argp_option *option = &options[i];
		char *filtered = NULL;

		if (i && (is_header(option) || option->group != option[-1].group))
			new_line(page);
		if (is_header(option)) {
			put_header(page, option->doc);
			continue;
		}
		if (argp->help_filter)
			filtered = argp->help_filter(option->key, option->doc, input);
		put_option(page, option, filtered ? filtered : option->doc);
		if (filtered != option->doc)
			free(filtered);
	}
}

static void put_paragraph(struct page *page, const char *text, size_t bytes)
{
	page->indent = 0;
	put_text(page, text, bytes);
	if (page->column)
		new_line(page);
}

int argp_print_help(FILE *stream, const struct argp_state *state)
{
	const struct argp *argp = state->root_argp;
	struct page page = { stream, 0, 0 };
	const char *behind = strchr(argp->doc, '\v');
	size_t count = 0;
	struct argp_option *options = take_shown(argp->options, &count);

	if (!options)
		return -ENOMEM;
	fprintf(stream, "Usage: %s [OPTION...]\n", state->name);
	put_paragraph(&page, argp->doc, behind ? (size_t)(behind - argp->doc) : strlen(argp->doc));
	new_line(&page);
	put_options(&page, argp, state->input, options, count);
	free(options);
	if (!behind)
		return 0;
	new_line(&page);
	put_paragraph(&page, behind + 1, strlen(behind + 1));
	return 0;
}

static void put_item(struct page *page, const struct argp_option *option, bool is_short)
{
	bool is_optional = option->flags & OPTION_ARG_OPTIONAL;
	const char *sign = !option->arg ? "" : is_short ? (is_optional ? "[" : " ")
						       : (is_optional ? "[=" : "=");
	char *item = NULL, letter[] = { (char)option->key, '\0' };
	int bytes = asprintf(&item, "[%s%s%s%s%s]", is_short ? "-" : "--",
			     is_short ? letter : option->name, sign,
			     option->arg ? option->arg : "", is_optional ? "]" : "");

	if (bytes < 0)
		return;
	/* glibc lets a long one end a line that is a column longer. */
	if (page->column + 1 + (size_t)bytes >= (is_short ? RIGHT : RIGHT + 1)) {
		new_line(page);
		to_column(page, USAGE);
	} else {
		to_column(page, page->column + 1);
	}
	fputs(item, page->stream);
	page->column += (size_t)bytes;
	free(item);
}

static void put_letters(struct page *page, const struct argp_option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (argp_short_name(&options[i]) && !options[i].arg)
			page->column += (size_t)fprintf(page->stream, "%c", options[i].key);
}

int argp_print_usage(FILE *stream, const struct argp_state *state)
{
	struct page page = { stream, 0, 0 };
	size_t count = 0;
	struct argp_option *options = take_shown(state->root_argp->options, &count);

	if (!options)
		return -ENOMEM;
	page.column += (size_t)fprintf(stream, "Usage: %s [-", state->name);
	put_letters(&page, options, count);
	page.column += (size_t)fprintf(stream, "]");
	for (size_t i = 0; i < count; i++)
		if (argp_short_name(&options[i]) && options[i].arg)
			put_item(&page, &options[i], true);
	for (size_t i = 0; i < count; i++)
		if (options[i].name)
			put_item(&page, &options[i], false);
	new_line(&page);
	free(options);
	return 0;
}
