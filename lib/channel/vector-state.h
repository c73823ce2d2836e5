/* SPDX-License-Identifier: MIT */
/*
 * channel/vector-state - registers that the kernel has to save and restore at a switch.
 *
 * fill() loads a pattern into all vector registers of a width: xmm, ymm or zmm;
 * upper halves stay in use until clean().  has_survived() compares the last of
 * them with the pattern: whatever ran in between, a switch to a task with other
 * contents, say, must have put it back.  All are functions of assembly, so that
 * no compiler tidies up behind them; NONE does nothing.
 *
 * Any thread; no memory, no errors.
 */
#ifndef HANDOFF_VECTOR_STATE_H
#define HANDOFF_VECTOR_STATE_H

#include <stdbool.h>

enum vector_state { VECTOR_NONE, VECTOR_SSE, VECTOR_AVX, VECTOR_AVX512 };

/* "none", "sse", "avx" or "avx512"; another word is -EINVAL. */
int vector_state_parse(const char *word, enum vector_state *ret);

/* NULL, or why this machine has no such registers: a constant. */
const char *vector_state_missing(enum vector_state state);

void vector_state_fill(enum vector_state state);
bool vector_state_has_survived(enum vector_state state);
void vector_state_clean(enum vector_state state);

#endif
