/* SPDX-License-Identifier: MIT */
#include "measure/calibrated.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRACTION_BITS 10
#define FRACTION (1 << FRACTION_BITS)
#define RATE_NS 1000000
#define RATE_TRIES 8
#define LOOKS 1000
/* An overshoot beyond so many looks came from outside. */
#define SLACK_LOOKS 4
#define SPIN_LOOKS_LEAST 1.5

/* Without the fences of kernel/clock.h, which take longer than the shortest spin. */
static inline uint64_t look(enum clock_source source)
{
#if defined(__x86_64__)
	if (clock_is_counter(source)) {
		uint32_t low, high;

		__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
		return (uint64_t)high << 32 | low;
	}
#endif
	return clock_stop(source);
}

int calibrated_run_empty(void *argument, uint64_t n)
{
	struct calibrated_state *state = argument;

	for (uint64_t i = 0; i < n; i++)
		__asm__ volatile("" : : : "memory");
	state->performed += n;
	return 0;
}

static uint64_t next_spin(struct calibrated_state *state)
{
	if (!state->spike_every || ++state->since_spike < state->spike_every)
		return state->spin;
	state->since_spike = 0;
	return state->spin * CALIBRATED_SPIKE_FACTOR;
}

static int run_spin(void *argument, uint64_t n)
{
	struct calibrated_state *state = argument;
	uint64_t origin = look(state->source) - state->call, due = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t spent;

		due += next_spin(state);
		do
			spent = look(state->source) - origin;
		while (spent < due >> FRACTION_BITS);
		if (spent - (due >> FRACTION_BITS) > state->slack) {
			origin += spent;
			due = 0;
		}
	}
	state->performed += n;
	return 0;
}

static int run_sleep(void *argument, uint64_t n)
{
	struct calibrated_state *state = argument;

	for (uint64_t i = 0; i < n; i++) {
		int error = clock_nanosleep(CLOCK_MONOTONIC, 0, &state->sleep, NULL);

		if (error)
			return -error;
		state->performed++;
	}
	return 0;
}

/* Every page is a fault, and is given back for the next time. */
static int run_pages(void *argument, uint64_t n)
{
	struct calibrated_state *state = argument;

	for (uint64_t i = 0; i < n; i++) {
		for (size_t page = 0; page < state->page_count; page++)
			*(volatile char *)(state->pages + page * state->page_bytes) = 1;
		if (madvise(state->pages, state->page_count * state->page_bytes, MADV_DONTNEED))
			return -errno;
		state->performed++;
	}
	return 0;
}

/* Three rounds of ten, never two in a row. */
double calibrated_two_modes(uint64_t round)
{
	return round * 7 % 10 < 10 * CALIBRATED_MODE_SHARE ? CALIBRATED_MODE_FACTOR : 1;
}

double calibrated_ramp(uint64_t round)
{
	return 1 + CALIBRATED_RAMP * (double)round;
}

double calibrated_square_wave(uint64_t round)
{
	uint64_t at = round % CALIBRATED_SQUARE_ROUNDS;

	return at < CALIBRATED_SQUARE_ROUNDS / 2 ? 1 : CALIBRATED_SQUARE_FACTOR;
}

#define SPIN(name_, summary_, ns_, batch_) \
	{ .about = { name_, summary_, 0 }, .spin_ns = ns_, .batch = batch_, .run = run_spin }

static const struct calibrated all_calibrated[] = {
	{ .about = { "nop", "nothing, in batches", 0 }, .batch = 1, .run = calibrated_run_empty },
	{ .about = { "nop-alone", "nothing, each alone", 0 }, .batch = 0, .run = calibrated_run_empty },
	SPIN("spin-50ns", "spins for 50 ns", 50, -1),
	SPIN("spin-200ns", "spins for 200 ns", 200, -1),
	SPIN("spin-500ns", "spins for 500 ns, in batches", 500, 1),
	SPIN("spin-1us", "spins for 1 us", 1e3, -1),
	SPIN("spin-10us", "spins for 10 us", 1e4, -1),
	SPIN("spin-100us", "spins for 100 us", 1e5, -1),
	SPIN("spin-1ms", "spins for 1 ms", 1e6, -1),
	{ .about = { "spikes", "spins, every 64th time ten times as long", 0 },
	  .spin_ns = CALIBRATED_BASE_NS, .spike_every = CALIBRATED_SPIKE_EVERY, .batch = 0,
	  .run = run_spin },
	{ .about = { "two-modes", "spins 20 % longer in three rounds of ten", 0 },
	  .spin_ns = CALIBRATED_BASE_NS, .batch = -1, .factor = calibrated_two_modes, .run = run_spin },
	{ .about = { "ramp", "spins 0.5 % longer with every round", 0 },
	  .spin_ns = CALIBRATED_BASE_NS, .batch = -1, .factor = calibrated_ramp, .run = run_spin },
	{ .about = { "square-wave", "spins 10 % longer in four rounds of eight", 0 },
	  .spin_ns = CALIBRATED_BASE_NS, .batch = -1, .factor = calibrated_square_wave, .run = run_spin },
	{ .about = { "sleep", "sleeps for 100 us", 0 }, .sleep_ns = 1e5, .batch = 0,
	  .run = run_sleep },
	{ .about = { "pages", "touches 16 fresh pages", 0 }, .page_count = 16, .batch = 0,
	  .run = run_pages },
	SPIN("spin-same", "spins for 10 us, under another name", 1e4, -1),
	SPIN("spin-more", "spins 5 % longer than that", 1e4 * CALIBRATED_MORE, -1),
};

