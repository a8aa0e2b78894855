// SPDX-License-Identifier: Apache-2.0
#include "agent/info_file.h"
#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO_FILE "ocelli-info.json"
/* Never read by anyone: it is given the other name when all of it is there. */
#define NEW_FILE INFO_FILE ".new"

/* The socket, which is there with TCP, too: who may read this file can ask there first. */
static void append_address(const struct settings *s, struct str *out)
{
	if (s->server_address && !strncmp(s->server_address, "unix://", strlen("unix://")))
		str_append_z(out, s->server_address);
	else if (s->server_address)
		str_appendf(out, "unix://%s/" SETTINGS_SOCKET, s->run_dir);
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static char *text_of(const struct settings *s)
{
	_cleanup_str_ struct str address = STR_INIT;
	json_t *info;
	char *text;

	append_address(s, &address);
	if (!str_cstr(&address))
		return NULL;
	info = json_pack("{s:s, s:s, s:s, s:s, s:i}", "version", OCELLI_VERSION, "server_address",
			 address.data, "metrics_address", or_empty(s->metrics_server),
			 "export_fname", or_empty(s->export_filename), "pid", (int)getpid());
	text = info ? json_dumps(info, JSON_COMPACT) : NULL;
	json_decref(info);
	return text;
}

static int write_new(int dir, const char *text)
{
	_cleanup_close_ int fd =
		openat(dir, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	/* Whatever the umask is. */
	if (fchmod(fd, 0644) < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || write(fd, "\n", 1) != 1)
		return errno ? -errno : -EIO;
	return renameat(dir, NEW_FILE, dir, INFO_FILE) < 0 ? -errno : 0;
}

int info_file_write(const struct settings *s)
{
	_cleanup_close_ int dir = open(s->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = text_of(s);
	int r;

	/* What is no UTF-8 is no JSON. */
	if (!text)
		return -EILSEQ;
	if (dir < 0)
		return -errno;
	/* Of one that was killed. */
	unlinkat(dir, NEW_FILE, 0);
	r = write_new(dir, text);
	if (r < 0)
		unlinkat(dir, NEW_FILE, 0);
	return r;
}

void info_file_remove(const struct settings *s)
{
	_cleanup_close_ int dir = open(s->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		unlinkat(dir, INFO_FILE, 0);
}
