// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "symbol/elf_image.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* What somebody executes: nothing of it is believed, and no more is read than is allowed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	char name[SYMBOL_NAME_MAX];
	uint8_t id[BUILD_ID_SIZE];
	struct elf_image image;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || elf_image_open(fd, &image) < 0)
		return 0;
	elf_image_build_id(&image, id);
	for (uint64_t offset = 0; offset < size; offset += size / 8 + 1) {
		uint64_t left = size;

		if (elf_image_symbol(&image, offset, &left, name) == 0)
			MUST(strnlen(name, sizeof(name)) < sizeof(name) && name[0]);
		MUST(left <= size);
	}
	return 0;
}
