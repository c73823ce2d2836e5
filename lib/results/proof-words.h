/* SPDX-License-Identifier: MIT */
/*
 * results/proof-words - says in plain words what a proof that failed has found.
 *
 *   "children was to be 5 and was 4"
 * Of what a round's figures say of each other (results/invariant.h) it names the figures.
 * Pure.
 */
#ifndef HANDOFF_PROOF_WORDS_H
#define HANDOFF_PROOF_WORDS_H

#include <stddef.h>

#include "measure/round.h"

#define PROOF_WORDS_BYTES 160

void proof_describe(const struct round_proof *proof, char *ret, size_t size);

#endif
