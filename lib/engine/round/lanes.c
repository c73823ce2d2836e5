/* SPDX-License-Identifier: MIT */
#include "engine/round/lanes.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096u

static size_t whole_pages(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static size_t buffer_bytes(const struct engine_lanes_plan *plan)
{
	return whole_pages(plan->block_bytes);
}

static size_t sample_bytes(const struct engine_lanes_plan *plan)
{
	return whole_pages(plan->samples * sizeof(int64_t));
}

static void lay_out(struct engine_lanes *ret, const struct engine_lanes_plan *plan, char *memory)
{
	char *at = memory + PAGE_BYTES;

	ret->load = (struct engine_load *)(void *)memory;
	ret->lanes = (struct engine_lane *)(void *)at;
	at += whole_pages(plan->count * sizeof(*ret->lanes));
	for (uint32_t i = 0; i < plan->count; i++) {
		ret->lanes[i].load = ret->load;
		ret->lanes[i].until_timed = 1;
		ret->lanes[i].buffer = (unsigned char *)at;
		at += buffer_bytes(plan);
		ret->lanes[i].sample.ticks = (int64_t *)(void *)at;
		ret->lanes[i].sample.capacity = plan->samples;
		at += sample_bytes(plan);
	}
}

int engine_lanes_init(struct engine_lanes *ret, const struct engine_lanes_plan *plan)
{
	size_t each = buffer_bytes(plan) + sample_bytes(plan), bytes;
	char *memory;

	_Static_assert(sizeof(struct engine_load) <= PAGE_BYTES, "the load has a page of its own");
	*ret = (struct engine_lanes){ .count = plan->count };
	if (__builtin_mul_overflow(each, plan->count, &bytes))
		return -ENOMEM;
	bytes += PAGE_BYTES + whole_pages(plan->count * sizeof(*ret->lanes));
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	/* MAP_POPULATE may come short without a word. */
	memset(memory, 0, bytes);
	ret->bytes = bytes;
	lay_out(ret, plan, memory);
	ret->load->block_bytes = plan->block_bytes;
	ret->load->sampling = 1;
	ret->load->share = 1;
	ret->load->blocks = 1;
	return 0;
}

void engine_lanes_done(struct engine_lanes *lanes)
{
	if (lanes->load)
		munmap(lanes->load, lanes->bytes);
	lanes->load = NULL;
}

void engine_lanes_aim(struct engine_lanes *lanes, uint64_t blocks, bool is_scattered)
{
	uint64_t mask = 1;

	while (mask < blocks)
		mask *= 2;
	lanes->load->blocks = blocks;
	lanes->load->scatter_mask = is_scattered && blocks > 1 ? mask - 1 : 0;
}

void engine_lanes_begin(struct engine_lanes *lanes, uint64_t count)
{
	struct engine_load *load = lanes->load;

	load->first += load->count;
	load->count = count;
	load->taken = 0;
	load->share = count / ((uint64_t)lanes->count * ENGINE_SHARES_PER_LANE);
	if (!load->share || load->pace)
		load->share = 1;
	for (uint32_t i = 0; i < lanes->count; i++)
		lanes->lanes[i].number = lanes->lanes[i].end = 0;
}

void engine_lanes_begin_each(struct engine_lanes *lanes, uint64_t each)
{
	struct engine_load *load = lanes->load;

	engine_lanes_begin(lanes, each * lanes->count);
	for (uint32_t i = 0; i < lanes->count; i++) {
		lanes->lanes[i].number = load->first + i * each;
		lanes->lanes[i].end = lanes->lanes[i].number + each;
	}
	load->taken = load->count;
}

void engine_lanes_mark(struct engine_lanes *lanes, uint64_t every)
{
	lanes->load->mark_every = every;
	if (every)
		memset(lanes->load->marks, 0, sizeof(lanes->load->marks));
}

void engine_lanes_pace(struct engine_lanes *lanes, struct engine_pace *pace)
{
	lanes->load->pace = pace;
	lanes->load->sampling = 1;
	for (uint32_t i = 0; i < lanes->count; i++)
		lanes->lanes[i].until_timed = 1;
}

void engine_lanes_clear(struct engine_lanes *lanes)
{
	for (uint32_t i = 0; i < lanes->count; i++)
		lanes->lanes[i].sample.count = 0;
}

uint64_t engine_lanes_begun(const struct engine_lanes *lanes)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < lanes->count; i++)
		sum += lanes->lanes[i].begun;
	return sum;
}

uint64_t engine_lanes_ended(const struct engine_lanes *lanes)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < lanes->count; i++)
		sum += lanes->lanes[i].ended;
	return sum;
}
