/* SPDX-License-Identifier: MIT */
#include "kernel/inet-address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static int set_host(struct remote_place *place, const char *text, size_t length)
{
	if (!length || length >= sizeof(place->host))
		return -EINVAL;
	memcpy(place->host, text, length);
	place->host[length] = 0;
	return 0;
}

static int set_port(struct remote_place *place, const char *text)
{
	unsigned int port = 0;

	if (!*text || strlen(text) > 5 || text[strspn(text, "0123456789")])
		return -EINVAL;
	for (; *text; text++)
		port = 10 * port + (unsigned int)(*text - '0');
	if (port > UINT16_MAX)
		return -EINVAL;
	place->port = (uint16_t)port;
	return 0;
}

static int parse_brackets(const char *text, struct remote_place *ret)
{
	const char *end = strchr(text, ']');

	if (!end || set_host(ret, text + 1, (size_t)(end - text - 1)))
		return -EINVAL;
	if (!end[1])
		return 0;
	return end[1] == ':' ? set_port(ret, end + 2) : -EINVAL;
}

int remote_place_parse(const char *text, struct remote_place *ret)
{
	const char *colon = strchr(text, ':');

	ret->port = REMOTE_PORT;
	if (*text == '[')
		return parse_brackets(text, ret);
	/* Two colons are IPv6 without a port. */
	if (!colon || strchr(colon + 1, ':'))
		return set_host(ret, text, strlen(text));
	return set_host(ret, text, (size_t)(colon - text)) ? -EINVAL : set_port(ret, colon + 1);
}

static int parse_v6(char *host, struct sockaddr_in6 *ret)
{
	char *scope = strchr(host, '%');

	*ret = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	if (scope) {
		*scope = 0;
		ret->sin6_scope_id = if_nametoindex(scope + 1);
		if (!ret->sin6_scope_id)
			return -EINVAL;
	}
	return inet_pton(AF_INET6, host, &ret->sin6_addr) == 1 ? 0 : -EINVAL;
}

int remote_address_parse(const char *text, union remote_address *ret)
{
	struct remote_place place;

	if (remote_place_parse(text, &place))
		return -EINVAL;
	ret->v4 = (struct sockaddr_in){ .sin_family = AF_INET };
	if (inet_pton(AF_INET, place.host, &ret->v4.sin_addr) != 1 && parse_v6(place.host, &ret->v6))
		return -EINVAL;
	remote_address_set_port(ret, place.port);
	return 0;
}

void remote_address_format(const union remote_address *address, char ret[REMOTE_ADDRESS_BYTES])
{
	char host[INET6_ADDRSTRLEN] = "", scope[IF_NAMESIZE] = "";

	if (address->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address->v4.sin_addr, host, sizeof(host));
		snprintf(ret, REMOTE_ADDRESS_BYTES, "%s:%u", host, remote_address_port(address));
		return;
	}
	inet_ntop(AF_INET6, &address->v6.sin6_addr, host, sizeof(host));
	if (address->v6.sin6_scope_id)
		if_indextoname(address->v6.sin6_scope_id, scope);
	snprintf(ret, REMOTE_ADDRESS_BYTES, "[%s%s%s]:%u", host, *scope ? "%" : "", scope,
		 remote_address_port(address));
}

socklen_t remote_address_length(const union remote_address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

uint16_t remote_address_port(const union remote_address *address)
{
	return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port
						       : address->v6.sin6_port);
}

void remote_address_set_port(union remote_address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET)
		address->v4.sin_port = htons(port);
	else
		address->v6.sin6_port = htons(port);
}
