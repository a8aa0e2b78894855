// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "config/option_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void option_place(const char *text, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
	unsigned line = 1, column = 1;

	for (size_t i = 0; i < offset; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	*ret_line = line;
	*ret_column = column;
}

/* Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever. */
static int open_regular(const char *path, int *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	*ret = TAKE_FD(fd);
	return 0;
}

int option_read_file(const char *path, struct str *ret)
{
	_cleanup_close_ int fd = -1;
	int r = open_regular(path, &fd);

	if (r < 0)
		return r;
	while (ret->len <= OPTION_FILE_MAX) {
		size_t room = OPTION_FILE_MAX + 1 - ret->len;
		char *to = str_reserve(ret, room);
		ssize_t n;

		if (!to)
			return -ENOMEM;
		n = read(fd, to, room);
		if (n == 0)
			return str_cstr(ret) ? 0 : -ENOMEM;
		if (n > 0)
			ret->len += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
	return -EFBIG;
}

int option_file_failed(const char *path, int r, struct error **reterr)
{
	if (r == -EFBIG)
		error_set(reterr, r, "larger than %zuK, the most that is read of such a file",
			  OPTION_FILE_MAX / 1024);
	else if (r == -ENOTSUP)
		error_set(reterr, r, "neither a regular file nor a directory");
	else
		error_set(reterr, r, "cannot be read: %s", strerror(-r));
	error_at(reterr, path, 0, 0);
	return r;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_text(char c)
{
	return is_space(c) || ((unsigned char)c > ' ' && c != '\x7f');
}

int option_assign_from_file(const struct options *opts, const struct option_spec *spec,
			    const char *text, size_t len, bool append, const struct origin *origin,
			    struct error **reterr)
{
	_cleanup_free_ char *trimmed = NULL;
	struct origin place = *origin;

	for (size_t i = 0; i < len; i++) {
		if (is_text(text[i]))
			continue;
		error_set(reterr, -EINVAL, "the byte 0x%02x has no place in a value",
			  (unsigned char)text[i]);
		if (place.line == 0)
			option_place(text, i, &place.line, &place.column);
		return origin_blame(&place, -EINVAL, reterr);
	}
	while (len && is_space(text[len - 1]))
		len--;
	while (len && is_space(*text)) {
		text++;
		len--;
	}
	trimmed = strndup(text, len);
	if (!trimmed)
		return -ENOMEM;
	return option_assign(opts, spec, trimmed, append, origin, reterr);
}

static int read_drop_in(const struct options *opts, const char *dir, const char *name,
			struct error **reterr)
{
	_cleanup_str_ struct str path = STR_INIT, text = STR_INIT;
	const struct option_spec *spec;
	struct origin origin = {0};
	int r;

	str_appendf(&path, "%s/%s", dir, name);
	origin.file = str_cstr(&path);
	if (!origin.file)
		return -ENOMEM;
	r = option_read_file(origin.file, &text);
	if (r == -EISDIR)
		return 0;
	if (r < 0)
		return option_file_failed(origin.file, r, reterr);

	spec = option_find(opts, name, strlen(name), OPTION_FROM_FILE);
	if (!spec) {
		r = option_unknown(opts, name, 0, OPTION_FROM_FILE, reterr);
		return origin_blame(&origin, r, reterr);
	}
	return option_assign_from_file(opts, spec, text.data, text.len, false, &origin, reterr);
}

static int no_dot_files(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int options_read_dir(const struct options *opts, const char *path, bool required,
		     struct error **reterr)
{
	_cleanup_free_ struct dirent **entries = NULL;
	/* Sorted, so that of several bad files it is always the same that is reported. */
	int n = scandir(path, &entries, no_dot_files, alphasort), r = 0;

	if (n < 0 && errno == ENOENT && !required)
		return 0;
	if (n < 0)
		return option_file_failed(path, -errno, reterr);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_drop_in(opts, path, entries[i]->d_name, reterr);
		free(entries[i]);
	}
	return r;
}
