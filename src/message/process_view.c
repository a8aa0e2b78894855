// SPDX-License-Identifier: Apache-2.0
#include "message/process_view.h"
#include "base/clock.h"
#include "base/macro.h"
#include "message/arguments.h"
#include "message/exec_id.h"
#include "message/names.h"
#include "message/texts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAGIC_TMPFS 0x01021994
/* The schema has as much of a container's id as fits into its elder's fixed field. */
#define DOCKER_LEN 31
#define CAP_LAST 40

static Google__Protobuf__UInt32Value *number(Google__Protobuf__UInt32Value *value, uint32_t v)
{
	google__protobuf__uint32_value__init(value);
	value->value = v;
	return value;
}

void process_view_init(struct process_view *view, const struct process *process, bool of_exec)
{
	tetragon__process__init(&view->message);
	view->process = process;
	view->filled = false;
	view->of_exec = of_exec;
	view->of_hook = false;
	view->thread = process->key.pid;
	view->message.pid = number(&view->pid, process->key.pid);
	if (process->flags & PROCESS_INIT_KNOWN) {
		google__protobuf__bool_value__init(&view->in_init_tree);
		view->in_init_tree.value = !!(process->flags & PROCESS_INIT_TREE);
		view->message.in_init_tree = &view->in_init_tree;
	}
}

/* What one filling works with. */
struct fill {
	struct process_view *view;
	const struct view_context *context;
	struct arena *arena;
	struct texts texts;
};

static char *hold(struct fill *f, struct str *s)
{
	return texts_hold(&f->texts, s);
}

static char *text(struct fill *f, const char *s, size_t len)
{
	return texts_borrow(&f->texts, s, len);
}

static char *text_z(struct fill *f, const char *s)
{
	return text(f, s, strlen(s));
}

static char *copy_text(struct fill *f, const char *s, size_t len)
{
	return texts_copy(&f->texts, s, len);
}

static _printf_(2, 3) char *format(struct fill *f, const char *fmt, ...)
{
	char buf[128];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return copy_text(f, buf, MIN((size_t)n, sizeof(buf) - 1));
}

/* Text that is put together in a buffer of usual size on the stack. */
#define STACK_STR(name, size)  \
	char name##_buf[size]; \
	struct str name = {.data = name##_buf, .cap = sizeof(name##_buf)}

static char *exec_id(struct fill *f, const struct process_key *key)
{
	const char *node = f->context->config->node_name;
	/* "NODE:KTIME:PID" with two numbers of at most 20 digits, in base64. */
	size_t room = (strnlen(node, 512) + 44) / 3 * 4 + 8;
	struct str s = {.data = arena_alloc(f->arena, room), .cap = room};

	if (!s.data) {
		f->texts.failed = true;
		return (char *)protobuf_c_empty_string;
	}
	exec_id_append(&s, node, key);
	s.data[s.len] = '\0';
	return s.data;
}

static Google__Protobuf__Timestamp *wall_time(const struct fill *f,
					      Google__Protobuf__Timestamp *value, uint64_t boot)
{
	uint64_t ns = boot + f->context->boot_to_wall;

	google__protobuf__timestamp__init(value);
	value->seconds = (int64_t)(ns / NSEC_PER_SEC);
	value->nanos = (int32_t)(ns % NSEC_PER_SEC);
	return value;
}

static bool root_cwd(const struct image *image)
{
	return image->cwd && image->cwd[0] == '/' && !image->cwd[1];
}

/* In the order that consumers know. */
static char *flags_text(struct fill *f)
{
	const struct process *p = f->view->process;
	const struct image *image = p->image;
	uint32_t exec = image ? image->exec.flags : 0;
	const struct field *argv = image ? &image->exec.field[EXEC_ARGV] : NULL;
	const struct {
		bool set;
		const char *name;
	} flags[] = {
		{image && !(p->flags & (PROCESS_FORKED | PROCESS_OLDER)), "execve"},
		{p->flags & PROCESS_OLDER, "procFS"},
		{exec & EXEC_ERROR_ENV, "errorEnvs"},
		{argv && argv->kept < argv->size && !(exec & EXEC_ERROR_ARGV), "truncArgs"},
		{exec & EXEC_ERROR_FILENAME, "errorFilename"},
		{exec & EXEC_ERROR_ARGV, "errorArgs"},
		{image && root_cwd(image), "rootcwd"},
		{exec & EXEC_ERROR_CWD && !(exec & EXEC_KTHREAD), "errorCWD"},
		{p->flags & PROCESS_CLONED, "clone"},
		{exec & (EXEC_CWD_UNREACHABLE | EXEC_CWD_DELETED), "errorPathResolutionCwd"},
		{!image, "unknown"},
		{p->flags & PROCESS_INIT_TREE, "inInitTree"},
	};
	STACK_STR(s, 192);

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!flags[i].set)
			continue;
		if (s.len)
			str_append_char(&s, ' ');
		str_append_z(&s, flags[i].name);
	}
	return copy_text(f, s.data, s.len);
}

