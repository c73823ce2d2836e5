/* SPDX-License-Identifier: MIT */
#include "results/proof-words.h"

#include <stdio.h>
#include <string.h>

static const char *const relation_words[] = {
	[PROOF_EQUAL] = "",
	[PROOF_AT_LEAST] = "at least ",
	[PROOF_MOSTLY] = "95 % at least of ",
};

void proof_describe(const struct round_proof *proof, char *ret, size_t size)
{
	if (!strcmp(proof->name, "wall_ns"))
		snprintf(ret, size, "by its rate an operation took %.6g ns and by its CPU time alone "
			 "%.6g ns at least", proof->observed, proof->expected);
	else if (!strcmp(proof->name, "rate_of_mean"))
		snprintf(ret, size, "its rate and its mean time contradict each other: one is %.3g times "
			 "what the other says", proof->observed);
	else
		snprintf(ret, size, "%s was to be %s%.15g and was %.15g", proof->name,
			 relation_words[proof->relation <= PROOF_MOSTLY ? proof->relation : PROOF_EQUAL],
			 proof->expected, proof->observed);
}
