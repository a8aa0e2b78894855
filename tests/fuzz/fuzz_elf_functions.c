// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "symbol/elf_functions.h"

#include <string.h>
#include <sys/mman.h>

/* A name of the file itself is found. */
static int find_listed(const struct elf_function *function, void *data)
{
	struct elf_functions *functions = *(struct elf_functions **)data;
	const struct elf_function *v;
	_cleanup_free_ char *name = strdup(function->name);
	ssize_t n;

	MUST(name && name[0]);
	n = elf_functions_find(functions, name, strlen(name), &v);
	MUST(n > 0);
	for (ssize_t i = 0; i < n; i++)
		MUST(v[i].name[0] && (!i || v[i].offset > v[i - 1].offset));
	return -1;
}

/* Whose functions are looked for is anybody's: nothing in it is believed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"f", "f@V1", "a::f", "a::f(int)", "operator new"};
	_cleanup_(elf_functions_free) struct elf_functions *functions = NULL;
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);
	_cleanup_error_ struct error *error = NULL;
	struct elf_image image;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || elf_image_open(fd, &image) < 0)
		return 0;
	if (elf_functions_read(&image, &functions, &error) < 0) {
		MUST(error && error->message[0]);
		return 0;
	}
	elf_functions_list(functions, find_listed, &functions);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct elf_function *v;
		size_t len = strlen(names[i]);
		ssize_t n = elf_functions_find(functions, names[i], len, &v);

		if (n <= 0)
			elf_functions_not_found(functions, names[i], len, n, &error);
	}
	return 0;
}
