#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [TARGET...] - fuzzes each target for a while, with clang's libFuzzer.
#
# FUZZ_SECONDS: for each target (5)
# FUZZ_TARGETS: which, as "round units"; all if it is empty
# FUZZ_KEEP: a folder in which new inputs are kept, and found again the next time
# FUZZ_ALL_TARGETS, HANDOFF_BUILD, srcdir: from make check-fuzz
#
# Builds in tests/fuzz/build, with AddressSanitizer and UndefinedBehaviorSanitizer.  A line
# for each target, and one over all; what was found stays in tests/fuzz/found.  1 if
# anything was found; 77 where there is no libFuzzer.
set -u

EXIT_SKIP=77
SECONDS_EACH=${FUZZ_SECONDS:-5}
BUILD=${HANDOFF_BUILD:-$PWD}
TREE=$BUILD/tests/fuzz/build
FOUND=$BUILD/tests/fuzz/found
SOURCES=$(cd "${srcdir:-.}" && pwd) || exit 1
CORPUS=$SOURCES/tests/fuzz/corpus
# An input that takes longer is one that somebody could let us hang with.
INPUT_SECONDS=10
INPUT_BYTES_MOST=4096
MEMORY_MIB=1024

skip() {
	echo "fuzz: skipped: $1"
	exit $EXIT_SKIP
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

has_fuzzer() {
	command -v clang >/dev/null || return 1
	cat >"$work/try.c" <<-END
		int LLVMFuzzerTestOneInput(const char *data, unsigned long size);
		int LLVMFuzzerTestOneInput(const char *data, unsigned long size)
		{
			return data[0] - data[size - 1] ? 0 : 0;
		}
	END
	clang -fsanitize=fuzzer,address,undefined -o "$work/try" "$work/try.c" 2>"$work/try.log"
}

# build PROGRAM...: with libFuzzer in place of main()
build() {
	mkdir -p "$TREE" || return
	cd "$TREE" || return
	if [ ! -f Makefile ]; then
		"$SOURCES/configure" --enable-asan --enable-ubsan CC=clang \
			CFLAGS="-O1 -g -fsanitize=fuzzer-no-link -DHANDOFF_LIBFUZZER" || return
	fi
	make -j"$(nproc)" LDFLAGS=-fsanitize=fuzzer "$@"
}

# fuzz NAME: one target; what it said is in $work/NAME.log
fuzz() {
	new=${FUZZ_KEEP:-$work}/$1
	mkdir -p "$new" "$FOUND"
	TMPDIR=$work nice -n 10 "$TREE/tests/fuzz/fuzz_$1" -max_total_time="$SECONDS_EACH" \
		-timeout=$INPUT_SECONDS -rss_limit_mb=$MEMORY_MIB -max_len=$INPUT_BYTES_MOST \
		-close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$FOUND/$1-" \
		"$new" "$CORPUS/$1" >"$work/$1.log" 2>&1 </dev/null
}

# stat NAME WORD: what libFuzzer has counted
stat() {
	sed -n "s/^stat::$2: *//p" "$work/$1.log" | tail -n 1
}

# The number behind a word of libFuzzer's last report: "cov: 123".
reached() {
	sed -n "s/.*[[:space:]]$2: \([0-9]*\).*/\1/p" "$work/$1.log" | tail -n 1
}

# report NAME STATUS
report() {
	executions=$(stat "$1" number_of_executed_units)
	total=$((total + ${executions:-0}))
	findings=0
	if [ "$2" -ne 0 ]; then
		findings=1
		found=$((found + 1))
	fi
	printf '%-16s %10s executions, %5s edges, %5s features, %d findings\n' "$1" \
		"${executions:-0}" "$(reached "$1" cov)" "$(reached "$1" ft)" $findings
	if [ "$2" -ne 0 ]; then
		tail -n 40 "$work/$1.log" | sed 's/^/    /'
	fi
}

has_fuzzer || skip "no clang with libFuzzer (Debian: clang)"
if [ -f "$SOURCES/config.status" ]; then
	skip "configured in the source folder: another configuration needs one elsewhere"
fi
# shellcheck disable=SC2086 # a list of programs
set -- ${FUZZ_TARGETS:-$(echo " ${FUZZ_ALL_TARGETS:-}" | sed 's, tests/fuzz/fuzz_, ,g')}
for name; do
	programs="${programs:-} tests/fuzz/fuzz_$name"
done
# shellcheck disable=SC2086 # likewise
if ! (build ${programs:-}) >"$work/build.log" 2>&1; then
	echo "fuzz: the targets cannot be built:"
	tail -n 40 "$work/build.log"
	exit 1
fi
total=0
found=0
for name; do
	fuzz "$name"
	report "$name" $?
done
echo "$# targets, $total executions, $found findings"
test $found -eq 0
