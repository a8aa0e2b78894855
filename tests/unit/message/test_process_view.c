// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/decode.h"
#include "core/records.h"
#include "message/process_view.h"

#include <stdlib.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BOOTED 1795000000000000000ULL

/* One process, made by hand, and its message. */
struct scene {
	struct message_config config;
	struct view_context context;
	struct arena arena;
	struct ledger ledger;
	struct process process;
	struct process_view view;
	const Tetragon__Process *message;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s || cgroups_new(8, &s->context.cgroups) < 0)
		return -1;
	s->config.node_name = "node";
	s->context.config = &s->config;
	s->context.arena = &s->arena;
	s->context.ledger = &s->ledger;
	s->context.boot_to_wall = BOOTED;
	for (uint32_t i = 0; i < _EXEC_NS_MAX; i++)
		s->context.host_ns[i] = 100 + i;
	s->process.key = KEY(20, 3000000000, 2);
	s->process.parent = KEY(10, 2000000000, 1);
	s->process.time = 3500000000;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	image_unref(&s->process.image);
	cgroups_free(&s->context.cgroups);
	users_free(&s->context.users);
	arena_done(&s->arena);
	free(s);
	return 0;
}

static void have_image(struct scene *s, const struct record_exec *facts,
		       const struct exec_texts *texts)
{
	_cleanup_str_ struct str r = STR_INIT;
	struct field_parts argv = {0}, env = {0};
	struct exec_fields f;

	image_unref(&s->process.image);
	put_exec(&r, RECORD_EXEC, facts, texts);
	exec_fields((const struct record_exec *)(void *)r.data, &f);
	argv.head = f.v[EXEC_ARGV].data;
	argv.head_len = f.v[EXEC_ARGV].len;
	env.head = f.v[EXEC_ENV].data;
	env.head_len = f.v[EXEC_ENV].len;
	assert_int_equal(image_new((const struct record_exec *)(void *)r.data, &argv, &env,
				   &s->process.image),
			 0);
}

static void have_plain_image(struct scene *s)
{
	have_image(
		s, &(struct record_exec){.loginuid = ~0U, .sessionid = ~0U},
		&(struct exec_texts){.filename = "/bin/ls", .exe = "/usr/bin/ls", .cwd = "/root"});
}

static void fill_as(struct scene *s, bool of_exec)
{
	process_view_init(&s->view, &s->process, of_exec);
	assert_false(s->view.filled);
	assert_int_equal(process_view_fill(&s->view, &s->context), 0);
	assert_true(s->view.filled);
	s->message = &s->view.message;
}

static void fill(struct scene *s)
{
	fill_as(s, true);
}

static void what_everybody_has(void **state)
{
	struct scene *s = *state;

	have_image(s, &(struct record_exec){.loginuid = 1000},
		   &(struct exec_texts){"ls", "/usr/bin/ls", "/root", NULL, BYTES("ls\0-l\0x y\0"),
					BYTES("A=b\0")});
	s->process.uid = 33;
	fill(s);
	assert_string_equal(s->message->exec_id, "bm9kZTozMDAwMDAwMDAyOjIw");
	assert_string_equal(s->message->parent_exec_id, "bm9kZToyMDAwMDAwMDAxOjEw");
	assert_int_equal(s->message->pid->value, 20);
	assert_int_equal(s->message->tid->value, 20);
	assert_int_equal(s->message->uid->value, 33);
	assert_int_equal(s->message->auid->value, 1000);
	assert_string_equal(s->message->cwd, "/root");
	assert_string_equal(s->message->binary, "/root/ls");
	assert_string_equal(s->message->arguments, "-l \"x y\"");
	assert_int_equal(s->message->start_time->seconds, 1795000003);
	assert_int_equal(s->message->start_time->nanos, 500000000);
	/* Nothing that was not asked for. */
	assert_null(s->message->cap);
	assert_null(s->message->ns);
	assert_null(s->message->process_credentials);
	assert_null(s->message->binary_properties);
	assert_null(s->message->user);
	assert_null(s->message->in_init_tree);
	assert_string_equal(s->message->docker, "");
	assert_int_equal(s->message->n_environment_variables, 0);
	assert_int_equal(s->message->n_argv, 0);
	assert_string_equal(s->message->exe, "");
	assert_null(s->message->fork_time);
	assert_null(s->message->audit_session);
	assert_int_equal(s->message->refcnt, 0);
}

static void an_unknown_one(void **state)
{
	struct scene *s = *state;

	fill(s);
	assert_string_equal(s->message->flags, "unknown");
	assert_int_equal(s->message->pid->value, 20);
	assert_string_equal(s->message->binary, "");
	assert_null(s->message->auid);
	assert_string_equal(s->message->parent_exec_id, "bm9kZToyMDAwMDAwMDAxOjEw");
}

