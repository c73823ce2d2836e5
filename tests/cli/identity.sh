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
	for tool in spawn-cost ctxsw ipc-lat io-lat; do
		use $tool
		run -f json -m null -p same-cpu --rounds 1
		flatten
		test "$(value build record=run)" = "$expected" || echo "$tool: $(value build record=run)"
	done >"$work/report"
	test ! -s "$work/report"
	result $? "every tool's record says that digest, $expected" "$work/report" "$work/err"
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
nothing_left "identity"
finish
