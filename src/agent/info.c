// SPDX-License-Identifier: Apache-2.0
#include "agent/answer.h"
#include "agent/commit.h"
#include "agent/info.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/macro.h"
#include "base/str.h"
#include "probe/prober.h"

#include "google/protobuf/wrappers.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct info_probes {
	size_t n;
	struct {
		const char *name;
		bool enabled;
	} v[];
};

struct info_probes *info_probe(const atomic_bool *stop)
{
	struct info_probes *probes =
		calloc(1, sizeof(*probes) + feature_count() * sizeof(probes->v[0]));
	struct prober *prober;

	if (!probes || prober_new(&prober) < 0) {
		free(probes);
		return NULL;
	}
	for (size_t i = 0; i < feature_count() && !*stop; i++) {
		const struct feature *feature = feature_at(i);
		_cleanup_finding_ struct finding finding = {0};

		if (!feature->reference)
			continue;
		prober_try(prober, feature, &finding);
		probes->v[probes->n].name = feature->reference;
		probes->v[probes->n++].enabled = finding.state == FEATURE_PRESENT;
	}
	prober_free(&prober);
	if (*stop)
		info_probes_free(&probes);
	return probes;
}

void info_probes_free(struct info_probes **probes)
{
	free(*probes);
	*probes = NULL;
}

static int tell_probes(const struct info_probes *probes, struct arena *arena,
		       Tetragon__GetInfoResponse *answer)
{
	Google__Protobuf__BoolValue *enabled =
		arena_alloc(arena, (probes->n + 1) * sizeof(*enabled));

	if (!ANSWER_LIST(arena, probes->n, Tetragon__GetInfoResponse__Probe, answer->probes) ||
	    !enabled)
		return -ENOMEM;
	for (size_t i = 0; i < probes->n; i++) {
		tetragon__get_info_response__probe__init(answer->probes[i]);
		google__protobuf__bool_value__init(&enabled[i]);
		enabled[i].value = probes->v[i].enabled;
		answer->probes[i]->name = answer_text(probes->v[i].name);
		answer->probes[i]->enabled = &enabled[i];
	}
	answer->n_probes = probes->n;
	return 0;
}

static int pack(const ProtobufCMessage *value, const char *type, struct arena *arena,
		Google__Protobuf__Any *to)
{
	size_t len = protobuf_c_message_get_packed_size(value);

	to->type_url = answer_text(type);
	to->value.data = arena_alloc(arena, len + 1);
	if (!to->value.data)
		return -ENOMEM;
	to->value.len = protobuf_c_message_pack(value, to->value.data);
	return 0;
}

static int pack_bool(bool v, struct arena *arena, Google__Protobuf__Any *to)
{
	Google__Protobuf__BoolValue value = GOOGLE__PROTOBUF__BOOL_VALUE__INIT;

	value.value = v;
	return pack(&value.base, "type.googleapis.com/google.protobuf.BoolValue", arena, to);
}

static int pack_number(int64_t v, struct arena *arena, Google__Protobuf__Any *to)
{
	Google__Protobuf__Int64Value value = GOOGLE__PROTOBUF__INT64_VALUE__INIT;

	value.value = v;
	return pack(&value.base, "type.googleapis.com/google.protobuf.Int64Value", arena, to);
}

static int pack_string(const char *v, struct arena *arena, Google__Protobuf__Any *to)
{
	Google__Protobuf__StringValue value = GOOGLE__PROTOBUF__STRING_VALUE__INIT;

	if (!v)
		return -ENOMEM;
	value.value = answer_text(v);
	return pack(&value.base, "type.googleapis.com/google.protobuf.StringValue", arena, to);
}

static void append_list(struct str *out, const struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		str_appendf(out, "%s%s", i ? "," : "", list->v[i]);
}

static int pack_option(const struct option_spec *spec, const void *value, struct arena *arena,
		       Google__Protobuf__Any *to)
{
	_cleanup_str_ struct str text = STR_INIT;
	const char *string;

	switch (spec->type) {
	case OPTION_BOOL:
		return pack_bool(*(const bool *)value, arena, to);
	case OPTION_INT:
		return pack_number(*(const int64_t *)value, arena, to);
	case OPTION_SIZE:
		return pack_number((int64_t)*(const uint64_t *)value, arena, to);
	case OPTION_DURATION:
		duration_append(&text, (int64_t)*(const uint64_t *)value);
		break;
	case OPTION_MODE:
		str_appendf(&text, "%o", *(const unsigned *)value);
		break;
	case OPTION_STRING:
		string = *(char *const *)value;
		str_append_z(&text, string ? string : "");
		break;
	case OPTION_STRINGS:
		append_list(&text, value);
		break;
	case OPTION_CHOICE:
		str_append_z(&text, spec->choices[*(const int *)value]);
		break;
	}
	return pack_string(str_cstr(&text), arena, to);
}

static int tell_options(const struct settings *s, struct arena *arena,
			Tetragon__GetInfoResponse *answer)
{
	Google__Protobuf__Any *values = arena_alloc(arena, settings_n_options * sizeof(*values));

	if (!ANSWER_LIST(arena, settings_n_options, Tetragon__GetInfoResponse__ConfVal,
			 answer->conf) ||
	    !values)
		return -ENOMEM;
	for (size_t i = 0; i < settings_n_options; i++) {
		const struct option_spec *spec = &settings_options[i];
		Tetragon__GetInfoResponse__ConfVal *to = answer->conf[answer->n_conf];

		/* What cannot be set, or has to be on the command line each time, is no setting. */
		if (spec->inert || spec->refuse || spec->source == OPTION_FROM_ARGS)
			continue;
		tetragon__get_info_response__conf_val__init(to);
		google__protobuf__any__init(&values[i]);
		if (pack_option(spec, (const char *)s + spec->offset, arena, &values[i]) < 0)
			return -ENOMEM;
		to->key = answer_text(spec->name);
		to->value = &values[i];
		answer->n_conf++;
	}
	return 0;
}

static int tell_commit(Tetragon__GetInfoResponse__BuildInfo *build, struct arena *arena)
{
	static const char commit[] = COMMIT, dirty[] = "-dirty";
	const char *end = strstr(commit, dirty);
	size_t len = end ? (size_t)(end - commit) : strlen(commit);

	if (!strcmp(commit, "none"))
		return 0;
	build->commit = arena_alloc(arena, len + 1);
	if (!build->commit)
		return -ENOMEM;
	memcpy(build->commit, commit, len);
	build->commit[len] = '\0';
	build->modified = answer_text(end ? "true" : "false");
	return 0;
}

int info_tell(const struct settings *settings, const struct info_probes *probes,
	      const char *node_name, struct arena *arena, Tetragon__GetInfoResponse *answer)
{
	Tetragon__GetInfoResponse__BuildInfo *build = arena_alloc(arena, sizeof(*build));

	if (!build)
		return -ENOMEM;
	tetragon__get_info_response__build_info__init(build);
	/* Clients print it as what the agent was built with. */
	build->go_version = answer_text("none, C with " __VERSION__);
	if (tell_commit(build, arena) < 0)
		return -ENOMEM;
	answer->build = build;
	answer->version = answer_text(OCELLI_VERSION);
	answer->name = answer_text(node_name);
	if (tell_probes(probes, arena, answer) < 0)
		return -ENOMEM;
	return tell_options(settings, arena, answer);
}
