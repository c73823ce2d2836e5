/* SPDX-License-Identifier: MIT */
/* check_remote - what two hosts say to each other, and a listening side among enemies */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel/remote/client.h"
#include "channel/remote/protocol.h"
#include "channel/remote/server.h"
#include "channel/remote/socket.h"
#include "kernel/inet-address.h"
#include "kernel/process-facts.h"
#include "kernel/raw-syscall.h"
#include "../kit/suite.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define FUZZ_FRAMES 5000
/* Where a frame has what every version has, and a HELLO its own. */
#define AT_PROTOCOL 8
#define AT_VERSION 12
#define AT_KIND (AT_VERSION + REMOTE_TEXT_BYTES)
#define AT_MECHANISM (AT_KIND + 4)
#define AT_DUTY (AT_KIND + 8)
#define AT_BYTES (AT_KIND + 12)
#define AT_DEPTH (AT_KIND + 20)
#define AT_HOSTNAME (AT_KIND + 38 + REMOTE_TEXT_BYTES)
/* Within which an enemy is answered or sent away: 3 s of patience, and a busy machine's share. */
#define ENEMY_MS 20000
#define RSS_SLACK_KIB 512
/* Of a session: its message out and in, and what the process has anyway. */
#define SESSION_KIB_MOST (2 * (REMOTE_MESSAGE_MOST / 1024) + 8192)

static struct remote_message hello(uint64_t bytes, uint64_t depth)
{
	struct remote_message message;

	remote_message_init(&message, REMOTE_HELLO);
	message.mechanism = REMOTE_TCP;
	message.duty = REMOTE_PONG;
	message.message_bytes = bytes;
	message.depth = depth;
	return message;
}

/* --- frames */

START_TEST(every_kind_comes_as_it_went)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message sent = hello(12345, 67), got;

	sent.kind = (enum remote_kind)_i;
	sent.token = 0x8877665544332211u;
	sent.port = 65535;
	snprintf(sent.hostname, sizeof(sent.hostname), "there");
	snprintf(sent.kernel, sizeof(sent.kernel), "6.18.0");
	snprintf(sent.reason, sizeof(sent.reason), "no");
	sent.cpu_ns = -1;
	sent.switches = 5;
	sent.error = ENOMEM;
	sent.sent = UINT64_MAX;
	sent.received = 2;
	sent.sum_sent = 3;
	sent.sum_received = 4;
	remote_pack(&sent, frame);
	ck_assert_int_eq(remote_unpack(frame, &got), 0);
	ck_assert_int_eq(got.kind, sent.kind);
	ck_assert_str_eq(got.version, PACKAGE_VERSION);
	ck_assert_uint_eq(got.message_bytes, 12345);
	ck_assert_uint_eq(got.depth, 67);
	ck_assert_uint_eq(got.token, sent.token);
	ck_assert_uint_eq(got.port, 65535);
	ck_assert_str_eq(got.hostname, "there");
	ck_assert_str_eq(got.kernel, "6.18.0");
	ck_assert_str_eq(got.reason, "no");
	ck_assert_int_eq(got.cpu_ns, -1);
	ck_assert_int_eq(got.switches, 5);
	ck_assert_int_eq(got.error, ENOMEM);
	ck_assert_uint_eq(got.sent, UINT64_MAX);
	ck_assert_uint_eq(got.sum_received, 4);
}
END_TEST

START_TEST(numbers_are_little_endian)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(0x010203, 1);

	remote_pack(&message, frame);
	ck_assert_mem_eq(frame + AT_BYTES, "\3\2\1\0\0\0\0\0", 8);
	ck_assert_mem_eq(frame + AT_PROTOCOL, "\1\0\0\0", 4);
	ck_assert_str_eq((const char *)frame + AT_VERSION, PACKAGE_VERSION);
}
END_TEST

static const struct { uint64_t bytes, depth; int error; } sizes[] = {
	{ 1, 1, 0 }, { REMOTE_MESSAGE_MOST, 16, 0 }, { 65536, REMOTE_DEPTH_MOST, 0 },
	{ 0, 1, -EBADMSG }, { 1, 0, -EBADMSG }, { 1ull << 63, 1, -EBADMSG },
	{ 1ull << 63, 2, -EBADMSG }, { UINT64_MAX, UINT64_MAX, -EBADMSG },
	{ REMOTE_MESSAGE_MOST + 1, 1, -EBADMSG }, { 1, REMOTE_DEPTH_MOST + 1, -EBADMSG },
	{ REMOTE_MESSAGE_MOST, 17, -EBADMSG }, { 65537, REMOTE_DEPTH_MOST, -EBADMSG },
};

START_TEST(sizes_have_bounds)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(sizes[_i].bytes, sizes[_i].depth), got;

	remote_pack(&message, frame);
	ck_assert_int_eq(remote_unpack(frame, &got), sizes[_i].error);
}
END_TEST

static const struct { int at; unsigned char byte; int error; } dents[] = {
	{ 0, 0, -EBADMSG }, { 7, 1, -EBADMSG },
	{ AT_PROTOCOL, 2, -EPROTONOSUPPORT }, { AT_PROTOCOL + 3, 1, -EPROTONOSUPPORT },
	{ AT_VERSION, '9', -EPROTONOSUPPORT }, { AT_VERSION, 27, -EBADMSG },
	{ AT_KIND, 0, -EBADMSG }, { AT_KIND, 8, -EBADMSG }, { AT_KIND + 3, 0x80, -EBADMSG },
	{ AT_MECHANISM, 0, -EBADMSG }, { AT_MECHANISM, 3, -EBADMSG },
	{ AT_DUTY, 0, -EBADMSG }, { AT_DUTY, 9, -EBADMSG }, { AT_HOSTNAME, '\n', -EBADMSG },
};

START_TEST(a_dent_is_seen)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(1, 1), got;

	remote_pack(&message, frame);
	frame[dents[_i].at] = dents[_i].byte;
	ck_assert_int_eq(remote_unpack(frame, &got), dents[_i].error);
}
END_TEST

START_TEST(texts_end)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(1, 1), got;

	remote_pack(&message, frame);
	memset(frame + AT_HOSTNAME, 'x', REMOTE_TEXT_BYTES);
	ck_assert_int_eq(remote_unpack(frame, &got), -EBADMSG);
	remote_pack(&message, frame);
	memset(frame + AT_VERSION, '1', REMOTE_TEXT_BYTES);
	ck_assert_int_eq(remote_unpack(frame, &got), -EBADMSG);
}
END_TEST

/* Whatever it takes for good is in bounds. */
static void check_taken(const unsigned char *frame)
{
	struct remote_message got;
	int error = remote_unpack(frame, &got);

	ck_assert(error == 0 || error == -EBADMSG || error == -EPROTONOSUPPORT);
	ck_assert_uint_lt(strnlen(got.version, sizeof(got.version)), sizeof(got.version));
	if (error || got.kind != REMOTE_HELLO || got.duty == REMOTE_GREET)
		return;
	ck_assert_uint_le(got.message_bytes, REMOTE_MESSAGE_MOST);
	ck_assert_uint_le(got.depth, REMOTE_DEPTH_MOST);
	ck_assert_uint_le(got.message_bytes * got.depth, REMOTE_WINDOW_MOST);
	ck_assert_uint_lt(strnlen(got.hostname, sizeof(got.hostname)), sizeof(got.hostname));
}

START_TEST(garbage_is_refused_or_in_bounds)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(4096, 16);

	srandom(7117);
	for (int i = 0; i < FUZZ_FRAMES; i++) {
		remote_pack(&message, frame);
		for (int n = 1 + i % 8; n; n--)
			frame[random() % REMOTE_FRAME_BYTES] = (unsigned char)random();
		check_taken(frame);
		for (int at = 0; at < REMOTE_FRAME_BYTES; at++)
			frame[at] = (unsigned char)random();
		check_taken(frame);
	}
}
END_TEST

/* --- addresses */

static const struct { const char *text, *host; int port; } places[] = {
	{ "127.0.0.1", "127.0.0.1", REMOTE_PORT }, { "there:80", "there", 80 },
	{ "[::1]:9", "::1", 9 }, { "[::1]", "::1", REMOTE_PORT },
	{ "fe80::1%lo", "fe80::1%lo", REMOTE_PORT },
	{ "a:65535", "a", 65535 }, { "", NULL, 0 }, { ":7117", NULL, 0 }, { "a:", NULL, 0 },
	{ "a:0", "a", 0 }, { "a:65536", NULL, 0 }, { "a:-1", NULL, 0 }, { "a:1x", NULL, 0 },
	{ "[::1", NULL, 0 }, { "[]:1", NULL, 0 }, { "[::1]1", NULL, 0 }, { "a:000000001", NULL, 0 },
};

START_TEST(places_are_taken_apart)
{
	struct remote_place place;
	int error = remote_place_parse(places[_i].text, &place);

	ck_assert_int_eq(error, places[_i].host ? 0 : -EINVAL);
	if (error)
		return;
	ck_assert_str_eq(place.host, places[_i].host);
	ck_assert_uint_eq(place.port, (unsigned int)places[_i].port);
}
END_TEST

static const struct { const char *text, *written; } addresses[] = {
	{ "127.0.0.1", "127.0.0.1:7117" }, { "10.1.2.3:99", "10.1.2.3:99" }, { "::1", "[::1]:7117" },
	{ "[fe80::1%lo]:5", "[fe80::1%lo]:5" }, { "localhost", NULL }, { "1.2.3", NULL },
	{ "[fe80::1%no-such]:5", NULL },
};

START_TEST(numeric_addresses_need_no_names)
{
	char written[REMOTE_ADDRESS_BYTES];
	union remote_address address;
	int error = remote_address_parse(addresses[_i].text, &address);

	ck_assert_int_eq(error, addresses[_i].written ? 0 : -EINVAL);
	if (error)
		return;
	remote_address_format(&address, written);
	ck_assert_str_eq(written, addresses[_i].written);
}
END_TEST

/* --- a listening side of our own, in a process */

static volatile sig_atomic_t caught;
static int words;                      /* what the server says, a line each */
static pid_t server;
static union remote_address there;

static void on_signal(int number)
{
	caught = number;
}

static void write_line(void *context, const char *line)
{
	char text[400];
	int length = snprintf(text, sizeof(text), "%s\n", line);

	ck_assert_int_eq((int)write(*(int *)context, text, (size_t)length), length);
}

static void be_server(int out)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct remote_server order = { .cpu = -1, .signal = &caught, .tell = write_line,
				       .context = &out };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	ck_assert_int_eq(remote_address_parse("127.0.0.1", &order.address), 0);
	remote_address_set_port(&order.address, 0);
	_exit(remote_server_run(&order) ? 1 : 0);
}

static void read_line(char *line, size_t size)
{
	size_t used = 0;

	do {
		struct pollfd wait = { .fd = words, .events = POLLIN };

		ck_assert_int_eq(poll(&wait, 1, ENEMY_MS), 1);
		ck_assert_int_eq(read(words, line + used, 1), 1);
	} while (line[used] != '\n' && ++used < size - 1);
	line[used] = 0;
}

static void begin_server(void)
{
	char line[400];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	server = fork();
	ck_assert_int_ge(server, 0);
	if (!server)
		be_server(ends[1]);
	close(ends[1]);
	words = ends[0];
	read_line(line, sizeof(line));
	ck_assert_int_eq(strncmp(line, "listening on ", 13), 0);
	ck_assert_int_eq(remote_address_parse(line + 13, &there), 0);
}

static void end_server(void)
{
	int status = -1;

	ck_assert_int_eq(kill(server, SIGTERM), 0);
	ck_assert_int_eq(waitpid(server, &status, 0), server);
	ck_assert_int_eq(status, 0);
	close(words);
}

static int sessions_alive(void)
{
	char path[64], text[1024];
	size_t got;
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)server, (int)server);
	file = fopen(path, "r");
	if (!file)
		return 0;
	got = fread(text, 1, sizeof(text), file);
	fclose(file);
	for (size_t i = 0; i < got; i++)
		count += text[i] == ' ';
	return count;
}

static void await_no_session(void)
{
	uint64_t deadline = remote_patience_end(ENEMY_MS);

	while (sessions_alive() && remote_patience_left(deadline))
		poll(NULL, 0, 10);
	ck_assert_int_eq(sessions_alive(), 0);
}

