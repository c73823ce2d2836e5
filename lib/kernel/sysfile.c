/* SPDX-License-Identifier: MIT */
/* kernel/sysfile - small text files of /proc and /sys; see kernel/sysfile.h. */
#include "kernel/sysfile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/pages.h"

__attribute__((format(printf, 3, 4)))
static int format_text(char *ret, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(ret, size, format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= size)
		return -ENAMETOOLONG;
	return 0;
}

static int open_file(const char *root, const char *path)
{
	char full[SYSFILE_PATH_MAX];
	int result = format_text(full, sizeof(full), "%s%s", root, path);

	if (result)
		return result;
	/* O_NONBLOCK: a FIFO in the way must not hang the run. */
	do
		result = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	while (result == -1 && errno == EINTR);
	return result < 0 ? -errno : result;
}

bool sysfile_exists(const char *root, const char *path)
{
	char full[SYSFILE_PATH_MAX];

	return !format_text(full, sizeof(full), "%s%s", root, path) &&
	       access(full, F_OK) == 0;
}

/* Copies text without its outer blanks. */
static int copy_trimmed(const char *text, char *ret, size_t size)
{
	size_t length;

	ret[0] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	if (length >= size)
		return -E2BIG;
	memcpy(ret, text, length);
	ret[length] = '\0';
	return 0;
}

/* Not a FILE: stdio keeps a heap, which every fork of a worker would copy. */
struct reader {
	char line[SYSFILE_LINE_MAX];
	char bytes[4096];
	size_t at, count;
	int fd, error;
};

static int next_byte(struct reader *reader)
{
	ssize_t count;

	if (reader->at < reader->count)
		return (unsigned char)reader->bytes[reader->at++];
	do
		count = read(reader->fd, reader->bytes, sizeof(reader->bytes));
	while (count == -1 && errno == EINTR);
	if (count == -1)
		reader->error = -errno;
	if (count <= 0)
		return EOF;
	reader->count = (size_t)count;
	reader->at = 1;
	return (unsigned char)reader->bytes[0];
}

/*
 * Reads one line without its newline, cut at SYSFILE_LINE_MAX - 1; how many
 * bytes it took from the file, 0 at the end.
 */
static size_t read_line(struct reader *reader)
{
	size_t count = 0, kept = 0;
	int byte;

	while (count <= SYSFILE_FILE_MAX && (byte = next_byte(reader)) != EOF) {
		count++;
		if (byte == '\n')
			break;
		if (kept < SYSFILE_LINE_MAX - 1)
			reader->line[kept++] = (char)byte;
	}
	reader->line[kept] = '\0';
	return count;
}

static int visit_lines(struct reader *reader, int (*visit)(char *line, void *context),
		       void *context)
{
	size_t total = 0, count;

	while ((count = read_line(reader))) {
		int result;

		total += count;
		if (total > SYSFILE_FILE_MAX)
			return -EFBIG;
		result = visit(reader->line, context);
		if (result)
			return result;
	}
	return reader->error;
}

int sysfile_each_line(const char *root, const char *path,
		      int (*visit)(char *line, void *context), void *context)
{
	int fd = open_file(root, path);
	struct reader *reader;
	int result = -ENOMEM;

	if (fd < 0)
		return fd;
	reader = pages_take(sizeof(*reader));
	if (reader) {
		reader->fd = fd;
		result = visit_lines(reader, visit, context);
	}
	pages_give(reader, sizeof(*reader));
	close(fd);
	return result;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int sysfile_each_entry(const char *root, const char *path,
		       int (*visit)(const char *name, void *context),
		       void *context)
{
	char full[SYSFILE_PATH_MAX];
	struct dirent **entries;
	int result = format_text(full, sizeof(full), "%s%s", root, path);
	int count;

	if (result)
		return result;
	count = scandir(full, &entries, is_visible, alphasort);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (!result)
			result = visit(entries[i]->d_name, context);
		free(entries[i]);
	}
	free(entries);
	return result;
}

/* What a line visitor looks for, and where the answer goes. */
struct line_search {
	const char *key;
	char *ret;
	size_t size;
	int result;
};

static int take_first_line(char *line, void *context)
{
	struct line_search *search = context;

	search->result = copy_trimmed(line, search->ret, search->size);
	return 1;
}

