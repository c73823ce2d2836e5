/* SPDX-License-Identifier: MIT */
/* engine/mechanism/epoll-server - serves the epoll engine: one thread answers what is ready. */
#ifndef HANDOFF_EPOLL_SERVER_H
#define HANDOFF_EPOLL_SERVER_H

#include "engine/server.h"

extern const struct engine_server engine_epoll_server;

#endif
