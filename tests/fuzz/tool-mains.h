/* SPDX-License-Identifier: MIT */
/* The mains of the tools by names of their own: each hands its table to tool_main(). */
#ifndef HANDOFF_TESTS_FUZZ_TOOL_MAINS_H
#define HANDOFF_TESTS_FUZZ_TOOL_MAINS_H

int ctxsw_main(int argc, char **argv);
int io_lat_main(int argc, char **argv);
int ipc_lat_main(int argc, char **argv);
int spawn_cost_main(int argc, char **argv);

#endif
