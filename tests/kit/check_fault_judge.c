/* SPDX-License-Identifier: MIT */
/* check_fault_judge - what the judge of tests/faults makes of a run, and which rows are planned. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../faults/fault-judge.h"
#include "../faults/fault-rows.h"
#include "../faults/fault-rules.h"
#include "suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DONE { .has_result = true }
#define UNSURE { .has_result = true, .is_unverified = true }
#define SKIP(text) { .reason = text }
#define GOOD SKIP("run: the other side failed: Input/output error")

static const struct {
	struct judged_fault fault;
	enum fault_fate fate;
	unsigned int wrong;
} judgements[] = {
	/* What is lost with a reason is right, and so is what went well in spite of it. */
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, GOOD }, FATE_LOST, 0 },
	{ { "ipc-lat", "pipe", "w5", "write", "EINTR", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "read", "SHORT", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	/* A failed operation is none. */
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, DONE }, FATE_MEASURED,
	  WRONG_MEASURED },
	{ { "ipc-lat", "pipe", "w5+", "read", "END", 9, true, 1, false, DONE }, FATE_MEASURED,
	  WRONG_MEASURED },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, UNSURE }, FATE_UNVERIFIED, 0 },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 0, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, false, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "b1", "write", "EIO", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	/* But for calls that may fail, and the first of several creators. */
	{ { "ipc-lat", "pipe", "w5", "close", "EIO", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "madvise", "ENOMEM", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "munmap", "ENOMEM", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "prctl", "EPERM", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "ipc-lat", "pipe", "w5", "pdeathsig", "EPERM", 1, true, 1, false, DONE }, FATE_MEASURED, 0 },
	{ { "io-lat", "uring", "w5", "io_uring_register", "EPERM", 1, true, 1, false, DONE },
	  FATE_MEASURED, 0 },
	{ { "spawn-cost", "fork", "w1", "clone", "EAGAIN", 1, true, 2, false, DONE }, FATE_MEASURED, 0 },
	{ { "spawn-cost", "fork", "w1", "clone", "ENOMEM", 1, true, 2, false, DONE }, FATE_MEASURED, 0 },
	{ { "spawn-cost", "fork", "w1", "clone", "ENOMEM", 1, true, 1, false, DONE }, FATE_MEASURED,
	  WRONG_MEASURED },
	{ { "spawn-cost", "pthread", "w5", "clone3", "ENOSYS", 1, true, 1, false, DONE },
	  FATE_MEASURED, 0 },
	{ { "spawn-cost", "clone3", "w5", "clone3", "ENOSYS", 1, true, 1, false, DONE },
	  FATE_MEASURED, WRONG_MEASURED },
	{ { "spawn-cost", "system", "w5", "openat", "EACCES", 1, true, 1, false, DONE },
	  FATE_MEASURED, 0 },
	{ { "spawn-cost", "vfork-exec", "w5", "read", "END", 1, true, 1, false, DONE },
	  FATE_MEASURED, 0 },
	/* Proofs do not vanish; who is not tied to its maker may outlive it. */
	{ { "ipc-lat", "pipe", "b1", "perf_event_open", "EACCES", 1, false, 1, true, DONE },
	  FATE_MEASURED, WRONG_PROOF },
	{ { "ipc-lat", "pipe", "b1", "pdeathsig", "EPERM", 1, false, 1, false, DONE },
	  FATE_MEASURED, WRONG_UNTIED },
	{ { "spawn-cost", "fork", "b1", "pdeathsig", "EPERM", 1, false, 1, false, DONE },
	  FATE_MEASURED, 0 },
	{ { "spawn-cost", "fork-server", "b1", "pdeathsig", "EPERM", 1, false, 1, false, DONE },
	  FATE_MEASURED, WRONG_UNTIED },
	/* What is said is a step and a reason, of its own. */
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, SKIP(NULL) }, FATE_SILENT,
	  WRONG_SILENT },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, SKIP("") }, FATE_LOST,
	  WRONG_REASON },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false, SKIP("run: failed") },
	  FATE_LOST, WRONG_REASON },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false,
	    SKIP("worker: the worker said nothing at all") }, FATE_LOST, WRONG_NO_WORD },
	{ { "ipc-lat", "pipe", "a1", "write", "EIO", 1, true, 1, false,
	    SKIP("worker: the worker said nothing at all") }, FATE_LOST, 0 },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false,
	    SKIP("worker: killed by signal 11") }, FATE_LOST, WRONG_KILLED },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false,
	    SKIP("worker: killed by signal 6") }, FATE_LOST, 0 },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false,
	    SKIP("worker: killed by signal 64") }, FATE_LOST, WRONG_KILLED },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 1, true, 1, false,
	    SKIP("run: the worker did not answer within 5 s") }, FATE_LATE, 0 },
	/* Without the fault it is to be measured, but where the machine is busy. */
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 0, true, 1, false, GOOD }, FATE_LOST,
	  WRONG_NO_FAULT },
	{ { "ipc-lat", "pipe", "w5", "write", "EIO", 0, true, 1, false,
	    SKIP("run: its place was not proved") }, FATE_LOST, 0 },
};

