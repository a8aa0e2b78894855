// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <string.h>

#define MEMBER(name) TETRAGON__KPROBE_ARGUMENT__ARG_##name

static const char *path_of(const Tetragon__KprobeArgument *arg)
{
	return arg->arg_case == MEMBER(FILE_ARG) ? arg->file_arg->path : NULL;
}

static uint64_t append_bytes(const Tetragon__KprobeArgument *arg, struct str *out)
{
	const Tetragon__KprobeTruncatedBytes *cut;

	if (arg->arg_case == MEMBER(BYTES_ARG))
		str_append(out, arg->bytes_arg.data, arg->bytes_arg.len);
	if (arg->arg_case != MEMBER(TRUNCATED_BYTES_ARG))
		return 0;
	cut = arg->truncated_bytes_arg;
	str_append(out, cut->bytes_arg.data, cut->bytes_arg.len);
	return cut->orig_size > cut->bytes_arg.len ? cut->orig_size - cut->bytes_arg.len : 0;
}

uint64_t terminal_append(const char *path, const Tetragon__GetEventsResponse *event,
			 struct str *out)
{
	const Tetragon__ProcessKprobe *kprobe;
	const char *file;

	if (event->event_case != TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_KPROBE)
		return 0;
	kprobe = event->process_kprobe;
	if (kprobe->n_args < 2)
		return 0;
	file = path_of(kprobe->args[0]);
	return file && !strcmp(file, path) ? append_bytes(kprobe->args[1], out) : 0;
}