static void the_kernel_has_no_parent(void **state)
{
	struct scene *s = *state;

	have_image(
		s,
		&(struct record_exec){.flags = EXEC_KTHREAD | EXEC_ERROR_CWD, .comm = "<kernel>"},
		&(struct exec_texts){0});
	s->process.key = s->process.parent = KEY(0, 0, 0);
	s->process.flags = PROCESS_OLDER | PROCESS_ANNOUNCED;
	fill(s);
	assert_string_equal(s->message->exec_id, "bm9kZToxOjA=");
	assert_string_equal(s->message->parent_exec_id, "");
	assert_string_equal(s->message->binary, "<kernel>");
	assert_string_equal(s->message->flags, "procFS");
	assert_string_equal(s->message->cwd, "");
}

static void flags_in_their_order(void **state)
{
	static const struct {
		uint32_t process, exec;
		const char *cwd, *text;
	} cases[] = {
		{0, 0, "/x", "execve"},
		{PROCESS_CLONED, 0, "/x", "execve clone"},
		{PROCESS_OLDER, 0, "/x", "procFS"},
		{PROCESS_FORKED, 0, "/x", ""},
		{PROCESS_FORKED | PROCESS_OLDER, 0, "/x", "procFS"},
		{0, 0, "/", "execve rootcwd"},
		{PROCESS_CLONED, EXEC_ERROR_CWD, "/", "execve errorCWD clone"},
		/* A kernel thread may have none, which is no error. */
		{PROCESS_OLDER, EXEC_KTHREAD | EXEC_ERROR_CWD, "/", "procFS"},
		{0, EXEC_ERROR_ENV, "/x", "execve errorEnvs"},
		{0, EXEC_ERROR_FILENAME, "/x", "execve errorFilename"},
		{0, EXEC_ERROR_ARGV, "/x", "execve errorArgs"},
		{0, EXEC_CWD_DELETED, "/x", "execve errorPathResolutionCwd"},
		{0, EXEC_CWD_UNREACHABLE, "/x", "execve errorPathResolutionCwd"},
		{PROCESS_INIT_KNOWN, 0, "/x", "execve"},
		{PROCESS_CLONED | PROCESS_INIT_TREE | PROCESS_INIT_KNOWN, 0, "/",
		 "execve rootcwd clone inInitTree"},
		{PROCESS_CLONED | PROCESS_INIT_TREE,
		 EXEC_ERROR_ENV | EXEC_ERROR_FILENAME | EXEC_ERROR_ARGV | EXEC_ERROR_CWD |
			 EXEC_CWD_DELETED,
		 "/x",
		 "execve errorEnvs errorFilename errorArgs errorCWD clone errorPathResolutionCwd "
		 "inInitTree"},
		{PROCESS_DEAD | PROCESS_ANNOUNCED | PROCESS_LINKED, 0, "/x", "execve"},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		have_image(s, &(struct record_exec){.flags = cases[i].exec},
			   &(struct exec_texts){.filename = "/x", .cwd = cases[i].cwd});
		s->process.flags = cases[i].process;
		fill(s);
		assert_string_equal(s->message->flags, cases[i].text);
		arena_reset(&s->arena);
	}
}

static void cut_arguments_are_flagged(void **state)
{
	struct scene *s = *state;
	char *argv = malloc(EXEC_INLINE_MAX + 1);

	memset(argv, 'x', EXEC_INLINE_MAX + 1);
	argv[1] = '\0';
	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){
			   .filename = "/x", .cwd = "/x", .argv = {argv, EXEC_INLINE_MAX + 1}});
	fill(s);
	assert_string_equal(s->message->flags, "execve truncArgs");
	assert_int_equal(strlen(s->message->arguments), EXEC_INLINE_MAX - 2);

	/* Those that could not be read at all are not cut. */
	have_image(s, &(struct record_exec){.flags = EXEC_ERROR_ARGV},
		   &(struct exec_texts){.filename = "/x", .cwd = "/x"});
	s->process.image->exec.field[EXEC_ARGV].size = 100;
	fill(s);
	assert_string_equal(s->message->flags, "execve errorArgs");
	free(argv);
}

/* One long name and no arguments at all. */
static void a_long_argv0(void **state)
{
	struct scene *s = *state;
	char argv[1000];

	memset(argv, 'x', sizeof(argv));
	argv[sizeof(argv) - 1] = '\0';
	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){.filename = "/x", .argv = {argv, sizeof(argv)}});
	fill(s);
	assert_string_equal(s->message->arguments, "");
}

