/* SPDX-License-Identifier: MIT */
/* check_output_place - what lies at a path decides, and what cannot be is refused at once */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "../kit/alarm-often.h"
#include "../kit/output-trial.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static bool is_device(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(name, &status), 0);
	return S_ISCHR(status.st_mode);
}

START_TEST(device_is_written_to_and_stays_one)
{
	ck_assert_int_eq(write_bytes("/dev/null", "x", 1), 0);
	ck_assert_int_eq(write_bytes("/dev/full", "x", 1), -ENOSPC);
	fake_root_link(&root, "/answer", "/dev/null");
	ck_assert_int_eq(write_text("x"), 0);
	ck_assert(is_device("/dev/null"));
	ck_assert(is_device("/dev/full"));
}
END_TEST

START_TEST(fifo_is_written_to_and_stays_one)
{
	struct stat status;
	char text[16] = "";
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(write_text("through"), 0);
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), 7);
	ck_assert_str_eq(text, "through");
	close(fd);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert(S_ISFIFO(status.st_mode));
}
END_TEST

/* One whose reader is started beside us. */
START_TEST(fifo_whose_reader_is_late)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	pid = fork();
	if (pid == 0) {
		char text[16] = "";
		int fd;

		poll(NULL, 0, 100);
		fd = open(path, O_RDONLY);
		_exit(read(fd, text, sizeof(text)) == 7 ? 0 : 1);
	}
	ck_assert_int_eq(write_text("through"), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(fifo_that_nobody_reads)
{
	const char *reason = NULL;
	struct output output;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), -ENXIO);
	ck_assert_ptr_nonnull(reason);
	output_close(&output);
	alarm_often();
	ck_assert_int_eq(output_open(&output, path, &caught, &reason), -EINTR);
	alarm_no_more();
	output_close(&output);
}
END_TEST

START_TEST(socket_is_refused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *reason = NULL;
	struct output output;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), -ENXIO);
	ck_assert_str_eq(reason, "it is a socket");
	output_close(&output);
	close(fd);
	check_files(root.path, 1);
}
END_TEST

/* A disk would lose what it holds; only root can make one. */
START_TEST(disk_is_refused)
{
	const char *reason = NULL;
	struct output output;

	if (getuid() != 0)
		return;
	ck_assert_int_eq(seteuid(0), 0);
	if (mknod(path, S_IFBLK | 0600, 0x7fff))
		return;
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), -EINVAL);
	ck_assert_ptr_nonnull(reason);
	output_close(&output);
}
END_TEST

/* --- paths that lead nowhere; %s is the folder */

static const struct { const char *path; int error; } dead_ends[] = {
	{ "", -ENOENT },
	{ "%s", -EISDIR },
	{ "%s/", -EISDIR },
	{ "%s/.", -EISDIR },
	{ "%s/..", -EISDIR },
	{ "/", -EISDIR },
	{ ".", -EISDIR },
	{ "%s/folder", -EISDIR },
	{ "%s/folder/", -EISDIR },
	{ "%s/new/", -ENOENT },
	{ "%s/file/", -ENOTDIR },
	{ "%s/file/below", -ENOTDIR },
	{ "%s/missing/answer", -ENOENT },
	{ "%s/loop", -ELOOP },
	{ "%s/loop/answer", -ELOOP },
	{ "%s/to-nowhere", -ENOENT },
	{ "%s/to-folder", -EISDIR },
	{ "/proc/self", -EISDIR },
	{ "/proc/self/cwd", -EISDIR },
	{ "/proc/self/fd/x", -EBADF },
};

START_TEST(dead_end)
{
	char to[FAKE_PATH_MAX];
	const char *reason = NULL;
	struct output output;

	fake_root_write(&root, "/folder/below", "");
	fake_root_write(&root, "/file", "old");
	fake_root_link(&root, "/loop", "loop");
	fake_root_link(&root, "/to-nowhere", "missing/answer");
	fake_root_link(&root, "/to-folder", "folder");
	snprintf(to, sizeof(to), dead_ends[_i].path, root.path);
	ck_assert_int_eq(output_open(&output, to, NULL, &reason), dead_ends[_i].error);
	output_close(&output);
	check_files(root.path, 5);
}
END_TEST

static const struct { int first, length, error; } lengths[] = {
	{ 'a', 256, -ENAMETOOLONG }, { '/', 4096, -ENAMETOOLONG }, { '/', 4095, -EISDIR },
};

START_TEST(path_that_is_too_long)
{
	const char *reason = NULL;
	struct output output;
	char to[4097];

	memset(to, lengths[_i].first, (size_t)lengths[_i].length);
	to[lengths[_i].length] = 0;
	ck_assert_int_eq(output_open(&output, to, NULL, &reason), lengths[_i].error);
	output_close(&output);
}
END_TEST

static Suite *output_place_suite(void)
{
	Suite *suite = suite_create("output_place");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, trial_set_up, trial_tear_down);
	tcase_add_test(tcase, device_is_written_to_and_stays_one);
	tcase_add_test(tcase, fifo_is_written_to_and_stays_one);
	tcase_add_test(tcase, fifo_whose_reader_is_late);
	tcase_add_test(tcase, fifo_that_nobody_reads);
	tcase_add_test(tcase, socket_is_refused);
	tcase_add_test(tcase, disk_is_refused);
	tcase_add_loop_test(tcase, dead_end, 0, COUNT_OF(dead_ends));
	tcase_add_loop_test(tcase, path_that_is_too_long, 0, COUNT_OF(lengths));
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(output_place_suite());
}
