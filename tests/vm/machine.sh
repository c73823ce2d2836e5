#!/bin/sh
# SPDX-License-Identifier: MIT
# machine.sh [-d] [-u] [-k KERNEL] [-t TOPOLOGY] [-m MODULES] COMMAND...
#
# Boots a machine that we do not have, by QEMU's software emulation, and runs the
# command there: as root, in a copy of this machine's programs, with the tools, the
# workers and the tests in the folders that HANDOFF_TOOLS and its like name there.
# Prints what the command prints; its status is ours, 125 where none came back, 77
# where there is no QEMU or no kernel to boot.
# Needs no root, no KVM and no network but for the kernels, which it takes from
# Debian's packages once and unpacks into a cache, never installs.
#
#   KERNEL     6.1 (default), 6.12: Debian's; or the path of an image
#   TOPOLOGY   small (default: 2 CPUs, 1 node), one (1 CPU), numa2, numa4, memonly, caches,
#              offline, shared-l2 (for 6.1 only)
#   -u         with the unit tests
#   -d         a disk that can be polled, /dev/nvme0n1
#   MODULES    kernel modules to load, in order, as "vsock vsock_loopback"
#
# HANDOFF_BUILD: the build folder; HANDOFF_VM_CACHE: where kernels are kept;
# HANDOFF_VM_LIMIT: seconds until it is given up (900)
set -eu

BUILD=${HANDOFF_BUILD:-build}
CACHE=${HANDOFF_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/handoff-vm}
LIMIT_S=${HANDOFF_VM_LIMIT:-900}
SOURCES=${srcdir:-.}
STATUS_NONE=125
STATUS_SKIP=77
# What scripts call, beside what the shell has.
PROGRAMS='sh env timeout mktemp chmod cp rm sed awk grep find comm sort cut tr head tail wc cat
	ls id seq date sleep touch mkdir rmdir ln mv dirname basename printf expr uname tee
	setpriv prlimit taskset mount umount ip unshare nice stat readlink mkfifo truncate paste cmp
	cksum df bash kill nproc nsenter diff split tac od mountpoint losetup setsid sync hostname xargs
	getent true false strace dd fold sha256sum uniq'

die() {
	echo "machine.sh: $*" >&2
	exit $STATUS_NONE
}

cannot() {
	echo "machine.sh: $*" >&2
	exit $STATUS_SKIP
}

# --- the kernel

meta_package() {
	case $1 in
	6.1) echo linux-image-cloud-amd64 ;;
	*) echo "linux-image-$1-cloud-amd64"
	esac
}

# The package that a meta package stands for: it has the image.
real_package() {
	apt-cache depends "$1" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1
}

# unpack_kernel KERNEL: into the cache, whole or not at all
unpack_kernel() {
	package=$(real_package "$(meta_package "$1")")
	[ -n "$package" ] || cannot "no package of a kernel $1 is known to apt"
	unpacked=$(mktemp -d "$CACHE/unpack.XXXXXX")
	if ! (cd "$unpacked" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2 &&
		dpkg -x "$package"_*.deb root); then
		rm -rf "$unpacked"
		cannot "$package cannot be fetched"
	fi
	mv "$unpacked/root" "$CACHE/$1"
	rm -rf "$unpacked"
}

