#!/bin/sh
# SPDX-License-Identifier: MIT
# The architecture: every #include in lib/, workers/ and tools/ goes where lib/rooms lets
# it; workers link the lean side only, and of the kinds their own.
#
# HANDOFF_WORKERS: where the workers are; the objects of lib/ are beside that folder
# shellcheck disable=SC2016 # awk and Markdown have signs of their own
set -u

SOURCES=${srcdir:-.}
WORKERS=${HANDOFF_WORKERS:-workers}
OBJECTS=$WORKERS/../lib

number=0
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# result STATUS TEXT: one case; what is wrong is in $work/report
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	sed 's/^/# /' "$work/report"
	failed=1
}

skip() {
	number=$((number + 1))
	echo "ok $number # SKIP $1"
}

# Room, side and what it may include, a line each, without comments.
rooms_of() {
	sed 's/#.*//; /^[[:space:]]*$/d' "$1/lib/rooms"
}

# bad_rooms TREE: what a line of its table names, and must not
bad_rooms() {
	rooms_of "$1" | awk '
		$2 != "lean" && $2 != "tool" { print $1 ": its side is lean or tool, not " $2 }
		{
			side[$1] = $2
			for (i = 3; i <= NF; i++)
				if (!($i in side))
					print $1 ": " $i " does not stand above it"
				else if ($2 == "lean" && side[$i] != "lean")
					print $1 ": it is lean, and " $i " is not"
		}'
}

