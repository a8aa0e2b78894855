// SPDX-License-Identifier: Apache-2.0
#include "agent/settings.h"
#include "agent/export_filters.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/option_value.h"
#include "pins/pins.h"

#include <errno.h>
#include <string.h>

#define ENV_PREFIX "OCELLI"

static struct options options_of(struct settings *s)
{
	return (struct options){.specs = settings_options, .n = settings_n_options, .settings = s};
}

void settings_done(struct settings *s)
{
	const struct options opts = options_of(s);

	options_done(&opts);
	strings_free(&s->warnings);
}

static int read_args(const struct options *opts, int argc, char **argv, struct error **reterr)
{
	int first, r = options_parse_args(opts, argc, argv, false, &first, reterr);

	if (r < 0 || first == argc)
		return r;
	error_set(reterr, -EINVAL, "unexpected argument %s", quote(argv[first]).s);
	error_remedy(reterr, "only options are taken; true and false are given as --name=false");
	return -EINVAL;
}

static int read_files(const struct options *opts, const char *root, struct error **reterr)
{
	static const struct {
		int (*read)(const struct options *opts, const char *path, bool required,
			    struct error **reterr);
		const char *path;
	} sources[] = {
		{options_read_dir, "usr/lib/ocelli/ocelli.conf.d"},
		{options_read_dir, "usr/local/lib/ocelli/ocelli.conf.d"},
		{options_read_yaml, "etc/ocelli/ocelli.yaml"},
		{options_read_dir, "etc/ocelli/ocelli.conf.d"},
	};
	size_t root_len = strlen(root);

	while (root_len && root[root_len - 1] == '/')
		root_len--;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		_cleanup_str_ struct str path = STR_INIT;
		int r;

		str_appendf(&path, "%.*s/%s", (int)root_len, root, sources[i].path);
		if (!str_cstr(&path))
			return -ENOMEM;
		r = sources[i].read(opts, path.data, false, reterr);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The agent keeps to its own names for levels; others of the table are aliases. */
static int settle_log_level(struct settings *s, struct error **reterr)
{
	s->log_level = log_level_from_string(settings_log_levels[s->log_level]);
	if (s->debug)
		s->log_level = MAX(s->log_level, (int)LOG_LEVEL_DEBUG);
	return 0;
}

static int settle_cgroup_rate(struct settings *s, struct error **reterr)
{
	static const struct option_spec events_spec = {
		.type = OPTION_INT, .min = 1, .max = UINT32_MAX};
	static const struct option_spec interval_spec = {.type = OPTION_DURATION};
	const char *comma = s->cgroup_rate ? strchr(s->cgroup_rate, ',') : NULL;
	_cleanup_free_ char *events_text = NULL;
	union option_value events, interval;
	int r;

	if (!s->cgroup_rate)
		return 0;
	if (!comma) {
		error_set(reterr, -EINVAL, "cgroup-rate: %s has no interval",
			  quote(s->cgroup_rate).s);
		error_remedy(reterr, "a rate is written EVENTS,INTERVAL: 1000,1s");
		return -EINVAL;
	}
	events_text = strndup(s->cgroup_rate, (size_t)(comma - s->cgroup_rate));
	if (!events_text)
		return -ENOMEM;
	r = option_value_parse(&events_spec, events_text, &events, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "cgroup-rate: the number of events");
	r = option_value_parse(&interval_spec, comma + 1, &interval, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "cgroup-rate: the interval");
	if (interval.number < NSEC_PER_MSEC || interval.number > 3600 * NSEC_PER_SEC)
		return error_set(reterr, -EINVAL,
				 "cgroup-rate: the interval %s is not between 1ms and 1h",
				 quote(comma + 1).s);
	s->cgroup_rate_events = (uint32_t)events.integer;
	s->cgroup_rate_interval = interval.number;
	return 0;
}

static int check_ring_size(struct settings *s, struct error **reterr)
{
	if (!s->rb_size || !s->rb_size_total)
		return 0;
	error_set(reterr, -EINVAL, "rb-size and rb-size-total are both set");
	error_remedy(reterr, "one is per CPU, the other over all CPUs: set one of them");
	return -EINVAL;
}

static int check_environment(struct settings *s, struct error **reterr)
{
	if (!s->filter_environment_variables.n || s->enable_process_environment_variables)
		return 0;
	error_set(reterr, -EINVAL,
		  "filter-environment-variables is set, but environments are not recorded");
	error_remedy(reterr, "set enable-process-environment-variables, too");
	return -EINVAL;
}

static int check_ancestors(struct settings *s, struct error **reterr)
{
	static const char *const classes[] = {"base",   "kprobe", "tracepoint", "loader",
					      "uprobe", "lsm",    "usdt"};
	const struct strings *list = &s->enable_ancestors;

	for (size_t i = 0; i < list->n; i++) {
		size_t c = 0;

		while (c < ARRAY_SIZE(classes) && strcmp(list->v[i], classes[c]) != 0)
			c++;
		if (c < ARRAY_SIZE(classes))
			continue;
		error_set(reterr, -EINVAL, "enable-ancestors: %s is no class of events",
			  quote(list->v[i]).s);
		error_remedy(reterr,
			     "they are base, kprobe, tracepoint, loader, uprobe, lsm, usdt");
		return -EINVAL;
	}
	if (!list->n || strings_contain(list, "base"))
		return 0;
	error_set(reterr, -EINVAL, "enable-ancestors lacks \"base\"");
	error_remedy(reterr, "the ancestors of other events are those that \"base\" records");
	return -EINVAL;
}

static int settle_metrics_labels(struct settings *s, struct error **reterr)
{
	/* Containers are not matched with pods: nothing is known of the first three. */
	static const struct {
		const char *name;
		unsigned int bit;
	} labels[] = {
		{"namespace", 0},
		{"workload", 0},
		{"pod", 0},
		{"binary", METRICS_LABEL_BINARY},
		{"node_name", METRICS_LABEL_NODE_NAME},
	};
	const struct strings *list = &s->metrics_label_filter;

	for (size_t i = 0; i < list->n; i++) {
		size_t l = 0;

		while (l < ARRAY_SIZE(labels) && strcmp(list->v[i], labels[l].name) != 0)
			l++;
		if (l < ARRAY_SIZE(labels)) {
			s->metrics_labels |= labels[l].bit;
			continue;
		}
		error_set(reterr, -EINVAL, "metrics-label-filter: there is no label %s",
			  quote(list->v[i]).s);
		error_remedy(reterr, "they are namespace, workload, pod, binary, node_name");
		return -EINVAL;
	}
	return 0;
}

static int check_paths(struct settings *s, struct error **reterr)
{
	const struct {
		const char *name, *path;
	} paths[] = {{"procfs", s->procfs},
		     {"run-dir", s->run_dir},
		     {"persist-grpc-policies-dir", s->persist_grpc_policies_dir}};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *path = paths[i].path ? paths[i].path : "";

		if (*path != '/')
			return error_set(reterr, -EINVAL, "%s: %s is no absolute path",
					 paths[i].name, quote(path).s);
	}
	return 0;
}