START_TEST(a_fault_is_judged)
{
	const struct judged_fault *fault = &judgements[_i].fault;
	enum fault_fate fate = fault_fate(&fault->outcome);

	ck_assert_str_eq(fault_fate_word(fate), fault_fate_word(judgements[_i].fate));
	ck_assert_msg(fault_judge(fault) == judgements[_i].wrong, "%s %s %s %s: %#x, not %#x",
		      fault->mechanism, fault->place, fault->call, fault->how, fault_judge(fault),
		      judgements[_i].wrong);
}
END_TEST

START_TEST(each_wrong_has_words)
{
	for (unsigned int one = WRONG_PROOF; one <= WRONG_NO_FAULT; one <<= 1)
		ck_assert_ptr_nonnull(fault_wrong_text((enum fault_wrong)one));
	ck_assert(fault_proof_is_optional("here_migrations"));
	ck_assert(!fault_proof_is_optional("switches"));
	ck_assert(!fault_is_among("", "EINTR EAGAIN"));
	ck_assert(!fault_is_among("EIN", "EINTR EAGAIN"));
	ck_assert(fault_is_among("EAGAIN", "EINTR EAGAIN"));
}
END_TEST

/* Rows, as "PLACE HOW" each. */

static char rows[1024];

static void keep_row(void *argument, const struct fault_row *row)
{
	(void)argument;
	snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%s %s%s\n", row->place, row->how,
		 row->is_hot ? " hot" : "");
}

static const struct {
	enum fault_extent extent;
	struct fault_calls calls;
	const char *rows;
} plans[] = {
	{ EXTENT_QUICK, { "pipe", "write", 3, 40, 2, { "EIO", "EINTR", "EPIPE" }, 3 },
	  "w20 EIO hot\nw20 EPIPE hot\n" },
	{ EXTENT_QUICK, { "pipe", "write", 0, 19, 2, { "EIO", "EINTR" }, 2 }, "" },
	{ EXTENT_WINDOW, { "pipe", "write", 3, 19, 2, { "EIO", "EINTR" }, 2 },
	  "w10 EIO\nw1 EIO\nw10+ EIO\nw10 EINTR\n/2 EINTR\n" },
	{ EXTENT_WINDOW, { "pipe", "close", 0, 3, 0, { "EIO" }, 1 }, "w2 EIO\nw1 EIO\n" },
	{ EXTENT_WINDOW, { "pipe", "write", 0, 9000, 0, { "EIO" }, 1 },
	  "w3000 EIO hot\nw1 EIO hot\nw3000+ EIO hot\n" },
	{ EXTENT_FULL, { "pipe", "openat", 6, 0, 3, { "EACCES", "EMFILE" }, 2 },
	  "b1 EACCES\nb1 EMFILE\nb2 EACCES\nb3 EMFILE\nb4 EACCES\nb6 EACCES\n"
	  "a1 EMFILE\na2 EACCES\n" },
};

START_TEST(calls_are_planned)
{
	struct fault_planner planner = { .extent = plans[_i].extent, .take = keep_row };

	rows[0] = '\0';
	fault_plan_calls(&planner, &plans[_i].calls);
	ck_assert_str_eq(rows, plans[_i].rows);
}
END_TEST

START_TEST(of_a_small_table_every_seventh_fails_before)
{
	const struct fault_calls calls = { "pipe", "openat", 1, 0, 0, { "EACCES" }, 1 };
	struct fault_planner planner = { .extent = EXTENT_QUICK, .take = keep_row };

	rows[0] = '\0';
	for (int i = 0; i < 14; i++)
		fault_plan_calls(&planner, &calls);
	ck_assert_str_eq(rows, "b1 EACCES\nb1 EACCES\n");
	fault_plan_storm(&planner, "pipe", "SHORT");
	ck_assert_str_eq(rows, "b1 EACCES\nb1 EACCES\n/2 SHORT\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fault judge");
	TCase *tcase = tcase_create("table");

	tcase_add_loop_test(tcase, a_fault_is_judged, 0, (int)COUNT_OF(judgements));
	tcase_add_test(tcase, each_wrong_has_words);
	tcase_add_loop_test(tcase, calls_are_planned, 0, (int)COUNT_OF(plans));
	tcase_add_test(tcase, of_a_small_table_every_seventh_fails_before);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
