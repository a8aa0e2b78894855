// SPDX-License-Identifier: Apache-2.0
#include "subject.h"
#include "base/macro.h"
#include "random.h"
#include "types.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of enum exec_ns, as policies and as /proc name them. */
static const struct {
	const char *name, *file;
	enum exec_ns ns;
} namespaces[] = {
	{"Uts", "uts", EXEC_NS_UTS},          {"Ipc", "ipc", EXEC_NS_IPC},
	{"Mnt", "mnt", EXEC_NS_MNT},          {"Net", "net", EXEC_NS_NET},
	{"Cgroup", "cgroup", EXEC_NS_CGROUP}, {"User", "user", EXEC_NS_USER},
};

static char image[PATH_MAX];

static uint64_t capability_set(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

/* Those that end with NULL. Returns how many they are. */
static size_t list_strings(char *const *from, const struct bytes **ret)
{
	struct bytes *v;
	size_t n = 0;

	while (from[n])
		n++;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		abort();
	for (size_t i = 0; i < n; i++)
		v[i] = (struct bytes){from[i], strlen(from[i])};
	*ret = v;
	return n;
}

void subject_of_this_process(struct caller *ret, char *const *argv, uint32_t pid, uint32_t nspid)
{
	char status[8192] = "";
	FILE *f = fopen("/proc/thread-self/status", "re");
	ssize_t n = readlink("/proc/self/exe", image, sizeof(image) - 1);

	if (!f || n < 0 || !fread(status, 1, sizeof(status) - 1, f))
		abort();
	fclose(f);
	*ret = (struct caller){.pid = pid, .nspid = nspid};
	ret->image = (struct bytes){image, (size_t)n};
	ret->n_strings[0] = list_strings(argv, &ret->strings[0]);
	ret->n_strings[1] = list_strings(environ, &ret->strings[1]);
	if (getresuid(&ret->users[1], &ret->users[0], &ret->users[2]) < 0)
		abort();
	ret->users[3] = ret->users[0];
	ret->capabilities[0] = capability_set(status, "CapEff:");
	ret->capabilities[1] = capability_set(status, "CapInh:");
	ret->capabilities[2] = capability_set(status, "CapPrm:");
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char path[64], link[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i].file);
		if (readlink(path, link, sizeof(link) - 1) > 0 && strchr(link, '['))
			ret->namespaces[namespaces[i].ns] =
				(uint32_t)strtoul(strchr(link, '[') + 1, NULL, 10);
	}
}

/* --- policies */

static void append_pids(struct str *out, const struct caller *subject)
{
	bool inner = pick(2);

	str_appendf(out,
		    "      matchPIDs: [{operator: %s, isNamespacePID: %s, followForks: %s, "
		    "values: [1234567, %u]}]\n",
		    pick(2) ? "In" : "NotIn", inner ? "true" : "false", pick(2) ? "true" : "false",
		    pick(2) ? inner ? subject->nspid : subject->pid : 1234568);
}

static void append_binaries(struct str *out, const struct caller *subject)
{
	static const char *const operators[] = {"In",        "NotIn",   "Prefix",
						"NotPrefix", "Postfix", "NotPostfix"};
	size_t kind = pick(ARRAY_SIZE(operators)), len = subject->image.len, from = 0;

	if (kind >= 4)
		from = pick((uint32_t)len);
	else if (kind >= 2)
		len = 1 + pick((uint32_t)len);
	str_appendf(
		out, "      matchBinaries: [{operator: %s, values: [\"/bin/true\", \"%.*s%s\"]}]\n",
		operators[kind], (int)(len - from), subject->image.s + from, pick(2) ? "" : "?");
}

static void append_namespaces(struct str *out, const struct caller *subject)
{
	size_t i = pick(ARRAY_SIZE(namespaces));

	str_appendf(
		out,
		"      matchNamespaces: [{namespace: %s, operator: %s, values: [\"1\", \"%u\"]}]\n",
		namespaces[i].name, pick(2) ? "In" : "NotIn",
		subject->namespaces[namespaces[i].ns] + pick(2));
}

static void append_capabilities(struct str *out, const struct caller *subject)
{
	static const char *const sets[] = {"Effective", "Inheritable", "Permitted"};
	static const char *const names[] = {"CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_BPF", "CAP_SYSLOG"};

	str_appendf(out, "      matchCapabilities: [{type: %s, operator: %s, values: [\"%s\"]}]\n",
		    PICK(sets), pick(2) ? "In" : "NotIn", PICK(names));
}

static void append_users(struct str *out, const struct caller *subject)
{
	static const char *const kinds[] = {"Effective", "Real", "Saved", "Filesystem"};
	size_t i = pick(ARRAY_SIZE(kinds));

	str_appendf(out,
		    "      matchUsers: [{type: %s, operator: %s, values: [\"%u\", \"7:99\"]}]\n",
		    kinds[i], pick(2) ? "In" : "NotIn", subject->users[i] + pick(2));
}

/* Of its arguments, or of the names of its variables. */
static void append_strings(struct str *out, const struct caller *subject)
{
	static const char *const operators[] = {"Equal",     "NotEqual",    "Prefix",
						"NotPrefix", "Postfix",     "NotPostfix",
						"SubString", "NotSubString"};
	uint32_t i = pick((uint32_t)subject->n_strings[0] + 1);
	const struct bytes *word = &subject->strings[0][pick((uint32_t)subject->n_strings[0])];

	if (pick(4) == 0) {
		str_appendf(out, "      matchEnvironment: [{name: %s, operator: %s}]\n",
			    pick(2) ? "PATH" : "NO_SUCH_NAME", pick(2) ? "Exists" : "DoesNotExist");
		return;
	}
	str_append_lit(out, "      matchArguments: [{");
	if (pick(2))
		str_appendf(out, "index: %u, ", i);
	str_appendf(out, "operator: %s, values: [\"%.*s\", \"%s\"]}]\n", PICK(operators),
		    (int)(word->len - pick(2) * word->len / 2), word->s, PICK(words));
}

void append_process(struct str *out, const struct caller *subject)
{
	static void (*const filters[])(struct str *, const struct caller *) = {
		append_pids,         append_binaries, append_namespaces,
		append_capabilities, append_users,    append_strings};

	PICK(filters)(out, subject);
}
