/* SPDX-License-Identifier: MIT */
/*
 * measure/mechanism - what every kind of mechanism says about itself.
 *
 * The first member of struct spawner, of struct channel and of every later kind.
 * Names are lower case with hyphens and appear in options, records and man pages.
 * The traits are bits of the kind's own (SPAWN_ in spawner/spawner.h, CHANNEL_ in
 * channel/channel.h);
 * the plan hands them on, and reads of them what all kinds have in common, which are the
 * two highest bits.  All strings are static.
 */
#ifndef HANDOFF_MECHANISM_H
#define HANDOFF_MECHANISM_H

/*
 * It does no work, but shows what is around the work: it wins nothing, has no ratio, and is
 * measured for as long as the others are, whatever its own precision.
 */
#define MECHANISM_YARDSTICK (1u << 31)
/* It does nothing at all: what the kernel has a part in costs no less. */
#define MECHANISM_FLOOR (1u << 30)

struct mechanism {
	const char *name;
	const char *summary;       /* one line for --list and the man page */
	unsigned int traits;
};

#endif
