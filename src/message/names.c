// SPDX-License-Identifier: Apache-2.0
#include "message/names.h"
#include "base/macro.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define MINOR_BITS 20

char *tty_name(uint32_t device, char *buf, size_t size)
{
	/* Documentation/admin-guide/devices.txt */
	static const struct {
		uint32_t major, first, n;
		const char *name;
	} ranges[] = {
		{4, 0, 64, "tty"},       {4, 64, 192, "ttyS"},    {204, 64, 16, "ttyAMA"},
		{188, 0, 256, "ttyUSB"}, {166, 0, 256, "ttyACM"}, {229, 0, 256, "hvc"},
	};
	uint32_t major = device >> MINOR_BITS, minor = device & ((1U << MINOR_BITS) - 1);

	if (major >= 136 && major <= 143) {
		snprintf(buf, size, "pts/%u", (major - 136) * 256 + minor);
		return buf;
	}
	if (major == 5 && minor == 1) {
		snprintf(buf, size, "console");
		return buf;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (ranges[i].major != major || minor < ranges[i].first ||
		    minor - ranges[i].first >= ranges[i].n)
			continue;
		snprintf(buf, size, "%s%u", ranges[i].name, minor - ranges[i].first);
		return buf;
	}
	snprintf(buf, size, "%u:%u", major, minor);
	return buf;
}

const char *filesystem_name(uint32_t magic, char *buf, size_t size)
{
	/* include/uapi/linux/magic.h and the filesystems' own */
	static const struct {
		uint32_t magic;
		const char *name;
	} names[] = {
		{0xef53, "ext4"},       {0x58465342, "xfs"},      {0x9123683e, "btrfs"},
		{0x01021994, "tmpfs"},  {0x794c7630, "overlay"},  {0x73717368, "squashfs"},
		{0x6969, "nfs"},        {0x9fa0, "proc"},         {0x858458f6, "ramfs"},
		{0x01021997, "9p"},     {0x65735546, "fuse"},     {0x9660, "iso9660"},
		{0x4d44, "vfat"},       {0xe0f5e1e2, "erofs"},    {0xf2f52010, "f2fs"},
		{0x2fc12fc1, "zfs"},    {0xca451a4e, "bcachefs"}, {0xff534d42, "cifs"},
		{0xfe534d42, "smb3"},   {0x00c36400, "ceph"},     {0x958458f6, "hugetlbfs"},
		{0x28cd3d45, "cramfs"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].magic == magic)
			return names[i].name;
	snprintf(buf, size, "0x%x", magic);
	return buf;
}

char *signal_name(int number, char *buf, size_t size)
{
	/* As the C library numbers them for its users; the kernel's first two are its own. */
	const int first = SIGRTMIN, last = SIGRTMAX;
	const char *name;

	if (number <= 0 || number > last)
		return NULL;
	/* The name that the schema's consumers know, of the two that it has. */
	name = number == SIGIO ? "IO" : sigabbrev_np(number);
	if (name)
		snprintf(buf, size, "SIG%s", name);
	else if (number >= first)
		snprintf(buf, size, "SIGRTMIN+%d", number - first);
	else
		snprintf(buf, size, "SIG%d", number);
	return buf;
}
