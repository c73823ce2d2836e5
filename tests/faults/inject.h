/* SPDX-License-Identifier: MIT */
/*
 * inject - what the parts of tests/faults/inject.c share, and contract tests with them.
 *
 * inject-worker.c: under a worker's name, asks the controller which calls are to
 * be looked at, and becomes the worker.
 * inject-watch.c: has the kernel ask about calls (seccomp, user notification).
 * inject-answer.c: answers one call: with an error, a part, the end of a file.
 */
#ifndef HANDOFF_INJECT_H
#define HANDOFF_INJECT_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Where tools put the pipe to perf, and a number that no worker has. */
#define CONTROL_FD 4
#define CHANNEL_FD 900
#define SOCKET_NAME "HANDOFF_INJECT_SOCKET"
#define WORKERS_NAME "HANDOFF_INJECT_WORKERS"
#define ARGUMENTS_MAX 8192
#define WATCHED_MAX 200

/* The controller's answer to a worker: the calls to be asked about. */
struct watch {
	int32_t count;                 /* 0: none; -1: all */
	int32_t numbers[WATCHED_MAX];
};

enum answer { ANSWER_ERROR, ANSWER_SHORT, ANSWER_END };

/* Never returns; argv[0] is the worker's name. */
void inject_be_worker(char **argv) __attribute__((noreturn));

/* Watches the calls of this process from here on; -errno, or the listener to hand over. */
int inject_watch(const struct watch *watch);

/* Hands a descriptor over on CHANNEL_FD; 0 or -errno. */
int inject_hand_over(int descriptor);

/* The descriptor that was handed over at the other end of a socket, or -1. */
int inject_take(int channel);

/* Lets the call happen. */
void inject_continue(int listener, const struct seccomp_notif *asked);

/* Answers it; false: this call could not be answered so, and has happened. */
bool inject_answer(int listener, const struct seccomp_notif *asked, enum answer answer, int error);

#endif
