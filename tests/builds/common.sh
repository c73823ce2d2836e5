# shellcheck shell=sh disable=SC2034 # names are for the scripts
# SPDX-License-Identifier: MIT
# common.sh - what the scripts here share; each reads it first.
#
# A combination is a build in a folder of its own, with --enable-werror, of all
# that make check builds, and those of its unit tests that are fast; TAP, a line
# each.  Whatever a combination lacks is a skip that says what to install.
#
# HANDOFF_SOURCES: the source tree (two folders up)
# HANDOFF_BUILDS_DIR: where it is built (a temporary folder that is removed); logs stay there
# HANDOFF_BUILDS_CACHE: where libraries for other machines are kept, with their packages
# HANDOFF_BUILDS_QUICK: if set, the few that suit every change
# HANDOFF_BUILDS_JOBS: for make -j (the number of CPUs)
set -u

EXIT_SKIP=77
LINES_SHOWN=30

sources=${HANDOFF_SOURCES:-$(cd "$(dirname "$0")/../.." && pwd)}
cache=${HANDOFF_BUILDS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/handoff-builds}
jobs=${HANDOFF_BUILDS_JOBS:-$(nproc)}
quick=${HANDOFF_BUILDS_QUICK:-}
number=0
failed=0

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
builds=${HANDOFF_BUILDS_DIR:-$work/builds}
mkdir -p "$builds" || exit 1
builds=$(cd "$builds" && pwd)

# result STATUS TEXT [FILE...]: one case; the ends of the files say what is wrong
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	failed=1
	shift 2
	for file; do
		tail -n "$LINES_SHOWN" "$file" | sed 's/^/# /'
	done
}

skip() {
	number=$((number + 1))
	echo "ok $number # SKIP $1"
}

# without REASON: nothing of this script can be done
without() {
	echo "1..0 # SKIP $1"
	exit $EXIT_SKIP
}

need() {
	for program; do
		command -v "$program" >/dev/null || without "there is no $program"
	done
}

finish() {
	echo "1..$number"
	exit $failed
}

# --- building

# configure NAME ARGUMENT...: in $builds/NAME, with a log beside it
configure() {
	name=$1
	shift
	rm -rf "${builds:?}/$name"
	mkdir "$builds/$name"
	(cd "$builds/$name" && "$sources/configure" --enable-werror "$@") \
		>"$builds/$name.log" 2>&1 </dev/null
}

# targets NAME TARGET...: by make
targets() {
	name=$1
	shift
	nice make -C "$builds/$name" -k -j"$jobs" "$@" >>"$builds/$name.log" 2>&1 </dev/null
}

# complaints FILE: the lines of a build's log that say why, else its end
complaints() {
	grep -E '(error|warning):|undefined reference|Error [0-9]|^configure: error' "$1" \
		>"$work/complaints" || tail -n "$LINES_SHOWN" "$1" >"$work/complaints"
}

# forget NAME: a build that is no longer needed; its log stays
forget() {
	rm -rf "${builds:?}/$1"
}

# build NAME ARGUMENT...: one case, that everything compiles and links without a
# warning; false if not
build() {
	name=$1
	configure "$@" && targets "$name" check TESTS=
	built=$?
	complaints "$builds/$name.log"
	result $built "$name: everything is built, without a warning" "$work/complaints"
	return $built
}

# unit_tests NAME TESTS [VARIABLE=VALUE...]: one case, that these unit tests pass in what
# build() left; what has not been built with check is a skip
unit_tests() {
	name=$1
	tests=$2
	shift 2
	if ! grep -Fq 'S["HAVE_CHECK_TRUE"]=""' "$builds/$name/config.status"; then
		skip "$name: unit tests: configure found no check"
		return
	fi
	# Whoever builds this often has a busy machine: no test is given up for that.
	env HANDOFF_SKIP_SLOW=1 CK_TIMEOUT_MULTIPLIER=60 HANDOFF_TEST_TIMEOUT=1800 "$@" \
		nice make -C "$builds/$name" -k -j"$jobs" check \
		TESTS="$tests" >>"$builds/$name.log" 2>&1 </dev/null
	status=$?
	counted=$(make -s --no-print-directory -C "$builds/$name" summary TESTS="$tests" \
		2>"$work/complaints")
	case $counted in
	"0 passed"*) status=1
	esac
	result $status "$name: unit tests: $counted" "$work/complaints"
}

# shellcheck disable=SC2016 # the name is one of make's
FAST='$(fast_unit_tests)'

# --- libraries for others, from Debian's packages

# apt_for ARCHITECTURE: apt-get and apt-cache of a machine on which nothing is
# installed, with Debian's own sources, in $cache: needs no root, changes nothing here
apt_for() {
	apt=$cache/apt-$1
	mkdir -p "$apt/sources" "$apt/state/lists/partial" "$apt/cache/archives/partial"
	true >"$apt/status"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		if grep -qs 'debian\.org\|/debian' "$file"; then
			sed 's/^Types: *deb *$/Types: deb deb-src/;s/^deb \(.*\)/&\ndeb-src \1/' \
				"$file" >"$apt/sources/${file##*/}"
		fi
	done
	cat >"$apt/apt.conf" <<-END
		APT::Architecture "$1";
		APT::Architectures { "$1"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Dir::Etc::sourcelist "$apt/sources/sources.list";
		Dir::Etc::sourceparts "$apt/sources";
		Dir::State "$apt/state";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
	END
	export APT_CONFIG="$apt/apt.conf"
	apt-get -q update
}
