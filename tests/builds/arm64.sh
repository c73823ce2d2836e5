#!/bin/sh
# SPDX-License-Identifier: MIT
# Cross-built for arm64: all of it, assembly included; and what does not measure runs
# under user emulation.  Emulated, nothing has a speed of its own, clone3 and
# PR_SET_CHILD_SUBREAPER are missing, and a program that is executed would have to be
# wrapped, too: the tests of spawners, workers, rounds and due times are left to real machines.
#
# The libraries come from Debian's packages for arm64, unpacked into the cache.
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"

PACKAGES='libc6-dev libhwloc-dev libjansson-dev libnuma-dev liburing-dev check'
LEVELS='-O2 -O0 -O3'
# shellcheck disable=SC2016 # names of make's
TESTS='$(filter-out tests/spawner/check_spawner tests/run/check_worker tests/run/check_supervisor \
	tests/tool/check_selftest tests/engine/check_engine_pace,$(fast_unit_tests))'

root=$cache/arm64

# All packages that these need, whole or not at all.
make_root() {
	apt_for arm64 || return
	# shellcheck disable=SC2086 # packages are words
	apt-get -q -y --download-only install $PACKAGES || return
	rm -rf "$root.part"
	mkdir "$root.part"
	for package in "$apt"/cache/archives/*.deb; do
		dpkg -x "$package" "$root.part" || return
	done
	mv "$root.part" "$root"
	rm -f "$apt"/cache/archives/*.deb
}

cross() {
	name=$1
	shift
	build "$name" --host=aarch64-linux-gnu CC="aarch64-linux-gnu-gcc --sysroot=$root" \
		PKG_CONFIG_LIBDIR="$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig" \
		PKG_CONFIG_SYSROOT_DIR="$root" "$@"
}

run_emulated() {
	if ! command -v qemu-aarch64 >/dev/null; then
		skip "$1: nothing is run: there is no qemu-aarch64 (qemu-user)"
		return
	fi
	emulator="qemu-aarch64 -L $root"
	for target in tiny static dynamic; do
		$emulator "$builds/$1/workers/handoff-target-$target" 2>"$work/said"
		result $? "$1: the program to execute, $target, ends well" "$work/said"
	done
	unit_tests "$1" "$TESTS" HANDOFF_RUNNER="$emulator"
	skip "$1: spawners, workers, rounds: qemu-aarch64 has no PR_SET_CHILD_SUBREAPER"
}

need aarch64-linux-gnu-gcc pkg-config
if [ ! -d "$root" ]; then
	need apt-get dpkg
	make_root >"$builds/arm64-packages.log" 2>&1 ||
		without "Debian's packages for arm64 cannot be had: $(tail -n 1 "$builds/arm64-packages.log")"
fi
if [ -n "$quick" ]; then
	LEVELS=-O2
fi
for level in $LEVELS; do
	if cross "arm64$level" CFLAGS="-g $level"; then
		run_emulated "arm64$level"
	fi
	forget "arm64$level"
done
finish