find_kernel() {
	case $kernel in
	/*) image=$kernel ;;
	*)
		mkdir -p "$CACHE"
		[ -d "$CACHE/$kernel" ] || unpack_kernel "$kernel"
		image=$(find "$CACHE/$kernel/boot" -name 'vmlinuz-*' | head -n 1)
	esac
	[ -r "$image" ] || cannot "there is no kernel image for $kernel"
}

# --- what it boots into

# add_libraries PROGRAM: that it needs, where it looks for them
add_libraries() {
	for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
		if [ ! -e "$root$library" ]; then
			mkdir -p "$root${library%/*}"
			cp -L "$library" "$root$library"
		fi
	done
}

# add PROGRAM FOLDER
add() {
	mkdir -p "$root$2"
	cp -L "$1" "$root$2/"
	add_libraries "$1"
}

add_programs() {
	for program in $PROGRAMS; do
		path=$(command -v "$program") || continue
		# What the shell has itself is given by name only.
		case $path in
		/*) add "$path" /bin ;;
		*) [ ! -x "/bin/$program" ] || add "/bin/$program" /bin
		esac
	done
	add "$(command -v busybox)" /bin
}

# What make check runs, and what that reads, as far as it is small.
add_suites() {
	for part in bench faults fuzz; do
		cp -r "$SOURCES/tests/$part" "$root/handoff/tests/"
	done
	cp -r "$BUILD/tests/fuzz" "$root/handoff/"
	(cd "$BUILD" && find tests -path 'tests/bench/*' -type f -perm -u+x -o -name 'check_*' -type f -perm -u+x |
		cpio -p -d --quiet "$root/handoff")
}

add_ours() {
	mkdir -p "$root/handoff/tests"
	cp -r "$BUILD/tools" "$BUILD/workers" "$root/handoff/"
	cp -r "$BUILD/tests/cli" "$root/handoff/helpers"
	for part in cli kit vm topologies expected run-test.sh summary.sh; do
		cp -r "$SOURCES/tests/$part" "$root/handoff/tests/"
	done
	[ -z "$has_suites" ] || add_suites
	find "$root/handoff" -name '*.[aod]' -exec rm -f {} +
	# Their libraries only: the programs are there.
	find "$root/handoff" -type f -perm -u+x ! -name '*.sh' >"$work/programs"
	while read -r program; do
		add_libraries "$program"
	done <"$work/programs"
}

# As plain files: the guest has no xz.
add_modules() {
	number=10
	mkdir -p "$root/modules"
	for module in $modules; do
		number=$((number + 1))
		path=$(find "$CACHE/$kernel/lib/modules" -name "$module.ko*" | head -n 1)
		case $path in
		'') die "kernel $kernel has no module $module" ;;
		*.xz) xz -dc "$path" >"$root/modules/$number-$module.ko" ;;
		*) cp "$path" "$root/modules/$number-$module.ko"
		esac
	done
}

make_root() {
	root=$work/root
	for folder in bin proc sys dev tmp etc modules; do
		mkdir -p "$root/$folder"
	done
	add_programs
	add_ours
	add_modules
	printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
	cp "$SOURCES/tests/vm/init.sh" "$root/init"
	chmod 755 "$root/init"
	printf '%s\n' "$*" >"$root/command"
	(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0) >"$work/initrd"
}

# --- the machine

# node NUMBER MEGABYTES [CPUS]
node() {
	echo "-object memory-backend-ram,size=$2M,id=m$1 -numa node,nodeid=$1,memdev=m$1${3:+,cpus=$3}"
}

distance() {
	echo "-numa dist,src=$1,dst=$2,val=$3"
}

# The unit tests ask for more memory than the tools.
topology_options() {
	half=512
	[ -z "$has_suites" ] || half=1024
	case $1 in
	one) echo "-smp 1,sockets=1,cores=1,threads=1 -m $((2 * half))M" ;;
	small) echo "-smp 2,sockets=1,cores=2,threads=1 -m 1G" ;;
	caches) echo "-smp 8,sockets=1,dies=2,cores=2,threads=2 -m 1G" ;;
	shared-l2) echo "-smp 4,sockets=1,cores=2,threads=2 -m 1G" ;;
	numa2 | offline)
		echo "-smp 8,sockets=2,cores=2,threads=2 -m $((2 * half))M"
		node 0 $half 0-3; node 1 $half 4-7; distance 0 1 21 ;;
	memonly)
		echo "-smp 8,sockets=2,cores=2,threads=2 -m 1280M"
		node 0 512 0-3; node 1 512 4-7; node 2 256
		distance 0 1 21; distance 0 2 17; distance 1 2 28 ;;
	numa4)
		echo "-smp 16,sockets=2,dies=2,cores=2,threads=2 -m 1G"
		node 0 256 0-3; node 1 256 4-7; node 2 256 8-11; node 3 256 12-15
		distance 0 1 12; distance 2 3 12
		distance 0 2 21; distance 0 3 21; distance 1 2 21; distance 1 3 21 ;;
	*) die "there is no topology '$1'"
	esac
}

# As an Intel CPU: with others Linux 6.1 does not see the threads of a core.  Where it
# must not, what it takes for two cores shares an L2.
cpu_vendor() {
	case $1 in
	shared-l2) echo CentaurHauls ;;
	*) echo GenuineIntel
	esac
}

disk_options() {
	if [ -n "$has_disk" ]; then
		truncate -s 64M "$work/disk"
		echo "-drive file=$work/disk,if=none,id=disk,format=raw,cache=unsafe" \
			"-device nvme,drive=disk,serial=1,max_ioqpairs=16"
	fi
}

boot() {
	# Where a CPU has ERMS, the kernel and libc copy by "rep movsb": QEMU emulates that
	# byte by byte, ten times slower than a loop of words.
	cpu="max,vendor=$(cpu_vendor "$topology"),erms=off,fsrm=off"
	# Of a host with other things to do the timer may seem not to work at all.
	extra="no_timer_check nvme.poll_queues=2"
	[ "$topology" != offline ] || extra="$extra handoff.offline=3"
	# shellcheck disable=SC2046 # options are words
	timeout -k 5 "$LIMIT_S" qemu-system-x86_64 -accel tcg,thread=multi -machine q35 \
		-cpu "$cpu" $(topology_options "$topology") \
		$(disk_options) -nodefaults -display none \
		-no-reboot -serial "file:$work/console" -serial "file:$work/answer" \
		-kernel "$image" -initrd "$work/initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off $extra" >&2
}

kernel=6.1
topology=small
modules=
has_disk=
has_suites=
while getopts duk:t:m: option; do
	case $option in
	u) has_suites=yes ;;
	d) has_disk=yes ;;
	k) kernel=$OPTARG ;;
	t) topology=$OPTARG ;;
	m) modules=$OPTARG ;;
	*) exit $STATUS_NONE
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "no command to run there"
for program in qemu-system-x86_64 cpio busybox; do
	command -v $program >/dev/null || cannot "there is no $program: install qemu-system-x86, cpio, busybox-static"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
find_kernel
make_root "$@"
if ! boot; then
	cat "$work/answer" 2>/dev/null
	die "the machine did not end by itself: $(tail -n 5 "$work/console" 2>/dev/null)"
fi
sed '/^handoff-vm: status [0-9]*$/d' "$work/answer"
status=$(sed -n 's/^handoff-vm: status \([0-9]*\)$/\1/p' "$work/answer" | tail -n 1)
[ -n "$status" ] || die "no status came back: $(tail -n 5 "$work/console")"
exit "$status"
