/* SPDX-License-Identifier: MIT */
/*
 * engine/round/file - the file that the requests of a round are made on.
 *
 * open() finds or makes it and leaves its descriptor in context->config, which is the
 * round's to close, with as many whole blocks as were asked for or as there are;
 * set_cache() aims the lanes at these blocks, and has the page cache hold all of
 * them, or none.  0, or -errno, told in the round.
 */
#ifndef HANDOFF_ENGINE_FILE_H
#define HANDOFF_ENGINE_FILE_H

#include "engine/round/context.h"

int engine_file_open(struct engine_context *context);
int engine_file_set_cache(struct engine_context *context);

#endif
