/* SPDX-License-Identifier: MIT */
/*
 * records [FILE] - JSON Lines as plain lines, for shell scripts and awk.
 *
 * Each value becomes "LINE<tab>PATH<tab>VALUE": the number of the record from 1,
 * names joined by dots, elements of an array by their index; a blank for each
 * tab and line feed within.  Ends with 1, naming the line, at the first line
 * that is not one JSON object, holds null, or has a name twice.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 512

static void print_text(size_t line, const char *path, const char *text)
{
	printf("%zu\t%s\t", line, path);
	for (; *text; text++)
		putchar(strchr("\t\r\n", *text) ? ' ' : *text);
	putchar('\n');
}

static int print_value(size_t line, const char *path, json_t *value);

static int print_member(size_t line, const char *path, const char *name, json_t *value)
{
	char longer[PATH_BYTES];
	int length = snprintf(longer, sizeof(longer), "%s%s%s", path, *path ? "." : "", name);

	if (length < 0 || (size_t)length >= sizeof(longer))
		return -1;
	return print_value(line, longer, value);
}

static int print_object(size_t line, const char *path, json_t *object)
{
	const char *name;
	json_t *value;
	int error = 0;

	json_object_foreach(object, name, value)
		error |= print_member(line, path, name, value);
	return error;
}

static int print_array(size_t line, const char *path, json_t *array)
{
	json_t *value;
	size_t i;
	int error = 0;

	json_array_foreach(array, i, value) {
		char index[24];

		snprintf(index, sizeof(index), "%zu", i);
		error |= print_member(line, path, index, value);
	}
	return error;
}

static int print_value(size_t line, const char *path, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return print_object(line, path, value);
	case JSON_ARRAY:
		return print_array(line, path, value);
	case JSON_STRING:
		print_text(line, path, json_string_value(value));
		return 0;
	case JSON_INTEGER:
		printf("%zu\t%s\t%" JSON_INTEGER_FORMAT "\n", line, path, json_integer_value(value));
		return 0;
	case JSON_REAL:
		printf("%zu\t%s\t%.17g\n", line, path, json_real_value(value));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		print_text(line, path, json_is_true(value) ? "true" : "false");
		return 0;
	default:
		fprintf(stderr, "records: line %zu: %s is null: what is missing is absent\n", line,
			path);
		return -1;
	}
}

static int print_line(size_t line, const char *text)
{
	json_error_t error;
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	int failed = object && json_is_object(object) ? print_object(line, "", object) : -1;

	if (!object)
		fprintf(stderr, "records: line %zu: %s\n", line, error.text);
	else if (!json_is_object(object))
		fprintf(stderr, "records: line %zu: not an object\n", line);
	json_decref(object);
	return failed;
}

int main(int argc, char *argv[])
{
	FILE *stream = argc > 1 ? fopen(argv[1], "r") : stdin;
	size_t line = 0, room = 0;
	char *text = NULL;
	int error = 0;

	if (!stream) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	while (!error && getline(&text, &room, stream) != -1)
		error = print_line(++line, text);
	free(text);
	if (stream != stdin)
		fclose(stream);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
