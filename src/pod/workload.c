// SPDX-License-Identifier: Apache-2.0
#include "pod/workload.h"
#include "base/macro.h"

#include <ctype.h>
#include <string.h>

/* What a controller puts behind a name to make one that is free (apiserver, names/generate.go). */
#define RANDOM_LEN 5

static const char *label(const struct pod_container *c, const char *key)
{
	for (size_t i = 0; i < c->n_labels; i++)
		if (!strcmp(c->labels[i].key, key))
			return c->labels[i].value;
	return NULL;
}

/* Takes "-@suffix" off the end. Returns whether it was there, with something before it. */
static bool take_suffix(const char *name, size_t *len, const char *suffix)
{
	size_t n = strlen(suffix);

	if (*len <= n + 1 || memcmp(name + *len - n, suffix, n) != 0 || name[*len - n - 1] != '-')
		return false;
	*len -= n + 1;
	return true;
}

static bool take_random(const char *name, size_t *len)
{
	if (*len <= RANDOM_LEN + 1 || name[*len - RANDOM_LEN - 1] != '-')
		return false;
	*len -= RANDOM_LEN + 1;
	return true;
}

static bool take_number(const char *name, size_t *len, size_t least, size_t most)
{
	size_t n = *len;

	while (n && isdigit((unsigned char)name[n - 1]))
		n--;
	if (*len - n < least || *len - n > most || n < 2 || name[n - 1] != '-')
		return false;
	*len = n - 1;
	return true;
}

/* NAME-HASH-RANDOM: the hash is that of the ReplicaSet in between. */
static bool is_of_deployment(const struct pod_container *c, const char *hash, struct workload *ret)
{
	return take_random(ret->name, &ret->len) && take_suffix(ret->name, &ret->len, hash);
}

static bool is_of_stateful_set(const struct pod_container *c, const char *pod, struct workload *ret)
{
	return !strcmp(pod, c->pod_name) && take_number(ret->name, &ret->len, 1, 10);
}

/* A CronJob's jobs have the minute behind its name (controller/cronjob/utils.go). */
static bool is_of_job(const struct pod_container *c, const char *job, struct workload *ret)
{
	ret->name = job;
	ret->len = strlen(job);
	if (take_number(job, &ret->len, 8, 10))
		ret->kind = "CronJob";
	return ret->len > 0;
}

static bool is_of_daemon_set(const struct pod_container *c, const char *generation,
			     struct workload *ret)
{
	return take_random(ret->name, &ret->len);
}

bool workload_of(const struct pod_container *c, struct workload *ret)
{
	static const struct {
		const char *label, *kind;
		bool (*is)(const struct pod_container *c, const char *value, struct workload *ret);
	} controllers[] = {
		{"pod-template-hash", "Deployment", is_of_deployment},
		{"statefulset.kubernetes.io/pod-name", "StatefulSet", is_of_stateful_set},
		{"pod-template-generation", "DaemonSet", is_of_daemon_set},
		{"job-name", "Job", is_of_job},
	};

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		const char *value = label(c, controllers[i].label);
		struct workload w = {controllers[i].kind, c->pod_name, strlen(c->pod_name)};

		if (!value || !controllers[i].is(c, value, &w))
			continue;
		*ret = w;
		return true;
	}
	return false;
}
