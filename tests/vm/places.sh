#!/bin/sh
# SPDX-License-Identifier: MIT
# places.sh - in a machine that machine.sh has booted: each placement is two CPUs
# that the kernel says are so related, and tasks were seen there; memory lies on the
# nodes that were asked for; what the machine lacks is a skip that names it.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"
# shellcheck source=tests/cli/judge.sh
. "${srcdir:-.}/tests/cli/judge.sh"
# shellcheck source=tests/vm/machine-map.sh
. "${srcdir:-.}/tests/vm/machine-map.sh"

SECONDS_EACH=60s

# judge_seats both|one: of the last run a line a placement, "STATUS TEXT", in
# $work/seats; what is wrong in $work/wrong.  both: tasks were seen on each CPU.
judge_seats() {
	awk -F '\t' -v how_many="$1" -v tool="$tool" -v seats="$work/seats" '
		function wrong(what) { print placement ": " mechanism ": " what; is_wrong[placement] = 1 }
		function check_result(   i, found) {
			if (verified != "true") wrong("unverified")
			if (relation[a " " b] != placement) wrong("CPUs " a " and " b " are " relation[a " " b])
			if (!seen_count) wrong("seen on no CPU")
			for (i = 1; i <= seen_count; i++) {
				if (seen[i] != a && seen[i] != b) wrong("seen on CPU " seen[i] ", not " a " or " b)
				found += seen[i] == b
			}
			if (how_many == "both" && seen_count != (a == b ? 1 : 2)) wrong("seen on " seen_count " CPUs of " a " and " b)
			measured[placement]++
			where[placement] = a == b ? "CPU " a : "CPUs " a " and " b
		}
		function check_skip() {
			if (index(reason, missing[placement])) named[placement]++
			else if (!(placement in exists)) wrong("a skip that says " reason)
			else why[placement] = mechanism ": " reason
		}
		function flush() {
			if (record == "result") check_result()
			if (record == "skip") check_skip()
			seen_count = 0
		}
		BEGIN {
			names = split("same-cpu smt l2 llc node package machine", name, " ")
			missing["same-cpu"] = "no CPU"
			missing["smt"] = "share a core"
			missing["l2"] = "level-2 cache"
			missing["llc"] = "last-level cache"
			missing["node"] = "share a memory node"
			missing["package"] = "share a package"
			missing["machine"] = "in different packages"
		}
		NR == FNR { split($0, pair, " "); relation[pair[1] " " pair[2]] = pair[3]; exists[pair[3]] = 1; next }
		$1 != last { flush(); last = $1 }
		$2 == "record" { record = $3 }
		$2 == "mechanism" { mechanism = $3 }
		$2 == "verified" { verified = $3 }
		$2 == "placement" { placement = $3 }
		$2 == "reason" { reason = $3 }
		$2 == "cpus.0" { a = $3 }
		$2 == "cpus.1" { b = $3 }
		$2 ~ /^cpus_seen\./ { seen[++seen_count] = $3 }
		END {
			flush()
			for (i = 1; i <= names; i++) {
				n = name[i]
				if ((n in exists) && !measured[n])
					print n ": " why[n]
				if (n in exists)
					print (measured[n] && !is_wrong[n] ? 0 : 1), tool ": " n " is proved: " where[n] >seats
				else
					print (named[n] && !measured[n] && !is_wrong[n] ? 0 : 1), tool ": " n " is a skip that names what is missing" >seats
			}
		}' "$work/pairs" "$work/flat" >"$work/wrong"
}

# seat both|one ARGUMENT...: every placement of the tool
seat() {
	how_many=$1
	shift
	patiently "$@" -p same-cpu,smt,l2,llc,node,package,machine --rounds 1 -t $SECONDS_EACH
	judge "$tool, every placement"
	judge_seats "$how_many"
	while read -r is_wrong text; do
		result "$is_wrong" "$text" "$work/wrong" "$work/map"
	done <"$work/seats"
}

# matrix LEVEL COLUMN-OF-MAP [OPTION]: every ordered pair
matrix() {
	rows=$(awk -v i="$2" '!seen[$i]++' "$work/map" | wc -l)
	level=$1
	shift 2
	patiently --matrix="$level" "$@" -m pipe --rounds 1 -t $SECONDS_EACH
	value placement record=result verified=true | LC_ALL=C sort -u >"$work/measured"
	test "$(wc -l <"$work/measured")" -eq $((rows * rows))
	result $? "$tool --matrix=$level $*: $((rows * rows)) pairs" "$work/measured" "$work/map" "$work/err"
}

