// SPDX-License-Identifier: Apache-2.0
#include "cli/event_source.h"
#include "event/json.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool event_source_is_log(const struct common_settings *settings)
{
	struct stat st;

	return !settings->server_address && fstat(STDIN_FILENO, &st) == 0 && !S_ISCHR(st.st_mode);
}

int event_source_open(struct event_source *source, struct remote *remote,
		      const Tetragon__GetEventsRequest *request, struct error **reterr)
{
	*source = (struct event_source){.remote = remote};
	if (remote)
		return remote_follow(remote, "GetEvents", &request->base, &source->stream, reterr);
	line_reader_init(&source->input, STDIN_FILENO, EVENT_LINE_BYTES);
	return 0;
}

static int read_line(struct event_source *source, const char *line, size_t len,
		     Tetragon__GetEventsResponse **ret)
{
	ProtobufCMessage *message;
	int r = json_read(&tetragon__get_events_response__descriptor, line, len, &message, NULL);

	if (r == -EBADMSG) {
		source->skipped += strspn(line, " \t\r\n") < len;
		return 0;
	}
	if (r < 0)
		return r;
	*ret = (Tetragon__GetEventsResponse *)message;
	return 1;
}

static int next_of_log(struct event_source *source, Tetragon__GetEventsResponse **ret,
		       struct error **reterr)
{
	int r = 0;

	while (r == 0) {
		const char *line;
		size_t len;
		int status = line_reader_next(&source->input, &line, &len);

		if (status < 0)
			return error_set(reterr, status, "cannot read standard input: %s",
					 strerror(-status));
		if (status == LINE_END)
			return 0;
		if (status == LINE_TOO_LONG)
			source->skipped++;
		if (status == LINE_READ)
			r = read_line(source, line, len, ret);
	}
	return r;
}

int event_source_next(struct event_source *source, uint64_t deadline,
		      Tetragon__GetEventsResponse **ret, struct error **reterr)
{
	ProtobufCMessage *message;
	int r;

	if (!source->remote)
		return next_of_log(source, ret, reterr);
	r = grpc_stream_next(source->stream, &tetragon__get_events_response__descriptor, deadline,
			     &message, reterr);
	if (r > 0)
		*ret = (Tetragon__GetEventsResponse *)message;
	return r == -EAGAIN ? r : remote_explain(source->remote, r, reterr);
}

void event_source_close(struct event_source *source)
{
	grpc_stream_close(&source->stream);
	line_reader_done(&source->input);
}
