/* SPDX-License-Identifier: MIT */
/*
 * deny ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...] - runs a program to which the
 * kernel refuses these system calls.
 *
 * ERRNO is a number or EPERM, ENOSYS, EACCES, EINVAL; CALL a number or one of the
 * names below; with /N behind it only where its second argument is below N, so that
 * EINVAL sched_getaffinity/512 is a kernel for 4096 CPUs.  The refusal is a seccomp filter, inherited by all that the program
 * starts; no privilege is needed.  Ends with 77 where there is no seccomp, with
 * 2 on wrong usage, else it is the program.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_SKIP 77
#define CALLS_MAX 32

struct name {
	const char *text;
	long number;
};

static const struct name errors[] = {
	{ "EPERM", EPERM }, { "ENOSYS", ENOSYS }, { "EACCES", EACCES },
	{ "EINVAL", EINVAL }, { NULL, 0 },
};

static const struct name calls[] = {
	{ "clone3", 435 },
	{ "close_range", 436 },
	{ "eventfd2", SYS_eventfd2 },
	{ "io_uring_setup", 425 },
	{ "memfd_create", SYS_memfd_create },
	{ "mincore", SYS_mincore },
	{ "mq_open", SYS_mq_open },
	{ "msgget", SYS_msgget },
	{ "pidfd_open", 434 },
	{ "pipe2", SYS_pipe2 },
	{ "prctl", SYS_prctl },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "sched_getaffinity", SYS_sched_getaffinity },
	{ "sched_setaffinity", SYS_sched_setaffinity },
	{ "semget", SYS_semget },
	{ "set_mempolicy", SYS_set_mempolicy },
	{ "shmget", SYS_shmget },
	{ "signalfd4", SYS_signalfd4 },
	{ "socketpair", SYS_socketpair },
	{ "unshare", SYS_unshare },
	{ "vmsplice", SYS_vmsplice },
	{ "waitid", SYS_waitid },
	{ NULL, 0 },
};

/* -1 for what is neither a name of the table nor a number. */
static long number_of(const struct name *names, const char *word)
{
	char *end;
	long number;

	for (; names->text; names++)
		if (!strcmp(names->text, word))
			return names->number;
	number = strtol(word, &end, 10);
	return end == word || *end || number < 0 ? -1 : number;
}

/* Is it this call?  Then refuse, else look at the next pair. */
static void add_call(struct sock_fprog *program, long call, long error)
{
	struct sock_filter *at = program->filter + program->len;

	at[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1);
	at[1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					     SECCOMP_RET_ERRNO | (unsigned int)error);
	program->len = (unsigned short)(program->len + 2);
}

/* The same, if its second argument, of 32 bits, is below a bound. */
static void add_bounded_call(struct sock_fprog *program, long call, long bound, long error)
{
	struct sock_filter *at = program->filter + program->len;

	at[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 4);
	at[1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, args[1]));
	at[2] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (unsigned int)bound, 1, 0);
	at[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					     SECCOMP_RET_ERRNO | (unsigned int)error);
	at[4] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					     offsetof(struct seccomp_data, nr));
	program->len = (unsigned short)(program->len + 5);
}

static int add_calls(struct sock_fprog *program, char *list, long error)
{
	int count = 0;

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		char *slash = strchr(word, '/');
		long bound = slash ? strtol(slash + 1, NULL, 10) : 0, call;

		if (slash)
			*slash = '\0';
		call = number_of(calls, word);

		if (call < 0 || count++ == CALLS_MAX) {
			fprintf(stderr, "deny: '%s' is no system call known here\n", word);
			return -1;
		}
		if (bound > 0)
			add_bounded_call(program, call, bound, error);
		else
			add_call(program, call, error);
	}
	return count ? 0 : -1;
}

int main(int argc, char *argv[])
{
	struct sock_filter filter[5 * CALLS_MAX + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = { .len = 1, .filter = filter };
	long error = argc < 4 ? -1 : number_of(errors, argv[1]);

	if (error <= 0 || error > 4095 || add_calls(&program, argv[2], error)) {
		fputs("usage: deny ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]\n", stderr);
		return EXIT_USAGE;
	}
	filter[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("deny: no seccomp filter");
		return EXIT_SKIP;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return EXIT_USAGE;
}
