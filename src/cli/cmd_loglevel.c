// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/remote.h"

#include "tetragon/sensors.pb-c.h"

#include <strings.h>

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

/* As the schema numbers them. */
static const char *const levels[] = {
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_PANIC] = "panic",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_FATAL] = "fatal",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_ERROR] = "error",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_WARN] = "warn",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_INFO] = "info",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_DEBUG] = "debug",
	[TETRAGON__LOG_LEVEL__LOG_LEVEL_TRACE] = "trace",
	NULL,
};

static enum status print(const struct settings *settings, unsigned level)
{
	_cleanup_str_ struct str out = STR_INIT;
	const char *word = level < ARRAY_SIZE(levels) - 1 ? levels[level] : "unknown";

	if (settings->output == OUTPUT_JSON) {
		json_put_begin(&out, NULL, '{');
		json_put_string(&out, "level", word);
		json_put_end(&out, '}');
		str_append_char(&out, '\n');
	} else {
		str_appendf(&out, "Log level: %s\n", word);
	}
	return output_print(&out);
}

static enum status get(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__GetDebugRequest request = TETRAGON__GET_DEBUG_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_remote_ struct remote remote;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("loglevel get takes no arguments");
		return STATUS_USAGE;
	}
	request.flag = TETRAGON__CONFIG_FLAG__CONFIG_FLAG_LOG_LEVEL;
	status = remote_get(&remote, "GetDebug", &request.base,
			    &tetragon__get_debug_response__descriptor, &answer);
	if (status != STATUS_OK)
		return status;
	return print(settings, ((const Tetragon__GetDebugResponse *)answer)->level);
}

static int find_level(const char *word)
{
	struct suggest suggest;

	suggest_init(&suggest, word, strlen(word), 2);
	for (int i = 0; levels[i]; i++) {
		if (!strcasecmp(levels[i], word))
			return i;
		suggest_offer(&suggest, levels[i]);
	}
	if (suggest.best)
		complain("there is no log level \"%s\" (did you mean %s?)", word, suggest.best);
	else
		complain("there is no log level \"%s\" (panic, fatal, error, warn, info, debug and "
			 "trace are)",
			 word);
	return -1;
}

static enum status set(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__SetDebugRequest request = TETRAGON__SET_DEBUG_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_remote_ struct remote remote;
	enum status status;
	int level;

	remote_init(&remote, &settings->common);
	if (argc != 1) {
		complain("loglevel set takes a level, info for one");
		return STATUS_USAGE;
	}
	level = find_level(argv[0]);
	if (level < 0)
		return STATUS_USAGE;
	request.flag = TETRAGON__CONFIG_FLAG__CONFIG_FLAG_LOG_LEVEL;
	request.arg_case = TETRAGON__SET_DEBUG_REQUEST__ARG_LEVEL;
	request.level = (Tetragon__LogLevel)level;
	status = remote_get(&remote, "SetDebug", &request.base,
			    &tetragon__set_debug_response__descriptor, &answer);
	if (status != STATUS_OK)
		return status;
	return print(settings, ((const Tetragon__SetDebugResponse *)answer)->level);
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
};

const struct command loglevel_get_command = {
	.name = "loglevel get",
	.summary = "Tell how much the agent logs",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = get,
};

static const struct example examples[] = {
	{"ocelli loglevel set debug", "Has the agent log more, until it is told otherwise or ends"},
	{0},
};

const struct command loglevel_set_command = {
	.name = "loglevel set",
	.arguments = "LEVEL",
	.operands = OPERANDS_WORDS,
	.words = levels,
	.summary = "Have the agent log more, or less",
	.description =
		"Levels are panic, fatal, error, warn, info, debug and trace. Prints the one "
		"that the agent has then.",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = set,
};
