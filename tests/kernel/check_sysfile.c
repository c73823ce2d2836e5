/* SPDX-License-Identifier: MIT */
/* check_sysfile - lib/kernel/sysfile on small fake trees. */
#include <fcntl.h>

#include "../kit/fake-root.h"
#include "kernel/sysfile.h"
#include "../kit/suite.h"

static struct fake_root fake;

static const struct fake_file files[] = {
	{ "/text", "  first line \nsecond\n" },
	{ "/empty", "" },
	{ "/blank", "\n" },
	{ "/unterminated", "42" },
	{ "/number", "-17\n" },
	{ "/unit", "17 kB\n" },
	{ "/overflow", "99999999999999999999\n" },
	{ "/choice", "always [madvise] never\n" },
	{ "/open-choice", "always [madvise never\n" },
	{ "/meminfo", "MemTotal:       16 kB\nMemFree: lots\nBare:\n" },
	{ "/vmstat", "pswpin_total 9\npswpin 3\npswpout\t4\n" },
	{ "/cpuinfo", "cpu family\t: 25\nmodel name\t: A: B\n" },
	{ "/config", "CONFIG_HZ_250=y\nCONFIG_HZ=250\n" },
	{ "/directory/b", "" },
	{ "/directory/a", "" },
	{ "/directory/.hidden", "" },
};

static void set_up(void)
{
	fake_root_new(&fake);
	fake_root_write_all(&fake, files, sizeof(files) / sizeof(files[0]));
}

static void tear_down(void)
{
	fake_root_free(&fake);
}

static void assert_text(const char *path, int result, const char *expected)
{
	char text[32] = "stale";

	ck_assert_int_eq(sysfile_read_text(fake.path, path, text,
					   sizeof(text)), result);
	ck_assert_str_eq(text, expected);
}

START_TEST(text_is_the_first_line_trimmed)
{
	assert_text("/text", 0, "first line");
	assert_text("/empty", 0, "");
	assert_text("/blank", 0, "");
	assert_text("/unterminated", 0, "42");
}
END_TEST

START_TEST(text_errors_leave_an_empty_string)
{
	char longest[SYSFILE_PATH_MAX + 1];
	char text[10] = "stale";

	assert_text("/missing", -ENOENT, "");
	assert_text("/directory", -EISDIR, "");
	/* The kernel would take it, a copy cut short would be another file */
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_text(longest, -ENAMETOOLONG, "");
	ck_assert_int_eq(sysfile_read_text(fake.path, "/text", text,
					   sizeof(text)), -E2BIG);
	ck_assert_str_eq(text, "");
	ck_assert(sysfile_exists(fake.path, "/text"));
	ck_assert(!sysfile_exists(fake.path, "/missing"));
	ck_assert(!sysfile_exists(fake.path, longest));
}
END_TEST

/* A reader that waited for a writer would hang the run. */
START_TEST(a_fifo_does_not_hang)
{
	char full[FAKE_PATH_MAX];

	fake_root_parents(&fake, "/fifo", full);
	ck_assert_int_eq(mkfifo(full, 0600), 0);
	assert_text("/fifo", 0, "");
}
END_TEST

static void assert_integer(const char *path, int result, int64_t expected)
{
	int64_t number = 1234;

	ck_assert_int_eq(sysfile_read_integer(fake.path, path, &number),
			 result);
	ck_assert_int_eq(number, expected);
}

START_TEST(integer_is_the_whole_line)
{
	assert_integer("/number", 0, -17);
	assert_integer("/unterminated", 0, 42);
	assert_integer("/unit", -EINVAL, 1234);
	assert_integer("/text", -EINVAL, 1234);
	assert_integer("/empty", -EINVAL, 1234);
	assert_integer("/overflow", -ERANGE, 1234);
	assert_integer("/missing", -ENOENT, 1234);
}
END_TEST

