#!/bin/sh
# SPDX-License-Identifier: MIT
# A page has the same words in mandoc and in groff: a word that is a macro's name,
# as "Li", must not end it for readers of one of them.  groff has nothing to warn of.
#
# MAN_DIR: where the built pages are (man)
set -u

PAGES=${MAN_DIR:-man}
SOURCES=${srcdir:-.}
EXIT_SKIP=77

for program in mandoc groff col; do
	if ! command -v $program >/dev/null; then
		echo "there is no $program"
		exit $EXIT_SKIP
	fi
done
number=0
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# result STATUS TEXT FILE: one case; the file says what is wrong
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	failed=1
	sed 's/^/# /;20q' "$3"
}

# Letters and digits, twenty a line: quotes and dashes are each reader's own, and so
# are the first line and the last.
words() {
	col -bx | sed '1d;$d' | LC_ALL=C tr -cd 'A-Za-z0-9' | fold -w 20
}

check_page() {
	name=${1##*/}
	mandoc -T utf8 -O width=200 "$1" | words >"$work/mandoc"
	groff -mdoc -T utf8 -ww -rHY=0 -rLL=200n -P-c "$1" 2>"$work/warnings" | words >"$work/groff"
	test ! -s "$work/warnings"
	result $? "$name: groff warns of nothing" "$work/warnings"
	diff "$work/mandoc" "$work/groff" >"$work/difference" && test -s "$work/groff"
	result $? "$name: mandoc and groff have the same words" "$work/difference"
}

for page in "$PAGES"/*.[1-8] "$SOURCES"/man/*.[1-8]; do
	if [ -e "$page" ]; then
		check_page "$page"
	fi
done
echo "1..$number"
exit $failed
