/* SPDX-License-Identifier: MIT */
/*
 * channel/remote/client - the first words of the connecting side.
 *
 * 0 (or a descriptor) or -errno, with a sentence in ret_reason
 * (REMOTE_CLIENT_REASON_BYTES).  Ends within seconds.
 */
#ifndef HANDOFF_REMOTE_CLIENT_H
#define HANDOFF_REMOTE_CLIENT_H

#include <stdbool.h>

#include "channel/remote/protocol.h"
#include "kernel/inet-address.h"

#define REMOTE_CLIENT_REASON_BYTES 256

/* The control connection: the caller's to close. */
int remote_client_connect(const union remote_address *address, char *ret_reason);

/* What a refusal is: -EBUSY there are too many, -EPROTONOSUPPORT, else -ECONNABORTED. */
int remote_client_hello(int control, const struct remote_message *hello,
			struct remote_message *ret_welcome, char *ret_reason);

/* Whether by this error the other host is gone, and will be in the next round. */
bool remote_client_is_lost(int error);

#endif
