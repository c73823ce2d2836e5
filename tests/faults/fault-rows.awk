# SPDX-License-Identifier: MIT
# The rows of a table of faults, from the calls that a run of all mechanisms made: a line
# "RUN MECHANISM PLACE CALL HOW HOT" each.  A run has one fault a mechanism; HOT is made so
# often that it must be the operation's.
#
# extent: quick, full or window.  The first file names the mechanisms that were measured, the
# second says "calls MECHANISM CALL BEFORE WITHIN BEHIND HOW...": how often before, in and behind
# the window, and the ways in which that call fails.
function row(place, call, how, is_hot) {
	print ++rows[mechanism], mechanism, place, call, how, is_hot + 0
}
# What can never be removed is left, and nobody is to blame.
function removes(call) { return call ~ /^(close|unlink|unlinkat|rmdir|mq_unlink|(msg|sem|shm)ctl|kill)$/ }
function is_soft(how) { return how ~ /^(EINTR|EAGAIN|SHORT)$/ }
function within(   i) {
	is_hot = $5 >= 20
	middle = int(($5 + 1) / 2)
	if (middle > 3000) middle = 3000
	for (i = 7; i <= NF; i++) {
		if (extent == "quick" && (!is_hot || i > 7 && !(is_soft($(i - 1)) && !is_soft($i))))
			continue
		row("w" middle, $3, $i, is_hot)
		if (extent != "quick" && i == 7 && middle > 1)
			row("w1", $3, $i, is_hot)
		if (extent != "quick" && i == 7 && !removes($3))
			row("w" middle "+", $3, $i, is_hot)
		if (extent != "quick" && is_soft($i))
			row("/2", $3, $i, is_hot)
	}
}
# Each of the first ones, by another error each; the first by all.
function before(   i, n) {
	if (extent != "full") {
		if ((++turn) % 7 == 0)
			row("b1", $3, $7, 0)
		return
	}
	for (i = 7; i <= NF; i++)
		row("b1", $3, $i, 0)
	for (n = 2; n <= $4 && n <= 4; n++)
		row("b" n, $3, $(7 + n % (NF - 6)), 0)
	if ($4 > 4)
		row("b" $4, $3, $7, 0)
}
function behind(   n) {
	if (extent == "full")
		for (n = 1; n <= $6 && n <= 2; n++)
			row("a" n, $3, $(7 + n % (NF - 6)), 0)
}
function storms(   how) {
	for (how in knows) {
		split(how, part, SUBSEP)
		mechanism = part[1]
		row("/2", "*", part[2], 0)
	}
}
FNR == NR { is_measured[$1] = 1; next }
!is_measured[$2] { next }
{
	mechanism = $2
	for (i = 7; i <= NF; i++)
		if ($i ~ /^(EINTR|SHORT)$/)
			knows[mechanism, $i] = 1
}
$5 > 0 { within() }
$4 > 0 { before() }
$6 > 0 { behind() }
END { storms() }
