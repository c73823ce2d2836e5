/* SPDX-License-Identifier: MIT */
/*
 * kernel/inet-address - where another host is: HOST, HOST:PORT, V6, [V6] or [V6]:PORT.
 *
 * Pure, but for the index of a network interface that a scope names ("fe80::1%eth0").
 * Names are resolved elsewhere (tool/resolve.h): the worker gets numbers.
 */
#ifndef HANDOFF_REMOTE_ADDRESS_H
#define HANDOFF_REMOTE_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define REMOTE_PORT 7117
#define REMOTE_HOST_BYTES 256
/* Of what remote_address_format() writes: "[", 45, "%", 15, "]:", 5, and the end. */
#define REMOTE_ADDRESS_BYTES 80

union remote_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct remote_place {
	char host[REMOTE_HOST_BYTES];
	uint16_t port;                 /* REMOTE_PORT where none is given; 0: any, to listen */
};

/* 0, or -EINVAL for what is none of the above. */
int remote_place_parse(const char *text, struct remote_place *ret);

/* Of a numeric host; -EINVAL for a name. */
int remote_address_parse(const char *text, union remote_address *ret);
void remote_address_format(const union remote_address *address, char ret[REMOTE_ADDRESS_BYTES]);

socklen_t remote_address_length(const union remote_address *address);
uint16_t remote_address_port(const union remote_address *address);
void remote_address_set_port(union remote_address *address, uint16_t port);

#endif
