/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_API_H
#define OCELLI_API_API_H

#include "api/access.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/list.h"
#include "event/lazy.h"
#include "filter/filter.h"

#include "tetragon/events.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <stdbool.h>
#include <uv.h>

/*
 * The agent's services for clients: tetragon.FineGuidanceSensors,
 * tetragon.EventLogService and grpc.health.v1.Health.
 */
struct api;

enum api_change_kind {
	API_CHANGE_ADD,
	API_CHANGE_DELETE,
	API_CHANGE_CONFIGURE,
};

/* What a client wants done to a policy. */
struct api_change {
	struct list node; /* the agent's */
	enum api_change_kind kind;
	const char *name, *namespace, *domain;
	const char *yaml; /* to add */
	int enable;       /* to configure; -1: as it is … */
	int mode;         /* … likewise; Tetragon__TracingPolicyMode */
	bool unwanted;    /* nobody waits for it any more; it may be left out */
	/* To be called once, on the loop: @r is 0, or a negative errno with @err. */
	void (*done)(struct api_change *change, int r, const struct error *err);
};

/* How the exported file is rotated. */
struct api_event_log {
	int64_t max_size_mb;        /* 0: not by size */
	int64_t max_backups;        /* 0: all are kept */
	uint64_t rotation_interval; /* ns; 0: not by time */
};

#define API_EVENT_LOG_SIZE_MAX (1 << 20)
#define API_EVENT_LOG_BACKUPS_MAX 100000

/* Whether it could be the domain of a policy; "" is none, or all. */
bool api_is_domain(const char *word);
#define API_DOMAIN_WRONG "the domain has to be at most 63 small letters, digits and \"-\""

/*
 * What the services ask of the agent. The functions fill the answer, with what
 * they need from @arena, and return 0, -ENOMEM, or -EBUSY while nobody can tell:
 * then they are asked again at api_retry().
 */
struct api_agent {
	int (*list_policies)(void *userdata, const char *domain, bool extended, struct arena *arena,
			     Tetragon__ListTracingPoliciesResponse *answer);
	int (*list_domains)(void *userdata, struct arena *arena,
			    Tetragon__ListDomainsResponse *answer);
	/* Does it after those that came before. It is the agent's until it is done. */
	void (*change_policy)(void *userdata, struct api_change *change);
	/* Returns -ENOENT when there is no file. */
	int (*get_event_log)(void *userdata, struct api_event_log *ret);
	void (*set_event_log)(void *userdata, const struct api_event_log *log);
	/* Calls @each with those of the processes that are known that @which is about, one by one,
	 * until it returns below 0; the message is good until it returns. */
	int (*each_process)(void *userdata, const Tetragon__DumpProcessCacheReqArgs *which,
			    int (*each)(const Tetragon__ProcessInternal *process, void *data),
			    void *data);
	/* Before the container's first process is: keeps what is told of it. Returns -EINVAL when
	 * that is not enough, -ENOSPC or -E2BIG by the limits, with *reterr. */
	int (*create_container)(void *userdata, const Tetragon__CreateContainer *container,
				struct error **reterr);
	/* Where every record and every event went; what comes meanwhile is in no sum yet. */
	int (*get_ledger)(void *userdata, struct arena *arena,
			  Tetragon__GetHealthStatusResponse *answer);
	/* Finds out what the kernel can do, once: -EBUSY meanwhile. */
	int (*get_info)(void *userdata, struct arena *arena, Tetragon__GetInfoResponse *answer);
	struct filter_rules filter_rules;
	void *userdata;
};

/* What @access points to has to outlive it. */
int api_new(uv_loop_t *loop, const struct api_agent *agent, const struct api_access *access,
	    struct api **ret, struct error **reterr);

/* Whether EnableTracingPolicy and DisableTracingPolicy are done, as clients from before 2024 ask.
 */
void api_allow_deprecated(struct api *api, bool allow);

/* From now on TCP is spoken in cipher. Returns 0, or a negative errno with *reterr. */
int api_use_tls(struct api *api, const struct tls_config *config, struct error **reterr);

/* As tls_reload(); 0 without TLS. */
int api_reload_tls(struct api *api, struct error **reterr);

/* Listens at "unix://PATH" or "HOST:PORT". Returns 0, or a negative errno with *reterr. */
int api_listen(struct api *api, const char *address, struct error **reterr);

/* Likewise, once, for what asks after the agent's health and nothing else, in plain text: so that
 * the other addresses need not be open to it. */
int api_listen_for_health(struct api *api, const char *address, struct error **reterr);

/* What health checks are told. */
void api_set_ready(struct api *api, bool ready);

/* What the agent was too busy for it can tell now. */
void api_retry(struct api *api);

/* Whether anybody wants events. */
bool api_watched(const struct api *api);

/* Events that those who wanted them did not get, ever. */
uint64_t api_dropped(const struct api *api);

/* Gives the event, of which @lazy fills what is wanted, to those who want it. When there is no
 * memory for that, it counts as dropped. Never waits for a reader. */
void api_event(struct api *api, const Tetragon__GetEventsResponse *event, struct lazy *lazy);

/* About once a second. */
void api_tick(struct api *api);

/* Ends the streams, and has the loop turn until all clients have been told, or so many ms. */
void api_stop(struct api *api, uint64_t timeout_ms);

/* Closes what there is; the loop has to turn before it is freed. */
void api_close(struct api *api);
void api_free(struct api **api);

#endif