static char *arguments(struct fill *f, const struct image *image)
{
	size_t len = image->exec.field[EXEC_ARGV].kept;
	/* Each string grows by at most two quotes and a space; an empty one takes a byte. */
	size_t room = 4 * len + 8;
	struct str joined = STR_INIT;
	char stack[1024], *valid;

	if (room <= sizeof(stack)) {
		struct str s = {.data = stack, .cap = sizeof(stack)};

		arguments_append(&s, image->argv, len);
		return copy_text(f, s.data, s.len);
	}
	arguments_append(&joined, image->argv, len);
	valid = hold(f, &joined);
	return text_z(f, valid);
}

static Tetragon__Capabilities *capabilities(struct process_view *v, const struct exec_cred *cred)
{
	const uint64_t masks[] = {cred->permitted, cred->effective, cred->inheritable};
	size_t n[3] = {0};

	for (size_t i = 0; i < ARRAY_SIZE(masks); i++)
		for (int cap = 0; cap <= CAP_LAST; cap++)
			if (masks[i] >> cap & 1)
				v->cap_values[i][n[i]++] = (Tetragon__CapabilitiesType)cap;
	tetragon__capabilities__init(&v->cap);
	v->cap.n_permitted = n[0];
	v->cap.permitted = v->cap_values[0];
	v->cap.n_effective = n[1];
	v->cap.effective = v->cap_values[1];
	v->cap.n_inheritable = n[2];
	v->cap.inheritable = v->cap_values[2];
	return &v->cap;
}

static Tetragon__Namespaces *namespaces(struct process_view *v, const uint32_t *inum,
					const uint32_t *host)
{
	static const size_t members[_EXEC_NS_MAX] = {
		[EXEC_NS_UTS] = offsetof(Tetragon__Namespaces, uts),
		[EXEC_NS_IPC] = offsetof(Tetragon__Namespaces, ipc),
		[EXEC_NS_MNT] = offsetof(Tetragon__Namespaces, mnt),
		[EXEC_NS_PID] = offsetof(Tetragon__Namespaces, pid),
		[EXEC_NS_PID_FOR_CHILDREN] = offsetof(Tetragon__Namespaces, pid_for_children),
		[EXEC_NS_NET] = offsetof(Tetragon__Namespaces, net),
		[EXEC_NS_TIME] = offsetof(Tetragon__Namespaces, time),
		[EXEC_NS_TIME_FOR_CHILDREN] = offsetof(Tetragon__Namespaces, time_for_children),
		[EXEC_NS_CGROUP] = offsetof(Tetragon__Namespaces, cgroup),
		[EXEC_NS_USER] = offsetof(Tetragon__Namespaces, user),
	};

	tetragon__namespaces__init(&v->ns);
	for (size_t i = 0; i < _EXEC_NS_MAX; i++) {
		Tetragon__Namespace *ns = &v->ns_values[i];

		if (!inum[i])
			continue;
		tetragon__namespace__init(ns);
		ns->inum = inum[i];
		ns->is_host = inum[i] == host[i];
		*(Tetragon__Namespace **)(void *)((char *)&v->ns + members[i]) = ns;
	}
	return &v->ns;
}

