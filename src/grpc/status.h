/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_STATUS_H
#define OCELLI_GRPC_STATUS_H

/* How a call ended (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md). */
enum grpc_status {
	GRPC_OK,
	GRPC_CANCELLED,
	GRPC_UNKNOWN,
	GRPC_INVALID_ARGUMENT,
	GRPC_DEADLINE_EXCEEDED,
	GRPC_NOT_FOUND,
	GRPC_ALREADY_EXISTS,
	GRPC_PERMISSION_DENIED,
	GRPC_RESOURCE_EXHAUSTED,
	GRPC_FAILED_PRECONDITION,
	GRPC_ABORTED,
	GRPC_OUT_OF_RANGE,
	GRPC_UNIMPLEMENTED,
	GRPC_INTERNAL,
	GRPC_UNAVAILABLE,
	GRPC_DATA_LOSS,
	GRPC_UNAUTHENTICATED,
	_GRPC_STATUS_MAX,
};

/* "INVALID_ARGUMENT"; of a number that is none, "UNKNOWN". */
const char *grpc_status_name(enum grpc_status status);

/* A negative errno for it, 0 for GRPC_OK. */
int grpc_status_errno(enum grpc_status status);

#endif
