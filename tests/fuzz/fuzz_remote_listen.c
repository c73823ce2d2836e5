/* SPDX-License-Identifier: MIT */
/*
 * --listen: a session with a hostile host on the other side.
 *
 * A byte of flags, dents for the HELLO, how many bytes of data, and dents for each frame
 * that follows.  A session is a process of its own that leaves all to its end; here it
 * is a thread, and what it leaves is collected: _exit(), alarm(), pages_take() and
 * pages_give() are ours.
 */
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#include "channel/remote/session.h"
#include "fuzz-remote.h"
#include "kernel/pages.h"

#define FRAMES_MOST 6
#define TAKEN_MOST 32
#define DESCRIPTORS_MOST 16
#define DATA_BYTES_MOST 16384

enum flag { SAYS_CUT = 1, SAYS_DRAIN = 2, SAYS_DATA_FIRST = 4 };

void __wrap__exit(int status) __attribute__((noreturn));
static void *end_by_exit(void *context)
{
	pthread_exit(context);
}

/* The first one to end so has libc load a library: not while descriptors are collected. */
static void warm_up(void)
{
	static bool is_warm;
	pthread_t thread;

	if (is_warm)
		return;
	FUZZ_CLAIM(!pthread_create(&thread, NULL, end_by_exit, NULL));
	FUZZ_CLAIM(!pthread_join(thread, NULL));
	is_warm = true;
}

unsigned int __wrap_alarm(unsigned int seconds);
void *__wrap_pages_take(size_t bytes);
void *__real_pages_take(size_t bytes);
void __wrap_pages_give(void *memory, size_t bytes);
void __real_pages_give(void *memory, size_t bytes);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool has_attendant_ended;
static struct { void *memory; size_t bytes; } taken[TAKEN_MOST];

/* What attends to the control connection ends the session; the loop ends with its data. */
void __wrap__exit(int status)
{
	(void)status;
	pthread_detach(pthread_self());
	pthread_mutex_lock(&mutex);
	has_attendant_ended = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mutex);
	pthread_exit(NULL);
}

unsigned int __wrap_alarm(unsigned int seconds)
{
	FUZZ_CLAIM(seconds);
	return 0;
}

void *__wrap_pages_take(size_t bytes)
{
	void *memory = __real_pages_take(bytes);
	size_t i = 0;

	pthread_mutex_lock(&mutex);
	while (i < TAKEN_MOST && taken[i].memory)
		i++;
	FUZZ_CLAIM(i < TAKEN_MOST);
	taken[i].memory = memory;
	taken[i].bytes = bytes;
	pthread_mutex_unlock(&mutex);
	return memory;
}

void __wrap_pages_give(void *memory, size_t bytes)
{
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < TAKEN_MOST; i++)
		if (taken[i].memory == memory)
			taken[i].memory = NULL;
	pthread_mutex_unlock(&mutex);
	__real_pages_give(memory, bytes);
}

static void collect_pages(void)
{
	for (size_t i = 0; i < TAKEN_MOST; i++) {
		__real_pages_give(taken[i].memory, taken[i].bytes);
		taken[i].memory = NULL;
	}
}

static void collect_descriptors(int first)
{
	for (int fd = first; fd < first + DESCRIPTORS_MOST; fd++)
		close(fd);
}

static void claim_printable(const char *text)
{
	for (; *text; text++)
		FUZZ_CLAIM(*text >= ' ' && *text <= '~');
}

static void *run_session(void *argument)
{
	char reason[REMOTE_REASON_BYTES];
	int error = remote_session_run(*(int *)argument, reason);

	FUZZ_CLAIM(memchr(reason, 0, sizeof(reason)));
	FUZZ_CLAIM(!error || *reason);
	claim_printable(reason);
	return NULL;
}

static void make_hello(struct fuzz_input *input, unsigned int flags, unsigned char *frame)
{
	struct remote_message message;

	remote_message_init(&message, REMOTE_HELLO);
	message.mechanism = REMOTE_TCP;
	message.duty = flags & SAYS_DRAIN ? REMOTE_DRAIN : REMOTE_PONG;
	message.message_bytes = 16;
	message.depth = 4;
	remote_pack(&message, frame);
	fuzz_dent(input, frame, REMOTE_FRAME_BYTES);
	/* A datagram's end is not seen by the session: it would wait for seconds. */
	if (remote_unpack(frame, &message) || message.mechanism == REMOTE_TCP)
		return;
	message.mechanism = REMOTE_TCP;
	remote_pack(&message, frame);
}

