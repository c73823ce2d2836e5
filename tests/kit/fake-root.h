/* SPDX-License-Identifier: MIT */
/*
 * fake-root - a small tree of files that stands for a machine's / in a test.
 *
 * fake_root_new() makes an empty directory below TMPDIR, whose path is root;
 * fake_root_free() removes it with all that it holds.  Every step asserts.
 * Content is text; a link is written with fake_root_link().
 */
#ifndef HANDOFF_TESTS_FAKE_ROOT_H
#define HANDOFF_TESTS_FAKE_ROOT_H

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake_file {
	const char *path;	/* as on the machine: "/proc/stat" */
	const char *content;
};

#define FAKE_PATH_MAX 512

struct fake_root {
	char path[FAKE_PATH_MAX / 2];
};

static inline void fake_root_new(struct fake_root *root)
{
	const char *directory = getenv("TMPDIR");

	snprintf(root->path, sizeof(root->path), "%s/fake-root.XXXXXX",
		 directory ? directory : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root->path));
}

/* Makes the directories above path; ret_full is path below root. */
static inline void fake_root_parents(const struct fake_root *root,
				     const char *path,
				     char ret_full[FAKE_PATH_MAX])
{
	int length = snprintf(ret_full, FAKE_PATH_MAX, "%s%s", root->path,
			      path);

	ck_assert_int_lt(length, FAKE_PATH_MAX);
	for (char *slash = ret_full + strlen(root->path) + 1;
	     (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		ck_assert(mkdir(ret_full, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static inline void fake_root_bytes(const struct fake_root *root,
				   const char *path, const void *bytes,
				   size_t count)
{
	char full[FAKE_PATH_MAX];
	FILE *file;

	fake_root_parents(root, path, full);
	file = fopen(full, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void fake_root_write(const struct fake_root *root,
				   const char *path, const char *content)
{
	fake_root_bytes(root, path, content, strlen(content));
}

static inline void fake_root_write_all(const struct fake_root *root,
				       const struct fake_file *files,
				       size_t count)
{
	for (size_t i = 0; i < count; i++)
		fake_root_write(root, files[i].path, files[i].content);
}

static inline void fake_root_link(const struct fake_root *root,
				  const char *path, const char *target)
{
	char full[FAKE_PATH_MAX];

	fake_root_parents(root, path, full);
	ck_assert_int_eq(symlink(target, full), 0);
}

static inline void fake_root_remove(const struct fake_root *root,
				    const char *path)
{
	char full[FAKE_PATH_MAX];

	fake_root_parents(root, path, full);
	ck_assert_int_eq(unlink(full), 0);
}

static inline int fake_root_remove_one(const char *path,
				       const struct stat *status, int kind,
				       struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline void fake_root_free(const struct fake_root *root)
{
	ck_assert_int_eq(nftw(root->path, fake_root_remove_one, 8,
			      FTW_DEPTH | FTW_PHYS), 0);
}

#endif
