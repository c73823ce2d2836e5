#!/bin/bash
# SPDX-License-Identifier: MIT
#
# make bench, or make bench-io alone: io-lat's random reads against those of a bare loop
# of the same calls, and against fio's: one file, 4 KiB, the same depth and CPUs,
# interleaved; and what uring-nop costs a request against t/io_uring of fio's sources.
# Of each cell two lines, with the median of the paired ratios, the interval of that
# median, and the range of all:
#
#   rate  requests/s: PASS from 0.97 of fio's on, else SLOWER
#   p50   median latency, of fio its lat: PASS within 5 %, else SLOWER or FASTER
#
# Where both differ from fio's and not from the bare loop's, the difference is fio's own
# work, which a request from memory has the time of.
#
#
#   FAIL  fewer than half of the pairs could be measured
#   SKIP  with the reason
#
# Both hand over up to 16 requests by one call and take what has come as soon as one
# has: io-lat's default; of fio's iodepth_batch, iodepth_batch_complete_min and _max (by
# default it takes one alone, and so hands over one by one).
# fio's rings have the flags of uring-defer; uring, which has none, is held against the
# same.  Warm: the file is read through before each run; direct: fio, too,
# drops it from the cache first, and has a ramp before its window, as the rounds of io-lat
# have.  The file holds noise, so that no device can shorten it.
#
# Ends with "N as they should be, M not, K skipped", and with status 1 if any is not.
#
#   BENCH_DIR         where the file of 64 MiB is made, in a folder of its own that is
#                     removed at the end (default: the current one)
#   BENCH_CACHES      direct, warm or "direct warm" (default both)
#   BENCH_MS          that the window of fio and of a bare loop lasts (default 300: where a
#                     machine's speed changes within seconds, short pairs meet the same one)
#   BENCH_RAMP_MS     before it, where a device is asked (default 300)
#   BENCH_FIO         which fio (default: that in PATH)
#   BENCH_T_IO_URING  which t/io_uring (default: fio-t-io_uring in PATH, or t/io_uring)
#
# and those of common.sh.
here=$(dirname "$0")
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"

caches=${BENCH_CACHES:-direct warm}
window_ms=${BENCH_MS:-300}
ramp_ms=${BENCH_RAMP_MS:-300}
fio=${BENCH_FIO:-fio}
mib=64
batch=16
good=0

folder=$(mktemp -d "${BENCH_DIR:-.}/requests-XXXXXX") || exit 1
file=$folder/file
clean_up() {
	rm -rf "$folder"
	[ -n "${BENCH_KEEP:-}" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# where, seat: for taskset and for -p
where=$cpus
seat=cpu:$cpus
if [ "${cpus%,*}" = "${cpus#*,}" ]; then
	where=${cpus%,*}
	seat=same-cpu
fi

make_file() {
	dd if=/dev/urandom of="$file" bs=1M count=$mib conv=fsync 2>"$work/err" && return
	cat "$work/err" >&2
	exit 1
}

make_ready() { # direct|warm
	[ "$1" = direct ] || cat "$file" >/dev/null
}

ramp_of() { # direct|warm: how long it is, in ms
	if [ "$1" = direct ]; then
		echo "$ramp_ms"
	else
		echo 20
	fi
}

# io-lat's "requests/s p50", of five rounds, each of one freshly executed worker
ours() { # engine, depth, cache
	local rate p50
	make_ready "$3"
	ask "$where" io-lat --file "$file" --size ${mib}M --rw randread --bs 4k -m "$1" \
		--depth "$2" --cache "$3" --submit-batch $batch -p "$seat" --rounds 5
	rate=$(proved interval requests_per_s)
	p50=$(proved request p50)
	[ -n "$rate" ] && [ -n "$p50" ] && echo "$rate $p50"
}

# The same of one bare loop.
bare() { # engine, depth, cache
	make_ready "$3"
	on "$where" "$HANDOFF_BENCH/bare-request" "$1" "$file" "$2" "$3" "$(ramp_of "$3")" \
		"$window_ms" 2>"$work/err"
}

# The same of fio.  Its JSON has more than one line, and maybe notes before it.
theirs() { # engine, depth, cache
	local way
	case $1 in
	uring*) way="--ioengine=io_uring --iodepth=$2 --iodepth_batch=$batch
		--iodepth_batch_complete_min=1 --iodepth_batch_complete_max=$2" ;;
	*) way="--ioengine=psync --numjobs=$2 --thread --group_reporting" ;;
	esac
	[ "$3" = direct ] && way+=" --direct=1 --invalidate=1" || way+=" --direct=0 --invalidate=0"
	make_ready "$3"
	# shellcheck disable=SC2086 # several options
	on "$where" "$fio" --name=requests --filename="$file" --size=${mib}M --rw=randread --bs=4k \
		$way --norandommap --randrepeat=1 --time_based --runtime="${window_ms}ms" --ramp_time="$(ramp_of "$3")ms" \
		--allow_file_create=0 --lat_percentiles=1 --clat_percentiles=0 \
		--percentile_list=50 --output-format=json >"$work/out" 2>"$work/err" || return
	sed -n '/^{/,/^}/p' "$work/out" | tr -d '\n' | "$HANDOFF_HELPERS/records" 2>>"$work/err" |
		awk -F '\t' '
			$2 == "jobs.0.error" { error = $3 }
			$2 == "jobs.0.read.iops" { rate = $3 }
			$2 == "jobs.0.read.lat_ns.percentile.50.000000" { p50 = $3 }
			END { if (!error && rate > 0 && p50 > 0) print rate, p50 }'
}

