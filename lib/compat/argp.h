/* SPDX-License-Identifier: MIT */
/*
 * argp - GNU's <argp.h> for a libc that has none (musl): what our tools use of it.
 *
 * Built and found only if configure was told so or finds no other.  The words are
 * those of glibc's: tests/builds/argp.sh holds the one against the other.  There
 * are no children, documentation options, aliases or keys but ARG, END and that of the
 * note on short options, which is never printed; and no built-in options.
 */
#ifndef HANDOFF_COMPAT_ARGP_H
#define HANDOFF_COMPAT_ARGP_H

#include <errno.h>
#include <stdio.h>

typedef int error_t;

#define OPTION_ARG_OPTIONAL 1
#define OPTION_HIDDEN 2            /* is taken, and not shown */

#define ARGP_NO_HELP 2

#define ARGP_HELP_USAGE 1
#define ARGP_HELP_LONG 8
#define ARGP_HELP_EXIT_OK 0x200
#define ARGP_HELP_STD_HELP 0x27a

#define ARGP_ERR_UNKNOWN E2BIG
#define ARGP_KEY_ARG 0
#define ARGP_KEY_END 0x1000001
#define ARGP_KEY_HELP_DUP_ARGS_NOTE 0x2000006

/* A table ends with one of zeros; one with neither name nor key heads its group. */
struct argp_option {
	const char *name;
	int key;                   /* a letter is its short name, too */
	const char *arg;
	int flags;
	const char *doc;
	int group;
};

struct argp;

struct argp_state {
	const struct argp *root_argp;
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

extern int argp_err_exit_status;

/*
 * Hands every option to argp->parser, then every other argument, then ARGP_KEY_END.
 * Returns what that returned if it was an error; ends the program after wrong
 * usage.  flags must be ARGP_NO_HELP, ret_index NULL.
 */
error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
		   int *ret_index, void *input);

/* Prints with ARGP_HELP_LONG the options, with ARGP_HELP_USAGE their names only, with neither
 * nothing, and ends the program.  flags must have ARGP_HELP_EXIT_OK. */
void argp_state_help(const struct argp_state *state, FILE *stream, unsigned int flags)
	__attribute__((noreturn));

/* Says what is wrong and where help is, and ends the program. */
void argp_error(const struct argp_state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif
