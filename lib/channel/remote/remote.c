/* SPDX-License-Identifier: MIT */
#include "channel/remote/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "channel/datagram.h"
#include "channel/loops.h"
#include "channel/mechanism/list.h"
#include "channel/message/measure.h"
#include "channel/pair/proof.h"
#include "channel/remote/client.h"
#include "channel/remote/socket.h"
#include "kernel/affinity.h"
#include "kernel/pages.h"
#include "kernel/process-facts.h"

/* Between two tokens, of which a datagram may be lost. */
#define TOKEN_MS 500
/* The control connection is asked so long whether it is the host that is gone. */
#define LAST_LOOK_MS 1000

#define STEP "other host"

struct channel_remote {
	struct channel_context *context;
	/* Of the loops and proofs: our end, and a lane that is filled from the other host. */
	struct channel_pair pair;
	int control, data;
	bool is_udp;
};

static void tell(const struct channel_remote *remote, enum round_status status, int error,
		 const char *reason)
{
	struct round *round = remote->context->round;

	/* A round has one end; what follows is its echo. */
	if (round->status != ROUND_MEASURED)
		return;
	if (remote_client_is_lost(error))
		round->flags |= ROUND_HOST_LOST;
	round_fail(round, status, *reason ? 0 : error, STEP, reason);
}

static int ask_usage(const struct channel_remote *remote, int patience_ms,
		     struct task_usage *ret)
{
	struct remote_message message;
	int error;

	task_usage_init(ret);
	remote_message_init(&message, REMOTE_USAGE);
	error = remote_send(remote->control, &message);
	if (!error)
		error = remote_receive(remote->control, patience_ms, &message);
	if (!error && message.kind != REMOTE_USAGE)
		error = message.kind == REMOTE_FINAL ? -ECHILD : -EBADMSG;
	if (error)
		return error;
	ret->cpu_ns = (double)message.cpu_ns;
	ret->nvcsw = (double)message.switches;
	ret->nivcsw = message.switches < 0 ? -1 : 0;
	return 0;
}

/* Is it the host that is gone, or a message?  The control connection knows. */
static void tell_silence(const struct channel_remote *remote)
{
	struct task_usage usage;
	int error = ask_usage(remote, LAST_LOOK_MS, &usage);

	if (error == -EAGAIN || error == -ETIMEDOUT)
		tell(remote, ROUND_FAILED, -EAGAIN, "the other host has not answered for 3 s");
	else if (error)
		tell(remote, ROUND_FAILED, 0, "the session on the other host has ended");
	else if (remote->is_udp)
		tell(remote, ROUND_FAILED, 0, "a datagram was lost: nothing came for 3 s; lower "
		     "--size or --depth, or use tcp");
	else
		tell(remote, ROUND_FAILED, 0, "the other host has sent nothing for 3 s, though it "
		     "is there");
}

static void tell_error(const struct channel_remote *remote, int error)
{
	if (error == -EAGAIN)
		tell_silence(remote);
	else if (error == -EPIPE)
		tell(remote, ROUND_FAILED, 0, "the session on the other host has ended");
	else if (error == -ETIMEDOUT || error == -EHOSTUNREACH || error == -ENETUNREACH)
		tell(remote, ROUND_FAILED, error, "the other host has not answered for 3 s");
	else
		tell(remote, ROUND_FAILED, error, "");
}

/* Bodies for measure/timing.h; an error is told at once, before those who only pass it on. */
static int run_ping(void *state, uint64_t n)
{
	const struct channel_remote *remote = state;
	int error = remote->pair.channel->ping(remote->pair.end, n);

	if (error)
		tell_error(remote, error);
	return error;
}

static int run_pour(void *state, uint64_t n)
{
	const struct channel_remote *remote = state;
	int error = remote->pair.channel->pour(remote->pair.end, n);

	if (error)
		tell_error(remote, error);
	return error;
}