START_TEST(choice_is_the_word_in_brackets)
{
	char word[16] = "stale";

	ck_assert_int_eq(sysfile_read_choice(fake.path, "/choice", word,
					     sizeof(word)), 0);
	ck_assert_str_eq(word, "madvise");
	ck_assert_int_eq(sysfile_read_choice(fake.path, "/open-choice", word,
					     sizeof(word)), -EINVAL);
	ck_assert_str_eq(word, "");
	ck_assert_int_eq(sysfile_read_choice(fake.path, "/missing", word,
					     sizeof(word)), -ENOENT);
	ck_assert_int_eq(sysfile_read_choice(fake.path, "/choice", word, 7),
			 -E2BIG);
}
END_TEST

static void assert_keyed(const char *path, const char *key, int result,
			 const char *expected)
{
	char text[16] = "stale";

	ck_assert_int_eq(sysfile_read_keyed(fake.path, path, key, text,
					    sizeof(text)), result);
	ck_assert_str_eq(text, expected);
}

START_TEST(keyed_text_takes_every_separator)
{
	assert_keyed("/meminfo", "MemTotal", 0, "16 kB");
	assert_keyed("/meminfo", "Bare", 0, "");
	assert_keyed("/vmstat", "pswpin", 0, "3");
	assert_keyed("/vmstat", "pswpout", 0, "4");
	assert_keyed("/cpuinfo", "model name", 0, "A: B");
	assert_keyed("/config", "CONFIG_HZ", 0, "250");
	assert_keyed("/meminfo", "Mem", -ENODATA, "");
	assert_keyed("/empty", "key", -ENODATA, "");
	assert_keyed("/missing", "key", -ENOENT, "");
}
END_TEST

START_TEST(keyed_integer_ignores_the_unit)
{
	int64_t number = 1234;

	ck_assert_int_eq(sysfile_read_keyed_integer(fake.path, "/meminfo",
						    "MemTotal", &number), 0);
	ck_assert_int_eq(number, 16);
	ck_assert_int_eq(sysfile_read_keyed_integer(fake.path, "/meminfo",
						    "MemFree", &number),
			 -EINVAL);
	ck_assert_int_eq(sysfile_read_keyed_integer(fake.path, "/meminfo",
						    "MemNone", &number),
			 -ENODATA);
	ck_assert_int_eq(number, 16);
}
END_TEST

static int count_line(char *line, void *context)
{
	size_t *longest = context;

	if (strlen(line) > *longest)
		*longest = strlen(line);
	return strcmp(line, "stop") ? 0 : 7;
}

START_TEST(lines_are_cut_at_the_bound)
{
	size_t size = SYSFILE_LINE_MAX + 1000, longest = 0;
	char *bytes = malloc(size + 5);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', size);
	memcpy(bytes + size, "\nstop", 5);
	fake_root_bytes(&fake, "/long", bytes, size + 5);
	free(bytes);
	ck_assert_int_eq(sysfile_each_line(fake.path, "/long", count_line,
					   &longest), 7);
	ck_assert_uint_eq(longest, SYSFILE_LINE_MAX - 1);
}
END_TEST

START_TEST(a_huge_file_is_refused)
{
	char full[FAKE_PATH_MAX];
	size_t longest = 0;
	int fd;

	fake_root_parents(&fake, "/huge", full);
	fd = open(full, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)SYSFILE_FILE_MAX + 4096), 0);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(sysfile_each_line(fake.path, "/huge", count_line,
					   &longest), -EFBIG);
}
END_TEST

static int join_name(const char *name, void *context)
{
	strcat(context, name);
	return strcmp(name, "stop") ? 0 : 9;
}

START_TEST(entries_come_in_order)
{
	char names[64] = "";

	ck_assert_int_eq(sysfile_each_entry(fake.path, "/directory", join_name,
					    names), 0);
	ck_assert_str_eq(names, "ab");
	fake_root_write(&fake, "/directory/stop", "");
	fake_root_write(&fake, "/directory/zero", "");
	ck_assert_int_eq(sysfile_each_entry(fake.path, "/directory", join_name,
					    names), 9);
	ck_assert_str_eq(names, "ababstop");
	ck_assert_int_eq(sysfile_each_entry(fake.path, "/none", join_name,
					    names), -ENOENT);
}
END_TEST

