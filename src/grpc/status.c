// SPDX-License-Identifier: Apache-2.0
#include "grpc/status.h"

#include <errno.h>

static const struct {
	const char *name;
	int code;
} statuses[_GRPC_STATUS_MAX] = {
	[GRPC_OK] = {"OK", 0},
	[GRPC_CANCELLED] = {"CANCELLED", -EINTR},
	[GRPC_UNKNOWN] = {"UNKNOWN", -EREMOTEIO},
	[GRPC_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", -EINVAL},
	[GRPC_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", -ETIMEDOUT},
	[GRPC_NOT_FOUND] = {"NOT_FOUND", -ENOENT},
	[GRPC_ALREADY_EXISTS] = {"ALREADY_EXISTS", -EEXIST},
	[GRPC_PERMISSION_DENIED] = {"PERMISSION_DENIED", -EACCES},
	[GRPC_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", -ENOBUFS},
	[GRPC_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", -EBUSY},
	[GRPC_ABORTED] = {"ABORTED", -ECONNABORTED},
	[GRPC_OUT_OF_RANGE] = {"OUT_OF_RANGE", -ERANGE},
	[GRPC_UNIMPLEMENTED] = {"UNIMPLEMENTED", -EOPNOTSUPP},
	[GRPC_INTERNAL] = {"INTERNAL", -EREMOTEIO},
	[GRPC_UNAVAILABLE] = {"UNAVAILABLE", -EHOSTDOWN},
	[GRPC_DATA_LOSS] = {"DATA_LOSS", -EIO},
	[GRPC_UNAUTHENTICATED] = {"UNAUTHENTICATED", -EPERM},
};

static enum grpc_status known(enum grpc_status status)
{
	return (unsigned)status < _GRPC_STATUS_MAX ? status : GRPC_UNKNOWN;
}

const char *grpc_status_name(enum grpc_status status)
{
	return statuses[known(status)].name;
}

int grpc_status_errno(enum grpc_status status)
{
	return statuses[known(status)].code;
}