static int dial(void)
{
	char reason[REMOTE_CLIENT_REASON_BYTES];
	int fd = remote_client_connect(&there, reason);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* It is there, and says who it is. */
static void greet(void)
{
	char reason[REMOTE_CLIENT_REASON_BYTES] = "";
	struct remote_message message, answer;
	int fd = dial();

	remote_message_init(&message, REMOTE_HELLO);
	message.duty = REMOTE_GREET;
	ck_assert_msg(!remote_client_hello(fd, &message, &answer, reason), "%s", reason);
	ck_assert_str_ne(answer.kernel, "");
	ck_assert_str_ne(answer.hostname, "");
	ck_assert_uint_eq(answer.port, 0);
	close(fd);
}

/* The end of the connection, after an answer or none. */
static void await_end(int fd)
{
	unsigned char bytes[REMOTE_FRAME_BYTES];
	int error = 0;

	for (int frames = 0; !error && frames < 4; frames++)
		error = remote_receive_bytes(fd, ENEMY_MS, bytes, sizeof(bytes));
	ck_assert_int_eq(error, -EPIPE);
	close(fd);
}

static void send_dented(int fd, int at, unsigned char byte)
{
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(1, 1);

	remote_pack(&message, frame);
	frame[at] = byte;
	ck_assert_int_eq(send(fd, frame, sizeof(frame), MSG_NOSIGNAL), sizeof(frame));
}

static void send_size(int fd, uint64_t bytes, uint64_t depth)
{
	struct remote_message message = hello(bytes, depth);

	ck_assert_int_eq(remote_send(fd, &message), 0);
}

static void wrong_magic(int fd) { send_dented(fd, 0, 0); }
static void huge(int fd) { send_size(fd, 1ull << 63, 1); }
static void no_depth(int fd) { send_size(fd, 1, 0); }
static void silence(int fd) { (void)fd; }
static void hang_up(int fd) { shutdown(fd, SHUT_WR); }

static void half_a_frame(int fd)
{
	struct remote_message message = hello(1, 1);
	unsigned char frame[REMOTE_FRAME_BYTES];

	remote_pack(&message, frame);
	ck_assert_int_eq(send(fd, frame, sizeof(frame) / 2, MSG_NOSIGNAL), sizeof(frame) / 2);
}

static void out_of_turn(int fd)
{
	struct remote_message message;

	remote_message_init(&message, REMOTE_STOP);
	ck_assert_int_eq(remote_send(fd, &message), 0);
}

/* As large as is allowed, and then nothing: no data connection comes. */
static void no_data(int fd) { send_size(fd, REMOTE_MESSAGE_MOST, 16); }

static const struct { const char *name; void (*harass)(int fd); const char *said; } enemies[] = {
	{ "wrong magic", wrong_magic, "none of our protocol" },
	{ "size 2^63", huge, "out of its bounds" },
	{ "depth 0", no_depth, "out of its bounds" },
	{ "silence", silence, "said nothing" },
	{ "half a frame", half_a_frame, "said nothing" },
	{ "close", hang_up, "without a word" },
	{ "out of turn", out_of_turn, "none of our protocol" },
	{ "no data connection", no_data, "data connection has not come" },
};

START_TEST(an_enemy_is_sent_away)
{
	char line[400];
	int fd;

	begin_server();
	fd = dial();
	enemies[_i].harass(fd);
	await_end(fd);
	read_line(line, sizeof(line));
	ck_assert_msg(!strncmp(line, "refused 127.0.0.1:", 18) && strstr(line, enemies[_i].said),
		      "%s: %s", enemies[_i].name, line);
	await_no_session();
	greet();
	end_server();
}
END_TEST

START_TEST(another_version_is_named_on_both_sides)
{
	char line[400], reason[REMOTE_CLIENT_REASON_BYTES] = "";
	unsigned char frame[REMOTE_FRAME_BYTES];
	struct remote_message message = hello(1, 1), answer;
	int fd;

	begin_server();
	fd = dial();
	snprintf(message.version, sizeof(message.version), "9.8.7");
	ck_assert_int_eq(remote_client_hello(fd, &message, &answer, reason), -ECONNABORTED);
	ck_assert_ptr_nonnull(strstr(reason, "9.8.7"));
	ck_assert_ptr_nonnull(strstr(reason, PACKAGE_VERSION));
	read_line(line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "9.8.7"));
	ck_assert_ptr_nonnull(strstr(line, PACKAGE_VERSION));
	end_server();
	/* And where they are the ones that listen. */
	remote_pack(&message, frame);
	ck_assert_int_eq(remote_unpack(frame, &answer), -EPROTONOSUPPORT);
	remote_version_reason(&answer, reason, sizeof(reason));
	ck_assert_ptr_nonnull(strstr(reason, "9.8.7"));
	ck_assert_ptr_nonnull(strstr(reason, PACKAGE_VERSION));
}
END_TEST

