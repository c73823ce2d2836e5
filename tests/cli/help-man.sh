#!/bin/sh
# SPDX-License-Identifier: MIT
# What a tool says of itself and what its man page says are the same words, both
# ways: options, mechanisms, metrics, figures, proofs, flags, record fields.
#
# TOOLS_DIR, MAN_DIR: where the tools and the built pages are (tools, man)
set -u
# shellcheck source=tests/kit/tools.sh
. "${srcdir:-.}/tests/kit/tools.sh"

TOOLS=${TOOLS_DIR:-${HANDOFF_TOOLS:-tools}}
PAGES=${MAN_DIR:-man}
SOURCES=${srcdir:-.}
EXIT_USAGE=129
HELP_LINES=60

number=0
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# result STATUS TEXT [FILE]: one case; the file says what is wrong
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	failed=1
	if [ -n "${3-}" ]; then
		sed 's/^/# /' "$3"
	fi
}

skip() {
	number=$((number + 1))
	echo "ok $number # SKIP $1"
}

# same WHAT FILE PAGE: two lists of names, a line each, are equal
same() {
	if [ ! -s "$2" ]; then
		echo "nothing found to compare with" >"$work/report"
		result 1 "$1" "$work/report"
		return
	fi
	LC_ALL=C sort -u "$2" >"$work/a"
	LC_ALL=C sort -u "$3" >"$work/b"
	{
		comm -23 "$work/a" "$work/b" | sed 's/^/not in the page: /'
		comm -13 "$work/a" "$work/b" | sed 's/^/only in the page: /'
	} >"$work/report"
	test ! -s "$work/report"
	result $? "$1" "$work/report"
}

# What is a tool's own: the rooms whose sources add its proofs;
# the flag that only others raise; short runs that have all metrics (json) or any (csv).
describe() {
	case $1 in
	spawn-cost)
		rooms='spawner/round'
		foreign='GENERATOR\|RAMP'
		rich='-m fork,fork-exec -p float --rss 1M'
		poor='-m fork -p float'
		;;
	ipc-lat)
		rooms='channel/message channel/pair'
		foreign='SELECTED\|SHARED\|RAMP'
		rich='-m pipe -p same-cpu --mode latency,one-way,throughput,rate,set-up'
		poor='-m pipe -p float'
		;;
	ctxsw)
		rooms='channel/pair channel/switch'
		foreign='SELECTED\|GENERATOR\|SHARED\|RAMP'
		rich='-m pipe'
		poor='-m yield -p same-cpu'
		;;
	io-lat)
		rooms='engine/round'
		foreign='SELECTED\|NONLINEAR\|USERNS\|SHARED'
		rich='-m threads,uring -p same-cpu --size 1M --depth 2 --rw randread,write --rate 0,500'
		poor='-m pread -p same-cpu --size 1M --depth 1'
		;;
	esac
}

# section FILE TITLE: the source of one section of a page
section() {
	awk -v title="$2" '/^\.Sh / { inside = substr($0, 5) == title; next } inside' "$1"
}

# items FILE TITLE MACRO: what heads the list items of a section, a line each
items() {
	section "$1" "$2" | sed -n "s/^\.It $3 //p" | sed 's/ No .*//' |
		tr -s ' ,' '\n' | grep -v '^$'
}

# Options stand two or six columns from the left, and their text two behind.
help_options() {
	sed -n 's/^ \{2,6\}\(-.*\)/\1/p' "$1" | sed 's/  .*//' | tr -s ', ' '\n' |
		sed -n 's/^\(--*[^]=[]*\).*/\1/p'
}

# ".It Fl m Ar LIST , Fl -mechanism Ns ..." has -m and --mechanism; "\&?" is "?".
page_options() {
	section "$1" OPTIONS | sed -n 's/^\.It \(Fl .*\)/\1/p' | sed 's/\\&//g' |
		tr ' ' '\n' | awk 'was_flag { print "-" $0 } { was_flag = $0 == "Fl" }'
}

