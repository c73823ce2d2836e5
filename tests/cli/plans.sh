#!/bin/sh
# SPDX-License-Identifier: MIT
# What the tools plan on machines that we do not have, against golden text: every
# placement, the defaults, where memory goes, every size of matrix; and why not.
#
# HANDOFF_WRITE_EXPECTED: the text is written in place of being compared; then look
# at it as somebody would who knows that machine
# shellcheck source=tests/cli/common.sh
. "${srcdir:-.}/tests/cli/common.sh"

EXPECTED=$SOURCES/tests/expected/plans
LARGE='pack:4 numa:2 l3:2 core:16 pu:2'
LARGE_CPUS=512
# Of the processor, and for what hangs: here it takes less than one, emulated a hundred.
LARGE_SECONDS=300

# NAME|TOPOLOGY|AFFINITY|WHAT IT IS: a file in tests/topologies, or a description
machines() {
	cat <<'END'
2n|2n.xml||two sockets with SMT, a node each
4n|4n.xml||two sockets of two nodes each, a last-level cache to a node
ccx|ccx.xml||one node with two last-level caches
memonly|memonly.xml||two sockets, and a node that has only memory, nearer to the first
off|off.xml||two sockets; CPU 3 is offline
snc|snc.xml||sub-NUMA clusters: two nodes in each socket's last-level cache
hybrid|hybrid.xml||two cores with SMT beside four that share a level-2 cache, and two without L3
cpuset|cpuset.xml||a container: CPUs 1, 2 and 4, memory of node 0 only
farmem|farmem.xml||a node of only memory, and one of only CPUs
server|pack:2 numa:1 l3:1 l2:4 core:1 pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)||two sockets with SMT, numbered as Linux does: siblings are 8 apart
chiplets|pack:2 numa:1 l3:2 l2:2 core:1 pu:2||two sockets, a node each, of two last-level caches each
clusters|pack:1 l3:1 l2:2 core:2 pu:1||cores that share level-2 caches in pairs
bound|2n.xml|3,5|the first of them, by a task that may use two of its CPUs
bare|pu:2||two CPUs of which nothing else is known, as in small virtual machines
lone|core:1 pu:1||one CPU
END
}

# plan TOOL ARGUMENT...: for that machine
plan() {
	tool=$1
	shift
	"$TOOLS/$tool" --dry-run --topology "$topology" ${affinity:+--affinity "$affinity"} "$@" 2>&1 ||
		echo "status $?"
}

# The CPUs of a matrix's rows, if it is every ordered pair of them, in order.
matrix_rows() {
	awk '
		/ cpu:/ { split(substr($2, 5), pair, ","); a[++n] = pair[1]; b[n] = pair[2] }
		/^status|skip:/ { print "  " $0; bad = 1 }
		END {
			for (side = 1; side * side < n; side++)
				;
			for (i = 1; i <= n; i++)
				if (a[i] != a[int((i - 1) / side) * side + 1] || b[i] != b[(i - 1) % side + 1] || a[i] != b[int((i - 1) / side) + 1])
					bad = 1
			if (bad || side * side != n) {
				print "  this is no matrix"
				exit
			}
			printf "  %d pairs of", n
			for (i = 1; i <= side; i++)
				printf " %d", b[i]
			print ""
		}'
}

# defaults TOOL ARGUMENT...: where it measures if nobody says
defaults() {
	echo "$*"
	plan "$@" | sed '$d;s/^/  /'
}

# describe WHAT: all that is planned there
describe() {
	echo "$1"
	echo
	echo "ipc-lat -m pipe -p all"
	plan ipc-lat -m pipe -p all | sed 's/^/  /'
	echo "ipc-lat -m pipe -p cpu:0,3,cpu:3,cpu:64"
	plan ipc-lat -m pipe -p cpu:0,3,cpu:3,cpu:64 | sed '$d;s/^/  /'
	defaults spawn-cost -m fork
	defaults ctxsw -m pipe -P process
	defaults ipc-lat -m pipe
	defaults io-lat -m threads --depth 1
	for memory in local remote interleave node:1 node:2; do
		echo "spawn-cost -m fork -p same-cpu,machine --memory $memory"
		plan spawn-cost -m fork -p same-cpu,machine --memory $memory | sed '$d;s/^/  /'
	done
	for level in pu core llc node; do
		echo "ctxsw -m pipe -P process --matrix=$level"
		plan ctxsw -m pipe -P process --matrix=$level | matrix_rows
	done
}

each_machine() {
	machines >"$work/machines"
	while IFS='|' read -r name topology affinity what; do
		case $topology in
		*.xml) topology=$SOURCES/tests/topologies/$topology
		esac
		describe "$what" >"$work/$name.txt"
		if [ -n "${HANDOFF_WRITE_EXPECTED:-}" ]; then
			cp "$work/$name.txt" "$EXPECTED/$name.txt"
			skip "$name: written, not compared"
		else
			diff "$EXPECTED/$name.txt" "$work/$name.txt" >"$work/difference" 2>&1
			result $? "$name: $what" "$work/difference"
		fi
	done <"$work/machines"
}

# large_plan TOOL ARGUMENT...: has every pair, soon
large_plan() {
	(
		# shellcheck disable=SC3045 # where the shell knows it
		ulimit -t $LARGE_SECONDS 2>/dev/null
		plan "$@" --matrix
	) >"$work/large"
	test "$(grep -c ' cpu:' "$work/large")" -eq $((LARGE_CPUS * LARGE_CPUS))
	result $? "$1, a matrix of $LARGE_CPUS CPUs: planned in at most $LARGE_SECONDS s of the processor"
}

large() {
	topology=$LARGE
	affinity=
	# Its rounds have a ramp, which depends on all cells.
	large_plan io-lat -m pread --cache direct --depth 1
	large_plan ipc-lat -m pipe
	matrix_rows <"$work/large" >"$work/rows"
	grep -q "^  $((LARGE_CPUS * LARGE_CPUS)) pairs of 0 1 2 .* 510 511\$" "$work/rows"
	result $? "a matrix of $LARGE_CPUS CPUs has every pair, in order" "$work/rows"
}

each_machine
large
finish
