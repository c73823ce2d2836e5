/* SPDX-License-Identifier: MIT */
/* check_output - a file is written whole, under its name, and stays what it was */
#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "../kit/output-trial.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

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

/* What is a plain file is one below /dev, too. */
START_TEST(file_below_dev)
{
	const char *file = "/dev/shm/handoff-check-output";

	if (access("/dev/shm", W_OK))
		return;
	ck_assert_int_eq(write_bytes(file, "a long text that was there before\n", 34), 0);
	ck_assert_int_eq(write_bytes(file, "short\n", 6), 0);
	check_content(file, "short\n");
	ck_assert_int_eq(unlink(file), 0);
}
END_TEST

START_TEST(empty_text)
{
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(write_bytes(path, "", 0), 0);
	check_content(path, "");
}
END_TEST

START_TEST(bytes_are_counted_not_searched_for)
{
	struct stat status;

	ck_assert_int_eq(write_bytes(path, "a\0b\0", 4), 0);
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

/* Its other names keep the old answer: they are readers, too. */
START_TEST(other_names_keep_the_old_file)
{
	char other[FAKE_PATH_MAX];

	snprintf(other, sizeof(other), "%s/other", root.path);
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(link(path, other), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	check_content(other, "old");
}
END_TEST

/* Until it is written nothing is seen of it, and the old file is there. */
START_TEST(nothing_is_seen_before_it_is_whole)
{
	const char *reason = NULL;
	struct output output;

	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	check_files(root.path, 0);
	output_close(&output);
	check_files(root.path, 0);
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), 0);
	check_content(path, "old");
	check_files(root.path, 1);
	output_close(&output);
	check_content(path, "old");
}
END_TEST

static const mode_t masks[] = { 0, 022, 077, 0777, 0111 };

START_TEST(mode_is_that_of_any_new_file)
{
	struct stat status;

	umask(masks[_i]);
	ck_assert_int_eq(write_text("x"), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0666 & ~masks[_i]);
	/* and the mask is as it was */
	ck_assert_uint_eq(umask(0), masks[_i]);
}
END_TEST

static const mode_t modes[] = { 0600, 0640, 0222, 0777 };

START_TEST(mode_stays)
{
	struct stat status;

	umask(022);
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(chmod(path, modes[_i]), 0);
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, modes[_i]);
}
END_TEST

/* A user's attribute, and an access list that lets one user more read it. */
static const struct { const char *name, *value; size_t bytes; } attributes[] = {
	{ "user.of", "somebody", 8 },
	{ "system.posix_acl_access",
	  "\2\0\0\0" "\1\0\6\0\377\377\377\377" "\2\0\4\0\322\4\0\0" "\4\0\0\0\377\377\377\377"
	  "\20\0\4\0\377\377\377\377" "\40\0\0\0\377\377\377\377", 44 },
};

START_TEST(attributes_stay)
{
	char value[64];

	ck_assert_int_eq(write_text("old"), 0);
	if (setxattr(path, attributes[_i].name, attributes[_i].value, attributes[_i].bytes, 0)) {
		ck_assert_int_eq(errno, EOPNOTSUPP);
		return;
	}
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	ck_assert_int_eq(getxattr(path, attributes[_i].name, value, sizeof(value)),
			 attributes[_i].bytes);
	ck_assert_mem_eq(value, attributes[_i].value, attributes[_i].bytes);
}
END_TEST

/* Who may give files away gives this one back; its group may read it, as before. */
START_TEST(owner_stays)
{
	struct stat status;

	if (getuid() != 0)
		return;
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chown(path, 1234, 4321), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_uid, 1234);
	ck_assert_uint_eq(status.st_gid, 4321);
	check_files(root.path, 1);
}
END_TEST

/* Who may not overwrites it, where all may write. */
START_TEST(owner_stays_where_we_may_only_write)
{
	struct stat status;

	if (getuid() != 0)
		return;
	ck_assert_int_eq(write_text("a long text that was there before"), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chown(path, 1234, 4321), 0);
	ck_assert_int_eq(seteuid(TRIAL_NOBODY), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_uid, 1234);
	check_files(root.path, 1);
}
END_TEST

/* Whose files are not overwritten in a folder such as /tmp: a stranger's, the folder's owner's. */
static const uid_t owners[] = { 1234, 0 };

