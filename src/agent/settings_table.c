// SPDX-License-Identifier: Apache-2.0
#include "agent/settings.h"
#include "base/log.h"

#include <assert.h>

/* Indexed by enum log_level; then the other names that log_level_from_string() knows. */
const char *const settings_log_levels[] = {"error",   "warn",  "info",  "debug", "trace",
					   "warning", "fatal", "panic", NULL};
static_assert(LOG_LEVEL_ERROR == 0 && _LOG_LEVEL_MAX == 5, "settings_log_levels is out of step");

static const char *const log_formats[] = {"text", "json", NULL};
static const char *const tcp_roles[] = {"reader", "admin", NULL};
static const char *const username_sources[] = {"disabled", "unix", NULL};

#define AT(type, member) OPTION_AT(struct settings, type, member)

#define VAR(n, t, c, m, ...) {.name = n, .type = OPTION_##t, .offset = AT(c, m), __VA_ARGS__}
#define BOOL(n, m, ...) VAR(n, BOOL, bool, m, __VA_ARGS__)
#define INT(n, m, i, lo, hi, ...) \
	VAR(n, INT, int64_t, m, .initial = i, .min = lo, .max = hi, .argument = "N", __VA_ARGS__)
#define SIZE(n, m, i, lo, hi, ...)                                                        \
	VAR(n, SIZE, uint64_t, m, .initial = i, .min = lo, .max = hi, .argument = "SIZE", \
	    __VA_ARGS__)
#define DURATION(n, m, i, ...) \
	VAR(n, DURATION, uint64_t, m, .initial = i, .argument = "TIME", __VA_ARGS__)
#define MODE(n, m, i, ...) \
	VAR(n, MODE, unsigned int, m, .initial = i, .argument = "MODE", __VA_ARGS__)
#define STRING(n, m, i, a, ...) VAR(n, STRING, char *, m, .initial = i, .argument = a, __VA_ARGS__)
#define STRINGS(n, m, a, ...) VAR(n, STRINGS, struct strings, m, .argument = a, __VA_ARGS__)
#define CHOICE(n, m, i, names, a, ...) \
	VAR(n, CHOICE, int, m, .initial = i, .choices = names, .argument = a, __VA_ARGS__)

/* Names of Tetragon's: those that mean nothing here, and those that this version lacks. */
#define INERT(n, t, i, why) {.name = n, .type = OPTION_##t, .initial = i, .inert = why}
#define REFUSED(n, t, i, why) {.name = n, .type = OPTION_##t, .initial = i, .refuse = why}

#define KIB ((int64_t)1 << 10)
#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

#define NO_GO "there is no Go runtime to look into"
#define NO_PODS "pods are known from the container runtime, which tells no annotations of theirs"
#define NO_CGIDMAP "containers are known by the ids of their cgroups, always"
#define NO_DELETED "what ended is known for another minute"
#define NO_FILTER "policies are for whom they select, always"
#define NO_POLICIES "policies have no use for it in this version"
#define NO_KUBERNETES "the Kubernetes API is not used in this version"
#define NO_QUEUE "what a slow client has coming is bounded in bytes, not in events"
#define NO_AGGREGATION "no event is of a type that would be aggregated"
#define NO_EXECVE_MAP "identity is kept in the kernel's own task structure, there is no such map"
#define NO_PARENTS_MAP "parents are found through the kernel's own task structure"
#define NO_HOLDING_BACK "an event is complete when it is read and never held back"
#define NO_PROGRAM_CLASSES "programs are chosen by probing the kernel"

