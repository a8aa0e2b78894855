// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/settings.h"
#include "base/log.h"
#include "sample.h"
#include "tree.h"

#include <errno.h>

#define ARGV_MAX 8

struct loaded {
	struct settings s;
	struct error *err;
};

static int setup(void **state)
{
	struct loaded *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	clearenv();
	tree_enter();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct loaded *f = *state;

	tree_leave();
	settings_done(&f->s);
	error_free(&f->err);
	free(f);
	return 0;
}

/* Loads from the files below the working directory. */
static int load(struct loaded *f, const char *const *args)
{
	char *argv[ARGV_MAX] = {(char *)"ocellid"};
	int argc = 1;

	for (; *args; args++)
		argv[argc++] = (char *)*args;
	settings_done(&f->s);
	return settings_load(&f->s, ".", argc, argv, &f->err);
}

#define LOAD(f, ...) load(f, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void defaults(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(LOAD(f), 0);
	assert_int_equal(f->s.log_level, LOG_LEVEL_INFO);
	assert_int_equal(f->s.log_format, LOG_FORMAT_TEXT);
	assert_string_equal(f->s.procfs, "/proc/");
	assert_string_equal(f->s.run_dir, "/var/run/ocelli");
	assert_null(f->s.export_filename);
	assert_int_equal(f->s.export_file_max_size_mb, 10);
	assert_int_equal(f->s.export_file_max_backups, 5);
	assert_int_equal(f->s.export_file_rotation_interval, 0);
	assert_int_equal(f->s.export_file_perm, 0600);
	assert_int_equal(f->s.export_rate_limit, -1);
	assert_int_equal(f->s.export_stdout_buffer, 1 << 20);
	assert_int_equal(f->s.process_cache_size, 65536);
	assert_int_equal(f->s.process_cache_bytes, 16 << 20);
	assert_int_equal(f->s.rb_size, 0);
	assert_int_equal(f->s.cgroup_rate_events, 0);
	assert_int_equal(f->s.username_metadata, USERNAME_METADATA_DISABLED);
	assert_int_equal(f->s.warnings.n, 0);
}

/* Each source is added to those below it, and wins over them. */
static void precedence(void **state)
{
	struct loaded *f = *state;

	tree_write_text("usr/lib/ocelli/ocelli.conf.d/cluster-name", "1");
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.cluster_name, "1");
	tree_write_text("usr/local/lib/ocelli/ocelli.conf.d/cluster-name", "2");
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.cluster_name, "2");
	tree_write_text("etc/ocelli/ocelli.yaml", "cluster-name: 3");
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.cluster_name, "3");
	tree_write_text("etc/ocelli/ocelli.conf.d/cluster-name", "4");
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.cluster_name, "4");
	tree_write_text("dir/cluster-name", "5");
	assert_int_equal(LOAD(f, "--config-dir=dir"), 0);
	assert_string_equal(f->s.cluster_name, "5");
	assert_string_equal(f->s.config_dir, "dir");
	setenv("OCELLI_CLUSTER_NAME", "6", 1);
	assert_int_equal(LOAD(f, "--config-dir=dir"), 0);
	assert_string_equal(f->s.cluster_name, "6");
	assert_int_equal(LOAD(f, "--config-dir=dir", "--cluster-name", "7"), 0);
	assert_string_equal(f->s.cluster_name, "7");
}

static void filters_in_yaml(void **state)
{
	struct loaded *f = *state;
	_cleanup_free_ char *text = NULL;

	tree_write_text("etc/ocelli/ocelli.yaml",
			"export-allowlist: |\n  {\"event_set\": [\"PROCESS_EXEC\"]}\n  {\n"
			"  \"pid\": [1]}\n"
			"export-denylist: '{\"arguments_regex\": [\"\\\\s\"]}'\n"
			"field-filters: |-\n  [{\"fields\": \"process\"}]\n"
			"redaction-filters: |\n  {\"redact\": [\"(x)\"]}\n"
			"enable-pid-set-filter: true\n");
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.export_allowlist,
			    "{\"event_set\": [\"PROCESS_EXEC\"]}\n{\n\"pid\": [1]}");
	assert_string_equal(f->s.redaction_filters, "{\"redact\": [\"(x)\"]}");
	assert_true(f->s.enable_pid_set_filter);
	assert_int_equal(f->s.warnings.n, 0);

	tree_write_text("etc/ocelli/ocelli.yaml",
			"export-allowlist: |\n  {\"pid\": [1]}\n  {\"pid\": \"x\"}\n");
	assert_int_equal(LOAD(f), -EBADMSG);
	text = error_text(f->err);
	assert_non_null(strstr(text, "export-allowlist:2:9: pid: expected an array"));
}