START_TEST(somebody_elses_in_a_sticky_folder)
{
	char link[FAKE_PATH_MAX];
	const char *reason = NULL;
	struct output output;

	if (getuid() != 0)
		return;
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(seteuid(0), 0);
	snprintf(link, sizeof(link), "%s/link", root.path);
	ck_assert_int_eq(symlink("answer", link), 0);
	ck_assert_int_eq(lchown(link, 1234, 4321), 0);
	ck_assert_int_eq(chown(root.path, 0, 0), 0);
	ck_assert_int_eq(chmod(root.path, 01777), 0);
	ck_assert_int_eq(seteuid(TRIAL_NOBODY), 0);
	ck_assert_int_eq(write_bytes(link, "new", 3), -EACCES);
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(chown(path, owners[_i], 4321), 0);
	ck_assert_int_eq(seteuid(TRIAL_NOBODY), 0);
	ck_assert_int_eq(output_open(&output, path, NULL, &reason), -EACCES);
	ck_assert_ptr_nonnull(reason);
	output_close(&output);
	check_content(path, "new");
	check_files(root.path, 2);
}
END_TEST

static const int lengths[] = { 1, 250, 255 };

START_TEST(name_is_as_long_as_may_be)
{
	size_t folder = strlen(root.path) + 1;

	memset(path + folder, 'a', (size_t)lengths[_i]);
	path[folder + (size_t)lengths[_i]] = 0;
	ck_assert_int_eq(write_text("old"), 0);
	ck_assert_int_eq(write_text("new"), 0);
	check_content(path, "new");
	check_files(root.path, 1);
}
END_TEST

START_TEST(name_without_a_folder)
{
	ck_assert_int_eq(chdir(root.path), 0);
	ck_assert_int_eq(write_bytes("answer", "here", 4), 0);
	check_content(path, "here");
	check_files(root.path, 1);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(link_stays_and_its_file_is_replaced)
{
	struct stat status;
	char target[FAKE_PATH_MAX];

	fake_root_write(&root, "/folder/target", "a long text that was there before");
	fake_root_link(&root, "/folder/next", "target");
	fake_root_link(&root, "/answer", "folder/next");
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	snprintf(target, sizeof(target), "%s/folder/target", root.path);
	ck_assert_int_eq(lstat(target, &status), 0);
	ck_assert(S_ISREG(status.st_mode));
	check_content(target, "new");
	check_files(root.path, 2);
}
END_TEST

START_TEST(file_is_made_where_a_link_leads)
{
	struct stat status;
	char target[FAKE_PATH_MAX];

	fake_root_link(&root, "/answer", "nowhere");
	ck_assert_int_eq(write_text("new"), 0);
	ck_assert_int_eq(lstat(path, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	snprintf(target, sizeof(target), "%s/nowhere", root.path);
	check_content(target, "new");
	check_files(root.path, 2);
}
END_TEST

static Suite *output_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, trial_set_up, trial_tear_down);
	tcase_add_test(tcase, new_file);
	tcase_add_test(tcase, file_is_replaced);
	tcase_add_test(tcase, file_below_dev);
	tcase_add_test(tcase, empty_text);
	tcase_add_test(tcase, bytes_are_counted_not_searched_for);
	tcase_add_test(tcase, who_reads_the_old_file_is_not_disturbed);
	tcase_add_test(tcase, other_names_keep_the_old_file);
	tcase_add_test(tcase, nothing_is_seen_before_it_is_whole);
	tcase_add_loop_test(tcase, mode_is_that_of_any_new_file, 0, COUNT_OF(masks));
	tcase_add_loop_test(tcase, mode_stays, 0, COUNT_OF(modes));
	tcase_add_loop_test(tcase, attributes_stay, 0, COUNT_OF(attributes));
	tcase_add_test(tcase, owner_stays);
	tcase_add_test(tcase, owner_stays_where_we_may_only_write);
	tcase_add_loop_test(tcase, somebody_elses_in_a_sticky_folder, 0, COUNT_OF(owners));
	tcase_add_loop_test(tcase, name_is_as_long_as_may_be, 0, COUNT_OF(lengths));
	tcase_add_test(tcase, name_without_a_folder);
	tcase_add_test(tcase, link_stays_and_its_file_is_replaced);
	tcase_add_test(tcase, file_is_made_where_a_link_leads);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(output_suite());
}
