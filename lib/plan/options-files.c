/* SPDX-License-Identifier: MIT */
#include "plan/options-files.h"

#include <string.h>

/* Beyond those of plan/options.c and plan/options-hosts.c. */
enum key { KEY_DIR = 2048, KEY_FILE, KEY_DESTROY_DATA };

static const struct argp_option file_options[OPTIONS_FILES_MAX] = {
	{ 0, 0, 0, 0, "Files:", OPTIONS_BESIDE_GROUP },
	{ "dir", KEY_DIR, "DIR", 0, "where files without a name are made (default .)",
	  OPTIONS_BESIDE_GROUP },
	{ "file", KEY_FILE, "FILE", 0, "a file or device of your own, for reading",
	  OPTIONS_BESIDE_GROUP },
	{ "destroy-data", KEY_DESTROY_DATA, 0, 0,
	  "with --file: write to it and lose what it holds", OPTIONS_BESIDE_GROUP },
};

size_t options_files_add(const struct tool *tool, struct argp_option *to)
{
	if (!tool->has_files)
		return 0;
	memcpy(to, file_options, sizeof(file_options));
	return OPTIONS_FILES_MAX;
}

error_t options_files_parse(int key, char *argument, struct options *options)
{
	switch (key) {
	case KEY_DIR:
		options->dir = argument;
		return 0;
	case KEY_FILE:
		options->file = argument;
		return 0;
	case KEY_DESTROY_DATA:
		options->may_destroy = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void options_files_check(struct argp_state *state, const struct options *options)
{
	if (options->may_destroy && !options->file)
		argp_error(state, "--destroy-data: goes with --file: there is nothing to destroy");
	if (options->dir && options->file)
		argp_error(state, "--dir: no file is made where one is named by --file");
}
