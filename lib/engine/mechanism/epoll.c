/* SPDX-License-Identifier: MIT */
/*
 * epoll: an event loop, one thread that waits for all lanes at once.
 *
 * Waits are timers as event loops keep them: in a heap, with one timerfd that goes
 * off for the first of them, and epoll_wait(2) for it.  So that there are two calls
 * for all that end at once, and two descriptors however many lanes.  A loop has to
 * know the time, unlike other engines: its clock is CLOCK_MONOTONIC, its cost ours.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/lane.h"
#include "engine/mechanism/epoll-server.h"
#include "engine/mechanism/list.h"
#include "engine/timers.h"

struct loop {
	const struct engine_config *config;
	struct engine_timers timers;
	int epoll, timer;
	uint64_t calls;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void close_loop(struct loop *loop)
{
	if (loop->timer >= 0)
		close(loop->timer);
	if (loop->epoll >= 0)
		close(loop->epoll);
	engine_timers_done(&loop->timers);
}

static int watch_timer(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN };

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll == -1)
		return -errno;
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer == -1)
		return -errno;
	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->timer, &event) ? -errno : 0;
}

static int epoll_open(void *state, const struct engine_config *config, char *ret_reason)
{
	struct loop *loop = state;
	int error;

	(void)ret_reason;
	*loop = (struct loop){ .config = config, .epoll = -1, .timer = -1 };
	error = engine_timers_init(&loop->timers, config->depth);
	if (!error)
		error = watch_timer(loop);
	if (error)
		close_loop(loop);
	return error;
}

/* The wait begins now, not when the loop last looked at its clock: none ends early. */
static void begin_wait(struct loop *loop, struct engine_lane *lane)
{
	if (engine_take(lane))
		engine_timers_add(&loop->timers, now_ns() + loop->config->wait_ns, lane);
}

/* Setting it again makes a timer that went off unready: it need not be read. */
static int await_first(struct loop *loop)
{
	uint64_t first = engine_timers_first_ns(&loop->timers);
	struct itimerspec when = { .it_value = { (time_t)(first / 1000000000),
						 (long)(first % 1000000000) } };
	struct epoll_event event;
	int count;

	loop->calls += 2;
	if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL))
		return -errno;
	while ((count = epoll_wait(loop->epoll, &event, 1, -1)) == -1 && errno == EINTR)
		loop->calls++;
	return count == -1 ? -errno : 0;
}

static int end_waits(struct loop *loop)
{
	uint64_t now = now_ns();
	int error = 0;

	while (!error && loop->timers.count && engine_timers_first_ns(&loop->timers) <= now) {
		struct engine_lane *lane = engine_timers_take(&loop->timers);

		error = engine_done(lane, 0);
		begin_wait(loop, lane);
	}
	return error;
}

static int epoll_run(void *state)
{
	struct loop *loop = state;
	int error = 0;

	loop->timers.count = 0;
	for (uint32_t i = 0; i < loop->config->depth; i++)
		begin_wait(loop, &loop->config->lanes[i]);
	while (!error && loop->timers.count) {
		error = await_first(loop);
		if (!error)
			error = end_waits(loop);
	}
	return error;
}

static void epoll_tell(const void *state, struct engine_facts *ret)
{
	const struct loop *loop = state;

	ret->tasks = 1;
	ret->calls = (double)loop->calls;
}

static void epoll_close(void *state)
{
	close_loop(state);
}

const struct engine engine_epoll = {
	.about = { "epoll", "an event loop: epoll_wait(2), timers in a heap behind a timerfd",
		   ENGINE_SLEEPS | ENGINE_SERVES | ENGINE_NO_FILES },
	.state_bytes = sizeof(struct loop),
	.open = epoll_open,
	.run = epoll_run,
	.tell = epoll_tell,
	.close = epoll_close,
	.server = &engine_epoll_server,
};
