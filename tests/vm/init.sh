#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# init.sh - the first process of a machine that machine.sh boots: mounts what a
# system has, runs the command, tells its status, turns the machine off.
export PATH=/bin HOME=/ LC_ALL=C
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
busybox mkdir -p /dev/shm /dev/mqueue
busybox mount -t tmpfs tmpfs /dev/shm
busybox mount -t tmpfs tmpfs /tmp
busybox mount -t mqueue mqueue /dev/mqueue
busybox mount -t cgroup2 cgroup2 /sys/fs/cgroup
busybox chmod 1777 /tmp /dev/shm
busybox ln -s /proc/self/fd /dev/fd
busybox ln -s fd/0 /dev/stdin
busybox ln -s fd/1 /dev/stdout
busybox ln -s fd/2 /dev/stderr
busybox ifconfig lo 127.0.0.1 up
# Else the terminal would make two characters of each line's end.
busybox stty -F /dev/ttyS1 raw
exec >/dev/ttyS1 2>&1 </dev/null
for module in /modules/*.ko; do
	[ ! -e "$module" ] || busybox insmod "$module" || echo "cannot load $module"
done
read -r words </proc/cmdline
for word in $words; do
	case $word in
	handoff.offline=*) echo 0 >"/sys/devices/system/cpu/cpu${word#*=}/online"
	esac
done
export HANDOFF_TOOLS=/handoff/tools HANDOFF_WORKERS=/handoff/workers
# A process takes long to start here, and the host may have other things to do.
export HANDOFF_RUN_LIMIT=600
export HANDOFF_HELPERS=/handoff/helpers HANDOFF_BENCH=/handoff/tests/bench srcdir=/handoff
cd /handoff || exit 1
/bin/sh /command
echo "handoff-vm: status $?"
sleep 0.3
busybox poweroff -f
