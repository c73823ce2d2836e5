/* SPDX-License-Identifier: MIT */
/*
 * measure/identity - tells who answers, and which job it answers.
 *
 * A text in front of every answer: strings, each ended by a NUL, an empty one last, and NULs up
 * to a multiple of 8 bytes.  The kind of worker comes first, its version and its build, so that
 * any build can read who another is; then every key of the job with the value that the worker
 * has measured by, defaults as well.  The supervisor makes the same text of what it has ordered:
 * where the two differ, the answer is to another question, or of another program.
 */
#ifndef HANDOFF_IDENTITY_H
#define HANDOFF_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/job.h"

/* Of the longest: a path among its words. */
#define IDENTITY_BYTES_MAX 8192
#define IDENTITY_REASON_BYTES 200

/* Returns how many bytes it has, or -E2BIG.  text has room for IDENTITY_BYTES_MAX. */
long identity_write(const struct job_kind *kind, const void *job, char *text);

/* How many bytes the identity has that stands in front; 0: it is not whole; -EBADMSG: none is. */
long identity_length(const char *text, size_t bytes);

/*
 * Whether both are the same, to the last value; else the first difference in a sentence
 * (IDENTITY_REASON_BYTES).  Both are whole.
 */
bool identity_agrees(const char *expected, const char *said, char *ret_reason);

/* Whether both are of one kind, version and build, whatever their jobs are. */
bool identity_is_same_build(const char *one, const char *other);

/* "a worker of kind channel, version 0.1.0, build 0123456789abcdef" (IDENTITY_REASON_BYTES) */
void identity_describe(const char *said, char *ret);

#endif
