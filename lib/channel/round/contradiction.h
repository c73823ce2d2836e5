/* SPDX-License-Identifier: MIT */
/*
 * channel/round/contradiction - finds what makes no sense for a channel, on any machine.
 *
 * Pure: a table of rules, each a question and what to answer.  NULL: it can be
 * tried; else one sentence that says what to change, a constant.
 */
#ifndef HANDOFF_CHANNEL_CONTRADICTION_H
#define HANDOFF_CHANNEL_CONTRADICTION_H

#include "channel/pair/context.h"

const char *channel_contradiction(const struct channel_context *context);

#endif
