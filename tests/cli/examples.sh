#!/bin/sh
# SPDX-License-Identifier: MIT
# Every example of every page, README.md and CONTRIBUTING.md is executed as it
# stands: the shell and the tool parse it, and what follows in the pipe reads what
# the tool wrote.  Only the runs are short: each has one round.
#
# An example that needs what is not here is a skip that names it.
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

PAGES=${MAN_DIR:-man}
TOOLS=$(cd "$TOOLS" && pwd)
SHORT='-q --rounds 1'
# Stands in for the device of a page.
DISK_BYTES=4M

# In the place of each tool: first the plan for a machine of two CPUs that share no
# cache, then a short run here.
make_wrappers() {
	mkdir "$work/bin"
	for name in $TOOL_NAMES; do
		cat >"$work/bin/$name" <<END
#!/bin/sh
less=
case "$name \$* " in
*" --rss "*[MG]" "*) less='--rss 16M' ;;
*" --file "*) less='-m threads' ;;
io-lat*) less='--size 2M' ;;
esac
"$TOOLS/$name" "\$@" --topology 'core:2 pu:1' --dry-run -f table -o "$work/plan" &&
	cat "$work/plan" >>"$work/plans"
HANDOFF_TEST_MARK=$mark timeout -k 5 $RUN_LIMIT_S "$TOOLS/$name" "\$@" $SHORT \$less 2>"$work/said"
status=\$?
cat "$work/said" >&2
echo \$status >>"$work/statuses"
exit \$status
END
		chmod +x "$work/bin/$name"
	done
}

# page_scripts FILE: its examples into $work/scripts, one script for each section;
# "$ " or "# " is the prompt
page_scripts() {
	awk -v to="$work/scripts/$(basename "$1" | sed 's/\.in$//')" '
		function plain(text) {
			gsub(/\\e/, "\\", text); gsub(/\\&/, "", text)
			gsub(/\\-/, "-", text); gsub(/\\ /, " ", text)
			return text
		}
		function quotes(text) { return gsub(/\047/, "", text) }
		function take(text) {
			if (!script) script = to "." ++scripts
			print text >script
			open += quotes(text)
			goes_on = open % 2 || text ~ /[\\|]$/
		}
		/^\.S[hs] / { script = ""; next }
		/^\.Bd -literal/ { inside = 1; next }
		/^\.Ed/ { inside = 0; goes_on = 0; open = 0; next }
		/^\.Dl [$#] / { take(plain(substr($0, 7))); goes_on = 0; next }
		inside && goes_on { take(plain($0)); next }
		inside && /^[$#] / { take(plain(substr($0, 3))) }' "$1"
}

# What a page calls a device or a place is ours here.
with_stand_ins() {
	sed -e "s,/dev/nvme[0-9a-z]*,$work/disk,g" "$1"
}

# needs FILE: what an example needs and is not here, in words
needs() {
	for program in perf jq; do
		if ! grep -qw "$program" "$1"; then
			continue
		fi
		command -v $program >/dev/null || echo "$program is not installed"
	done
	if grep -qw perf "$1" && ! perf stat -o "$work/perf" -e task-clock true >/dev/null 2>&1; then
		echo "perf cannot count here"
	fi
}

# refused: whether what was asked for cannot be measured here, in the answer's words
refused() {
	grep -q '^[13]$' "$work/statuses" && ! grep -q -v '^[013]$' "$work/statuses" &&
		grep -h -m 1 -e '^skipped' -e '"record": *"skip"' "$work/out" "$work/files"/*.jsonl >"$work/reason"
}

# example FILE TITLE
example() {
	missing=$(needs "$1" | head -n 1)
	if [ -n "$missing" ]; then
		skip "$2: $missing"
		return
	fi
	with_stand_ins "$1" >"$work/script"
	: >"$work/statuses"
	: >"$work/plans"
	(cd "$work/files" && PATH="$work/bin:$PATH" exec sh -eu "$work/script") \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
	# In a pipe the shell knows only the last.
	if grep -q -v '^0$' "$work/statuses"; then
		status=1
	fi
	if [ $status -ne 0 ] && refused; then
		skip "$2: $(head -n 1 "$work/reason")"
	else
		test $status -eq 0
		result $? "$2" "$work/script" "$work/out" "$work/err"
	fi
	! grep -q ' skip: ' "$work/plans"
	result $? "$2: in a plan for CPUs that share no cache, nothing is skipped" "$work/plans"
	rm -f "$work/files/ctl" "$work/files/ack"
}

# answers FILE: one answer of several tools, for the page that reads any
answers() {
	(
		cd "$work/files" || exit
		"$work/bin/spawn-cost" -m fork -p same-cpu -f json
		"$work/bin/ipc-lat" -m pipe -p same-cpu -f json
		"$work/bin/io-lat" -m pread -p same-cpu --depth 1 -f json
	) >"$1" 2>/dev/null
}

pages() {
	for page in "$PAGES"/*.1 "$SOURCES"/man/*.[57]; do
		page_scripts "$page"
	done
	for name in $TOOL_NAMES; do
		test -e "$work/scripts/$name.1.1"
		result $? "$name(1) has examples"
	done
	for script in "$work"/scripts/*; do
		answers "$work/files/run.jsonl"
		example "$script" "${script##*/}: $(head -n 1 "$script")"
	done
}

# The commands of README.md and CONTRIBUTING.md: a line with four blanks before it, or `so`.
guide_commands() {
	awk -v names="$TOOL_NAMES" '
		BEGIN { gsub(/ /, "|", names); ours = "^(" names ") -" }
		/^```/ { fenced = !fenced; next }
		fenced { next }
		{
			count = split($0, part, "`")
			for (i = 2; i <= count; i += 2)
				if (part[i] ~ ours) print part[i]
		}
		{ sub("^    build/tools/", "    ") }
		/^    / && substr($0, 5) ~ ours { print substr($0, 5) }' "$SOURCES/README.md" "$SOURCES/CONTRIBUTING.md"
}

