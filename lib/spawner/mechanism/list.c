/* SPDX-License-Identifier: MIT */
#include "spawner/mechanism/list.h"

#include <string.h>

const struct spawner *const spawners[] = {
#define SPAWNER(name) &spawner_##name,
#include "spawner/mechanism/list.def"
#undef SPAWNER
	NULL,
};

const struct spawner *spawner_find(const char *name)
{
	for (size_t i = 0; spawners[i]; i++)
		if (!strcmp(spawners[i]->about.name, name))
			return spawners[i];
	return NULL;
}
