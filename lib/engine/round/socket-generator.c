/* SPDX-License-Identifier: MIT */
#include "engine/round/socket-generator.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel/pages.h"

#define EVENTS_MOST 256
/* While nothing comes we look after the server so often, and lose patience at last. */
#define LOOK_MS 200
#define LOOKS_MOST 20
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
/* Tells connections apart; numbers of requests stay below. */
#define CONNECTION_STEP 0x2545f4914f6cdd1du
#define WORD_STEP 0xd1342543de82ef95u

struct socket_generator_way {
	size_t sent, got;          /* bytes of the request under way, and of its echo */
	uint64_t filled;           /* the request that the buffer holds; counted from 1 */
	bool wants_room;           /* epoll tells when there is room to send */
};

/* Opening */

static int watch(struct socket_generator *generator, uint32_t i, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .u32 = i } };

	return epoll_ctl(generator->epoll, operation, generator->sockets[i], &event) ? -errno : 0;
}

static int take_memory(struct socket_generator *generator)
{
	generator->ways = pages_take(generator->count * sizeof(*generator->ways));
	generator->events = pages_take(EVENTS_MOST * sizeof(*generator->events));
	generator->echo = pages_take(generator->message_bytes + 1);
	generator->idle = pages_take(generator->count * sizeof(*generator->idle));
	return generator->ways && generator->events && generator->echo && generator->idle
		? 0 : -ENOMEM;
}

int socket_generator_open(struct socket_generator *generator)
{
	int error = take_memory(generator);

	generator->epoll = error ? -1 : epoll_create1(EPOLL_CLOEXEC);
	if (!error && generator->epoll == -1)
		error = -errno;
	generator->is_open = generator->epoll >= 0;
	for (uint32_t i = 0; i < generator->count && !error; i++)
		error = watch(generator, i, EPOLL_CTL_ADD, EPOLLIN);
	if (error)
		socket_generator_close(generator);
	return error;
}

void socket_generator_close(struct socket_generator *generator)
{
	if (generator->is_open)
		close(generator->epoll);
	generator->is_open = false;
	pages_give(generator->ways, generator->count * sizeof(*generator->ways));
	pages_give(generator->events, EVENTS_MOST * sizeof(*generator->events));
	pages_give(generator->echo, generator->message_bytes + 1);
	pages_give(generator->idle, generator->count * sizeof(*generator->idle));
	generator->idle = NULL;
	generator->ways = NULL;
	generator->events = NULL;
	generator->echo = NULL;
}

/* The hot loop */

/* Before the clock is started: what a message is made of is no part of it. */
static inline void fill(const struct socket_generator *generator, uint32_t i)
{
	struct engine_lane *lane = &generator->lanes[i];
	uint64_t *words = (uint64_t *)(void *)lane->buffer;
	uint64_t number = lane->begun + 1, first = (i + 1) * CONNECTION_STEP + number;

	if (generator->ways[i].filled == number)
		return;
	for (size_t word = 0; word * sizeof(*words) < generator->message_bytes; word++)
		words[word] = (first + word * WORD_STEP) * ENGINE_PATTERN;
	generator->ways[i].filled = number;
}

static inline int ask_for_room(struct socket_generator *generator, uint32_t i, bool wants_room)
{
	struct socket_generator_way *way = &generator->ways[i];

	if (way->wants_room == wants_room)
		return 0;
	way->wants_room = wants_room;
	return watch(generator, i, EPOLL_CTL_MOD, EPOLLIN | (wants_room ? EPOLLOUT : 0));
}

static inline int end_of(int error)
{
	return error == ECONNRESET ? -EPIPE : -error;
}

static int send_rest(struct socket_generator *generator, uint32_t i)
{
	struct socket_generator_way *way = &generator->ways[i];

	while (way->sent < generator->message_bytes) {
		ssize_t sent = send(generator->sockets[i], generator->lanes[i].buffer + way->sent,
				    generator->message_bytes - way->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent == -1 && errno == EINTR)
			continue;
		if (sent == -1 && errno == EAGAIN)
			return ask_for_room(generator, i, true);
		if (sent == -1)
			return end_of(errno);
		way->sent += (size_t)sent;
	}
	return ask_for_room(generator, i, false);
}

