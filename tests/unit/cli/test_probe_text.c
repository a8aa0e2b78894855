// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "probe_results.h"

#include <errno.h>

static void render(const struct finding *findings, int refusal, bool color, unsigned width,
		   struct str *ret)
{
	const struct probe_report report = {.kernel = "6.1.0\x1b[2J",
					    .machine = "x86_64",
					    .refusal = refusal,
					    .findings = findings};

	probe_text(ret, &report, color, width);
	assert_non_null(str_cstr(ret));
}

static void has(const struct str *text, const char *part)
{
	if (!strstr(text->data, part))
		fail_msg("\"%s\" is not in\n%s", part, text->data);
}

static void has_not(const struct str *text, const char *part)
{
	if (strstr(text->data, part))
		fail_msg("\"%s\" is in\n%s", part, text->data);
}

static void all_present(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT;

	render(findings, 0, false, 100, &text);
	assert_memory_equal(text.data, "Linux 6.1.0\\x1b[2J on x86_64\n\nProcess events\n  yes  ",
			    51);
	has(&text, "\n  yes  bpf_loop                  Loops of any length (bpf_loop)\n");
	has(&text, "\n\nHooks in the kernel\n  yes  tracepoint ");
	has(&text, " 0 absent, 0 unknown.\nProcess events: everything they need is here.\n");
	has_not(&text, "Without it");
	has_not(&text, "saw it");
	has_not(&text, "\x1b");
}

static void what_is_absent_is_explained(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT;

	finding_absent(results_of(findings, "bpf_loop"), EINVAL, "trying\x1b[31m it");
	render(findings, 0, false, 100, &text);
	has(&text,
	    "\n  no   bpf_loop                  Loops of any length (bpf_loop)\n"
	    "       Without it: Paths of binaries and working directories end after 48 names, "
	    "counted from the\n         file upwards, and are marked as cut off.\n"
	    "       Remedy: Linux 5.17 or later.\n"
	    "       Found: trying\\x1b[31m it: Invalid argument\n  ");
	has(&text, " 1 absent, 0 unknown.\nProcess events: everything they need is here.\n");
}

static void what_is_unknown_says_why(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT, refused = STR_INIT;

	finding_unknown(results_of(findings, "tp_btf"), 0, "no luck");
	finding_unknown(results_of(findings, "bpf"), 0, "no luck");
	finding_unknown(results_of(findings, "kprobe"), 0, "no luck");
	render(findings, 0, false, 100, &text);
	has(&text, "\n  ?    kprobe                    Kernel functions, on entry (kprobe)\n"
		   "       Found: no luck\n");
	has(&text, "Process events need, and it is unknown, bpf, tp_btf.\n");
	has_not(&text, "Remedy");

	render(findings, EPERM, false, 100, &refused);
	has_not(&refused, "no luck");
	has(&refused, "0 absent, 3 unknown.\nThis process may load no BPF program (Operation not "
		      "permitted): what is unknown could not be tried.\nRun it as root, where "
		      "bpf(2) is allowed.\n");
}

static void what_process_events_lack(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT;

	finding_absent(results_of(findings, "tp_btf"), 0, "no");
	finding_absent(results_of(findings, "ring_buffer"), 0, "no");
	finding_unknown(results_of(findings, "bpf"), 0, "no");
	render(findings, 0, false, 100, &text);
	has(&text, "\nProcess events do not run here without tp_btf, ring_buffer.\n");
}

static void colors(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT;

	finding_absent(results_of(findings, "kprobe"), 0, "no");
	finding_unknown(results_of(findings, "kretprobe"), 0, "no");
	render(findings, 0, true, 100, &text);
	has(&text, "\n  \x1b[32myes\x1b[0m  bpf   ");
	has(&text, "\n  \x1b[31mno\x1b[0m   kprobe   ");
	has(&text, "\n  \x1b[33m?\x1b[0m    kretprobe   ");
}

/* Lines that were wrapped fit; words are never broken. */
static void narrow(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	_cleanup_str_ struct str text = STR_INIT;

	for (size_t i = 0; i < feature_count(); i++)
		finding_absent(&findings[i], 0, "%s", "oh");
	render(findings, 0, false, 60, &text);
	for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, "       ", 7) && strlen(line) > 60)
			fail_msg("%zu columns: %s", strlen(line), line);
}

static void what_process_events_need(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	const struct probe_report report = {.findings = findings};

	assert_int_equal(probe_report_core(&report), FEATURE_PRESENT);
	finding_absent(results_of(findings, "bpf_loop"), 0, "no");
	finding_unknown(results_of(findings, "kprobe"), 0, "no");
	assert_int_equal(probe_report_core(&report), FEATURE_PRESENT);
	finding_unknown(results_of(findings, "btf_vmlinux"), 0, "no");
	assert_int_equal(probe_report_core(&report), FEATURE_UNKNOWN);
	finding_absent(results_of(findings, "task_iterator"), 0, "no");
	assert_int_equal(probe_report_core(&report), FEATURE_ABSENT);
}

static void configuration(void **state)
{
	_cleanup_kconfig_ struct kconfig *config = kconfig_new();
	static const char set[] = "CONFIG_BPF=y\nCONFIG_LSM=\"lockdown,bpf\"\nCONFIG_IMA=\x1b\n";
	_cleanup_str_ struct str text = STR_INIT;

	config->source = strdup("/boot/config-6.1.0");
	assert_int_equal(kconfig_parse(config, set, sizeof(set) - 1), 3);
	probe_config_text(&text, "6.1.0", "x86_64", config);
	assert_non_null(str_cstr(&text));
	has(&text, "Linux 6.1.0 on x86_64, configured in /boot/config-6.1.0\n\nCONFIG_AUDIT ");
	has(&text, "\nCONFIG_BPF                               y  any BPF program\n");
	has(&text, "\nCONFIG_FPROBE                            n  kprobe_multi\n");
	has(&text, "  \"lockdown,bpf\"  lsm_active by default");
	has_not(&text, "\x1b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_present),
		cmocka_unit_test(what_is_absent_is_explained),
		cmocka_unit_test(what_is_unknown_says_why),
		cmocka_unit_test(what_process_events_lack),
		cmocka_unit_test(colors),
		cmocka_unit_test(narrow),
		cmocka_unit_test(what_process_events_need),
		cmocka_unit_test(configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
