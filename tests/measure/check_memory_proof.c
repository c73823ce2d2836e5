/* SPDX-License-Identifier: MIT */
/* Whether lib/measure/memory-proof tells memory that lies where it was asked for from other. */
#include <check.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "measure/memory-proof.h"
#include "measure/round.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define PAGE 4096u

static struct round round_of_test;

static char *memory_of(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	memset(memory, 1, bytes);
	return memory;
}

/* The node that this memory lies on, all of it; -1: no one node, or none that can be asked for. */
static int node_of(char *memory, size_t bytes)
{
	int found = -1;

	for (size_t at = 0; at < bytes; at += PAGE) {
		void *page = memory + at;
		int node = -1;

		if (move_pages(0, 1, &page, NULL, &node, 0) || node < 0 || (at && node != found))
			return -1;
		found = node;
	}
	return found;
}

/* A proof as "expected observed", or "" for none. */
static const char *proof(const char *name)
{
	static char text[64];

	*text = '\0';
	for (uint32_t i = 0; i < round_of_test.proof_count; i++)
		if (!strcmp(round_of_test.proofs[i].name, name))
			snprintf(text, sizeof(text), "%g %g", round_of_test.proofs[i].expected,
				 round_of_test.proofs[i].observed);
	return text;
}

/* 0: the memory's node; 1 and 2: others. */
static const struct {
	const char *nodes;
	size_t bytes;
	const char *on_node, *used;
} looks[] = {
	{ "0", PAGE, "1 1", "" },
	{ "0", 10 * PAGE, "10 10", "" },
	{ "0", 10 * PAGE + 1, "11 11", "" },
	{ "0", 4096 * PAGE, "64 64", "" },
	{ "1", 10 * PAGE, "10 0", "" },
	/* all of it on one of them is not spread over both */
	{ "0,1", 10 * PAGE, "10 10", "2 1" },
	{ "0,1,2", 4096 * PAGE, "64 64", "3 1" },
	{ "1,2", 10 * PAGE, "10 0", "2 0" },
	/* one page lies on one node */
	{ "0,1", PAGE, "1 1", "1 1" },
	/* what may be one huge page lies on one node, too */
	{ "0,1", 512 * PAGE, "64 64", "1 1" },
	{ "0,1,2", 1024 * PAGE, "64 64", "2 1" },
	{ "1", 0, "", "" },
	{ NULL, 10 * PAGE, "", "" },
};

/* "0,2" as numbers of nodes, beginning with that of the memory. */
static void spell_nodes(const char *pattern, int node, char ret[64])
{
	*ret = '\0';
	for (; *pattern; pattern++)
		if (*pattern == ',')
			strcat(ret, ",");
		else
			sprintf(ret + strlen(ret), "%d", node + *pattern - '0');
}

START_TEST(memory_is_looked_at)
{
	size_t bytes = looks[_i].bytes;
	char nodes[64], *memory = memory_of(bytes + PAGE);
	int node = node_of(memory, bytes + PAGE);

	round_init(&round_of_test, "fork");
	if (node >= 0) {
		spell_nodes(looks[_i].nodes ? looks[_i].nodes : "", node, nodes);
		memory_proof_add(&round_of_test, looks[_i].nodes ? nodes : NULL, memory, bytes);
		ck_assert_str_eq(proof("pages_on_node"), looks[_i].on_node);
		ck_assert_str_eq(proof("nodes_used"), looks[_i].used);
	}
	munmap(memory, bytes + PAGE);
}
END_TEST

/* Memory that begins or ends amidst a page lies on that page. */
START_TEST(pages_are_whole)
{
	char *memory = memory_of(3 * PAGE);
	int node = node_of(memory, 3 * PAGE);
	char nodes[16];

	round_init(&round_of_test, "fork");
	if (node >= 0) {
		snprintf(nodes, sizeof(nodes), "%d", node);
		memory_proof_add(&round_of_test, nodes, memory + PAGE - 1, 2);
		ck_assert_str_eq(proof("pages_on_node"), "2 2");
	}
	munmap(memory, 3 * PAGE);
}
END_TEST

/* Memory that nobody has written to lies nowhere. */
START_TEST(several_pieces_are_one_proof)
{
	char *memory = memory_of(4 * PAGE);
	int node = node_of(memory, 4 * PAGE);
	char nodes[16];

	round_init(&round_of_test, "fork");
	if (node >= 0) {
		snprintf(nodes, sizeof(nodes), "%d", node);
		memory_proof_add(&round_of_test, nodes, memory, 4 * PAGE);
		ck_assert_int_eq(madvise(memory, PAGE, MADV_DONTNEED), 0);
		memory_proof_add(&round_of_test, nodes, memory, 2 * PAGE);
		ck_assert_str_eq(proof("pages_on_node"), "6 5");
		ck_assert_uint_eq(round_of_test.proof_count, 1);
		ck_assert(!round_is_proved(&round_of_test));
	}
	munmap(memory, 4 * PAGE);
}
END_TEST

static Suite *memory_proof_suite(void)
{
	Suite *suite = suite_create("memory-proof");
	TCase *tcase = tcase_create("pages");

	tcase_add_loop_test(tcase, memory_is_looked_at, 0, COUNT_OF(looks));
	tcase_add_test(tcase, pages_are_whole);
	tcase_add_test(tcase, several_pieces_are_one_proof);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(memory_proof_suite());
}
