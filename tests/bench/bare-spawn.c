/* SPDX-License-Identifier: MIT */
/*
 * bare-spawn - the bare loop that spawn-cost is held against.
 *
 *   bare-spawn MECHANISM COUNT [RSS_BYTES [TARGET]]
 *
 * The same calls, nothing else: no proof, no placement (use taskset), no
 * statistics but the median, in ns, on standard output.  A failing call ends it
 * with status 1.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define STACK_BYTES 65536
#define BUSY_NS 30000000

static const char *target;
static char *stack;

static int wait_for(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status) ? 0 : -1;
}

static int by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return wait_for(pid);
}

static int by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(0);
	return wait_for(pid);
}

static int child(void *unused)
{
	(void)unused;
	_exit(0);
}

static int by_clone_vm_vfork(void)
{
	return wait_for(clone(child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL));
}

static void *thread_main(void *unused)
{
	return unused;
}

static int by_pthread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, thread_main, NULL) || pthread_join(thread, NULL);
}

static int by_posix_spawn(void)
{
	char *argv[] = { (char *)(uintptr_t)target, NULL };
	pid_t pid;

	return posix_spawn(&pid, target, NULL, NULL, argv, environ) || wait_for(pid);
}

static const struct {
	const char *name;
	int (*once)(void);
} mechanisms[] = {
	{ "fork", by_fork },
	{ "vfork", by_vfork },
	{ "clone-vm-vfork", by_clone_vm_vfork },
	{ "pthread", by_pthread },
	{ "posix-spawn", by_posix_spawn },
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

/* Samples in shared memory: private pages would be copied after every fork. */
static int run(int (*once)(void), size_t count)
{
	int64_t *samples = map((count + 1) * sizeof(*samples), MAP_SHARED);

	if (!samples)
		return -1;
	memset(samples, 0, (count + 1) * sizeof(*samples));
	keep_busy();
	for (size_t i = 0; i < count / 5 + 3; i++)
		if (once())
			return -1;
	for (size_t i = 0; i < count; i++) {
		int64_t begin = now_ns();

		if (once())
			return -1;
		samples[i] = now_ns() - begin;
	}
	qsort(samples, count, sizeof(*samples), compare);
	printf("%lld\n", (long long)samples[count / 2]);
	return 0;
}

int main(int argc, char **argv)
{
	size_t rss_bytes = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

	target = argc > 4 ? argv[4] : "/bin/true";
	for (size_t i = 0; argc > 2 && i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (!strcmp(argv[1], mechanisms[i].name))
			return prepare(rss_bytes) || run(mechanisms[i].once, strtoul(argv[2], NULL, 10))
				? EXIT_FAILURE : EXIT_SUCCESS;
	fprintf(stderr, "usage: bare-spawn fork|vfork|clone-vm-vfork|pthread|posix-spawn COUNT "
		"[RSS_BYTES [TARGET]]\n");
	return EXIT_FAILURE;
}
