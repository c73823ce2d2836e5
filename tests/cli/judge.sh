# shellcheck shell=sh disable=SC2154 # names are common.sh's
# SPDX-License-Identifier: MIT
# judge.sh - a run of many cells, judged as a whole; read after common.sh.
#
# Each cell is measured and proved, or is a skip that says what to change; nothing
# crashed, and nothing is left.  What is wrong stands in $work/wrong.

# Crashes show as signals, in the tool's own status or in what it says of others.
has_crashed() {
	test "$status" -ge 124 || grep -Eq 'killed by signal|crash|core dumped' "$work/err" "$work/reasons"
}

# judge TEXT: of the last run.  Sound records, sentences for reasons, nothing left.
judge() {
	: >"$work/wrong"
	case $status in
	0 | 1 | 3) ;;
	*) echo "status $status" >>"$work/wrong" ;;
	esac
	if [ -s "$work/out" ] || [ "$status" -ne 1 ]; then
		sound || cat "$work/report" >>"$work/wrong"
	else
		: >"$work/flat"
	fi
	value reason record=skip | LC_ALL=C sort -u >"$work/reasons"
	has_crashed && echo "something crashed" >>"$work/wrong"
	value verified record=result | grep -qx false && echo "unverified" >>"$work/wrong"
	bare_reasons | sed 's/^/says not what to change: /' >>"$work/wrong"
	settle || sed 's/^/left: /' "$work/left" >>"$work/wrong"
	test ! -s "$work/wrong"
	result $? "$1: status $status, $(value metric record=result | wc -l) measured, $(value reason record=skip | wc -l) skipped" \
		"$work/wrong" "$work/err"
}

# poor TEXT ARGUMENT...: runs by $wrap, as $as
poor() {
	text=$1
	shift
	# All mechanisms, unless the last -m says otherwise.
	run -f json -m all "$@"
	judge "$text"
}

# measured METRIC MECHANISM...: of the last run
measured() {
	metric=$1
	shift
	for mechanism; do
		value verified "mechanism=$mechanism" "metric=$metric" | grep -qx true
		result $? "$text: $mechanism is measured" "$work/err" "$work/reasons"
	done
}

# skipped WORDS MECHANISM...: of the last run, by a reason with these words
skipped() {
	words=$1
	shift
	for mechanism; do
		value reason record=skip "mechanism=$mechanism" >"$work/reasons"
		grep -qi "$words" "$work/reasons"
		result $? "$text: $mechanism is a skip for $words" "$work/reasons"
	done
}
