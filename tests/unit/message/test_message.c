// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "event/json.h"
#include "fixed_clock.h"
#include "event/scarce.h"
#include "told.h"

#include <tetragon/events.pb-c.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SHELL_OBJECT_BEFORE                                                     \
	"{\"exec_id\":\"" SHELL_ID "\",\"pid\":10,\"uid\":0,\"cwd\":\"/root\"," \
	"\"binary\":\"/bin/sh\",\"flags\":\"execve\","                          \
	"\"start_time\":\"2026-11-18T11:06:42.500Z\",\"auid\":4294967295,"      \
	"\"parent_exec_id\":\"" INIT_ID "\""
#define SHELL_OBJECT_BEHIND ",\"tid\":10,\"in_init_tree\":false}"
#define SHELL_OBJECT(refcnt) SHELL_OBJECT_BEFORE ",\"refcnt\":" #refcnt SHELL_OBJECT_BEHIND

#define LS_OBJECT_BEFORE                                                    \
	"{\"exec_id\":\"" LS_ID "\",\"pid\":20,\"uid\":1000,\"cwd\":\"/\"," \
	"\"binary\":\"/bin/ls\",\"arguments\":\"-l \\\"a b\\\"\","          \
	"\"flags\":\"execve rootcwd clone\","                               \
	"\"start_time\":\"2026-11-18T11:06:43.250Z\",\"auid\":1001,"        \
	"\"parent_exec_id\":\"" SHELL_ID "\""
#define LS_OBJECT_BEHIND ",\"tid\":20,\"in_init_tree\":false}"

static const struct record_exec ls_facts = {
	.process = LS,
	.parent = SHELL,
	.loginuid = 1001,
	.sessionid = 7,
	.cred = {.uid = 1000, .euid = 1000},
};

static const struct exec_texts ls_texts = {
	.filename = "/bin/ls",
	.exe = "/usr/bin/ls",
	.cwd = "/",
	.argv = {"ls\0-l\0a b", 10},
	.env = {"PATH=/bin\0HOME=/root", 21},
};

/* The shell forks, the child becomes ls. */
static void start_ls(struct told *t)
{
	told_shell(t);
	told_fork(t, LS_FORKED, SHELL);
	assert_int_equal(t->lines, 0);
	told_exec(t, &ls_facts, &ls_texts, SECONDS(3) + 250000000);
}

/* --- the lines */

static void an_exec(void **state)
{
	struct told *t = *state;

	start_ls(t);
	told_expect(t, "{\"process_exec\":{\"process\":" LS_OBJECT_BEFORE
		       ",\"refcnt\":1" LS_OBJECT_BEHIND ",\"parent\":" SHELL_OBJECT(
			       2) "},"
				  "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:43.250Z\"}");
}

static void an_exit(void **state)
{
	struct told *t = *state;

	start_ls(t);
	t->lines = 0;
	told_exit(t, LS, 2 << 8, SECONDS(4));
	told_expect(t, "{\"process_exit\":{\"process\":" LS_OBJECT_BEFORE LS_OBJECT_BEHIND
		       ",\"parent\":" SHELL_OBJECT(
			       2) ","
				  "\"status\":2,\"time\":\"2026-11-18T11:06:44Z\"},"
				  "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:44Z\"}");
}

static void an_exit_of_one_that_only_forked(void **state)
{
	struct told *t = *state;

	told_shell(t);
	told_fork(t, LS_FORKED, SHELL);
	told_exit(t, LS_FORKED, 9, SECONDS(4) + 1);
	told_expect(
		t, "{\"process_exit\":{\"process\":{\"exec_id\":\"" LS_FORKED_ID "\","
		   "\"pid\":20,\"uid\":0,\"cwd\":\"/root\",\"binary\":\"/bin/sh\","
		   "\"start_time\":\"2026-11-18T11:06:43Z\",\"auid\":4294967295,"
		   "\"parent_exec_id\":\"" SHELL_ID "\",\"tid\":20,\"in_init_tree\":false},"
		   "\"parent\":" SHELL_OBJECT(
			   2) ",\"signal\":\"SIGKILL\","
			      "\"time\":\"2026-11-18T11:06:44.000000001Z\"},\"node_name\":\"node\","
			      "\"time\":\"2026-11-18T11:06:44.000000001Z\"}");
}

