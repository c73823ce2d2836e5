/* SPDX-License-Identifier: MIT */
#include "channel/vector-state.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORDS 8                    /* of the widest register */

int vector_state_parse(const char *word, enum vector_state *ret)
{
	static const char *const words[] = { "none", "sse", "avx", "avx512" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i])) {
			*ret = (enum vector_state)i;
			return 0;
		}
	return -EINVAL;
}

#if defined(__x86_64__)

/*
 * handoff_fill_WIDTH(pattern) and handoff_last_WIDTH(save).  Written here and not
 * within a function: a compiler that may use these registers itself would end
 * the function with vzeroupper.
 */
#define FUNCTION(name, text) \
	__asm__(".text\n.type " #name ", @function\n" #name ":\n" text "	ret\n" \
		".size " #name ", . - " #name "\n")
#define LOAD(op, kind, number) "	" op " (%rdi), %" kind #number "\n"
#define LOAD_8(op, kind, a, b, c, d, e, f, g, h) \
	LOAD(op, kind, a) LOAD(op, kind, b) LOAD(op, kind, c) LOAD(op, kind, d) \
	LOAD(op, kind, e) LOAD(op, kind, f) LOAD(op, kind, g) LOAD(op, kind, h)
#define LOAD_16(op, kind) \
	LOAD_8(op, kind, 0, 1, 2, 3, 4, 5, 6, 7) LOAD_8(op, kind, 8, 9, 10, 11, 12, 13, 14, 15)

FUNCTION(handoff_fill_sse, LOAD_16("movdqu", "xmm"));
FUNCTION(handoff_fill_avx, LOAD_16("vmovdqu", "ymm"));
FUNCTION(handoff_fill_avx512, LOAD_16("vmovdqu64", "zmm")
	 LOAD_8("vmovdqu64", "zmm", 16, 17, 18, 19, 20, 21, 22, 23)
	 LOAD_8("vmovdqu64", "zmm", 24, 25, 26, 27, 28, 29, 30, 31));
FUNCTION(handoff_last_sse, "	movdqu %xmm15, (%rdi)\n");
FUNCTION(handoff_last_avx, "	vmovdqu %ymm15, (%rdi)\n");
FUNCTION(handoff_last_avx512, "	vmovdqu64 %zmm31, (%rdi)\n");
/* All of zmm16 to zmm31 too, which vzeroupper leaves alone: 128 bits of zeros clear the rest. */
FUNCTION(handoff_clean_avx512, "	vpxorq %xmm16, %xmm16, %xmm16\n"
#define CLEAR(number) "	vmovdqa64 %zmm16, %zmm" #number "\n"
	 CLEAR(17) CLEAR(18) CLEAR(19) CLEAR(20) CLEAR(21) CLEAR(22) CLEAR(23) CLEAR(24)
	 CLEAR(25) CLEAR(26) CLEAR(27) CLEAR(28) CLEAR(29) CLEAR(30) CLEAR(31));
FUNCTION(handoff_clean_avx, "	vzeroupper\n");

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN void handoff_fill_sse(const uint64_t *pattern);
HIDDEN void handoff_fill_avx(const uint64_t *pattern);
HIDDEN void handoff_fill_avx512(const uint64_t *pattern);
HIDDEN void handoff_last_sse(uint64_t *save);
HIDDEN void handoff_last_avx(uint64_t *save);
HIDDEN void handoff_last_avx512(uint64_t *save);
HIDDEN void handoff_clean_avx(void);
HIDDEN void handoff_clean_avx512(void);

static const uint64_t pattern[WORDS] = {
	0x0123456789abcdef, 0x1123456789abcdef, 0x2123456789abcdef, 0x3123456789abcdef,
	0x4123456789abcdef, 0x5123456789abcdef, 0x6123456789abcdef, 0x7123456789abcdef,
};

const char *vector_state_missing(enum vector_state state)
{
	__builtin_cpu_init();
	if (state == VECTOR_AVX && !__builtin_cpu_supports("avx"))
		return "this CPU has no AVX: use --state none or sse";
	if (state == VECTOR_AVX512 &&
	    !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")))
		return "this CPU has no AVX-512: use --state none, sse or avx";
	return NULL;
}

void vector_state_fill(enum vector_state state)
{
	switch (state) {
	case VECTOR_SSE:
		handoff_fill_sse(pattern);
		break;
	case VECTOR_AVX:
		handoff_fill_avx(pattern);
		break;
	case VECTOR_AVX512:
		handoff_fill_avx512(pattern);
		break;
	default:
		break;
	}
}

/* Its first and its last word: libc's comparison might use what it is to compare. */
static bool is_pattern(const uint64_t *saved, size_t words)
{
	return saved[0] == pattern[0] && saved[words - 1] == pattern[words - 1];
}

bool vector_state_has_survived(enum vector_state state)
{
	uint64_t saved[WORDS];

	switch (state) {
	case VECTOR_SSE:
		handoff_last_sse(saved);
		return is_pattern(saved, 2);
	case VECTOR_AVX:
		handoff_last_avx(saved);
		return is_pattern(saved, 4);
	case VECTOR_AVX512:
		handoff_last_avx512(saved);
		return is_pattern(saved, 8);
	default:
		return true;
	}
}

void vector_state_clean(enum vector_state state)
{
	if (state == VECTOR_AVX512)
		handoff_clean_avx512();
	if (state >= VECTOR_AVX)
		handoff_clean_avx();
}

#else

const char *vector_state_missing(enum vector_state state)
{
	return state ? "vector states are known here for x86 only: use --state none" : NULL;
}

void vector_state_fill(enum vector_state state)
{
	(void)state;
}

bool vector_state_has_survived(enum vector_state state)
{
	(void)state;
	return true;
}

void vector_state_clean(enum vector_state state)
{
	(void)state;
}

#endif