static void filters_that_need_more(void **state)
{
	static const struct {
		const char *options[4], *says;
	} cases[] = {
		{{"--export-denylist={\"pid_set\":[1]}"}, "enable-pid-set-filter"},
		{{"--export-allowlist={\"ancestor_binary_regex\":[\"x\"]}"}, "--enable-ancestors"},
		{{"--redaction-filters={\"redact\":[\"x\"]}"}, "no group"},
		{{"--export-denylist={\"pid_set\":[1]}", "--enable-pid-set-filter"}, NULL},
		{{"--export-allowlist={\"ancestor_binary_regex\":[\"x\"]}",
		  "--enable-ancestors=base"},
		 NULL},
	};
	struct loaded *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = NULL;

		error_free(&f->err);
		assert_int_equal(load(f, cases[i].options), cases[i].says ? -EINVAL : 0);
		text = f->err ? error_text(f->err) : NULL;
		if (cases[i].says)
			assert_non_null(strstr(text, cases[i].says));
	}
}

static void config_dir_of_the_environment(void **state)
{
	struct loaded *f = *state;

	tree_write_text("dir/cluster-name", "env");
	tree_write_text("other/cluster-name", "args");
	setenv("OCELLI_CONFIG_DIR", "dir", 1);
	assert_int_equal(LOAD(f), 0);
	assert_string_equal(f->s.cluster_name, "env");
	assert_int_equal(LOAD(f, "--config-dir", "other"), 0);
	assert_string_equal(f->s.cluster_name, "args");
	setenv("OCELLI_CONFIG_DIR", "", 1);
	assert_int_equal(LOAD(f), 0);
	assert_null(f->s.cluster_name);
}

static void config_dir_has_to_be_there(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(LOAD(f, "--config-dir=none"), -ENOENT);
	assert_error(&f->err, "none: cannot be read: No such file or directory");
	tree_write_text("dir/config-dir", "other");
	assert_int_equal(LOAD(f, "--config-dir=dir"), -EINVAL);
	assert_error(&f->err, "dir/config-dir: \"config-dir\" cannot be set here "
			      "(it belongs on the command line: --config-dir)");
}

static void help_needs_no_files(void **state)
{
	struct loaded *f = *state;

	tree_write_text("etc/ocelli/ocelli.yaml", "nonsense");
	setenv("OCELLI_RB_SIZE", "nonsense", 1);
	setenv("OCELLI_VERSION", "1.2.3", 1);
	assert_int_equal(LOAD(f, "--help"), 0);
	assert_true(f->s.help);
	assert_int_equal(LOAD(f, "-h"), 0);
	assert_true(f->s.help);
	assert_int_equal(LOAD(f, "--version"), 0);
	assert_true(f->s.version);
	assert_int_equal(LOAD(f), -EINVAL);
	assert_error(&f->err, "./etc/ocelli/ocelli.yaml:1:1: the name of an option with its value "
			      "is expected here (the file is a flat list of lines such as "
			      "rb-size: 64K)");
}

static void failure_leaves_the_settings(void **state)
{
	struct loaded *f = *state;
	char *argv[] = {(char *)"ocellid", (char *)"--rb-size=x"};

	assert_int_equal(LOAD(f, "--cluster-name=kept"), 0);
	assert_int_equal(settings_load(&f->s, ".", 2, argv, NULL), -EINVAL);
	assert_string_equal(f->s.cluster_name, "kept");
}