static void an_exit_of_one_unknown(void **state)
{
	struct told *t = *state;

	told_exit(t, LS, 0, SECONDS(4));
	told_expect(t, "{\"process_exit\":{\"process\":{\"exec_id\":\"" LS_ID "\",\"pid\":20,"
		       "\"uid\":0,\"flags\":\"unknown\",\"start_time\":\"2026-11-18T11:06:43Z\","
		       "\"parent_exec_id\":\"" SHELL_ID "\",\"tid\":20},"
		       "\"time\":\"2026-11-18T11:06:44Z\"},"
		       "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:44Z\"}");
}

static void exit_statuses(void **state)
{
	static const struct {
		uint32_t status;
		const char *text;
	} cases[] = {
		{0, "},\"time\":"},
		{255 << 8, "},\"status\":255,\"time\":"},
		{SIGSEGV | 0x80, "},\"signal\":\"SIGSEGV\",\"time\":"},
		{SIGTERM, "},\"signal\":\"SIGTERM\",\"time\":"},
	};
	struct told *t = *state;

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++) {
		told_exit(t, KEY(20 + i, 1, 1), cases[i].status, SECONDS(4));
		told_line(t);
		told_expect_part(t, cases[i].text);
	}
}

static void throttling(void **state)
{
	_cleanup_str_ struct str cgroup = STR_INIT, throttle = STR_INIT;
	struct told *t = *state;

	put_cgroup(&cgroup, 7, "/system.slice/no\"isy");
	told_give(t, &cgroup, 0);
	put_throttle(&throttle, 7, 0);
	told_give(t, &throttle, SECONDS(5));
	told_expect(t, "{\"process_throttle\":{\"type\":\"THROTTLE_START\","
		       "\"cgroup\":\"/system.slice/no\\\"isy\"},\"node_name\":\"node\","
		       "\"time\":\"2026-11-18T11:06:45Z\"}");
	tracker_throttle_stop(t->tracker, cgroups_find(tracker_cgroups(t->tracker), 7), SECONDS(6));
	told_expect(t, "{\"process_throttle\":{\"type\":\"THROTTLE_STOP\","
		       "\"cgroup\":\"/system.slice/no\\\"isy\"},\"node_name\":\"node\","
		       "\"time\":\"2026-11-18T11:06:46Z\"}");
}

static void map(struct told *t, uint32_t pid, uint32_t build_id_size, const char *path)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_load(&s,
		 &(struct record_load){.pid = pid,
				       .tid = pid + 1,
				       .build_id = {0xff, 0xfe, 0xfd},
				       .build_id_size = build_id_size},
		 path);
	told_give(t, &s, SECONDS(4));
}

static void files_that_are_mapped(void **state)
{
	struct told *t = *state;

	told_shell(t);
	map(t, SHELL.pid, 3, "/lib/a\xff.so");
	told_line(t);
	told_expect_part(t, "{\"process_loader\":{\"process\":{\"exec_id\":\"" SHELL_ID "\",");
	told_expect_part(t,
			 ",\"tid\":11,\"in_init_tree\":false},\"path\":\"/lib/a\xef\xbf\xbd.so\","
			 "\"buildid\":\"//79\"},\"node_name\":\"node\","
			 "\"time\":\"2026-11-18T11:06:44Z\"}");
}

/* Of which the pid is all that is known: it has no id. */
static void files_that_somebody_maps(void **state)
{
	struct told *t = *state;

	map(t, 77, 0, "/lib/a.so");
	told_expect(t, "{\"process_loader\":{\"process\":{\"pid\":77,\"flags\":\"unknown\","
		       "\"tid\":78},\"path\":\"/lib/a.so\"},\"node_name\":\"node\","
		       "\"time\":\"2026-11-18T11:06:44Z\"}");
}

