/* SPDX-License-Identifier: MIT */
/*
 * check_server - the contract of lib/engine/server.h, asked of every engine that has
 * a server, through lib/engine/round/server-process.h and lib/engine/round/socket-generator.h.
 *
 * Each test runs in a process of its own.  What this machine lacks is noted and
 * passed over, as long as a reason is given.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kit/sample.h"
#include "engine/mechanism/list.h"
#include "engine/round/lanes.h"
#include "engine/round/server-process.h"
#include "engine/round/socket-generator.h"
#include "../kit/suite.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SHARE 4                      /* one case of so many in make check */
#define REQUESTS_EACH 20
#define FAILURE_S 30                 /* of what hangs; a machine may be slow */

static const struct engine *servers[32];
static int server_count;

static void find_servers(void)
{
	for (size_t i = 0; engines[i]; i++)
		if (engines[i]->server)
			servers[server_count++] = engines[i];
}

static int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* One server and its generator. */

struct trial {
	struct engine_server_process process;
	struct socket_generator generator;
	struct engine_lanes lanes;
	char reason[ENGINE_REASON_BYTES];
	int descriptors;
};

static int look(const void *process)
{
	return engine_server_look(process);
}

static void make_lanes(struct trial *trial)
{
	struct engine_lanes_plan plan = { .count = trial->process.config.connections,
		.block_bytes = trial->process.config.message_bytes, .samples = 256 };

	ck_assert_int_eq(engine_lanes_init(&trial->lanes, &plan), 0);
	engine_lanes_aim(&trial->lanes, 1, false);
	trial->lanes.load->source = CLOCK_GETTIME;
}

/* false: this machine has no such server, and says why. */
static bool trial_begin(struct trial *trial, const struct engine *engine, uint32_t connections,
			size_t message_bytes)
{
	int error;

	*trial = (struct trial){ .descriptors = count_descriptors(), .process = {
		.server = engine->server, .cpu = -1,
		.config = { .connections = connections, .message_bytes = message_bytes } } };
	/* Servers' processes that lose their maker would be ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	error = engine_server_begin(&trial->process, trial->reason);
	if (error) {
		fprintf(stderr, "check_server: note: no %s: %s: %s\n", engine->about.name,
			strerror(-error), trial->reason);
		ck_assert_msg(*trial->reason, "%s: no reason", engine->about.name);
		return false;
	}
	make_lanes(trial);
	trial->generator = (struct socket_generator){
		.lanes = trial->lanes.lanes, .sockets = trial->process.pairs.ends[0],
		.count = connections, .message_bytes = message_bytes,
		.look = look, .context = &trial->process };
	ck_assert_int_eq(socket_generator_open(&trial->generator), 0);
	return true;
}

static int trial_run(struct trial *trial, uint64_t requests)
{
	engine_lanes_begin(&trial->lanes, requests);
	return socket_generator_run(&trial->generator);
}

static void assert_nothing_left(const struct trial *trial)
{
	int status;

	ck_assert_int_eq(count_descriptors(), trial->descriptors);
	/* Orphans of a server that was killed end by its death; they are ours to collect. */
	for (double end = seconds() + FAILURE_S; seconds() < end;) {
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);

		if (pid == -1 && errno == ECHILD)
			return;
		usleep(2000);
	}
	ck_abort_msg("a child is left");
}

static void trial_end(struct trial *trial)
{
	socket_generator_close(&trial->generator);
	engine_server_end(&trial->process);
	engine_lanes_done(&trial->lanes);
	assert_nothing_left(trial);
}

static uint64_t served(const struct trial *trial, uint32_t i)
{
	return __atomic_load_n(&trial->process.config.list[i].served, __ATOMIC_ACQUIRE);
}