# The examples of CONTRIBUTING.md have one write these.
guide_mechanisms() {
	sed -n 's/^	\.about = { "\([a-z0-9-]*\)".*/\1/p' "$SOURCES/CONTRIBUTING.md"
}

guides() {
	guide_mechanisms >"$work/to-write"
	guide_commands >"$work/commands"
	test -s "$work/commands"
	result $? "README.md and CONTRIBUTING.md have commands"
	while IFS= read -r command; do
		case $command in
		*ADDR*)
			skip "$command: ADDR is the reader's other host"
			continue
		esac
		if echo "$command" | tr -s " ',"  '\n' | grep -qxF -f "$work/to-write"; then
			skip "$command: has a mechanism that the reader writes"
			continue
		fi
		echo "$command" >"$work/guide"
		example "$work/guide" "$command"
	done <"$work/commands"
}

# Not made: that would be this suite again, or hours.
guide_targets() {
	sed -n 's/^    make \([a-z][a-z-]*\).*/\1/p' "$SOURCES/README.md" "$SOURCES/CONTRIBUTING.md" | LC_ALL=C sort -u >"$work/targets"
	while read -r target; do
		grep -q "^$target:" Makefile
		result $? "make $target: there is such a target"
	done <"$work/targets"
}

mkdir "$work/scripts"
# Where a file system may be passed by: not in memory, as /tmp may be.
ln -s "$(mktemp -d "$PWD/examples.XXXXXX")" "$work/files"
trap 'end_marked; rm -rf "$(readlink "$work/files")" "$work"' EXIT
truncate -s $DISK_BYTES "$work/disk"
make_wrappers
pages
guides
if [ -e Makefile ]; then
	guide_targets
fi
nothing_left "examples"
finish