static void refused_events(void **state)
{
	struct told *t = *state;

	told_event(t, &(struct event){.type = EVENT_RATE_LIMIT_INFO,
				      .time = SECONDS(5),
				      .dropped = 1ULL << 40});
	told_expect(t, "{\"rate_limit_info\":{\"number_of_dropped_process_events\":"
		       "\"1099511627776\"},\"node_name\":\"node\","
		       "\"time\":\"2026-11-18T11:06:45Z\"}");
}

static void a_cluster_has_a_name(void **state)
{
	struct told *t = *state;

	t->config.cluster_name = "blue";
	told_restart(t);
	told_exit(t, LS, 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"node_name\":\"node\",\"time\":\"2026-11-18T11:06:44Z\","
			    "\"cluster_name\":\"blue\"}");
}

/* --- the options */

static void with_credentials(void **state)
{
	struct record_exec facts = ls_facts;
	struct told *t = *state;

	t->config.with_cred = true;
	told_restart(t);
	told_shell(t);
	told_fork(t, LS_FORKED, SHELL);
	facts.flags = EXEC_PRIVILEGED;
	facts.cred = (struct exec_cred){.uid = 1000,
					.gid = 1000,
					.egid = 1000,
					.fsgid = 1000,
					.sgid = 1000,
					.permitted = 3,
					.effective = 1,
					.securebits = 16};
	told_exec(t, &facts, &ls_texts, SECONDS(3) + 250000000);
	told_line(t);
	told_expect_part(
		t, "\"refcnt\":1,\"cap\":{\"permitted\":[\"CAP_CHOWN\",\"DAC_OVERRIDE\"],"
		   "\"effective\":[\"CAP_CHOWN\"]},\"tid\":20,"
		   "\"process_credentials\":{\"uid\":1000,\"gid\":1000,\"euid\":0,\"egid\":1000,"
		   "\"suid\":0,\"sgid\":1000,\"fsuid\":0,\"fsgid\":1000,"
		   "\"securebits\":[\"SecBitKeepCaps\"]},"
		   "\"binary_properties\":{\"setuid\":0,"
		   "\"privileges_changed\":[\"PRIVILEGES_RAISED_EXEC_FILE_SETUID\"]},"
		   "\"in_init_tree\":false},\"parent\":");
	/* The parent's capabilities are told as well; what its exec did to them was told then. */
	told_expect_part(t, "\"refcnt\":2,\"cap\":{},\"tid\":10,\"process_credentials\":{\"uid\":0,"
			    "\"gid\":0,\"euid\":0,\"egid\":0,\"suid\":0,\"sgid\":0,\"fsuid\":0,"
			    "\"fsgid\":0},\"in_init_tree\":false}");
	told_exit(t, LS, 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"process_credentials\":{\"uid\":1000,");
	told_expect_part(t, "\"cap\":{\"permitted\":[\"CAP_CHOWN\",\"DAC_OVERRIDE\"]");
	told_expect_not(t, "binary_properties");
}

static void with_namespaces(void **state)
{
	struct record_exec facts = ls_facts;
	struct told *t = *state;

	t->config.with_ns = true;
	told_restart(t);
	for (unsigned i = 0; i < _EXEC_NS_MAX; i++)
		facts.ns[i] = HOST_NS(i) + (i == EXEC_NS_NET);
	told_exec(t, &facts, &ls_texts, SECONDS(3));
	told_line(t);
	told_expect_part(t, "\"refcnt\":1,\"ns\":{\"uts\":{\"inum\":4026531835,\"is_host\":true},"
			    "\"ipc\":{\"inum\":4026531836,\"is_host\":true},"
			    "\"mnt\":{\"inum\":4026531837,\"is_host\":true},"
			    "\"pid\":{\"inum\":4026531838,\"is_host\":true},"
			    "\"pid_for_children\":{\"inum\":4026531839,\"is_host\":true},"
			    "\"net\":{\"inum\":4026531841},"
			    "\"time\":{\"inum\":4026531841,\"is_host\":true},"
			    "\"time_for_children\":{\"inum\":4026531842,\"is_host\":true},"
			    "\"cgroup\":{\"inum\":4026531843,\"is_host\":true},"
			    "\"user\":{\"inum\":4026531844,\"is_host\":true}},\"tid\":20,");
}

static void with_environment(void **state)
{
	struct told *t = *state;

	t->config.with_env = true;
	told_restart(t);
	start_ls(t);
	told_line(t);
	told_expect_part(t, "\"in_init_tree\":false,\"environment_variables\":["
			    "{\"Key\":\"PATH\",\"Value\":\"/bin\"},"
			    "{\"Key\":\"HOME\",\"Value\":\"/root\"}]},\"parent\":");
	told_exit(t, LS, 0, SECONDS(4));
	told_line(t);
	told_expect_not(t, "environment_variables");
}

static void with_some_of_the_environment(void **state)
{
	static const char *const names[] = {"HOME"};
	struct told *t = *state;

	t->config.with_env = true;
	t->config.env_names = names;
	t->config.n_env_names = 1;
	told_restart(t);
	start_ls(t);
	told_line(t);
	told_expect_part(t, "\"environment_variables\":[{\"Key\":\"HOME\",\"Value\":\"/root\"}]}");
}

static void without_its_option_nothing_of_it_is_told(void **state)
{
	struct told *t = *state;

	start_ls(t);
	told_line(t);
	told_expect_not(t, "environment_variables");
	told_expect_not(t, "\"cap\"");
	told_expect_not(t, "\"ns\"");
	told_expect_not(t, "credentials");
	told_expect_not(t, "\"user\"");
	told_expect_not(t, "ancestors");
	told_expect_not(t, "argv");
}

static void with_user_names(void **state)
{
	struct record_exec facts = {
		.process = SHELL,
		.parent = INIT,
		.ns = {[EXEC_NS_MNT] = HOST_NS(EXEC_NS_MNT),
		       [EXEC_NS_USER] = HOST_NS(EXEC_NS_USER)},
	};
	const struct exec_texts texts = {.filename = "/bin/sh"};
	struct told *t = *state;

	t->config.with_user_names = true;
	told_restart(t);
	told_exec(t, &facts, &texts, SECONDS(2));
	told_line(t);
	/* Of this machine's own /etc/passwd; that name is the same everywhere. */
	told_expect_part(t, "\"tid\":10,\"user\":{\"name\":\"root\"},");
	facts.process.execs++;
	facts.ns[EXEC_NS_MNT]++;
	told_exec(t, &facts, &texts, SECONDS(2));
	told_line(t);
	told_expect_not(t, "\"tid\":10,\"user\":{\"name\":\"root\"},\"in_init_tree\":false},"
			   "\"parent\"");
}

static void set_passwd(struct told *t, char *path, size_t size, const char *text)
{
	static time_t time = 1000;
	const struct timespec times[2] = {{.tv_sec = time}, {.tv_sec = time}};
	_cleanup_fclose_ FILE *f = NULL;

	snprintf(path, size, "%s/passwd", t->proc);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(futimens(fileno(f), times), 0);
	time++;
}

static void exec_as(struct told *t, struct process_key key, struct process_key parent, uint32_t uid)
{
	told_exec(t,
		  &(struct record_exec){.process = key,
					.parent = parent,
					.cred = {.uid = uid, .euid = uid},
					.ns = {[EXEC_NS_MNT] = HOST_NS(EXEC_NS_MNT),
					       [EXEC_NS_USER] = HOST_NS(EXEC_NS_USER)}},
		  &(struct exec_texts){.filename = "/bin/sh"}, SECONDS(2));
}

static void users_are_renamed(void **state)
{
	struct told *t = *state;
	char passwd[128];
	const char *kept;

	set_passwd(t, passwd, sizeof(passwd), "ann:x:5:5:::\nbob:x:6:6:::\n");
	t->config.with_user_names = true;
	t->config.passwd = passwd;
	told_restart(t);
	exec_as(t, SHELL, INIT, 5);
	told_line(t);
	told_expect_part(t, "\"tid\":10,\"user\":{\"name\":\"ann\"}");
	exec_as(t, LS, SHELL, 6);
	told_line(t);
	told_expect_part(t, "\"tid\":20,\"user\":{\"name\":\"bob\"}");
	told_expect_part(t, "\"tid\":10,\"user\":{\"name\":\"ann\"}");

	/* Texts are kept as long as the file is as it was. */
	kept = told_find(t, SHELL)->json;
	assert_non_null(kept);
	messages_tick(t->messages);
	assert_ptr_equal(told_find(t, SHELL)->json, kept);

	set_passwd(t, passwd, sizeof(passwd), "eve:x:5:5:::\n");
	messages_tick(t->messages);
	told_exit(t, LS, 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"tid\":20,\"in_init_tree\":false}");
	told_expect_part(t, "\"tid\":10,\"user\":{\"name\":\"eve\"}");
	told_expect_not(t, "ann");
	told_expect_not(t, "bob");
}

static void count_ancestors(struct told *t, size_t expected)
{
	ProtobufCMessage *msg;
	const char *line = told_line(t);
	const Tetragon__GetEventsResponse *r;

	assert_int_equal(json_read(&tetragon__get_events_response__descriptor, line, strlen(line),
				   &msg, NULL),
			 0);
	r = (const void *)msg;
	if (r->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC)
		assert_int_equal(r->process_exec->n_ancestors, expected);
	else
		assert_int_equal(r->process_exit->n_ancestors, expected);
	protobuf_c_message_free_unpacked(msg, NULL);
}

static void exec_plain(struct told *t, struct process_key key, struct process_key parent)
{
	told_exec(t, &(struct record_exec){.process = key, .parent = parent},
		  &(struct exec_texts){.filename = "/x"}, SECONDS(5));
}

static void with_ancestors(void **state)
{
	struct told *t = *state;

	t->config.with_ancestors = true;
	told_restart(t);
	exec_plain(t, KEY(1, 1, 1), KEY(0, 0, 0));
	/* The first has the kernel for its parent and nobody beyond. */
	count_ancestors(t, 0);
	exec_plain(t, KEY(100, 2, 1), KEY(1, 1, 1));
	count_ancestors(t, 0);
	exec_plain(t, KEY(101, 3, 1), KEY(100, 2, 1));
	count_ancestors(t, 1);
	exec_plain(t, KEY(102, 4, 1), KEY(101, 3, 1));
	told_expect_part(t, "\"ancestors\":[{\"exec_id\":\"bm9kZTozOjEwMA==\",\"pid\":100,");
	told_expect_part(t, "\"refcnt\":2,\"tid\":100,\"in_init_tree\":false},"
			    "{\"exec_id\":\"bm9kZToyOjE=\",\"pid\":1,");
	count_ancestors(t, 2);
	told_exit(t, KEY(102, 4, 1), 0, SECONDS(6));
	count_ancestors(t, 2);
	/* Who has gone unseen breaks the line. */
	exec_plain(t, KEY(201, 3, 1), KEY(200, 2, 1));
	count_ancestors(t, 0);
	exec_plain(t, KEY(202, 4, 1), KEY(201, 3, 1));
	count_ancestors(t, 0);
}

static void ancestors_have_an_end(void **state)
{
	struct told *t = *state;

	t->config.with_ancestors = true;
	told_restart(t);
	for (uint32_t i = 0; i < 100; i++) {
		t->lines = 0;
		exec_plain(t, KEY(100 + i, i + 1, 1), KEY(99 + i, i, 1));
	}
	count_ancestors(t, 64);
}

