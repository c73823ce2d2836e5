/* SPDX-License-Identifier: MIT */
/* epoll-server - the server of the epoll engine: one thread answers whichever connection is ready. */
#ifndef HANDOFF_EPOLL_SERVER_H
#define HANDOFF_EPOLL_SERVER_H

#include "engine/server.h"

extern const struct engine_server engine_epoll_server;

#endif
