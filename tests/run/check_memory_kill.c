/* SPDX-License-Identifier: MIT */
/* Whose limit it was that a task was killed for, on machines that are made up. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../kit/fake-root.h"
#include "run/memory-kill.h"
#include "../kit/suite.h"

static struct fake_root fake;

static void set_up(void)
{
	fake_root_new(&fake);
}

static void tear_down(void)
{
	fake_root_free(&fake);
}

#define V2 "/proc/self/cgroup", "0::/a/b\n"
#define V1 "/proc/self/cgroup", "4:memory:/a/b\n0::/\n"
#define V2_PATH "/sys/fs/cgroup/a"
#define V1_PATH "/sys/fs/cgroup/memory/a"
#define MACHINE "oom_kill 1\n"
#define NONE_1 "9223372036854771712\n"

/* Files before, files that are others afterwards, and words of the reason. */
static const struct {
	const char *name;
	struct fake_file before[8], after[8];
	const char *words[3];          /* none: the reason stays */
} trials[] = {
	{ "version 2, our own limit",
	  { { V2 }, { V2_PATH "/b/memory.events", "oom 0\noom_kill 0\n" },
	    { V2_PATH "/b/memory.events.local", "oom 0\n" }, { V2_PATH "/b/memory.max", "67108864\n" },
	    { V2_PATH "/memory.max", "33554432\n" } },
	  { { V2_PATH "/b/memory.events", "oom 1\noom_kill 1\n" },
	    { V2_PATH "/b/memory.events.local", "oom 1\n" } },
	  { "control group /a/b may use 64 MiB", "raise its memory.max" } },
	{ "version 2, the limit of the one above",
	  { { V2 }, { V2_PATH "/b/memory.events", "oom 0\noom_kill 0\n" },
	    { V2_PATH "/b/memory.events.local", "oom 0\n" }, { V2_PATH "/b/memory.max", "67108864\n" },
	    { V2_PATH "/memory.events.local", "oom 3\n" }, { V2_PATH "/memory.max", "33554432\n" } },
	  { { V2_PATH "/b/memory.events", "oom 0\noom_kill 2\n" },
	    { V2_PATH "/memory.events.local", "oom 4\n" } },
	  { "control group /a may use 32 MiB", "raise its memory.max" } },
	{ "version 2, before memory.events.local",
	  { { V2 }, { V2_PATH "/b/memory.events", "oom 0\noom_kill 5\n" },
	    { V2_PATH "/b/memory.max", "max\n" }, { V2_PATH "/memory.max", "1073741824\n" } },
	  { { V2_PATH "/b/memory.events", "oom 0\noom_kill 6\n" } },
	  { "control group /a may use 1024 MiB" } },
	{ "version 2, a limit above what we see",
	  { { V2 }, { V2_PATH "/b/memory.events", "oom 0\noom_kill 0\n" },
	    { V2_PATH "/b/memory.max", "max\n" } },
	  { { V2_PATH "/b/memory.events", "oom 0\noom_kill 1\n" } },
	  { "this control group", "not seen from here" } },
	{ "version 1, our own limit",
	  { { V1 }, { V1_PATH "/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n" },
	    { V1_PATH "/b/memory.failcnt", "7\n" }, { V1_PATH "/b/memory.limit_in_bytes", "8388608\n" },
	    { V1_PATH "/memory.limit_in_bytes", NONE_1 } },
	  { { V1_PATH "/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n" },
	    { V1_PATH "/b/memory.failcnt", "8\n" } },
	  { "control group /a/b may use 8 MiB", "raise its memory.limit_in_bytes" } },
	{ "version 1, the limit of the one above",
	  { { V1 }, { V1_PATH "/b/memory.oom_control", "oom_kill 0\n" },
	    { V1_PATH "/b/memory.failcnt", "0\n" }, { V1_PATH "/b/memory.limit_in_bytes", NONE_1 },
	    { V1_PATH "/memory.failcnt", "0\n" }, { V1_PATH "/memory.limit_in_bytes", "16777216\n" } },
	  { { V1_PATH "/b/memory.oom_control", "oom_kill 1\n" }, { V1_PATH "/memory.failcnt", "2\n" } },
	  { "control group /a may use 16 MiB" } },
	{ "the machine",
	  { { V2 }, { "/proc/vmstat", MACHINE }, { V2_PATH "/b/memory.events", "oom_kill 0\n" } },
	  { { "/proc/vmstat", "oom_kill 2\n" } },
	  { "this machine", "ran out of memory" } },
	{ "nobody was killed",
	  { { V2 }, { "/proc/vmstat", MACHINE }, { V2_PATH "/b/memory.events", "oom 0\noom_kill 3\n" },
	    { V2_PATH "/b/memory.max", "67108864\n" } },
	  { { V2_PATH "/b/memory.events", "oom 9\noom_kill 3\n" } }, { NULL } },
	{ "nothing can be read", { { "/etc/motd", "" } }, { { "/etc/motd", "hi" } }, { NULL } },
};

