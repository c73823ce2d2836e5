/* SPDX-License-Identifier: MIT */
/*
 * tool/streams - makes sure that standard streams are there, and checks standard output.
 *
 * What argp prints by itself, --help and --version, is checked when the program
 * ends: what could not be written is told, with status 1.
 */
#ifndef HANDOFF_TOOL_STREAMS_H
#define HANDOFF_TOOL_STREAMS_H

/* Once, before anything is opened. */
void tool_streams_init(void);

#endif
