// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "policy/policy.h"
#include "policy/yaml_reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 65536

static void refuse(struct diagnostics *diags, const char *path, const char *doing, int r)
{
	diagnostics_file(diags, path);
	finding_why(diagnose_error(diags, (struct mark){0}, "cannot %s", doing), "%s",
		    strerror(-r));
	diagnostics_file(diags, NULL);
}

/* Reads to the end, or just beyond what is allowed: the reader of YAML says how much that is. */
static int read_all(int fd, struct str *out)
{
	while (out->len <= YAML_FILE_MAX) {
		char *to = str_reserve(out, BLOCK);
		ssize_t n;

		if (!to)
			return -ENOMEM;
		n = read(fd, to, BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		out->len += (size_t)n;
	}
	return 0;
}

static int load_stream(struct policies *policies, struct diagnostics *diags, const char *path,
		       int fd)
{
	_cleanup_str_ struct str text = STR_INIT;
	int r = read_all(fd, &text);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		refuse(diags, path, "read it", r);
		return 0;
	}
	return policies_read(policies, diags, path, text.data, text.len);
}

static int select_policy_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

/* Directories with such a name are passed over, and pipes, which nobody may ever write to. */
static int load_entry(struct policies *policies, struct diagnostics *diags, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	return policies_load(policies, diags, path);
}

static int load_directory(struct policies *policies, struct diagnostics *diags, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, select_policy_file, alphasort), r = 0;

	if (n < 0) {
		r = -errno;
		if (r != -ENOMEM)
			refuse(diags, path, "list the directory", r);
		return r == -ENOMEM ? r : 0;
	}
	for (int i = 0; i < n; i++) {
		_cleanup_str_ struct str file = STR_INIT;

		str_appendf(&file, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			    entries[i]->d_name);
		free(entries[i]);
		if (r == 0)
			r = str_cstr(&file) ? load_entry(policies, diags, file.data) : -ENOMEM;
	}
	free(entries);
	if (n == 0) {
		diagnostics_file(diags, path);
		diagnose_warning(diags, (struct mark){0},
				 "there is no *.yaml or *.yml in this directory");
		diagnostics_file(diags, NULL);
	}
	return r;
}

int policies_load(struct policies *policies, struct diagnostics *diags, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!strcmp(path, "-"))
		return load_stream(policies, diags, "(standard input)", STDIN_FILENO);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		refuse(diags, path, "open it", -errno);
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		return load_directory(policies, diags, path);
	return load_stream(policies, diags, path, fd);
}