/* At the sizes where the text is put together in another place. */
static void arguments_of_any_length(void **state)
{
	struct scene *s = *state;
	char argv[1200], expected[2000];

	for (size_t n = 200; n < 320; n++) {
		char *to = expected;

		/* The worst: each is a space and gets two quotes and another space. */
		for (size_t i = 0; i < n; i++) {
			memcpy(argv + 2 * i, " ", 2);
			if (i > 0)
				to = stpcpy(to, " \" \"");
		}
		have_image(s, &(struct record_exec){0},
			   &(struct exec_texts){.filename = "/x", .argv = {argv, 2 * n}});
		fill(s);
		assert_string_equal(s->message->arguments, expected);
		arena_reset(&s->arena);
	}
}

static void the_init_tree(void **state)
{
	struct scene *s = *state;

	s->process.flags = PROCESS_INIT_KNOWN;
	fill(s);
	assert_false(s->message->in_init_tree->value);
	s->process.flags |= PROCESS_INIT_TREE;
	fill(s);
	assert_true(s->message->in_init_tree->value);
}

static void containers(void **state)
{
	_cleanup_str_ struct str names = STR_INIT, plain = STR_INIT;
	struct scene *s = *state;

	put_names(&names, "/system.slice/docker-" ID ".scope");
	assert_int_equal(cgroups_add(s->context.cgroups, 7, names.data, names.len), 0);
	put_names(&plain, "/init.scope");
	assert_int_equal(cgroups_add(s->context.cgroups, 8, plain.data, plain.len), 0);
	have_plain_image(s);
	s->process.cgroup_id = 7;
	fill(s);
	/* As much as the schema's elder had room for. */
	assert_string_equal(s->message->docker, "0123456789abcdef0123456789abcde");
	assert_string_equal(s->message->container_id, "");

	s->config.extended = true;
	fill(s);
	assert_string_equal(s->message->container_id, ID);
	assert_string_equal(s->message->container_runtime, "docker");
	assert_string_equal(s->message->cgroup, "/system.slice/docker-" ID ".scope");
	assert_int_equal(s->message->cgroup_id, 7);
	s->process.cgroup_id = 8;
	fill(s);
	assert_string_equal(s->message->docker, "");
	assert_string_equal(s->message->container_id, "");
	assert_string_equal(s->message->container_runtime, "");
	assert_string_equal(s->message->cgroup, "/init.scope");
	s->process.cgroup_id = 9;
	fill(s);
	assert_string_equal(s->message->docker, "");
	assert_string_equal(s->message->cgroup, "");
	assert_int_equal(s->message->cgroup_id, 9);
}

static void capabilities(void **state)
{
	struct scene *s = *state;

	s->config.with_cred = true;
	have_image(s,
		   &(struct record_exec){.cred = {.permitted = ~0ULL,
						  .effective = 1ULL << 40 | 1,
						  .inheritable = 0}},
		   &(struct exec_texts){.filename = "/x"});
	fill_as(s, false);
	/* Those that there are, though the kernel may set all bits. */
	assert_int_equal(s->message->cap->n_permitted, 41);
	for (int i = 0; i <= 40; i++)
		assert_int_equal(s->message->cap->permitted[i], i);
	assert_int_equal(s->message->cap->n_effective, 2);
	assert_int_equal(s->message->cap->effective[0], 0);
	assert_int_equal(s->message->cap->effective[1], 40);
	assert_int_equal(s->message->cap->n_inheritable, 0);
}

static void credentials(void **state)
{
	struct scene *s = *state;
	const Tetragon__ProcessCredentials *c;

	s->config.with_cred = true;
	have_image(s,
		   &(struct record_exec){.cred = {.uid = 1,
						  .gid = 2,
						  .suid = 3,
						  .sgid = 4,
						  .euid = 5,
						  .egid = 6,
						  .fsuid = 7,
						  .fsgid = 8,
						  .securebits = 0x181}},
		   &(struct exec_texts){.filename = "/x"});
	fill_as(s, false);
	c = s->message->process_credentials;
	assert_int_equal(c->uid->value, 1);
	assert_int_equal(c->gid->value, 2);
	assert_int_equal(c->suid->value, 3);
	assert_int_equal(c->sgid->value, 4);
	assert_int_equal(c->euid->value, 5);
	assert_int_equal(c->egid->value, 6);
	assert_int_equal(c->fsuid->value, 7);
	assert_int_equal(c->fsgid->value, 8);
	/* The eighth bit is none that the schema has. */
	assert_int_equal(c->n_securebits, 2);
	assert_int_equal(c->securebits[0], 1);
	assert_int_equal(c->securebits[1], 128);
	assert_null(c->caps);
	assert_null(c->user_ns);
}

