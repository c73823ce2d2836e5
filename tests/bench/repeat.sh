#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench-repeat: does a tool say the same twice?  Runs a cell of each tool again
# and again, in turn, and asks of each cell
#
#   inside    the share of runs whose 95 % interval has the median of all runs'
#             medians in it: PASS from 90 % on
#   A/A       neighbours as pairs (first and second, third and fourth ...): the
#             share of those between which no difference is declared, as two
#             files are compared (same.c): PASS from 95 % on
#   live      the cell against itself in one run, its rounds side by side, as
#             cells of one run are compared: the share of runs in which no
#             difference is declared: PASS from 95 % on
#
#   beside    as many runs at once, whose rounds come in turn (turn.c): the share of
#             those whose interval has the median of all in it: PASS from 90 % on
#
# The first two ask the machine, too: one that is slower for some seconds and then
# faster again says other things in other runs, and no interval of one run knows of
# it.  The other two ask the tool alone.
#
# Then runs of two mechanisms, of which it asks what the answer leads with:
#
#   ratio     the share of runs whose 95 % interval of the ratio to the baseline has the
#             median of all runs' ratios in it: PASS from 90 % on
#
# A run without a result or an interval counts against all.  The last line is "N of M
# cells repeat", the status 1 if one does not.
#
#   REPEATS         runs of each cell, at least 2 (default 40)
#   REPEAT_OPTIONS  of each run (default "-t 1s")
#   REPEAT_BESIDE   of each of those at once (default "--rounds 40")
#
# and BENCH_CPU, BENCH_LIMIT and BENCH_KEEP of common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

repeats=${REPEATS:-40}
options=${REPEAT_OPTIONS:--t 1s}
beside=${REPEAT_BESIDE:---rounds 40}

# name, tool, metric, arguments
cells=(
	"fork spawn-cost life -m fork"
	"round-trip ipc-lat round-trip -m pipe -P process"
	"switch ctxsw switch -m pipe -P process"
)

# the same, of the mechanism that is no baseline
ratios=(
	"fork spawn-cost life -m pthread,fork"
	"eventfd ipc-lat round-trip -m pipe,eventfd -P process"
	"eventfd ctxsw switch -m pipe,eventfd -P process"
)

# "index p50" of each round of a placement
rounds_of() { # metric, placement
	paste -d ' ' <(proved "$1" round_index "$2") <(proved "$1" round_p50 "$2")
}

# p50 and its interval as a line of $work/NAME.runs, the rounds in $work/NAME.N, and
# those of the same cell by another name in $work/NAME.N.twin
measure() { # N, name, tool, metric, argument...
	local n=$1 name=$2 tool=$3 metric=$4
	shift 4
	# shellcheck disable=SC2086 # several of them
	ask "$cpu" "$tool" "$@" -p "same-cpu,cpu:$cpu,$cpu" $options
	tell_interval "$metric" >>"$work/$name.runs"
	rounds_of "$metric" same-cpu >"$work/$name.$n"
	rounds_of "$metric" "cpu:$cpu,$cpu" >"$work/$name.$n.twin"
}

# p50 and its interval of the last answer, as a line
tell_interval() { # metric
	local word
	for word in p50 p50_lo p50_hi; do
		proved "$1" $word same-cpu | grep . || echo none
	done | paste -sd ' '
}

# The ratio and its interval as a line of $work/ratio.TOOL
measure_ratio() { # mechanism, tool, metric, argument...
	local mechanism=$1 tool=$2 metric=$3
	shift 3
	# shellcheck disable=SC2086 # several of them
	ask "$cpu" "$tool" "$@" -p same-cpu $options
	awk -F '\t' -v metric="$metric" -v mechanism="$mechanism" '
		{ has[$1, $2] = $3; last = $1 }
		function told(i, name) { return (i, name) in has ? has[i, name] : "none" }
		END {
			for (i = 1; i <= last; i++)
				if (has[i, "record"] == "result" && has[i, "metric"] == metric &&
				    has[i, "mechanism"] == mechanism)
					found = told(i, "ratio") " " told(i, "ratio_lo") " " told(i, "ratio_hi")
			print found == "" || found ~ /none/ ? "none none none" : found
		}' "$work/flat" >>"$work/ratio.$tool"
}

# What turn stands for, by the names of the workers
make_turn() {
	local worker
	rm -rf "$work/turn"
	mkdir "$work/turn"
	for worker in "$HANDOFF_WORKERS"/handoff-*-worker; do
		cp "$HANDOFF_BENCH/turn" "$work/turn/${worker##*/}"
	done
}

# All runs of a cell at once: $work/NAME.beside has a line each
measure_beside() { # name, tool, metric, argument...
	local name=$1 tool=$2 metric=$3 real=$HANDOFF_WORKERS n
	shift 3
	for ((n = 1; n <= repeats; n++)); do
		# shellcheck disable=SC2086 # several of them
		HANDOFF_TURN=$real HANDOFF_WORKERS=$work/turn \
			on "$cpu" "$HANDOFF_TOOLS/$tool" -q -f json "$@" -p same-cpu $beside \
			>"$work/beside.$n" 2>>"$work/err" &
	done
	wait
	for ((n = 1; n <= repeats; n++)); do
		"$HANDOFF_HELPERS/records" "$work/beside.$n" >"$work/flat" 2>>"$work/err"
		tell_interval "$metric"
	done >"$work/$name.beside"
}