static void extended(void **state)
{
	struct record_exec facts = ls_facts;
	struct told *t = *state;

	t->config.extended = true;
	told_restart(t);
	facts.inode = 1ULL << 33;
	facts.links = 1;
	facts.magic = 0xef53;
	facts.device = 8U << 20 | 2;
	facts.nspid = 3;
	facts.pgid = 20;
	facts.sid = 10;
	facts.cgroup_id = 5;
	strcpy(facts.comm, "ls");
	told_fork(t, LS_FORKED, SHELL);
	told_exec(t, &facts, &ls_texts, SECONDS(3) + 250000000);
	told_line(t);
	/* Behind all others. */
	told_expect_part(
		t, ",\"tid\":20,\"in_init_tree\":false,\"argv\":[\"ls\",\"-l\",\"a b\"],"
		   "\"exe\":\"/usr/bin/ls\",\"exe_source\":\"file\",\"comm\":\"ls\","
		   "\"parent_pid\":10,\"nspid\":3,\"pgid\":20,\"sid\":10,\"audit_session\":7,"
		   "\"cgroup_id\":\"5\",\"inode\":\"8589934592\",\"links\":1,"
		   "\"device\":\"8:2\",\"filesystem\":\"ext4\","
		   "\"cap_bounding\":\"0000000000000000\",\"cap_ambient\":\"0000000000000000\","
		   "\"fork_time\":\"2026-11-18T11:06:43Z\"}");
}

/* --- texts that are kept */

static void a_kept_text_is_as_good_as_new(void **state)
{
	struct told *t = *state;

	for (int options = 0; options < 64; options++) {
		t->config.with_cred = options & 1;
		t->config.with_ns = options & 2;
		t->config.with_env = options & 4;
		t->config.with_ancestors = options & 8;
		t->config.with_user_names = options & 16;
		t->config.extended = options & 32;
		t->again = true;
		told_restart(t);
		start_ls(t);
		told_fork(t, KEY(30, 4000000000, 2), LS);
		told_fork(t, KEY(31, 4100000000, 2), KEY(30, 4000000000, 2));
		t->lines = 0;
		told_exec(t,
			  &(struct record_exec){.process = KEY(31, 4100000000, 3),
						.parent = KEY(30, 4000000000, 2)},
			  &(struct exec_texts){.filename = "a\xff", .cwd = "/x"}, SECONDS(5));
		told_line(t);
		told_exit(t, KEY(31, 4100000000, 3), 0, SECONDS(6));
		told_line(t);
		told_exit(t, KEY(30, 4000000000, 2), 0, SECONDS(6));
		told_line(t);
		told_exit(t, LS, 0, SECONDS(7));
		told_line(t);
	}
}

static void texts_are_kept_for_those_that_come_again(void **state)
{
	struct told *t = *state;

	start_ls(t);
	assert_non_null(told_find(t, LS)->json);
	assert_non_null(told_find(t, SHELL)->json);
	/* One that was forked and has no children comes once more at most: when it exits. */
	told_fork(t, KEY(30, 4000000000, 2), LS);
	told_fork(t, KEY(31, 4100000000, 2), KEY(30, 4000000000, 2));
	told_exit(t, KEY(31, 4100000000, 2), 0, SECONDS(6));
	assert_non_null(told_find(t, KEY(30, 4000000000, 2))->json);
}

/* What only the exec has is not kept for the others. */
static void the_text_of_an_exec_is_not_kept_for_exits(void **state)
{
	struct told *t = *state;

	t->config.with_env = true;
	told_restart(t);
	start_ls(t);
	assert_null(told_find(t, LS)->json);
	t->lines = 0;
	told_exec(t, &(struct record_exec){.process = KEY(20, 3000000000, 3), .parent = SHELL},
		  &(struct exec_texts){.filename = "/y", .env = {"X=y", 4}}, SECONDS(4));
	/* Now the first is the parent. */
	told_line(t);
	assert_non_null(told_find(t, LS)->json);
	assert_null(memmem(told_find(t, LS)->json, told_find(t, LS)->json_len, "environment", 11));
}

static void the_bytes_of_texts_count(void **state)
{
	struct told *t = *state;
	const struct table_stats *stats = table_get_stats(tracker_table(t->tracker));
	size_t kernel = stats->bytes;

	start_ls(t);
	assert_int_equal(stats->bytes,
			 kernel + 2 * sizeof(struct process) + told_find(t, LS)->json_len +
				 told_find(t, SHELL)->json_len + told_find(t, LS)->image->size +
				 told_find(t, SHELL)->image->size);
	told_exit(t, LS, 0, SECONDS(4));
	told_exit(t, SHELL, 0, SECONDS(4));
	assert_int_equal(stats->bytes, kernel);
}

