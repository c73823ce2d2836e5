#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh - scripts in machines of a list, one after the other; as TAP, and the
# counts in the last line.  77 where nothing of it can be run.
#
# HANDOFF_VM_MACHINES: which ones, as "6.1/small/guest 6.12/offline/places,unplug";
# "ci" for those that suffice for each commit; and machine.sh's
# HANDOFF_VM_SUITES: what "suites" runs, as "tests/plan/check_plan tests/cli/background.sh"
set -u

EXIT_SKIP=77
STATUS_NONE=125      # of machine.sh: no status came back
TRIES_MOST=8
LIMIT_S=${HANDOFF_VM_LIMIT:-900}
SUITES_LIMIT_S=7200
MODULES='vsock vmw_vsock_virtio_transport_common vsock_loopback'
SUITES_MODULES='veth loop'
PLACEMENTS='same-cpu smt l2 llc node package machine'
ALL='6.1/small/guest 6.12/small/guest,refused 6.1/numa2/places 6.12/numa4/places
	6.12/memonly/places 6.1/caches/places 6.1/shared-l2/places 6.12/offline/places,unplug
	6.12/one/suites 6.12/numa2/suites'
CI='6.12/numa4/places 6.12/small/refused'

here=$(cd "$(dirname "$0")" && pwd)
for program in qemu-system-x86_64 cpio busybox; do
	if ! command -v $program >/dev/null; then
		echo "1..0 # SKIP there is no $program: install qemu-system-x86, cpio, busybox-static"
		exit $EXIT_SKIP
	fi
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
: >"$work/all"

# say LINE: of TAP; numbers are given anew, as these are the cases of several scripts
say() {
	echo "$1" | tee -a "$work/all"
}

# command_of SCRIPT,SCRIPT...: one after the other
command_of() {
	echo 'bad=0'
	for script in $(echo "$1" | tr ',' ' '); do
		arguments=
		[ "$script" != suites ] || arguments=${HANDOFF_VM_SUITES:?is not set: make check-vm does it}
		echo "/bin/sh tests/vm/$script.sh $arguments || bad=1"
	done
	# shellcheck disable=SC2016 # for the shell there
	echo 'exit $bad'
}

# in_machine KERNEL/TOPOLOGY/SCRIPT,SCRIPT...
in_machine() {
	command=$(command_of "${1##*/}") || exit 1
	rm -f "$work/answer"
	place=${1%/*}
	with=
	limit=$LIMIT_S
	modules=$MODULES
	case ,${1##*/}, in
	*,suites,*)
		with=-u
		limit=$SUITES_LIMIT_S
		modules="$MODULES $SUITES_MODULES" ;;
	esac
	began=$(date +%s)
	status=$STATUS_NONE
	tries=0
	# An emulated kernel may panic before a script has run: that says nothing of ours.
	while [ $status -eq $STATUS_NONE ] && [ $tries -lt $TRIES_MOST ] &&
		! grep -q '^\(not \)\{0,1\}ok' "$work/answer" 2>/dev/null; do
		tries=$((tries + 1))
		# shellcheck disable=SC2086 # an option or none
		HANDOFF_VM_LIMIT=$limit "$here/machine.sh" -d $with -k "${place%/*}" -t "${place#*/}" -m "$modules" \
			"$command" >"$work/answer" 2>"$work/error"
		status=$?
	done
	sed -n "s,^\\(not ok\\|ok\\) [0-9]*,\\1 - $place,p;/^#/p" "$work/answer" | tee -a "$work/all"
	if [ $status -eq $EXIT_SKIP ]; then
		say "ok - $place # SKIP $(tail -n 1 "$work/error")"
	elif [ $status -ne 0 ]; then
		sed 's/^/# /' "$work/error"
		# A case that has failed has said so.
		grep -q '^not ok' "$work/answer" || say "not ok - $place: the machine ended with status $status"
	fi
	echo "# $place: $(($(date +%s) - began)) s"
}

# What one machine lacks another has.
every_placement() {
	for placement in $PLACEMENTS; do
		if grep -q "^ok .*: $placement is proved" "$work/all"; then
			say "ok - $placement is proved in some machine"
		else
			say "not ok - $placement is proved in no machine"
		fi
	done
}

count() {
	grep -c "$1" "$work/all"
}

machines=${HANDOFF_VM_MACHINES:-$ALL}
[ "$machines" != ci ] || machines=$CI
for machine in $machines; do
	in_machine "$machine"
done
if [ "$machines" = "$ALL" ] && ! grep -q '^ok .*/.* # SKIP machine.sh' "$work/all"; then
	every_placement
fi
skipped=$(count '^ok .*# SKIP')
passed=$(($(count '^ok ') - skipped))
failed=$(count '^not ok ')
echo "1..$((passed + failed + skipped))"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] || exit 1
[ "$passed" -gt 0 ] || exit $EXIT_SKIP