/* A name is one below where everybody has a BPF file system. */
static int complete_bpf_dir(struct settings *s, struct error **reterr)
{
	char *path;

	if (!s->bpf_dir || !*s->bpf_dir || strstr(s->bpf_dir, ".."))
		return error_set(reterr, -EINVAL, "bpf-dir: %s is no name of a directory",
				 quote(s->bpf_dir ? s->bpf_dir : "").s);
	if (*s->bpf_dir == '/')
		return 0;
	if (asprintf(&path, BPFFS "/%s", s->bpf_dir) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	free(s->bpf_dir);
	s->bpf_dir = path;
	return 0;
}

/* Whether there is any TCP that TLS could be for. */
static bool is_tcp(const char *address)
{
	return address && strcmp(address, SETTINGS_SERVER_UNIX) != 0 &&
	       strncmp(address, "unix://", strlen("unix://")) != 0;
}

/* What is asked for is done, or said not to be: none of it is passed over in silence. */
static int check_server(struct settings *s, struct error **reterr)
{
	bool tcp = is_tcp(s->server_address), cert = s->server_tls_cert_file;
	bool key = s->server_tls_key_file, clients = s->server_tls_require_client_cert;
	bool authorities = s->server_tls_client_ca_files.n, admins = s->server_tls_admins.n;
	bool all_admins = s->server_tcp_role == TCP_ROLE_ADMIN;
	const struct {
		bool is_wrong;
		const char *text, *remedy;
	} rules[] = {
		{cert && !key, "server-tls-cert-file is set, and server-tls-key-file is not",
		 "TLS takes both: the certificate, and its key"},
		{key && !cert, "server-tls-key-file is set, and server-tls-cert-file is not",
		 "TLS takes both: the certificate, and its key"},
		{clients && !cert,
		 "server-tls-require-client-cert is set, but TCP is served in plain text",
		 "set server-tls-cert-file and server-tls-key-file, too"},
		{clients && !authorities,
		 "server-tls-require-client-cert is set, and server-tls-client-ca-files is not",
		 "name the authorities whose certificates clients may have"},
		{authorities && !clients,
		 "server-tls-client-ca-files is set, but clients need no certificate",
		 "set server-tls-require-client-cert, too"},
		{s->server_tls_client_crl_files.n && !clients,
		 "server-tls-client-crl-files is set, but clients need no certificate",
		 "set server-tls-require-client-cert and server-tls-client-ca-files, too"},
		{admins && !clients, "server-tls-admins is set, but clients need no certificate",
		 "set server-tls-require-client-cert and server-tls-client-ca-files, too"},
		{admins && all_admins,
		 "server-tls-admins is set, but with server-tcp-role=admin everybody is one",
		 "set one of them"},
		{cert && !tcp, "server-tls-cert-file is set, but server-address is not HOST:PORT",
		 "TLS is for TCP; who may use the unix socket server-group says"},
		{all_admins && !tcp, "server-tcp-role is set, but server-address is not HOST:PORT",
		 "who may use the unix socket server-group and server-admin-group say"},
		{!s->server_address && (s->server_group || s->server_admin_group),
		 "a group may use the socket, but there is none: server-address is empty",
		 "set server-address=unix, or no group"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!rules[i].is_wrong)
			continue;
		error_set(reterr, -EINVAL, "%s", rules[i].text);
		error_remedy(reterr, "%s", rules[i].remedy);
		return -EINVAL;
	}
	return 0;
}

/* They are read again by who applies them. */
static int check_filters(struct settings *s, struct error **reterr)
{
	_cleanup_(export_filters_done) struct export_filters filters = {0};
	_cleanup_(redaction_free) struct redaction *redaction = NULL;
	int r = export_filters_read(s, &filters, reterr);

	if (r >= 0 && s->redaction_filters)
		r = export_filters_read_redaction(s, &redaction, reterr);
	return r;
}

static int settle(struct settings *s, struct error **reterr)
{
	static int (*const steps[])(struct settings *s, struct error **reterr) = {
		settle_log_level, settle_cgroup_rate,    check_ring_size,  check_environment,
		check_ancestors,  settle_metrics_labels, complete_bpf_dir, check_paths,
		check_server,     check_filters,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](s, reterr);
	return r;
}

static int load(struct settings *s, const char *root, const char *config_dir, int argc, char **argv,
		struct error **reterr)
{
	struct options opts = options_of(s);
	int r;

	opts.warnings = &s->warnings;
	r = options_init(&opts);
	if (r == 0)
		r = read_files(&opts, root, reterr);
	if (r == 0 && config_dir && *config_dir)
		r = options_read_dir(&opts, config_dir, true, reterr);
	if (r == 0)
		r = options_read_env(&opts, ENV_PREFIX, reterr);
	if (r == 0)
		r = read_args(&opts, argc, argv, reterr);
	return r < 0 ? r : settle(s, reterr);
}

int settings_load(struct settings *ret, const char *root, int argc, char **argv,
		  struct error **reterr)
{
	_cleanup_(settings_done) struct settings early = {0}, s = {0};
	const struct options opts = options_of(&early);
	const char *config_dir;
	int r;

	/* The command line is read for itself first: it says whether and which files are read. */
	r = options_init(&opts);
	if (r == 0)
		r = read_args(&opts, argc, argv, reterr);
	if (r < 0)
		return r;
	if (early.help || early.version) {
		*ret = early;
		early = (struct settings){0};
		return 0;
	}
	config_dir = early.config_dir ? early.config_dir : getenv(ENV_PREFIX "_CONFIG_DIR");
	r = load(&s, root, config_dir, argc, argv, reterr);
	if (r < 0)
		return r;
	*ret = s;
	s = (struct settings){0};
	return 0;
}

void settings_help(struct str *out, unsigned width)
{
	const struct options opts = options_of(NULL);

	str_append_lit(out, "Usage: ocellid [OPTION]...\n"
			    "Watches what every process of this machine does.\n\n");
	options_help(&opts, out, width);
	str_append_lit(
		out,
		"\nAn option NAME-X is also a file NAME-X in /etc/ocelli/ocelli.conf.d, a line\n"
		"NAME-X: VALUE in /etc/ocelli/ocelli.yaml, or OCELLI_NAME_X in the environment.\n"
		"See ocellid(8).\n");
}