ours_nop() {
	ask "$cpu" io-lat --file "$file" --size ${mib}M -m uring-nop --depth 32 \
		--submit-batch $batch -p same-cpu --rounds 5
	proved interval requests_per_s
}

# The last whole second: the first one has the setting up in it.
theirs_nop() {
	on "$cpu" "$t_io_uring" -N1 -n1 -d32 -s$batch -c1 -p0 -B0 -F0 -r3 "$file" 2>"$work/err" |
		awk -F '[=,]' '/^IOPS=/ { rate = $2 }
			END {
				unit = rate ~ /M$/ ? 1e6 : rate ~ /K$/ ? 1e3 : 1
				if (rate + 0 > 0) printf "%.0f\n", rate * unit
			}'
}

verdict() { # rate|p50, median ratio
	awk -v kind="$1" -v ratio="$2" 'BEGIN {
		if (kind == "rate")
			print (ratio < 0.97 ? "SLOWER" : "PASS")
		else
			print (ratio > 1.05 ? "SLOWER" : ratio < 0.95 ? "FASTER" : "PASS")
	}'
}

# What is in $work/pairs, judged.
judge() { # label, rate|p50
	local label="$1 $2" got word unit=us
	got=$(grep -c . "$work/pairs")
	if [ "$got" = 0 ] || [ $((2 * got)) -lt "$rounds" ]; then
		printf '%-26s FAIL %s of %s pairs measured: %s\n' "$label" "$got" "$rounds" \
			"$(complaint)"
		not=$((not + 1))
		return
	fi
	[ "$2" = rate ] && unit=k/s
	word=$(verdict "$2" "$(awk '{ print $1 / $2 }' "$work/pairs" | describe | cut -d' ' -f1)")
	print_pairs "$label" $unit
	echo "   $word$([ "$got" = "$rounds" ] || echo " ($got of $rounds pairs)")"
	if [ "$word" = PASS ]; then
		good=$((good + 1))
	else
		not=$((not + 1))
	fi
	[ -z "${BENCH_KEEP:-}" ] || cp "$work/pairs" "$work/pairs.${label// /.}"
}

# Why io-lat cannot, or fio; nothing if both can.  What fails later is no skip.
obstacle() { # engine, depth, cache
	local wanted=psync
	[ "$1" = threads ] || wanted=io_uring
	if ! command -v "$fio" >/dev/null; then
		echo "$fio is not installed"
	elif ! "$fio" --enghelp 2>/dev/null | grep -q "^[[:space:]]*$wanted\$"; then
		echo "this fio has no engine $wanted"
	elif ! ours "$@" >/dev/null && [ -n "$(reason)" ]; then
		reason
	elif [ -z "$(theirs "$@")" ]; then
		echo "fio has no figures: $(complaint)"
	fi
}

compare() { # engine, depth, cache
	local label="$1 $2 $3" why kind
	is_wanted "$label" || return 0
	why=$(obstacle "$@")
	if [ -n "$why" ]; then
		for kind in rate p50; do
			skip "$label $kind" "$why"
		done
		return
	fi
	judge_both "$label" "ours $*" "theirs $*"
}

compare_bare() { # engine, depth, cache
	local label="bare $1 $2 $3" kind
	is_wanted "$label" || return 0
	if ! ours "$@" >/dev/null && [ -n "$(reason)" ]; then
		for kind in rate p50; do
			skip "$label $kind" "$(reason)"
		done
		return
	fi
	judge_both "$label" "ours $*" "bare $*"
}

judge_both() { # label, ours, theirs
	pairs "$2" "$3"
	mv "$work/pairs" "$work/both"
	awk '{ print $1, $3 }' "$work/both" >"$work/pairs"
	judge "$1" rate
	awk '{ print $2, $4 }' "$work/both" >"$work/pairs"
	judge "$1" p50
}

find_t_io_uring() {
	local name
	if [ -n "${BENCH_T_IO_URING:-}" ]; then
		command -v "$BENCH_T_IO_URING"
		return
	fi
	for name in fio-t-io_uring t/io_uring; do
		command -v "$name" && return
	done
}

compare_nop() {
	is_wanted "uring-nop 32" || return 0
	t_io_uring=$(find_t_io_uring)
	if [ -z "$t_io_uring" ]; then
		skip "uring-nop 32 rate" \
			"no t/io_uring: build it in fio's sources and set BENCH_T_IO_URING"
		return
	fi
	if [ -z "$(ours_nop)" ] && [ -n "$(reason)" ]; then
		skip "uring-nop 32 rate" "$(reason)"
		return
	fi
	pairs ours_nop theirs_nop
	judge "uring-nop 32" rate
}

make_file
echo "random reads of 4 KiB, CPUs $where, uring-nop CPU $cpu, $rounds pairs:"
echo "io-lat, fio or bare loop, paired ratio [95 %], its range"
for cache in $caches; do
	compare_bare pread 1 "$cache"
	compare_bare uring 1 "$cache"
	compare_bare uring 32 "$cache"
	compare_bare threads 32 "$cache"
	compare uring 1 "$cache"
	compare uring 32 "$cache"
	compare uring-defer 1 "$cache"
	compare uring-defer 32 "$cache"
	compare threads 32 "$cache"
done
compare_nop
echo "$good as they should be, $not not, $skipped skipped"
[ "$not" = 0 ]
