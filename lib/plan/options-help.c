/* SPDX-License-Identifier: MIT */
#include "plan/options-help.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BELOW \
	"Exit status: 0 measured; 1 nothing could be measured; 3 a cell asked for by name was " \
	"skipped or not proved; 129 wrong usage; 128+N on signal N."

/* Beyond those of the other tables of options. */
enum key { KEY_HELP = 'h', KEY_QUESTION = '?', KEY_VERSION = 'V', KEY_USAGE = 4096 };

size_t options_help_add(struct argp_option *to, int group)
{
	const struct argp_option options[OPTIONS_HELP_MAX] = {
		{ "help", KEY_HELP, "all", OPTION_ARG_OPTIONAL,
		  "the options that are needed most, or all", group },
		{ 0, KEY_QUESTION, 0, OPTION_HIDDEN, "", group },
		{ "usage", KEY_USAGE, 0, OPTION_HIDDEN, "all options in a few lines", group },
		{ "version", KEY_VERSION, 0, 0, "name and version", group },
	};

	memcpy(to, options, sizeof(options));
	return OPTIONS_HELP_MAX;
}

static void show_all(const struct argp_state *state)
{
	/* Ours, and no constant: options_help_parse() says so. */
	struct argp_option *option = (struct argp_option *)(uintptr_t)state->root_argp->options;

	for (; option->name || option->doc; option++)
		if (option->name)
			option->flags &= ~OPTION_HIDDEN;
}

static void help(struct argp_state *state, const char *which)
{
	if (which && strcmp(which, "all"))
		argp_error(state, "--help: '%s' is not valid: leave it out, or all", which);
	if (which)
		show_all(state);
	argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
}

error_t options_help_parse(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case KEY_HELP:
	case KEY_QUESTION:
		help(state, argument);
		return 0;
	case KEY_USAGE:
		show_all(state);
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case KEY_VERSION:
		printf("%s (handoff) %s\n", state->name, PACKAGE_VERSION);
		argp_state_help(state, stdout, ARGP_HELP_EXIT_OK);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

char *options_help_text(const struct tool *tool)
{
	char *text = NULL;

	if (asprintf(&text, "%s\v" BELOW "\nSee %s(1), handoff-record(5), handoff-method(7).",
		     tool->documentation, tool->name) == -1)
		return NULL;
	return text;
}