static const struct {
	const char *text;
	int result;	/* how many, or -errno */
	int last;
} lists[] = {
	{ "", 0, -1 },
	{ "0", 1, 0 },
	{ "0-3,8", 5, 8 },
	{ "2,1", 2, 1 },
	{ "7-7", 1, 7 },
	{ "3-1", -EINVAL, 0 },
	{ "0-", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "1--2", -EINVAL, 0 },
	{ "0,,1", -EINVAL, 0 },
	{ "0,", -EINVAL, 0 },
	{ "0 1", -EINVAL, 0 },
	{ "a", -EINVAL, 0 },
	{ "0-15", -ENOSPC, 0 },
	{ "0-65536", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
};

START_TEST(lists_are_parsed_whole_or_refused)
{
	int numbers[8];
	int count = sysfile_parse_list(lists[_i].text, numbers, 8);

	ck_assert_int_eq(count, lists[_i].result);
	if (count > 0)
		ck_assert_int_eq(numbers[count - 1], lists[_i].last);
}
END_TEST

START_TEST(lists_can_be_counted_only)
{
	ck_assert_int_eq(sysfile_parse_list("0-65535", NULL, 0), 65536);
	ck_assert_int_eq(sysfile_parse_list("0-65535,0-9,0", NULL, 0),
			 -ERANGE);
}
END_TEST

/* Every other CPU of 8192: no short buffer holds that. */
START_TEST(long_lists_are_counted_in_their_files)
{
	static char text[1 << 16];
	size_t used = (size_t)sprintf(text, "Cpus:\t");

	for (int cpu = 0; cpu < 8192; cpu += 2)
		used += (size_t)sprintf(text + used, "%s%d", cpu ? "," : "", cpu);
	sprintf(text + used, "\n");
	fake_root_write(&fake, "/proc/self/status", text);
	ck_assert_int_eq(sysfile_count_list(fake.path, "/proc/self/status", "Cpus"), 4096);
	ck_assert_int_eq(sysfile_count_list(fake.path, "/proc/self/status", "Mems"), -ENODATA);
	fake_root_write(&fake, "/sys/online", text + strlen("Cpus:\t"));
	ck_assert_int_eq(sysfile_count_list(fake.path, "/sys/online", NULL), 4096);
	fake_root_write(&fake, "/sys/online", "\n");
	ck_assert_int_eq(sysfile_count_list(fake.path, "/sys/online", NULL), 0);
	fake_root_write(&fake, "/sys/online", "0-x\n");
	ck_assert_int_eq(sysfile_count_list(fake.path, "/sys/online", NULL), -EINVAL);
	ck_assert_int_eq(sysfile_count_list(fake.path, "/sys/absent", NULL), -ENOENT);
}
END_TEST

static void assert_group(const char *membership, const char *controller,
			 int version, const char *path)
{
	struct sysfile_cgroup group;

	fake_root_write(&fake, "/proc/self/cgroup", membership);
	ck_assert_int_eq(sysfile_cgroup_find(fake.path, controller, &group),
			 0);
	ck_assert_int_eq(group.version, version);
	ck_assert_str_eq(group.path, path);
}

START_TEST(groups_of_version_2)
{
	fake_root_write(&fake, "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
	assert_group("0::/a/b\n", "cpu", 2, "/sys/fs/cgroup/a/b");
	assert_group("0::/\n", "cpu", 2, "/sys/fs/cgroup");
	assert_group("0::/not/here\n", "cpu", 2, "/sys/fs/cgroup");
	assert_group("0::/a/../a\n", "cpu", 2, "/sys/fs/cgroup");
}
END_TEST

START_TEST(groups_of_version_1_and_hybrid)
{
	static const char both[] =
		"9:name=systemd:/x\n4:cpu,cpuacct:/a\n3:cpuset:/\n0::/u\n";

	fake_root_write(&fake, "/sys/fs/cgroup/cpu,cpuacct/a/tasks", "");
	fake_root_write(&fake, "/sys/fs/cgroup/unified/u/cgroup.procs", "");
	assert_group(both, "cpu", 1, "/sys/fs/cgroup/cpu,cpuacct/a");
	assert_group(both, "pids", 2, "/sys/fs/cgroup/unified/u");
	fake_root_write(&fake, "/sys/fs/cgroup/cpu/a/tasks", "");
	assert_group(both, "cpu", 1, "/sys/fs/cgroup/cpu/a");
}
END_TEST

START_TEST(groups_that_are_not_there)
{
	struct sysfile_cgroup group;

	ck_assert_int_eq(sysfile_cgroup_find(fake.path, "cpu", &group),
			 -ENOENT);
	fake_root_write(&fake, "/proc/self/cgroup", "junk\n:\n\n1:cpu\n");
	ck_assert_int_eq(sysfile_cgroup_find(fake.path, "cpu", &group),
			 -ENOENT);
	fake_root_write(&fake, "/proc/self/cgroup", "1:cpu:/\n0::/\n");
	ck_assert_int_eq(sysfile_cgroup_find(fake.path, "cpu", &group),
			 -ENOENT);
}
END_TEST

START_TEST(groups_climb_to_their_mount)
{
	struct sysfile_cgroup group;
	char text[32];
	int64_t number;

	fake_root_write(&fake, "/sys/fs/cgroup/a/b/cpu.stat",
			"nr_periods 9\nnr_throttled 3\n");
	fake_root_write(&fake, "/sys/fs/cgroup/a/cpu.max", "max 100000\n");
	assert_group("0::/a/b\n", "cpu", 2, "/sys/fs/cgroup/a/b");
	ck_assert_int_eq(sysfile_cgroup_find(fake.path, "cpu", &group), 0);
	ck_assert_int_eq(sysfile_cgroup_keyed_integer(fake.path, &group,
				"cpu.stat", "nr_throttled", &number), 0);
	ck_assert_int_eq(number, 3);
	ck_assert(sysfile_cgroup_climb(&group));
	ck_assert_int_eq(sysfile_cgroup_text(fake.path, &group, "cpu.max",
					     text, sizeof(text)), 0);
	ck_assert_str_eq(text, "max 100000");
	ck_assert(sysfile_cgroup_climb(&group));
	ck_assert_str_eq(group.path, "/sys/fs/cgroup");
	ck_assert(!sysfile_cgroup_climb(&group));
}
END_TEST

static TCase *make_case(void)
{
	TCase *test_case = tcase_create("sysfile");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, text_is_the_first_line_trimmed);
	tcase_add_test(test_case, text_errors_leave_an_empty_string);
	tcase_add_test(test_case, a_fifo_does_not_hang);
	tcase_add_test(test_case, integer_is_the_whole_line);
	tcase_add_test(test_case, choice_is_the_word_in_brackets);
	tcase_add_test(test_case, keyed_text_takes_every_separator);
	tcase_add_test(test_case, keyed_integer_ignores_the_unit);
	tcase_add_test(test_case, lines_are_cut_at_the_bound);
	tcase_add_test(test_case, a_huge_file_is_refused);
	tcase_add_test(test_case, entries_come_in_order);
	tcase_add_loop_test(test_case, lists_are_parsed_whole_or_refused, 0,
			    sizeof(lists) / sizeof(lists[0]));
	tcase_add_test(test_case, lists_can_be_counted_only);
	tcase_add_test(test_case, long_lists_are_counted_in_their_files);
	tcase_add_test(test_case, groups_of_version_2);
	tcase_add_test(test_case, groups_of_version_1_and_hybrid);
	tcase_add_test(test_case, groups_that_are_not_there);
	tcase_add_test(test_case, groups_climb_to_their_mount);
	return test_case;
}

int main(void)
{
	Suite *suite = suite_create("sysfile");

	suite_add_tcase(suite, make_case());
	return suite_run(suite);
}
