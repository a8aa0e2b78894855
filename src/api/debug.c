// SPDX-License-Identifier: Apache-2.0
#include "api/debug.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/macro.h"
#include "base/str.h"

#include <errno.h>

/* Of a list of processes: what a client takes that was not told to take more. */
#define PROCESSES_BYTES ((size_t)3 << 20)

static Tetragon__LogLevel level_of(enum log_level level)
{
	static const Tetragon__LogLevel levels[_LOG_LEVEL_MAX] = {
		[LOG_LEVEL_ERROR] = TETRAGON__LOG_LEVEL__LOG_LEVEL_ERROR,
		[LOG_LEVEL_WARN] = TETRAGON__LOG_LEVEL__LOG_LEVEL_WARN,
		[LOG_LEVEL_INFO] = TETRAGON__LOG_LEVEL__LOG_LEVEL_INFO,
		[LOG_LEVEL_DEBUG] = TETRAGON__LOG_LEVEL__LOG_LEVEL_DEBUG,
		[LOG_LEVEL_TRACE] = TETRAGON__LOG_LEVEL__LOG_LEVEL_TRACE,
	};

	return levels[level];
}

/* The agent fails without a panic, and says so as an error. */
static int level_from(Tetragon__LogLevel level)
{
	for (int i = 0; i < _LOG_LEVEL_MAX; i++)
		if (level_of((enum log_level)i) == level)
			return i;
	return (unsigned)level < TETRAGON__LOG_LEVEL__LOG_LEVEL_ERROR ? LOG_LEVEL_ERROR : -EINVAL;
}

static void tell_level(struct grpc_call *call)
{
	Tetragon__GetDebugResponse answer = TETRAGON__GET_DEBUG_RESPONSE__INIT;

	answer.flag = TETRAGON__CONFIG_FLAG__CONFIG_FLAG_LOG_LEVEL;
	answer.arg_case = TETRAGON__GET_DEBUG_RESPONSE__ARG_LEVEL;
	answer.level = level_of(log_get_level());
	grpc_reply(call, &answer.base);
}

static void append_varint(struct str *out, size_t v)
{
	for (; v >= 0x80; v >>= 7)
		str_append_char(out, (char)(v | 0x80));
	str_append_char(out, (char)v);
}

struct listing {
	struct str packed; /* the repeated field of DumpProcessCacheResArgs */
	bool full;
};

static int add_process(const Tetragon__ProcessInternal *process, void *data)
{
	size_t size = protobuf_c_message_get_packed_size(&process->base);
	struct listing *list = data;
	char *to;

	list->full = list->packed.len + size > PROCESSES_BYTES;
	if (list->full)
		return -ENOBUFS;
	/* Field 1, with its length before it. */
	str_append_char(&list->packed, 1 << 3 | 2);
	append_varint(&list->packed, size);
	to = str_reserve(&list->packed, size);
	if (!to)
		return -ENOMEM;
	protobuf_c_message_pack(&process->base, (uint8_t *)to);
	list->packed.len += size;
	return 0;
}

/* There can be many, and as messages each takes some kilobytes: they are packed one by one, and the
 * answer has them as a field that is packed already. */
static void tell_processes(struct grpc_call *call, const Tetragon__GetDebugRequest *request,
			   const struct api_agent *agent)
{
	static const Tetragon__DumpProcessCacheReqArgs all =
		TETRAGON__DUMP_PROCESS_CACHE_REQ_ARGS__INIT;
	bool has_args = request->arg_case == TETRAGON__GET_DEBUG_REQUEST__ARG_DUMP;
	Tetragon__GetDebugResponse answer = TETRAGON__GET_DEBUG_RESPONSE__INIT;
	ProtobufCMessageUnknownField field = {.tag = 3,
					      .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED};
	_cleanup_str_ struct str whole = STR_INIT;
	struct listing list = {0};
	int r = agent->each_process(agent->userdata, has_args ? request->dump : &all, add_process,
				    &list);

	append_varint(&whole, list.packed.len);
	str_append(&whole, list.packed.data, list.packed.len);
	answer.flag = TETRAGON__CONFIG_FLAG__CONFIG_FLAG_DUMP_PROCESS_CACHE;
	answer.base.n_unknown_fields = 1;
	answer.base.unknown_fields = &field;
	field.data = (uint8_t *)whole.data;
	field.len = whole.len;
	if (list.full)
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED,
			 "the processes take more than 3 MiB: with skip_zero_refcnt or "
			 "exclude_execve_map_processes there are fewer");
	else if (r < 0 || list.packed.failed || whole.failed)
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
	else
		grpc_reply(call, &answer.base);
	str_free(&list.packed);
}

void debug_get(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__GetDebugRequest *request = (const void *)message;

	switch (request->flag) {
	case TETRAGON__CONFIG_FLAG__CONFIG_FLAG_LOG_LEVEL:
		tell_level(call);
		break;
	case TETRAGON__CONFIG_FLAG__CONFIG_FLAG_DUMP_PROCESS_CACHE:
		tell_processes(call, request, userdata);
		break;
	default:
		grpc_end(call, GRPC_INVALID_ARGUMENT, "flag: there is no such flag");
	}
}

void debug_set(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	Tetragon__SetDebugResponse answer = TETRAGON__SET_DEBUG_RESPONSE__INIT;
	const Tetragon__SetDebugRequest *request = (const void *)message;
	int level;

	if (request->flag != TETRAGON__CONFIG_FLAG__CONFIG_FLAG_LOG_LEVEL ||
	    request->arg_case != TETRAGON__SET_DEBUG_REQUEST__ARG_LEVEL) {
		grpc_end(call, GRPC_INVALID_ARGUMENT,
			 "only CONFIG_FLAG_LOG_LEVEL can be set, to a level");
		return;
	}
	level = level_from(request->level);
	if (level < 0) {
		grpc_end(call, GRPC_INVALID_ARGUMENT, "level: there is no such level");
		return;
	}
	log_set_level((enum log_level)level);
	log_info("a client has the log at level %s", log_level_to_string((enum log_level)level));
	answer.flag = request->flag;
	answer.arg_case = TETRAGON__SET_DEBUG_RESPONSE__ARG_LEVEL;
	answer.level = request->level;
	grpc_reply(call, &answer.base);
}
