// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_trial.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include "tetragon/events.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long the agent may take to tell that the command has ended. */
#define LAG_NS (10 * NSEC_PER_SEC)

/* --- the command */

/* One that waits to be told to begin. */
struct command_process {
	pid_t pid;
	int go; /* closed, it begins */
};

static void run(const char *command, int go)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char byte;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

static int begin(const char *command, struct command_process *ret, struct error **reterr)
{
	int go[2];

	if (pipe2(go, O_CLOEXEC) < 0)
		return error_set(reterr, -errno, "cannot make a pipe: %s", strerror(errno));
	ret->pid = fork();
	if (ret->pid == 0) {
		close(go[1]);
		run(command, go[0]);
	}
	close(go[0]);
	if (ret->pid < 0) {
		close(go[1]);
		return error_set(reterr, -errno, "cannot fork: %s", strerror(errno));
	}
	ret->go = go[1];
	return 0;
}

static void let_go(struct command_process *process)
{
	close_fd(&process->go);
	process->go = -1;
}

/* Whatever became of it, it is over, and so is what it started and did not put apart. */
static void end(struct command_process *process)
{
	let_go(process);
	if (process->pid <= 0)
		return;
	kill(-process->pid, SIGKILL);
	kill(process->pid, SIGKILL);
	waitpid(process->pid, NULL, 0);
}

#define _cleanup_command_process_ _cleanup_(end)

/* --- what is told of it */

/* What the policy tells of it, and that it has ended. */
struct request {
	Tetragon__GetEventsRequest msg;
	Tetragon__Filter told, ended, *allow[2];
	Tetragon__EventType exit;
	char *policies[1];
	uint32_t pids[1];
};

static void request_init(struct request *r, const char *policy, pid_t pid)
{
	r->msg = (Tetragon__GetEventsRequest)TETRAGON__GET_EVENTS_REQUEST__INIT;
	r->told = r->ended = (Tetragon__Filter)TETRAGON__FILTER__INIT;
	r->exit = TETRAGON__EVENT_TYPE__PROCESS_EXIT;
	r->policies[0] = (char *)(uintptr_t)policy;
	r->pids[0] = (uint32_t)pid;
	r->told.policy_names = r->policies;
	r->told.pid_set = r->ended.pid = r->pids;
	r->told.n_policy_names = r->told.n_pid_set = r->ended.n_pid = 1;
	r->ended.event_set = &r->exit;
	r->ended.n_event_set = 1;
	r->allow[0] = &r->told;
	r->allow[1] = &r->ended;
	r->msg.allow_list = r->allow;
	r->msg.n_allow_list = 2;
}

/* The agent has taken the stream when it answers what it was asked after that. */
static int wait_taken(struct remote *remote, struct error **reterr)
{
	Tetragon__GetVersionRequest request = TETRAGON__GET_VERSION_REQUEST__INIT;
	ProtobufCMessage *answer;
	int r = remote_ask(remote, "GetVersion", &request.base,
			   &tetragon__get_version_response__descriptor, &answer, reterr);

	if (r >= 0)
		protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

/* The event's own message, of whichever type. */
static const ProtobufCMessage *inner(const Tetragon__GetEventsResponse *event)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
		event->base.descriptor, (unsigned)event->event_case);

	return field ? *(const ProtobufCMessage *const *)(const void *)((const char *)event +
									field->offset)
		     : NULL;
}

static int action_of(const ProtobufCMessage *event)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(event->descriptor, "action");

	return field ? *(const int *)(const void *)((const char *)event + field->offset) : -1;
}

/* Returns 1 when the command has ended, 0 when it goes on, or negative errno. */
static int take(const Tetragon__GetEventsResponse *event, const struct policy_case *of,
		struct trial_result *result, struct error **reterr)
{
	const ProtobufCMessage *message = inner(event);

	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXIT)
		return 1;
	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO)
		return error_set(reterr, -ENOBUFS, "the agent had more to tell than was read");
	if (!message)
		return 0;
	result->events++;
	result->others += of->action >= 0 && action_of(message) != of->action;
	return 0;
}

static int read_events(struct grpc_stream *stream, const struct policy_case *of,
		       struct command_process *process, struct trial_result *result,
		       struct error **reterr)
{
	uint64_t deadline = clock_ns(CLOCK_MONOTONIC) + of->seconds * NSEC_PER_SEC;

	for (;;) {
		ProtobufCMessage *message;
		int r = grpc_stream_next(stream, &tetragon__get_events_response__descriptor,
					 deadline, &message, reterr);

		if (r == -EAGAIN && result->timed_out)
			return error_set(reterr, -ETIMEDOUT,
					 "the agent does not tell that the command has ended");
		if (r == -EAGAIN) {
			result->timed_out = true;
			kill(-process->pid, SIGKILL);
			deadline = clock_ns(CLOCK_MONOTONIC) + LAG_NS;
			continue;
		}
		if (r <= 0)
			return r < 0 ? r
				     : error_set(reterr, -ECONNRESET, "the agent ended the stream");
		r = take((const Tetragon__GetEventsResponse *)message, of, result, reterr);
		protobuf_c_message_free_unpacked(message, NULL);
		if (r != 0)
			return r < 0 ? r : 0;
	}
}

int policy_trial_run(struct remote *remote, const char *policy, const struct policy_case *of,
		     struct trial_result *ret, struct error **reterr)
{
	_cleanup_grpc_stream_ struct grpc_stream *stream = NULL;
	_cleanup_command_process_ struct command_process process = {.go = -1};
	struct trial_result result = {0};
	struct request request;
	int r = begin(of->run, &process, reterr);

	if (r < 0)
		return r;
	request_init(&request, policy, process.pid);
	r = remote_follow(remote, "GetEvents", &request.msg.base, &stream, reterr);
	if (r >= 0)
		r = wait_taken(remote, reterr);
	if (r >= 0) {
		let_go(&process);
		r = read_events(stream, of, &process, &result, reterr);
	}
	if (r >= 0)
		*ret = result;
	return remote_explain(remote, r, reterr);
}
