/* SPDX-License-Identifier: MIT */
/*
 * turn - in the place of a worker: waits for its turn among the workers of all runs,
 * then becomes the worker of its own name.
 *
 * HANDOFF_TURN is the folder of the real workers; the turn is a lock on it, which
 * ends with the worker and all that has it by inheritance.  So many runs at once have
 * one round under way, and their rounds come one after the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *folder = getenv("HANDOFF_TURN"), *name = strrchr(argv[0], '/');
	char path[4096];
	int lock;

	(void)argc;
	if (!folder || !name ||
	    (size_t)snprintf(path, sizeof(path), "%s%s", folder, name) >= sizeof(path)) {
		fprintf(stderr, "turn: HANDOFF_TURN is to be the folder of the workers\n");
		return 2;
	}
	lock = open(folder, O_RDONLY | O_DIRECTORY);
	while (lock >= 0 && flock(lock, LOCK_EX))
		if (errno != EINTR)
			break;
	execv(path, argv);
	fprintf(stderr, "turn: %s: %s\n", path, strerror(errno));
	return 1;
}
