/* SPDX-License-Identifier: MIT */
/* check_proc_task - whose numbers /proc shows, and that strangers' are not used */
#include <sched.h>
#include <sys/wait.h>
#include <time.h>

#include "../kit/fake-root.h"
#include "kernel/affinity.h"
#include "kernel/proc-task.h"
#include "kernel/process-facts.h"
#include "kernel/task-usage.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SELF 4711
/* Linux counts no further than to here; lower numbers may be a sanitizer's threads. */
#define NOBODY 4194304
/* Of a child that could not make its namespace. */
#define NOT_HERE 77
#define LOOKS 21

static const struct { const char *status; enum proc_view view; } views[] = {
	{ "Name:\tx\nPid:\t4711\nNSpid:\t4711\n", PROC_OWN },
	{ "Pid:\t4711\n", PROC_OWN },	/* Linux before 4.1 */
	{ "Pid:\t4711\nNSpid:\t4711\t12\n", PROC_OTHER },
	{ "Pid:\t9\nNSpid:\t9\t4711\n", PROC_OTHER },
	/* the same number in both: of two namespaces all the same */
	{ "Pid:\t4711\nNSpid:\t4711\t4711\n", PROC_OTHER },
	{ "Pid:\t9\nNSpid:\t9\n", PROC_OTHER },
	{ "Pid:\t9\n", PROC_OTHER },
	{ "Pid:\t4711\nNSpid:\tx\n", PROC_OTHER },
	{ "Pid:\t4711\nNSpid:\t\n", PROC_OTHER },
	{ "Name:\tx\n", PROC_NONE },
	{ "", PROC_NONE },
	{ NULL, PROC_NONE },
};

START_TEST(whose_numbers_are_shown)
{
	struct fake_root root;

	fake_root_new(&root);
	if (views[_i].status)
		fake_root_write(&root, "/proc/self/status", views[_i].status);
	ck_assert_int_eq(proc_view(root.path, SELF), views[_i].view);
	fake_root_free(&root);
}
END_TEST

START_TEST(paths_here)
{
	char path[PROC_TASK_PATH_MAX];

	if (!proc_shows_us())
		return;
	proc_task_path(12, "status", path);
	ck_assert_str_eq(path, "/proc/12/status");
	proc_thread_path(12, 13, "stat", path);
	ck_assert_str_eq(path, "/proc/12/task/13/stat");
	proc_task_path(12, "a name that is much too long for a path of the kernel's, and is not cut off "
		       "so that it would be another's", path);
	ck_assert_str_eq(path, "");
	ck_assert_int_eq(proc_number_of_us(), getpid());
}
END_TEST

/* In a namespace of its own, with the /proc of the outer one: 0, or what went wrong. */
static int look_from_inside(void)
{
	struct task_usage usage;
	char path[PROC_TASK_PATH_MAX];
	int cpu;

	if (getpid() != 1)
		return 1;
	proc_task_path(1, "status", path);
	if (proc_shows_us() || *path)
		return 2;
	/* Process 1 out there is not us, nor are our own threads known by their numbers. */
	cpu = sched_getcpu();
	if (affinity_set(cpu, cpu))
		return 3;
	task_usage_other(1, true, &usage);
	if (usage.nvcsw != -1 || usage.minflt != -1 || usage.migrations != -1)
		return 4;
	if (usage.cpu != cpu || usage.cpu_ns < 0)
		return 5;
	if (!process_is_alive(1) || process_is_alive(NOBODY) || process_status(1, "VmRSS") != -1)
		return 6;
	return process_status(0, "VmRSS") > 0 && proc_number_of_us() > 1 ? 0 : 7;
}

/* Makes the namespace, and in it a child that looks. */
static int enter_and_look(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID) && unshare(CLONE_NEWUSER | CLONE_NEWPID))
		return NOT_HERE;
	pid = fork();
	if (pid == 0)
		_exit(look_from_inside());
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		return NOT_HERE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 78;
}

START_TEST(numbers_of_another_namespace)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(proc_shows_us() ? enter_and_look() : NOT_HERE);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE)
		return;
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static double own_cpu_ns(void)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The files that a look reads are on the side of it that is not the window's. */
START_TEST(a_look_is_not_of_the_window)
{
	bool is_behind = _i;
	int nearer = 0;

	if (process_migrations() < 0)
		return;
	for (int i = 0; i < LOOKS; i++) {
		double before = own_cpu_ns(), behind;
		struct task_usage usage;

		task_usage_own(is_behind, &usage);
		behind = own_cpu_ns();
		nearer += is_behind ? usage.cpu_ns - before < behind - usage.cpu_ns
				    : behind - usage.cpu_ns < usage.cpu_ns - before;
	}
	ck_assert_int_gt(nearer, LOOKS / 2);
}
END_TEST

static Suite *proc_task_suite(void)
{
	Suite *suite = suite_create("proc-task");
	TCase *tcase = tcase_create("proc-task");

	tcase_add_loop_test(tcase, whose_numbers_are_shown, 0, (int)COUNT_OF(views));
	tcase_add_test(tcase, paths_here);
	tcase_add_test(tcase, numbers_of_another_namespace);
	tcase_add_loop_test(tcase, a_look_is_not_of_the_window, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(proc_task_suite());
}
