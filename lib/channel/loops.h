/* SPDX-License-Identifier: MIT */
/*
 * channel/loops - makes the hot loops of every channel from its send and receive.
 *
 * A channel's file defines NAME_send() and NAME_receive() (static inline), says
 * CHANNEL_LOOPS(NAME) behind them and CHANNEL_HOOKS(NAME) in its struct channel.
 *
 *   ping   n round trips: write a message, send, receive, read the answer
 *   pong   the other side of it, until the message that comes with *end->stop
 *   pour   n messages, n a multiple of the depth; after each depth of them a
 *          short answer is waited for, so that no more are ever under way
 *   drain  the other side of that, until *end->stop
 *   take   n messages received, none sent
 *   feed   the other side of that, until *end->stop is seen, between two messages
 *   twin   n round trips by one task that holds both ends: the same calls, and
 *          nobody to switch to
 *
 * and those of channel/ring-loops.h.  How an end waits for a message is its own
 * (channel/pair/wait.h), not the channel's.
 *
 * Every message is written whole by its sender, another pattern each time, and
 * read and summed whole by its receiver; both keep the sums.  All return 0 or
 * the first error.
 */
#ifndef HANDOFF_CHANNEL_LOOPS_H
#define HANDOFF_CHANNEL_LOOPS_H

#include <errno.h>
#include <string.h>

#include "channel/channel.h"
#include "channel/ring-loops.h"
#include "kernel/cpu-relax.h"

#define CHANNEL_PATTERN 0x9e3779b97f4a7c15u   /* 2^64 / golden ratio: odd, all bits in use */

/* The answer to a full window is as short as can be. */
static inline size_t channel_answer_bytes(const struct channel_end *end)
{
	return end->message_bytes ? 1 : 0;
}

/*
 * What is left behind the words goes byte by byte, and through registers only: a word that
 * is put together in memory and loaded whole waits until the store before it, that of
 * the message, has got its line from the other CPU.
 */
static inline uint64_t channel_write_tail(unsigned char *to, size_t bytes, uint64_t pattern)
{
	uint64_t tail = 0;

	for (size_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)(pattern >> 8 * i);

		to[i] = byte;
		tail |= (uint64_t)byte << 8 * i;
	}
	return tail;
}

static inline uint64_t channel_read_tail(const unsigned char *from, size_t bytes)
{
	uint64_t tail = 0;

	for (size_t i = 0; i < bytes; i++)
		tail |= (uint64_t)from[i] << 8 * i;
	return tail;
}

static inline uint64_t channel_write_words(unsigned char *to, size_t count, uint64_t pattern)
{
	uint64_t *words = (uint64_t *)(void *)to;

	for (size_t i = 0; i < count; i++)
		words[i] = pattern;
	return count * pattern;
}

static inline uint64_t channel_read_words(const unsigned char *from, size_t count)
{
	const uint64_t *words = (const uint64_t *)(const void *)from;
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += words[i];
	return sum;
}

/* A message of a few bytes is not kept waiting by a loop over no words. */
static inline void channel_write_message(struct channel_end *end, size_t bytes)
{
	uint64_t pattern = ++end->sent * CHANNEL_PATTERN;
	size_t count = bytes / sizeof(pattern), tail = bytes % sizeof(pattern);

	if (count)
		end->sum_sent += channel_write_words(end->out, count, pattern);
	if (tail)
		end->sum_sent += channel_write_tail(end->out + bytes - tail, tail, pattern);
}

static inline void channel_read_message(struct channel_end *end, size_t bytes)
{
	size_t count = bytes / sizeof(uint64_t), tail = bytes % sizeof(uint64_t);

	end->received++;
	if (count)
		end->sum_received += channel_read_words(end->in, count);
	if (tail)
		end->sum_received += channel_read_tail(end->in + bytes - tail, tail);
}

static inline bool channel_is_last(const struct channel_end *end)
{
	return __atomic_load_n(end->stop, __ATOMIC_ACQUIRE);
}

