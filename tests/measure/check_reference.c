/* SPDX-License-Identifier: MIT */
/* check_reference - the fixed mix of kernel work: what it does, what it misses, what it leaves */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/affinity.h"
#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"       /* IS_SANITIZED */
#include "measure/reference.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CALLS_MAX 4
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static void set_up(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static long switches(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* By what the mix itself has seen, and by what the kernel says of it. */
START_TEST(each_operation_is_done)
{
	int cpu = affinity_nth(0);
	struct reference reference;
	double forks = process_forks_since_boot();
	long switched;

	ck_assert_int_eq(affinity_set(cpu, cpu), 0);
	switched = switches();
	reference_take(CLOCK_GETTIME, &reference);
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		ck_assert_int_eq(reference.parts[part].error, 0);
		ck_assert_uint_gt(reference.parts[part].ticks, 0);
		ck_assert_uint_ge(reference.window_ticks, reference.parts[part].ticks);
		if (part == REFERENCE_FAULT)
			ck_assert_uint_ge(reference.parts[part].done, reference_operations(part));
		else
			ck_assert_uint_eq(reference.parts[part].done, reference_operations(part));
	}
	ck_assert_int_ge(switches() - switched,
			 (long)reference_operations(REFERENCE_SWITCH));
	if (forks >= 0)
		ck_assert_double_ge(process_forks_since_boot() - forks,
				    (double)reference_operations(REFERENCE_FORK) + 1);
}
END_TEST

START_TEST(nothing_is_left)
{
	struct reference reference;
	size_t before = count_descriptors();

	for (int i = 0; i < 3; i++)
		reference_take(CLOCK_GETTIME, &reference);
	ck_assert_uint_eq(count_descriptors(), before);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* From now on these calls fail; false: there is no seccomp here. */
static bool refuse(const long *calls, int error)
{
	struct sock_filter code[2 * CALLS_MAX + 2];
	struct sock_fprog program = { 0, code };

	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							   offsetof(struct seccomp_data, nr));
	for (int i = 0; i < CALLS_MAX && calls[i] != 0; i++) {
		code[program.len++] = (struct sock_filter)
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
		code[program.len++] = (struct sock_filter)
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#ifdef SYS_fork
#define CALL_FORK SYS_fork
#else
#define CALL_FORK SYS_clone3
#endif

static const struct {
	long calls[CALLS_MAX];
	int error;
	int errors[REFERENCE_PARTS];   /* of syscall, fault, switch, fork */
	const char *reason;            /* how it begins */
} refusals[] = {
	{ { SYS_clone, SYS_clone3, CALL_FORK }, EAGAIN, { 0, 0, -EAGAIN, -EAGAIN }, "switch, fork: " },
	{ { SYS_clone, SYS_clone3, CALL_FORK }, EPERM, { 0, 0, -EPERM, -EPERM }, "switch, fork: " },
	{ { SYS_pipe2 }, EMFILE, { 0, 0, -EMFILE, 0 }, "switch" },
	/* The other side cannot tie itself to us, and ends. */
	{ { SYS_prctl }, EPERM, { 0, 0, -EPIPE, 0 }, "switch" },
	{ { SYS_getppid }, EPERM, { -EPERM, 0, -EPIPE, 0 }, "syscall, switch: " },
	{ { SYS_madvise }, EPERM, { 0, -EPERM, 0, 0 }, "fault: " },
	{ { SYS_madvise }, EINVAL, { 0, 0, 0, 0 }, "" },   /* a kernel without huge pages */
	{ { SYS_munmap }, EPERM, { 0, -EPERM, 0, 0 }, "fault: " },
	{ { SYS_getrusage }, ENOSYS, { 0, -ENOSYS, 0, 0 }, "fault: " },
};

/* A part that lacks has no time, the others stay as they are, and nothing is left. */
START_TEST(a_failed_call_is_a_missing_part)
{
	struct reference reference;
	struct round round;
	uint32_t there = 0;
	size_t descriptors = count_descriptors();

	if (!refuse(refusals[_i].calls, refusals[_i].error))
		return;
	reference_take(CLOCK_GETTIME, &reference);
	round_init(&round, "reference");
	reference_tell(&reference, &round);
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++) {
		ck_assert_int_eq(reference.parts[part].error, refusals[_i].errors[part]);
		if (refusals[_i].errors[part])
			continue;
		ck_assert_uint_ge(reference.parts[part].done, reference_operations(part));
		ck_assert_str_eq(round.series[there++].metric, reference_part_name(part));
	}
	ck_assert_uint_eq(round.series_count, there);
	ck_assert_uint_eq(round.proof_count, there);
	ck_assert(round_is_proved(&round));
	ck_assert_uint_eq(round.status, ROUND_MEASURED);
	ck_assert_int_eq(strncmp(round.reason, refusals[_i].reason, strlen(refusals[_i].reason)), 0);
	ck_assert_int_eq(*round.reason != '\0', *refusals[_i].reason != '\0');
	ck_assert_uint_eq(count_descriptors(), descriptors);
}
END_TEST

static void make(struct reference *ret)
{
	*ret = (struct reference){ .window_ticks = 100000 };
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
		ret->parts[part] = (struct reference_time){
			.ticks = 1000 * (part + 1), .done = reference_operations(part),
		};
}

START_TEST(ticks_are_of_one_operation)
{
	struct reference reference;
	struct round round;

	make(&reference);
	round_init(&round, "reference");
	reference_tell(&reference, &round);
	ck_assert_uint_eq(round.series_count, REFERENCE_PARTS);
	ck_assert_double_eq(round.window_ticks, 100000);
	for (uint32_t i = 0; i < REFERENCE_PARTS; i++) {
		const struct round_series *series = &round.series[i];
		double mixes = 3, of_mix = (double)series->n / mixes;

		ck_assert_uint_eq(series->n, reference_operations(i));
		ck_assert_double_eq_tol(series->p50 * of_mix, 1000 * (i + 1), 1e-9);
		ck_assert_double_eq_tol(series->sum, mixes * 1000 * (i + 1), 1e-9);
	}
	ck_assert_str_eq(round.reason, "");
	ck_assert(round_is_proved(&round));
}
END_TEST

/* What was not done is not proved, whichever part it is of. */
START_TEST(one_operation_less_is_seen)
{
	struct reference reference;
	struct round round;

	make(&reference);
	reference.parts[_i].done--;
	round_init(&round, "reference");
	reference_tell(&reference, &round);
	ck_assert(!round_is_proved(&round));
}
END_TEST

START_TEST(without_any_part)
{
	struct reference reference;
	struct round round;

	make(&reference);
	for (enum reference_part part = 0; part < REFERENCE_PARTS; part++)
		reference.parts[part].error = _i ? -EPROTO : -EPERM;
	round_init(&round, "reference");
	reference_tell(&reference, &round);
	ck_assert_uint_eq(round.status, _i ? ROUND_FAILED : ROUND_SKIPPED);
	ck_assert_uint_eq(round.series_count, 0);
	ck_assert_int_eq(round.error, _i ? EPROTO : EPERM);
	ck_assert_int_eq(strncmp(round.reason, "syscall, fault, switch, fork", 28), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *tests = tcase_create("reference");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, each_operation_is_done);
	tcase_add_test(tests, nothing_is_left);
	/* Sanitizers make calls of their own, and do not outlive that they fail. */
	if (!IS_SANITIZED)
		tcase_add_loop_test(tests, a_failed_call_is_a_missing_part, 0, COUNT_OF(refusals));
	tcase_add_test(tests, ticks_are_of_one_operation);
	tcase_add_loop_test(tests, one_operation_less_is_seen, 0, REFERENCE_PARTS);
	tcase_add_loop_test(tests, without_any_part, 0, 2);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