/* A server may count its last ones a moment later than they arrive. */
static uint64_t served_in_all(const struct trial *trial, uint64_t expected)
{
	uint64_t sum = 0;

	for (int ms = 0; ms < 2000; ms++) {
		sum = 0;
		for (uint32_t i = 0; i < trial->process.config.connections; i++)
			sum += served(trial, i);
		if (sum >= expected)
			break;
		usleep(1000);
	}
	return sum;
}

/* Counts */

static void assert_echoes(const struct engine *engine, uint32_t connections, size_t message_bytes)
{
	uint64_t requests = (uint64_t)connections * REQUESTS_EACH;
	struct engine_facts facts = { .tasks = -1, .calls = -1 };
	struct trial trial;

	if (!trial_begin(&trial, engine, connections, message_bytes))
		return;
	ck_assert_int_eq(trial_run(&trial, requests), 0);
	ck_assert_int_eq(trial_run(&trial, 2 * requests), 0);
	ck_assert_uint_eq(engine_lanes_begun(&trial.lanes), 3 * requests);
	ck_assert_uint_eq(engine_lanes_ended(&trial.lanes), 3 * requests);
	ck_assert_uint_eq(served_in_all(&trial, 3 * requests), 3 * requests);
	for (uint32_t i = 0; i < connections; i++)
		ck_assert_uint_eq(served(&trial, i), trial.lanes.lanes[i].ended);
	engine->server->tell(trial.process.state, &facts);
	ck_assert(facts.tasks == 1 || facts.tasks == connections);
	ck_assert_double_gt(facts.calls, 0);
	trial_end(&trial);
}

START_TEST(messages_come_back_whole)
{
	static const size_t sizes[] = { 1, 64, 4096, 65536 };
	static const uint32_t counts[] = { 1, 7, 100 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t j = 0; j < COUNT_OF(counts); j++)
			assert_echoes(servers[_i], counts[j], sizes[i]);
}
END_TEST

/* Sends and receives come short on both sides: buffers of sockets hold less. */
START_TEST(long_messages_come_in_pieces)
{
	assert_echoes(servers[_i], 3, 1 << 20);
	assert_echoes(servers[_i], 3, (1 << 20) - 1);
	assert_echoes(servers[_i], 2, (16 << 10) + 1);
}
END_TEST

