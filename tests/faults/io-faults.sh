#!/bin/sh
# SPDX-License-Identifier: MIT
# Devices that fail and room that ends: each engine loses its cell with a clear word,
# none measures a request that failed, and nothing is left.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"

device=
room=

# shellcheck disable=SC2317 # by the trap
clean_up() {
	end_marked
	if [ -n "$device" ]; then losetup -d "$device"; fi
	if [ -n "$room" ]; then umount -l "$room"; fi
	rm -rf "$work"
}
trap clean_up EXIT

# What moves no bytes, or writes without the calls that fail.
excepted='uring-nop|null'

# lost TEXT WORDS ARGUMENT...: nothing but these is measured; who got as far as the
# requests says these words
lost() {
	text=$1
	words=$2
	shift 2
	run -f json -p same-cpu --rounds 1 -m all "$@"
	{
		sound || cat "$work/report"
		value mechanism metric=interval | grep -vxE "$excepted" | sed 's/^/measured: /'
		value reason record=skip >"$work/reasons"
		grep -Ev '^plan: |^open: .*RWF_NOWAIT' "$work/reasons" | grep -Ev "$words" | sed 's/^/says: /'
		settle || sed 's/^/left: /' "$work/left"
	} >"$work/wrong"
	failing=$(grep -Ec "$words" "$work/reasons")
	test ! -s "$work/wrong" && test "$failing" -ge "$engines_least"
	result $? "$text: $failing engines are lost by it, status $status" "$work/wrong" "$work/err"
}

# A device that cannot read: the end of the file below it has gone.
device_that_fails() {
	if [ "$(id -u)" -ne 0 ] || ! command -v losetup >/dev/null; then
		skip "a device that fails: needs root and losetup(8)"
		return
	fi
	truncate -s 4M "$work/backing"
	device=$(losetup -f --show "$work/backing" 2>"$work/err") || device=
	if [ -z "$device" ]; then
		skip "a device that fails: $(head -n 1 "$work/err")"
		return
	fi
	truncate -s 256k "$work/backing"
	engines_least=3
	error='Input/output error'
	lost "a device that fails, past the cache" "$error" --file "$device" --cache direct --depth 4
	lost "a device that fails, past the cache, one by one" "$error" --file "$device" --cache direct --depth 1
	lost "a device that fails, cold" "$error" --file "$device" --cache cold --depth 4
	lost "a device that fails, warm" "$error" --file "$device" --depth 4
	lost "a device that fails, written to" "$error|space" --file "$device" --destroy-data --rw randwrite \
		--cache direct --depth 4
	losetup -d "$device"
	device=
}

# A file with holes needs room when it is written to, and that is not there.
room_that_ends() {
	mkdir "$work/room"
	if ! mount -t tmpfs -o size=256k none "$work/room" 2>/dev/null; then
		skip "room that ends: a file system may not be mounted here"
		return
	fi
	room=$work/room
	truncate -s 4M "$room/holes"
	engines_least=3
	for rw in randwrite write; do
		lost "room that ends, --rw $rw" 'space|Input/output error' --file "$room/holes" \
			--destroy-data --rw $rw --depth 4
		: >"$room/holes"
		truncate -s 4M "$room/holes"
	done
	rm "$room/holes"
	find "$room" -mindepth 1 >"$work/left"
	test ! -s "$work/left"
	result $? "room that ends: nothing is left in it" "$work/left"
	umount -l "$room"
	room=
}

# A mapping of a file that is long enough makes it no longer, and knows no such limit.
file_that_may_not_grow() {
	if ! command -v prlimit >/dev/null; then
		skip "a file that may not grow: no prlimit(1) here"
		return
	fi
	head -c 4M /dev/zero >"$work/own"
	wrap="prlimit --fsize=65536:65536"
	excepted='uring-nop|null|mmap'
	engines_least=3
	lost "a file that may not grow" 'grow|signal 25|Input/output error' --file "$work/own" \
		--destroy-data --rw randwrite --depth 4
	wrap=
	rm "$work/own"
}

use io-lat
device_that_fails
room_that_ends
file_that_may_not_grow
finish
