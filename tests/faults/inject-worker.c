/* SPDX-License-Identifier: MIT */
/* inject-worker - the side of inject that becomes a worker. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "inject.h"

#define EXIT_BROKEN 9

__attribute__((noreturn))
static void give_up(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	_exit(EXIT_BROKEN);
}

static void dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv(SOCKET_NAME);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (!name || strlen(name) >= sizeof(address.sun_path))
		give_up(SOCKET_NAME);
	strcpy(address.sun_path, name);
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    dup3(fd, CHANNEL_FD, O_CLOEXEC) == -1)
		give_up(name);
	close(fd);
}

static void ask(char **argv, struct watch *ret)
{
	char words[ARGUMENTS_MAX];
	size_t length = 0;

	for (; *argv && length < sizeof(words) - 1; argv++)
		length += (size_t)snprintf(words + length, sizeof(words) - length, "%s\n", *argv);
	if (length >= sizeof(words) || send(CHANNEL_FD, words, length, MSG_NOSIGNAL) == -1 ||
	    recv(CHANNEL_FD, ret, sizeof(*ret), 0) != sizeof(*ret))
		give_up("the controller");
}

void inject_be_worker(char **argv)
{
	const char *name = strrchr(argv[0], '/');
	struct watch watch;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv(WORKERS_NAME), name ? name + 1 : argv[0]);
	dial();
	ask(argv, &watch);
	unsetenv(SOCKET_NAME);
	unsetenv(WORKERS_NAME);
	if (watch.count) {
		int listener = inject_watch(&watch);

		errno = -listener;
		if (listener < 0 || inject_hand_over(listener))
			give_up("seccomp");
	}
	argv[0] = path;
	execv(path, argv);
	give_up(path);
}
