# shellcheck shell=bash disable=SC2034 # names are for those who read it
# SPDX-License-Identifier: MIT
#
# What the comparisons share; each reads it first.
#
#   BENCH_ROUNDS  pairs of each comparison (default 25)
#   BENCH_CPU     where what needs one CPU runs (default: the first one allowed)
#   BENCH_CPUS    and what needs two, as "0,1" (default: the first two allowed)
#   BENCH_ROWS    a pattern (of grep -E) of the rows that are wanted (default: all)
#   BENCH_LIMIT   seconds after which a run is ended and lost (default 120)
#   BENCH_KEEP    a folder where what was measured stays (default: nothing does)
#
# Needs HANDOFF_TOOLS, HANDOFF_WORKERS, HANDOFF_HELPERS and HANDOFF_BENCH, as make
# sets them.
set -u
: "${HANDOFF_TOOLS:?is not set: run make bench}" "${HANDOFF_WORKERS:?is not set: run make bench}"
: "${HANDOFF_HELPERS:?is not set: run make bench}" "${HANDOFF_BENCH:?is not set: run make bench}"

allowed=$(taskset -cp $$ | sed 's/.*: //' | tr , '\n' |
	awk -F - '{ for (i = $1; i <= $NF; i++) print i }')
rounds=${BENCH_ROUNDS:-25}
cpu=${BENCH_CPU:-$(sed -n 1p <<<"$allowed")}
cpus=${BENCH_CPUS:-$(sed -n 1,2p <<<"$allowed" | paste -sd ,)}
limit=${BENCH_LIMIT:-120}
within=0
not=0
skipped=0

if [ -n "${BENCH_KEEP:-}" ]; then
	work=$BENCH_KEEP
	mkdir -p "$work" || exit 1
else
	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
fi

# on CPUS COMMAND...: nowhere else, and not for ever
on() {
	timeout -k 5 "$limit" taskset -c "$@"
}

# ask CPUS TOOL ARGUMENT...: its records, as lines "record<tab>path<tab>value" in $work/flat
ask() {
	local where=$1 tool=$2
	shift 2
	on "$where" "$HANDOFF_TOOLS/$tool" -q -f json "$@" >"$work/out" 2>"$work/err"
	"$HANDOFF_HELPERS/records" "$work/out" >"$work/flat" 2>>"$work/err"
}

# field METRIC NAME [PLACEMENT]: what the result of that metric has there; elements in
# a line each
field() {
	awk -F '\t' -v metric="$1" -v name="$2" -v placement="${3:-}" '
		{ has[$1, $2] = $3; last = $1 }
		END {
			for (i = 1; i <= last; i++) {
				if (has[i, "record"] != "result" || has[i, "metric"] != metric)
					continue
				if (placement != "" && has[i, "placement"] != placement)
					continue
				if ((i, name) in has)
					print has[i, name]
				for (k = 0; (i, name "." k) in has; k++)
					print has[i, name "." k]
			}
		}' "$work/flat"
}

# proved METRIC NAME [PLACEMENT]: the same, but only of a result that may be used
proved() {
	[ "$(field "$1" verified "${3:-}")" = true ] && field "$1" "$2" "${3:-}"
}

# The reason that the tool gives for having no result.
reason() {
	awk -F '\t' '$2 == "reason" { print $3; exit }' "$work/flat"
}

# middle COMMAND...: the median of five runs of it, none of which may fail
middle() {
	local numbers
	numbers=$(for _ in 1 2 3 4 5; do "$@" || break; done 2>"$work/err")
	[ "$(grep -c . <<<"$numbers")" = 5 ] && sort -g <<<"$numbers" | sed -n 3p
}