static Tetragon__ProcessCredentials *credentials(struct process_view *v,
						 const struct exec_cred *cred)
{
	Tetragon__ProcessCredentials *c = &v->cred;

	tetragon__process_credentials__init(c);
	c->uid = number(&v->cred_ids[0], cred->uid);
	c->gid = number(&v->cred_ids[1], cred->gid);
	c->euid = number(&v->cred_ids[2], cred->euid);
	c->egid = number(&v->cred_ids[3], cred->egid);
	c->suid = number(&v->cred_ids[4], cred->suid);
	c->sgid = number(&v->cred_ids[5], cred->sgid);
	c->fsuid = number(&v->cred_ids[6], cred->fsuid);
	c->fsgid = number(&v->cred_ids[7], cred->fsgid);
	c->securebits = v->securebits;
	for (int i = 0; i < 8; i++)
		if (cred->securebits >> i & 1)
			v->securebits[c->n_securebits++] = (Tetragon__SecureBitsType)(1U << i);
	return c;
}

/* What the exec gave the process that it did not have. The ids before it are its real ones, which
 * no exec changes. Returns NULL when there is nothing to say. */
static Tetragon__BinaryProperties *properties(struct process_view *v,
					      const struct record_exec *exec)
{
	const struct exec_cred *cred = &exec->cred;
	bool privileged = exec->flags & EXEC_PRIVILEGED;
	bool setuid = privileged && cred->euid != cred->uid;
	bool setgid = privileged && cred->egid != cred->gid;
	Tetragon__BinaryProperties *b = &v->binary;
	const struct {
		bool gained;
		Tetragon__ProcessPrivilegesChanged how;
	} gains[] = {
		{privileged && !setuid && !cred->ambient &&
			 (cred->permitted & ~exec->old_permitted),
		 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_CAP},
		{setuid && cred->euid == 0,
		 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_SETUID},
		{setgid && cred->egid == 0,
		 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_SETGID},
	};

	tetragon__binary_properties__init(b);
	b->privileges_changed = v->privileges;
	if (setuid)
		b->setuid = number(&v->setuid, cred->euid);
	if (setgid)
		b->setgid = number(&v->setgid, cred->egid);
	for (size_t i = 0; i < ARRAY_SIZE(gains); i++)
		if (gains[i].gained)
			v->privileges[b->n_privileges_changed++] = gains[i].how;
	if (exec->links == 0 && exec->inode) {
		tetragon__file_properties__init(&v->file);
		tetragon__inode_properties__init(&v->inode);
		v->inode.number = exec->inode;
		v->inode.links = number(&v->links, 0);
		v->file.inode = &v->inode;
		b->file = &v->file;
	}
	return setuid || setgid || b->n_privileges_changed || b->file ? b : NULL;
}

static bool env_wanted(const struct message_config *config, const char *name, size_t len)
{
	if (!config->n_env_names)
		return true;
	for (size_t i = 0; i < config->n_env_names; i++)
		if (strlen(config->env_names[i]) == len && !memcmp(config->env_names[i], name, len))
			return true;
	return false;
}

static size_t count_strings(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\0';
	/* What a limit cut off has no NUL. */
	return n + (len > 0 && s[len - 1] != '\0');
}

static void environment(struct fill *f, const struct image *image)
{
	const char *s = image->env, *end = s + image->exec.field[EXEC_ENV].kept;
	size_t max = count_strings(s, (size_t)(end - s)), n = 0;
	Tetragon__EnvVar **list = arena_alloc(f->arena, max * sizeof(*list) + 1);

	if (!list) {
		f->texts.failed = true;
		return;
	}
	for (size_t len; s < end; s += len + 1) {
		Tetragon__EnvVar *var;
		const char *equals;
		size_t name;

		len = strnlen(s, (size_t)(end - s));
		equals = memchr(s, '=', len);
		name = equals ? (size_t)(equals - s) : len;
		if (!env_wanted(f->context->config, s, name))
			continue;
		var = arena_alloc(f->arena, sizeof(*var));
		if (!var) {
			f->texts.failed = true;
			return;
		}
		tetragon__env_var__init(var);
		/* A string that is no assignment has a conventional name. */
		var->key = equals ? copy_text(f, s, name) : (char *)(uintptr_t)"invalid";
		var->value =
			equals ? copy_text(f, equals + 1, len - name - 1) : copy_text(f, s, len);
		list[n++] = var;
	}
	f->view->message.n_environment_variables = n;
	f->view->message.environment_variables = list;
}

