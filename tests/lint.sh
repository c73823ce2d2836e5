#!/bin/sh
# SPDX-License-Identifier: MIT
# What reading finds: shell scripts, man pages, and sources that no list builds.
set -u

cd "${srcdir:-.}" || exit 1
# shellcheck source=tests/kit/sample.sh
. tests/kit/sample.sh
number=0
failed=0
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT

# result TEXT STATUS: one case; what the tool said about it is in $report
result() {
	number=$((number + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		sed 's/^/# /' "$report"
		failed=1
	fi
}

skip() {
	number=$((number + 1))
	echo "ok $number # SKIP $1"
}

# sources PATTERN...: files of the project by name, without what a build made
sources() {
	first=$1
	shift
	set -- -name "$first" "$@"
	find . \( -path './build*' -o -name '.git' -o -name 'handoff-[0-9]*' \
		-o -name 'autom4te.cache' \) -prune -o -type f \( "$@" \) -print |
		sed 's,^\./,,' | LC_ALL=C sort
}

lint_scripts() {
	if ! command -v shellcheck >/dev/null; then
		skip "shell scripts: shellcheck not found"
		return
	fi
	for file in $(sources '*.sh' -o -path './quickstart' -o -path './.ci/run' | some 12); do
		shellcheck -x "$file" >"$report" 2>&1
		result "shellcheck $file" $?
	done
}

lint_pages() {
	if ! command -v mandoc >/dev/null; then
		skip "man pages: mandoc not found"
		return
	fi
	for file in $(sources '*.[1-8]'); do
		mandoc -T lint -W warning "$file" >"$report" 2>&1
		result "mandoc $file" $?
	done
}

# A source that is in no Makemodule.am is neither compiled nor distributed.
lint_lists() {
	for folder in lib workers tools tests; do
		find $folder -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort |
			while read -r file; do
				is_listed "$file" "$(list_of "$file" $folder)" || echo "$file"
			done >"$report"
		test ! -s "$report"
		result "every source in $folder/ is listed in its Makemodule.am" $?
	done
}

# The fuzz targets have a list of their own.
list_of() {
	case $1 in
	tests/fuzz/*) echo tests/fuzz/Makemodule.am ;;
	*) echo "$2/Makemodule.am"
	esac
}

is_listed() {
	case $1 in
	tests/*/check_*.c) grep -Eq "^[[:space:]]*${1%.c}( |\$)" "$2" ;;
	*)
		sed 's/^[[:space:]]*#.*//' "$2" | tr -s '[:blank:]' '\n' |
			sed "s,^%D%,${2%/*}," | grep -Fqx "$1"
	esac
}

lint_scripts
lint_pages
lint_lists
echo "1..$number"
exit $failed
