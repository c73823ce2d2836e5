/* SPDX-License-Identifier: MIT */
#include "tool-mains.h"

#define main ipc_lat_main
#include "../../tools/ipc-lat.c"
