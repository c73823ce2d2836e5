/* SPDX-License-Identifier: MIT */
/* census - what there is of a process and by name: all of it must be back after close(). */
#ifndef HANDOFF_TESTS_CENSUS_H
#define HANDOFF_TESTS_CENSUS_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void list_descriptors(char *text, size_t size)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t used = 0;

	ck_assert_ptr_nonnull(directory);
	text[0] = '\0';
	while ((entry = readdir(directory))) {
		char what[256] = "";

		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory))
			continue;
		ck_assert_int_gt(readlinkat(dirfd(directory), entry->d_name, what,
					    sizeof(what) - 1), 0);
		/* What others do to the file's name is not ours. */
		if (strstr(what, " (deleted)"))
			*strstr(what, " (deleted)") = '\0';
		used += (size_t)snprintf(text + used, size - used, "%s %s\n", entry->d_name, what);
		ck_assert_uint_lt(used, size);
	}
	closedir(directory);
}

/* Each name as "/path/name/", so that it can be searched for. */
static inline void list_names(const char *path, const char *prefix, char *text, size_t size)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	size_t used = strlen(text);

	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s/%s/\n", path, entry->d_name);
		ck_assert_uint_lt(used, size);
	}
	if (directory)
		closedir(directory);
}

static inline long count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	long lines = 0;
	int byte;

	ck_assert_ptr_nonnull(file);
	while ((byte = getc(file)) != EOF)
		lines += byte == '\n';
	fclose(file);
	return lines;
}

#endif
