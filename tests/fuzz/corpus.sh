#!/bin/sh
# SPDX-License-Identifier: MIT
# corpus.sh - every fuzz target with every file of its corpus, once.
#
# HANDOFF_HELPERS: the folder beside which the targets are
set -u

CORPUS=${srcdir:-.}/tests/fuzz/corpus
TARGETS=${HANDOFF_HELPERS:-tests/cli}/../fuzz
number=0
failed=0
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT

# A target without a corpus, and a corpus without a target, are mistakes.
for folder in "$CORPUS"/*; do
	name=${folder##*/}
	number=$((number + 1))
	# What should have been built and was not has made make fail.
	if [ ! -e "$TARGETS/fuzz_$name" ] && [ -e "${srcdir:-.}/tests/fuzz/fuzz_$name.c" ]; then
		echo "ok $number # SKIP $name: not built with our own argp"
	elif "$TARGETS/fuzz_$name" "$folder" >"$report" 2>&1; then
		echo "ok $number - $name: $(tail -n 1 "$report")"
	else
		echo "not ok $number - $name"
		tail -n 40 "$report" | sed 's/^/# /'
		failed=1
	fi
done
for source in "${srcdir:-.}"/tests/fuzz/fuzz_*.c; do
	name=${source##*/fuzz_}
	name=${name%.c}
	number=$((number + 1))
	if [ -d "$CORPUS/$name" ]; then
		echo "ok $number - $name has a corpus"
	else
		echo "not ok $number - $name has no corpus"
		failed=1
	fi
done
echo "1..$number"
exit $failed
