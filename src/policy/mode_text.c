// SPDX-License-Identifier: Apache-2.0
#include "policy/mode_text.h"
#include "base/cleanup.h"
#include "policy/policy.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <string.h>

#define OPTION "policy-mode"

/* A place in the text, what of it goes, and what comes there. */
struct edit {
	size_t at, len;
	struct str text;
};

static const char *word_of(enum policy_mode mode)
{
	return mode == POLICY_MODE_MONITOR ? "monitor" : "enforce";
}

static int read_one(const char *text, size_t len, struct policies *policies, struct error **reterr)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str errors = STR_INIT;
	int r = policies_read(policies, &diags, NULL, text, len);

	if (r < 0)
		return error_set(reterr, r, "out of memory");
	diagnostics_errors(&diags, SIZE_MAX / 2, &errors);
	if (diags.counts[SEVERITY_ERROR])
		return error_set(reterr, -EINVAL, "%s",
				 str_cstr(&errors) ? errors.data : "there are errors in it");
	if (policies->n != 1)
		return error_set(reterr, -EINVAL, "there are %zu policies in this text",
				 policies->n);
	return 0;
}

/* Of a scalar, in the text, as far as it can be told. */
static size_t length_of(const char *text, size_t len, size_t at, const struct policy_text *value)
{
	char quote = text[at];
	size_t end = at + 1;

	if (quote != '\'' && quote != '"')
		return MIN(value->len, len - at);
	while (end < len && text[end] != quote)
		end++;
	return MIN(end + 1, len) - at;
}

/* What a block of a mapping or sequence begins with is in the same column in its other lines. */
static size_t indent_of(const char *text, size_t at, const char **ret)
{
	size_t n = 0;

	while (n < at && text[at - n - 1] != '\n' && text[at - n - 1] != '\r')
		n++;
	*ret = text + at - n;
	return n;
}

static void edit_option(struct edit *edit, const char *text, size_t len,
			const struct policy_option *option, enum policy_mode mode)
{
	edit->at = yaml_offset(text, len, option->value.mark);
	edit->len = length_of(text, len, edit->at, &option->value);
	str_append_z(&edit->text, word_of(mode));
}

/* The first item of the list, or a list of its own: it begins at the mark of what there is. */
static void edit_block(struct edit *edit, const char *text, size_t len, struct mark mark,
		       enum policy_mode mode, bool has_list)
{
	const char *key = has_list ? "" : "options:", *indent;
	size_t n;

	edit->at = yaml_offset(text, len, mark);
	if (edit->at < len && (text[edit->at] == '[' || text[edit->at] == '{')) {
		edit->at++;
		str_appendf(&edit->text, "%s%s{name: " OPTION ", value: %s}%s, ", key,
			    has_list ? "" : " [", word_of(mode), has_list ? "" : "]");
		return;
	}
	n = indent_of(text, edit->at, &indent);
	if (!has_list)
		str_appendf(&edit->text, "%s\n%.*s", key, (int)n, indent);
	str_appendf(&edit->text, "- {name: " OPTION ", value: %s}\n%.*s", word_of(mode), (int)n,
		    indent);
}

static void find_edit(struct edit *edit, const char *text, size_t len, const struct policy *policy,
		      enum policy_mode mode)
{
	const struct policy_options *options = &policy->spec.options;
	const struct policy_option *last = NULL;

	/* The last of them counts. */
	for (size_t i = 0; i < options->n; i++)
		if (!strcmp(options->v[i].name.s, OPTION) && POLICY_SET(options->v[i].value))
			last = &options->v[i];
	if (last)
		edit_option(edit, text, len, last, mode);
	else if (POLICY_SET(*options))
		edit_block(edit, text, len, options->mark, mode, true);
	else
		edit_block(edit, text, len, policy->spec.mark, mode, false);
}

/* Anchors and the like may have it mean another thing. */
static int check(const char *text, size_t len, enum policy_mode mode, struct error **reterr)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;

	if (read_one(text, len, &policies, NULL) >= 0 && policies.v[0]->settings.mode == mode)
		return 0;
	error_set(reterr, -EINVAL, "the option \"" OPTION "\" cannot be written into this text");
	error_remedy(reterr, "write it under spec.options, with the value \"%s\"", word_of(mode));
	return -EINVAL;
}

int policy_mode_text(const char *text, size_t len, enum policy_mode mode, struct str *out,
		     struct error **reterr)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	struct edit edit = {.text = STR_INIT};
	size_t start = out->len;
	int r = read_one(text, len, &policies, reterr);

	if (r < 0)
		return r;
	find_edit(&edit, text, len, policies.v[0], mode);
	str_append(out, text, edit.at);
	str_append(out, edit.text.data, edit.text.len);
	str_append(out, text + edit.at + edit.len, len - edit.at - edit.len);
	out->failed |= edit.text.failed;
	str_free(&edit.text);
	if (out->failed)
		return error_set(reterr, -ENOMEM, "out of memory");
	return check(out->data + start, out->len - start, mode, reterr);
}
