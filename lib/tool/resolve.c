/* SPDX-License-Identifier: MIT */
#include "tool/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

int remote_resolve(const char *text, union remote_address *ret, char *ret_reason)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	struct remote_place place;
	int error;

	*ret_reason = 0;
	if (remote_place_parse(text, &place))
		return -EINVAL;
	error = getaddrinfo(place.host, NULL, &hints, &found);
	if (error) {
		snprintf(ret_reason, REMOTE_RESOLVE_REASON_BYTES, "'%s' has no address: %s",
			 place.host, gai_strerror(error));
		return -EADDRNOTAVAIL;
	}
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, found->ai_addr,
	       found->ai_addrlen < sizeof(*ret) ? found->ai_addrlen : sizeof(*ret));
	freeaddrinfo(found);
	remote_address_set_port(ret, place.port);
	return 0;
}
