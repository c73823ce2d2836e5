/* SPDX-License-Identifier: MIT */
/*
 * strike PID WHOM SIGNAL [MS] - signals a run of a tool at a random moment.
 *
 * PID is the supervisor.  WHOM is "supervisor", "child" (any of its children),
 * "worker" (one that has been executed to measure), "keeper" (its parent),
 * "task" (anyone below its workers, at random), "run-guard" (its guard) or
 * "guard" (a guard below its workers).  MS is the longest that is waited before;
 * then the first that is there is struck, without delay, as most tasks live for
 * microseconds only.  Prints who it was.  Ends with 1 when the supervisor has ended
 * before anybody of that kind came, or after a minute.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 60           /* a slow machine begins to measure late */
#define PIDS_MAX 65536

struct pids {
	size_t count;
	pid_t pid[PIDS_MAX];
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned int below(unsigned int limit)
{
	unsigned int number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		abort();
	return limit ? number % limit : 0;
}

static void wait_ms(unsigned int ms)
{
	struct timespec pause = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

static void add_children(struct pids *to, const char *path)
{
	FILE *file = fopen(path, "re");
	int pid;

	while (file && to->count < PIDS_MAX && fscanf(file, "%d", &pid) == 1)
		to->pid[to->count++] = (pid_t)pid;
	if (file)
		fclose(file);
}

/* Of all its threads: each has its own children. */
static void children_of(pid_t pid, struct pids *to)
{
	char folder[64], path[384];
	DIR *tasks;

	snprintf(folder, sizeof(folder), "/proc/%d/task", (int)pid);
	tasks = opendir(folder);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		snprintf(path, sizeof(path), "%s/%s/children", folder, entry->d_name);
		if (*entry->d_name != '.')
			add_children(to, path);
	}
	if (tasks)
		closedir(tasks);
}

static const char *name_of(pid_t pid)
{
	static char name[32];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%31[^\n]", name) != 1)
		strcpy(name, "gone");
	if (file)
		fclose(file);
	return name;
}

/* Whom its maker has not asked for is there for kill(2), and yet has ended. */
static bool has_ended(pid_t pid)
{
	char path[64], state = 'X';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 'X';
		fclose(file);
	}
	return state == 'X' || state == 'Z';
}

static bool is_anybody(const char *name)
{
	(void)name;
	return true;
}

static bool is_guard(const char *name)
{
	return !strcmp(name, "handoff-guard");
}

static bool is_keeper(const char *name)
{
	return !strcmp(name, "handoff-keeper");
}

/* It measures no cell: what is lost with it is a reference, and no round. */
static bool is_reference(const char *name)
{
	return !strncmp(name, "handoff-referen", 15);
}

/* Until it is executed, a worker has the name of its keeper. */
static bool is_worker(const char *name)
{
	return !strncmp(name, "handoff-", 8) && !is_guard(name) && !is_keeper(name) &&
	       !is_reference(name);
}

/* A worker that is asked who it is, before the run; or one that has no arguments yet. */
static bool is_introduction(pid_t pid)
{
	static const char word[] = "is_introduction=1";
	char path[64], line[4096];
	size_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "re");
	if (file) {
		bytes = fread(line, 1, sizeof(line), file);
		fclose(file);
	}
	return !bytes || memmem(line, bytes, word, sizeof(word) - 1);
}

/* 0 when there is none of that kind just now. */
static pid_t find_child(pid_t parent, bool (*is_wanted)(const char *name))
{
	static struct pids children;

	children.count = 0;
	children_of(parent, &children);
	for (size_t i = 0; i < children.count; i++)
		if (is_wanted(name_of(children.pid[i])))
			return children.pid[i];
	return 0;
}

/* The first worker that one of the keepers has, and that measures; and who keeps it. */
static pid_t find_worker(pid_t supervisor, pid_t *ret_keeper)
{
	static struct pids keepers;
	pid_t found = 0;

	keepers.count = 0;
	children_of(supervisor, &keepers);
	for (size_t i = 0; i < keepers.count && !found; i++) {
		if (is_keeper(name_of(keepers.pid[i])))
			found = find_child(keepers.pid[i], is_worker);
		*ret_keeper = keepers.pid[i];
	}
	if (!found || is_introduction(found))
		*ret_keeper = found = 0;
	return found;
}

/* One below the workers: mostly a child, at times a child's child, and so on. */
static pid_t find_task(pid_t supervisor)
{
	static struct pids level;
	pid_t found = 0, keeper, from = find_worker(supervisor, &keeper);

	while (from) {
		level.count = 0;
		children_of(from, &level);
		from = 0;
		if (level.count) {
			found = level.pid[below((unsigned int)level.count)];
			from = below(2) ? found : 0;
		}
	}
	return found;
}

static pid_t find(pid_t supervisor, const char *whom)
{
	pid_t keeper, worker = find_worker(supervisor, &keeper);

	if (!strcmp(whom, "supervisor"))
		return supervisor;
	if (!strcmp(whom, "child"))
		return find_child(supervisor, is_anybody);
	if (!strcmp(whom, "keeper"))
		return keeper;
	if (!strcmp(whom, "worker"))
		return worker;
	if (!strcmp(whom, "run-guard"))
		return find_child(supervisor, is_guard);
	if (!strcmp(whom, "guard"))
		return worker ? find_child(worker, is_guard) : 0;
	return find_task(supervisor);
}

static int signal_number(const char *name)
{
	static const struct { const char *name; int number; } signals[] = {
		{ "KILL", SIGKILL }, { "STOP", SIGSTOP }, { "INT", SIGINT }, { "TERM", SIGTERM },
		{ "SEGV", SIGSEGV }, { "HUP", SIGHUP }, { "QUIT", SIGQUIT }, { "CONT", SIGCONT },
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!strcmp(name, signals[i].name))
			return signals[i].number;
	return 0;
}

int main(int argc, char *argv[])
{
	pid_t supervisor = argc < 4 ? 0 : (pid_t)atoi(argv[1]), victim;
	int number = argc < 4 ? 0 : signal_number(argv[3]);
	unsigned int delay = below(argc > 4 ? (unsigned int)atoi(argv[4]) + 1 : 0);
	double end;

	if (supervisor <= 1 || !number) {
		fputs("usage: strike PID supervisor|child|keeper|worker|task|run-guard|guard SIGNAL [MS]\n", stderr);
		return 2;
	}
	wait_ms(delay);
	end = now_s() + PATIENCE_S;
	while (now_s() < end && !has_ended(supervisor)) {
		victim = find(supervisor, argv[2]);
		if (victim && !kill(victim, number)) {
			printf("%s to %s %d (%s) after %u ms\n", argv[3], argv[2], (int)victim,
			       name_of(victim), delay);
			return 0;
		}
	}
	return 1;
}
