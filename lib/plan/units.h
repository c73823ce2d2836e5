/* SPDX-License-Identifier: MIT */
/*
 * plan/units - reads and writes numbers with units, and reads lists, as people type them.
 *
 * Sizes take k, M, G (powers of 1024, an optional B or iB behind), counts k and
 * M (powers of 1000), times ns, us, ms, s, m.  All is checked: -EINVAL for what
 * is not such a number, -ERANGE for what does not fit; ret is then untouched.
 */
#ifndef HANDOFF_UNITS_H
#define HANDOFF_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int units_parse_size(const char *text, uint64_t *ret_bytes);
int units_parse_count(const char *text, uint64_t *ret_count);
int units_parse_time(const char *text, double *ret_ns);

/* "1.2 us", "64 MiB": at most three significant digits more than needed. */
void units_format_time(double ns, char *ret, size_t size);
void units_format_size(uint64_t bytes, char *ret, size_t size);

/*
 * Splits at commas into a copy; empty words are kept, so that the caller can
 * refuse them.  A comma behind "cpu:" and digits belongs to the word when
 * digits follow ("cpu:0,4,smt" is two words).  Free with units_free_list().
 */
char **units_split_list(const char *text, size_t *ret_count);
void units_free_list(char **list);

/* A word with *, ? or [ is a glob; "all" stands for everything. */
bool units_word_matches(const char *pattern, const char *name);

#endif