/* --- references */

static uint32_t refcnt(const char *line, const char *id, bool as_parent)
{
	char what[128];
	const char *at;

	snprintf(what, sizeof(what), "\"%s\":{\"exec_id\":\"%s\"", as_parent ? "parent" : "process",
		 id);
	at = strstr(line, what);
	assert_non_null(at);
	if (strstr(at, "\"tid\"") < strstr(at, "\"refcnt\":") || !strstr(at, "\"refcnt\":"))
		return 0;
	return (uint32_t)strtoul(strstr(at, "\"refcnt\":") + 9, NULL, 10);
}

static void references(void **state)
{
	const struct process_key children[] = {KEY(30, 5, 2), KEY(31, 6, 2), KEY(32, 7, 2)};
	struct told *t = *state;
	const char *line;

	start_ls(t);
	line = told_line(t);
	/* Each is held by itself and by its children. */
	assert_int_equal(refcnt(line, LS_ID, false), 1);
	assert_int_equal(refcnt(line, SHELL_ID, true), 2);
	for (size_t i = 0; i < 3; i++)
		told_fork(t, children[i], LS);
	told_exit(t, children[0], 0, SECONDS(5));
	line = told_line(t);
	assert_int_equal(refcnt(line, LS_ID, true), 4);
	/* On its way out it does not hold itself any more. */
	told_exit(t, LS, 0, SECONDS(6));
	line = told_line(t);
	assert_int_equal(refcnt(line, LS_ID, false), 2);
	assert_int_equal(refcnt(line, SHELL_ID, true), 2);
	told_exit(t, children[1], 0, SECONDS(7));
	line = told_line(t);
	assert_int_equal(refcnt(line, LS_ID, true), 2);
	told_exit(t, children[2], 0, SECONDS(7));
	line = told_line(t);
	assert_int_equal(refcnt(line, LS_ID, true), 1);
	told_exit(t, SHELL, 0, SECONDS(8));
	line = told_line(t);
	assert_int_equal(refcnt(line, SHELL_ID, false), 0);
}

/* --- what is no UTF-8 */

static void bad_bytes_are_counted_once_a_text(void **state)
{
	struct told *t = *state;

	told_exec(t, &(struct record_exec){.process = SHELL, .parent = INIT},
		  &(struct exec_texts){.filename = "/\xff", .cwd = "/\xfe"}, SECONDS(2));
	told_line(t);
	told_expect_part(t, "\"cwd\":\"/\xef\xbf\xbd\",\"binary\":\"/\xef\xbf\xbd\"");
	assert_int_equal(t->ledger.invalid_utf8, 2);
	/* The kept text has been repaired. */
	told_exit(t, SHELL, 0, SECONDS(3));
	told_line(t);
	told_expect_part(t, "\"binary\":\"/\xef\xbf\xbd\"");
	assert_int_equal(t->ledger.invalid_utf8, 2);
}

static void every_line_can_be_read(void **state)
{
	static const char nasty[] =
		"/\"\\\n\t\x01\x7f\xc2\x80\xe2\x80\xa8\xed\xa0\x80\xff</script>";
	struct told *t = *state;
	ProtobufCMessage *msg;

	t->config.node_name = nasty;
	t->config.cluster_name = nasty;
	t->config.extended = t->config.with_env = true;
	told_restart(t);
	told_exec(
		t, &(struct record_exec){.process = SHELL, .parent = INIT},
		&(struct exec_texts){
			nasty, nasty, nasty, nasty, {nasty, sizeof(nasty)}, {nasty, sizeof(nasty)}},
		SECONDS(2));
	assert_int_equal(json_read(&tetragon__get_events_response__descriptor, t->line.data,
				   strlen(t->line.data), &msg, NULL),
			 0);
	protobuf_c_message_free_unpacked(msg, NULL);
	assert_null(strchr(told_line(t), '\n'));
}

/* --- the clock */