# "inside runs p50-in-us" of the lines "p50 low high" on stdin
count_inside() {
	awk '$1 != "none" { p50[++have] = $1 }
		{ low[NR] = $2; high[NR] = $3 }
		END {
			for (i = 2; i <= have; i++)
				for (k = i; k > 1 && p50[k] < p50[k - 1]; k--) {
					t = p50[k]; p50[k] = p50[k - 1]; p50[k - 1] = t
				}
			m = have % 2 ? p50[(have + 1) / 2] : (p50[have / 2] + p50[have / 2 + 1]) / 2
			for (i = 1; i <= NR; i++)
				inside += low[i] != "none" && low[i] + 0 <= m && m <= high[i] + 0
			printf "%d %d %.6f\n", inside, NR, m / 1000
		}'
}

# What same says of each pair of neighbours, a line each
compare_neighbours() { # name
	local n
	for ((n = 1; n < repeats; n += 2)); do
		"$HANDOFF_BENCH/same" "$work/$1.$n" "$work/$1.$((n + 1))" 2>>"$work/err" ||
			echo "1 1 1 no-result"
	done
}

# The same of each run's cell and its twin
compare_twins() { # name
	local n
	for ((n = 1; n <= repeats; n++)); do
		"$HANDOFF_BENCH/same" --paired "$work/$1.$n" "$work/$1.$n.twin" 2>>"$work/err" ||
			echo "1 1 1 no-result"
	done
}

# share PART WHOLE LEAST: "PART of WHOLE (x %)" and whether that is LEAST % at least
share() {
	awk -v part="$1" -v whole="$2" -v least="$3" 'BEGIN {
		printf "%d of %d (%.1f %%) %s", part, whole, 100 * part / whole,
		       (100 * part >= least * whole ? "PASS" : "FAIL") }'
}

report() { # name, tool
	local inside runs p50 first second third fourth
	read -r inside runs p50 < <(count_inside <"$work/$1.runs")
	compare_neighbours "$1" >"$work/$1.pairs"
	compare_twins "$1" >"$work/$1.twins"
	first=$(share "$inside" "$runs" 90)
	second=$(share_of_same "$1.pairs")
	third=$(share_of_same "$1.twins")
	read -r inside runs _ < <(count_inside <"$work/$1.beside")
	fourth=$(share "$inside" "$runs" 90)
	printf '%-10s %-10s %9.3f us   inside %s   A/A %s   live %s' "$2" "$1" "$p50" "$first" \
		"$second" "$third"
	printf ' (%d equivalent, %d cannot tell, %d declared, %d without an answer)   beside %s\n' \
		"$(said "$1.twins" equivalent)" "$(said "$1.twins" cannot-tell)" \
		"$(said "$1.twins" 'faster|slower')" "$(said "$1.twins" 'no-')" "$fourth"
	case $first$second$third$fourth in
	*FAIL*) return 1 ;;
	esac
}

report_ratio() { # mechanism, tool
	local inside runs thousandth verdict
	read -r inside runs thousandth < <(count_inside <"$work/ratio.$2")
	verdict=$(share "$inside" "$runs" 90)
	printf '%-10s %-10s %9s times   ratio %s\n' "$2" "$1" \
		"$(awk -v ratio="$thousandth" 'BEGIN { printf "%.2f", 1000 * ratio }')" "$verdict"
	[[ $verdict != *FAIL* ]]
}

# of so many pairs
said() { # file, pattern
	grep -c -E "$2" "$work/$1"
}

share_of_same() { # file
	share "$(said "$1" 'equivalent|cannot-tell')" "$(said "$1" .)" 95
}

if ! [ "$repeats" -ge 2 ] 2>/dev/null; then
	echo "repeat.sh: REPEATS is to be a number from 2 on" >&2
	exit 1
fi
for cell in "${cells[@]}"; do
	rm -f "$work/${cell%% *}".*
done
rm -f "$work"/ratio.*
for ((n = 1; n <= repeats; n++)); do
	# In turn, another one first each time.
	for ((i = 0; i < ${#cells[@]}; i++)); do
		read -ra words <<<"${cells[(i + n) % ${#cells[@]}]}"
		measure "$n" "${words[@]}"
	done
	for ((i = 0; i < ${#ratios[@]}; i++)); do
		read -ra words <<<"${ratios[(i + n) % ${#ratios[@]}]}"
		measure_ratio "${words[@]}"
	done
done

make_turn
for cell in "${cells[@]}"; do
	read -ra words <<<"$cell"
	measure_beside "${words[@]}"
done

echo "$repeats runs of each cell on CPU $cpu, each with $options: median of all, then"
good=0
for cell in "${cells[@]}"; do
	read -ra words <<<"$cell"
	report "${words[0]}" "${words[1]}" && good=$((good + 1))
done
for cell in "${ratios[@]}"; do
	read -ra words <<<"$cell"
	report_ratio "${words[0]}" "${words[1]}" && good=$((good + 1))
done
all=$((${#cells[@]} + ${#ratios[@]}))
echo "$good of $all cells repeat"
[ "$good" = $all ]