int sysfile_read_text(const char *root, const char *path, char *ret,
		      size_t size)
{
	struct line_search search = { .ret = ret, .size = size };
	int result;

	ret[0] = '\0';
	result = sysfile_each_line(root, path, take_first_line, &search);
	return result < 0 ? result : search.result;
}

/* text's leading decimal integer; ret_end is what follows it. */
static int parse_integer(const char *text, int64_t *ret, const char **ret_end)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*ret = value;
	*ret_end = end;
	return 0;
}

int sysfile_read_integer(const char *root, const char *path, int64_t *ret)
{
	char text[64];
	const char *end;
	int64_t value;
	int result = sysfile_read_text(root, path, text, sizeof(text));

	if (!result)
		result = parse_integer(text, &value, &end);
	if (result)
		return result;
	if (*end)
		return -EINVAL;
	*ret = value;
	return 0;
}

int sysfile_read_choice(const char *root, const char *path, char *ret,
			size_t size)
{
	char text[256];
	char *open, *close;
	int result = sysfile_read_text(root, path, text, sizeof(text));

	ret[0] = '\0';
	if (result)
		return result;
	open = strchr(text, '[');
	close = open ? strchr(open, ']') : NULL;
	if (!close)
		return -EINVAL;
	*close = '\0';
	return copy_trimmed(open + 1, ret, size);
}

/* The value if line is key's, else NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t length = strlen(key);
	const char *after = line + length;

	if (strncmp(line, key, length))
		return NULL;
	while (*after == ' ' || *after == '\t')
		after++;
	if (*after == ':' || *after == '=')
		return after + 1;
	return after == line + length ? NULL : after;
}

static int take_keyed_line(char *line, void *context)
{
	struct line_search *search = context;
	const char *value = value_of(line, search->key);

	if (!value)
		return 0;
	search->result = copy_trimmed(value, search->ret, search->size);
	return 1;
}

/* What a list names; without a key, the line itself. */
static int count_line(char *line, void *context)
{
	struct line_search *search = context;
	const char *value = search->key ? value_of(line, search->key) : line;
	char *end;

	if (!value)
		return 0;
	while (isspace((unsigned char)*value))
		value++;
	end = line + strlen(line);
	while (end > value && isspace((unsigned char)end[-1]))
		*--end = '\0';
	search->result = sysfile_parse_list(value, NULL, 0);
	return 1;
}

int sysfile_count_list(const char *root, const char *path, const char *key)
{
	struct line_search search = { .key = key, .result = key ? -ENODATA : 0 };
	int result = sysfile_each_line(root, path, count_line, &search);

	return result < 0 ? result : search.result;
}

int sysfile_read_keyed(const char *root, const char *path, const char *key,
		       char *ret, size_t size)
{
	struct line_search search = {
		.key = key, .ret = ret, .size = size, .result = -ENODATA,
	};
	int result;

	ret[0] = '\0';
	result = sysfile_each_line(root, path, take_keyed_line, &search);
	return result < 0 ? result : search.result;
}

int sysfile_read_keyed_integer(const char *root, const char *path,
			       const char *key, int64_t *ret)
{
	char text[256];
	const char *end;
	int result = sysfile_read_keyed(root, path, key, text, sizeof(text));

	return result ? result : parse_integer(text, ret, &end);
}

/* "3" or "3-5" at *text, which moves behind it. */
static int parse_range(const char **text, int64_t *ret_first, int64_t *ret_last)
{
	int result;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	result = parse_integer(*text, ret_first, text);
	*ret_last = *ret_first;
	if (!result && **text == '-') {
		if (!isdigit((unsigned char)(*text)[1]))
			return -EINVAL;
		result = parse_integer(*text + 1, ret_last, text);
	}
	if (result)
		return result;
	if (*ret_last > SYSFILE_CPU_MAX)
		return -ERANGE;
	return *ret_first > *ret_last ? -EINVAL : 0;
}

int sysfile_parse_list(const char *text, int *ret, size_t max)
{
	size_t count = 0;
	int64_t number, last;
	int result;

	while (*text) {
		result = parse_range(&text, &number, &last);
		if (result)
			return result;
		for (; number <= last; number++, count++) {
			if (ret && count >= max)
				return -ENOSPC;
			if (ret)
				ret[count] = (int)number;
		}
		if (count > SYSFILE_CPU_MAX + 1)
			return -ERANGE;
		if (*text && (*text++ != ',' || !*text))
			return -EINVAL;
	}
	return (int)count;
}
