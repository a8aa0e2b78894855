/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_SETTINGS_H
#define OCELLI_AGENT_SETTINGS_H

#include "base/error.h"
#include "base/str.h"
#include "config/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A socket in ->run_dir. */
#define SETTINGS_SERVER_UNIX "unix"
#define SETTINGS_SOCKET "ocelli.sock"

enum tcp_role { TCP_ROLE_READER, TCP_ROLE_ADMIN };
/* Of --metrics-label-filter, those that something is known of. */
enum metrics_labels {
	METRICS_LABEL_BINARY = 1 << 0,
	METRICS_LABEL_NODE_NAME = 1 << 1,
};

enum username_metadata { USERNAME_METADATA_DISABLED, USERNAME_METADATA_UNIX };

/*
 * What the agent's user decided. Members are named like the options that fill them; strings are
 * NULL when empty, durations in nanoseconds, sizes in bytes.
 */
struct settings {
	bool help;
	bool version;
	char *config_dir;

	/* The agent's own messages. */
	bool debug;
	int log_level;  /* enum log_level; at least debug with ->debug */
	int log_format; /* enum log_format */
	char *log_file;
	int64_t verbose; /* of the BPF verifier: 0 to 2 */

	/* Where things are. */
	char *procfs;  /* absolute */
	char *run_dir; /* absolute */
	char *cluster_name;
	char *node_name; /* NULL: of the environment or the host */

	/* What events hold. */
	bool enable_process_cred;
	bool enable_process_ns;
	bool enable_process_environment_variables;
	struct strings filter_environment_variables; /* empty: all */
	struct strings enable_ancestors;             /* if any, then with "base" among them */
	int username_metadata;                       /* enum username_metadata */
	bool expose_stack_addresses;

	/* Policies: a file or a directory of them, and a directory. */
	char *tracing_policy;
	char *tracing_policy_dir;
	/* Those of clients. */
	bool persist_grpc_policies;
	char *persist_grpc_policies_dir; /* absolute */
	bool keep_sensors_on_exit;
	char *bpf_dir; /* absolute */
	bool enable_deprecated_tracingpolicy_grpc;

	/* Export. */
	char *export_filename;
	int64_t export_file_max_size_mb;        /* 0: no rotation by size */
	int64_t export_file_max_backups;        /* 0: all are kept */
	uint64_t export_file_rotation_interval; /* 0: no rotation by time */
	bool export_file_compress;
	unsigned int export_file_perm;
	int64_t export_rate_limit; /* events a minute; -1: unlimited, 0: no export */
	bool export_stdout;
	uint64_t export_stdout_buffer;
	bool export_extended_fields;
	char *export_allowlist; /* lists of messages in JSON; NULL: none */
	char *export_denylist;
	char *field_filters;
	char *redaction_filters; /* of all events, exported or not */
	bool enable_pid_set_filter;

	/* HOST:PORT, unix://PATH, SETTINGS_SERVER_UNIX; NULL: no server. */
	char *server_address;
	/* Names or numbers of groups; NULL: none. */
	char *server_group;
	char *server_admin_group;
	/* Of TCP; without a certificate in plain text. */
	char *server_tls_cert_file;
	char *server_tls_key_file;
	bool server_tls_require_client_cert;
	struct strings server_tls_client_ca_files;
	struct strings server_tls_client_crl_files;
	struct strings server_tls_admins;
	int server_tcp_role;         /* enum tcp_role */
	char *health_server_address; /* NULL: none */

	/* HTTP: HOST:PORT; NULL: none. */
	char *metrics_server;
	struct strings metrics_label_filter;
	unsigned int metrics_labels; /* of that: enum metrics_labels */
	int64_t metrics_series_limit;
	bool enable_event_metrics;

	bool enable_cri;
	char *cri_endpoint;

	/* Limits. */
	uint64_t rb_size;           /* per CPU; 0: the default. Not with ->rb_size_total */
	uint64_t rb_size_total;     /* over all CPUs; 0: the default */
	int64_t process_cache_size; /* processes */
	uint64_t process_cache_bytes;
	char *cgroup_rate;
	uint32_t cgroup_rate_events; /* of ->cgroup_rate; 0: no limit */
	uint64_t cgroup_rate_interval;

	/* What the user should be told before the agent starts, a sentence each: options without
	 * effect, misspelt environment variables. */
	struct strings warnings;
};

/*
 * Fills @s from, low to high precedence: defaults, drop-in directories and ocelli.yaml below
 * usr/ and etc/ of @root ("/" but in tests), the directory of --config-dir (not below @root), the
 * environment, the command line. With --help or --version only the command line is read.
 * Returns 0, or negative errno with @s as it was: the configuration is wrong, or it is -ENOMEM.
 * The non-options of @argv, of which the agent takes none, may change places.
 */
int settings_load(struct settings *s, const char *root, int argc, char **argv,
		  struct error **reterr);

/* Frees what @s holds. All zero is fine. */
void settings_done(struct settings *s);

/* Appends what --help prints. */
void settings_help(struct str *out, unsigned width);

/* The agent's options, as data. */
extern const struct option_spec settings_options[];
extern const size_t settings_n_options;
extern const char *const settings_log_levels[];

#endif
