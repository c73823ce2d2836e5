/* SPDX-License-Identifier: MIT */
/*
 * spawner/round/resident - the memory that a creator carries (--rss, --backing).
 *
 * build() maps it and makes every page resident.  inherit() takes over what the
 * parent of this process has built: a fork shares the pages, and nothing needs
 * to be written again.  Both fail the round, and say what to change; what they
 * made is left to drop(), which takes a zeroed struct, too.
 */
#ifndef HANDOFF_SPAWN_RESIDENT_H
#define HANDOFF_SPAWN_RESIDENT_H

#include <stddef.h>

#include "measure/round.h"
#include "spawner/round/job.h"

struct spawn_resident {
	char *memory;              /* of bytes, every page resident; NULL: none */
	size_t bytes;
	size_t mapped_bytes;
	double prepare_ns;         /* what its builder took */
	double proved_kib;         /* of it resident (or huge), as its builder saw it */
};

int spawn_resident_build(struct spawn_resident *resident, const struct spawn_job *job,
			 struct round *round);
int spawn_resident_inherit(struct spawn_resident *resident, const struct spawn_job *job,
			   struct round *round);
void spawn_resident_drop(struct spawn_resident *resident);

/*
 * Hidden memory is not copied by a fork.  So a server that is started late is as
 * small as one that was started before the memory was there.
 */
int spawn_resident_hide(const struct spawn_job *job);
int spawn_resident_show(const struct spawn_job *job);

/* Looks how much of it is resident, or huge; costs a walk over all pages. */
double spawn_resident_look(const struct spawn_job *job);

/* Proof that it is what was asked for, and on the node asked for. */
void spawn_resident_prove(const struct spawn_resident *resident, const struct spawn_job *job,
			  struct round *round);

#endif
