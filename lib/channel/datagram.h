/* SPDX-License-Identifier: MIT */
/*
 * channel/datagram - bounds what UDP may carry, so that this machine drops nothing.
 *
 * 0, or -errno with a reason (CHANNEL_REASON_BYTES) that names the limit.
 */
#ifndef HANDOFF_CHANNEL_DATAGRAM_H
#define HANDOFF_CHANNEL_DATAGRAM_H

#include "channel/channel.h"

/* The longest message, and how many the kernel holds back. */
int channel_datagram_check(const struct channel_config *config, char *ret_reason);

/* A receive buffer for all that may be under way. */
int channel_datagram_room(int fd, const struct channel_config *config, char *ret_reason);

#endif
