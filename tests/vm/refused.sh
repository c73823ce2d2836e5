#!/bin/sh
# SPDX-License-Identifier: MIT
# refused.sh - in a machine that machine.sh has booted: io_uring is switched off by
# sysctl, for those without rights (1) and for all (2); a skip says what to change.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

# Where files may be made, by nobody too.
mkdir -m 777 "$work/files"
cd "$work/files" || exit 1

SWITCH=/proc/sys/kernel/io_uring_disabled

# expect allowed|denied METRIC MECHANISM...: of the last run
expect() {
	if [ "$1" = allowed ]; then
		shift
		measured "$@"
	else
		shift 2
		skipped 'sysctl kernel.io_uring_disabled' "$@"
	fi
}

# rings allowed|denied: with io_uring_disabled=$setting, as $who
rings() {
	setting=$(cat $SWITCH)
	use io-lat
	poor "io_uring_disabled=$setting, $who: io-lat" -m 'threads,uring*' -p same-cpu --depth 4 \
		--size 1M --rounds 1
	measured interval threads
	expect "$1" interval uring uring-defer uring-sqpoll uring-nop
	use ipc-lat
	poor "io_uring_disabled=$setting, $who: ipc-lat" -m 'pipe,uring*' -p same-cpu --rounds 1
	measured round-trip pipe
	expect "$1" round-trip uring-msg-ring uring-socket
	poor "io_uring_disabled=$setting, $who: ipc-lat --wait uring" -m pipe --wait uring \
		-p same-cpu --rounds 1
	expect "$1" round-trip pipe
}

if [ ! -w $SWITCH ]; then
	skip "this kernel has no sysctl kernel.io_uring_disabled"
	finish
fi
who=root
echo 1 >$SWITCH
rings allowed
echo 2 >$SWITCH
rings denied
if become_nobody; then
	who=nobody
	rings denied
	echo 1 >$SWITCH
	rings denied
	echo 0 >$SWITCH
	rings allowed
else
	skip "no unprivileged account"
fi
finish
