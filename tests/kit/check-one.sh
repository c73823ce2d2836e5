#!/bin/sh
# SPDX-License-Identifier: MIT
# check-one.sh MECHANISM - which suites concern one mechanism: a line each, "SUITE" or
# "SUITE MIX", a mix being a number of tests/faults/faults.sh.  For make check-one.
#
# Ends with 2 for a name that no tool lists: a choice that would run no test is a failure.
#
# HANDOFF_TOOLS, HANDOFF_WORKERS: where the tools and their workers are
set -u

EXIT_USAGE=2
TOOLS=${HANDOFF_TOOLS:-tools}

# lists TOOL MECHANISM: whether it has such a one
lists() {
	"$TOOLS/$1" --list 2>/dev/null | awk -v name="$2" '$1 == name { found = 1 } END { exit !found }'
}

if [ $# -ne 1 ] || [ -z "$1" ]; then
	echo "usage: make check-one MECHANISM=name" >&2
	exit $EXIT_USAGE
fi
found=
if lists spawn-cost "$1"; then
	echo tests/spawner/check_spawner
	echo tests/spawner/check_spawner_faults
	echo tests/faults/faults.sh 1
	found=1
fi
if lists ipc-lat "$1"; then
	echo tests/faults/faults.sh 2
fi
if lists ipc-lat "$1" || lists ctxsw "$1"; then
	echo tests/channel/check_channel
	echo tests/channel/check_channel_faults
	echo tests/channel/check_channel_wait
	echo tests/channel/check_background
	echo tests/channel/check_ring
	found=1
fi
if lists ctxsw "$1"; then
	echo tests/faults/faults.sh 4
fi
if lists io-lat "$1"; then
	echo tests/engine/check_engine
	echo tests/engine/check_engine_failure
	echo tests/engine/check_engine_faults
	echo tests/engine/check_engine_pace
	echo tests/faults/faults.sh 3
	found=1
fi
if [ -z "$found" ]; then
	echo "no tool has a mechanism $1: see the --list of each" >&2
	exit $EXIT_USAGE
fi
# The pages against the lists.
echo tests/cli/help-man.sh