check_answers() {
	"$tool" --help >"$work/help" 2>"$work/error" && test -s "$work/help" &&
		test ! -s "$work/error"
	result $? "$name --help: standard output, status 0" "$work/error"
	test "$(wc -l <"$work/help")" -le $HELP_LINES
	result $? "$name --help: at most $HELP_LINES lines" "$work/help"
	mv "$work/help" "$work/first"
	"$tool" --help=all >"$work/help" 2>"$work/error"
	result $? "$name --help=all: status 0" "$work/error"
	help_options "$work/first" | LC_ALL=C sort >"$work/a"
	help_options "$work/help" | LC_ALL=C sort >"$work/b"
	LC_ALL=C comm -23 "$work/a" "$work/b" >"$work/report"
	test -s "$work/a" && test ! -s "$work/report" && ! cmp -s "$work/a" "$work/b"
	result $? "$name --help=all: has what --help has, and more" "$work/report"
	"$tool" --version >"$work/output" 2>"$work/error" && test ! -s "$work/error" &&
		grep -q "^$name .*[0-9]" "$work/output"
	result $? "$name --version: standard output, status 0" "$work/output"
	"$tool" --no-such-option >"$work/output" 2>"$work/error"
	test $? -eq $EXIT_USAGE && test ! -s "$work/output" &&
		grep -q no-such-option "$work/error"
	result $? "$name --no-such-option: standard error, status $EXIT_USAGE" "$work/error"
	"$tool" --mechanism=no-such-one >"$work/output" 2>"$work/error"
	test $? -eq $EXIT_USAGE && test ! -s "$work/output" &&
		grep -q no-such-one "$work/error"
	result $? "$name --mechanism=no-such-one: standard error, status $EXIT_USAGE" "$work/error"
}

check_options() {
	help_options "$work/help" >"$work/said"
	page_options "$page" >"$work/written"
	same "$name: options of --help and of the page" "$work/said" "$work/written"
}

check_mechanisms() {
	if ! "$tool" --list >"$work/list" 2>"$work/error"; then
		skip "$name --list: $(head -n 1 "$work/error")"
		return
	fi
	sed 's/ .*//' "$work/list" >"$work/said"
	items "$page" MECHANISMS Cm >"$work/written"
	same "$name: mechanisms of --list and of the page" "$work/said" "$work/written"
}

# names_in FUNCTION FILE...: the strings that it is called with, of a proof only its names
names_in() {
	function=$1
	shift
	cat "$@" | tr '\n' ' ' | grep -o "$function([^;{]*;" | sed 's/, PROOF_.*//' |
		grep -o '"[A-Za-z_]*"' | tr -d '"'
}

# What only the sources know in full: they need not be there.
check_words_of_sources() {
	if [ ! -f "$SOURCES/lib/results/summary-flags.c" ]; then
		skip "$name: flags and proofs: no sources in $SOURCES"
		return
	fi
	names_in add_flag "$SOURCES"/lib/results/summary-*.c | grep -vx "$foreign" >"$work/said"
	items "$page" FLAGS Sy >"$work/written"
	same "$name: flags of the summary and of the page" "$work/said" "$work/written"
	for room in $rooms; do
		cat "$SOURCES/lib/$room"/*.c
	done >"$work/worker.c"
	cat "$SOURCES/lib/measure/memory-proof.c" >>"$work/worker.c"
	# Who has no rate has nothing to hold it against.
	[ "$name" = ctxsw ] || cat "$SOURCES/lib/results/invariant.c" >>"$work/worker.c"
	names_in 'round_add_[to_]*proof' "$work/worker.c" >"$work/said"
	items "$page" PROOFS Va >"$work/written"
	same "$name: proofs of the worker and of the page" "$work/said" "$work/written"
}

# The same for all tools.
check_method() {
	if [ -z "$method" ] || [ ! -f "$SOURCES/lib/host/noise.c" ]; then
		skip "flags and noise checks: no sources in $SOURCES, or no handoff-method(7)"
		return
	fi
	names_in add_flag "$SOURCES"/lib/results/summary-*.c >"$work/said"
	items "$method" FLAGS Sy >"$work/written"
	same "flags of the summary and of handoff-method(7)" "$work/said" "$work/written"
	{
		sed -n 's/^\t{ "\([a-z-]*\)", WARNING_.*/\1/p' \
			"$SOURCES/lib/host/noise-checks.c" "$SOURCES/lib/host/noise-events.c"
		sed -n 's/.*\.name = "\([a-z-]*\)".*/\1/p' "$SOURCES/lib/host/noise.c"
	} >"$work/said"
	items "$method" NOISE Cm >"$work/written"
	same "noise checks and those of handoff-method(7)" "$work/said" "$work/written"
}

# Names of a JSON object's fields, at any depth.
json_fields() {
	sed 's/"argv":\[[^]]*\]//' "$1" | grep -o '"[a-z_0-9]*":' | tr -d '":'
}

