#!/bin/sh
# SPDX-License-Identifier: MIT
# Which build tools and workers are of, and that the answers are those to the jobs.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

BUILD=${HANDOFF_WORKERS%/*}

# in_build TARGET: what make says to it, without those above us
in_build() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES make -s -C "$BUILD" "$1" 2>/dev/null
}

# The digest of the sources as they are, by hand.
digest() {
	for file in $(in_build list-sources); do
		cat "$sources/$file" || echo "missing $file"
	done | sha256sum | cut -c 1-16
}

build_is_a_digest_of_all_sources() {
	sources=$(cd "${srcdir:-.}" && pwd)
	for file in $(in_build list-sources); do
		echo "$file"
	done | LC_ALL=C sort -u >"$work/listed"
	(cd "$sources" && find lib workers tools -name '*.[ch]' -o -name '*.def') |
		grep -v -e '^lib/compat/' -e '/build-id.c$' | LC_ALL=C sort >"$work/there"
	LC_ALL=C comm -13 "$work/listed" "$work/there" >"$work/report"
	test ! -s "$work/report" && test -s "$work/there"
	result $? "the build's digest is of every source of tools and workers" "$work/report"
	expected=$(digest)
	for tool in $TOOL_NAMES; do
		use "$tool"
		run -f json -m null -p same-cpu --rounds 1
		flatten
		test "$(value build record=run)" = "$expected" || echo "$tool: $(value build record=run)"
	done >"$work/report"
	test ! -s "$work/report"
	result $? "every tool's record says that digest, $expected" "$work/report" "$work/err"
}

# --- clocks

# fast FACTOR: a clock_gettime() for LD_PRELOAD that goes on at that speed
fast() {
	cat >"$work/clock.c" <<-'END'
		#define _GNU_SOURCE
		#include <sys/syscall.h>
		#include <time.h>
		#include <unistd.h>

		int clock_gettime(clockid_t clock, struct timespec *ret)
		{
			int error = (int)syscall(SYS_clock_gettime, clock, ret);
			long long ns = ((long long)ret->tv_sec * 1000000000 + ret->tv_nsec) FACTOR;

			ret->tv_sec = ns / 1000000000;
			ret->tv_nsec = ns % 1000000000;
			return error;
		}
	END
	"${CC:-cc}" -shared -fPIC -O1 "-DFACTOR=$1" -o "$work/clock.so" "$work/clock.c" 2>"$work/report"
}

# Each worker with such a clock: no figure, and both times in the reason.
clocks_of_other_speeds() {
	mkdir "$work/slow"
	for worker in "$HANDOFF_WORKERS"/handoff-*-worker; do
		# shellcheck disable=SC2016 # expanded there
		printf '#!/bin/sh\nLD_PRELOAD=%s exec %s "$@"\n' "'$work/clock.so'" "'$worker'" \
			>"$work/slow/${worker##*/}"
		chmod 755 "$work/slow/${worker##*/}"
	done
	: >"$work/wrong"
	for factor in /2 '*2'; do
		fast "$factor" || return
		for words in 'spawn-cost -m pthread' 'ctxsw -m pipe -P process' \
			     'ipc-lat -m pipe -P process' 'io-lat -m pread --size 1M'; do
			use "${words%% *}"
			wrap="env HANDOFF_WORKERS=$work/slow"
			# shellcheck disable=SC2086 # arguments
			run -f json ${words#* } -p same-cpu --rounds 1
			wrap=
			flatten
			value reason record=skip | grep -q "^worker: in the worker .* ms, the kernel's by " ||
				echo "$words $factor: $(value reason record=skip)" >>"$work/wrong"
			test -z "$(value p50 record=result)" || echo "$words: a figure" >>"$work/wrong"
		done
	done
	test ! -s "$work/wrong"
	result $? "a worker whose clock goes at half or double speed has no figure" "$work/wrong" "$work/err"
}

case $HANDOFF_WORKERS$TOOL in
/*/*) ;;
*)
	skip "HANDOFF_WORKERS and HANDOFF_TOOLS must be absolute"
	finish
	;;
esac
if [ -f "$BUILD/Makefile" ] && command -v make >/dev/null; then
	build_is_a_digest_of_all_sources
else
	skip "the build's digest: no Makefile beside the workers"
fi
if has_sanitizer; then
	skip "clocks of other speeds: a sanitizer has its own way to the clock"
elif ! fast /2; then
	skip "clocks of other speeds: no compiler here"
elif ! LD_PRELOAD=$work/clock.so "$HANDOFF_WORKERS/handoff-channel-worker" 2>&1 | grep -q 'not a whole job'; then
	skip "clocks of other speeds: this build takes no LD_PRELOAD"
else
	clocks_of_other_speeds
fi
nothing_left "identity"
finish