const struct option_spec settings_options[] = {
	BOOL("help", help, .letter = 'h', .source = OPTION_FROM_ARGS,
	     .help = "Print this and exit"),
	BOOL("version", version, .source = OPTION_FROM_ARGS, .help = "Print the version and exit"),
	STRING("config-dir", config_dir, NULL, "DIR", .source = OPTION_FROM_ENV,
	       .help = "Read one more directory of one file per option, over all other files"),

	BOOL("debug", debug, .letter = 'd',
	     .help = "Log for debugging: at least --log-level=debug"),
	CHOICE("log-level", log_level, "info", settings_log_levels, "LEVEL",
	       .help = "How much to log"),
	CHOICE("log-format", log_format, "text", log_formats, "FORMAT", .help = "Form of the log"),
	STRING("log-file", log_file, NULL, "FILE",
	       .help = "Append the log to this file, beside standard error"),
	INT("verbose", verbose, "0", 0, 2,
	    .help = "Log what the BPF verifier says: 0 when it refuses, 1 always, 2 in full"),

	INERT("btf", STRING, NULL,
	      "programs attach by the types of the running kernel, in /sys/kernel/btf/vmlinux"),
	STRING("procfs", procfs, "/proc/", "DIR",
	       .help = "Where the host's proc file system is mounted"),
	STRING("run-dir", run_dir, "/var/run/ocelli", "DIR",
	       .help = "Directory of the pid file and the agent's state"),
	STRING("cluster-name", cluster_name, NULL, "NAME",
	       .help = "Name of the cluster in every event"),
	STRING("node-name", node_name, NULL, "NAME",
	       .help = "Name of this node in every event; if empty, that of HUBBLE_NODE_NAME or "
		       "NODE_NAME in the environment, or else the host's"),

	BOOL("enable-process-cred", enable_process_cred,
	     .help = "Add credentials and capabilities to processes"),
	BOOL("enable-process-ns", enable_process_ns, .help = "Add namespaces to processes"),
	BOOL("enable-process-environment-variables", enable_process_environment_variables,
	     .help = "Add environment variables to processes"),
	STRINGS("filter-environment-variables", filter_environment_variables, "NAME,...",
		.help = "Of the environment variables, add these only"),
	STRINGS("enable-ancestors", enable_ancestors, "CLASS,...",
		.help = "Add the ancestors of processes to these classes of events; base is that "
			"of exec and exit, and has to be among them"),
	CHOICE("username-metadata", username_metadata, "disabled", username_sources, "SOURCE",
	       .help = "Add the name of the user to processes of the host"),

	BOOL("expose-stack-addresses", expose_stack_addresses,
	     .help = "Tell the addresses in stack traces, too; they weaken the randomisation of "
		     "address spaces"),

	STRING("tracing-policy", tracing_policy, NULL, "FILE",
	       .help = "Load the policies in this file or directory"),
	STRING("tracing-policy-dir", tracing_policy_dir, "/etc/ocelli/ocelli.tp.d", "DIR",
	       .help = "Load the policies in this directory, too, if there is one"),
	BOOL("persist-grpc-policies", persist_grpc_policies,
	     .help = "Keep the policies that clients add, and load them again at the next start"),
	STRING("persist-grpc-policies-dir", persist_grpc_policies_dir, "/var/lib/ocelli/policies",
	       "DIR", .help = "Keep them in this directory, which only root may write to"),
	BOOL("keep-sensors-on-exit", keep_sensors_on_exit,
	     .help = "Have what policies enforce go on when the agent is stopped, until the next "
		     "one "
		     "has taken over; if killed, it does in any case"),
	STRING("bpf-dir", bpf_dir, "ocelli", "NAME",
	       .help = "Pin what outlives the agent in this directory of /sys/fs/bpf, or of "
		       "another "
		       "BPF file system, by its absolute path"),
	BOOL("enable-deprecated-tracingpolicy-grpc", enable_deprecated_tracingpolicy_grpc,
	     .help = "Let clients call EnableTracingPolicy and DisableTracingPolicy"),

	STRING("export-filename", export_filename, NULL, "FILE",
	       .help = "Write events to this file, a JSON object a line"),
	INT("export-file-max-size-mb", export_file_max_size_mb, "10", 0, MIB,
	    .help = "Begin a new file before it grows over this many megabytes; 0: never"),
	INT("export-file-max-backups", export_file_max_backups, "5", 0, 100000,
	    .help = "Keep this many old files; 0: all"),
	DURATION("export-file-rotation-interval", export_file_rotation_interval, "0s",
		 .help = "Begin a new file this often; 0: never"),
	BOOL("export-file-compress", export_file_compress, .help = "Compress old files with gzip"),
	MODE("export-file-perm", export_file_perm, "600",
	     .help = "Permissions of the files, octal"),
	INT("export-rate-limit", export_rate_limit, "-1", -1, 1000000000,
	    .help = "Write at most this many events a minute; -1: all, 0: none"),
	BOOL("export-stdout", export_stdout, .help = "Write events to standard output"),
	SIZE("export-stdout-buffer", export_stdout_buffer, "1M", 64 * KIB, GIB,
	     .help = "Keep this much for a slow reader of standard output, then drop events"),
	BOOL("export-extended-fields", export_extended_fields,
	     .help = "Write the fields, too, that only ocelli has"),

	STRING("export-allowlist", export_allowlist, NULL, "JSON",
	       .help = "Write only events that one of these filters matches"),
	STRING("export-denylist", export_denylist, NULL, "JSON",
	       .help = "Write no events that one of these filters matches"),
	BOOL("enable-pid-set-filter", enable_pid_set_filter,
	     .help = "Let these filters follow processes: pid_set"),
	STRING("field-filters", field_filters, NULL, "JSON",
	       .help = "Leave out fields of events that are written"),
	STRING("redaction-filters", redaction_filters, NULL, "JSON",
	       .help = "Hide what these find in arguments and environments, wherever events go"),

	STRING("server-address", server_address, SETTINGS_SERVER_UNIX, "ADDRESS",
	       .help = "Serve gRPC at HOST:PORT or unix://PATH; \"unix\": at ocelli.sock in the "
		       "run directory, where it is in any case; empty: nowhere"),
	STRING("server-group", server_group, NULL, "GROUP",
	       .help = "Let this group use the socket, to read; without it and the next, only root "
		       "can"),
	STRING("server-admin-group", server_admin_group, NULL, "GROUP",
	       .help = "Let this group use the socket for everything"),
	STRING("server-tls-cert-file", server_tls_cert_file, NULL, "FILE",
	       .help = "Serve TCP by TLS with this certificate, PEM, and those that follow in the "
		       "file; read again when it changes"),
	STRING("server-tls-key-file", server_tls_key_file, NULL, "FILE",
	       .help = "The key of the certificate, PEM"),
	BOOL("server-tls-require-client-cert", server_tls_require_client_cert,
	     .help = "Serve by TCP only who has a certificate of --server-tls-client-ca-files"),
	STRINGS("server-tls-client-ca-files", server_tls_client_ca_files, "FILE,...",
		.help = "The authorities whose certificates clients may have, PEM"),
	STRINGS("server-tls-client-crl-files", server_tls_client_crl_files, "FILE,...",
		.help = "What these authorities have revoked, PEM; read again when it changes"),
	STRINGS("server-tls-admins", server_tls_admins, "NAME,...",
		.help = "Clients with one of these names in their certificate may change things, "
			"the others may only read"),
	CHOICE("server-tcp-role", server_tcp_role, "reader", tcp_roles, "ROLE",
	       .help = "What whoever can connect by TCP may do: reader or admin"),

	STRING("health-server-address", health_server_address, NULL, "ADDRESS",
	       .help = "Serve grpc.health.v1 alone, in plain text, at HOST:PORT or unix://PATH"),

	STRING("metrics-server", metrics_server, NULL, "HOST:PORT",
	       .help = "Serve metrics and health over HTTP there; empty: nowhere"),
	STRINGS("metrics-label-filter", metrics_label_filter, "LABEL,...",
		.initial = "namespace,workload",
		.help = "Tell events apart in metrics by these: namespace, workload, pod, binary, "
			"node_name"),
	INT("metrics-series-limit", metrics_series_limit, "10000", 100, 1000000,
	    .help = "Let binaries, and policies, make at most this many series of metrics each"),
	BOOL("enable-event-metrics", enable_event_metrics, .initial = "true",
	     .help = "Count events by type and policy in metrics"),

	/* A BPF ring buffer is a power of two that fits 32 bits (kernel/bpf/ringbuf.c). */
	SIZE("rb-size", rb_size, "0", 0, 2 * GIB,
	     .help = "Size of the kernel's event buffer for each CPU; 0: chosen by the agent"),
	SIZE("rb-size-total", rb_size_total, "0", 0, 2 * GIB,
	     .help = "Size of the kernel's event buffer in all, instead of --rb-size"),
	BOOL("enable-cri", enable_cri,
	     .help = "Ask the container runtime of this machine for containers and their pods"),
	STRING("cri-endpoint", cri_endpoint, NULL, "ADDRESS",
	       .help = "Where the runtime listens, unix://PATH; if empty, the first of the sockets "
		       "of containerd, CRI-O and cri-dockerd that answers"),

	INT("process-cache-size", process_cache_size, "65536", 1024, 4194304,
	    .help = "Remember at most this many processes"),
	SIZE("process-cache-bytes", process_cache_bytes, "16M", MIB, 16 * GIB,
	     .help = "Use at most this much memory to remember processes"),
	STRING("cgroup-rate", cgroup_rate, NULL, "N,TIME",
	       .help = "Silence a cgroup while it causes more than N events in TIME"),

	INERT("bpf-lib", STRING, "/var/lib/tetragon/", "the BPF programs are part of ocellid"),
	INERT("data-cache-size", INT, "1024", "records are whole, there is nothing to reassemble"),
	INERT("deleted-pod-cache-size", INT, "1024", NO_DELETED),
	INERT("disable-kprobe-multi", BOOL, NULL, NO_POLICIES),
	INERT("disable-process-cache", BOOL, NULL,
	      "exec and exit events are made of it; process-cache-bytes bounds its memory"),
	INERT("enable-cgidmap", BOOL, NULL, NO_CGIDMAP),
	INERT("enable-cgidmap-debug", BOOL, NULL, NO_CGIDMAP),
	INERT("enable-cgtrackerid", BOOL, "true", NO_CGIDMAP),
	INERT("enable-export-aggregation", BOOL, NULL, NO_AGGREGATION),
	INERT("enable-msg-handling-latency", BOOL, NULL,
	      "two looks at the clock for each record would cost more than what they measure"),
	INERT("enable-policy-filter", BOOL, NULL, NO_FILTER),
	INERT("enable-policy-filter-cgroup-map", BOOL, NULL, NO_FILTER),
	INERT("enable-policy-filter-debug", BOOL, NULL, NO_FILTER),
	INERT("enable-tracing-policy-crd", BOOL, "true", NO_KUBERNETES),
	INERT("event-cache-retries", INT, "15", NO_HOLDING_BACK),
	INERT("event-cache-retry-delay", INT, "2", NO_HOLDING_BACK),
	INERT("event-queue-size", INT, "10000", NO_QUEUE),
	INERT("execve-map-entries", INT, "0", NO_EXECVE_MAP),
	INERT("execve-map-size", STRING, NULL, NO_EXECVE_MAP),
	INERT("export-aggregation-buffer-size", INT, "10000", NO_AGGREGATION),
	INERT("export-aggregation-window-size", DURATION, "15s", NO_AGGREGATION),
	INERT("force-large-progs", BOOL, NULL, NO_PROGRAM_CLASSES),
	INERT("force-small-progs", BOOL, NULL, NO_PROGRAM_CLASSES),
	INERT("gops-address", STRING, NULL, NO_GO),
	INERT("health-server-interval", INT, "10", "health is told as it is when it is asked for"),
	INERT("k8s-controlplane-retry", INT, "1", NO_KUBERNETES),
	INERT("k8s-kubeconfig-path", STRING, NULL, NO_KUBERNETES),
	INERT("kernel", STRING, NULL, NO_PROGRAM_CLASSES),
	INERT("netns-dir", STRING, "/var/run/docker/netns/",
	      "network namespaces are taken from processes, not looked up by name"),
	INERT("parents-map-enabled", BOOL, NULL, NO_PARENTS_MAP),
	INERT("parents-map-entries", INT, "0", NO_PARENTS_MAP),
	INERT("parents-map-size", STRING, NULL, NO_PARENTS_MAP),
	INERT("pprof-address", STRING, NULL, NO_GO),
	INERT("process-cache-gc-interval", DURATION, "30s",
	      "processes are forgotten as they end, nothing sweeps them up later"),
	INERT("rb-queue-size", STRING, "65535",
	      "records are decoded where they are read, there is no queue between"),
	INERT("release-pinned-bpf", BOOL, "true",
	      "what an agent before left ends when the policies of this one work"),
	INERT("retprobes-cache-size", INT, "4096", NO_POLICIES),
	INERT("sleepable-preload-size", INT, "32768", NO_POLICIES),
	INERT("use-perf-ring-buffer", BOOL, NULL, "events always come through BPF ring buffers"),
	{.name = "cpuprofile", .type = OPTION_STRING, .inert = NO_GO, .hidden = true},
	{.name = "memprofile", .type = OPTION_STRING, .inert = NO_GO, .hidden = true},

	REFUSED("enable-k8s-api", BOOL, NULL, NO_KUBERNETES),
	REFUSED("enable-pod-annotations", BOOL, NULL, NO_PODS),
	REFUSED("enable-pod-info", BOOL, NULL, NO_KUBERNETES),
	REFUSED("generate-docs", BOOL, NULL, "the options are described in ocellid(8)"),
};

const size_t settings_n_options = ARRAY_SIZE(settings_options);
