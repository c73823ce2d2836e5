/* SPDX-License-Identifier: MIT */
#include "engine/crew.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kernel/process-facts.h"
#include "kernel/process-tie.h"
#include "kernel/raw-syscall.h"
#include "kernel/task-usage.h"

/* How often we look after processes while they work. */
#define LOOK_NS 200000000
/* Beside what work() needs of its own. */
#define STACK_BYTES (64 << 10)

struct engine_crew_member {
	_Alignas(128) struct engine_crew *crew;
	uint32_t index;
	int error;
	pthread_t thread;
	pid_t pid;
};

struct engine_crew_board {
	_Alignas(128) uint32_t turn;   /* futex: the number of this run; 0: none yet */
	_Alignas(128) uint32_t left;   /* futex: members that are at work in it */
	_Alignas(128) uint32_t is_over;
	struct engine_crew_member members[];
};

static void sleep_on(uint32_t *word, uint32_t value, const struct timespec *time)
{
	raw_syscall(SYS_futex, (long)word, FUTEX_WAIT, value, (long)time, 0, 0);
}

static void wake_all(uint32_t *word)
{
	raw_syscall(SYS_futex, (long)word, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static uint32_t load_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void report_done(struct engine_crew_board *board)
{
	if (__atomic_sub_fetch(&board->left, 1, __ATOMIC_ACQ_REL) == 0)
		wake_all(&board->left);
}

/* All of a member's life. */
static void live(struct engine_crew_member *member)
{
	struct engine_crew *crew = member->crew;
	struct engine_crew_board *board = crew->board;
	uint32_t turn = 0;

	for (;;) {
		while (load_word(&board->turn) == turn)
			sleep_on(&board->turn, turn, NULL);
		turn = load_word(&board->turn);
		if (load_word(&board->is_over))
			return;
		member->error = crew->work(crew->context, member->index);
		report_done(board);
	}
}

static void *run_thread(void *member)
{
	live(member);
	return NULL;
}

static int make_thread(struct engine_crew_member *member)
{
	pthread_attr_t attributes;
	int error = -pthread_attr_init(&attributes);

	if (error)
		return error;
	error = -pthread_attr_setstacksize(&attributes, STACK_BYTES);
	if (!error)
		error = -pthread_create(&member->thread, &attributes, run_thread, member);
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_process(struct engine_crew_member *member)
{
	pid_t maker = getpid(), pid = fork();

	if (pid == 0) {
		if (!process_tie(maker))
			live(member);
		_exit(0);
	}
	/* The member is shared: the child must not store its own 0 there. */
	member->pid = pid;
	return pid == -1 ? -errno : 0;
}

int engine_crew_begin(struct engine_crew *crew, char *ret_reason)
{
	int error = 0;

	crew->board_bytes = sizeof(*crew->board) + crew->count * sizeof(crew->board->members[0]);
	crew->board = mmap(NULL, crew->board_bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (crew->board == MAP_FAILED) {
		crew->board = NULL;
		return -ENOMEM;
	}
	while (crew->made < crew->count && !error) {
		struct engine_crew_member *member = &crew->board->members[crew->made];

		member->crew = crew;
		member->index = crew->made;
		error = crew->is_process ? make_process(member) : make_thread(member);
		crew->made += !error;
	}
	if (error == -EAGAIN)
		process_limit_reason(ret_reason, ENGINE_REASON_BYTES, crew->made);
	if (error)
		engine_crew_end(crew);
	return error;
}

/* Whether any process has ended or was stopped: nobody would report it. */
static bool is_broken(const struct engine_crew *crew)
{
	for (uint32_t i = 0; crew->is_process && i < crew->made; i++) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)crew->board->members[i].pid, &info,
			   WEXITED | WSTOPPED | WNOHANG | WNOWAIT) || info.si_pid)
			return true;
	}
	return false;
}

static int first_error(const struct engine_crew *crew)
{
	for (uint32_t i = 0; i < crew->made; i++)
		if (crew->board->members[i].error)
			return crew->board->members[i].error;
	return 0;
}

void engine_crew_start(struct engine_crew *crew)
{
	struct engine_crew_board *board = crew->board;

	__atomic_store_n(&board->left, crew->made, __ATOMIC_RELEASE);
	__atomic_add_fetch(&board->turn, 1, __ATOMIC_ACQ_REL);
	wake_all(&board->turn);
}

int engine_crew_wait(struct engine_crew *crew)
{
	const struct timespec look = { 0, LOOK_NS };
	struct engine_crew_board *board = crew->board;
	uint32_t left;

	while ((left = load_word(&board->left))) {
		sleep_on(&board->left, left, &look);
		if (load_word(&board->left) && is_broken(crew))
			return -ECHILD;
	}
	return first_error(crew);
}

int engine_crew_run(struct engine_crew *crew)
{
	engine_crew_start(crew);
	return engine_crew_wait(crew);
}

static void end_member(const struct engine_crew *crew, struct engine_crew_member *member)
{
	if (!crew->is_process) {
		pthread_join(member->thread, NULL);
		return;
	}
	kill(member->pid, SIGKILL);
	while (waitpid(member->pid, NULL, 0) == -1 && errno == EINTR)
		;
}

void engine_crew_end(struct engine_crew *crew)
{
	if (!crew->board)
		return;
	__atomic_store_n(&crew->board->is_over, 1, __ATOMIC_RELEASE);
	__atomic_add_fetch(&crew->board->turn, 1, __ATOMIC_ACQ_REL);
	wake_all(&crew->board->turn);
	for (uint32_t i = 0; i < crew->made; i++)
		end_member(crew, &crew->board->members[i]);
	munmap(crew->board, crew->board_bytes);
	crew->board = NULL;
	crew->made = 0;
}

static double sum_of(const struct engine_crew *crew, double (*value)(const struct task_usage *))
{
	double sum = crew->is_process ? 0 : -1;

	for (uint32_t i = 0; crew->is_process && i < crew->made; i++) {
		struct task_usage usage;

		task_usage_other(crew->board->members[i].pid, true, &usage);
		if (value(&usage) < 0)
			return -1;
		sum += value(&usage);
	}
	return sum;
}

static double cpu_of(const struct task_usage *usage)
{
	return usage->cpu_ns;
}

static double switches_of(const struct task_usage *usage)
{
	return usage->nvcsw < 0 || usage->nivcsw < 0 ? -1 : usage->nvcsw + usage->nivcsw;
}

double engine_crew_cpu_ns(const struct engine_crew *crew)
{
	return sum_of(crew, cpu_of);
}

double engine_crew_switches(const struct engine_crew *crew)
{
	return sum_of(crew, switches_of);
}

double engine_crew_memory_kib(const struct engine_crew *crew)
{
	double sum = crew->is_process ? 0 : -1;

	for (uint32_t i = 0; crew->is_process && i < crew->made; i++) {
		double one = process_child_smaps_kib(crew->board->members[i].pid, "Pss_Anon");

		if (one < 0)
			return -1;
		sum += one;
	}
	return sum;
}
