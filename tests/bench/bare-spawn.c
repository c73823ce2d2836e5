/* SPDX-License-Identifier: MIT */
/*
 * bare-spawn - the bare loop that spawn-cost is held against.
 *
 *   bare-spawn MECHANISM COUNT [RSS_BYTES [TARGET [life|call|rate]]]
 *
 * The same calls, nothing else: no proof, no placement (use taskset), no look at the clock
 * in the task.  On standard output, of COUNT tasks, one after the other:
 *
 *   life  the median time from the call to the end of the wait, in ns
 *   call  the same, to the call's return
 *   rate  tasks a second; then nobody looks at the clock between the first and the last
 *
 * What a pair of looks takes is taken off.  A failing call ends it with status 1.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define STACK_BYTES 65536
#define BUSY_NS 30000000
#define EMPTY_REGIONS 1001
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | \
		      CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static const char *target;
static char *stack;
static pthread_t thread;
static pid_t thread_id;

static int wait_for(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status) ? 0 : -1;
}

static int finish_child(pid_t pid)
{
	return wait_for(pid);
}

static pid_t by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static pid_t by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int child(void *unused)
{
	(void)unused;
	_exit(0);
}

static pid_t by_clone_vm_vfork(void)
{
	return clone(child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static void *thread_main(void *unused)
{
	return unused;
}

static pid_t by_pthread(void)
{
	return pthread_create(&thread, NULL, thread_main, NULL) ? -1 : 1;
}

static int finish_pthread(pid_t unused)
{
	(void)unused;
	return pthread_join(thread, NULL);
}

/* It has its creator's thread-local storage, and returns without a look at it. */
static int raw_main(void *unused)
{
	(void)unused;
	return 0;
}

static pid_t by_thread_raw(void)
{
	return clone(raw_main, stack + STACK_BYTES, THREAD_FLAGS, NULL, &thread_id, NULL, &thread_id);
}

/* The kernel clears the id when the thread is gone. */
static int finish_thread_raw(pid_t id)
{
	while (__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE) == id)
		if (syscall(SYS_futex, &thread_id, FUTEX_WAIT, id, NULL, NULL, 0) && errno != EAGAIN &&
		    errno != EINTR)
			return -1;
	return 0;
}

static pid_t by_posix_spawn(void)
{
	char *argv[] = { (char *)(uintptr_t)target, NULL };
	pid_t pid;

	return posix_spawn(&pid, target, NULL, NULL, argv, environ) ? -1 : pid;
}

static const struct mechanism {
	const char *name;
	pid_t (*start)(void);
	int (*finish)(pid_t pid);
} mechanisms[] = {
	{ "fork", by_fork, finish_child },
	{ "vfork", by_vfork, finish_child },
	{ "clone-vm-vfork", by_clone_vm_vfork, finish_child },
	{ "pthread", by_pthread, finish_pthread },
	{ "thread-raw", by_thread_raw, finish_thread_raw },
	{ "posix-spawn", by_posix_spawn, finish_child },
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void *map(size_t bytes, int flags)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int prepare(size_t rss_bytes)
{
	char *ballast = rss_bytes ? map(rss_bytes, MAP_PRIVATE) : NULL;

	stack = map(STACK_BYTES, MAP_PRIVATE);
	if (!stack || (rss_bytes && !ballast))
		return -1;
	if (rss_bytes)
		madvise(ballast, rss_bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < rss_bytes; i += PAGE_BYTES)
		ballast[i] = 1;
	return 0;
}

/*
 * The tool has looked at its machine for as long before its first round: a
 * CPU that was idle until now is not the same CPU.
 */
static void keep_busy(void)
{
	int64_t begin = now_ns();

	while (now_ns() - begin < BUSY_NS)
		;
}

static int once(const struct mechanism *mechanism)
{
	pid_t pid = mechanism->start();

	return pid > 0 ? mechanism->finish(pid) : -1;
}

static int64_t empty_ns(void)
{
	int64_t samples[EMPTY_REGIONS];

	for (size_t i = 0; i < EMPTY_REGIONS; i++) {
		int64_t begin = now_ns();

		samples[i] = now_ns() - begin;
	}
	qsort(samples, EMPTY_REGIONS, sizeof(*samples), compare);
	return samples[EMPTY_REGIONS / 2];
}

static int time_one(const struct mechanism *mechanism, bool is_call, int64_t *ret_ns)
{
	int64_t begin = now_ns(), called;
	pid_t pid = mechanism->start();

	called = is_call ? now_ns() : 0;
	if (pid <= 0 || mechanism->finish(pid))
		return -1;
	*ret_ns = (is_call ? called : now_ns()) - begin;
	return 0;
}

/* Samples in shared memory: private pages would be copied after every fork. */
static int run_median(const struct mechanism *mechanism, size_t count, bool is_call)
{
	int64_t *samples = map((count + 1) * sizeof(*samples), MAP_SHARED), empty = empty_ns();

	if (!samples)
		return -1;
	memset(samples, 0, (count + 1) * sizeof(*samples));
	for (size_t i = 0; i < count; i++)
		if (time_one(mechanism, is_call, &samples[i]))
			return -1;
	qsort(samples, count, sizeof(*samples), compare);
	return printf("%lld\n", (long long)(samples[count / 2] - empty)) < 0;
}

static int run_rate(const struct mechanism *mechanism, size_t count)
{
	int64_t begin = now_ns();

	for (size_t i = 0; i < count; i++)
		if (once(mechanism))
			return -1;
	return printf("%.1f\n", (double)count * 1e9 / (double)(now_ns() - begin)) < 0;
}

static int run(const struct mechanism *mechanism, size_t count, const char *what)
{
	keep_busy();
	for (size_t i = 0; i < count / 5 + 3; i++)
		if (once(mechanism))
			return -1;
	return !strcmp(what, "rate") ? run_rate(mechanism, count)
				     : run_median(mechanism, count, !strcmp(what, "call"));
}

static const struct mechanism *find(const char *name)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (!strcmp(name, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

static bool is_known(const char *what)
{
	return !strcmp(what, "life") || !strcmp(what, "call") || !strcmp(what, "rate");
}

int main(int argc, char **argv)
{
	const struct mechanism *mechanism = argc > 2 ? find(argv[1]) : NULL;
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	size_t rss_bytes = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	const char *what = argc > 5 ? argv[5] : "life";

	target = argc > 4 ? argv[4] : "/bin/true";
	if (!mechanism || !count || !is_known(what)) {
		fprintf(stderr, "usage: bare-spawn fork|vfork|clone-vm-vfork|pthread|thread-raw|"
			"posix-spawn COUNT [RSS_BYTES [TARGET [life|call|rate]]]\n");
		return EXIT_FAILURE;
	}
	return prepare(rss_bytes) || run(mechanism, count, what) ? EXIT_FAILURE : EXIT_SUCCESS;
}
