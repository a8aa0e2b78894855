// SPDX-License-Identifier: Apache-2.0
#include "text/compact.h"
#include "text/kprobe.h"
#include "text/line.h"
#include "text/syscall_enter.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#define TIME_WIDTH (sizeof("2006-01-02T15:04:05.000000000Z") - 1)

static void append_hex(struct str *out, const ProtobufCBinaryData *bytes)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes->len; i++) {
		str_append_char(out, hex[bytes->data[i] >> 4]);
		str_append_char(out, hex[bytes->data[i] & 0xf]);
	}
}

static void append_words(struct line *line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		str_append_char(line->out, ' ');
		line_word(line, words[i]);
	}
}

static void write_exec(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__Process *process = event->process_exec->process;

	line_title(line, LINE_BLUE, "🚀", "process");
	line_process(line, event->node_name, process);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, process ? process->arguments : "");
	line_caps(line, process);
}

static void write_exit(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessExit *end = event->process_exit;

	line_title(line, LINE_BLUE, "💥", "exit");
	line_process(line, event->node_name, end->process);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_CYAN, end->process ? end->process->arguments : "");
	str_append_char(line->out, ' ');
	line_paint(line, LINE_RED);
	if (end->signal && end->signal[0])
		line_word(line, end->signal);
	else
		str_append_u64(line->out, end->status);
	line_unpaint(line);
	line_caps(line, end->process);
}

static void write_throttle(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessThrottle *throttle = event->process_throttle;

	line_title(line, LINE_RED, "🧬", "throttle");
	str_append_char(line->out, ' ');
	if (throttle->type == TETRAGON__THROTTLE_TYPE__THROTTLE_START) {
		line_painted_word(line, LINE_RED, "START");
	} else if (throttle->type == TETRAGON__THROTTLE_TYPE__THROTTLE_STOP) {
		line_painted_word(line, LINE_GREEN, "STOP");
		str_append_char(line->out, ' ');
	}
	str_append_char(line->out, ' ');
	line_word(line, throttle->cgroup);
}

static void write_loader(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessLoader *loader = event->process_loader;

	line_title(line, LINE_BLUE, "🧬", "loader");
	line_process(line, event->node_name, loader->process);
	str_append_char(line->out, ' ');
	if (loader->buildid.len) {
		append_hex(line->out, &loader->buildid);
		str_append_char(line->out, ' ');
	}
	line_painted_word(line, LINE_YELLOW, loader->path);
	line_caps(line, loader->process);
}

static void write_kprobe(struct line *line, const Tetragon__GetEventsResponse *event)
{
	kprobe_write(line, event->node_name, event->process_kprobe);
	line_caps(line, event->process_kprobe->process);
}

static void write_tracepoint(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessTracepoint *tp = event->process_tracepoint;
	const char *const words[] = {tp->subsys, tp->event};
	bool is_syscall = !strcmp(tp->subsys, "raw_syscalls") && !strcmp(tp->event, "sys_enter");

	if (is_syscall)
		line_title(line, LINE_BLUE, "☎ ", "syscall");
	else
		line_title(line, LINE_BLUE, "⁉️", "tracepoint");
	line_process(line, event->node_name, tp->process);
	if (is_syscall)
		syscall_enter_write(line, tp);
	else
		append_words(line, words, ARRAY_SIZE(words));
	line_caps(line, tp->process);
}

static void write_uprobe(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessUprobe *uprobe = event->process_uprobe;
	const char *const words[] = {uprobe->path, uprobe->symbol};

	line_title(line, LINE_BLUE, "🕵️", "uprobe");
	line_process(line, event->node_name, uprobe->process);
	append_words(line, words, ARRAY_SIZE(words));
	line_caps(line, uprobe->process);
}

static void write_usdt(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessUsdt *usdt = event->process_usdt;
	const char *const words[] = {usdt->path, usdt->provider, usdt->name};

	line_title(line, LINE_BLUE, "🕵️", "usdt");
	line_process(line, event->node_name, usdt->process);
	append_words(line, words, ARRAY_SIZE(words));
	line_caps(line, usdt->process);
}

static void write_lsm(struct line *line, const Tetragon__GetEventsResponse *event)
{
	const Tetragon__ProcessLsm *lsm = event->process_lsm;
	const char *const words[] = {lsm->function_name};

	line_title(line, LINE_BLUE, "🔒", "LSM");
	line_process(line, event->node_name, lsm->process);
	append_words(line, words, ARRAY_SIZE(words));
	line_caps(line, lsm->process);
}

static void write_test(struct line *line, const Tetragon__GetEventsResponse *event)
{
	str_append_lit(line->out, "TEST EVENT");
}

