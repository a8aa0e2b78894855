// SPDX-License-Identifier: Apache-2.0
#include "replay/subject.h"
#include "base/macro.h"
#include "pod/pods.h"
#include "policy/alloc.h"
#include "policy/vocabulary.h"
#include "replay/value.h"

#include <string.h>

static const char *text(const char *s)
{
	return s ? s : "";
}

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){s, strlen(s)};
}

/* --- what it executes */

/* A name that counts: see hook_process.bpf.h. */
static bool is_name(const char *s)
{
	size_t len = strlen(s);

	return s[0] == '/' && !strstr(s, "/../") && !(len >= 3 && !strcmp(s + len - 3, "/.."));
}

static bool is_truncated(const Tetragon__Process *p, const char *field)
{
	for (size_t i = 0; i < p->n_truncated; i++)
		if (!strcmp(text(p->truncated[i]->field), field))
			return true;
	return false;
}

/* The path is known where events have all fields; the name that it was invoked by in all. */
static void read_image(struct subject *s, const Tetragon__Process *p)
{
	const char *names[] = {p->binary, p->interpreter};

	s->knows_image = p->exe[0] && !is_truncated(p, "exe") && !is_truncated(p, "binary") &&
			 !is_truncated(p, "interpreter") && !recorded_changed(p->exe);
	if (p->exe[0])
		s->caller.image = bytes_of(p->exe);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		s->knows_image &= !recorded_changed(names[i]);
		if (is_name(names[i]))
			s->caller.names[i].path = bytes_of(names[i]);
	}
}

/* --- strings */

static void read_arguments(struct subject *s, const Tetragon__Process *p, struct arena *arena)
{
	struct bytes *v = alloc_array(arena, p->n_argv, sizeof(*v));
	bool known = p->n_argv && !is_truncated(p, "arguments") && !strstr(p->flags, "truncArgs") &&
		     !strstr(p->flags, "errorArgs");

	for (size_t i = 0; v && i < p->n_argv; i++) {
		v[i] = bytes_of(p->argv[i]);
		known &= !recorded_changed(p->argv[i]);
	}
	s->caller.strings[0] = v;
	s->caller.n_strings[0] = v ? p->n_argv : 0;
	s->knows_strings[0] = known;
}

/* Whether there are others nobody knows: they may have been left out. */
static void read_environment(struct subject *s, const Tetragon__Process *p, struct arena *arena)
{
	struct bytes *v = alloc_array(arena, p->n_environment_variables, sizeof(*v));

	s->caller.strings[1] = v;
	for (size_t i = 0; v && i < p->n_environment_variables; i++) {
		const Tetragon__EnvVar *var = p->environment_variables[i];
		size_t key = strlen(var->key), value = strlen(var->value);
		char *both = arena_alloc(arena, key + value + 2);

		if (!both)
			return;
		memcpy(both, var->key, key);
		both[key] = '=';
		memcpy(both + key + 1, var->value, value + 1);
		if (!recorded_changed(both))
			v[s->caller.n_strings[1]++] = (struct bytes){both, key + value + 1};
	}
}

/* --- numbers */

static uint64_t bits(size_t n, const Tetragon__CapabilitiesType *v)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < n; i++)
		if ((unsigned)v[i] < 64)
			mask |= 1ULL << v[i];
	return mask;
}

static void read_capabilities(struct subject *s, const Tetragon__Capabilities *cap)
{
	uint64_t *to = s->caller.capabilities;

	if (!cap)
		return;
	s->knows_capabilities = true;
	to[CAPABILITY_SET_EFFECTIVE] = bits(cap->n_effective, cap->effective);
	to[CAPABILITY_SET_INHERITABLE] = bits(cap->n_inheritable, cap->inheritable);
	to[CAPABILITY_SET_PERMITTED] = bits(cap->n_permitted, cap->permitted);
}

static const Tetragon__Namespace *namespace_at(const Tetragon__Namespaces *ns, unsigned kind)
{
	const Tetragon__Namespace *const v[_EXEC_NS_MAX] = {
		[EXEC_NS_UTS] = ns->uts,
		[EXEC_NS_IPC] = ns->ipc,
		[EXEC_NS_MNT] = ns->mnt,
		[EXEC_NS_PID] = ns->pid,
		[EXEC_NS_PID_FOR_CHILDREN] = ns->pid_for_children,
		[EXEC_NS_NET] = ns->net,
		[EXEC_NS_TIME] = ns->time,
		[EXEC_NS_TIME_FOR_CHILDREN] = ns->time_for_children,
		[EXEC_NS_CGROUP] = ns->cgroup,
		[EXEC_NS_USER] = ns->user,
	};

	return v[kind];
}

