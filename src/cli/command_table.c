// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

const struct command *const command_table[] = {
	&getevents_command,
	&tree_command,
	&top_command,
	&policy_list_command,
	&policy_show_command,
	&policy_add_command,
	&policy_delete_command,
	&policy_enable_command,
	&policy_disable_command,
	&policy_set_mode_command,
	&policy_check_command,
	&policy_explain_command,
	&policy_test_command,
	&policy_generate_command,
	&policy_modify_command,
	&policy_domains_command,
	&explain_command,
	&status_command,
	&info_command,
	&loglevel_get_command,
	&loglevel_set_command,
	&eventlog_get_command,
	&eventlog_set_command,
	&pins_list_command,
	&pins_remove_command,
	&doctor_command,
	&bugtool_command,
	&probe_command,
	&cri_version_command,
	&cri_cgroup_path_command,
	&version_command,
	&completion_bash_command,
	&completion_fish_command,
	&completion_powershell_command,
	&completion_zsh_command,
	&help_command,
	NULL,
};

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct command_group command_groups[] = {
	{"policy", NAMES("tracingpolicy", "tp"), "TracingPolicies"},
	{"loglevel", NAMES("log"), "How much the agent logs"},
	{"eventlog", NULL, "How the agent rotates the file that it exports events to"},
	{"pins", NULL, "What policies enforce without the agent"},
	{"cri", NULL, "What the container runtime says"},
	{"completion", NULL, "What has shells complete command lines"},
	{0},
};

#define AT(member) offsetof(struct common_settings, member)

const struct option_spec common_options[] = {
	{.name = "debug",
	 .letter = 'd',
	 .type = OPTION_BOOL,
	 .offset = AT(debug),
	 .help = "Tell more of what is done"},
	{.name = "help",
	 .letter = 'h',
	 .type = OPTION_BOOL,
	 .offset = AT(help),
	 .help = "Print this help"},
};

const struct option_spec server_options[] = {
	{.name = "server-address",
	 .type = OPTION_STRING,
	 .offset = AT(server_address),
	 .argument = "ADDRESS",
	 .help = "Where the agent listens, unix://PATH or HOST:PORT; if empty, where it says in "
		 "/var/run/ocelli, or at its socket there"},
	{.name = "timeout",
	 .type = OPTION_DURATION,
	 .offset = AT(timeout),
	 .initial = "30s",
	 .argument = "TIME",
	 .help = "How long to wait for it to answer; 0 for ever"},
	{.name = "retries",
	 .type = OPTION_INT,
	 .offset = AT(retries),
	 .initial = "1",
	 .min = 0,
	 .max = 1000,
	 .argument = "N",
	 .help = "How often to try again when it cannot be reached, first after a second, then "
		 "after twice as long each time, up to a minute"},
	{.name = "max-recv-size",
	 .type = OPTION_SIZE,
	 .offset = AT(max_recv_size),
	 .initial = "10485760",
	 .min = 1024,
	 .max = 1 << 30,
	 .argument = "BYTES",
	 .help = "The largest message to take from it"},
	{.name = "tls-ca-cert-files",
	 .type = OPTION_STRINGS,
	 .offset = AT(tls_ca_cert_files),
	 .argument = "FILE",
	 .help = "Speak TLS with a server that one of the authorities in these files vouches for"},
	{.name = "tls-cert-file",
	 .type = OPTION_STRING,
	 .offset = AT(tls_cert_file),
	 .argument = "FILE",
	 .help = "Show it this certificate, in TLS"},
	{.name = "tls-key-file",
	 .type = OPTION_STRING,
	 .offset = AT(tls_key_file),
	 .argument = "FILE",
	 .help = "The key of that certificate"},
	{.name = "tls-server-name",
	 .type = OPTION_STRING,
	 .offset = AT(tls_server_name),
	 .argument = "NAME",
	 .help = "What the server's certificate is to be for, in TLS; if empty, the host of its "
		 "address"},
	{.name = "tls-skip-verify",
	 .type = OPTION_BOOL,
	 .offset = AT(tls_skip_verify),
	 .help = "Speak TLS with whoever it is: for tests"},
};

const struct option_spec version_option = {
	.name = "version",
	.type = OPTION_BOOL,
	.offset = offsetof(struct main_settings, version),
	.help = "Print the version",
};

const size_t n_common_options = ARRAY_SIZE(common_options);
const size_t n_server_options = ARRAY_SIZE(server_options);
