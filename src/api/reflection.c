// SPDX-License-Identifier: Apache-2.0
#include "api/reflection.h"
#include "api/descriptors.h"
#include "base/macro.h"

#include "grpc/reflection/v1/reflection.pb-c.h"

#include <stdlib.h>

typedef Grpc__Reflection__V1__ServerReflectionRequest request_t;
typedef Grpc__Reflection__V1__ServerReflectionResponse response_t;

#define ASKED(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name
#define TOLD(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name

/* Has room for whatever is answered. */
struct answer {
	response_t response;
	Grpc__Reflection__V1__FileDescriptorResponse files;
	ProtobufCBinaryData file;
	Grpc__Reflection__V1__ExtensionNumberResponse extensions;
	Grpc__Reflection__V1__ListServiceResponse services; /* good while it is sent */
	Grpc__Reflection__V1__ErrorResponse error;
};

static void tell_error(struct answer *a, enum grpc_status code, const char *text)
{
	a->response.message_response_case = TOLD(ERROR_RESPONSE);
	a->response.error_response = &a->error;
	a->error.error_code = (int)code;
	a->error.error_message = (char *)(uintptr_t)text;
}

static void tell_file(struct answer *a, bool found, const char *why_not)
{
	if (!found) {
		tell_error(a, GRPC_NOT_FOUND, why_not);
		return;
	}
	a->response.message_response_case = TOLD(FILE_DESCRIPTOR_RESPONSE);
	a->response.file_descriptor_response = &a->files;
	a->files.n_file_descriptor_proto = 1;
	a->files.file_descriptor_proto = &a->file;
}

/* The schema has none: there are no others than numbers of types that there are. */
static void tell_extensions(struct answer *a, const char *type)
{
	ProtobufCBinaryData file;

	if (!descriptors_find_symbol(type, &file)) {
		tell_error(a, GRPC_NOT_FOUND, "there is no such type");
		return;
	}
	a->response.message_response_case = TOLD(ALL_EXTENSION_NUMBERS_RESPONSE);
	a->response.all_extension_numbers_response = &a->extensions;
	a->extensions.base_type_name = (char *)(uintptr_t)type;
}

static bool send_answer(struct grpc_call *call, const struct answer *a)
{
	struct grpc_message *message = grpc_message_new(&a->response.base);
	bool ok = message && grpc_send(call, message);

	grpc_message_unref(message);
	return ok;
}

static bool send_services(struct grpc_call *call, const struct reflection *reflection,
			  struct answer *a)
{
	size_t n = reflection->n_services;
	Grpc__Reflection__V1__ServiceResponse *names = calloc(n, sizeof(*names));
	Grpc__Reflection__V1__ServiceResponse **pointers =
		calloc(n, sizeof(Grpc__Reflection__V1__ServiceResponse *));
	bool ok = names && pointers;

	for (size_t i = 0; ok && i < n; i++) {
		grpc__reflection__v1__service_response__init(&names[i]);
		names[i].name = (char *)(uintptr_t)reflection->services[i].name;
		pointers[i] = &names[i];
	}
	a->services.n_service = n;
	a->services.service = pointers;
	a->response.message_response_case = TOLD(LIST_SERVICES_RESPONSE);
	a->response.list_services_response = &a->services;
	ok = ok && send_answer(call, a);
	free(pointers);
	free(names);
	return ok;
}

static bool answer(struct grpc_call *call, const request_t *request,
		   const struct reflection *reflection)
{
	struct answer a = {
		.response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT,
		.files = GRPC__REFLECTION__V1__FILE_DESCRIPTOR_RESPONSE__INIT,
		.extensions = GRPC__REFLECTION__V1__EXTENSION_NUMBER_RESPONSE__INIT,
		.services = GRPC__REFLECTION__V1__LIST_SERVICE_RESPONSE__INIT,
		.error = GRPC__REFLECTION__V1__ERROR_RESPONSE__INIT,
	};

	a.response.valid_host = request->host;
	a.response.original_request = (request_t *)(uintptr_t)request;
	switch (request->message_request_case) {
	case ASKED(LIST_SERVICES):
		return send_services(call, reflection, &a);
	case ASKED(FILE_BY_FILENAME):
		tell_file(&a, descriptors_find_file(request->file_by_filename, &a.file),
			  "there is no such file");
		break;
	case ASKED(FILE_CONTAINING_SYMBOL):
		tell_file(&a, descriptors_find_symbol(request->file_containing_symbol, &a.file),
			  "there is no such symbol");
		break;
	case ASKED(FILE_CONTAINING_EXTENSION):
		tell_error(&a, GRPC_NOT_FOUND, "the schema has no extensions");
		break;
	case ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE):
		tell_extensions(&a, request->all_extension_numbers_of_type);
		break;
	default:
		tell_error(&a, GRPC_INVALID_ARGUMENT, "nothing is asked");
	}
	return send_answer(call, &a);
}

static void run(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	if (!answer(call, (const request_t *)request, userdata))
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "the answers are not read");
}

const struct grpc_method reflection_methods[] = {
	{
		.name = "ServerReflectionInfo",
		.input = &grpc__reflection__v1__server_reflection_request__descriptor,
		.run = run,
		.role = GRPC_READER,
		.takes_many = true,
	},
};

const size_t reflection_n_methods = ARRAY_SIZE(reflection_methods);
