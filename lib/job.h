/* SPDX-License-Identifier: MIT */
/*
 * job - what the supervisor asks of a worker, as "key=value" arguments.
 *
 * Arguments, not a binary message: a worker can then be read in ps(1), run by
 * hand and put under strace or gdb as it stands.  Every kind of worker has a
 * table of the keys that it knows; an unknown key or a bad value is -EINVAL,
 * and *ret_word points at the argument in question.
 */
#ifndef HANDOFF_JOB_H
#define HANDOFF_JOB_H

#include <stddef.h>

enum job_type { JOB_INT, JOB_U64, JOB_DOUBLE, JOB_WORD };

struct job_key {
	const char *name;
	enum job_type type;
	size_t offset;          /* into the caller's struct: int, uint64_t, double, const char * */
};

/* keys end with a NULL name; words point into argv. */
int job_parse(const struct job_key *keys, int argc, char **argv, void *job,
	      const char **ret_word);

#endif
