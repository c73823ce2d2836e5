/* SPDX-License-Identifier: MIT */
/*
 * argp - GNU's <argp.h> for a libc that has none (musl): what our tools use of it.
 *
 * Built and found only if configure was told so or finds no other.  The words are
 * those of glibc's: tests/builds/argp.sh holds the one against the other.  There
 * are no children, hidden options, documentation options, aliases, flags of
 * argp_parse() or keys but ARG and END, and of the built-in options neither
 * --program-name nor --HANG.
 */
#ifndef HANDOFF_COMPAT_ARGP_H
#define HANDOFF_COMPAT_ARGP_H

#include <errno.h>
#include <stdio.h>

typedef int error_t;

#define OPTION_ARG_OPTIONAL 1

#define ARGP_ERR_UNKNOWN E2BIG
#define ARGP_KEY_ARG 0
#define ARGP_KEY_END 0x1000001

/* A table ends with one of zeros; one with neither name nor key heads its group. */
struct argp_option {
	const char *name;
	int key;                   /* a letter is its short name, too */
	const char *arg;
	int flags;
	const char *doc;
	int group;
};

struct argp_state {
	char *name;                /* of the program, without folders */
	void *input;
};

struct argp_child;

struct argp {
	const struct argp_option *options;
	error_t (*parser)(int key, char *argument, struct argp_state *state);
	const char *args_doc;
	const char *doc;           /* what is behind \v comes after the options */
	const struct argp_child *children;
	/* What it returns instead of an option's text is freed. */
	char *(*help_filter)(int key, const char *text, void *input);
	const char *argp_domain;
};

extern void (*argp_program_version_hook)(FILE *stream, struct argp_state *state);
extern int argp_err_exit_status;

/*
 * Hands every option to argp->parser, then every other argument, then ARGP_KEY_END.
 * Returns what that returned if it was an error; ends the program after wrong
 * usage, --help, --usage and --version.  flags must be 0, ret_index NULL.
 */
error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
		   int *ret_index, void *input);

/* Says what is wrong and where help is, and ends the program. */
void argp_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
