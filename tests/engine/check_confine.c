/* SPDX-License-Identifier: MIT */
/* The kernel's threads of a ring stay where their task may run. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kit/many-cpus.h"
#include "engine/ring.h"
#include "kernel/affinity.h"
#include "kernel/sysfile.h"
#include "../kit/suite.h"

static bool is_of_ring(const char *task)
{
	char path[300], name[32];

	snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task);
	return !sysfile_read_text("", path, name, sizeof(name)) && !strncmp(name, "iou-wrk", 7);
}

static int take_cpus(const char *task, void *context)
{
	int *most = context, count;
	char path[300];

	if (!is_of_ring(task))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	count = sysfile_count_list("", path, "Cpus_allowed_list");
	*most = count > *most ? count : *most;
	return 0;
}

/* Has a kernel thread do something. */
static void make_it_work(struct io_uring *ring)
{
	struct io_uring_sqe *entry = io_uring_get_sqe(ring);
	struct io_uring_cqe *end;

	io_uring_prep_nop(entry);
	io_uring_sqe_set_flags(entry, IOSQE_ASYNC);
	ck_assert_int_eq(io_uring_submit_and_wait(ring, 1), 1);
	ck_assert_int_eq(io_uring_wait_cqe(ring, &end), 0);
	io_uring_cqe_seen(ring, end);
}

/* Where our task may run later on is not asked again: they were told. */
START_TEST(threads_of_a_ring_stay_where_their_task_was)
{
	struct engine_ring ring = { .count = 1 };
	int cpu = affinity_nth(0), most = 0;
	struct affinity all;

	/* Before Linux 5.14 they cannot be told. */
	if (io_uring_queue_init(2, &ring.ring, 0) || io_uring_unregister_iowq_aff(&ring.ring) ||
	    !many_cpus_pretend(many_cpus[_i]))
		return;
	ck_assert_int_eq(affinity_take(&all), 0);
	ck_assert_int_eq(affinity_set(cpu, cpu), 0);
	engine_ring_confine(&ring);
	ck_assert_int_eq(affinity_restore(&all), 0);
	affinity_done(&all);
	make_it_work(&ring.ring);
	ck_assert_int_eq(sysfile_each_entry("", "/proc/self/task", take_cpus, &most), 0);
	/* 0: this kernel has done without a thread, or shows none */
	ck_assert_int_le(most, 1);
	io_uring_queue_exit(&ring.ring);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("confine");
	TCase *tcase = tcase_create("confine");

	tcase_add_loop_test(tcase, threads_of_a_ring_stay_where_their_task_was, 0, MANY_CPUS_COUNT);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
