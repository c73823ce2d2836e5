#!/bin/sh
# SPDX-License-Identifier: MIT
# Who asks for a 32-bit program is told at once, in a sentence, that there is none.
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"

# refused NAME ARGUMENT...: configure says no, and why
refused() {
	if configure "$@"; then
		result 1 "$1: configure refuses"
	else
		result 0 "$1: configure refuses"
	fi
	grep -A1 '^configure: error: .* makes 32-bit programs, and handoff is for 64-bit Linux only' \
		"$builds/$1.log" >"$work/said"
	grep -q '128-bit integers' "$work/said"
	result $? "$1: it says that it is for 64-bit only, and why" "$builds/$1.log"
	forget "$1"
}

# Wherever this runs: as if a long had been found to be one of 32 bits.
refused pretended ac_cv_sizeof_long=4

printf 'int main(void) { return 0; }\n' >"$work/main.c"
for compiler in gcc clang; do
	if $compiler -m32 -o "$work/main" "$work/main.c" 2>/dev/null; then
		refused "$compiler-m32" CC="$compiler -m32"
	else
		skip "$compiler -m32 links nothing here: install libc6-dev-i386, lib32gcc-12-dev and $compiler"
	fi
done
finish
