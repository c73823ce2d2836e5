/* SPDX-License-Identifier: MIT */
/*
 * bare-stream - the bare loop that the rates of ipc-lat are held against.
 *
 *   bare-stream pipe|sysv-msg|posix-mq SECONDS BYTES SENDERS DEPTH [CPU_A CPU_B]
 *
 * Messages a second that one process receives from SENDERS, which send without end
 * (more than one), or that it sends to one which answers each DEPTH of them by a byte.
 * The loop runs free: no look at the clock but one a thousand messages, and what comes
 * before the first of these is left out.  Written and summed whole, as in the tool.
 * A failing call ends it with status 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BYTES_MOST 4096
#define LOOK_EVERY 1000
#define PATTERN 0x9e3779b97f4a7c15u

struct message {
	long type;
	unsigned char text[BYTES_MOST];
};

/* There and back. */
struct stream {
	const char *mechanism;
	int in[2], out[2];         /* descriptors; of a queue both are the same */
	struct message message;
	uint64_t count, sum;
};

static int failed(const char *what)
{
	perror(what);
	return -1;
}

static bool is(const struct stream *stream, const char *mechanism)
{
	return !strcmp(stream->mechanism, mechanism);
}

static int open_way(struct stream *stream, int way, size_t bytes)
{
	struct mq_attr attributes = { .mq_maxmsg = 10, .mq_msgsize = (long)bytes };
	char name[64];
	int ends[2];

	if (is(stream, "pipe")) {
		if (pipe(ends))
			return failed("pipe");
		stream->in[way] = ends[0];
		stream->out[way] = ends[1];
		return 0;
	}
	if (is(stream, "sysv-msg")) {
		stream->in[way] = stream->out[way] = msgget(IPC_PRIVATE, 0600);
		return stream->in[way] == -1 ? failed("msgget") : 0;
	}
	snprintf(name, sizeof(name), "/bare-stream.%d.%d", (int)getpid(), way);
	stream->in[way] = stream->out[way] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600,
						     &attributes);
	mq_unlink(name);
	return stream->in[way] == -1 ? failed("mq_open") : 0;
}

static void close_ways(const struct stream *stream)
{
	for (int way = 0; way < 2; way++)
		if (is(stream, "sysv-msg"))
			msgctl(stream->in[way], IPC_RMID, NULL);
}

static void fill(struct stream *stream, size_t bytes)
{
	uint64_t pattern = ++stream->count * PATTERN;

	for (size_t at = 0; at < bytes; at += sizeof(pattern))
		memcpy(stream->message.text + at, &pattern,
		       bytes - at < sizeof(pattern) ? bytes - at : sizeof(pattern));
}

static void sum(struct stream *stream, size_t bytes)
{
	uint64_t word = 0;

	for (size_t at = 0; at < bytes; at += sizeof(word)) {
		memcpy(&word, stream->message.text + at,
		       bytes - at < sizeof(word) ? bytes - at : sizeof(word));
		stream->sum += word;
	}
}

static int send_one(struct stream *stream, int way, size_t bytes)
{
	struct message *message = &stream->message;

	fill(stream, bytes);
	message->type = 1;
	if (is(stream, "pipe"))
		return write(stream->out[way], message->text, bytes) == (ssize_t)bytes ? 0 : -1;
	if (is(stream, "sysv-msg"))
		return msgsnd(stream->out[way], message, bytes, 0);
	return mq_send(stream->out[way], (const char *)message->text, bytes, 0);
}

static int receive_one(struct stream *stream, int way, size_t bytes)
{
	struct message *message = &stream->message;
	ssize_t got;

	if (is(stream, "pipe"))
		got = read(stream->in[way], message->text, bytes);
	else if (is(stream, "sysv-msg"))
		got = msgrcv(stream->in[way], message, sizeof(message->text), 0, 0);
	else
		got = mq_receive(stream->in[way], (char *)message->text, sizeof(message->text), NULL);
	sum(stream, bytes);
	return got == (ssize_t)bytes ? 0 : -1;
}

static int pin(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* The other side, until it is killed: feeds, or takes DEPTH and answers. */
static void other_side(struct stream *stream, size_t bytes, int senders, int depth)
{
	int error = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!error && senders > 1)
		error = send_one(stream, 0, bytes);
	while (!error) {
		for (int i = 0; i < depth && !error; i++)
			error = receive_one(stream, 0, bytes);
		if (!error)
			error = send_one(stream, 1, 1);
	}
	_exit(1);
}

static int pass(struct stream *stream, size_t bytes, int senders, int depth)
{
	int error = 0;

	if (senders > 1)
		return receive_one(stream, 0, bytes);
	for (int i = 0; i < depth && !error; i++)
		error = send_one(stream, 0, bytes);
	return error ? error : receive_one(stream, 1, 1);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run(struct stream *stream, double seconds, size_t bytes, int senders, int depth)
{
	int each = senders > 1 ? 1 : depth, turns = LOOK_EVERY / each + 1;
	double begin = 0, now = 0, messages = 0;

	for (int look = 0; look < 2 || now - begin < seconds; look++) {
		for (int i = 0; i < turns; i++)
			if (pass(stream, bytes, senders, depth))
				return failed("pass");
		now = now_s();
		messages += look ? turns * each : 0;
		begin = look ? begin : now;
	}
	return printf("%.0f\n", messages / (now - begin)) < 0;
}

static int run_all(struct stream *stream, char **argv, int cpu_a, int cpu_b)
{
	double seconds = strtod(argv[2], NULL);
	size_t bytes = strtoul(argv[3], NULL, 10);
	int senders = atoi(argv[4]), depth = atoi(argv[5]), error;
	pid_t pids[64];

	if (!bytes || bytes > BYTES_MOST || senders < 1 || senders > 64 || depth < 1)
		return -1;
	if (pin(cpu_a) || open_way(stream, 0, bytes) || open_way(stream, 1, 1))
		return failed(stream->mechanism);
	for (int i = 0; i < senders; i++) {
		pids[i] = fork();
		if (pids[i] == 0 && !pin(cpu_b))
			other_side(stream, bytes, senders, depth);
		if (pids[i] <= 0)
			_exit(1);
	}
	error = run(stream, seconds, bytes, senders, depth);
	for (int i = 0; i < senders; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return error;
}

int main(int argc, char **argv)
{
	static struct stream stream;
	int error;

	if (argc != 6 && argc != 8) {
		fprintf(stderr, "usage: bare-stream pipe|sysv-msg|posix-mq SECONDS BYTES SENDERS "
			"DEPTH [CPU_A CPU_B]\n");
		return EXIT_FAILURE;
	}
	stream.mechanism = argv[1];
	error = run_all(&stream, argv, argc == 8 ? atoi(argv[6]) : -1, argc == 8 ? atoi(argv[7]) : -1);
	close_ways(&stream);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