START_TEST(a_crowd_is_answered)
{
	enum { CROWD = 40 };
	struct remote_message answer;
	int fds[CROWD], busy = 0;

	begin_server();
	for (int i = 0; i < CROWD; i++)
		fds[i] = dial();
	for (int i = 0; i < CROWD; i++) {
		int error = remote_receive(fds[i], ENEMY_MS, &answer);

		ck_assert(error == 0 || error == -EPIPE);
		busy += !error && answer.kind == REMOTE_REFUSED && answer.error == EBUSY;
		close(fds[i]);
	}
	/* A session may have ended, and made room, before the last has come. */
	ck_assert_int_ge(busy, 1);
	ck_assert_int_le(busy, CROWD - REMOTE_SESSIONS_MOST);
	await_no_session();
	greet();
	end_server();
}
END_TEST

START_TEST(many_enemies_cost_no_memory)
{
	char line[400];
	double before = 0, after;

	begin_server();
	for (int i = 0; i < 200; i++) {
		int fd = dial();

		enemies[i % 3].harass(fd);
		await_end(fd);
		read_line(line, sizeof(line));
		if (i == 20)
			before = process_status(server, "VmRSS");
	}
	await_no_session();
	after = process_status(server, "VmRSS");
	ck_assert_double_le(after, before + RSS_SLACK_KIB);
	end_server();
}
END_TEST

/* A word a second is not one in time. */
START_TEST(a_dribble_is_sent_away)
{
	uint64_t deadline = remote_patience_end(ENEMY_MS);
	char line[400];
	int fd;

	begin_server();
	fd = dial();
	while (send(fd, "", 1, MSG_NOSIGNAL) == 1) {
		ck_assert_int_gt(remote_patience_left(deadline), 0);
		poll(NULL, 0, 100);
	}
	close(fd);
	read_line(line, sizeof(line));
	ck_assert_ptr_nonnull(strstr(line, "refused"));
	await_no_session();
	greet();
	end_server();
}
END_TEST

/* A session as far as the token; returns the control connection. */
static int begin_session(enum remote_mechanism mechanism, uint64_t bytes,
			 struct remote_message *ret_welcome)
{
	char reason[REMOTE_CLIENT_REASON_BYTES] = "";
	struct remote_message message = hello(bytes, 1);
	int fd = dial();

	message.mechanism = mechanism;
	ck_assert_msg(!remote_client_hello(fd, &message, ret_welcome, reason), "%s", reason);
	ck_assert_uint_ne(ret_welcome->port, 0);
	return fd;
}

