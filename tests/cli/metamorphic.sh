#!/bin/sh
# SPDX-License-Identifier: MIT
# What must hold between measurements, whatever each of them is: what copies grows
# with the parent's pages, what shares does not, and huge, shared or withheld
# pages cost nearly nothing.  All figures of a comparison are of one run, whose
# rounds are interleaved; bounds leave room for a busy machine.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

MIB=1048576
TRIES="1 2 3"

# rule TEXT EXPRESSION: of the figures that stand in $work/figures as "name value".
# What held in one try need not hold in the next: that one was spoiled elsewhere.
rule() {
	awk "{ f[\$1] = \$2 } END { exit !($2) }" "$work/figures" 2>"$work/awk-error"
	held=$?
	grep -q . "$work/awk-error" && held=2
	if [ "$held" -eq 0 ]; then
		echo "$1" >>"$work/held"
	elif [ "$held" -eq 1 ] && grep -Fxq "$1" "$work/held"; then
		held=0
	fi
	if [ "$held" -ne 0 ]; then
		echo "$1" >>"$work/broken"
	fi
	echo "$held $1" >>"$work/rules"
}

# figure NAME PATH CONDITION...
figure() {
	name=$1
	shift
	echo "$name $(value "$@" metric=life | head -n 1)" >>"$work/figures"
}

: >"$work/held"

begin() {
	: >"$work/figures"
	: >"$work/broken"
	: >"$work/rules"
}

# is_kept ATTEMPT: a neighbour may spoil one run, not all
is_kept() {
	if [ ! -s "$work/broken" ]; then
		return 0
	fi
	echo "# try $1: $(tr '\n' ';' <"$work/broken")"
	return 1
}

tell() {
	while read -r held text; do
		result "$held" "$text" "$work/figures" "$work/err"
	done <"$work/rules"
}

# What is copied grows with the pages, by the least of each size, which neighbours only
# ever add to, and by the slope that the tool fits, where it gives an interval for it.
grows() {
	rule "$1: more pages cost more" \
		"0 < f[\"$1-0\"] && f[\"$1-0\"] < f[\"$1-8\"] && f[\"$1-8\"] < f[\"$1-32\"]"
	rule "$1: 24 MiB more cost more than the first 8 MiB" \
		"f[\"$1-32\"] - f[\"$1-8\"] > f[\"$1-8\"] - f[\"$1-0\"]"
	rule "$1: the fitted line rises, within its interval" \
		"f[\"$1-fit\"] > 0 && (f[\"$1-hi\"] == \"\" || f[\"$1-lo\"] <= f[\"$1-fit\"] && f[\"$1-fit\"] <= f[\"$1-hi\"])"
}

# What is shared costs no more: half of the growth of a copy is far more than none.
is_flat() {
	rule "$1: 32 MiB add less than half of what they add to fork" \
		"0 < f[\"$1-0\"] && f[\"$1-32\"] - f[\"$1-0\"] < (f[\"fork-32\"] - f[\"fork-0\"]) / 2"
	rule "$1: its line is below that of fork, by their intervals" \
		"f[\"$1-hi\"] == \"\" || f[\"fork-lo\"] == \"\" || f[\"$1-hi\"] < f[\"fork-lo\"] || f[\"$1-lo\"] <= 0"
}

copies_and_shares() {
	begin
	run -q -f json -p same-cpu --rounds 3 -m fork,fork-exec,vfork,vfork-exec,posix-spawn,pthread \
		--rss 0,8M,32M
	sound || cat "$work/report" "$work/err"
	for mechanism in fork fork-exec vfork vfork-exec posix-spawn pthread; do
		for size in 0 8 32; do
			figure "$mechanism-$size" min "mechanism=$mechanism" "rss=$((size * MIB))"
		done
		figure "$mechanism-fit" fit_ns_per_page "mechanism=$mechanism" rss=0
		figure "$mechanism-lo" fit_ns_per_page_lo "mechanism=$mechanism" rss=0
		figure "$mechanism-hi" fit_ns_per_page_hi "mechanism=$mechanism" rss=0
	done
	figure faults cow_faults_per_page mechanism=fork "rss=$((8 * MIB))"
	grows fork
	grows fork-exec
	for mechanism in vfork vfork-exec posix-spawn pthread; do
		is_flat $mechanism
	done
	rule "each 4 KiB page that is rewritten beside a child faults once" \
		'f["faults"] >= 0.99 && f["faults"] <= 1.02'
}

backings() {
	begin
	kinds=4k,shmem,dontfork
	if [ "$(sed 's/.*\[\(.*\)\].*/\1/' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null)" != never ] &&
		[ -r /sys/kernel/mm/transparent_hugepage/enabled ]; then
		kinds=$kinds,thp
	fi
	run -q -f json -p same-cpu --rounds 3 -m fork --rss 0,64M --backing "$kinds"
	sound || cat "$work/report" "$work/err"
	figure nothing min rss=0
	for kind in $(echo "$kinds" | tr , ' '); do
		figure "$kind" min "backing=$kind" "rss=$((64 * MIB))"
	done
	for kind in shmem dontfork thp; do
		case ",$kinds," in
		*",$kind,"*) ;;
		*) continue
		esac
		# Huge pages may have run out: then there is nothing to compare.
		if [ -z "$(value p50 "backing=$kind" "rss=$((64 * MIB))" metric=life verified=true)" ] &&
			[ "$kind" = thp ]; then
			continue
		fi
		rule "fork: 64 MiB $kind add less than half of what 64 MiB 4k add" \
			"f[\"$kind\"] > 0 && f[\"$kind\"] - f[\"nothing\"] < (f[\"4k\"] - f[\"nothing\"]) / 2"
	done
}

# What a waiting task saves, and what is added, in counters and not in times.
counters() {
	begin
	run -q -f json -p same-cpu --rounds 1 -m fork,pthread,thread-pool,coroutine --rss 0,16M
	sound || cat "$work/report" "$work/err"
	figure pool switches_per_op mechanism=thread-pool rss=0
	figure coroutine switches_per_op mechanism=coroutine rss=0
	figure fork-tables-0 page_table_kib_per_task mechanism=fork rss=0
	figure fork-tables-16 page_table_kib_per_task mechanism=fork "rss=$((16 * MIB))"
	rule "a coroutine switches no tasks, a pool does" 'f["coroutine"] < 1 && f["pool"] >= 1'
	rule "page tables of a fork grow by those of the parent's 16 MiB: 8 pages and a few" \
		'f["fork-tables-16"] - f["fork-tables-0"] >= 28 && f["fork-tables-16"] - f["fork-tables-0"] <= 60'
}

available_kib=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
if [ "${available_kib:-0}" -lt 1000000 ]; then
	skip "too little memory here: $available_kib KiB available, 1000000 wanted"
	finish
fi
for attempt in $TRIES; do
	copies_and_shares
	is_kept "$attempt" && break
done
tell
for attempt in $TRIES; do
	backings
	is_kept "$attempt" && break
done
tell
for attempt in $TRIES; do
	counters
	is_kept "$attempt" && break
done
tell
nothing_left "after all that"
finish