static void write_rate_limit(struct line *line, const Tetragon__GetEventsResponse *event)
{
	line_title(line, LINE_RED, "🚦", "limit");
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_GREEN, event->node_name);
	str_append_char(line->out, ' ');
	str_append_u64(line->out, event->rate_limit_info->number_of_dropped_process_events);
	str_append_lit(line->out, " events dropped by the export rate limit");
}

static const struct {
	Tetragon__GetEventsResponse__EventCase kind;
	void (*write)(struct line *line, const Tetragon__GetEventsResponse *event);
} writers[] = {
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC, write_exec},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXIT, write_exit},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_KPROBE, write_kprobe},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_TRACEPOINT, write_tracepoint},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LOADER, write_loader},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_UPROBE, write_uprobe},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_USDT, write_usdt},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LSM, write_lsm},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_THROTTLE, write_throttle},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO, write_rate_limit},
	{TETRAGON__GET_EVENTS_RESPONSE__EVENT_TEST, write_test},
};

/* RFC 3339 in UTC. Some events carry no time: a dash as wide keeps the rest in place. */
static void append_time(struct str *out, const Google__Protobuf__Timestamp *time)
{
	time_t seconds = time ? (time_t)time->seconds : 0;
	struct tm tm;
	char date[64];

	if (!time || time->nanos < 0 || !gmtime_r(&seconds, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S.", &tm)) {
		str_appendf(out, "%-*s ", (int)TIME_WIDTH, "-");
		return;
	}
	str_append_z(out, date);
	str_append_padded(out, (uint64_t)time->nanos, 9);
	str_append_lit(out, "Z ");
}

static void append_stack_entry(struct str *out, bool color, const Tetragon__StackTraceEntry *entry,
			       bool user)
{
	struct line line;

	line_begin(&line, out, color);
	str_append_lit(out, "   ");
	line_paint(&line, LINE_GREEN);
	str_appendf(out, "0x%" PRIx64 ":", entry->address);
	line_unpaint(&line);
	if (!user || (entry->symbol && entry->symbol[0])) {
		str_append_char(out, ' ');
		line_painted_word(&line, LINE_BLUE, entry->symbol);
	}
	str_append_z(out, user ? " " : "+");
	line_paint(&line, LINE_YELLOW);
	if (user) {
		str_append_char(out, '(');
		line_word(&line, entry->module);
		str_append_char(out, '+');
	}
	str_appendf(out, "0x%" PRIx64, entry->offset);
	if (user)
		str_append_char(out, ')');
	line_unpaint(&line);
	str_append_char(out, '\n');
}

static void append_stacks(struct str *out, bool color, const Tetragon__ProcessKprobe *kprobe)
{
	if (kprobe->n_kernel_stack_trace)
		str_append_lit(out, "Kernel:\n");
	for (size_t i = 0; i < kprobe->n_kernel_stack_trace; i++)
		append_stack_entry(out, color, kprobe->kernel_stack_trace[i], false);
	if (kprobe->n_user_stack_trace)
		str_append_lit(out, "User:\n");
	for (size_t i = 0; i < kprobe->n_user_stack_trace; i++)
		append_stack_entry(out, color, kprobe->user_stack_trace[i], true);
}

static void append_ima_hash(struct str *out, bool color, const Tetragon__ProcessLsm *lsm)
{
	const char *path = lsm->n_args ? kprobe_arg_path(lsm->args[0]) : NULL;
	struct line line;

	if (!lsm->ima_hash || !lsm->ima_hash[0] || !path)
		return;
	line_begin(&line, out, color);
	str_append_lit(out, "   ");
	line_painted_word(&line, LINE_GREEN, path);
	str_append_char(out, ' ');
	line_painted_word(&line, LINE_BLUE, lsm->ima_hash);
	str_append_char(out, '\n');
}

int compact_write(const struct compact_style *style, struct str *out,
		  const Tetragon__GetEventsResponse *event)
{
	struct line line;
	size_t i = 0;

	while (i < ARRAY_SIZE(writers) && writers[i].kind != event->event_case)
		i++;
	if (i == ARRAY_SIZE(writers))
		return -ENODATA;

	if (style->timestamps)
		append_time(out, event->time);
	line_begin(&line, out, style->color);
	writers[i].write(&line, event);
	str_append_char(out, '\n');

	if (style->stack_traces &&
	    event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_KPROBE)
		append_stacks(out, style->color, event->process_kprobe);
	if (style->ima_hash &&
	    event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_LSM)
		append_ima_hash(out, style->color, event->process_lsm);
	return 0;
}
