/* SPDX-License-Identifier: MIT */
/* host/environment-guest - what this machine runs inside of; see host/environment.h. */
#include "host/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/sysfile.h"

/* x86 only: elsewhere cpuinfo has no such flag. */
static bool has_hypervisor_flag(const char *root)
{
	char flags[8192];
	const char *found;

	if (sysfile_read_keyed(root, "/proc/cpuinfo", "flags", flags,
			       sizeof(flags)))
		return false;
	found = strstr(flags, "hypervisor");
	return found && (found == flags || found[-1] == ' ') &&
	       (found[10] == '\0' || found[10] == ' ');
}

/* Firmware that only virtual machines have, for CPUs without the flag. */
static bool is_virtual_product(const char *product)
{
	static const char *const words[] = {
		"QEMU", "KVM", "VMware", "VirtualBox", "Virtual Machine",
		"Google Compute Engine", "OpenStack", "Parallels", "Bochs",
		"HVM domU",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(product, words[i]))
			return true;
	return strstr(product, "Amazon EC2") && !strstr(product, ".metal");
}

/* What the guest's clock tells of its host, where the firmware is silent. */
static const char *hypervisor_by_clock(const char *root)
{
	char clocks[256];

	sysfile_read_text(root, "/sys/devices/system/clocksource/clocksource0/"
			  "available_clocksource", clocks, sizeof(clocks));
	if (strstr(clocks, "kvm-clock"))
		return "KVM";
	if (strstr(clocks, "hyperv"))
		return "Hyper-V";
	if (strstr(clocks, "xen"))
		return "Xen";
	return "unnamed";
}

void environment_hypervisor(const char *root, char *ret, size_t size)
{
	char vendor[96], product[96], both[200];

	sysfile_read_text(root, "/sys/class/dmi/id/sys_vendor", vendor,
			  sizeof(vendor));
	sysfile_read_text(root, "/sys/class/dmi/id/product_name", product,
			  sizeof(product));
	snprintf(both, sizeof(both), "%s%s%s", vendor,
		 *vendor && *product ? " " : "", product);
	if (!has_hypervisor_flag(root)) {
		if (is_virtual_product(both))
			snprintf(ret, size, "%s", both);
		else
			sysfile_read_text(root, "/sys/hypervisor/type", ret,
					  size);
		return;
	}
	snprintf(ret, size, "%s", *both ? both : hypervisor_by_clock(root));
}

/* Whether /proc/self/ns/NAME is another namespace than the kernel booted with. */
static bool is_inner_namespace(const char *root, const char *name,
			       const char *initial)
{
	char path[SYSFILE_PATH_MAX], target[64];
	int length = snprintf(path, sizeof(path), "%s/proc/self/ns/%s", root,
			      name);
	ssize_t size;

	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	size = readlink(path, target, sizeof(target) - 1);
	if (size < 0)
		return false;
	target[size] = '\0';
	return strcmp(target, initial) != 0;
}

static int find_container_word(char *line, void *context)
{
	static const char *const words[] = {
		"docker", "libpod", "kubepods", "containerd", "lxc", "podman",
	};
	const char **ret = context;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(line, words[i])) {
			*ret = words[i];
			return 1;
		}
	}
	return 0;
}

void environment_container(const char *root, char *ret, size_t size)
{
	const char *word = "";

	/*
	 * An image unpacked as a machine's root keeps /.dockerenv, so a mark
	 * in a file counts only outside the initial namespaces, and not
	 * where /proc does not tell.  Their inode
	 * numbers are fixed in the kernel (proc_ns.h).
	 */
	if (!is_inner_namespace(root, "pid", "pid:[4026531836]") &&
	    !is_inner_namespace(root, "uts", "uts:[4026531838]"))
		return;
	if (!sysfile_read_text(root, "/run/systemd/container", ret, size) &&
	    *ret)
		return;
	if (sysfile_exists(root, "/.dockerenv"))
		word = "docker";
	else if (sysfile_exists(root, "/run/.containerenv"))
		word = "podman";
	else if (sysfile_each_line(root, "/proc/1/cgroup", find_container_word,
				   &word) <= 0)
		sysfile_each_line(root, "/proc/self/cgroup",
				  find_container_word, &word);
	snprintf(ret, size, "%s", word);
}
