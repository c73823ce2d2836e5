#!/bin/sh
# SPDX-License-Identifier: MIT
# Every compiler at every level builds without a warning, and the unit tests pass.
# What gcc -O2 says nothing of, others see: variables that may be unset, code that
# is gone, loops that vectorise.
#
# HANDOFF_BUILDS_LEVELS: which ones, as "gcc-O2 clang-O0"; and common.sh's
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"

ALL='gcc-O0 gcc-O1 gcc-O2 gcc-O3 gcc-Os clang-O0 clang-O1 clang-O2 clang-O3 clang-Os'
QUICK=gcc-O3

levels=${HANDOFF_BUILDS_LEVELS:-$ALL}
if [ -n "$quick" ]; then
	levels=${HANDOFF_BUILDS_LEVELS:-$QUICK}
fi

for level in $levels; do
	compiler=${level%%-*}
	if ! command -v "$compiler" >/dev/null; then
		skip "$level: there is no $compiler"
		continue
	fi
	if build "$level" CC="$compiler" CFLAGS="-g -${level#*-}"; then
		unit_tests "$level" "$FAST"
	fi
	forget "$level"
done
finish
