/* SPDX-License-Identifier: MIT */
#include "ipc-hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/remote/client.h"
#include "channel/remote/server.h"
#include "tool/resolve.h"

_Static_assert(REMOTE_TEXT_BYTES <= RECORD_TEXT_BYTES, "a record holds what a host says");

struct teller {
	struct report *report;
	bool is_quiet;
};

static void tell(void *context, const char *line)
{
	const struct teller *teller = context;

	if (!teller->is_quiet)
		report_error(teller->report, "%s", line);
}

static int resolve(const struct tool_hosts *hosts, const char *text, union remote_address *ret)
{
	char reason[REMOTE_RESOLVE_REASON_BYTES];
	int error = remote_resolve(text, ret, reason);

	if (error)
		report_error(hosts->report, "%s", reason);
	return error ? EXIT_NOTHING_MEASURED : EXIT_SUCCESS;
}

static int check_seat(const struct tool_hosts *hosts)
{
	const struct plan *plan = hosts->plan;

	if (plan->seat_count != 1) {
		report_error(hosts->report, "--listen: sessions sit on one placement: name one");
		return EXIT_USAGE;
	}
	if (!plan->seat_skips[0])
		return EXIT_SUCCESS;
	report_error(hosts->report, "--listen: %s: %s", plan->seats[0].name, plan->seat_skips[0]);
	return EXIT_NOTHING_MEASURED;
}

int ipc_hosts_listen(const struct tool_hosts *hosts)
{
	const struct options *options = hosts->plan->options;
	struct teller teller = { hosts->report, options->is_quiet };
	struct remote_server server = {
		.sched = hosts->sched,
		.signal = hosts->signal,
		.tell = tell,
		.context = &teller,
	};
	int error, status = check_seat(hosts);

	if (!status)
		status = resolve(hosts, options->listen, &server.address);
	if (status)
		return status;
	server.cpu = hosts->plan->seats[0].cpus[0];
	error = remote_server_run(&server);
	if (!error)
		return EXIT_SIGNAL + *hosts->signal;
	report_error(hosts->report, "--listen: %s: %s", options->listen, strerror(-error));
	return EXIT_NOTHING_MEASURED;
}

static int ask(const union remote_address *address, struct remote_message *ret, char *reason)
{
	struct remote_message hello;
	int error, control = remote_client_connect(address, reason);

	if (control < 0)
		return control;
	remote_message_init(&hello, REMOTE_HELLO);
	hello.duty = REMOTE_GREET;
	error = remote_client_hello(control, &hello, ret, reason);
	close(control);
	return error;
}

int ipc_hosts_greet(const struct tool_hosts *hosts, struct remote_facts *ret)
{
	const char *text = hosts->plan->options->connect;
	char reason[REMOTE_CLIENT_REASON_BYTES];
	struct remote_message welcome;
	union remote_address address;

	if (resolve(hosts, text, &address))
		return EXIT_NOTHING_MEASURED;
	if (ask(&address, &welcome, reason)) {
		report_error(hosts->report, "--connect: %s: %s", text, reason);
		return EXIT_NOTHING_MEASURED;
	}
	remote_address_format(&address, ret->address);
	memcpy(ret->version, welcome.version, sizeof(welcome.version));
	memcpy(ret->kernel, welcome.kernel, sizeof(welcome.kernel));
	memcpy(ret->hostname, welcome.hostname, sizeof(welcome.hostname));
	return EXIT_SUCCESS;
}
