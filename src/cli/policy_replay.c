// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_replay.h"
#include "base/cleanup.h"
#include "cli/event_source.h"
#include "event/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct recording {
	const struct policy *policy;
	struct replay_want want;
	struct replay_result *result;
	const char *path;
	struct line_reader input;
};

static int replay_message(const struct recording *r, ProtobufCMessage *msg)
{
	int ret = replay_event(r->policy, (const Tetragon__GetEventsResponse *)msg, &r->want,
			       r->result);

	protobuf_c_message_free_unpacked(msg, NULL);
	return ret;
}

static bool is_blank(const char *line, size_t len)
{
	while (len && memchr(" \t\r", line[len - 1], 3))
		len--;
	return !len;
}

/* What is no event may have been one: nothing is passed over. */
static int replay_line(struct recording *r, const char *line, size_t len, struct error **reterr)
{
	ProtobufCMessage *msg;
	int ret;

	if (is_blank(line, len))
		return 0;
	ret = json_read(&tetragon__get_events_response__descriptor, line, len, &msg, reterr);
	if (ret < 0)
		error_at(reterr, r->path, (unsigned)r->input.line,
			 reterr && *reterr ? (*reterr)->column : 0);
	return ret < 0 ? ret : replay_message(r, msg);
}

static int replay_lines(struct recording *r, struct error **reterr)
{
	int ret = 0;

	while (ret >= 0) {
		const char *line;
		size_t len;
		int status = line_reader_next(&r->input, &line, &len);

		if (status == LINE_END)
			return 0;
		if (status == LINE_READ)
			ret = replay_line(r, line, len, reterr);
		else if (status == LINE_TOO_LONG)
			ret = error_set(reterr, -E2BIG, "%s has a line longer than %d bytes",
					r->path, EVENT_LINE_BYTES);
		else if (status < 0)
			ret = error_set(reterr, status, "cannot read %s: %s", r->path,
					strerror(-status));
	}
	return ret;
}

/* As the policy's own directory sees it. Returns it, to be freed. */
static char *path_of(const struct policy *policy, const char *file)
{
	const char *slash = strrchr(policy->file, '/');
	char *path;

	if (*file == '/' || !slash)
		return strdup(file);
	return asprintf(&path, "%.*s%s", (int)(slash + 1 - policy->file), policy->file, file) < 0
		       ? NULL
		       : path;
}

static int replay_file(struct recording *r, const char *file, struct error **reterr)
{
	_cleanup_free_ char *path = path_of(r->policy, file);
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int ret;

	if (!path)
		return error_set(reterr, -ENOMEM, "out of memory");
	if (fd < 0)
		return error_set(reterr, -errno, "cannot open %s: %s", path, strerror(errno));
	r->path = path;
	line_reader_init(&r->input, fd, EVENT_LINE_BYTES);
	ret = replay_lines(r, reterr);
	line_reader_done(&r->input);
	return ret;
}

static int replay_own(struct recording *r, const struct policy_case *of, struct error **reterr)
{
	Tetragon__GetEventsResponse *event;
	int ret = replay_read_node(of->event, &event, reterr);

	if (ret >= 0)
		return replay_message(r, &event->base);
	/* A column of the JSON that was made of it. */
	error_at(reterr, r->policy->file, of->mark.line, of->mark.column);
	return ret;
}

int policy_replay(const struct policy *policy, const struct policy_case *of,
		  struct replay_result *result, struct error **reterr)
{
	struct recording r = {
		.policy = policy,
		.want = {.action = of->action, .selector = of->selector},
		.result = result,
	};
	int ret = of->event ? replay_own(&r, of, reterr) : replay_file(&r, of->file, reterr);

	if (ret == -ENOMEM)
		return error_set(reterr, ret, "out of memory");
	if (ret >= 0 && !result->events)
		return error_set(reterr, -ENODATA,
				 "there is no event that a policy tells, such as a process_kprobe");
	return ret;
}
