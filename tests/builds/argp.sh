#!/bin/sh
# SPDX-License-Identifier: MIT
# With our argp (lib/compat) a tool says and takes what it does with glibc's: the same
# help, the same usage, the same words for what is wrong, the same statuses.
. "${HANDOFF_SOURCES:-$(dirname "$0")/../..}/tests/builds/common.sh"
# shellcheck source=tests/kit/tools.sh
HANDOFF_SOURCES=$sources
. "$sources/tests/kit/tools.sh"

FLAGS='CFLAGS=-O0'

# answer BUILD TOOL ARGUMENT...: both streams and the status
answer() {
	program=$builds/$1/tools/$2
	shift 2
	# Named alike: getopt's messages begin with argv[0].
	(cd "${program%/*}" && LC_ALL=C COLUMNS=80 "./${program##*/}" "$@" 2>&1
		echo "status $?") </dev/null
}

# alike NAME ARGUMENT...: by both builds, of every tool
alike() {
	words=$1
	shift
	for tool in $TOOL_NAMES; do
		answer theirs "$tool" "$@" >"$work/theirs"
		answer ours "$tool" "$@" >"$work/ours"
		diff -u "$work/theirs" "$work/ours" >>"$work/difference"
	done
	test ! -s "$work/difference"
	result $? "$words" "$work/difference"
	true >"$work/difference"
}

configure theirs "$FLAGS"
if ! grep -Fq 'S["INCLUDED_ARGP_TRUE"]="#"' "$builds/theirs/config.status"; then
	without "this libc has no argp to compare with: $(tail -n 1 "$builds/theirs.log")"
fi
build ours --with-included-argp "$FLAGS" || finish
targets theirs all
true >"$work/difference"

alike "--help" --help
alike "--help=all" --help=all
alike "--help=nonsense" --help=nonsense
alike "-?" '-?'
alike "--usage" --usage
alike "--version" --version
alike "-V" -V
alike "help behind other options" -q --rounds 3 --help
alike "an option that is none" --nonsense
alike "an option that is none, with an argument" --nonsense=3
alike "a letter that is none" -Z
alike "a letter that is none among others" -qZ
alike "an argument is missing" --rounds
alike "a letter's argument is missing" -qm
alike "an argument where none goes" --quick=1
alike "a beginning that several have" --s
alike "a beginning that one has" --thor=1
alike "a beginning that is a whole name" --time
alike "arguments that are no options" -q stray --quiet more
alike "what is behind -- is no option" -q -- --help
alike "a dash alone" -
alike "what is wrong with a value" --rounds=many
alike "what is wrong with a letter's value" -fxml
alike "what is wrong with a letter's value, apart" -f xml
alike "an empty value" --matrix=
alike "an optional argument stands behind =" --matrix core --dry-run
alike "what is wrong together" --matrix -pall
alike "an answer without measuring" -m null -p float --dry-run --seed 1 --topology pu:2
unit_tests ours "tests/plan/check_options tests/cli/help-man.sh"
finish