static const Tetragon__BinaryProperties *properties(struct scene *s,
						    const struct record_exec *facts)
{
	s->config.with_cred = true;
	have_image(s, facts, &(struct exec_texts){.filename = "/x"});
	arena_reset(&s->arena);
	fill(s);
	return s->message->binary_properties;
}

static void nothing_gained(void **state)
{
	struct scene *s = *state;

	assert_null(properties(s, &(struct record_exec){.links = 1, .inode = 5}));
	/* Different ids and capabilities without the exec having to do with it. */
	assert_null(properties(s, &(struct record_exec){.links = 1,
							.inode = 5,
							.cred = {.uid = 1000, .permitted = 7}}));
	assert_null(properties(
		s, &(struct record_exec){.links = 1,
					 .inode = 5,
					 .flags = EXEC_PRIVILEGED,
					 .old_permitted = 7,
					 .cred = {.uid = 5, .euid = 5, .permitted = 3}}));
}

static void set_user_id(void **state)
{
	const struct record_exec root = {.links = 1,
					 .flags = EXEC_PRIVILEGED,
					 .cred = {.uid = 1000, .euid = 0, .permitted = ~0ULL}},
				 other = {.links = 1,
					  .flags = EXEC_PRIVILEGED,
					  .cred = {.uid = 1000, .euid = 33}};
	struct scene *s = *state;
	const Tetragon__BinaryProperties *b = properties(s, &root);

	assert_int_equal(b->setuid->value, 0);
	assert_null(b->setgid);
	assert_int_equal(b->n_privileges_changed, 1);
	assert_int_equal(b->privileges_changed[0],
			 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_SETUID);
	/* Somebody else's rights are not raised ones. */
	b = properties(s, &other);
	assert_int_equal(b->setuid->value, 33);
	assert_int_equal(b->n_privileges_changed, 0);
}

static void set_group_id(void **state)
{
	const struct record_exec root = {.links = 1,
					 .flags = EXEC_PRIVILEGED,
					 .cred = {.gid = 1000, .egid = 0}},
				 other = {.links = 1,
					  .flags = EXEC_PRIVILEGED,
					  .cred = {.gid = 1000, .egid = 5}};
	struct scene *s = *state;
	const Tetragon__BinaryProperties *b = properties(s, &root);

	assert_int_equal(b->setgid->value, 0);
	assert_null(b->setuid);
	assert_int_equal(b->n_privileges_changed, 1);
	assert_int_equal(b->privileges_changed[0],
			 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_SETGID);
	b = properties(s, &other);
	assert_int_equal(b->setgid->value, 5);
	assert_int_equal(b->n_privileges_changed, 0);
}

static void file_capabilities(void **state)
{
	struct record_exec exec = {
		.links = 1,
		.flags = EXEC_PRIVILEGED,
		.old_permitted = 1,
		.cred = {.uid = 5, .euid = 5, .permitted = 3},
	};
	struct scene *s = *state;
	const Tetragon__BinaryProperties *b = properties(s, &exec);

	assert_int_equal(b->n_privileges_changed, 1);
	assert_int_equal(b->privileges_changed[0],
			 TETRAGON__PROCESS_PRIVILEGES_CHANGED__PRIVILEGES_RAISED_EXEC_FILE_CAP);
	/* Ambient ones do not come of the file. */
	exec.cred.ambient = 2;
	assert_null(properties(s, &exec));
}

static void an_image_without_a_name(void **state)
{
	struct scene *s = *state;
	const Tetragon__BinaryProperties *b =
		properties(s, &(struct record_exec){.links = 0, .inode = 4711});

	assert_int_equal(b->file->inode->number, 4711);
	assert_int_equal(b->file->inode->links->value, 0);
	assert_string_equal(b->file->path, "");
}

static void properties_are_of_the_exec_alone(void **state)
{
	struct scene *s = *state;

	properties(s, &(struct record_exec){.links = 0, .inode = 4711});
	fill_as(s, false);
	assert_null(s->message->binary_properties);
	assert_non_null(s->message->cap);
	s->config.with_cred = false;
	fill_as(s, true);
	assert_null(s->message->binary_properties);
}

