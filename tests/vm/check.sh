#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh - guest.sh in each machine of the list, one after the other; as TAP.
#
# HANDOFF_VM_MACHINES: which ones, as "6.1/small 6.12/numa2"; and machine.sh's
set -u

EXIT_SKIP=77
VSOCK='vsock vmw_vsock_virtio_transport_common vsock_loopback'

here=$(cd "$(dirname "$0")" && pwd)
for program in qemu-system-x86_64 cpio busybox; do
	if ! command -v $program >/dev/null; then
		echo "1..0 # SKIP there is no $program: install qemu-system-x86, cpio, busybox-static"
		exit $EXIT_SKIP
	fi
done

answer=$(mktemp) || exit 1
trap 'rm -f "$answer"' EXIT
trap 'exit 1' HUP INT TERM

number=0
failed=0
for machine in ${HANDOFF_VM_MACHINES:-6.1/small}; do
	# Numbered anew: these are the cases of several scripts.
	"$here/machine.sh" -k "${machine%/*}" -t "${machine#*/}" -m "$VSOCK" \
		/bin/sh tests/vm/guest.sh >"$answer"
	status=$?
	sed -n "s,^\\(not ok\\|ok\\) [0-9]*,\\1 - $machine,p;/^#/p" "$answer"
	number=$((number + $(grep -Ec '^(not )?ok' "$answer")))
	if [ $status -ne 0 ]; then
		echo "# $machine: status $status"
		failed=1
	fi
done
echo "1..$number"
exit $failed
