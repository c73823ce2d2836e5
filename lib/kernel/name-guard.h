/* SPDX-License-Identifier: MIT */
/*
 * kernel/name-guard - removes the names of a worker's objects, also when it is killed.
 *
 * Some objects have a name for a moment, or for as long as they live: a FIFO, a
 * POSIX queue, a System V id.  A worker that is killed in that moment would
 * leave it behind.  The guard is a small process that outlives it: it makes a
 * private directory, and when the worker ends - in any way - removes that with
 * all that is in it, and every POSIX name and System V object by the names and
 * keys that it was given: none of these exists when it begins.  It ignores Ctrl-C, and who reaps workers spares it.
 *
 * begin(): 0, or -errno and a reason.  end() waits for the guard to have tidied
 * up.  One owner; before any thread is made, and in the IPC namespace where the
 * objects will be.
 */
#ifndef HANDOFF_NAME_GUARD_H
#define HANDOFF_NAME_GUARD_H

#include "kernel/helper-process.h"

/* POSIX names end with a digit below, keys count up to it, or to key_count. */
#define NAME_GUARD_NAMES 4

struct name_guard {
	struct helper helper;
	char directory[200];       /* mode 0700, in TMPDIR or /tmp */
	char name[32];             /* "/handoff-xxxxxxxx." */
	int key;
	int key_count;             /* the caller's, before begin(); 0: NAME_GUARD_NAMES */
};

int name_guard_begin(struct name_guard *guard, const char **ret_reason);
void name_guard_end(struct name_guard *guard);

#endif
