#!/bin/sh
# SPDX-License-Identifier: MIT
# Built against musl, by musl-gcc, and run here: another libc of the same kernel, with
# no argp, no makecontext, other signals, other stacks and other words.
#
# The libraries are built from Debian's source packages into the cache, static ones;
# of the system only the kernel's headers are taken.
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"

LIBRARIES='liburing jansson numactl hwloc check'

prefix=$cache/musl
unpacked=$work/libraries

# Headers of the kernel's, where nothing of glibc's lies beside them.
take_kernel_headers() {
	rm -rf "$prefix.part"
	mkdir -p "$prefix.part/include" "$prefix.part/lib/pkgconfig" &&
		cp -r /usr/include/linux /usr/include/asm-generic /usr/include/mtd \
			"$prefix.part/include/" &&
		cp -rL "/usr/include/$(gcc -print-multiarch)/asm" "$prefix.part/include/"
}

# fetch LIBRARY: its sources as they were released, in $unpacked
fetch() {
	mkdir -p "$unpacked/$1"
	(cd "$unpacked" && apt-get -q --download-only source "$1") || return
	tar -xf "$(find "$unpacked" -maxdepth 1 -name "$1_*.orig.tar.*" ! -name '*.asc')" \
		-C "$unpacked/$1" --strip-components=1
}

# describe NAME VERSION LIBRARIES: for pkg-config
describe() {
	cat >"$prefix.part/lib/pkgconfig/$1.pc" <<-END
		Name: $1
		Description: for musl
		Version: $2
		Cflags: -I$prefix/include
		Libs: -L$prefix/lib $3
	END
}

# archive LIBRARY OPTION... SOURCE...: what needs no configure
archive() {
	library=$1
	shift
	# shellcheck disable=SC2086 # a command with its arguments
	$compile -I. -c "$@" && ar cr "$prefix.part/lib/lib$library.a" ./*.o
}

configure_library() {
	./configure --prefix="$prefix" --disable-shared --enable-static CC=musl-gcc \
		CFLAGS="-O2 -I$prefix.part/include" "$@"
}

# make_library LIBRARY: in its folder
make_library() {
	into=$prefix.part
	compile="musl-gcc -O2 -I$into/include"
	cd "$unpacked/$1" || return
	case $1 in
	liburing)
		./configure --cc="$compile" && make -j"$jobs" -C src ENABLE_SHARED=0 CFLAGS=-O2 &&
			cp src/liburing.a "$into/lib/" &&
			cp -r src/include/liburing.h src/include/liburing "$into/include/" &&
			describe liburing "$(sed -n 's/^Version: *//p' liburing.spec)" -luring
		;;
	jansson)
		cd src && true >jansson_private_config.h &&
			sed 's/@json_inline@/inline/;s/@json_[a-z_]*@/1/' jansson_config.h.in \
				>jansson_config.h &&
			archive jansson -DHAVE_STDINT_H -DHAVE_UNISTD_H -DHAVE_FCNTL_H \
				-DHAVE_SCHED_H -DHAVE_SYS_TIME_H -DHAVE_SYS_TYPES_H -DHAVE_LOCALECONV \
				-DHAVE_GETPID -DHAVE_GETTIMEOFDAY -DHAVE_SCHED_YIELD \
				-DHAVE_ATOMIC_BUILTINS -DINITIAL_HASHTABLE_ORDER=3 ./*.c &&
			cp jansson.h jansson_config.h "$into/include/" &&
			describe jansson "$(sed -n 's/.*JANSSON_VERSION  *"\(.*\)"/\1/p' jansson.h)" -ljansson
		;;
	numactl)
		true >config.h && archive numa libnuma.c syscall.c distance.c affinity.c sysfs.c \
			rtnetlink.c && cp numa.h numacompat1.h numaif.h "$into/include/"
		;;
	hwloc)
		configure_library --disable-libxml2 --disable-io --disable-libudev --disable-cairo \
			--disable-readme --disable-doxygen &&
			make -j"$jobs" -C include && make -j"$jobs" -C hwloc &&
			cp hwloc/.libs/libhwloc.a "$into/lib/" &&
			cp -r include/hwloc.h include/hwloc "$into/include/" &&
			describe hwloc "$(sed -n 's/^PACKAGE_VERSION=.\(.*\).$/\1/p' configure)" "-lhwloc -lm"
		;;
	check)
		configure_library --disable-subunit --disable-build-docs &&
			make -j"$jobs" -C lib && make -j"$jobs" -C src &&
			cp src/.libs/libcheck.a "$into/lib/" && cp check_stdint.h src/check.h "$into/include/" &&
			describe check "$(sed -n 's/^PACKAGE_VERSION=.\(.*\).$/\1/p' configure)" "-lcheck -lm"
	esac
}

# Whole or not at all.
make_prefix() {
	apt_for "$(dpkg --print-architecture)" && take_kernel_headers || return
	for library in $LIBRARIES; do
		fetch "$library" && (make_library "$library") || return
	done
	mv "$prefix.part" "$prefix"
}

need musl-gcc gcc pkg-config
if [ ! -d "$prefix" ]; then
	need apt-get dpkg
	if ! make_prefix >"$builds/musl-libraries.log" 2>&1; then
		tail -n "$LINES_SHOWN" "$builds/musl-libraries.log" | sed 's/^/# /'
		without "no libraries for musl: see $builds/musl-libraries.log"
	fi
fi
if build musl CC=musl-gcc CPPFLAGS="-I$prefix/include" LDFLAGS="-L$prefix/lib" \
	PKG_CONFIG_LIBDIR="$prefix/lib/pkgconfig"; then
	unit_tests musl "$FAST"
fi
finish
