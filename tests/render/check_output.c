/* SPDX-License-Identifier: MIT */
/* check_output - a file is written whole, or it stays as it was and nothing lies beside it */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kit/fake-root.h"
#include "render/output.h"

#define NOBODY 65534
#define LARGE (1 << 20)

static struct fake_root root;
static char path[FAKE_PATH_MAX];

/*
 * Never as root: there a broken output_write() would put a file in the place of /dev/null, for the
 * whole machine.
 */
static void set_up(void)
{
	fake_root_new(&root);
	snprintf(path, sizeof(path), "%s/answer", root.path);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(root.path, NOBODY, (gid_t)-1), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	/* /proc/self is ours again */
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	ck_assert_int_ne(euidaccess("/dev", W_OK), 0);
}

static void tear_down(void)
{
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	fake_root_free(&root);
}

/* What the file was when it was about to get its mode. */
static struct stat before_mode;

int fchmod(int fd, mode_t mode)
{
	ck_assert_int_eq(fstat(fd, &before_mode), 0);
	return (int)syscall(SYS_fchmod, fd, mode);
}

static int write_text(const char *text)
{
	return output_write(path, text, strlen(text));
}

static void check_content(const char *file, const char *expected)
{
	char text[256] = "";
	int fd = open(file, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	ck_assert_str_eq(text, expected);
}

/* Nothing but these many files is left, whatever they are called. */
static void check_files(const char *folder, int expected)
{
	DIR *directory = opendir(folder);
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	ck_assert_int_eq(count - 2, expected);
}

START_TEST(new_file)
{
	ck_assert_int_eq(write_text("all of it\n"), 0);
	check_content(path, "all of it\n");
	check_files(root.path, 1);
}
END_TEST

START_TEST(file_is_replaced)
{
	ck_assert_int_eq(write_text("a long text that was there before\n"), 0);
	ck_assert_int_eq(write_text("short\n"), 0);
	check_content(path, "short\n");
	check_files(root.path, 1);
}
END_TEST

START_TEST(empty_text)
{
	ck_assert_int_eq(output_write(path, NULL, 0), 0);
	check_content(path, "");
}
END_TEST

START_TEST(bytes_are_counted_not_searched_for)
{
	struct stat status;

	ck_assert_int_eq(output_write(path, "a\0b\0", 4), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_int_eq(status.st_size, 4);
}
END_TEST

/* Readers of the old file keep it to its end: it is another one that takes the name. */
START_TEST(who_reads_the_old_file_is_not_disturbed)
{
	char text[16] = "";
	int fd;

	ck_assert_int_eq(write_text("old"), 0);
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(read(fd, text, sizeof(text) - 1), 3);
	ck_assert_str_eq(text, "old");
	close(fd);
	check_content(path, "new");
}
END_TEST

static const struct { mode_t mask, mode; } modes[] = {
	{ 0, 0666 }, { 022, 0644 }, { 077, 0600 }, { 0777, 0 }, { 0111, 0666 },
};

START_TEST(mode_is_that_of_any_new_file)
{
	struct stat status;

	umask(modes[_i].mask);
	ck_assert_int_eq(write_text("x"), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, modes[_i].mode);
	/* and the mask is as it was */
	ck_assert_uint_eq(umask(0), modes[_i].mask);
}
END_TEST

START_TEST(nobody_else_reads_a_part)
{
	static char text[LARGE];

	umask(0);
	ck_assert_int_eq(output_write(path, text, sizeof(text)), 0);
	ck_assert_uint_eq(before_mode.st_mode & 07777, 0600);
	ck_assert_int_eq(before_mode.st_size, LARGE);
}
END_TEST

START_TEST(folder_that_is_not_there)
{
	snprintf(path, sizeof(path), "%s/missing/answer", root.path);
	ck_assert_int_eq(write_text("x"), -ENOENT);
	check_files(root.path, 0);
}
END_TEST

START_TEST(folder_is_no_file)
{
	ck_assert_int_eq(output_write(root.path, "x", 1), -EISDIR);
	check_files(root.path, 0);
}
END_TEST

START_TEST(file_is_no_folder)
{
	ck_assert_int_eq(write_text("old"), 0);
	strcat(path, "/below");
	ck_assert_int_eq(write_text("x"), -ENOTDIR);
	check_files(root.path, 1);
}
END_TEST

START_TEST(empty_name)
{
	ck_assert_int_eq(chdir(root.path), 0);
	ck_assert_int_eq(output_write("", "x", 1), -ENOENT);
	check_files(root.path, 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(name_without_a_folder)
{
	ck_assert_int_eq(chdir(root.path), 0);
	ck_assert_int_eq(output_write("answer", "here", 4), 0);
	check_content(path, "here");
	check_files(root.path, 1);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(folder_that_may_not_be_written)
{
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(chmod(root.path, 0555), 0);
	ck_assert_int_eq(write_text("new"), -EACCES);
	check_content(path, "old");
	check_files(root.path, 1);
	ck_assert_int_eq(chmod(root.path, 0755), 0);
}
END_TEST

/* As a full disk or quota does it: it fails in the middle. */
START_TEST(old_file_survives_a_failure_in_the_middle)
{
	static const struct rlimit limit = { LARGE / 2, LARGE / 2 };
	char *large = calloc(1, LARGE);

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(output_write(path, large, LARGE), -EFBIG);
	check_content(path, "old");
	check_files(root.path, 1);
	free(large);
}
END_TEST

START_TEST(no_new_file_after_a_failure_in_the_middle)
{
	static const struct rlimit limit = { LARGE / 2, LARGE / 2 };
	char *large = calloc(1, LARGE);

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(output_write(path, large, LARGE), -EFBIG);
	check_files(root.path, 0);
	free(large);
}
END_TEST

START_TEST(full_device)
{
	ck_assert_int_eq(output_write("/dev/full", "x", 1), -ENOSPC);
	ck_assert_int_eq(access("/dev/full", W_OK), 0);
}
END_TEST

static bool is_device(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(name, &status), 0);
	return S_ISCHR(status.st_mode);
}

START_TEST(device_is_written_to_and_stays_one)
{
	ck_assert_int_eq(output_write("/dev/null", "x", 1), 0);
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

/*
 * A link to a file is replaced as any name is: what it led to stays, and stays as it was.  One to
 * a device is followed.
 */
START_TEST(link_to_a_file_is_replaced)
{
	struct stat status;
	char target[FAKE_PATH_MAX];

	fake_root_write(&root, "/folder/target", "old");
	fake_root_link(&root, "/answer", "folder/target");
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISREG(status.st_mode));
	check_content(path, "new");
	snprintf(target, sizeof(target), "%s/folder/target", root.path);
	check_content(target, "old");
	check_files(root.path, 2);
}
END_TEST

START_TEST(dangling_link_is_replaced)
{
	struct stat status;

	fake_root_link(&root, "/answer", "nowhere");
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISREG(status.st_mode));
	check_files(root.path, 1);
}
END_TEST

START_TEST(link_to_a_device_is_followed)
{
	struct stat status;

	fake_root_link(&root, "/answer", "/dev/null");
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	ck_assert(is_device("/dev/null"));
}
END_TEST

/*
 * As "-o /dev/stdout >file": /dev/stdout leads through /proc/self/fd/1 to a plain file.  It is
 * that file that is wanted; replacing the link would break /dev for everybody (if one is root).
 */
START_TEST(link_to_an_open_descriptor_is_followed)
{
	char file[FAKE_PATH_MAX], through[64];
	struct stat status;
	int fd;

	snprintf(file, sizeof(file), "%s/redirected", root.path);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	snprintf(through, sizeof(through), "/proc/self/fd/%d", fd);
	fake_root_link(&root, "/answer", through);
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert_msg(S_ISLNK(status.st_mode), "the link was replaced by a file");
	check_content(file, "new");
	close(fd);
}
END_TEST

/* Standard output: what goes there goes at once, and what fails is told. */
START_TEST(standard_output)
{
	int pipes[2], saved = dup(STDOUT_FILENO), error;
	char text[16] = "";

	fflush(stdout);
	ck_assert_int_eq(pipe(pipes), 0);
	dup2(pipes[1], STDOUT_FILENO);
	error = output_write(NULL, "to you", 6);
	dup2(saved, STDOUT_FILENO);
	ck_assert_int_eq(error, 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof(text) - 1), 6);
	ck_assert_str_eq(text, "to you");
}
END_TEST

static const struct { const char *to; int error; } outputs[] = {
	{ "/dev/full", -ENOSPC }, { NULL, -EPIPE },
};

START_TEST(standard_output_fails)
{
	int pipes[2], saved = dup(STDOUT_FILENO), error;

	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	close(pipes[0]);
	if (outputs[_i].to)
		dup2(open(outputs[_i].to, O_WRONLY), pipes[1]);
	dup2(pipes[1], STDOUT_FILENO);
	error = output_write(NULL, "to you", 6);
	dup2(saved, STDOUT_FILENO);
	ck_assert_int_eq(error, outputs[_i].error);
}
END_TEST

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

START_TEST(no_descriptor_is_left)
{
	int before = open_descriptors();

	ck_assert_int_eq(write_text("x"), 0);
	ck_assert_int_eq(output_write("/dev/null", "x", 1), 0);
	ck_assert_int_eq(output_write("/dev/full", "x", 1), -ENOSPC);
	ck_assert_int_eq(output_write(root.path, "x", 1), -EISDIR);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

static Suite *output_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, new_file);
	tcase_add_test(tcase, file_is_replaced);
	tcase_add_test(tcase, empty_text);
	tcase_add_test(tcase, bytes_are_counted_not_searched_for);
	tcase_add_test(tcase, who_reads_the_old_file_is_not_disturbed);
	tcase_add_loop_test(tcase, mode_is_that_of_any_new_file, 0,
			    (int)(sizeof(modes) / sizeof(modes[0])));
	tcase_add_test(tcase, nobody_else_reads_a_part);
	tcase_add_test(tcase, folder_that_is_not_there);
	tcase_add_test(tcase, folder_is_no_file);
	tcase_add_test(tcase, file_is_no_folder);
	tcase_add_test(tcase, empty_name);
	tcase_add_test(tcase, name_without_a_folder);
	tcase_add_test(tcase, folder_that_may_not_be_written);
	tcase_add_test(tcase, old_file_survives_a_failure_in_the_middle);
	tcase_add_test(tcase, no_new_file_after_a_failure_in_the_middle);
	tcase_add_test(tcase, full_device);
	tcase_add_test(tcase, device_is_written_to_and_stays_one);
	tcase_add_test(tcase, fifo_is_written_to_and_stays_one);
	tcase_add_test(tcase, link_to_a_file_is_replaced);
	tcase_add_test(tcase, dangling_link_is_replaced);
	tcase_add_test(tcase, link_to_a_device_is_followed);
	tcase_add_test(tcase, link_to_an_open_descriptor_is_followed);
	tcase_add_test(tcase, standard_output);
	tcase_add_loop_test(tcase, standard_output_fails, 0, 2);
	tcase_add_test(tcase, no_descriptor_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(output_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