/* USAGE, USAGE, STOP and more. */
static size_t make_frames(struct fuzz_input *input, unsigned char (*frames)[REMOTE_FRAME_BYTES])
{
	static const enum remote_kind order[FRAMES_MOST] = {
		REMOTE_USAGE, REMOTE_USAGE, REMOTE_STOP, REMOTE_USAGE, REMOTE_STOP, REMOTE_HELLO,
	};
	size_t count = fuzz_byte(input) % (FRAMES_MOST + 1);
	struct remote_message message;

	for (size_t i = 0; i < count; i++) {
		remote_message_init(&message, order[i]);
		remote_pack(&message, frames[i]);
		fuzz_dent(input, frames[i], REMOTE_FRAME_BYTES);
	}
	return count;
}

static void send_data(int data, size_t bytes)
{
	static const char zeros[DATA_BYTES_MOST];

	fuzz_send(data, zeros, bytes % DATA_BYTES_MOST);
	shutdown(data, SHUT_WR);
}

struct enemy {
	int control, data;
	bool was_ready;
};

/* From the token on.  Nothing is closed yet: what has been said is to be heard first. */
static void converse(struct fuzz_input *input, unsigned int flags, struct enemy *enemy,
		     const struct remote_message *welcome)
{
	unsigned char frames[FRAMES_MOST][REMOTE_FRAME_BYTES], ready[REMOTE_FRAME_BYTES];
	size_t bytes = fuzz_number(input), count = make_frames(input, frames);

	enemy->data = fuzz_connect(welcome->port);
	fuzz_send(enemy->data, &welcome->token, sizeof(welcome->token));
	enemy->was_ready = fuzz_receive(enemy->control, ready, sizeof(ready)) != 0;
	if (flags & SAYS_DATA_FIRST)
		send_data(enemy->data, bytes);
	fuzz_send(enemy->control, frames, count * REMOTE_FRAME_BYTES - (count && flags & SAYS_CUT));
	shutdown(enemy->control, SHUT_WR);
	send_data(enemy->data, flags & SAYS_DATA_FIRST ? 0 : bytes);
}

static void be_enemy(struct fuzz_input *input, struct enemy *enemy)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	unsigned int flags = fuzz_byte(input);
	bool is_cut = flags & SAYS_CUT && !(flags & SAYS_DATA_FIRST);
	struct remote_message answer;

	make_hello(input, flags, frame);
	fuzz_send(enemy->control, frame, sizeof(frame) - is_cut);
	if (is_cut)
		shutdown(enemy->control, SHUT_WR);
	if (!fuzz_receive(enemy->control, frame, sizeof(frame)))
		return;
	/* What is said to an enemy is of the protocol, too. */
	FUZZ_CLAIM(!remote_unpack(frame, &answer));
	FUZZ_CLAIM(answer.kind == REMOTE_WELCOME || (answer.kind == REMOTE_REFUSED && *answer.reason));
	if (answer.kind == REMOTE_WELCOME && answer.port)
		converse(input, flags, enemy, &answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };
	struct enemy enemy = { .data = -1 };
	int listener, session, first;
	pthread_t thread;
	uint16_t port;

	warm_up();
	listener = fuzz_listen(&port);
	enemy.control = fuzz_connect(port);
	session = fuzz_accept(listener);
	has_attendant_ended = false;
	first = dup(listener);
	FUZZ_CLAIM(first >= 0 && !close(first));
	FUZZ_CLAIM(!pthread_create(&thread, NULL, run_session, &session));
	be_enemy(&input, &enemy);
	FUZZ_CLAIM(!pthread_join(thread, NULL));
	pthread_mutex_lock(&mutex);
	while (enemy.was_ready && !has_attendant_ended)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	close(enemy.control);
	close(listener);
	close(session);
	/* That of our data among them. */
	collect_descriptors(first);
	collect_pages();
	return 0;
}
