# shellcheck shell=sh disable=SC2154,SC2034 # names are common.sh's, or for the tests
# SPDX-License-Identifier: MIT
# machine-map.sh - what a guest's kernel says of its CPUs and nodes, read from /sys
# without the tools' own eyes; read after common.sh.  By awk alone: a process takes
# long to start there.

CPUS=/sys/devices/system/cpu
NODES=/sys/devices/system/node

# map_machine: into $work/map a line a CPU that is online, "cpu core l2 llc node
# package"; into $work/pairs every ordered pair with the closest thing that it
# shares, "0 4 node"; into $work/nodes a line a node, "node has-memory distances"
map_machine() {
	awk -v cpus="$CPUS" -v nodes="$NODES" -v map="$work/map" -v pairs="$work/pairs" \
		-v list="$work/nodes" '
		function content(path,   line) {
			line = ""
			getline line <path
			close(path)
			return line
		}
		function first(text) { return text + 0 }
		# expand("0-2,5", to): to[1] = 0 ...; how many
		function expand(text, to,   i, j, n, part, ends) {
			n = 0
			split(text, part, ",")
			for (i = 1; i in part; i++) {
				if (split(part[i], ends, "-") == 1)
					ends[2] = ends[1]
				for (j = ends[1]; part[i] != "" && j <= ends[2]; j++)
					to[++n] = j + 0
			}
			return n
		}
		function read_caches(cpu,   i, folder, level, outermost) {
			l2[cpu] = llc[cpu] = "-"
			outermost = 0
			for (i = 0; content((folder = cpus "/cpu" cpu "/cache/index" i) "/level") != ""; i++) {
				if (content(folder "/type") == "Instruction")
					continue
				level = content(folder "/level")
				if (level == 2)
					l2[cpu] = first(content(folder "/shared_cpu_list"))
				if (level > outermost) {
					outermost = level
					llc[cpu] = first(content(folder "/shared_cpu_list"))
				}
			}
		}
		function same(of, a, b) { return of[a] != "-" && of[a] == of[b] }
		function closest(a, b) {
			if (a == b) return "same-cpu"
			if (same(core, a, b)) return "smt"
			if (same(l2, a, b)) return "l2"
			if (same(llc, a, b) && same(node, a, b)) return "llc"
			if (same(node, a, b)) return "node"
			if (same(package, a, b) || same(llc, a, b)) return "package"
			return "machine"
		}
		BEGIN {
			count = expand(content(nodes "/online"), online)
			with_memory = expand(content(nodes "/has_memory"), memory)
			for (i = 1; i <= with_memory; i++)
				has_memory[memory[i]] = 1
			for (i = 1; i <= count; i++) {
				print online[i], has_memory[online[i]] + 0, content(nodes "/node" online[i] "/distance") >list
				split("", of_node)
				n = expand(content(nodes "/node" online[i] "/cpulist"), of_node)
				for (j = 1; j <= n; j++)
					node[of_node[j]] = online[i]
			}
			count = expand(content(cpus "/online"), cpu)
			for (i = 1; i <= count; i++) {
				c = cpu[i]
				core[c] = first(content(cpus "/cpu" c "/topology/thread_siblings_list"))
				package[c] = content(cpus "/cpu" c "/topology/physical_package_id")
				read_caches(c)
				print c, core[c], l2[c], llc[c], node[c], package[c] >map
			}
			for (i = 1; i <= count; i++)
				for (j = 1; j <= count; j++)
					print cpu[i], cpu[j], closest(cpu[i], cpu[j]) >pairs
		}'
	first_cpu=$(sed 's/ .*//;q' "$work/map")
	last_cpu=$(sed -n '$s/ .*//p' "$work/map")
}

# patiently ARGUMENT...: a run, and once or twice more where a worker's time was up: the
# host had other things to do
patiently() {
	for attempt in 1 2 3; do
		run -f json "$@"
		flatten
		value reason record=skip | grep 'did not answer within' >"$work/late" || return 0
		echo "# once more: $attempt times a worker was late"
	done
}

# nodes_for WORD CPU: those that --memory=WORD stands for there, "" for none
nodes_for() {
	awk -v word="$1" -v cpu="$2" '
		NR == FNR { if ($1 == cpu) own = $5; next }
		{ online[++count] = $1; has_memory[$1] = $2; line[$1] = $0 }
		END {
			split(line[own], distance, " ")
			for (i = 1; i <= count; i++) {
				n = online[i]
				if (!has_memory[n])
					continue
				all = all (all == "" ? "" : " ") n
				several += 1
				if (word == "node:" n || (word == "local" && n == own))
					print n
				if (n != own && distance[i + 2] > most) {
					most = distance[i + 2]
					farthest = n
				}
			}
			if (word == "remote") print farthest
			if (word == "interleave" && several > 1) print all
		}' "$work/map" "$work/nodes"
}