# bad_includes TREE: a line each, with file, line, room, and why not
bad_includes() {
	rooms_of "$1" >"$work/rooms"
	(cd "$1" && find lib workers tools -name '*.[ch]' | LC_ALL=C sort |
		xargs awk -v table="$work/rooms" '
		function folder_of(path) {
			return sub("/[^/]*$", "", path) ? path : ""
		}
		function complain(why) {
			print FILENAME ":" FNR ": " room ": #include \"" target "\": " why
		}
		BEGIN {
			while ((getline line <table) > 0) {
				count = split(line, word, " ")
				allowed[word[1]] = ""
				for (i = 3; i <= count; i++) {
					may[word[1], word[i]] = 1
					allowed[word[1]] = allowed[word[1]] " " word[i]
				}
			}
		}
		FNR == 1 {
			room = folder_of(FILENAME)
			sub("^lib/", "", room)
			if (!(room in allowed))
				print FILENAME ": " room ": this folder is no room of lib/rooms"
		}
		!/^[ \t]*#[ \t]*include[ \t]*"/ || !(room in allowed) { next }
		{
			split($0, part, "\"")
			target = part[2]
			into = folder_of(target)
		}
		# Beside each other without a room: where there is but one folder.
		into == "" && room ~ /^(workers|tools|compat)$/ { next }
		into == room || (room, into) in may { next }
		!(into in allowed) { complain("it names no room of lib/rooms"); next }
		{ complain("allowed are" (allowed[room] ? allowed[room] : " none") ", and " room) }')
}

# bad_lists TREE: files that are in the library of the other side
bad_lists() {
	rooms_of "$1" | awk '
		NR == FNR { side[$1] = $2; next }
		/_SOURCES/ { library = /worker/ ? "lean" : "tool" }
		{
			for (i = 1; i <= NF; i++)
				if (sub("^%D%/", "", $i)) {
					room = $i
					sub("/[^/]*$", "", room)
					if (side[room] != library)
						print "lib/" $i ": " room ": listed on the side \"" \
							library "\", its room is \"" side[room] "\""
				}
		}' - "$1/lib/Makemodule.am"
}

# A tree of our own with one of each fault: what finds nothing there finds nothing anywhere.
make_bad_tree() {
	mkdir -p "$work/bad/lib/low" "$work/bad/lib/kind-a/inner" "$work/bad/lib/kind-b" \
		"$work/bad/lib/high" "$work/bad/lib/lost" "$work/bad/workers" "$work/bad/tools" || return
	cat >"$work/bad/lib/rooms" <<-END
		low           lean
		kind-a        lean  low
		kind-a/inner  lean  low kind-a  # and a comment
		kind-b        lean  low high
		high          tool  low
		workers       lean  low
		tools         tool  low high
		wide          all
	END
	printf '/* */\n#include "high/a.h"\n' >"$work/bad/lib/low/up.c"
	printf '#include <low/a.h>\n#include "kind-b/a.h"\n' >"$work/bad/lib/kind-a/across.h"
	printf '#include "kind-a/a.h"\n#include "low/a.h"\n' >"$work/bad/lib/kind-a/inner/good.c"
	printf ' # include "kind-a/inner/a.h"\n' >"$work/bad/lib/kind-a/inward.c"
	printf '#include "../low/a.h"\n#include "b.h"\n' >"$work/bad/lib/kind-b/pathless.c"
	printf '#include "low/a.h"\n' >"$work/bad/lib/lost/a.c"
	printf '#include "beside.h"\n#include "high/a.h"\n' >"$work/bad/workers/fat.c"
	printf '#include "beside.h"\n#include "high/a.h"\n' >"$work/bad/tools/good.c"
	cat >"$work/bad/lib/Makemodule.am" <<-END
		lib_libhandoff_worker_a_SOURCES += \\
			%D%/low/up.c \\
			%D%/high/a.c
		lib_libhandoff_a_SOURCES += \\
			%D%/kind-a/inner/good.c %D%/high/b.h
	END
}

check_the_check() {
	cat >"$work/expected" <<-'END'
		kind-b: high does not stand above it
		wide: its side is lean or tool, not all
		lib/kind-a/across.h:2: kind-a: #include "kind-b/a.h": allowed are low, and kind-a
		lib/kind-a/inward.c:1: kind-a: #include "kind-a/inner/a.h": allowed are low, and kind-a
		lib/kind-b/pathless.c:1: kind-b: #include "../low/a.h": it names no room of lib/rooms
		lib/kind-b/pathless.c:2: kind-b: #include "b.h": it names no room of lib/rooms
		lib/lost/a.c: lost: this folder is no room of lib/rooms
		lib/low/up.c:2: low: #include "high/a.h": allowed are none, and low
		workers/fat.c:2: workers: #include "high/a.h": allowed are low, and workers
		lib/high/a.c: high: listed on the side "lean", its room is "tool"
		lib/kind-a/inner/good.c: kind-a/inner: listed on the side "tool", its room is "lean"
	END
	make_bad_tree &&
		{ bad_rooms "$work/bad" && bad_includes "$work/bad" && bad_lists "$work/bad"; } \
			>"$work/found" 2>&1
	diff "$work/expected" "$work/found" >"$work/report"
	result $? "faults of each sort are found in a tree that has them"
}

check_tree() {
	bad_rooms "$SOURCES" >"$work/report" 2>&1
	test ! -s "$work/report"
	result $? "lib/rooms: rooms name rooms above them, lean ones lean ones"
	bad_includes "$SOURCES" >"$work/report" 2>&1
	test ! -s "$work/report"
	result $? "every #include goes where lib/rooms lets it"
	bad_lists "$SOURCES" >"$work/report" 2>&1
	test ! -s "$work/report"
	result $? "lib/Makemodule.am: each library has the rooms of its side"
	missing_names "$SOURCES" >"$work/report" 2>&1
	test ! -s "$work/report"
	result $? "pages name what is there, and ARCHITECTURE.md every room"
}

# missing_names TREE: functions, files and rooms that ARCHITECTURE.md names, and tests that any
# page names, which are not there; rooms that it does not name
missing_names() {
	grep -o '`[a-z_0-9]*()`' "$1/ARCHITECTURE.md" | tr -d '`()' | sort -u |
		while read -r name; do
			grep -Eqr "[ *(]$name\)?\(" "$1/lib" --include='*.h' || echo "$name()"
		done
	grep -o '`[a-z][a-z]*/[a-z/.-]*`' "$1/ARCHITECTURE.md" | tr -d '`' | sort -u |
		while read -r name; do
			[ -e "$1/$name" ] || [ -e "$1/lib/$name" ] || [ -e "$1/lib/channel/$name" ] ||
				echo "$name"
		done
	# A test's program is named as its source, without the ending.
	(cd "$1" && grep -oE 'tests/[A-Za-z0-9_/.-]*[A-Za-z0-9]' ./*.md | sort -u) |
		while IFS=: read -r page name; do
			[ -e "$1/$name" ] || [ -e "$1/$name.c" ] || [ "$name" = tests/fuzz/found ] ||
				echo "$page: $name"
		done
	rooms_of "$1" | sed 's,[[:space:]].*,,; s,.*/,,' | while read -r room; do
		grep -q "[\`/]$room/\`" "$1/ARCHITECTURE.md" || echo "room $room is not named"
	done
}

# symbols: the global ones that are defined in the files of standard input, a path a line
symbols() {
	xargs nm -g 2>/dev/null | awk 'NF == 3 && $3 ~ /^[A-Za-z_][A-Za-z_0-9]*$/ { print $3 }' |
		LC_ALL=C sort -u
}

# foreign_rooms KIND: those that no worker of this kind may have anything of
foreign_rooms() {
	rooms_of "$SOURCES" | awk -v kind="$1" '
		$1 ~ /\// || $1 == "compat" || $1 == "workers" || $1 == "tools" { next }
		$2 == "tool" || ($1 ~ /^(spawner|channel|engine)$/ && $1 != kind) { print $1 }'
}

# check_worker NAME KIND
check_worker() {
	echo "$WORKERS/handoff-$1-worker" | symbols >"$work/linked"
	for room in $(foreign_rooms "$2"); do
		find "$OBJECTS/$room" -name '*.o' | symbols | sed "s/\$/ $room/"
	done | LC_ALL=C sort -u >"$work/foreign"
	LC_ALL=C join "$work/linked" "$work/foreign" | sed 's/\(.*\) \(.*\)/\1 of lib\/\2/' \
		>"$work/report"
	test -s "$work/linked" && test -s "$work/foreign" && test ! -s "$work/report"
	result $? "handoff-$1-worker has nothing of rooms that are not its own"
}

check_workers() {
	if ! command -v nm >/dev/null || [ ! -d "$OBJECTS/kernel" ] ||
		[ -z "$(echo "$WORKERS/handoff-spawn-worker" | symbols)" ]; then
		skip "what workers link: no nm, no symbols, or no objects in $OBJECTS"
		return
	fi
	check_worker spawn spawner
	check_worker channel channel
	check_worker engine engine
	check_worker reference none
	check_worker selftest none
}

check_the_check
check_tree
check_workers
echo "1..$number"
exit $failed