static void namespaces(void **state)
{
	struct record_exec facts = {0};
	struct scene *s = *state;
	const Tetragon__Namespaces *ns;

	s->config.with_ns = true;
	for (uint32_t i = 0; i < _EXEC_NS_MAX; i++)
		facts.ns[i] = 100 + i + (i % 2 ? 1000 : 0);
	facts.ns[EXEC_NS_TIME] = 0;
	have_image(s, &facts, &(struct exec_texts){.filename = "/x"});
	fill_as(s, false);
	ns = s->message->ns;
	assert_int_equal(ns->uts->inum, 100 + EXEC_NS_UTS);
	assert_true(ns->uts->is_host);
	assert_int_equal(ns->ipc->inum, 1100 + EXEC_NS_IPC);
	assert_false(ns->ipc->is_host);
	assert_int_equal(ns->mnt->inum, 100 + EXEC_NS_MNT);
	assert_int_equal(ns->pid->inum, 1100 + EXEC_NS_PID);
	assert_int_equal(ns->pid_for_children->inum, 100 + EXEC_NS_PID_FOR_CHILDREN);
	assert_int_equal(ns->net->inum, 1100 + EXEC_NS_NET);
	assert_null(ns->time);
	assert_int_equal(ns->time_for_children->inum, 1100 + EXEC_NS_TIME_FOR_CHILDREN);
	assert_int_equal(ns->cgroup->inum, 100 + EXEC_NS_CGROUP);
	assert_int_equal(ns->user->inum, 1100 + EXEC_NS_USER);
	assert_true(ns->cgroup->is_host);
	assert_false(ns->user->is_host);
}

static void environment(void **state)
{
	struct scene *s = *state;

	s->config.with_env = true;
	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){.filename = "/x",
					.env = BYTES("A=1\0B=\0C=x=y\0no assignment\0=z\0cut=of")});
	fill(s);
	assert_int_equal(s->message->n_environment_variables, 6);
	assert_string_equal(s->message->environment_variables[0]->key, "A");
	assert_string_equal(s->message->environment_variables[0]->value, "1");
	assert_string_equal(s->message->environment_variables[1]->key, "B");
	assert_string_equal(s->message->environment_variables[1]->value, "");
	assert_string_equal(s->message->environment_variables[2]->key, "C");
	assert_string_equal(s->message->environment_variables[2]->value, "x=y");
	assert_string_equal(s->message->environment_variables[3]->key, "invalid");
	assert_string_equal(s->message->environment_variables[3]->value, "no assignment");
	assert_string_equal(s->message->environment_variables[4]->key, "");
	assert_string_equal(s->message->environment_variables[4]->value, "z");
	assert_string_equal(s->message->environment_variables[5]->key, "cut");
	assert_string_equal(s->message->environment_variables[5]->value, "of");
	fill_as(s, false);
	assert_int_equal(s->message->n_environment_variables, 0);
}

static void environment_by_name(void **state)
{
	static const char *const names[] = {"PATH", "LD_PRELOAD"};
	struct scene *s = *state;

	s->config.with_env = true;
	s->config.env_names = names;
	s->config.n_env_names = 2;
	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){.filename = "/x",
					.env = BYTES("PATH=/bin\0PATHS=x\0PAT=x\0path=x\0HOME=/\0"
						     "junk\0LD_PRELOAD=\0")});
	fill(s);
	assert_int_equal(s->message->n_environment_variables, 2);
	assert_string_equal(s->message->environment_variables[0]->key, "PATH");
	assert_string_equal(s->message->environment_variables[0]->value, "/bin");
	assert_string_equal(s->message->environment_variables[1]->key, "LD_PRELOAD");
}

static void no_environment(void **state)
{
	struct scene *s = *state;

	s->config.with_env = true;
	have_plain_image(s);
	fill(s);
	assert_int_equal(s->message->n_environment_variables, 0);
}

static void user_names(void **state)
{
	char path[] = "/tmp/ocelli-view-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct record_exec facts = {.ns[EXEC_NS_MNT] = 100 + EXEC_NS_MNT,
				    .ns[EXEC_NS_USER] = 100 + EXEC_NS_USER};
	const struct exec_texts texts = {.filename = "/x"};
	struct scene *s = *state;

	assert_int_equal(write(fd, "web:x:33:33:::\n", 15), 15);
	assert_int_equal(users_new(path, &s->context.users), 0);
	unlink(path);
	s->process.uid = 33;
	have_image(s, &facts, &texts);
	fill(s);
	assert_string_equal(s->message->user->name, "web");
	s->process.uid = 34;
	fill(s);
	assert_null(s->message->user);

	/* Where a number means somebody else, or where the file is another. */
	s->process.uid = 33;
	facts.ns[EXEC_NS_USER]++;
	have_image(s, &facts, &texts);
	fill(s);
	assert_null(s->message->user);
	facts.ns[EXEC_NS_USER]--;
	facts.ns[EXEC_NS_MNT]++;
	have_image(s, &facts, &texts);
	fill(s);
	assert_null(s->message->user);
	image_unref(&s->process.image);
	fill(s);
	assert_null(s->message->user);
}

/* --- our own fields */

