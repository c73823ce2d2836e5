/* SPDX-License-Identifier: MIT */
#include "channel/datagram.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>

#include "kernel/sysfile.h"

/* IPv4: 65535 less the headers of 20 and 8 bytes. */
#define DATAGRAM_BYTES 65507

/* What a datagram is charged with beside its bytes, before all of it is doubled (socket(7)). */
#define DATAGRAM_OVERHEAD 1024

/* Packets that a CPU holds back before it drops them: net.core.netdev_max_backlog by default. */
#define BACKLOG_PACKETS 1000

/* Bytes, or -errno. */
static int receive_room(int fd)
{
	int room;
	socklen_t length = sizeof(room);

	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, &length) ? -errno : room;
}

/*
 * What does not fit is dropped without a word.  A datagram is charged with the
 * memory it lies in, which may be twice its size; the kernel for that reason
 * doubles what is asked for.
 */
int channel_datagram_room(int fd, const struct channel_config *config, char *ret_reason)
{
	uint64_t bytes = (uint64_t)config->depth * (config->message_bytes + DATAGRAM_OVERHEAD);
	int wanted = bytes < INT_MAX / 2 ? (int)bytes : INT_MAX / 2;
	int room = receive_room(fd);

	if (room >= 0 && (uint64_t)room < 2 * bytes) {
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted)))
			return -errno;
		room = receive_room(fd);
	}
	if (room < 0)
		return room;
	if ((uint64_t)room >= 2 * bytes)
		return 0;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "so many messages under way could be lost: lower the depth, or raise sysctl "
		 "net.core.rmem_max to %llu", (unsigned long long)bytes);
	return -ENOBUFS;
}

int channel_datagram_check(const struct channel_config *config, char *ret_reason)
{
	int64_t packets = BACKLOG_PACKETS;

	if (config->message_bytes > DATAGRAM_BYTES) {
		snprintf(ret_reason, CHANNEL_REASON_BYTES,
			 "a datagram holds %d bytes at most", DATAGRAM_BYTES);
		return -EMSGSIZE;
	}
	if (config->depth <= BACKLOG_PACKETS)
		return 0;
	/* Where it cannot be read (network namespaces have no such file), packets is left alone. */
	sysfile_read_integer("", "/proc/sys/net/core/netdev_max_backlog", &packets);
	if (config->depth <= packets)
		return 0;
	snprintf(ret_reason, CHANNEL_REASON_BYTES,
		 "more than %lld messages under way could be lost: lower the depth, or raise "
		 "sysctl net.core.netdev_max_backlog", (long long)packets);
	return -ENOBUFS;
}
