/* SPDX-License-Identifier: MIT */
#include "argp.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "argp-help.h"

struct parser {
	const struct argp *argp;
	struct argp_state state;
	const struct argp_option *options;
	size_t count;
	char **argv;
	int argc, next;
};

int argp_err_exit_status = 64;

__attribute__((noreturn)) static void end_with_advice(const struct argp_state *state)
{
	fprintf(stderr, "Try `%s --help' or `%s --usage' for more information.\n", state->name,
		state->name);
	exit(argp_err_exit_status);
}

void argp_error(const struct argp_state *state, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	fprintf(stderr, "%s: ", state->name);
	vfprintf(stderr, format, values);
	fputc('\n', stderr);
	va_end(values);
	end_with_advice(state);
}

static size_t count_options(const struct argp_option *options)
{
	size_t count = 0;

	while (!argp_is_end(&options[count]))
		count++;
	return count;
}

void argp_state_help(const struct argp_state *state, FILE *stream, unsigned int flags)
{
	int r = 0;

	if (flags & ARGP_HELP_USAGE)
		r = argp_print_usage(stream, state);
	else if (flags & ARGP_HELP_LONG)
		r = argp_print_help(stream, state);
	exit(r ? argp_err_exit_status : EXIT_SUCCESS);
}

static error_t hand_over(struct parser *parser, const struct argp_option *option, char *argument)
{
	return parser->argp->parser(option->key, argument, &parser->state);
}

static bool begins_with(const char *name, const char *word, size_t bytes)
{
	return name && !strncmp(name, word, bytes);
}

/* As getopt_long(3) says it, which knows the program by its whole name. */
__attribute__((noreturn)) static void say_ambiguous(const struct parser *parser, const char *word,
						     size_t bytes)
{
	fprintf(stderr, "%s: option '--%s' is ambiguous; possibilities:", parser->argv[0], word);
	for (size_t i = 0; i < parser->count; i++)
		if (begins_with(parser->options[i].name, word, bytes))
			fprintf(stderr, " '--%s'", parser->options[i].name);
	fputc('\n', stderr);
	end_with_advice(&parser->state);
}

/* The one that is named so, or the only one that begins so. */
static const struct argp_option *find_long(const struct parser *parser, const char *word)
{
	const struct argp_option *found = NULL;
	size_t bytes = strcspn(word, "="), matches = 0;

	for (size_t i = 0; i < parser->count; i++) {
		const struct argp_option *option = &parser->options[i];

		if (!begins_with(option->name, word, bytes))
			continue;
		if (strlen(option->name) == bytes)
			return option;
		found = option;
		matches++;
	}
	if (matches > 1)
		say_ambiguous(parser, word, bytes);
	return found;
}

static error_t parse_long(struct parser *parser, char *word)
{
	const struct argp_option *option = find_long(parser, word);
	char *argument = strchr(word, '=');

	if (!option) {
		fprintf(stderr, "%s: unrecognized option '--%s'\n", parser->argv[0], word);
		end_with_advice(&parser->state);
	}
	if (argument && !option->arg) {
		fprintf(stderr, "%s: option '--%s' doesn't allow an argument\n", parser->argv[0],
			option->name);
		end_with_advice(&parser->state);
	}
	if (argument)
		argument++;
	else if (option->arg && !(option->flags & OPTION_ARG_OPTIONAL)) {
		if (parser->next >= parser->argc) {
			fprintf(stderr, "%s: option '--%s' requires an argument\n",
				parser->argv[0], option->name);
			end_with_advice(&parser->state);
		}
		argument = parser->argv[parser->next++];
	}
	return hand_over(parser, option, argument);
}

static const struct argp_option *find_short(const struct parser *parser, int letter)
{
	for (size_t i = 0; i < parser->count; i++)
		if (argp_short_name(&parser->options[i]) == letter)
			return &parser->options[i];
	fprintf(stderr, "%s: invalid option -- '%c'\n", parser->argv[0], letter);
	end_with_advice(&parser->state);
}

/* What follows an option's letter in the same word is its argument, if it takes one. */
static char *argument_of(struct parser *parser, const struct argp_option *option, char *rest)
{
	if (*rest)
		return rest;
	if (option->flags & OPTION_ARG_OPTIONAL)
		return NULL;
	if (parser->next >= parser->argc) {
		fprintf(stderr, "%s: option requires an argument -- '%c'\n", parser->argv[0],
			option->key);
		end_with_advice(&parser->state);
	}
	return parser->argv[parser->next++];
}

static error_t parse_short(struct parser *parser, char *letters)
{
	error_t error = 0;

	while (!error && *letters) {
		const struct argp_option *option = find_short(parser, *letters++);

		if (option->arg)
			return hand_over(parser, option, argument_of(parser, option, letters));
		error = hand_over(parser, option, NULL);
	}
	return error;
}

/* Options wherever they stand; others are gathered at the front of argv, behind its name. */
static error_t parse_options(struct parser *parser, int *ret_others)
{
	error_t error = 0;
	int others = 0;

	parser->next = 1;
	while (!error && parser->next < parser->argc) {
		char *word = parser->argv[parser->next++];

		if (!strcmp(word, "--"))
			break;
		if (!strncmp(word, "--", 2))
			error = parse_long(parser, word + 2);
		else if (word[0] == '-' && word[1])
			error = parse_short(parser, word + 1);
		else
			parser->argv[++others] = word;
	}
	while (parser->next < parser->argc)
		parser->argv[++others] = parser->argv[parser->next++];
	*ret_others = others;
	return error;
}

static error_t parse_all(struct parser *parser)
{
	int others = 0;
	error_t error = parse_options(parser, &others);

	for (int i = 1; !error && i <= others; i++)
		error = parser->argp->parser(ARGP_KEY_ARG, parser->argv[i], &parser->state);
	if (error)
		return error;
	error = parser->argp->parser(ARGP_KEY_END, NULL, &parser->state);
	return error == ARGP_ERR_UNKNOWN ? 0 : error;
}

error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
		   int *ret_index, void *input)
{
	char *slash = strrchr(argv[0], '/');
	struct parser parser = {
		.argp = argp,
		.state = { .root_argp = argp, .name = slash ? slash + 1 : argv[0], .input = input },
		.options = argp->options,
		.count = count_options(argp->options),
		.argv = argv,
		.argc = argc,
	};

	(void)flags, (void)ret_index;
	return parse_all(&parser);
}
