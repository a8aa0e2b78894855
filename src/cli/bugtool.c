// SPDX-License-Identifier: Apache-2.0
#include "cli/bugtool.h"
#include "base/cleanup.h"
#include "cli/json_members.h"
#include "cli/redact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "ocelli-bugtool/"

static void note(struct bugtool *tool, const char *name, size_t len, const char *what)
{
	if (!tool->json) {
		str_appendf(&tool->manifest, "%10zu  %-28s %s\n", len, name, what);
		return;
	}
	str_append_char(&tool->manifest, '\n');
	json_put_begin(&tool->manifest, NULL, '{');
	json_put_string(&tool->manifest, "file", name);
	json_put_number(&tool->manifest, "bytes", len);
	json_put_string(&tool->manifest, "what", what);
	json_put_end(&tool->manifest, '}');
}

void bugtool_lack(struct bugtool *tool, const char *name, const char *why)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_appendf(&text, "missing: %s", why);
	note(tool, name, 0, str_cstr(&text) ? text.data : "missing");
	tool->missing++;
}

void bugtool_add(struct bugtool *tool, const char *name, const char *what, const char *data,
		 size_t len)
{
	_cleanup_str_ struct str clean = STR_INIT;
	_cleanup_free_ char *path = NULL;

	/* What is compressed is the kernel's configuration. */
	if (strlen(name) > 3 && !strcmp(name + strlen(name) - 3, ".gz"))
		str_append(&clean, data, len);
	else
		redact_text(&clean, data, len);
	if (clean.failed || asprintf(&path, PREFIX "%s", name) < 0) {
		path = NULL;
		bugtool_lack(tool, name, "out of memory");
		return;
	}
	archive_add(tool->archive, path, clean.data, clean.len);
	note(tool, name, clean.len, what);
	tool->files++;
}

/* Returns 0, 1 when it is longer than is taken, or a negative errno. */
static int slurp(const char *path, struct str *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && ret->len < BUGTOOL_FILE_BYTES) {
		char *to = str_reserve(ret, 65536);

		if (!to)
			return -ENOMEM;
		n = read(fd, to, 65536);
		if (n < 0)
			return -errno;
		ret->len += (size_t)n;
	}
	return n > 0;
}

void bugtool_add_file(struct bugtool *tool, const char *name, const char *path)
{
	_cleanup_str_ struct str text = STR_INIT, what = STR_INIT;
	int r = slurp(path, &text);

	if (r < 0) {
		str_appendf(&what, "%s: %s", path, strerror(-r));
		bugtool_lack(tool, name, str_cstr(&what) ? what.data : path);
		return;
	}
	str_appendf(&what, "%s%s", path, r ? ", its beginning" : "");
	bugtool_add(tool, name, str_cstr(&what) ? what.data : path, text.data, text.len);
}