# Each on its own CPUs and no others, while others are on theirs.
concurrent_accounts() {
	matrix core 2 --concurrent
	awk -F '\t' '
		function flush() {
			if (record == "result" && !(a in seen && b in seen && count == (a == b ? 1 : 2)))
				print placement ": seen elsewhere than on CPUs " a " and " b
			record = ""
			count = 0
			split("", seen)
		}
		$1 != last { flush(); last = $1 }
		$2 == "record" { record = $3 }
		$2 == "placement" { placement = $3 }
		$2 == "cpus.0" { a = $3 }
		$2 == "cpus.1" { b = $3 }
		$2 ~ /^cpus_seen\./ { seen[$3] = 1; count++ }
		END { flush() }' "$work/flat" >"$work/wrong"
	test ! -s "$work/wrong"
	result $? "$tool --concurrent: each on the CPUs that it names" "$work/wrong"
	at_once=$(grep -c 'CONCURRENT$' "$work/flat")
	test "$rows" -lt 2 || test "$at_once" -ge "$rows"
	result $? "$tool --concurrent: $at_once of $((rows * rows)) pairs were measured beside others" "$work/err"
}

# judge_memory: of the last run, with --memory $word, on nodes $wanted; in $work/wrong
judge_memory() {
	awk -F '\t' -v word="$word" -v wanted="$wanted" '
		function wrong(what) { print mechanism ": " what }
		function check_proof(name,   is_there) {
			is_there = (name ".expected") in proof
			if (!is_there) wrong("no proof " name)
			else if (!(proof[name ".expected"] > 0) || proof[name ".expected"] != proof[name ".observed"])
				wrong(name ": expected " proof[name ".expected"] ", observed " proof[name ".observed"])
		}
		function check_result() {
			results++
			if (verified != "true") wrong("unverified")
			if (nodes != wanted) wrong("memory_nodes " nodes ", not " wanted)
			check_proof("pages_on_node")
			if (word == "interleave") check_proof("nodes_used")
		}
		function flush() {
			if (record == "result") check_result()
			if (record == "skip" && wanted != "") wrong("a skip: " reason)
			if (record == "skip" && reason !~ /memory/) wrong("a skip that says " reason)
			skips += record == "skip"
			nodes = ""
			split("", proof)
		}
		$1 != last { flush(); last = $1 }
		$2 == "record" { record = $3 }
		$2 == "mechanism" { mechanism = $3 }
		$2 == "verified" { verified = $3 }
		$2 == "reason" { reason = $3 }
		$2 ~ /^memory_nodes\./ { nodes = nodes (nodes == "" ? "" : " ") $3 }
		$2 ~ /^proof\./ { proof[substr($2, 7)] = $3 }
		END {
			flush()
			if (wanted != "" && !results) print "nothing was measured"
			if (wanted == "" && (results || !skips)) print "there is no such memory, and no skip"
		}' "$work/flat" >"$work/wrong"
}

# remember TOOL CPU WORDS ARGUMENT...: memory by each of the words, for that CPU
remember() {
	tool=$1
	cpu=$2
	words=$3
	shift 3
	use "$tool"
	for word in $words; do
		patiently "$@" --memory "$word" --rounds 1 -t $SECONDS_EACH
		wanted=$(nodes_for "$word" "$cpu")
		judge_memory
		test ! -s "$work/wrong"
		result $? "$tool --memory $word: ${wanted:+proved on node }${wanted:-a skip that names what is missing}" \
			"$work/wrong" "$work/err"
	done
}

places() {
	tool=spawn-cost
	use $tool
	seat both -m fork,pthread
	tool=ctxsw
	use $tool
	seat both -m pipe -P process
	tool=io-lat
	use $tool
	seat one -m threads --size 1M --depth 2
	tool=ipc-lat
	use $tool
	seat both -m pipe,memfd+futex
	matrix llc 4
	concurrent_accounts
}

memory() {
	words='local remote interleave node:63'
	while read -r node rest; do
		words="$words node:$node"
	done <"$work/nodes"
	# The last CPU: node 0 is not its own, where there are several.
	remember ipc-lat "$last_cpu" "$words" -m pipe,memfd+futex --size 64k -p "cpu:$last_cpu,$first_cpu"
	remember spawn-cost "$first_cpu" "remote interleave" -m fork,pthread --rss 0,1M -p "cpu:$first_cpu"
	remember ctxsw "$first_cpu" "remote interleave" -m pipe -P process --tasks 3 --footprint 64k -p "cpu:$first_cpu"
	remember io-lat "$first_cpu" "remote interleave" -m threads --size 1M --bs 64k --depth 2 -p "cpu:$first_cpu"
	nothing_left "memory"
}

map_machine
sed 's/^/# CPU, core, L2, LLC, node, package: /' "$work/map"
places
memory
finish
