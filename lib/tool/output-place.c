/* SPDX-License-Identifier: MIT */
#include "tool/output-place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/sysfile.h"

/* As many as the kernel follows. */
#define LINKS_MOST 40

/* Into the folder of a path's last component, whose name is kept.  Cuts the path. */
static int enter(struct output_place *place, char *path)
{
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int folder;

	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(place->name, name);
	if (slash)
		slash[1] = 0;
	folder = openat(place->folder, slash ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder == -1)
		return -errno;
	if (place->folder >= 0)
		close(place->folder);
	place->folder = folder;
	/* A path that ends so can only be a folder's, and it is there. */
	if (!*place->name || !strcmp(place->name, ".") || !strcmp(place->name, ".."))
		return -EISDIR;
	return 0;
}

static bool is_the_folder(const struct output_place *place, const char *path)
{
	struct stat here, there;

	return !fstat(place->folder, &here) && !stat(path, &there) &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static bool is_in_proc(const struct output_place *place)
{
	struct statfs status;

	return !fstatfs(place->folder, &status) && status.f_type == PROC_SUPER_MAGIC;
}

/* The number in a name of /proc/self/fd, if it is that. */
static int find_descriptor(struct output_place *place)
{
	char *end;
	long number;

	if (!is_the_folder(place, "/proc/self/fd") && !is_the_folder(place, "/proc/thread-self/fd"))
		return 0;
	number = strtol(place->name, &end, 10);
	if (*end || number < 0 || number > INT_MAX || fcntl((int)number, F_GETFD) == -1)
		return -EBADF;
	place->descriptor = (int)number;
	return 0;
}

bool output_place_is_foreign(const struct output_place *place, const struct stat *file)
{
	struct stat folder;

	return !fstat(place->folder, &folder) && folder.st_mode & S_ISVTX &&
	       folder.st_mode & S_IWOTH && file->st_uid != geteuid();
}

/* Whose folder it is may lay links in it. */
static bool is_of_the_folders_owner(const struct output_place *place, const struct stat *link)
{
	struct stat folder;

	return !fstat(place->folder, &folder) && link->st_uid == folder.st_uid;
}

/* 1: what is at the name is the end of the way; 0: path is where its link leads. */
static int follow(struct output_place *place, char path[PATH_MAX], const char **ret_reason)
{
	struct stat status;
	ssize_t length;
	int error = is_in_proc(place) ? find_descriptor(place) : 0;

	if (error || place->descriptor >= 0)
		return error ? error : 1;
	if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 1 : -errno;
	if (!S_ISLNK(status.st_mode))
		return 1;
	place->is_open_file = is_in_proc(place);
	if (place->is_open_file)
		return 1;
	if (output_place_is_foreign(place, &status) && !is_of_the_folders_owner(place, &status)) {
		*ret_reason = "it is somebody else's link, in a folder that all may write to";
		return -EACCES;
	}
	length = readlinkat(place->folder, place->name, path, PATH_MAX - 1);
	if (length == -1)
		return -errno;
	path[length] = 0;
	return 0;
}

int output_place_find(const char *path, struct output_place *ret, const char **ret_reason)
{
	char rest[PATH_MAX];

	*ret = (struct output_place){ .folder = -1, .descriptor = -1 };
	if (!*path) {
		*ret_reason = "an empty name is no file's";
		return -ENOENT;
	}
	if (strlen(path) >= sizeof(rest))
		return -ENAMETOOLONG;
	strcpy(rest, path);
	ret->folder = AT_FDCWD;
	for (int links = 0; links <= LINKS_MOST; links++) {
		int error = enter(ret, rest);

		if (!error)
			error = follow(ret, rest, ret_reason);
		if (error)
			return error < 0 ? error : 0;
	}
	return -ELOOP;
}

static int mount_of(int fd, int64_t *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return sysfile_read_keyed_integer("", path, "mnt_id", ret);
}

bool output_place_is_mount_point(const struct output_place *place)
{
	int file = openat(place->folder, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int64_t own = 0, above = 0;
	bool is_mounted;

	if (file == -1)
		return false;
	is_mounted = !mount_of(file, &own) && !mount_of(place->folder, &above) && own != above;
	close(file);
	return is_mounted;
}

void output_place_done(struct output_place *place)
{
	if (place->folder >= 0)
		close(place->folder);
	place->folder = -1;
}
