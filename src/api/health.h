/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_HEALTH_H
#define OCELLI_API_HEALTH_H

#include "base/list.h"
#include "grpc/grpc.h"

/* grpc.health.v1.Health, of these services, of all as "", and of the program as "liveness". */
struct health {
	const struct grpc_service *services;
	size_t n_services;
	struct list watchers;
	bool ready;
};

void health_init(struct health *health, const struct grpc_service *services, size_t n_services);

/* Whether the services do what they are for; who watches them is told. */
void health_set_ready(struct health *health, bool ready);

/* @userdata is struct health. */
extern const struct grpc_method health_methods[];
extern const size_t health_n_methods;

#endif
