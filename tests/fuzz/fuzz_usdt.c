// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "symbol/usdt.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define FOUND_MAX 16

static void find(const struct elf_image *image, const char *provider, const char *name)
{
	_cleanup_free_ struct usdt_location *v = NULL;
	_cleanup_error_ struct error *err = NULL;
	ssize_t n = usdt_find(image, provider, name, &v, &err);

	MUST(n >= 0 ? !err : err && err->code == n && err->message);
	MUST((n > 0) == !!v && n <= USDT_LOCATIONS_MAX);
	for (ssize_t i = 0; i < n; i++) {
		MUST(v[i].offset <= INT64_MAX && v[i].semaphore <= INT64_MAX);
		MUST(v[i].semaphore % 2 == 0);
		MUST(!i || v[i].offset > v[i - 1].offset);
		MUST(strlen(v[i].args) < USDT_NOTES_MAX);
	}
	error_free(&err);
	error_set(&err, -ENOENT, "none");
	usdt_remedy(image, provider + 1, name, &err);
	usdt_remedy(image, provider, name + 1, &err);
	MUST(err && err->remedy);
}

struct found {
	const struct elf_image *image;
	unsigned n;
};

static int find_listed(const char *provider, const char *name, void *data)
{
	struct found *found = data;

	MUST(provider[0] && name[0]);
	find(found->image, provider, name);
	return ++found->n < FOUND_MAX ? 0 : -E2BIG;
}

/* Notes of a file that anybody may have made: what comes of them the kernel is asked to hook. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	struct elf_image image;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || elf_image_open(fd, &image) < 0)
		return 0;
	usdt_list(&image, find_listed, &(struct found){.image = &image});
	find(&image, "p", "one");
	return 0;
}