static void log_levels(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(LOAD(f, "--log-level=WARNING"), 0);
	assert_int_equal(f->s.log_level, LOG_LEVEL_WARN);
	assert_int_equal(LOAD(f, "--log-level=panic"), 0);
	assert_int_equal(f->s.log_level, LOG_LEVEL_ERROR);
	assert_int_equal(LOAD(f, "--log-level=panic", "-d"), 0);
	assert_int_equal(f->s.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(LOAD(f, "--log-level=trace", "--debug"), 0);
	assert_int_equal(f->s.log_level, LOG_LEVEL_TRACE);
	for (int i = 0; settings_log_levels[i]; i++) {
		assert_int_equal(LOAD(f, "--log-level", settings_log_levels[i]), 0);
		assert_int_equal(f->s.log_level, log_level_from_string(settings_log_levels[i]));
	}
}

static void cgroup_rates(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(LOAD(f, "--cgroup-rate=1000,1s"), 0);
	assert_int_equal(f->s.cgroup_rate_events, 1000);
	assert_int_equal(f->s.cgroup_rate_interval, 1000000000);
	assert_int_equal(LOAD(f, "--cgroup-rate="), 0);
	assert_int_equal(f->s.cgroup_rate_events, 0);
}

static void enabled_ancestors(void **state)
{
	struct loaded *f = *state;

	assert_int_equal(LOAD(f, "--enable-ancestors=base"), 0);
	assert_int_equal(LOAD(f, "--enable-ancestors=kprobe,base,usdt"), 0);
	assert_int_equal(f->s.enable_ancestors.n, 3);
}

static void contradictions(void **state)
{
	static const struct {
		const char *args[2], *error;
	} cases[] = {
		{{"--rb-size=64K", "--rb-size-total=1M"},
		 "rb-size and rb-size-total are both set "
		 "(one is per CPU, the other over all CPUs: set one of them)"},
		{{"--metrics-label-filter=binary,image"},
		 "metrics-label-filter: there is no label \"image\" "
		 "(they are namespace, workload, pod, binary, node_name)"},
		{{"--filter-environment-variables=PATH"},
		 "filter-environment-variables is set, but environments are not recorded "
		 "(set enable-process-environment-variables, too)"},
		{{"--enable-ancestors=kprobe"},
		 "enable-ancestors lacks \"base\" "
		 "(the ancestors of other events are those that \"base\" records)"},
		{{"--enable-ancestors=base,bas"},
		 "enable-ancestors: \"bas\" is no class of events "
		 "(they are base, kprobe, tracepoint, loader, uprobe, lsm, usdt)"},
		{{"--cgroup-rate=1000"},
		 "cgroup-rate: \"1000\" has no interval "
		 "(a rate is written EVENTS,INTERVAL: 1000,1s)"},
		{{"--cgroup-rate=0,1s"},
		 "cgroup-rate: the number of events: \"0\" is not between 1 and 4294967295"},
		{{"--cgroup-rate=1,1"},
		 "cgroup-rate: the interval: \"1\" is not a duration "
		 "(a duration is written like 1h30m, 1.5s or 200ms)"},
		{{"--cgroup-rate=1,2h"},
		 "cgroup-rate: the interval \"2h\" is not between 1ms and 1h"},
		{{"--procfs=proc"}, "procfs: \"proc\" is no absolute path"},
		{{"--run-dir="}, "run-dir: \"\" is no absolute path"},
		{{"--export-file-rotation-interval=-1s"},
		 "--export-file-rotation-interval: \"-1s\" is not between 0 and 292 years"},
		{{"--export-rate-limit=-2"},
		 "--export-rate-limit: \"-2\" is not between -1 and 1000000000"},
		{{"--process-cache-size=1023"},
		 "--process-cache-size: \"1023\" is not between 1024 and 4194304"},
		{{"--export-stdout-buffer=1K"},
		 "--export-stdout-buffer: \"1K\" is not between 64K and 1G"},
		{{"--debug", "false"},
		 "unexpected argument \"false\" "
		 "(only options are taken; true and false are given as --name=false)"},
	};
	struct loaded *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(LOAD(f, cases[i].args[0], cases[i].args[1]), -EINVAL);
		assert_error(&f->err, cases[i].error);
	}
}

