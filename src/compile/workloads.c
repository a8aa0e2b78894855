// SPDX-License-Identifier: Apache-2.0
#include "compile/workloads.h"

#include <string.h>

/* Labels of pods have a name for where they are from (pkg/policyfilter: labels). */
#define NAMESPACE_LABEL "k8s:io.kubernetes.pod.namespace"

/* A value, of which there may be more behind it. */
struct word {
	const char *s;
	size_t len;
};

typedef bool (*find_fn)(const struct pod_container *container, const char *key, struct word *ret);

bool workload_scope_of(const struct policy_workloads *w, struct workload_scope *ret)
{
	*ret = (struct workload_scope){
		.namespace = w->namespace,
		.pods = POLICY_SET(w->pods) ? &w->pods : NULL,
		.containers = POLICY_SET(w->containers) ? &w->containers : NULL,
		.host = POLICY_SET(w->host),
	};
	return ret->namespace || ret->pods || ret->containers;
}

static struct word word(const char *s)
{
	return (struct word){s, strlen(s)};
}

static bool find_label(const struct pod_container *c, const char *key, struct word *ret)
{
	if (!strcmp(key, NAMESPACE_LABEL)) {
		*ret = word(c->pod_namespace);
		return true;
	}
	for (size_t i = 0; i < c->n_labels; i++) {
		if (strcmp(c->labels[i].key, key) != 0)
			continue;
		*ret = word(c->labels[i].value);
		return true;
	}
	return false;
}

/* The image without its tag, or its digest: what is behind a colon in front of a slash is a port.
 */
static struct word repository(const struct pod_container *c)
{
	const char *at = strchr(c->image_id, '@'), *slash, *colon;

	if (at)
		return (struct word){c->image_id, (size_t)(at - c->image_id)};
	slash = strrchr(c->image, '/');
	colon = strchr(slash ? slash : c->image, ':');
	at = strchr(c->image, '@');
	if (at && (!colon || at < colon))
		colon = at;
	return colon ? (struct word){c->image, (size_t)(colon - c->image)} : word(c->image);
}

static bool find_field(const struct pod_container *c, const char *key, struct word *ret)
{
	*ret = !strcmp(key, "name")   ? word(c->name)
	       : !strcmp(key, "repo") ? repository(c)
				      : (struct word){"", 0};
	return ret->len > 0;
}

static bool is_equal(const struct word *word, const struct policy_text *text)
{
	return word->len == text->len && !memcmp(word->s, text->s, text->len);
}

static bool is_one_of(const struct word *word, const struct policy_texts *values)
{
	for (size_t i = 0; i < values->n; i++)
		if (is_equal(word, &values->v[i]))
			return true;
	return false;
}

static bool holds(const struct policy_label_match *m, bool found, const struct word *value)
{
	switch (m->operator.v) {
	case LABEL_IN:
		return found && is_one_of(value, &m->values);
	case LABEL_NOT_IN:
		return !found || !is_one_of(value, &m->values);
	case LABEL_EXISTS:
		return found;
	case LABEL_DOES_NOT_EXIST:
		return !found;
	}
	return false;
}

static bool select(const struct policy_labels *labels, const struct pod_container *c, find_fn find)
{
	struct word value = {"", 0};

	for (size_t i = 0; i < labels->match_labels.n; i++) {
		const struct policy_pair *pair = &labels->match_labels.v[i];

		if (!find(c, pair->key.s, &value) || !is_equal(&value, &pair->value))
			return false;
	}
	for (size_t i = 0; i < labels->match_expressions.n; i++) {
		const struct policy_label_match *m = &labels->match_expressions.v[i];
		bool found = find(c, m->key.s, &value);

		if (!holds(m, found, &value))
			return false;
	}
	return true;
}

bool workload_scope_has(const struct workload_scope *scope, const struct pod_container *c)
{
	if (scope->namespace && strcmp(scope->namespace, c->pod_namespace) != 0)
		return false;
	if ((scope->namespace || scope->pods) && !*c->pod_name)
		return false;
	return (!scope->pods || select(scope->pods, c, find_label)) &&
	       (!scope->containers || select(scope->containers, c, find_field));
}
