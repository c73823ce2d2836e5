/* SPDX-License-Identifier: MIT */
/*
 * io-prepare - the files that io-lat's workers read and write.
 *
 * None for a plan whose cells have no file.  Without --file two files without a name, as large as the largest --size: one of
 * the pattern of engine/lane.h, to be read, and one to be written, if any cell
 * writes; both end with us.  With --file the user's own, a file or a disk that is
 * not empty, never made and never grown, written with --destroy-data only.  What is
 * something else is refused without being opened.  As struct tool's prepare().
 */
#ifndef HANDOFF_IO_PREPARE_H
#define HANDOFF_IO_PREPARE_H

#include "plan/shared-input.h"
#include "plan/plan.h"

int io_prepare(const struct plan *plan, struct shared_input *ret, char *message, size_t message_size);

#endif
