/* SPDX-License-Identifier: MIT */
#include "tool-mains.h"

#define main ctxsw_main
#include "../../tools/ctxsw.c"
