#!/bin/sh
# SPDX-License-Identifier: MIT
# summary.sh LOG... - counts the test cases in automake's logs.
#
# Prints one line, "N passed, N failed, N skipped", and on standard error what
# failed and how long the suites took, slowest first.  Beside x.log lies x.trs with the result of the whole program.
# Counted are, in this order: the cases of libcheck ("97%: Checks: 23, Failures:
# 1, Errors: 0"), lines "ok", "not ok", "skip" at the start of a line (TAP), or
# the program as one.  A program that failed although no case of it did (it
# crashed at its end, leaked, ran out of time) is one failed more.
# Always exits 0 if it could count: the line is the answer.
set -eu

LINES_SHOWN=30

count_log() {
	base=${1%.log}
	result=MISSING
	if [ -f "$1" ] && [ -f "$base.trs" ]; then
		result=$(sed -n 's/^:test-result: *\([A-Z]*\).*/\1/p' "$base.trs" | head -n 1)
		log=$1
	else
		log=/dev/null
	fi
	is_unit=0
	case ${base##*/} in
	check_*) is_unit=1
	esac
	awk -v result="${result:-MISSING}" -v is_unit=$is_unit '
		match($0, /[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/) {
			split(substr($0, RSTART, RLENGTH), word, /[^0-9]+/)
			bad = word[3] + word[4]
			unit_passed += word[2] - bad
			unit_failed += bad
			has_unit = 1
			next
		}
		/^1\.\.[0-9]+/ { planned = substr($0, 4) + 0; has_plan = 1 }
		/^Bail out!/ { failed++; bailed = 1 }
		/^not ok([ \t]|$)/ {
			if (toupper($0) ~ /# *TODO/) skipped++
			else failed++
		}
		/^ok([ \t]|$)/ {
			if (toupper($0) ~ /# *SKIP/) skipped++
			else passed++
		}
		/^skip([ \t]|$)/ { skipped++ }
		END {
			seen = passed + failed + skipped
			# cases that were planned and never came
			if (has_plan && !bailed && seen && seen < planned)
				failed += planned - seen
			if (has_unit) {
				passed = unit_passed
				failed = unit_failed
				skipped = 0
			} else if (is_unit && result == "PASS") {
				result = "FAIL"
			}
			is_bad = result != "PASS" && result != "SKIP" && result != "XFAIL"
			if (is_bad && !failed)
				failed++
			if (!has_unit && !passed && !failed && !skipped) {
				if (result == "PASS") passed++
				else skipped++
			}
			print passed + 0, failed + 0, skipped + 0, result
		}' "$log"
}

show_failure() {
	{
		echo "FAILED: ${1%.log}: $failed of $((passed + failed + skipped)), result $result"
		if [ ! -f "$1" ]; then
			echo "    no log: it was not built, or did not run"
		elif grep -Eq ':[FE]:|^not ok|^# ' "$1"; then
			grep -E ':[FE]:|^not ok|^# ' "$1" | sed "s/^/    /;${LINES_SHOWN}q"
		else
			tail -n "$LINES_SHOWN" "$1" | sed 's/^/    /'
		fi
	} >&2
}

# tell_times LOG...: by the lines that run-test.sh ends with
tell_times() {
	for log; do
		suite=${log%.log}
		if [ -f "$log" ]; then
			sed -n "s,^# took \\([0-9.]*\\) s\\, \\([0-9.]*\\) s of CPU\$,\\1 \\2 $suite,p" "$log" | tail -n 1
		fi
	done | sort -rn | awk '
		$1 >= 1 { printf "%7.1f s %7.1f s of CPU  %s\n", $1, $2, $3; shown++ }
		{ suites++; all += $1; cpu += $2 }
		END {
			if (suites > shown)
				printf "%d suites took less than a second each\n", suites - shown
			if (suites)
				printf "%7.1f s %7.1f s of CPU  in all, one after the other\n", all, cpu
		}' >&2
}

all_passed=0
all_failed=0
all_skipped=0
for log_file; do
	counts=$(count_log "$log_file")
	read -r passed failed skipped result <<END
$counts
END
	all_passed=$((all_passed + passed))
	all_failed=$((all_failed + failed))
	all_skipped=$((all_skipped + skipped))
	if [ "$failed" -gt 0 ]; then
		show_failure "$log_file"
	fi
done
tell_times "$@"
echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
