#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh [SCRIPT...] - the scripts here, one after the other, as one TAP, and at
# last "N passed, N failed, N skipped".  Logs stay in HANDOFF_BUILDS_DIR.
set -u

ALL='bits32 argp levels arm64 musl valgrind'

here=$(cd "$(dirname "$0")" && pwd)
answer=$(mktemp) || exit 1
trap 'rm -f "$answer"' EXIT
trap 'exit 1' HUP INT TERM

EXIT_SKIP=77
passed=0
failed=0
skipped=0

# take SCRIPT STATUS: counts its cases, and prints them under its name
take() {
	sed -n "s,^\\(not ok\\|ok\\) [0-9]*,\\1 - $1,p;s,^1\\.\\.0 # SKIP,ok - $1 # SKIP,p;/^#/p" "$answer"
	skipped=$((skipped + $(grep -Ec '^(ok|1\.\.0).* # SKIP' "$answer")))
	passed=$((passed + $(grep -E '^ok' "$answer" | grep -vc ' # SKIP')))
	failed=$((failed + $(grep -c '^not ok' "$answer")))
	if [ "$2" -ne 0 ] && [ "$2" -ne $EXIT_SKIP ] && ! grep -q '^not ok' "$answer"; then
		echo "not ok - $1: status $2"
		failed=$((failed + 1))
	fi
}

if [ $# -eq 0 ]; then
	# shellcheck disable=SC2086 # names are words
	set -- ${HANDOFF_BUILDS:-$ALL}
fi
for script; do
	sh "$here/$script.sh" >"$answer"
	take "$script" $?
done
echo "1..$((passed + failed + skipped))"
echo "$passed passed, $failed failed, $skipped skipped"
test $failed -eq 0
