/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_STATE_H
#define OCELLI_AGENT_STATE_H

/*
 * The agent, for the files that it consists of: agent.c starts and ends it, and
 * turns the loop; work.c has the worker's turns; answers.c is what clients are
 * told; report.c what it tells of itself.
 */

#include "agent/export_filters.h"
#include "agent/cri_watch.h"
#include "agent/exporter.h"
#include "agent/info.h"
#include "agent/notify.h"
#include "agent/pod_watch.h"
#include "agent/policy_set.h"
#include "agent/policy_store.h"
#include "agent/pump.h"
#include "agent/redactor.h"
#include "agent/requests.h"
#include "agent/settings.h"
#include "agent/web.h"
#include "agent/worker.h"
#include "api/api.h"
#include "tracing/roots.h"
#include "tracing/scopes.h"

#include <stdatomic.h>
#include <uv.h>

struct agent {
	const struct settings *settings;
	char node_name[256];
	uv_loop_t loop;
	uv_timer_t tick, watchdog;
	uv_signal_t signals[4];
	uv_poll_t sink_polls[EXPORTER_SINKS_MAX];
	int lock_fd;
	struct ledger ledger;
	struct hooks *hooks;
	struct tracker *tracker;
	struct symbols *symbols;
	struct pods *pods;
	struct pod_watch *pod_watch;
	struct cri_watch *cri_watch; /* NULL: no runtime is asked */
	struct scopes *scopes;
	struct roots *roots;
	struct messages *messages;
	struct redactor *redactor; /* NULL: nothing is hidden */
	struct export_filters filters;
	struct exporter exporter;
	struct sink *file; /* the exporter's; NULL: there is none */
	struct api_event_log event_log;
	struct process_sensor *sensor;
	struct pins *pins;           /* the worker's, while that is busy … */
	bool took_over;              /* nothing is left of agents before; likewise */
	struct policy_set *policies; /* the worker's, while that is busy … */
	uint64_t mended;             /* what somebody had meddled with */
	struct policy_store *store;  /* … likewise; NULL: none are kept */
	bool restored;               /* what is kept is there; likewise */
	struct requests *requests;
	struct api *api; /* NULL: there is none */
	struct web *web; /* likewise */
	struct notify notify;
	enum phase phase;
	struct binaries *binaries; /* NULL: nobody wants to know */
	struct pump *pump;
	/* Reads policies, compiles them, and has the kernel verify and attach them. */
	struct worker *worker;
	int result;
	struct error *error;
	/* What the policies' places told when they were last looked at. */
	struct missed missed;
	uint64_t loads_lost;
	uint64_t counted;           /* when; CLOCK_MONOTONIC */
	bool watches;               /* those that there are to be at first have been loaded */
	atomic_bool stops;          /* the worker looks at it */
	bool log_lost;              /* its file cannot be opened any more, and that was told */
	struct info_probes *probes; /* NULL: nobody has asked; the worker's while that is … */
	bool probing;               /* … at them */
	bool probes_failed;         /* while who waits for them is told so */
	/* Asked for while the worker was busy, or before it has loaded what there is at first. */
	bool reload_wanted, report_wanted, probes_wanted, follow_wanted;
	bool following;            /* the worker looks which files of programs have become others */
	unsigned ticks;            /* since that was last done */
	struct list changes;       /* of struct api_change */
	struct api_change *change; /* what the worker does; NULL: it reads files */
};

/* --- agent.c */

/* What was read of the ring is written out. */
void agent_drained(void *userdata);

/* --- work.c */

int agent_prepare_policies(struct agent *a, struct error **reterr);
/* What waits for the worker to be done. */
void agent_next(struct agent *a);
/* Reads the policies again, as soon as the worker can. */
void agent_reload(struct agent *a);
/* Has policies hook the files that their paths lead to by now. */
void agent_follow_programs(struct agent *a);
/* After what policies have the worker do. Returns 0 or negative errno. */
int agent_start_probing(struct agent *a);
/* Takes the next change that somebody waits for; NULL: there is none, and none of those that nobody
 * waits for. */
struct api_change *agent_next_change(struct agent *a);

/* --- answers.c */

int agent_serve(struct agent *a, struct error **reterr);
/* Where --metrics-server says. */
int agent_serve_web(struct agent *a, struct error **reterr);

/* --- report.c */

/* Tells who looks after it what the agent is at. */
void agent_enter(struct agent *a, enum phase phase);
/* Brings the ledger up to date with the kernel side; what is counted at the policies' places only
 * while these are not the worker's. */
void agent_count_kernel(struct agent *a);
/* Tells all of the ledger but what policies count, as of agent_count_kernel(). Returns whether all
 * sums hold. */
bool agent_tell_ledger(struct agent *a, ledger_line_fn line, void *userdata);
/* Prints all of it. Returns likewise. */
bool agent_print_ledger(struct agent *a);
/* The same, as soon as the worker can; that sums are off by what comes meanwhile is no failure. */
void agent_report(struct agent *a);
/* NULL: out of memory. */
void agent_log_error(const struct error *err);

#endif