static void extended_fields(void **state)
{
	struct scene *s = *state;
	const Tetragon__Process *m;

	s->config.extended = true;
	have_image(s,
		   &(struct record_exec){
			   .parent = KEY(10, 2000000000, 1),
			   .sessionid = 3,
			   .pgid = 18,
			   .sid = 17,
			   .tty = 136U << 20 | 4,
			   .inode = 1234567890123,
			   .links = 2,
			   .device = 8U << 20 | 1,
			   .magic = 0xef53,
			   .flags = EXEC_SCRIPT,
			   .comm = "run.sh",
			   .cred = {.bounding = 0x1ffffffffff, .ambient = 0x400},
		   },
		   &(struct exec_texts){"run.sh", "/usr/bin/dash", "/opt", "/bin/sh",
					BYTES("run.sh\0\0a b\0"), BYTES("")});
	s->process.nspid = 5;
	s->process.cgroup_id = 99;
	fill(s);
	m = s->message;
	assert_int_equal(m->n_argv, 3);
	assert_string_equal(m->argv[0], "run.sh");
	assert_string_equal(m->argv[1], "");
	assert_string_equal(m->argv[2], "a b");
	assert_string_equal(m->exe, "/usr/bin/dash");
	assert_string_equal(m->exe_source, "file");
	assert_string_equal(m->script, "/opt/run.sh");
	assert_string_equal(m->interpreter, "/bin/sh");
	assert_string_equal(m->comm, "run.sh");
	assert_int_equal(m->parent_pid, 10);
	assert_int_equal(m->nspid, 5);
	assert_int_equal(m->pgid, 18);
	assert_int_equal(m->sid, 17);
	assert_string_equal(m->tty, "pts/4");
	assert_int_equal(m->audit_session->value, 3);
	assert_int_equal(m->cgroup_id, 99);
	assert_int_equal(m->inode, 1234567890123);
	assert_int_equal(m->links, 2);
	assert_string_equal(m->device, "8:1");
	assert_string_equal(m->filesystem, "ext4");
	assert_string_equal(m->cap_bounding, "000001ffffffffff");
	assert_string_equal(m->cap_ambient, "0000000000000400");
	assert_int_equal(m->fork_time->seconds, 1795000003);
	assert_int_equal(m->fork_time->nanos, 0);
	assert_int_equal(m->n_truncated, 0);
	assert_int_equal(m->invalid_strings, 0);
	assert_false(m->forgotten);
	assert_string_equal(m->cwd_state, "");
}

static void a_forgotten_one(void **state)
{
	struct scene *s = *state;

	s->config.extended = true;
	s->process.nspid = 20;
	fill(s);
	assert_true(s->message->forgotten);
	assert_string_equal(s->message->exe, "");
	assert_int_equal(s->message->parent_pid, 10);
}

static void kernel_threads(void **state)
{
	struct scene *s = *state;

	s->config.extended = true;
	have_image(s, &(struct record_exec){.flags = EXEC_KTHREAD, .comm = "kthreadd"},
		   &(struct exec_texts){.cwd = "/"});
	fill(s);
	assert_string_equal(s->message->exe_source, "");
	assert_string_equal(s->message->device, "");
	assert_string_equal(s->message->filesystem, "");
	assert_string_equal(s->message->comm, "kthreadd");
	assert_string_equal(s->message->tty, "");
}

static void where_images_come_from(void **state)
{
	static const struct {
		uint32_t flags, links, magic;
		const char *exe, *source;
	} cases[] = {
		{0, 1, 0xef53, "/bin/ls", "file"},
		{0, 3, 0xef53, "/bin/ls", "file"},
		{EXEC_EXE_PSEUDO, 0, 0x01021994, "/memfd:x", "memfd"},
		{EXEC_EXE_DELETED, 1, 0xef53, "/tmp/x", "deleted"},
		{0, 0, 0xef53, "/tmp/x", "deleted"},
		{0, 1, 0x01021994, "/tmp/x", "tmpfs"},
		{0, 1, 0x01021994, "/dev/shm/x", "shm"},
		{EXEC_EXE_DELETED, 1, 0x01021994, "/dev/shm/x", "deleted"},
		{0, 1, 0x01021994, "/dev/shmx", "tmpfs"},
	};
	struct scene *s = *state;

	s->config.extended = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		have_image(s,
			   &(struct record_exec){.flags = cases[i].flags,
						 .inode = 1,
						 .links = cases[i].links,
						 .magic = cases[i].magic},
			   &(struct exec_texts){.filename = "/x", .exe = cases[i].exe});
		fill(s);
		assert_string_equal(s->message->exe_source, cases[i].source);
		arena_reset(&s->arena);
	}
}

