/* SPDX-License-Identifier: MIT */
/*
 * ipc-hosts - ipc-lat between two hosts: its listen() and greet() (plan/tool.h).
 *
 * Both return an exit status (plan/options.h) and have said on standard error what is
 * wrong.
 */
#ifndef HANDOFF_IPC_HOSTS_H
#define HANDOFF_IPC_HOSTS_H

#include "results/record.h"
#include "tool/hosts.h"

/* Serves sessions until a signal comes: 128 and its number. */
int ipc_hosts_listen(const struct tool_hosts *hosts);

/* Resolves the address of --connect, and asks who is there, before anything is measured. */
int ipc_hosts_greet(const struct tool_hosts *hosts, struct remote_facts *ret);

#endif