static void argument_vector(struct fill *f, const struct image *image)
{
	const char *s = image->argv, *end = s + image->exec.field[EXEC_ARGV].kept;
	size_t max = count_strings(s, (size_t)(end - s)), n = 0;
	char **list = arena_alloc(f->arena, max * sizeof(*list) + 1);

	if (!list) {
		f->texts.failed = true;
		return;
	}
	for (size_t len; s < end; s += len + 1) {
		len = strnlen(s, (size_t)(end - s));
		list[n++] = text(f, s, len);
	}
	f->view->message.n_argv = n;
	f->view->message.argv = list;
}

static const char *image_source(const struct image *image)
{
	const struct record_exec *e = &image->exec;

	if (e->flags & EXEC_KTHREAD)
		return "";
	if (e->flags & EXEC_EXE_PSEUDO)
		return "memfd";
	/* procfs does not tell how many links there are. */
	if (e->flags & EXEC_EXE_DELETED || (e->links == 0 && e->inode))
		return "deleted";
	if (e->magic == MAGIC_TMPFS)
		return strncmp(image->exe, "/dev/shm/", 9) ? "tmpfs" : "shm";
	return "file";
}

static const char *cwd_state(const struct image *image)
{
	if (image->exec.flags & EXEC_CWD_UNREACHABLE)
		return "unreachable";
	if (image->exec.flags & EXEC_CWD_DELETED)
		return "deleted";
	return "";
}

static void truncations(struct fill *f, const struct image *image)
{
	static const char *const names[_EXEC_FIELD_MAX] = {
		[EXEC_FILENAME] = "binary", [EXEC_EXE] = "exe",
		[EXEC_CWD] = "cwd",         [EXEC_INTERP] = "interpreter",
		[EXEC_ARGV] = "arguments",  [EXEC_ENV] = "environment_variables",
	};
	struct process_view *v = f->view;
	size_t n = 0;

	for (size_t i = 0; i < _EXEC_FIELD_MAX; i++) {
		const struct field *field = &image->exec.field[i];
		Tetragon__Truncation *t = &v->truncations[n];

		if (field->kept >= field->size)
			continue;
		tetragon__truncation__init(t);
		t->field = (char *)(uintptr_t)names[i];
		t->kept = field->kept;
		t->original = field->size;
		v->truncation_list[n++] = t;
	}
	v->message.n_truncated = n;
	v->message.truncated = v->truncation_list;
}

