/* SPDX-License-Identifier: MIT */
/*
 * tool/resolve - resolves another host's name to its address.
 *
 * Asks the name service, which may take its time and load libraries: for the
 * supervisor alone.  0; -EINVAL: it is no address (see kernel/inet-address.h); else
 * a sentence in ret_reason says why there is none.
 */
#ifndef HANDOFF_REMOTE_RESOLVE_H
#define HANDOFF_REMOTE_RESOLVE_H

#include "kernel/inet-address.h"

#define REMOTE_RESOLVE_REASON_BYTES 400

int remote_resolve(const char *text, union remote_address *ret, char *ret_reason);

#endif
