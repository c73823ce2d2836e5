/* SPDX-License-Identifier: MIT */
/* check_output_failure - what cannot be written leaves the old file, and nothing beside it */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../kit/output-calls.h"
#include "../kit/output-trial.h"
#include "../kit/suite.h"

#define LARGE (1 << 20)
#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void fail_nothing(void)
{
	fail_fsync = fail_rename = fail_link = 0;
	has_no_nameless_files = is_killed_at_rename = false;
	signal(SIGXFSZ, SIG_IGN);
	trial_set_up();
}

/* It can still be overwritten itself. */
START_TEST(folder_that_may_not_be_written)
{
	struct stat before, after;

	ck_assert_int_eq(write_text("a long text that was there before"), 0);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(chmod(root.path, 0555), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	check_files(root.path, 1);
	ck_assert_int_eq(chmod(root.path, 0755), 0);
}
END_TEST

START_TEST(file_that_may_not_be_written)
{
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(chmod(path, 0444), 0);
	ck_assert_int_eq(write_text("new"), -EACCES);
	check_content(path, "old");
	check_files(root.path, 1);
}
END_TEST

/* What rename(2) says of a mount point, and of a folder that is no longer ours. */
static const int refusals[] = { EBUSY, EACCES, EPERM, EROFS };

START_TEST(name_that_cannot_be_taken_is_overwritten)
{
	ck_assert_int_eq(write_text("a long text that was there before"), 0);
	fail_rename = refusals[_i];
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	check_files(root.path, 1);
}
END_TEST

/* A mount namespace of this test's own; false where that is refused. */
static bool own_mounts(void)
{
	return getuid() == 0 && seteuid(0) == 0 && !unshare(CLONE_NEWNS) &&
	       !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

START_TEST(mount_point_is_overwritten)
{
	char source[FAKE_PATH_MAX];
	struct stat status;

	if (!own_mounts())
		return;
	ck_assert_int_eq(write_text("under it"), 0);
	fake_root_write(&root, "/source", "a long text that was there before");
	snprintf(source, sizeof(source), "%s/source", root.path);
	ck_assert_int_eq(mount(source, path, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(source, "new");
	ck_assert_int_eq(umount(path), 0);
	check_content(path, "under it");
	ck_assert_int_eq(stat(path, &status), 0);
	check_files(root.path, 2);
}
END_TEST

/* Where what is mounted has room, that of the folder does not matter. */
START_TEST(mount_point_in_a_full_folder)
{
	char source[FAKE_PATH_MAX], below[FAKE_PATH_MAX];
	static char text[LARGE];
	int fd;

	if (!own_mounts())
		return;
	fake_root_write(&root, "/source", "a long text that was there before");
	fake_root_write(&root, "/folder/x", "");
	snprintf(source, sizeof(source), "%s/source", root.path);
	snprintf(below, sizeof(below), "%s/folder", root.path);
	snprintf(path, sizeof(path), "%s/folder/answer", root.path);
	ck_assert_int_eq(mount("none", below, "tmpfs", 0, "size=64k"), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, text, 4096) == 4096)
		;
	close(fd);
	ck_assert_int_eq(mount(source, path, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(source, "new");
	ck_assert_int_eq(umount(path), 0);
	ck_assert_int_eq(umount(below), 0);
}
END_TEST

/* How many bytes of a small disk are left, and where that is found: at once, or in the end. */
static const struct { size_t left; bool is_found_at_once; } disks[] = {
	{ 0, true }, { 8192, false },
};

START_TEST(full_disk)
{
	const char *reason = NULL;
	struct output output;
	static char text[LARGE];
	int fd;

	if (!own_mounts())
		return;
	ck_assert_int_eq(mount("none", root.path, "tmpfs", 0, "size=256k,mode=777"), 0);
	ck_assert_int_eq(write_text("old"), 0);
	snprintf(path, sizeof(path), "%s/filler", root.path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, text, 4096) == 4096)
		;
	ck_assert_int_eq(ftruncate(fd, lseek(fd, 0, SEEK_END) - (off_t)disks[_i].left), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/answer", root.path);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason),
			 disks[_i].is_found_at_once ? -ENOSPC : 0);
	if (!disks[_i].is_found_at_once)
		ck_assert_int_eq(output_write(&output, text, sizeof(text)), -ENOSPC);
	output_close(&output);
	check_content(path, "old");
	check_files(root.path, 2);
	ck_assert_int_eq(umount(root.path), 0);
}
END_TEST

/* It fails in the middle, and at the last, as a quota does it. */
static const struct { rlim_t most; int fsync_error, error; } shortages[] = {
	{ LARGE / 2, 0, -EFBIG }, { RLIM_INFINITY, ENOSPC, -ENOSPC }, { RLIM_INFINITY, EDQUOT, -EDQUOT },
	{ RLIM_INFINITY, EIO, -EIO },
};

static void write_large(int expected)
{
	char *large = calloc(1, LARGE);

	ck_assert_int_eq(write_bytes(path, large, LARGE), expected);
	free(large);
}

static void become_short(int i)
{
	const struct rlimit limit = { shortages[i].most, RLIM_INFINITY };

	fail_fsync = shortages[i].fsync_error;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(old_file_survives_a_shortage)
{
	ck_assert_int_eq(write_text("old"), 0);
	become_short(_i);
	write_large(shortages[_i].error);
	check_content(path, "old");
	check_files(root.path, 1);
}
END_TEST

START_TEST(no_new_file_after_a_shortage)
{
	become_short(_i);
	write_large(shortages[_i].error);
	check_files(root.path, 0);
}
END_TEST

/* Where it has to be overwritten, what can be known before its first byte is. */
START_TEST(shortage_where_a_file_is_overwritten)
{
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(chmod(root.path, 0555), 0);
	become_short(_i);
	write_large(shortages[_i].error);
	check_content(path, shortages[_i].fsync_error ? "" : "old");
	ck_assert_int_eq(chmod(root.path, 0755), 0);
}
END_TEST

START_TEST(no_file_may_grow_at_all)
{
	const struct rlimit limit = { 0, RLIM_INFINITY };
	const char *reason = NULL;
	struct output output;

	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), -EFBIG);
	output_close(&output);
	check_files(root.path, 0);
}
END_TEST

START_TEST(folder_goes_meanwhile)
{
	const char *reason = NULL;
	struct output output;
	char folder[FAKE_PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/folder", root.path);
	snprintf(path, sizeof(path), "%s/folder/answer", root.path);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(output_write(&output, "x", 1), -ENOENT);
	output_close(&output);
}
END_TEST

/* The file is another one by then, or none any more. */
START_TEST(file_changes_meanwhile)
{
	const char *reason = NULL;
	struct output output;
	struct stat status;

	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	ck_assert_int_eq(write_text("of another run"), 0);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(output_write(&output, "new", 3), 0);
	output_close(&output);
	check_content(path, "new");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0640);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(output_write(&output, "newer", 5), 0);
	output_close(&output);
	check_content(path, "newer");
	check_files(root.path, 1);
}
END_TEST

/* No O_TMPFILE; and where there is, no way to give it a name. */
static void become_old(int i)
{
	has_no_nameless_files = i == 0;
	fail_link = i == 1 ? ENOENT : 0;
}

START_TEST(old_file_system)
{
	const char *reason = NULL;
	struct output output;
	struct stat status;

	umask(022);
	become_old(_i);
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0644);
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	/* What a killed run would leave, for as long as it runs: nothing. */
	check_files(root.path, 1);
	ck_assert_int_eq(output_write(&output, "new", 3), 0);
	output_close(&output);
	check_content(path, "new");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	check_files(root.path, 1);
}
END_TEST

START_TEST(old_file_system_is_full)
{
	become_old(_i);
	ck_assert_int_eq(write_text("old"), 0);
	fail_fsync = ENOSPC;
	ck_assert_int_eq(write_text("new"), -ENOSPC);
	check_content(path, "old");
	check_files(root.path, 1);
}
END_TEST

/* Killed in the one moment in which it has a name: the next run removes it. */
START_TEST(what_a_killed_run_left)
{
	pid_t pid;

	has_no_nameless_files = _i;
	ck_assert_int_eq(write_text("old"), 0);
	pid = fork();
	if (pid == 0) {
		is_killed_at_rename = true;
		write_text("new");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	check_content(path, "old");
	check_files(root.path, 2);
	ck_assert_int_eq(write_text("newer"), 0);
	check_content(path, "newer");
	check_files(root.path, 1);
}
END_TEST

/* What another run is about to rename is not removed; nor is what only looks alike. */
START_TEST(what_is_not_left_over_stays)
{
	struct output_temporary temporary;
	int folder = open(root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	fake_root_write(&root, "/.handoff-0123456789abcde", "too short");
	fake_root_write(&root, "/.handoff-0123456789abcdex", "too long");
	fake_root_write(&root, "/.handoff-0123456789abcdeg", "no digit");
	ck_assert_int_eq(output_temporary_make(&temporary, folder, true), 0);
	ck_assert_int_eq(write_text("of another run"), 0);
	check_files(root.path, 5);
	ck_assert_int_eq(output_temporary_replace(&temporary, "answer"), 0);
	check_content(path, "");
	output_temporary_drop(&temporary);
	close(folder);
	check_files(root.path, 4);
}
END_TEST

START_TEST(no_descriptor_is_left)
{
	int before = count_entries("/proc/self/fd");

	ck_assert_int_eq(write_text("x"), 0);
	ck_assert_int_eq(write_text("y"), 0);
	has_no_nameless_files = true;
	ck_assert_int_eq(write_text("y"), 0);
	fail_fsync = ENOSPC;
	ck_assert_int_eq(write_text("z"), -ENOSPC);
	fail_fsync = 0;
	fail_rename = EBUSY;
	ck_assert_int_eq(write_text("z"), 0);
	ck_assert_int_eq(count_entries("/proc/self/fd"), before);
}
END_TEST

static Suite *output_failure_suite(void)
{
	Suite *suite = suite_create("output_failure");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, fail_nothing, trial_tear_down);
	tcase_add_test(tcase, folder_that_may_not_be_written);
	tcase_add_test(tcase, file_that_may_not_be_written);
	tcase_add_loop_test(tcase, name_that_cannot_be_taken_is_overwritten, 0,
			    COUNT_OF(refusals));
	tcase_add_test(tcase, mount_point_is_overwritten);
	tcase_add_test(tcase, mount_point_in_a_full_folder);
	tcase_add_loop_test(tcase, full_disk, 0, COUNT_OF(disks));
	tcase_add_loop_test(tcase, old_file_survives_a_shortage, 0, COUNT_OF(shortages));
	tcase_add_loop_test(tcase, no_new_file_after_a_shortage, 0, COUNT_OF(shortages));
	tcase_add_loop_test(tcase, shortage_where_a_file_is_overwritten, 0, COUNT_OF(shortages));
	tcase_add_test(tcase, no_file_may_grow_at_all);
	tcase_add_test(tcase, folder_goes_meanwhile);
	tcase_add_test(tcase, file_changes_meanwhile);
	tcase_add_loop_test(tcase, old_file_system, 0, 2);
	tcase_add_loop_test(tcase, old_file_system_is_full, 0, 2);
	tcase_add_loop_test(tcase, what_a_killed_run_left, 0, 2);
	tcase_add_test(tcase, what_is_not_left_over_stays);
	tcase_add_test(tcase, no_descriptor_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(output_failure_suite());
}
