// SPDX-License-Identifier: Apache-2.0
#include "cli/agent_address.h"
#include "base/cleanup.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO_MAX 65536

/* Whoever says where to go gets what is asked there. */
static bool is_trusted(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_uid == 0 || st.st_uid == geteuid()) && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* JSON is YAML. */
static int find_address(const char *text, size_t len, char ret[AGENT_ADDRESS_MAX])
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_yaml_reader_ struct yaml_reader reader;
	struct arena arena = ARENA_INIT;
	const struct node *root, *address = NULL;
	int r;

	yaml_reader_init(&reader, &diags, text, len);
	r = yaml_read(&reader, &arena, &root);
	if (r == 1 && !diags.mistakes && root->kind == NODE_MAPPING)
		address = node_get(root, "server_address");
	if (!address || address->kind != NODE_SCALAR || memchr(address->text, '\0', address->len))
		r = r == -ENOMEM ? r : -EBADMSG;
	else if (address->len >= AGENT_ADDRESS_MAX)
		r = -ENAMETOOLONG;
	else
		memcpy(ret, address->text, address->len + 1);
	arena_done(&arena);
	return r < 0 ? r : 0;
}

int agent_address_read(const char *path, char ret[AGENT_ADDRESS_MAX], struct error **reterr)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *text = malloc(INFO_MAX);
	ssize_t n;
	int r;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (!text)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (fd < 0)
		return error_set(reterr, -errno, "cannot open %s: %s", path, strerror(errno));
	if (!is_trusted(fd))
		return error_set(reterr, -EPERM, "%s is not used: others may have written it",
				 path);
	n = read(fd, text, INFO_MAX);
	if (n < 0)
		return error_set(reterr, -errno, "cannot read %s: %s", path, strerror(errno));
	r = find_address(text, (size_t)n, ret);
	if (r == -ENAMETOOLONG)
		return error_set(reterr, r,
				 "%s is not used: the server_address in it is longer "
				 "than %d bytes",
				 path, AGENT_ADDRESS_MAX - 1);
	return r < 0 ? error_set(reterr, r, "%s is not used: there is no server_address in it",
				 path)
		     : 0;
}
