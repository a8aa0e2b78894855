/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_REFLECTION_H
#define OCELLI_API_REFLECTION_H

#include "grpc/grpc.h"

/* grpc.reflection.v1.ServerReflection, and v1alpha, which is the same: what services there are, and
 * the schema of what they say. */
struct reflection {
	const struct grpc_service *services;
	size_t n_services;
};

/* @userdata is struct reflection. */
extern const struct grpc_method reflection_methods[];
extern const size_t reflection_n_methods;

#endif
