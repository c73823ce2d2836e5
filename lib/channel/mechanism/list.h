/* SPDX-License-Identifier: MIT */
/*
 * channel/mechanism/list - finds a channel: all of them, in the order of list.def.
 *
 * Every mechanism includes it, so that the compiler sees what is built and not
 * registered.
 */
#ifndef HANDOFF_CHANNEL_LIST_H
#define HANDOFF_CHANNEL_LIST_H

#include "channel/channel.h"

/* Ends with NULL. */
extern const struct channel *const channels[];

/* Each by its own name; channel_null is what the harness itself costs. */
#define CHANNEL(name) extern const struct channel channel_##name;
#include "channel/mechanism/list.def"
#undef CHANNEL

/* NULL: there is none of this name. */
const struct channel *channel_find(const char *name);

#endif
