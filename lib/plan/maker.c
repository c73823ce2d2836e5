/* SPDX-License-Identifier: MIT */
#include "plan/maker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plan_refuse(struct maker *maker, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(maker->message, maker->message_size, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

const char *plan_keep_text(struct plan *plan, const char *text)
{
	char **grown = realloc(plan->texts, (plan->text_count + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	plan->texts = grown;
	grown[plan->text_count] = strdup(text);
	return grown[plan->text_count] ? grown[plan->text_count++] : NULL;
}

bool plan_is_glob(const char *word)
{
	return strpbrk(word, "*?[") || !strcmp(word, "all");
}
