/* SPDX-License-Identifier: MIT */
/*
 * tool/signals - SIGINT, SIGTERM, SIGHUP and SIGQUIT end a tool, with status 128 + N.
 *
 * At first, and where nothing would be left behind, they do so at once, whatever call
 * the tool waits in.  Elsewhere they are remembered: who works looks at tool_signal()
 * and comes to an end.  Of the main thread only.
 */
#ifndef HANDOFF_TOOL_SIGNALS_H
#define HANDOFF_TOOL_SIGNALS_H

#include <signal.h>

/* Those that were ignored when we started stay ignored. */
void tool_signals_catch(void);

/* The last one that was remembered; 0: none. */
const volatile sig_atomic_t *tool_signal(void);

void tool_signals_remember(void);

/* Ends the process if one has been remembered. */
void tool_signals_end_at_once(void);

#endif
