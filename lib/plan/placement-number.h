/* SPDX-License-Identifier: MIT */
/* plan/placement-number - reads CPU and node numbers as people type them; for plan/placement only. */
#ifndef HANDOFF_PLACEMENT_NUMBER_H
#define HANDOFF_PLACEMENT_NUMBER_H

#include <errno.h>
#include <stddef.h>

struct topology;

/* 0, or -ENODEV and why the CPU cannot be used. */
int placement_check_cpu(const struct topology *topology, int cpu, char *reason, size_t size);

/* strtol would take blanks and signs, and atoi anything. *text moves past the digits. */
static inline int placement_parse_number(const char **text, int *ret_number)
{
	const char *digit = *text;
	int number = 0;

	for (; *digit >= '0' && *digit <= '9'; digit++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *digit - '0', &number))
			return -EINVAL;
	if (digit == *text)
		return -EINVAL;
	*text = digit;
	*ret_number = number;
	return 0;
}

#endif