static char *constant(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void extended_image(struct fill *f, const struct image *image)
{
	Tetragon__Process *m = &f->view->message;
	const struct record_exec *e = &image->exec;
	char buf[32];

	argument_vector(f, image);
	m->exe = text_z(f, image->exe);
	m->exe_source = constant(image_source(image));
	if (image->interpreter) {
		m->script = text_z(f, image->binary);
		m->interpreter = text_z(f, image->interpreter);
	}
	m->comm = text_z(f, e->comm);
	m->pgid = e->pgid;
	m->sid = e->sid;
	if (e->tty)
		m->tty = format(f, "%s", tty_name(e->tty, buf, sizeof(buf)));
	m->audit_session = number(&f->view->audit_session, e->sessionid);
	if (!(e->flags & EXEC_KTHREAD)) {
		m->inode = e->inode;
		m->links = e->links;
		m->device = format(f, "%u:%u", e->device >> 20, e->device & 0xfffff);
		m->filesystem = format(f, "%s", filesystem_name(e->magic, buf, sizeof(buf)));
	}
	m->cap_bounding = format(f, "%016llx", (unsigned long long)e->cred.bounding);
	m->cap_ambient = format(f, "%016llx", (unsigned long long)e->cred.ambient);
	m->cwd_state = constant(cwd_state(image));
	truncations(f, image);
}

static void extended(struct fill *f, const struct cgroup *cgroup)
{
	const struct process *p = f->view->process;
	Tetragon__Process *m = &f->view->message;

	/* The kernel's parent, also where the schema's is the image before. */
	m->parent_pid = p->image && !(p->flags & PROCESS_FORKED) ? p->image->exec.parent.pid
								 : p->parent.pid;
	if (!(p->flags & PROCESS_STRANGER))
		m->nspid = p->nspid ? p->nspid : p->key.pid;
	if (p->key.start || !p->key.pid)
		m->fork_time = wall_time(f, &f->view->fork_time, p->key.start);
	m->cgroup_id = p->cgroup_id;
	if (cgroup) {
		m->cgroup = text_z(f, cgroup->path);
		m->container_id = text_z(f, cgroup->container_id);
		m->container_runtime = constant(cgroup->runtime);
	}
	m->forgotten = !p->image;
	if (p->image)
		extended_image(f, p->image);
}

static void image_fields(struct fill *f, const struct image *image)
{
	const struct message_config *config = f->context->config;
	struct process_view *v = f->view;
	Tetragon__Process *m = &v->message;

	if (image->cwd)
		m->cwd = text_z(f, image->cwd);
	m->binary = text_z(f, image->binary);
	m->arguments = image->arguments ? text_z(f, image->arguments) : arguments(f, image);
	m->auid = number(&v->auid, image->exec.loginuid);
	if (config->with_cred) {
		m->cap = capabilities(v, &image->exec.cred);
		m->process_credentials = credentials(v, &image->exec.cred);
		if (v->of_exec)
			m->binary_properties = properties(v, &image->exec);
	}
	if (config->with_ns)
		m->ns = namespaces(v, image->exec.ns, f->context->host_ns);
	if (config->with_env && v->of_exec)
		environment(f, image);
}

/* Only of processes whose uid means what it means to us. */
static void user_name(struct fill *f)
{
	const struct process *p = f->view->process;
	const uint32_t *host = f->context->host_ns;
	const char *name;

	if (!f->context->users || !p->image ||
	    p->image->exec.ns[EXEC_NS_MNT] != host[EXEC_NS_MNT] ||
	    p->image->exec.ns[EXEC_NS_USER] != host[EXEC_NS_USER])
		return;
	name = users_name(f->context->users, p->uid);
	if (!name)
		return;
	tetragon__user_record__init(&f->view->user);
	f->view->user.name = copy_text(f, name, strlen(name));
	f->view->message.user = &f->view->user;
}

int process_view_fill(struct process_view *v, const struct view_context *context)
{
	struct fill f = {.view = v,
			 .context = context,
			 .arena = context->arena,
			 .texts.arena = context->arena};
	const struct process *p = v->process;
	Tetragon__Process *m = &v->message;
	const struct cgroup *cgroup = cgroups_find(context->cgroups, p->cgroup_id);

	/* Of a stranger the pid may be all that is known. */
	if (p->key.start || !p->key.pid)
		m->exec_id = exec_id(&f, &p->key);
	m->tid = number(&v->tid, v->thread);
	if (!(p->flags & PROCESS_STRANGER))
		m->uid = number(&v->uid, p->uid);
	m->flags = flags_text(&f);
	if (p->key.start || !p->key.pid)
		m->start_time = wall_time(&f, &v->start_time, p->time);
	if (cgroup && cgroup->container_id[0])
		m->docker = format(&f, "%.*s", DOCKER_LEN, cgroup->container_id);
	if (p->key.pid && !(p->flags & PROCESS_STRANGER))
		m->parent_exec_id = exec_id(&f, &p->parent);
	if (context->config->pods)
		m->pod = pod_view_fill(&v->pod, &f.texts, context->config->pods, p, cgroup);
	if (p->image)
		image_fields(&f, p->image);
	user_name(&f);
	if (context->config->extended) {
		extended(&f, cgroup);
		m->invalid_strings = f.texts.invalid;
	}
	context->ledger->invalid_utf8 += f.texts.invalid;
	v->filled = true;
	return f.texts.failed ? -ENOMEM : 0;
}
