# SPDX-License-Identifier: MIT
# The fate of each fault of a run, from its plan (plan-hot), the proofs that its mechanisms
# had without faults (proofs) and have with them (proved), its records (flat) and what the
# injector says of each row: "FATE MECHANISM PLACE CALL HOW REASON" a line.  What is wrong
# goes to wrong_file.  tool, status: whose; creators: how many there are at once.
function wrong(what) { print what >wrong_file }
function flush() {
	if (has["record"] == "result") {
		results[has["mechanism"]]++
		if (has["verified"] != "true") unverified[has["mechanism"]] = 1
	} else if (has["record"] == "skip") {
		reason[has["mechanism"]] = has["reason"]
	}
	split("", has)
}
function fate_of(mechanism) {
	if (results[mechanism])
		return unverified[mechanism] ? "unverified" : "measured"
	if (!(mechanism in reason))
		return "silent"
	if (reason[mechanism] ~ /did not (answer|go on) within/)
		return "late"
	return "lost"
}
function is_hard(how) { return how !~ /^(EINTR|EAGAIN|SHORT)$/ }
# Where /proc does not tell, or where tasks for a figure of memory cannot be made.
function is_optional(proof) { return proof ~ /^(kernel_forks|((here|there)_)?migrations|tasks_alive)$/ }
# Spawned tasks, which are held as they come, in windows too, look for their creator
# themselves; those that a pool or a server has made before do not.
function must_be_tied() {
	return call == "pdeathsig" && place ~ /^b/ &&
	       (tool != "spawn-cost" || mechanism ~ /^(process-pool|fork-server)$/)
}
# A close that fails has closed, advice need not be taken, a whole mapping goes in any case,
# and a name of a process is for people.
# Without clone3 libc makes threads by clone; a shell and its loader go on without some
# of what they look at; and END lets a program that is held go, as its pipe's end does.
function must_work(call) {
	return call !~ /^(close|madvise|munmap|prctl|pdeathsig)$/ &&
	       !(call == "clone3" && how == "ENOSYS" && mechanism ~ /^(pthread|thrd)/) &&
	       !(call ~ /^(newfstatat|openat|mmap|prlimit64)$/ && mechanism ~ /^(system|popen)$/) &&
	       !(call == "read" && how == "END" && mechanism ~ /(-exec|^popen|^system|^posix-spawnp?)$/)
}
function judge(   what, count, name, i) {
	what = mechanism " " place " " call " " how ": "
	# What the counts were held against before must not just be left out.
	count = split(proofs[mechanism], name, " ")
	for (i = 1; i <= count && fate == "measured"; i++)
		if (!is_optional(name[i]) && !((mechanism " " name[i]) in is_proved))
			wrong(what "measured without its proof " name[i])
	if (fate == "silent")
		wrong(what "neither a result nor a skip")
	# The window of several creators begins with the first: another's may still warm up.
	if (fate == "measured" && times > 0 && is_hot[mechanism] && is_hard(how) && place ~ /^w/ &&
	    !(creators > 1 && place == "w1") && must_work(call))
		wrong(what "measured, though it failed")
	if (fate == "measured" && times > 0 && must_be_tied())
		wrong(what "measured, though a process of it may outlive its maker")
	if ((fate == "lost" || fate == "late") && reason[mechanism] !~ /^[a-z][^:]*: .*[^ ]+ [^ ]+/)
		wrong(what "no step, or no reason: " reason[mechanism])
	# But where it is the word itself that cannot be written.
	if (fate == "lost" && place " " call !~ /^(a.*|w.*[+]|[\/]2) write$/ && reason[mechanism] ~ /^worker: the worker (said nothing|ended with status)/)
		wrong(what "no word of its own: " reason[mechanism])
	# Where libc cannot go on it aborts by itself; nothing of ours does.
	if (fate == "lost" && reason[mechanism] ~ /killed by signal/ && !(reason[mechanism] ~ /signal 6( |$)/))
		wrong(what reason[mechanism])
	# A busy machine costs cells, too.
	if (fate == "lost" && !times && reason[mechanism] !~ /not proved/)
		wrong(what "did not come so far, and yet: " fate ": " reason[mechanism])
}
FILENAME ~ /plan-hot$/ { split($0, word, " "); is_hot[word[1]] = word[2]; next }
FILENAME ~ /proofs$/ { split($0, word, " "); proofs[word[1]] = proofs[word[1]] " " word[2]; next }
FILENAME ~ /proved$/ { is_proved[$0] = 1; next }
FILENAME ~ /flat$/ {
	if ($1 != last) { flush(); last = $1 }
	has[$2] = $3
	next
}
FNR == 1 { flush() }
{
	split($0, word, " ")
	mechanism = word[2]; place = word[3]; call = word[4]; how = word[5]; times = word[6]
	fate = fate_of(mechanism)
	all++
	if (fate != "measured") missed++
	if (fate == "measured" || fate == "unverified") got++
	judge()
	print (times ? fate : "unreached"), mechanism, place, call, how, reason[mechanism]
}
END {
	expected = !got ? 1 : missed ? 3 : 0
	if (status != expected)
		wrong("status " status ", not " expected)
}