static void read_namespaces(struct subject *s, const Tetragon__Namespaces *ns)
{
	for (unsigned i = 0; ns && i < _EXEC_NS_MAX; i++) {
		const Tetragon__Namespace *v = namespace_at(ns, i);

		if (!v || !v->inum)
			continue;
		s->caller.namespaces[i] = v->inum;
		s->namespaces |= 1U << i;
	}
}

void subject_host_namespaces(const Tetragon__Process *process, uint32_t ret[_EXEC_NS_MAX])
{
	for (unsigned i = 0; i < _EXEC_NS_MAX; i++) {
		const Tetragon__Namespace *v =
			process && process->ns ? namespace_at(process->ns, i) : NULL;

		/* No namespace has the greatest number. */
		ret[i] = v && v->is_host && v->inum ? v->inum : UINT32_MAX;
	}
}

static void read_user(struct subject *s, enum user_id which, const Google__Protobuf__UInt32Value *v)
{
	if (!v)
		return;
	s->caller.users[which] = v->value;
	s->users |= 1U << which;
}

static void read_users(struct subject *s, const Tetragon__Process *p)
{
	const Tetragon__ProcessCredentials *c = p->process_credentials;

	read_user(s, USER_ID_EFFECTIVE, p->uid);
	if (!c)
		return;
	read_user(s, USER_ID_EFFECTIVE, c->euid);
	read_user(s, USER_ID_REAL, c->uid);
	read_user(s, USER_ID_SAVED, c->suid);
	read_user(s, USER_ID_FILESYSTEM, c->fsuid);
}

/* --- its container */

static const struct pod_container *read_pod(const Tetragon__Pod *pod, struct arena *arena)
{
	const Tetragon__Container *container = pod ? pod->container : NULL;
	struct pod_container *c = pod ? alloc_array(arena, 1, sizeof(*c)) : NULL;
	struct pod_label *labels =
		pod ? alloc_array(arena, pod->n_pod_labels, sizeof(*labels)) : NULL;

	if (!c || !labels)
		return NULL;
	for (size_t i = 0; i < pod->n_pod_labels; i++)
		labels[i] = (struct pod_label){text(pod->pod_labels[i]->key),
					       text(pod->pod_labels[i]->value)};
	*c = (struct pod_container){
		.id = container ? container->id : "",
		.name = container ? container->name : "",
		.image = container && container->image ? container->image->name : "",
		.image_id = container && container->image ? container->image->id : "",
		.runtime = "",
		.pod_name = pod->name,
		.pod_namespace = pod->namespace_,
		.pod_uid = pod->uid,
		.labels = labels,
		.n_labels = pod->n_pod_labels,
	};
	return c;
}

/* --- */

static void read_process(struct subject *s, const Tetragon__Process *p, struct arena *arena)
{
	s->caller.pid = p->pid ? p->pid->value : 0;
	s->caller.nspid = p->nspid;
	/* Who has no container at the call is told without one; of who is unknown that says
	 * nothing. */
	s->caller.host = !p->docker[0] && !p->container_id[0] && !p->pod;
	s->caller.container = read_pod(p->pod, arena);
	s->knows_host = !s->caller.host || (p->exec_id[0] && !p->forgotten);
	/* Their parents are none, or threads of the kernel. */
	s->is_first = p->pid && p->pid->value <= 2;
	read_image(s, p);
	read_arguments(s, p, arena);
	read_environment(s, p, arena);
	read_capabilities(s, p->cap);
	read_namespaces(s, p->ns);
	read_users(s, p);
}

struct subject *subject_read(const Tetragon__Process *process, const Tetragon__Process *parent,
			     Tetragon__Process *const *ancestors, size_t n_ancestors,
			     struct arena *arena)
{
	size_t n = process ? 1 + !!parent + (parent ? n_ancestors : 0) : 0;
	struct subject *v = alloc_array(arena, n, sizeof(*v));

	for (size_t i = 0; v && i < n; i++) {
		read_process(&v[i], !i ? process : i == 1 ? parent : ancestors[i - 2], arena);
		if (i + 1 < n)
			v[i].caller.parent = &v[i + 1].caller;
	}
	return n ? v : NULL;
}
