/* SPDX-License-Identifier: MIT */
#include "tool-mains.h"

#define main io_lat_main
#include "../../tools/io-lat.c"