static int take_end(struct channel_remote *remote)
{
	struct channel_pair *pair = &remote->pair;

	pair->end = pages_take(sizeof(*pair->end));
	pair->lane = pages_take(sizeof(*pair->lane));
	if (!pair->end || !pair->lane)
		return -ENOMEM;
	return channel_end_init(pair->end, &pair->config, NULL, 0, &pair->lane->stop);
}

static int say_hello(struct channel_remote *remote, const union remote_address *address,
		     struct remote_message *ret_welcome, char *reason)
{
	const struct channel_pair *pair = &remote->pair;
	struct remote_message hello;

	remote->control = remote_client_connect(address, reason);
	if (remote->control < 0)
		return remote->control;
	remote_message_init(&hello, REMOTE_HELLO);
	hello.mechanism = remote->is_udp ? REMOTE_UDP : REMOTE_TCP;
	hello.duty = pair->duty == CHANNEL_DRAIN ? REMOTE_DRAIN : REMOTE_PONG;
	hello.message_bytes = pair->config.message_bytes;
	hello.depth = pair->config.depth;
	return remote_client_hello(remote->control, &hello, ret_welcome, reason);
}

/* Until the other side is ready; by UDP the token is said again, as it may be lost. */
static int present_token(const struct channel_remote *remote, uint64_t token)
{
	uint64_t deadline = remote_patience_end(REMOTE_PATIENCE_MS);
	struct pollfd wait = { .fd = remote->control, .events = POLLIN };
	struct remote_message message;
	int error, ready = 0;

	while (!ready) {
		if (send(remote->data, &token, sizeof(token), MSG_NOSIGNAL) != sizeof(token))
			return -errno;
		ready = poll(&wait, 1, remote->is_udp ? TOKEN_MS : REMOTE_PATIENCE_MS);
		if (ready == 0 && (!remote->is_udp || !remote_patience_left(deadline)))
			return -EAGAIN;
	}
	error = remote_receive(remote->control, REMOTE_PATIENCE_MS, &message);
	return error ? error : message.kind == REMOTE_READY ? 0 : -ECONNABORTED;
}

static int open_data(struct channel_remote *remote, union remote_address *address,
		     const struct remote_message *welcome, char *reason)
{
	struct channel_pair *pair = &remote->pair;
	int error = 0;

	remote_address_set_port(address, welcome->port);
	remote->data = remote_socket_connect(address, remote->is_udp ? SOCK_DGRAM : SOCK_STREAM);
	if (remote->data < 0)
		return remote->data;
	if (remote->is_udp)
		error = channel_datagram_room(remote->data, &pair->config, reason);
	pair->end->fd_in = pair->end->fd_out = remote->data;
	return error ? error : present_token(remote, welcome->token);
}

static int open_remote(struct channel_remote *remote, char *reason)
{
	const struct channel_job *job = remote->context->job;
	union remote_address address;
	struct remote_message welcome;
	int error = job->cpu_a >= 0 ? affinity_set(job->cpu_a, job->cpu_a) : 0;

	if (!error)
		error = remote_address_parse(job->connect, &address);
	if (!error)
		error = take_end(remote);
	if (!error && remote->is_udp)
		error = channel_datagram_check(&remote->pair.config, reason);
	if (!error)
		error = say_hello(remote, &address, &welcome, reason);
	if (!error)
		error = open_data(remote, &address, &welcome, reason);
	return error;
}

/* What a kernel or an account lacks, there or here, is a skip; a host that is gone a loss. */
static int open_and_tell(struct channel_remote *remote)
{
	struct round *round = remote->context->round;
	char reason[REMOTE_CLIENT_REASON_BYTES] = "";
	int error = open_remote(remote, reason);

	round->rss_kib = process_status(0, "VmRSS");
	if (process_status(0, "TracerPid") > 0)
		round->flags |= ROUND_TRACED;
	if (error && (remote_client_is_lost(error) || error == -EBUSY))
		tell(remote, ROUND_FAILED, error, *reason ? reason : "its data port does not answer: "
		     "does a firewall let us pass to any port there?");
	else if (error)
		round_skip(round, *reason ? 0 : error, "open", reason);
	return error;
}