/* procfs does not say how many links it has; that is not the same as none. */
static void an_image_that_only_procfs_told_of(void **state)
{
	struct scene *s = *state;

	s->config.extended = true;
	s->process.flags = PROCESS_OLDER;
	have_image(s, &(struct record_exec){0}, &(struct exec_texts){.exe = "/sbin/init"});
	fill(s);
	assert_string_not_equal(s->message->exe_source, "deleted");
}

static void where_the_cwd_is(void **state)
{
	static const struct {
		uint32_t flags;
		const char *text;
	} cases[] = {
		{0, ""},
		{EXEC_CWD_DELETED, "deleted"},
		{EXEC_CWD_UNREACHABLE, "unreachable"},
		{EXEC_CWD_UNREACHABLE | EXEC_CWD_DELETED, "unreachable"},
	};
	struct scene *s = *state;

	s->config.extended = true;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		have_image(s, &(struct record_exec){.flags = cases[i].flags},
			   &(struct exec_texts){.filename = "/x", .cwd = "/gone"});
		fill(s);
		assert_string_equal(s->message->cwd_state, cases[i].text);
		assert_string_equal(s->message->cwd, "/gone");
	}
}

static void truncations(void **state)
{
	static const char *const names[] = {"binary",      "exe",       "cwd",
					    "interpreter", "arguments", "environment_variables"};
	struct scene *s = *state;

	s->config.extended = true;
	have_image(s, &(struct record_exec){.flags = EXEC_SCRIPT},
		   &(struct exec_texts){"/x", "/x", "/x", "/x", BYTES("x\0"), BYTES("x\0")});
	for (uint32_t i = 0; i < _EXEC_FIELD_MAX; i++)
		s->process.image->exec.field[i].size = 1000 + i;
	fill(s);
	assert_int_equal(s->message->n_truncated, _EXEC_FIELD_MAX);
	for (uint32_t i = 0; i < _EXEC_FIELD_MAX; i++) {
		const Tetragon__Truncation *t = s->message->truncated[i];

		assert_string_equal(t->field, names[i]);
		assert_int_equal(t->original, 1000 + i);
		assert_int_equal(t->kept, s->process.image->exec.field[i].kept);
	}
	s->process.image->exec.field[0].size = s->process.image->exec.field[0].kept;
	fill(s);
	assert_int_equal(s->message->n_truncated, _EXEC_FIELD_MAX - 1);
	assert_string_equal(s->message->truncated[0]->field, "exe");
}

/* --- what is no UTF-8 */

static void bad_bytes_are_repaired_and_counted(void **state)
{
	struct scene *s = *state;

	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){.filename = "/bin/\xff",
					.exe = "/bin/\xff",
					.cwd = "/\xc3\x28",
					.argv = BYTES("x\0ok\0\xe2\x82\0")});
	fill(s);
	assert_string_equal(s->message->binary, "/bin/\xef\xbf\xbd");
	assert_string_equal(s->message->cwd, "/\xef\xbf\xbd(");
	assert_string_equal(s->message->arguments, "ok \xef\xbf\xbd");
	assert_int_equal(s->ledger.invalid_utf8, 3);
	/* Ours alone. */
	assert_int_equal(s->message->invalid_strings, 0);

	s->config.extended = true;
	s->ledger.invalid_utf8 = 0;
	fill(s);
	assert_string_equal(s->message->exe, "/bin/\xef\xbf\xbd");
	assert_string_equal(s->message->argv[1], "ok");
	assert_string_equal(s->message->argv[2], "\xef\xbf\xbd");
	assert_int_equal(s->message->invalid_strings, 5);
	assert_int_equal(s->ledger.invalid_utf8, 5);
}

static void good_text_stays_as_it_is(void **state)
{
	struct scene *s = *state;

	have_image(s, &(struct record_exec){0},
		   &(struct exec_texts){.filename = "/b\xc3\xa4r/\xf0\x9f\x9a\x80", .cwd = "/\n"});
	fill(s);
	assert_string_equal(s->message->binary, "/b\xc3\xa4r/\xf0\x9f\x9a\x80");
	assert_string_equal(s->message->cwd, "/\n");
	assert_int_equal(s->ledger.invalid_utf8, 0);
}

/* --- pods */

static void know(struct scene *s, struct pods **pods, const struct pod_container *c)
{
	assert_int_equal(pods_new(pods), 0);
	assert_int_equal(pods_put(*pods, POD_FROM_CRI, c, 1, NULL), 0);
	s->config.pods = *pods;
}

#define CGROUP_NAMES "cri-containerd-" ID ".scope\0kubepods.slice"