static void contradictions_of_the_server(void **state)
{
	static const char tcp[] = "--server-address=localhost:1",
			  cert[] = "--server-tls-cert-file=c", key[] = "--server-tls-key-file=k",
			  ca[] = "--server-tls-client-ca-files=a",
			  client[] = "--server-tls-require-client-cert",
			  names[] = "--server-tls-admins=x";
	static const struct {
		const char *args[6], *error;
	} cases[] = {
		{{tcp, cert}, "server-tls-cert-file is set, and server-tls-key-file is not"},
		{{tcp, key}, "server-tls-key-file is set, and server-tls-cert-file is not"},
		{{tcp, client, ca},
		 "server-tls-require-client-cert is set, but TCP is served in plain text"},
		{{tcp, cert, key, client}, "and server-tls-client-ca-files is not"},
		{{tcp, cert, key, ca}, "clients need no certificate"},
		{{tcp, cert, key, names},
		 "server-tls-admins is set, but clients need no certificate"},
		{{tcp, cert, key, "--server-tls-client-crl-files=x"},
		 "server-tls-client-crl-files is set, but clients need no certificate"},
		{{tcp, cert, key, client, ca, "--server-tls-client-crl-files=x"}, NULL},
		{{tcp, cert, key, client, ca, names}, NULL},
		{{cert, key}, "server-address is not HOST:PORT"},
		{{cert, key, "--server-address=unix:///x"}, "server-address is not HOST:PORT"},
		{{"--server-tcp-role=admin"}, "server-address is not HOST:PORT"},
		{{"--server-tcp-role=admin", tcp}, NULL},
		{{"--server-tcp-role=other", tcp}, "other"},
		{{"--server-address=", "--server-group=1"}, "server-address is empty"},
		{{"--server-address=", "--server-admin-group=1"}, "server-address is empty"},
		{{"--server-group=1", "--server-admin-group=2"}, NULL},
	};
	struct loaded *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *const *a = cases[i].args;
		int r = LOAD(f, a[0], a[1], a[2], a[3], a[4], a[5]);

		assert_int_equal(r, cases[i].error ? -EINVAL : 0);
		if (cases[i].error)
			assert_non_null(strstr(f->err->message, cases[i].error));
	}
}

static void files_of_the_other_agent_load(void **state)
{
	struct loaded *f = *state;

	tree_write_text("dir/tracing-policy-dir", "/etc/tetragon/tetragon.tp.d\n");
	tree_write_text("dir/server-address", "localhost:54321\n");
	tree_write_text("dir/metrics-server", ":2112\n");
	tree_write_text("dir/metrics-label-filter", "namespace,workload,pod,binary\n");
	tree_write_text("dir/enable-k8s-api", "false\n");
	tree_write_text("dir/gops-address", "localhost:8118\n");
	tree_write_text("dir/process-cache-size", "65536\n");
	assert_int_equal(LOAD(f, "--config-dir=dir"), 0);
	assert_int_equal(f->s.warnings.n, 1);
	assert_string_equal(f->s.warnings.v[0], "dir/gops-address: has no effect: "
						"there is no Go runtime to look into");
	assert_int_equal(f->s.metrics_labels, METRICS_LABEL_BINARY);
	tree_write_text("dir/enable-k8s-api", "true\n");
	assert_int_equal(LOAD(f, "--config-dir=dir"), -EOPNOTSUPP);
	assert_error(&f->err, "dir/enable-k8s-api: cannot be honoured: "
			      "the Kubernetes API is not used in this version");
}

static void help_text(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	settings_help(&out, 80);
	assert_non_null(str_cstr(&out));
	assert_non_null(strstr(out.data, "Usage: ocellid"));
	assert_non_null(strstr(out.data, "\n      --export-filename FILE"));
	assert_null(strstr(out.data, "gops-address"));
	assert_null(strstr(out.data, "enable-k8s-api"));
	for (const char *line = out.data; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(defaults),
		fixture_test(precedence),
		fixture_test(filters_in_yaml),
		fixture_test(filters_that_need_more),
		fixture_test(config_dir_of_the_environment),
		fixture_test(config_dir_has_to_be_there),
		fixture_test(help_needs_no_files),
		fixture_test(failure_leaves_the_settings),
		fixture_test(log_levels),
		fixture_test(cgroup_rates),
		fixture_test(enabled_ancestors),
		fixture_test(contradictions),
		fixture_test(contradictions_of_the_server),
		fixture_test(files_of_the_other_agent_load),
		fixture_test(help_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