static void close_remote(struct channel_remote *remote)
{
	struct channel_pair *pair = &remote->pair;

	if (remote->data >= 0)
		close(remote->data);
	if (remote->control >= 0)
		close(remote->control);
	if (pair->end && pair->end->buffers)
		channel_end_done(pair->end);
	pages_give(pair->end, sizeof(*pair->end));
	pages_give(pair->lane, sizeof(*pair->lane));
}

/* Ours next to the window: to ask the other side is not what its messages cost. */
static int read_edge(const struct channel_remote *remote, bool is_behind, struct channel_edge *ret)
{
	int error;

	if (is_behind)
		task_usage_own(true, &ret->side[0]);
	error = ask_usage(remote, REMOTE_PATIENCE_MS, &ret->side[1]);
	if (error)
		tell(remote, ROUND_FAILED, error, error == -EAGAIN
		     ? "the other host has not answered for 3 s"
		     : "the session on the other host has ended");
	if (!is_behind)
		task_usage_own(false, &ret->side[0]);
	return error;
}

static void fill_lane(struct channel_lane *lane, const struct remote_message *final)
{
	lane->error = -final->error;
	lane->sent = final->sent;
	lane->received = final->received;
	lane->sum_sent = final->sum_sent;
	lane->sum_received = final->sum_received;
}

/* They know that it is the last before it is sent. */
static int stop_remote(const struct channel_remote *remote)
{
	const struct channel_pair *pair = &remote->pair;
	struct remote_message message;
	int error;

	remote_message_init(&message, REMOTE_STOP);
	error = remote_send(remote->control, &message);
	if (!error)
		error = remote_receive(remote->control, REMOTE_PATIENCE_MS, &message);
	if (!error && message.kind != REMOTE_STOP)
		error = -EPIPE;
	if (error)
		return error;
	channel_write_message(pair->end, pair->config.message_bytes);
	error = pair->channel->send(pair->end, pair->config.message_bytes);
	if (!error)
		error = remote_receive(remote->control, REMOTE_PATIENCE_MS, &message);
	if (!error && message.kind != REMOTE_FINAL)
		error = -EBADMSG;
	if (!error)
		fill_lane(pair->lane, &message);
	return error ? error : pair->lane->error;
}

static int stop_and_tell(const struct channel_remote *remote)
{
	int error = stop_remote(remote);

	if (error)
		tell_error(remote, error);
	return error;
}

static void measure(struct channel_remote *remote, struct timing *timing)
{
	struct channel_context *context = remote->context;
	bool is_stream = remote->pair.duty == CHANNEL_DRAIN;
	struct timed timed = channel_timed(context, is_stream ? run_pour : run_ping, remote);
	struct channel_edges edges;
	int error;

	timed.unit = is_stream ? context->config.depth : 1;
	if (channel_prepare(context, &timed, timing) || read_edge(remote, false, &edges.before))
		return;
	error = channel_measure_window(context, &timed, timing);
	if (error || read_edge(remote, true, &edges.after) || stop_and_tell(remote))
		return;
	channel_tell_lost_of_pair(context, &edges, true);
	channel_measure_tell(context, &remote->pair, timing, &edges);
}

void channel_remote_measure(struct channel_context *context, struct timing *timing)
{
	/* There is no CPU of ours on the other side: nothing is proved of it. */
	struct channel_job job = *context->job;
	struct channel_context ours = *context;
	struct channel_remote remote = {
		.context = &ours,
		.pair = {
			.channel = context->channel,
			.config = context->config,
			.duty = channel_context_is(context, "throughput") ? CHANNEL_DRAIN : CHANNEL_PONG,
		},
		.control = -1,
		.data = -1,
		.is_udp = context->channel == &channel_udp,
	};

	job.cpu_b = -1;
	ours.job = &job;
	if (!open_and_tell(&remote))
		measure(&remote, timing);
	close_remote(&remote);
}
