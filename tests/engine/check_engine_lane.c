/* SPDX-License-Identifier: MIT */
/* check_engine_lane - a read that brings nothing is never taken for one that did */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/round/lanes.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define REQUESTS 200

static const struct { uint64_t blocks; size_t block_bytes; bool is_random; } files[] = {
	{ 1, 512, false }, { 1, 65536, true },      /* the same block, again and again */
	{ 2, 512, false }, { 3, 4096, true }, { 8, 512, true }, { 100, 8192, false },
};

static _Alignas(4096) unsigned char buffer[65536];
static struct engine_load load;
static struct engine_lane lane;
static struct engine_lanes lanes;

static void set_up(int file)
{
	memset(buffer, 0, sizeof(buffer));
	load = (struct engine_load){
		.count = 2 * REQUESTS, .share = 1, .blocks = files[file].blocks, .seed = 12345,
		.block_bytes = files[file].block_bytes, .has_bytes = true, .is_known = true,
		.sampling = 1, .source = CLOCK_GETTIME,
	};
	lane = (struct engine_lane){ .load = &load, .buffer = buffer, .until_timed = 2 * REQUESTS + 1 };
	lanes = (struct engine_lanes){ .lanes = &lane, .count = 1, .load = &load };
	engine_lanes_aim(&lanes, files[file].blocks, files[file].is_random);
}

/* What the engine's read would bring. */
static void read_block(void)
{
	engine_write_pattern(&lane);
}

START_TEST(nothing_read_is_no_block)
{
	set_up(_i);
	for (int request = 0; request < REQUESTS; request++) {
		engine_begin(&lane);
		ck_assert_msg(!engine_is_pattern(&lane), "request %d", request);
		read_block();
		ck_assert(engine_is_pattern(&lane));
	}
}
END_TEST

/* Wherever the gap is: the bytes there are still those of the block before. */
START_TEST(block_with_a_gap_is_none)
{
	unsigned char before[ENGINE_CHECK_BYTES];

	set_up(_i);
	for (size_t at = 0; at < load.block_bytes; at += sizeof(before)) {
		engine_begin(&lane);
		memcpy(before, buffer + at, sizeof(before));
		read_block();
		memcpy(buffer + at, before, sizeof(before));
		ck_assert_msg(!engine_is_pattern(&lane), "a gap at %zu", at);
		read_block();
	}
}
END_TEST

/* What a file of somebody else's holds is not known: it is touched, not compared. */
START_TEST(unknown_blocks_are_not_compared)
{
	set_up(0);
	load.is_known = false;
	engine_begin(&lane);
	ck_assert(engine_is_pattern(&lane));
}
END_TEST

START_TEST(what_is_to_be_written_is_there)
{
	set_up(_i);
	load.is_write = true;
	for (int request = 0; request < REQUESTS; request++) {
		memset(buffer, 0, sizeof(buffer));
		engine_begin(&lane);
		ck_assert(engine_is_pattern(&lane));
	}
}
END_TEST

static Suite *lane_suite(void)
{
	Suite *suite = suite_create("engine-lane");
	TCase *tcase = tcase_create("lane");

	tcase_add_loop_test(tcase, nothing_read_is_no_block, 0, (int)COUNT_OF(files));
	tcase_add_loop_test(tcase, block_with_a_gap_is_none, 0, (int)COUNT_OF(files));
	tcase_add_test(tcase, unknown_blocks_are_not_compared);
	tcase_add_loop_test(tcase, what_is_to_be_written_is_there, 0, (int)COUNT_OF(files));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(lane_suite());
}
