/* SPDX-License-Identifier: MIT */
#include "plan/options-hosts.h"

#include <string.h>

#include "kernel/inet-address.h"

#define LISTEN_HERE "127.0.0.1"

/* Beyond those of plan/options.c. */
enum key { KEY_LISTEN = 1024, KEY_CONNECT };

static const struct argp_option host_options[OPTIONS_HOSTS_MAX] = {
	{ 0, 0, 0, 0, "Between hosts:", OPTIONS_BESIDE_GROUP },
	{ "listen", KEY_LISTEN, "ADDR", OPTION_ARG_OPTIONAL,
	  "be the other side for --connect, until a signal comes; default 127.0.0.1, port 7117",
	  OPTIONS_BESIDE_GROUP },
	{ "connect", KEY_CONNECT, "ADDR", 0,
	  "have the other side on that host: HOST, HOST:PORT or [IPV6]:PORT",
	  OPTIONS_BESIDE_GROUP },
};

size_t options_hosts_add(const struct tool *tool, struct argp_option *to)
{
	if (!tool->listen)
		return 0;
	memcpy(to, host_options, sizeof(host_options));
	return OPTIONS_HOSTS_MAX;
}

/* Port 0, any, can be listened on, but nobody is there. */
static void check_address(struct argp_state *state, const char *option, const char *text)
{
	bool is_listener = !strcmp(option, "listen");
	struct remote_place place;

	if (remote_place_parse(text, &place) || (!place.port && !is_listener))
		argp_error(state, "--%s: '%s' is not valid: HOST, HOST:PORT or [IPV6]:PORT", option,
			   text);
}

error_t options_hosts_parse(int key, char *argument, struct argp_state *state,
			    struct options *options)
{
	switch (key) {
	case KEY_LISTEN:
		options->listen = argument ? argument : LISTEN_HERE;
		check_address(state, "listen", options->listen);
		return 0;
	case KEY_CONNECT:
		options->connect = argument;
		check_address(state, "connect", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Who listens can be seated and be quiet, and that is all. */
void options_hosts_note(struct options *options, const char *name)
{
	static const char *const useful[] = { "placement", "sched", "verbose", "quiet" };

	for (size_t i = 0; name && i < sizeof(useful) / sizeof(useful[0]); i++)
		if (!strcmp(name, useful[i]))
			return;
	if (!options->not_for_listen)
		options->not_for_listen = name;
}

void options_hosts_check(struct argp_state *state, const struct options *options)
{
	const char *local = options->has_matrix ? "matrix" : options->has_list ? "list" :
			    options->has_selftest ? "selftest" : options->peer ? "peer" : NULL;

	if (options->listen && options->connect)
		argp_error(state, "--listen goes on one host and --connect on the other");
	if (options->listen && options->not_for_listen)
		argp_error(state, "--listen: the connecting side says what is measured: leave out "
			   "--%s", options->not_for_listen);
	if (options->connect && local)
		argp_error(state, "--%s is about this machine alone: leave out --connect", local);
}