static void a_pod(void **state)
{
	static const struct pod_label labels[] = {{"app", "web"}, {"pod-template-hash", "5d8"}};
	struct scene *s = *state;
	const Tetragon__Pod *pod;
	struct pods *pods;

	know(s, &pods,
	     &(struct pod_container){
		     .id = ID,
		     .name = "main",
		     .image = "shop/web:v1",
		     .image_id = "shop/web@sha256:00",
		     .pod_name = "web-5d8-abcde",
		     .pod_namespace = "shop",
		     .pod_uid = "1-2",
		     .labels = labels,
		     .n_labels = 2,
		     .started = 1500000000000000007,
	     });
	cgroups_add(s->context.cgroups, 5, CGROUP_NAMES, sizeof(CGROUP_NAMES));
	s->process.cgroup_id = 5;
	s->process.nspid = 3;
	fill(s);
	pod = s->message->pod;
	assert_non_null(pod);
	assert_string_equal(pod->name, "web-5d8-abcde");
	assert_string_equal(pod->namespace_, "shop");
	assert_string_equal(pod->uid, "1-2");
	assert_string_equal(pod->workload, "web");
	assert_string_equal(pod->workload_kind, "Deployment");
	assert_int_equal(pod->n_pod_labels, 2);
	assert_string_equal(pod->pod_labels[0]->key, "app");
	assert_string_equal(pod->pod_labels[1]->value, "5d8");
	assert_string_equal(pod->container->id, "containerd://" ID);
	assert_string_equal(pod->container->name, "main");
	assert_string_equal(pod->container->image->id, "shop/web@sha256:00");
	assert_string_equal(pod->container->image->name, "shop/web:v1");
	assert_int_equal(pod->container->start_time->seconds, 1500000000);
	assert_int_equal(pod->container->start_time->nanos, 7);
	assert_int_equal(pod->container->pid->value, 3);
	pods_free(&pods);
}

static void a_pod_of_which_little_is_known(void **state)
{
	struct scene *s = *state;
	const Tetragon__Pod *pod;
	struct pods *pods;

	/* By the cgroup, which has no name that says so. */
	know(s, &pods,
	     &(struct pod_container){
		     .id = "x", .pod_name = "\xff", .cgroup_id = 5, .cgroup = "/a"});
	s->process.cgroup_id = 5;
	fill(s);
	pod = s->message->pod;
	assert_non_null(pod);
	assert_string_equal(pod->name, "\xef\xbf\xbd");
	assert_string_equal(pod->workload, "");
	assert_string_equal(pod->container->id, "x");
	assert_null(pod->container->image);
	assert_null(pod->container->start_time);
	assert_null(pod->container->pid);
	assert_int_equal(pod->n_pod_labels, 0);
	pods_free(&pods);
}

/* Who made a cgroup of that name elsewhere is not in the container. */
static void a_name_that_is_elsewhere(void **state)
{
	struct scene *s = *state;
	struct pods *pods;

	know(s, &pods,
	     &(struct pod_container){
		     .id = ID, .pod_name = "p", .cgroup_id = 7, .cgroup = "/other/" ID});
	cgroups_add(s->context.cgroups, 5, CGROUP_NAMES, sizeof(CGROUP_NAMES));
	s->process.cgroup_id = 5;
	fill(s);
	assert_null(s->message->pod);
	assert_string_equal(s->message->docker, "0123456789abcdef0123456789abcde");
	pods_free(&pods);
}

static void no_pod(void **state)
{
	struct scene *s = *state;
	struct pods *pods;

	know(s, &pods, &(struct pod_container){.id = ID, .name = "main"});
	cgroups_add(s->context.cgroups, 5, CGROUP_NAMES, sizeof(CGROUP_NAMES));
	s->process.cgroup_id = 5;
	fill(s);
	assert_null(s->message->pod);
	pods_free(&pods);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(what_everybody_has),
		scene(an_unknown_one),
		scene(the_kernel_has_no_parent),
		scene(flags_in_their_order),
		scene(cut_arguments_are_flagged),
		scene(a_long_argv0),
		scene(arguments_of_any_length),
		scene(the_init_tree),
		scene(containers),
		scene(capabilities),
		scene(credentials),
		scene(nothing_gained),
		scene(set_user_id),
		scene(set_group_id),
		scene(file_capabilities),
		scene(an_image_without_a_name),
		scene(properties_are_of_the_exec_alone),
		scene(namespaces),
		scene(environment),
		scene(environment_by_name),
		scene(no_environment),
		scene(user_names),
		scene(extended_fields),
		scene(a_forgotten_one),
		scene(kernel_threads),
		scene(where_images_come_from),
		scene(an_image_that_only_procfs_told_of),
		scene(where_the_cwd_is),
		scene(truncations),
		scene(bad_bytes_are_repaired_and_counted),
		scene(good_text_stays_as_it_is),
		scene(a_pod),
		scene(a_pod_of_which_little_is_known),
		scene(a_name_that_is_elsewhere),
		scene(no_pod),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