static void the_clock_is_set(void **state)
{
	const struct fixed_clock saved = fixed_clock;
	struct told *t = *state;

	told_shell(t);
	/* What time itself does to the two makes no difference … */
	fixed_clock.boot += SECONDS(1);
	fixed_clock.wall += SECONDS(1) + 50000000;
	messages_tick(t->messages);
	told_exit(t, LS, 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"time\":\"2026-11-18T11:06:44Z\"}");
	/* … but a step is followed, forth and back. */
	fixed_clock.wall += SECONDS(3600);
	told_exit(t, KEY(21, 1, 1), 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"time\":\"2026-11-18T11:06:44Z\"}");
	messages_tick(t->messages);
	told_exit(t, KEY(22, 1, 1), 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"time\":\"2026-11-18T12:06:44.050Z\"}");
	fixed_clock.wall -= SECONDS(86400);
	messages_tick(t->messages);
	told_exit(t, KEY(23, 1, 1), 0, SECONDS(4));
	told_line(t);
	told_expect_part(t, "\"time\":\"2026-11-17T12:06:44.050Z\"}");
	fixed_clock = saved;
}

/* --- the host's namespaces */

static void namespaces_of_the_host_that_cannot_be_read(void **state)
{
	struct told *t = *state;

	t->config.proc = "/nonexistent";
	t->config.with_ns = true;
	told_restart(t);
	told_exec(t,
		  &(struct record_exec){
			  .process = SHELL, .parent = INIT, .ns[EXEC_NS_UTS] = HOST_NS(0)},
		  &(struct exec_texts){.filename = "/x"}, SECONDS(2));
	told_line(t);
	told_expect_part(t, "\"ns\":{\"uts\":{\"inum\":4026531835}}");
}

/* --- no memory */

static void without_memory_the_rest_stays(void **state)
{
	struct told *t = *state;
	unsigned n = 0;
	int failed;

	t->config.with_cred = t->config.with_ns = t->config.with_env = true;
	t->config.with_ancestors = t->config.extended = true;
	told_restart(t);
	start_ls(t);
	do {
		_cleanup_str_ struct str out = STR_INIT;
		const struct event event = {
			.type = EVENT_EXEC,
			.time = SECONDS(9),
			.process = told_find(t, LS),
			.parent = told_find(t, SHELL),
		};
		int r;

		/* Room for the beginning alone, which is in there already. */
		str_append_lit(&out, "before");
		table_set_json(tracker_table(t->tracker), event.parent, NULL);
		scarce_after(n++);
		r = messages_append_json(t->messages, &event, &out);
		failed = scarce_end();
		assert_false(out.failed);
		assert_memory_equal(out.data, "before", 6);
		if (r < 0) {
			assert_true(failed);
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(out.len, 6);
		} else {
			assert_string_equal(str_cstr(&out) + out.len - 2, "}\n");
		}
	} while (failed);
	assert_true(n > 3);
}

#define told(f) cmocka_unit_test_setup_teardown(f, told_setup, told_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		told(an_exec),
		told(an_exit),
		told(an_exit_of_one_that_only_forked),
		told(an_exit_of_one_unknown),
		told(exit_statuses),
		told(throttling),
		told(files_that_are_mapped),
		told(files_that_somebody_maps),
		told(refused_events),
		told(a_cluster_has_a_name),
		told(with_credentials),
		told(with_namespaces),
		told(with_environment),
		told(with_some_of_the_environment),
		told(without_its_option_nothing_of_it_is_told),
		told(with_user_names),
		told(users_are_renamed),
		told(with_ancestors),
		told(ancestors_have_an_end),
		told(extended),
		told(a_kept_text_is_as_good_as_new),
		told(texts_are_kept_for_those_that_come_again),
		told(the_text_of_an_exec_is_not_kept_for_exits),
		told(the_bytes_of_texts_count),
		told(references),
		told(bad_bytes_are_counted_once_a_text),
		told(every_line_can_be_read),
		told(the_clock_is_set),
		told(namespaces_of_the_host_that_cannot_be_read),
		told(without_memory_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