static int dial_data(enum remote_mechanism mechanism, uint16_t port)
{
	union remote_address data = there;
	int fd;

	remote_address_set_port(&data, port);
	fd = remote_socket_connect(&data, mechanism == REMOTE_TCP ? SOCK_STREAM : SOCK_DGRAM);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static const enum remote_mechanism mechanisms[] = { REMOTE_TCP, REMOTE_UDP };

/* Who has not the token gets nothing; who has it is served all the same. */
START_TEST(a_pretender_is_passed_over)
{
	struct remote_message welcome, message;
	unsigned char answer[sizeof(uint64_t)];
	uint64_t wrong;
	int control, false_one, data;

	begin_server();
	control = begin_session(mechanisms[_i], 8, &welcome);
	wrong = ~welcome.token;
	false_one = dial_data(mechanisms[_i], welcome.port);
	ck_assert_int_eq(send(false_one, &wrong, sizeof(wrong), MSG_NOSIGNAL), sizeof(wrong));
	data = dial_data(mechanisms[_i], welcome.port);
	ck_assert_int_eq(send(data, &welcome.token, sizeof(wrong), MSG_NOSIGNAL), sizeof(wrong));
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	ck_assert_int_eq(message.kind, REMOTE_READY);
	/* It is the one with the token that is answered. */
	ck_assert_int_eq(send(data, &wrong, sizeof(wrong), MSG_NOSIGNAL), sizeof(wrong));
	ck_assert_int_eq(remote_receive_bytes(data, ENEMY_MS, answer, sizeof(answer)), 0);
	close(false_one);
	close(data);
	close(control);
	await_no_session();
	end_server();
}
END_TEST

/* The last message is the one after STOP; then come the counts. */
START_TEST(a_session_ends_with_its_counts)
{
	struct remote_message welcome, message;
	unsigned char bytes[8] = { 1 };
	int control, data;

	begin_server();
	control = begin_session(mechanisms[_i], 8, &welcome);
	data = dial_data(mechanisms[_i], welcome.port);
	ck_assert_int_eq(send(data, &welcome.token, sizeof(bytes), MSG_NOSIGNAL), sizeof(bytes));
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	ck_assert_int_eq(send(data, bytes, sizeof(bytes), MSG_NOSIGNAL), sizeof(bytes));
	ck_assert_int_eq(remote_receive_bytes(data, ENEMY_MS, bytes, sizeof(bytes)), 0);
	remote_message_init(&message, REMOTE_STOP);
	ck_assert_int_eq(remote_send(control, &message), 0);
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	ck_assert_int_eq(message.kind, REMOTE_STOP);
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 2;
	ck_assert_int_eq(send(data, bytes, sizeof(bytes), MSG_NOSIGNAL), sizeof(bytes));
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	ck_assert_int_eq(message.kind, REMOTE_FINAL);
	ck_assert_int_eq(message.error, 0);
	ck_assert_uint_eq(message.received, 2);
	ck_assert_uint_eq(message.sent, 1);
	ck_assert_uint_eq(message.sum_received, 3);
	close(data);
	close(control);
	await_no_session();
	end_server();
}
END_TEST

static double memory_of_sessions(void)
{
	char path[64];
	double sum = 0;
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)server, (int)server);
	file = fopen(path, "r");
	while (file && fscanf(file, "%d", &pid) == 1)
		sum += process_status((pid_t)pid, "VmRSS");
	if (file)
		fclose(file);
	return sum;
}

/* All of them at once, each with as much as may be asked for. */
START_TEST(the_largest_sessions_have_bounds)
{
	int control[REMOTE_SESSIONS_MOST], data[REMOTE_SESSIONS_MOST];
	struct remote_message welcome, message;

	begin_server();
	for (int i = 0; i < REMOTE_SESSIONS_MOST; i++) {
		struct remote_message largest = hello(REMOTE_MESSAGE_MOST,
						      REMOTE_WINDOW_MOST / REMOTE_MESSAGE_MOST);

		control[i] = dial();
		/* With more patience than a client has: its memory is made before it answers. */
		ck_assert_int_eq(remote_send(control[i], &largest), 0);
		ck_assert_int_eq(remote_receive(control[i], ENEMY_MS, &welcome), 0);
		ck_assert_int_eq(welcome.kind, REMOTE_WELCOME);
		data[i] = dial_data(REMOTE_TCP, welcome.port);
		ck_assert_int_eq(send(data[i], &welcome.token, sizeof(welcome.token), MSG_NOSIGNAL),
				 sizeof(welcome.token));
		ck_assert_int_eq(remote_receive(control[i], ENEMY_MS, &message), 0);
		ck_assert_int_eq(message.kind, REMOTE_READY);
	}
	/* What a sanitizer, an emulator or valgrind has beside it is its own. */
	if (!IS_SANITIZED && !getenv("HANDOFF_RUNNER"))
		ck_assert_double_le(memory_of_sessions(), REMOTE_SESSIONS_MOST * SESSION_KIB_MOST);
	for (int i = 0; i < REMOTE_SESSIONS_MOST; i++) {
		close(data[i]);
		close(control[i]);
	}
	await_no_session();
	greet();
	end_server();
}
END_TEST

/*
 * Messages that are never read back fill the buffers; then 10 s are enough.  They are
 * large: a slow machine fills megabytes of sockets with small ones for minutes.
 */
