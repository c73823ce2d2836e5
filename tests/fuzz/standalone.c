/* SPDX-License-Identifier: MIT */
/*
 * standalone FOLDER-OR-FILE... - feeds a target with every file once, without libFuzzer.
 *
 * Says how many there were; 1 if there were none, or one cannot be read.
 */
#include "fuzz.h"

#ifndef HANDOFF_LIBFUZZER

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the target is fed with; NULL between two. */
static const char *fed;

/* A target that ends the program would leave out all that follows, with status 0. */
static void refuse_end(void)
{
	if (!fed)
		return;
	fprintf(stderr, "%s: the target has ended the program\n", fed);
	_exit(EXIT_FAILURE);
}

static int feed_file(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat status;
	uint8_t *bytes;
	size_t size;
	int error = 0;

	if (!file)
		return -errno;
	if (fstat(fileno(file), &status)) {
		error = -errno;
		fclose(file);
		return error;
	}
	size = (size_t)status.st_size;
	/* Of exactly its size: ASan sees who reads beyond. */
	bytes = malloc(size);
	if (fread(bytes, 1, size, file) != size)
		error = -EIO;
	fed = path;
	if (!error)
		LLVMFuzzerTestOneInput(bytes, size);
	fed = NULL;
	free(bytes);
	fclose(file);
	return error;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int feed_folder(const char *path, unsigned int *count)
{
	struct dirent **entries;
	int found = scandir(path, &entries, is_input, alphasort), error = 0;

	if (found < 0)
		return -errno;
	for (int i = 0; i < found; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		if (!error)
			error = feed_file(file);
		if (error)
			fprintf(stderr, "%s: %s\n", file, strerror(-error));
		*count += !error;
		free(entries[i]);
	}
	free(entries);
	return error;
}

int main(int argc, char **argv)
{
	unsigned int count = 0;
	int error = atexit(refuse_end) ? -ENOMEM : 0;

	for (int i = 1; i < argc && !error; i++) {
		error = feed_folder(argv[i], &count);
		if (error == -ENOTDIR) {
			error = feed_file(argv[i]);
			count++;
		}
	}
	printf("%u inputs\n", count);
	return error || !count;
}

#endif
