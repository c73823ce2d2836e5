/* SPDX-License-Identifier: MIT */
/*
 * run/introduction - has a worker say who it is, before any time is spent on it.
 *
 * 0 when it is one of this kind and of this very build.  -EINTR after a signal.  Else -EBADMSG,
 * and the sentence in ret_reason says what is there and what is needed.
 */
#ifndef HANDOFF_WORKER_INTRODUCTION_H
#define HANDOFF_WORKER_INTRODUCTION_H

#include <signal.h>
#include <stddef.h>

#include "measure/job.h"

#define WORKER_INTRODUCTION_BYTES 640

int worker_introduce(const struct job_kind *kind, const char *path,
		     const volatile sig_atomic_t *signal, char *ret_reason);

#endif
