/* SPDX-License-Identifier: MIT */
/* The part of statistics/compare.h that adjusts p values for many comparisons. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "statistics/compare.h"

struct claim {
	double p;
	size_t place;
};

static int compare_claims(const void *left, const void *right)
{
	double a = ((const struct claim *)left)->p;
	double b = ((const struct claim *)right)->p;

	return (a > b) - (a < b);
}

/* Ascending by p, for the caller to free; NULL without memory. */
static struct claim *sort_claims(const double *p, size_t count)
{
	struct claim *claims = calloc(count, sizeof(*claims));

	if (!claims)
		return NULL;
	for (size_t i = 0; i < count; i++)
		claims[i] = (struct claim) { .p = p[i], .place = i };
	qsort(claims, count, sizeof(*claims), compare_claims);
	return claims;
}

int compare_holm(const double *p, size_t count, double *ret_adjusted)
{
	struct claim *claims;
	double largest = 0;

	if (count == 0)
		return 0;
	claims = sort_claims(p, count);
	if (!claims)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		largest = fmax(largest, fmin(1, claims[i].p * (double)(count - i)));
		ret_adjusted[claims[i].place] = largest;
	}
	free(claims);
	return 0;
}

int compare_benjamini_hochberg(const double *p, size_t count, double *ret_adjusted)
{
	struct claim *claims;
	double smallest = 1;

	if (count == 0)
		return 0;
	claims = sort_claims(p, count);
	if (!claims)
		return -ENOMEM;
	for (size_t i = count; i-- > 0;) {
		smallest = fmin(smallest, claims[i].p * (double)count / (double)(i + 1));
		ret_adjusted[claims[i].place] = smallest;
	}
	free(claims);
	return 0;
}
