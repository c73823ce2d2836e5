/* SPDX-License-Identifier: MIT */
#include "channel/mechanism/list.h"

#include <string.h>

const struct channel *const channels[] = {
#define CHANNEL(name) &channel_##name,
#include "channel/mechanism/list.def"
#undef CHANNEL
	NULL,
};

const struct channel *channel_find(const char *name)
{
	for (size_t i = 0; channels[i]; i++)
		if (!strcmp(channels[i]->about.name, name))
			return channels[i];
	return NULL;
}
