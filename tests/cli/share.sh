#!/bin/sh
# SPDX-License-Identifier: MIT
# spawn-cost --rss: one prepared memory serves all mechanisms of a size, and several rounds;
# every cell has its rounds and its proofs, and what does not fit is said beforehand.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

use spawn-cost
MIB=1048576
EXIT_PARTLY=3

# has TEXT WHAT VALUE...: a field of some results, each one of the values
has() {
	text=$1
	what=$2
	shift 2
	value "$what" record=result metric=life >"$work/values"
	test -s "$work/values" || echo none >"$work/values"
	for expected; do
		grep -vx "$expected" "$work/values" >"$work/others"
		mv "$work/others" "$work/values"
	done
	test ! -s "$work/values"
	result $? "$text" "$work/values" "$work/flat"
}

all_cells() {
	run -f json -m fork,vfork,posix-spawn,fork-exec,vfork-exec,fork-server,process-pool,pthread \
		-p same-cpu --rss 0,4M,8M,16M --rounds 6
	sound
	result $? "all of four sizes: sound" "$work/report" "$work/err"
	test "$(value mechanism record=result metric=life | wc -l)" -eq 32
	result $? "32 cells" "$work/flat"
	has "six rounds of each" rounds 6
	has "an interval is worth its rounds" verified true
	for size in 4 8 16; do
		bytes=$((size * MIB))
		test "$(value proof.page_tables_kib.observed "rss=$bytes" mechanism=fork metric=life)" -ge \
			$((bytes / 524288))
		result $? "$size MiB: a fork copies a page table for each 2 MiB" "$work/flat"
		value cow_faults_per_page "rss=$bytes" mechanism=fork metric=life |
			awk '{ is_one = $1 >= 0.99 && $1 <= 1.1 } END { exit !is_one }'
		result $? "$size MiB: each sampled page faults once beside a child" "$work/flat"
		test "$(value proof.resident_kib.observed "rss=$bytes" mechanism=pthread metric=life)" -ge \
			$((bytes * 6 / 1024))
		result $? "$size MiB: resident in each of six rounds" "$work/flat"
	done
	nothing_left "all of four sizes"
}

backings() {
	run -f json -m fork,vfork,fork-server -p same-cpu --rss 4M --backing 4k,shmem,dontfork --rounds 2
	sound
	result $? "kinds of memory: sound" "$work/report" "$work/err"
	has "kinds of memory: proved" verified true
	for kind in shmem dontfork; do
		test -z "$(value proof.page_tables_kib.observed "backing=$kind")"
		result $? "$kind: no page tables are copied, and none asked for" "$work/flat"
		value cow_faults_per_page "backing=$kind" mechanism=fork metric=life |
			awk '{ is_none = $1 < 0.1 } END { exit !is_none }'
		result $? "$kind: a page that is written beside a child is not copied" "$work/flat"
	done
	nothing_left "kinds of memory"
}

# A mechanism that is executed anew, one that enters a namespace, one that cannot be.
strangers() {
	run -f json -m pthread,pthread-cold,fork,clone3-newuser,coroutine -p same-cpu --rss 2M \
		--fds 0,10 --threads 0,3 --vmas 5 --rounds 2
	sound
	result $? "strangers of one memory: sound" "$work/report" "$work/err"
	test "$(value mechanism record=result metric=life mechanism=pthread-cold | wc -l)" -eq 4 &&
		test "$(value mechanism record=result metric=life mechanism=fork | wc -l)" -eq 4
	result $? "fds, threads and mappings are each window's own" "$work/flat"
	nothing_left "strangers of one memory"
}

# A budget that is too small by far: said before, by name, with the time that it would take.
too_small() {
	run -f json -m fork -p same-cpu --rss 0,1048575M -t 1s
	test "$status" -eq "$EXIT_PARTLY" && flatten
	result $? "more than memory: status" "$work/err"
	value reason record=skip | grep -q 'of memory are available here'
	result $? "more than memory: the reason" "$work/flat"
	run --dry-run -m fork -p same-cpu --rss 64M -t 60s
	test "$status" -eq 0 && grep -q '^rss=64 MiB, same-cpu: about .* to prepare, .* a round; 6 rounds take ' \
		"$work/out"
	result $? "--dry-run says what a size takes" "$work/out"
}

all_cells
backings
strangers
too_small
finish
