// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/bugtool.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/output.h"
#include "cli/progress.h"

#include <string.h>

struct settings {
	struct common_settings common;
	char *out;
	int output;
	struct strings include;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void gather(struct bugtool *tool, const struct settings *settings)
{
	static const char version[] = "ocelli " OCELLI_VERSION ", " __VERSION__ "\n";
	_cleanup_progress_ bool begun = progress_begin("asking the agent");
	_cleanup_remote_ struct remote remote;
	struct common_settings once = settings->common;

	once.retries = 0;
	remote_init(&remote, &once);
	bugtool_add(tool, "version", "of this command", version, strlen(version));
	bugtool_agent(tool, &remote);
	progress_step("looking at the host");
	bugtool_host(tool);
	for (size_t i = 0; i < settings->include.n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "included/%zu", i + 1);
		bugtool_add_file(tool, name, settings->include.v[i]);
	}
}

static enum status report(const struct bugtool *tool, const char *path)
{
	_cleanup_str_ struct str out = STR_INIT;

	if (tool->json) {
		json_put_begin(&out, NULL, '{');
		json_put_string(&out, "archive", path);
		json_put_begin(&out, "files", '[');
		str_append(&out, tool->manifest.data, tool->manifest.len);
		json_put_end(&out, ']');
		json_put_end(&out, '}');
		str_append_char(&out, '\n');
		return output_print(&out);
	}
	str_append(&out, tool->manifest.data, tool->manifest.len);
	str_appendf(&out,
		    "%s has %zu files, without what may be secrets; look at it before you "
		    "give it away\n",
		    path, tool->files);
	return output_print(&out);
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	struct bugtool tool = {.json = settings->output == OUTPUT_JSON};
	_cleanup_error_ struct error *err = NULL;
	enum status status = STATUS_FAILED;
	int r;

	if (argc > 0) {
		complain("bugtool takes no arguments (--out names the file)");
		return STATUS_USAGE;
	}
	r = archive_create(settings->out, &tool.archive, &err);
	if (r >= 0) {
		gather(&tool, settings);
		archive_add(tool.archive, "ocelli-bugtool/MANIFEST", tool.manifest.data,
			    tool.manifest.len);
		r = archive_close(&tool.archive, &err);
	}
	if (r < 0)
		complain_error(err, r);
	else
		status = report(&tool, settings->out);
	str_free(&tool.manifest);
	return status;
}

#define NOT_RUN "no other programs are run"

static const struct option_spec options[] = {
	{.name = "out",
	 .letter = 'o',
	 .type = OPTION_STRING,
	 .offset = AT(out),
	 .initial = "ocelli-bugtool.tar.gz",
	 .argument = "FILE",
	 .help = "The archive to write, which must not be there"},
	{.name = "output",
	 .type = OPTION_CHOICE,
	 .choices = output_format_names,
	 .offset = AT(output),
	 .initial = "text",
	 .argument = "FORMAT",
	 .help = "How to print what is in it"},
	{.name = "include",
	 .type = OPTION_STRINGS,
	 .offset = AT(include),
	 .argument = "FILE",
	 .help = "Put in these files, too: the agent's log, a policy"},
	{.name = "bpftool", .type = OPTION_STRING, .inert = NOT_RUN},
	{.name = "gops", .type = OPTION_STRING, .inert = NOT_RUN},
};

static const struct example examples[] = {
	{"ocelli bugtool --include /var/log/ocellid.log", "Writes ocelli-bugtool.tar.gz"},
	{"tar -xzOf ocelli-bugtool.tar.gz ocelli-bugtool/MANIFEST", "Tells what is in it"},
	{0},
};

const struct command bugtool_command = {
	.name = "bugtool",
	.summary = "Put into an archive what helps in a bug report",
	.description = "What the agent says of itself, its policies and options, what the kernel "
		       "says of its "
		       "process and its BPF programs, what the host is, what ocelli doctor found, "
		       "and of the "
		       "kernel's log the lines about these. No events and no environment of any "
		       "process are "
		       "in it; values of what is called a password, token, secret or the like are "
		       "replaced, "
		       "and so is what stands before an @ in URLs. All files and where they are "
		       "from are in "
		       "MANIFEST. Of a file, the first 4 MiB are taken.",
	.exit_status =
		"0 when the archive was written, whatever is missing in it; 1 when it was not",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