START_TEST(who_reads_nothing_is_given_up)
{
	uint64_t deadline = remote_patience_end(3 * ENEMY_MS);
	static const unsigned char bytes[65536];
	struct remote_message welcome, message;
	int control, data;

	begin_server();
	control = begin_session(REMOTE_TCP, sizeof(bytes), &welcome);
	data = dial_data(REMOTE_TCP, welcome.port);
	ck_assert_int_eq(send(data, &welcome.token, sizeof(welcome.token), MSG_NOSIGNAL),
			 sizeof(welcome.token));
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	while (sessions_alive() && remote_patience_left(deadline)) {
		while (send(data, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			;
		poll(NULL, 0, 10);
	}
	ck_assert_int_eq(sessions_alive(), 0);
	close(data);
	close(control);
	greet();
	end_server();
}
END_TEST

/* It waits for a message for 10 s; that they have gone it knows at once. */
START_TEST(a_session_ends_with_its_client)
{
	struct remote_message welcome, message;
	uint64_t begin;
	int control, data;

	begin_server();
	control = begin_session(REMOTE_UDP, 8, &welcome);
	data = dial_data(REMOTE_UDP, welcome.port);
	ck_assert_int_eq(send(data, &welcome.token, sizeof(welcome.token), MSG_NOSIGNAL),
			 sizeof(welcome.token));
	ck_assert_int_eq(remote_receive(control, ENEMY_MS, &message), 0);
	begin = remote_patience_end(5000);
	close(control);
	while (sessions_alive() && remote_patience_left(begin))
		poll(NULL, 0, 10);
	ck_assert_int_eq(sessions_alive(), 0);
	close(data);
	end_server();
}
END_TEST

START_TEST(nobody_listens)
{
	char reason[REMOTE_CLIENT_REASON_BYTES] = "";
	union remote_address nobody;

	ck_assert_int_eq(remote_address_parse("127.0.0.1:1", &nobody), 0);
	ck_assert_int_eq(remote_client_connect(&nobody, reason), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(reason, "nobody listens at 127.0.0.1:1"));
	ck_assert(remote_client_is_lost(-ECONNREFUSED));
	ck_assert(!remote_client_is_lost(-EBUSY));
}
END_TEST

static TCase *protocol_case(void)
{
	TCase *tcase = tcase_create("protocol");

	tcase_add_loop_test(tcase, every_kind_comes_as_it_went, REMOTE_HELLO, REMOTE_FINAL + 1);
	tcase_add_test(tcase, numbers_are_little_endian);
	tcase_add_loop_test(tcase, sizes_have_bounds, 0, COUNT_OF(sizes));
	tcase_add_loop_test(tcase, a_dent_is_seen, 0, COUNT_OF(dents));
	tcase_add_test(tcase, texts_end);
	tcase_add_test(tcase, garbage_is_refused_or_in_bounds);
	tcase_add_loop_test(tcase, places_are_taken_apart, 0, COUNT_OF(places));
	tcase_add_loop_test(tcase, numeric_addresses_need_no_names, 0, COUNT_OF(addresses));
	return tcase;
}

static TCase *server_case(void)
{
	TCase *tcase = tcase_create("server");

	tcase_set_timeout(tcase, 90);
	tcase_add_loop_test(tcase, an_enemy_is_sent_away, 0, COUNT_OF(enemies));
	tcase_add_test(tcase, another_version_is_named_on_both_sides);
	tcase_add_test(tcase, a_crowd_is_answered);
	tcase_add_test(tcase, many_enemies_cost_no_memory);
	tcase_add_loop_test(tcase, a_pretender_is_passed_over, 0, COUNT_OF(mechanisms));
	tcase_add_loop_test(tcase, a_session_ends_with_its_counts, 0, COUNT_OF(mechanisms));
	tcase_add_test(tcase, a_session_ends_with_its_client);
	tcase_add_test(tcase, a_dribble_is_sent_away);
	tcase_add_test(tcase, the_largest_sessions_have_bounds);
	tcase_add_test(tcase, who_reads_nothing_is_given_up);
	tcase_add_test(tcase, nobody_listens);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("remote");

	suite_add_tcase(suite, protocol_case());
	suite_add_tcase(suite, server_case());
	return suite_run(suite);
}