/* A server sees pieces, and one message does not wait for another's rest. */
START_TEST(a_message_in_two_pieces_is_one)
{
	const unsigned char message[4] = { 1, 2, 3, 4 };
	unsigned char echo[4] = { 0 };
	struct trial trial;
	int socket;

	if (!trial_begin(&trial, servers[_i], 2, sizeof(message)))
		return;
	socket = trial.process.pairs.ends[0][0];
	ck_assert_int_eq(send(socket, message, 3, MSG_NOSIGNAL), 3);
	usleep(20000);
	ck_assert_int_eq(recv(socket, echo, sizeof(echo), MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(send(socket, message + 3, 1, MSG_NOSIGNAL), 1);
	ck_assert_int_eq(recv(socket, echo, sizeof(echo), MSG_WAITALL), sizeof(echo));
	ck_assert_mem_eq(echo, message, sizeof(echo));
	ck_assert_uint_eq(served_in_all(&trial, 1), 1);
	trial_end(&trial);
}
END_TEST

/* Failures */

/* A server's processes end some time after it: until then requests are answered. */
static int run_until_error(struct trial *trial)
{
	double end = seconds() + FAILURE_S;
	int error = 0;

	while (!error && seconds() < end)
		error = trial_run(trial, (uint64_t)REQUESTS_EACH * trial->process.config.connections);
	ck_assert_double_lt(seconds(), end);
	return error;
}

static void assert_fails(struct trial *trial, int expected, const char *words)
{
	char text[ENGINE_REASON_BYTES];
	int error = run_until_error(trial);

	if (expected)
		ck_assert_int_eq(error, expected);
	else
		ck_assert_int_lt(error, 0);
	engine_server_explain(&trial->process, text, sizeof(text));
	if (words)
		ck_assert_msg(strstr(text, words), "'%s' has no '%s'", text, words);
}

START_TEST(a_killed_server_is_an_error)
{
	struct trial trial;

	if (!trial_begin(&trial, servers[_i], 7, 64))
		return;
	ck_assert_int_eq(trial_run(&trial, 70), 0);
	kill(trial.process.pid, SIGKILL);
	assert_fails(&trial, 0, "killed by signal 9");
	trial_end(&trial);
}
END_TEST

START_TEST(a_stopped_server_is_an_error)
{
	struct trial trial;

	if (!trial_begin(&trial, servers[_i], 7, 64))
		return;
	kill(trial.process.pid, SIGSTOP);
	/* A process for each connection goes on without it: it is not missed. */
	if (strcmp(servers[_i]->about.name, "processes"))
		assert_fails(&trial, -ECHILD, "stopped");
	trial_end(&trial);
}
END_TEST

/* Of the one that has them. */
START_TEST(a_process_that_dies_ends_the_server)
{
	static const int signals[] = { SIGKILL, SIGSTOP };
	struct trial trial;

	if (!trial_begin(&trial, engine_find("processes"), 7, 64))
		return;
	ck_assert_int_eq(trial_run(&trial, 70), 0);
	kill(trial.process.config.list[3].process, signals[_i]);
	assert_fails(&trial, 0, "killed or stopped");
	trial_end(&trial);
}
END_TEST

START_TEST(a_reset_connection_is_an_error)
{
	struct trial trial;

	if (!trial_begin(&trial, servers[_i], 7, 64))
		return;
	ck_assert_int_eq(trial_run(&trial, 70), 0);
	shutdown(trial.process.pairs.ends[0][3], SHUT_RDWR);
	assert_fails(&trial, -EPIPE, NULL);
	trial_end(&trial);
}
END_TEST

/* An echo of something else, of an engine that knows no better. */

static int liar_open(void *state, const struct engine_server_config *config, char *ret_reason)
{
	(void)ret_reason;
	*(const struct engine_server_config **)state = config;
	return 0;
}

static int liar_serve(void *state)
{
	const struct engine_server_config *config = *(const struct engine_server_config **)state;
	struct engine_connection *connection = &config->list[0];
	ssize_t got;

	for (int i = 0; (got = recv(connection->socket, connection->buffer,
				    config->message_bytes, MSG_WAITALL)) > 0; i++) {
		connection->buffer[config->message_bytes - 1] ^= i == 3;
		send(connection->socket, connection->buffer, (size_t)got, MSG_NOSIGNAL);
	}
	return 0;
}

static int mute_serve(void *state)
{
	(void)state;
	pause();
	return 0;
}

static int failing_serve(void *state)
{
	(void)state;
	return -EBADMSG;
}

static void liar_close(void *state)
{
	(void)state;
}

#define STRANGER(how) \
	{ .state_bytes = sizeof(void *), .open = liar_open, .serve = how, .close = liar_close }

START_TEST(servers_that_do_not_echo_are_found)
{
	static const struct {
		struct engine_server server;
		int error;
		const char *words;
	} strangers[] = {
		{ STRANGER(liar_serve), -EILSEQ, NULL },
		{ STRANGER(mute_serve), -ETIMEDOUT, NULL },
		{ STRANGER(failing_serve), 0, "the server failed" },
	};
	const struct engine stranger = { .about = { "stranger", "", 0 },
					 .server = &strangers[_i].server };
	struct trial trial;

	ck_assert(trial_begin(&trial, &stranger, 1, 65));
	assert_fails(&trial, strangers[_i].error, strangers[_i].words);
	if (strangers[_i].error == -EILSEQ)
		ck_assert_uint_eq(engine_lanes_ended(&trial.lanes), 3);
	trial_end(&trial);
}
END_TEST

/* Nothing left */

/* Also one that its connections' end does not reach.
 * Its maker is killed in the middle: all of it has gone when the pipe has no writer. */
START_TEST(a_server_dies_with_its_maker)
{
	static const struct engine_server mute = STRANGER(mute_serve);
	const struct engine stranger = { .about = { "stranger", "", 0 }, .server = &mute };
	int ends[2];
	char byte;
	pid_t maker;

	ck_assert_int_eq(pipe(ends), 0);
	maker = fork();
	if (maker == 0) {
		struct trial trial;

		if (trial_begin(&trial, _i < server_count ? servers[_i] : &stranger, 7, 64))
			trial_run(&trial, UINT64_MAX / 2);
		_exit(0);
	}
	close(ends[1]);
	usleep(300000);
	kill(maker, SIGKILL);
	waitpid(maker, NULL, 0);
	alarm(FAILURE_S);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	alarm(0);
	close(ends[0]);
}
END_TEST

START_TEST(too_few_descriptors_are_a_reason)
{
	struct engine_server_process process = { .server = servers[_i]->server, .cpu = -1,
		.config = { .connections = 100, .message_bytes = 64 } };
	struct rlimit limit = { 60, 60 };
	char reason[ENGINE_REASON_BYTES] = "";
	int descriptors = count_descriptors();

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(engine_server_begin(&process, reason), -EMFILE);
	ck_assert_ptr_nonnull(strstr(reason, "RLIMIT_NOFILE"));
	ck_assert_int_eq(count_descriptors(), descriptors);
}
END_TEST

/* The soft limit is ours to raise. */
START_TEST(a_soft_limit_is_raised)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 40;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_echoes(engine_find("epoll"), 100, 64);
}
END_TEST

/* Each descriptor that is there and no more: what opening takes it gives back. */
START_TEST(opening_fails_at_any_descriptor)
{
	for (rlim_t room = 0; room < 12; room++) {
		struct loopback_pairs pairs;
		char reason[ENGINE_REASON_BYTES] = "";
		struct rlimit limit, low;
		int descriptors = count_descriptors();

		getrlimit(RLIMIT_NOFILE, &limit);
		low = (struct rlimit){ (rlim_t)descriptors + room + 40, limit.rlim_max };
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
		if (!loopback_pairs_open(&pairs, (uint32_t)room + 1, reason, sizeof(reason)))
			loopback_pairs_close(&pairs);
		setrlimit(RLIMIT_NOFILE, &limit);
		ck_assert_int_eq(count_descriptors(), descriptors);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server");
	TCase *echoes = tcase_create("echoes"), *failures = tcase_create("failures");

	find_servers();
	tcase_set_timeout(echoes, 120);
	sample_add(echoes, messages_come_back_whole, server_count, 1, SHARE);
	sample_add(echoes, long_messages_come_in_pieces, server_count, 1, SHARE);
	tcase_add_loop_test(echoes, a_message_in_two_pieces_is_one, 0, server_count);
	tcase_add_test(echoes, a_soft_limit_is_raised);
	tcase_set_timeout(failures, 60);
	tcase_add_loop_test(failures, a_killed_server_is_an_error, 0, server_count);
	sample_add(failures, a_stopped_server_is_an_error, server_count, 1, SHARE);
	tcase_add_loop_test(failures, a_process_that_dies_ends_the_server, 0, 2);
	sample_add(failures, a_reset_connection_is_an_error, server_count, 1, SHARE);
	sample_add(failures, servers_that_do_not_echo_are_found, 3, 1, SHARE);
	sample_add(failures, a_server_dies_with_its_maker, server_count + 1, 1, SHARE);
	tcase_add_loop_test(failures, too_few_descriptors_are_a_reason, 0, server_count);
	tcase_add_test(failures, opening_fails_at_any_descriptor);
	suite_add_tcase(suite, echoes);
	suite_add_tcase(suite, failures);
	return suite_run(suite);
}