/* The last of those that wait: all have their turn. */
static inline void line_up(struct socket_generator *generator, uint32_t i)
{
	generator->idle[(generator->idle_first + generator->idle_count++) % generator->count] = i;
}

/* Those that wait for their turn, as many as are due; one that finds no more rests. */
static int begin_due(struct socket_generator *generator)
{
	int error = 0;

	generator->due_ns = 0;
	while (generator->idle_count && !error) {
		uint32_t i = generator->idle[generator->idle_first];
		struct socket_generator_way *way = &generator->ways[i];
		bool is_taken;

		fill(generator, i);
		is_taken = engine_take_now(&generator->lanes[i], &generator->due_ns);
		if (generator->due_ns)
			break;
		generator->idle_first = (generator->idle_first + 1) % generator->count;
		generator->idle_count--;
		if (!is_taken)
			continue;
		generator->in_flight++;
		way->sent = way->got = 0;
		error = send_rest(generator, i);
	}
	return error;
}

/* One byte more than there should be has room: an echo may not be longer. */
static int take_echo(struct socket_generator *generator, uint32_t i, size_t bytes)
{
	struct socket_generator_way *way = &generator->ways[i];
	struct engine_lane *lane = &generator->lanes[i];
	int error;

	if (bytes > way->sent - way->got || memcmp(generator->echo, lane->buffer + way->got, bytes))
		return -EILSEQ;
	way->got += bytes;
	if (way->got < generator->message_bytes)
		return 0;
	error = engine_done(lane, (long)generator->message_bytes);
	generator->in_flight--;
	/* What comes before the next is sent would be of nobody. */
	way->sent = way->got = 0;
	if (error)
		return error;
	line_up(generator, i);
	return begin_due(generator);
}

static int receive(struct socket_generator *generator, uint32_t i)
{
	size_t rest = generator->message_bytes - generator->ways[i].got;
	ssize_t got;

	do
		got = recv(generator->sockets[i], generator->echo, rest + 1, MSG_DONTWAIT);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return errno == EAGAIN ? 0 : end_of(errno);
	return got ? take_echo(generator, i, (size_t)got) : -EPIPE;
}

static int answer(struct socket_generator *generator, const struct epoll_event *event)
{
	uint32_t i = event->data.u32;
	int error = 0;

	if (event->events & EPOLLOUT)
		error = send_rest(generator, i);
	if (!error && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		error = receive(generator, i);
	return error;
}

/* Not epoll_wait(2): in whole milliseconds the next request would be late. */
static int await_until_due(const struct socket_generator *generator)
{
	int64_t most_ns = (int64_t)LOOK_MS * 1000000;
	struct timespec left = { 0, generator->due_ns < most_ns ? generator->due_ns : most_ns };
	int count = (int)syscall(SYS_epoll_pwait2, generator->epoll, generator->events, EVENTS_MOST,
				 &left, NULL, 0);

	if (count == -1)
		return errno == EINTR ? 0 : -errno;
	return count || !generator->look ? count : generator->look(generator->context);
}

static int await_events(const struct socket_generator *generator)
{
	if (generator->due_ns)
		return await_until_due(generator);
	for (int looks = 0; looks < LOOKS_MOST; looks++) {
		int error, count = epoll_wait(generator->epoll, generator->events, EVENTS_MOST, LOOK_MS);

		if (count > 0)
			return count;
		if (count == -1 && errno != EINTR)
			return -errno;
		error = generator->look ? generator->look(generator->context) : 0;
		if (error)
			return error;
	}
	return -ETIMEDOUT;
}

int socket_generator_run(struct socket_generator *generator)
{
	int error;

	generator->in_flight = generator->idle_first = generator->idle_count = 0;
	for (uint32_t i = 0; i < generator->count; i++)
		line_up(generator, i);
	error = begin_due(generator);
	while (!error && (generator->in_flight || generator->due_ns)) {
		int count = await_events(generator);

		error = count < 0 ? count : 0;
		for (int i = 0; i < count && !error; i++)
			error = answer(generator, &generator->events[i]);
		/* Time may have brought what is due, if nothing else did. */
		if (!error)
			error = begin_due(generator);
	}
	return error;
}
