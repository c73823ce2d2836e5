/* SPDX-License-Identifier: MIT */
/* fault-rules - which failed calls a mechanism may go on without, and which it must tell. */
#ifndef HANDOFF_FAULT_RULES_H
#define HANDOFF_FAULT_RULES_H

#include <stdbool.h>

/* A way to fail that a call may be made again after: EINTR, EAGAIN, SHORT. */
bool fault_is_soft(const char *how);

/* Whether an operation of this mechanism cannot have been done where this call failed so. */
bool fault_spoils(const char *mechanism, const char *call, const char *how);

/* Whether one of the words of a line is this one. */
bool fault_is_among(const char *word, const char *words);

#endif