static inline bool channel_tries_again(struct channel_end *end, int error)
{
	if (error != -EAGAIN || !end->is_spinning)
		return false;
	end->waits++;
	cpu_relax();
	return true;
}

/* Inlined always, so that the receive of a template is no call through a pointer. */
__attribute__((always_inline))
static inline int channel_receive(int (*receive)(struct channel_end *, size_t),
				  struct channel_end *end, size_t bytes)
{
	int error;

	do {
		error = end->await ? end->await(end) : 0;
		if (!error)
			error = receive(end, bytes);
	} while (error && channel_tries_again(end, error));
	return error;
}

#define CHANNEL_LOOPS(name) \
	static inline int name##_put(struct channel_end *end, size_t bytes) \
	{ \
		channel_write_message(end, bytes); \
		return name##_send(end, bytes); \
	} \
	static inline int name##_get(struct channel_end *end, size_t bytes) \
	{ \
		int error = channel_receive(name##_receive, end, bytes); \
		if (!error) \
			channel_read_message(end, bytes); \
		return error; \
	} \
	static int name##_ping(struct channel_end *end, uint64_t n) \
	{ \
		int error = 0; \
		while (n-- && !error) { \
			error = name##_put(end, end->message_bytes); \
			if (!error) \
				error = name##_get(end, end->message_bytes); \
		} \
		return error; \
	} \
	static int name##_pong(struct channel_end *end) \
	{ \
		int error = name##_get(end, end->message_bytes); \
		while (!error && !channel_is_last(end)) { \
			error = name##_put(end, end->message_bytes); \
			if (!error) \
				error = name##_get(end, end->message_bytes); \
		} \
		return error; \
	} \
	static int name##_pour(struct channel_end *end, uint64_t n) \
	{ \
		int error = 0; \
		while (n && !error) { \
			for (uint32_t i = 0; i < end->depth && !error; i++) \
				error = name##_put(end, end->message_bytes); \
			if (!error) \
				error = name##_get(end, channel_answer_bytes(end)); \
			n -= end->depth < n ? end->depth : n; \
		} \
		return error; \
	} \
	static int name##_drain(struct channel_end *end) \
	{ \
		int error = 0; \
		while (!error) { \
			for (uint32_t i = 0; i < end->depth && !error; i++) { \
				error = name##_get(end, end->message_bytes); \
				if (!error && channel_is_last(end)) \
					return 0; \
			} \
			if (!error) \
				error = name##_put(end, channel_answer_bytes(end)); \
		} \
		return error; \
	} \
	static int name##_take(struct channel_end *end, uint64_t n) \
	{ \
		int error = 0; \
		while (n-- && !error) \
			error = name##_get(end, end->message_bytes); \
		return error; \
	} \
	static int name##_feed(struct channel_end *end) \
	{ \
		int error = 0; \
		while (!error && !channel_is_last(end)) \
			error = name##_put(end, end->message_bytes); \
		return error; \
	} \
	static int name##_twin(struct channel_end *a, struct channel_end *b, uint64_t n) \
	{ \
		int error = 0; \
		while (n-- && !error) { \
			error = name##_put(a, a->message_bytes); \
			if (!error) \
				error = name##_get(b, b->message_bytes); \
			if (!error) \
				error = name##_put(b, b->message_bytes); \
			if (!error) \
				error = name##_get(a, a->message_bytes); \
		} \
		return error; \
	} \
	CHANNEL_RING_LOOPS(name) \
	_Static_assert(sizeof(struct channel_end) <= 256, "an end takes two cache lines")

#define CHANNEL_HOOKS(name) \
	.send = name##_send, .receive = name##_receive, .ping = name##_ping, .pong = name##_pong, \
	.pour = name##_pour, .drain = name##_drain, .twin = name##_twin, \
	.take = name##_take, .feed = name##_feed, \
	CHANNEL_RING_HOOKS(name)

#endif