static void write_files(const struct fake_file *files)
{
	for (; files->path; files++)
		fake_root_write(&fake, files->path, files->content);
}

static void lose(struct round *round)
{
	round_init(round, "fork");
	round_fail(round, ROUND_FAILED, -EOWNERDEAD, "worker", "killed by signal 9");
	ck_assert_int_eq(round->error, 0);
}

/* Somebody was killed for memory meanwhile, but not in this round. */
START_TEST(another_failure_keeps_its_reason)
{
	static const char *const reasons[] = {
		"the worker's answer is garbage",
		"the worker did not answer within 5.2 s and was killed",
		"a word is no death: killed by signal 9",
	};
	static struct round round;
	struct memory_kill kill;

	write_files(trials[0].before);
	memory_kill_begin(fake.path, &kill);
	write_files(trials[0].after);
	round_init(&round, "fork");
	round_fail(&round, ROUND_FAILED, 0, "worker", reasons[_i]);
	memory_kill_blame(&kill, &round);
	ck_assert_str_eq(round.reason, reasons[_i]);
}
END_TEST

START_TEST(the_limit_is_named)
{
	static struct round round;
	struct memory_kill kill;

	write_files(trials[_i].before);
	memory_kill_begin(fake.path, &kill);
	write_files(trials[_i].after);
	lose(&round);
	memory_kill_blame(&kill, &round);
	for (size_t i = 0; i < 3 && trials[_i].words[i]; i++)
		ck_assert_msg(strstr(round.reason, trials[_i].words[i]), "%s: %s", trials[_i].name,
			      round.reason);
	ck_assert_int_eq(strstr(round.reason, "signal 9") != NULL, !trials[_i].words[0]);
	ck_assert_str_eq(round.step, "worker");
	/* Once only: the next round that fails has another reason. */
	lose(&round);
	memory_kill_blame(&kill, &round);
	ck_assert_str_eq(round.reason, "killed by signal 9");
}
END_TEST

START_TEST(who_did_not_fail_is_not_blamed)
{
	static struct round round;
	struct memory_kill kill;

	write_files(trials[0].before);
	memory_kill_begin(fake.path, &kill);
	write_files(trials[0].after);
	round_init(&round, "fork");
	memory_kill_blame(&kill, &round);
	ck_assert_int_eq(round.status, ROUND_MEASURED);
	ck_assert_str_eq(round.reason, "");
}
END_TEST

START_TEST(a_long_name_ends_as_it_ends)
{
	static struct round round;
	char name[301] = "", path[512], line[512];
	struct memory_kill kill;

	memset(name, 'x', sizeof(name) - 5);
	strcat(name, "end");
	snprintf(line, sizeof(line), "0::/%.100s/%.100s/%.100s\n", name, name, name + 200);
	fake_root_write(&fake, "/proc/self/cgroup", line);
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%.100s/%.100s/%.100s/memory.events", name, name,
		 name + 200);
	fake_root_write(&fake, path, "oom_kill 0\n");
	memory_kill_begin(fake.path, &kill);
	fake_root_write(&fake, path, "oom_kill 1\n");
	strcpy(strrchr(path, '/'), "/memory.max");
	fake_root_write(&fake, path, "4096\n");
	lose(&round);
	memory_kill_blame(&kill, &round);
	ck_assert_ptr_nonnull(strstr(round.reason, "xxxend may use 0.003906 MiB"));
	ck_assert_ptr_nonnull(strstr(round.reason, "smaller sizes"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory_kill");
	TCase *tcase = tcase_create("memory_kill");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, another_failure_keeps_its_reason, 0, 3);
	tcase_add_loop_test(tcase, the_limit_is_named, 0, sizeof(trials) / sizeof(trials[0]));
	tcase_add_test(tcase, who_did_not_fail_is_not_blamed);
	tcase_add_test(tcase, a_long_name_ends_as_it_ends);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