# Short runs: enough to see every column and metric.
check_records() {
	# shellcheck disable=SC2086 # options are words
	"$tool" -q $rich --rounds 6 -f json >"$work/json" 2>"$work/error"
	# shellcheck disable=SC2086
	if ! "$tool" -q $poor --rounds 1 -f csv >"$work/csv" 2>>"$work/error" ||
		grep -q '"record":"skip"' "$work/json"; then
		skip "$name: metrics, figures and fields: it does not run here: $(head -n 1 "$work/error")"
		return
	fi
	grep -o '"metric":"[^"]*"' "$work/json" | cut -d '"' -f 4 >"$work/said"
	items "$page" METRICS Cm >"$work/written"
	same "$name: metrics of a run and of the page" "$work/said" "$work/written"

	head -n 1 "$work/csv" | tr ',' '\n' >"$work/columns"
	LC_ALL=C sort "$work/columns" | uniq -d | sed 's/^/twice: /' >"$work/report"
	test ! -s "$work/report"
	result $? "$name: no two columns have the same name" "$work/report"
	# Behind the last field that all tools have, figures follow.
	sed '1,/^reference_ns$/d' "$work/columns" >"$work/said"
	items "$page" FIGURES Va >"$work/written"
	same "$name: figures of the columns and of the page" "$work/said" "$work/written"

	section "$record" CSV | sed '/^then the figures/q' | va_lines >"$work/written"
	parameter_fields >>"$work/written"
	cat "$work/said" >>"$work/written"
	same "$name: columns and those of handoff-record(5)" "$work/columns" "$work/written"
	"$tool" --dry-run -f csv | head -n 1 | tr ',' '\n' >"$work/columns"
	section "$record" CSV | sed '1,/^\.Fl -dry-run/d' | va_lines >"$work/written"
	parameter_fields >>"$work/written"
	same "$name: columns of a plan and those of handoff-record(5)" "$work/columns" "$work/written"

	# A run need not have all fields, but what it has must be written down.
	{
		sed -n 's/^\.It Va //p' "$record" | sed 's/ No .*//' | tr -s ' ,' '\n'
		sed -n 's/^\.Va //p' "$record" | tr -s ' ,' '\n'
		items "$page" PROOFS Va
	} | LC_ALL=C sort -u >"$work/b"
	json_fields "$work/json" | LC_ALL=C sort -u >"$work/a"
	LC_ALL=C comm -23 "$work/a" "$work/b" | sed 's/^/not in the page: /' >"$work/report"
	test ! -s "$work/report"
	result $? "$name: fields of a run are in handoff-record(5)" "$work/report"
}

# The words of .Va lines, one each.
va_lines() {
	sed -n 's/^\.Va //p' | tr -s ' ,.' '\n' | grep -v '^$'
}

# The tool's own parameters: a group of --help=all.
help_parameters() {
	awk '/^ Sweeps/ { inside = 1; next } /^ [A-Z]/ { inside = 0 } inside' "$work/help" |
		sed -n 's/^ *--\([a-z-]*\)=.*/\1/p'
}

# "option field tool" of each row in the first table of handoff-record(5)
other_names() {
	sed -n 's/^\.It Fl -\([a-z-]*\) Ta Va \([a-z_]*\) Ta \(Nm \)*\(.*\)/\1 \2 \4/p' "$record"
}

# Fields of the tool's own parameters: of the option's name, unless that table has another.
parameter_fields() {
	other_names >"$work/other-names"
	help_parameters | awk -v tool="$name" '
		FNR == NR { if ($3 == tool || $3 == "all") field[$1] = $2; next }
		{ print $1 in field ? field[$1] : $1 }' "$work/other-names" -
}

# Each row of that table is an option that there is.
check_other_names() {
	help_options "$work/help" | sed -n 's/^--//p' >"$work/options"
	other_names | awk -v tool="$name" '
		FNR == NR { has[$1] = 1; next }
		$3 == tool || $3 == "all" { rows++; if (!($1 in has)) print "no option: --" $1 }
		END { if (!rows) print "no row of the table is for this tool" }' \
		"$work/options" - >"$work/report"
	test ! -s "$work/report"
	result $? "$name: options in the first table of handoff-record(5)" "$work/report"
}

# The page as it is built: what tests/lint.sh cannot see.
check_page() {
	if ! command -v mandoc >/dev/null; then
		skip "$name: the built page: mandoc not found"
		return
	fi
	# Examples stand where they are read, in front of what mandoc expects before them.
	mandoc -T lint -W warning "$page" 2>&1 | grep -v 'conventional order: Sh ENVIRONMENT$' \
		>"$work/report"
	test ! -s "$work/report"
	result $? "mandoc ${page##*/}" "$work/report"
}

# find_page FILE: the built one, or the one among the sources
find_page() {
	for folder in "$PAGES" "$SOURCES/man"; do
		if [ -f "$folder/$1" ]; then
			echo "$folder/$1"
			return
		fi
	done
}

method=$(find_page handoff-method.7)
record=$(find_page handoff-record.5)
for name in $TOOL_NAMES; do
	tool=$TOOLS/$name
	describe "$name"
	page=$(find_page "$name.1")
	if [ ! -x "$tool" ]; then
		skip "$name: there is no $tool"
		continue
	fi
	check_answers
	if [ -z "$page" ] || [ -z "$method" ] || [ -z "$record" ]; then
		skip "$name: its pages are not in $PAGES: build first"
		continue
	fi
	check_page
	check_options
	check_mechanisms
	check_words_of_sources
	check_other_names
	check_records
done
check_method
echo "1..$number"
exit $failed
