// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "pins/pinned.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct settings {
	struct common_settings common;
	int output; /* of list alone */
	char *bpf_dir;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status read_all(const struct settings *settings, struct pinned_list *list)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *dir = NULL;
	int r;

	if (asprintf(&dir, "%s%s", *settings->bpf_dir == '/' ? "" : BPFFS "/", settings->bpf_dir) <
	    0)
		dir = NULL;
	r = dir ? pinned_read(dir, list, &err) : -ENOMEM;
	if (r >= 0)
		return STATUS_OK;
	if (r == -EACCES || r == -EPERM)
		error_remedy(&err, "run it as root");
	complain_error(err, r);
	return STATUS_FAILED;
}

/* --- list */

/* What the agent says of it, completed; the caller's reference, or NULL. */
static json_t *describe(const struct pinned *pinned)
{
	json_t *all = pinned->about ? json_loads(pinned->about, 0, NULL) : NULL;
	json_t *pins = json_array();

	if (!json_is_object(all)) {
		json_decref(all);
		all = json_object();
	}
	for (size_t i = 0; i < pinned->n; i++)
		json_array_append_new(pins, json_string(pinned->pins[i]));
	json_object_set_new(all, "directory", json_string(pinned->path));
	json_object_set_new(all, "in_use", json_boolean(pinned->in_use));
	json_object_set_new(all, "pins", pins);
	return all;
}

static void append_json(const struct pinned_list *list, struct str *out)
{
	json_t *agents = json_array(), *all = json_pack("{s:o}", "agents", agents);
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(agents, describe(&list->v[i]));
	text = all ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	str_append_z(out, text ? text : "{\"agents\":[]}");
	str_append_char(out, '\n');
	json_decref(all);
}

static const char *member(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

static void append_policy(const json_t *policy, struct str *out)
{
	const char *namespace = member(policy, "namespace");

	str_append_z(out, "  policy ");
	if (*namespace) {
		escape_word(out, namespace);
		str_append_char(out, '/');
	}
	escape_word(out, member(policy, "name"));
	str_append_z(out, ", domain ");
	escape_word(out, member(policy, "domain"));
	str_append_z(out, ", mode ");
	escape_word(out, member(policy, "mode"));
	str_append_char(out, '\n');
}

static void append_text(const struct pinned *pinned, struct str *out)
{
	json_t *all = describe(pinned), *policy;
	long long pid = json_integer_value(json_object_get(all, "pid"));
	size_t i;

	str_appendf(out, "%s: %s pid %lld\n", pinned->path,
		    pinned->in_use ? "of the agent with" : "left by an agent that has ended,", pid);
	json_array_foreach(json_object_get(all, "policies"), i, policy) append_policy(policy, out);
	for (i = 0; i < pinned->n; i++)
		str_appendf(out, "  pin %s\n", pinned->pins[i]);
	json_decref(all);
}

static enum status list(void *data, int argc, char **argv)
{
	_cleanup_(pinned_done) struct pinned_list found = PINNED_LIST_INIT;
	const struct settings *settings = data;
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	if (argc > 0) {
		complain("pins list takes no arguments");
		return STATUS_USAGE;
	}
	status = read_all(settings, &found);
	if (status != STATUS_OK)
		return status;
	if (settings->output == OUTPUT_JSON)
		append_json(&found, &out);
	else if (!found.n)
		str_append_z(&out, "Nothing is pinned.\n");
	for (size_t i = 0; settings->output == OUTPUT_TEXT && i < found.n; i++)
		append_text(&found.v[i], &out);
	return output_print(&out);
}

/* --- remove */

static bool is_named(const struct pinned *pinned, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], pinned->name) || !strcmp(argv[i], pinned->path))
			return true;
	return false;
}

static enum status check_names(const struct pinned_list *found, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		size_t at = 0;

		while (at < found->n && !is_named(&found->v[at], 1, &argv[i]))
			at++;
		if (at == found->n) {
			complain("nothing is pinned by the name of %s", argv[i]);
			return STATUS_FAILED;
		}
	}
	return STATUS_OK;
}

static enum status remove_one(const struct pinned *pinned, struct str *out)
{
	_cleanup_error_ struct error *err = NULL;
	int r = pinned_remove(pinned, &err);

	if (r < 0) {
		complain_error(err, r);
		return STATUS_FAILED;
	}
	str_appendf(out, "Removed %s, %zu pins.\n", pinned->path, pinned->n);
	return STATUS_OK;
}

static enum status remove_left(void *data, int argc, char **argv)
{
	_cleanup_(pinned_done) struct pinned_list found = PINNED_LIST_INIT;
	_cleanup_str_ struct str out = STR_INIT;
	enum status status = read_all(data, &found), printed;

	if (status == STATUS_OK)
		status = check_names(&found, argc, argv);
	for (size_t i = 0; status == STATUS_OK && i < found.n; i++)
		if (argc ? is_named(&found.v[i], argc, argv) : !found.v[i].in_use)
			status = remove_one(&found.v[i], &out);
	if (status == STATUS_OK && !out.len)
		str_append_z(&out, "Nothing was left by agents that have ended.\n");
	printed = output_print(&out);
	return status == STATUS_OK ? printed : status;
}

#define BPF_DIR                                                                          \
	{.name = "bpf-dir",                                                              \
	 .type = OPTION_STRING,                                                          \
	 .offset = AT(bpf_dir),                                                          \
	 .initial = "ocelli",                                                            \
	 .argument = "NAME",                                                             \
	 .help = "Where agents pin, as their option of that name: a directory of " BPFFS \
		 ", or an absolute path"}

static const struct option_spec list_options[] = {
	BPF_DIR,
	OUTPUT_OPTION(AT(output), "How to print what there is"),
};

static const struct option_spec remove_options[] = {BPF_DIR};

const struct command pins_list_command = {
	.name = "pins list",
	.summary = "List what agents have pinned in the kernel, and what was left there",
	.description =
		"What policies enforce is pinned in a BPF file system, so that it goes on when "
		"the agent is killed, or was told by --keep-sensors-on-exit to leave it. It "
		"ends when the next agent has taken over. No agent needs to run.",
	.options = list_options,
	.n_options = ARRAY_SIZE(list_options),
	.settings_size = sizeof(struct settings),
	.run = list,
};

const struct command pins_remove_command = {
	.name = "pins remove",
	.arguments = "[NAME...]",
	.summary = "End what agents that have ended left in the kernel",
	.description =
		"Nothing of it is enforced any more, at once. Names are those of directories "
		"in \"pins list\"; without one, all goes that is of no running agent.",
	.exit_status =
		"0 when nothing of it is left; 1 when something is, or is of a running agent",
	.operands = OPERANDS_OTHER,
	.options = remove_options,
	.n_options = ARRAY_SIZE(remove_options),
	.settings_size = sizeof(struct settings),
	.run = remove_left,
};