#define ALL_CALIBRATED (sizeof(all_calibrated) / sizeof(all_calibrated[0]))

const struct mechanism *calibrated_about(size_t i)
{
	return i < ALL_CALIBRATED ? &all_calibrated[i].about : NULL;
}

const struct calibrated *calibrated_find(const char *name)
{
	for (size_t i = 0; i < ALL_CALIBRATED; i++)
		if (!strcmp(all_calibrated[i].about.name, name))
			return &all_calibrated[i];
	return NULL;
}

struct instant {
	uint64_t ticks, raw_ns, bracket;
};

/* Both clocks at once: the narrowest of some tries. */
static struct instant look_at_both(enum clock_source source)
{
	struct instant best = { .bracket = UINT64_MAX };

	for (int i = 0; i < RATE_TRIES; i++) {
		uint64_t before = clock_stop(source), raw_ns = clock_raw_ns();
		uint64_t bracket = clock_stop(source) - before;

		if (bracket < best.bracket)
			best = (struct instant){ before + bracket / 2, raw_ns, bracket };
	}
	return best;
}

static double find_rate(enum clock_source source)
{
	struct instant from = look_at_both(source), to;

	while (clock_raw_ns() - from.raw_ns < RATE_NS)
		;
	to = look_at_both(source);
	return (double)(to.raw_ns - from.raw_ns) / (double)(to.ticks - from.ticks);
}

/* The shortest of three rows: an interruption only ever adds. */
static double find_look(enum clock_source source)
{
	uint64_t best = UINT64_MAX;

	for (int attempt = 0; attempt < 3; attempt++) {
		uint64_t begin = look(source), end = begin;

		for (int i = 0; i < LOOKS; i++)
			end = look(source);
		best = end - begin < best ? end - begin : best;
	}
	return (double)best / LOOKS;
}

/* Of a clock that stands still between two looks, its step. */
static double find_step(enum clock_source source)
{
	uint64_t best = UINT64_MAX, last = look(source);

	for (int i = 0; i < LOOKS; i++) {
		uint64_t now = look(source);

		if (now != last && now - last < best)
			best = now - last;
		last = now;
	}
	return best < UINT64_MAX ? (double)best : 1;
}

static int open_spin(const struct calibrated *calibrated, uint64_t round,
		     struct calibrated_state *state)
{
	double factor = calibrated->factor ? calibrated->factor(round) : 1;
	double rate = clock_is_counter(state->source) ? find_rate(state->source) : 1;
	double ticks = calibrated->spin_ns * factor / rate;

	if (ticks < SPIN_LOOKS_LEAST * state->look_ticks)
		return -EDOM;
	state->spin = (uint64_t)(ticks * FRACTION + 0.5);
	state->slack = (uint64_t)(SLACK_LOOKS * state->look_ticks);
	state->spike_every = calibrated->spike_every;
	return 0;
}

static int open_pages(const struct calibrated *calibrated, struct calibrated_state *state)
{
	void *map;

	state->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	state->page_count = calibrated->page_count;
	map = mmap(NULL, state->page_count * state->page_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return -errno;
	state->pages = map;
	/* One fault a page, not one for several; a kernel without them says EINVAL. */
	madvise(map, state->page_count * state->page_bytes, MADV_NOHUGEPAGE);
	return 0;
}

int calibrated_open(const struct calibrated *calibrated, enum clock_source source, uint64_t round,
		    struct calibrated_state *ret)
{
	double step;

	memset(ret, 0, sizeof(*ret));
	ret->source = source;
	ret->look_ticks = find_look(source);
	/* The first look of a call, and half a look too many at its end. */
	ret->call = (uint64_t)(1.5 * ret->look_ticks + 0.5);
	step = find_step(source);
	ret->look_ticks = step > ret->look_ticks ? step : ret->look_ticks;
	ret->sleep.tv_nsec = (long)calibrated->sleep_ns;
	if (calibrated->page_count)
		return open_pages(calibrated, ret);
	return calibrated->spin_ns > 0 ? open_spin(calibrated, round, ret) : 0;
}

void calibrated_close(struct calibrated_state *state)
{
	if (state->pages)
		munmap(state->pages, state->page_count * state->page_bytes);
	memset(state, 0, sizeof(*state));
}
