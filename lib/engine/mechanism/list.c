/* SPDX-License-Identifier: MIT */
#include "engine/mechanism/list.h"

#include <string.h>

const struct engine *const engines[] = {
#define ENGINE(name) &engine_##name,
#include "engine/mechanism/list.def"
#undef ENGINE
	NULL,
};

const struct engine *engine_find(const char *name)
{
	for (size_t i = 0; engines[i]; i++)
		if (!strcmp(engines[i]->about.name, name))
			return engines[i];
	return NULL;
}