# pairs OURS THEIRS: "ours theirs" a line in $work/pairs, of commands that print
# numbers.  Theirs is measured before and after ours, and is the mean of both: a machine
# that gets slower or faster meanwhile does so for both sides.
pairs() {
	local round before a after
	for ((round = 0; round < rounds; round++)); do
		# shellcheck disable=SC2086 # commands with their arguments
		before=$($2); a=$($1); after=$($2)
		if [ -n "$before" ] && [ -n "$a" ] && [ -n "$after" ]; then
			echo "$a $(between "$before" "$after")"
		fi
	done >"$work/pairs"
}

# The means of two lines of as many numbers.
between() {
	printf '%s\n' "$1" "$2" | awk '
		{ for (i = 1; i <= NF; i++) sum[i] += $i; count = NF }
		END { for (i = 1; i <= count; i++) printf "%s%.10g", (i > 1 ? " " : ""), sum[i] / NR }'
}

# The median of the column on stdin, its order-statistic interval (Le Boudec; five
# values have none), its ends.
describe() {
	sort -g | awk '{ y[NR] = $1 }
		END {
			k = int((NR - 1.96 * sqrt(NR)) / 2); if (k < 1) k = 1
			m = NR % 2 ? y[(NR + 1) / 2] : (y[NR / 2] + y[NR / 2 + 1]) / 2
			between = NR < 6 ? "- -" : sprintf("%.3f %.3f", y[k], y[NR + 1 - k])
			printf "%.3f %s %.3f %.3f\n", m, between, y[1], y[NR]
		}'
}

# As a row, without its line's end: LABEL, both medians, the paired ratio.  Of times in
# ns, or of what else has a thousand to the UNIT.
print_pairs() { # label, unit
	local unit=${2:-us}
	local median low high least most
	read -r median low high least most < <(awk '{ print $1 / $2 }' "$work/pairs" | describe)
	printf '%-22s %9s %s %9s %s   %s [%s, %s]   %s to %s' "$1" \
		"$(cut -d' ' -f1 "$work/pairs" | in_thousands)" "$unit" \
		"$(cut -d' ' -f2 "$work/pairs" | in_thousands)" "$unit" \
		"$median" "$low" "$high" "$least" "$most"
}

in_thousands() {
	describe | awk '{ printf "%.2f", $1 / 1000 }'
}

# What is in $work/pairs, judged: PASS where the median ratio is within that share of 1.
judge_within() { # label, unit, per cent
	local got word
	got=$(grep -c . "$work/pairs")
	if [ "$got" = 0 ] || [ $((2 * got)) -lt "$rounds" ]; then
		printf '%-22s FAIL %s of %s pairs measured: %s\n' "$1" "$got" "$rounds" "$(complaint)"
		not=$((not + 1))
		return
	fi
	word=$(awk '{ print $1 / $2 }' "$work/pairs" | describe | awk -v per_cent="$3" '{
		print ($1 > 1 + per_cent / 100 ? "MORE" : $1 < 1 - per_cent / 100 ? "LESS" : "PASS") }')
	print_pairs "$1" "$2"
	echo "   $word$([ "$got" = "$rounds" ] || echo " ($got of $rounds pairs)")"
	if [ "$word" = PASS ]; then
		within=$((within + 1))
	else
		not=$((not + 1))
	fi
	[ -z "${BENCH_KEEP:-}" ] || cp "$work/pairs" "$work/pairs.${1// /.}"
}

# The last line, and the script's status.
conclude() {
	echo "$within within their bounds, $not not, $skipped skipped"
	[ "$not" = 0 ]
}

# Rows that BENCH_ROWS, a pattern of grep -E, does not match are left out.
is_wanted() { # label
	grep -qE -e "${BENCH_ROWS:-.}" <<<"$1"
}

skip() { # label, reason
	printf '%-22s SKIP %s\n' "$1" "$2"
	skipped=$((skipped + 1))
}

# Why a pair was lost, as far as that was said.
complaint() {
	tail -n 1 "$work/err" | grep . || echo "results were not proved, or took longer than $limit s"
}
