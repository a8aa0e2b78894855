/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every metric that the agent gives: METRIC(id, type, group, name, labels, help).
 * docs/metrics.md is made of this list, without include guards: it is included
 * with METRIC() defined. Help has no full stop and nothing that must be escaped.
 */

METRIC(BUILD_INFO, GAUGE, HEALTH, "tetragon_build_info", LABELS("version"),
       "Always 1; the label is what runs")

/* Events. */
METRIC(EVENTS, COUNTER, EVENTS, "tetragon_events_total", LABELS("type", "binary", "node_name"),
       "Events that were made, by type; by binary and node where --metrics-label-filter names them")
METRIC(POLICY_EVENTS, COUNTER, EVENTS, "tetragon_policy_events_total",
       LABELS("policy", "policy_namespace", "policy_domain", "hook", "section", "hook_index"),
       "Hits that policies tell of, by policy and hook, those that found no room included")
METRIC(EVENTS_EXPORTED, COUNTER, HEALTH, "tetragon_events_exported_total", LABELS(),
       "Events that outputs have written, all outputs together")
METRIC(EVENTS_EXPORTED_BYTES, COUNTER, HEALTH, "tetragon_events_exported_bytes_total", LABELS(),
       "Bytes that outputs have written, all outputs together")
METRIC(LAST_EXPORTED, GAUGE, HEALTH, "tetragon_events_last_exported_timestamp", LABELS(),
       "When what was last given to the outputs happened, in seconds since 1970")
METRIC(RATELIMIT_DROPPED, COUNTER, HEALTH, "tetragon_export_ratelimit_events_dropped_total",
       LABELS(), "Events over --export-rate-limit")
METRIC(MISSING_PROCESS, COUNTER, HEALTH, "tetragon_events_missing_process_info_total", LABELS(),
       "Events of a process that is not known, or no longer")
METRIC(LEDGER_EVENTS, COUNTER, HEALTH, "ocelli_events_total", LABELS("type", "step"),
       "Where events went: made is the sum of limited (--export-rate-limit), unrendered (no "
       "memory) and exported (given to each output)")
METRIC(SINK_EVENTS, COUNTER, HEALTH, "ocelli_sink_events_total", LABELS("sink", "outcome"),
       "What became of events at an output; delivered, or dropped: because the reader is slow "
       "(full), the write failed (error), the reader has gone (closed)")
METRIC(SINK_PENDING, GAUGE, HEALTH, "ocelli_sink_pending_events", LABELS("sink"),
       "Events that an output holds back for a slow reader")
METRIC(SINK_BYTES, COUNTER, HEALTH, "ocelli_sink_bytes_total", LABELS("sink"),
       "Bytes that an output has written")

/* From the kernel. */
METRIC(RECEIVED, COUNTER, HEALTH, "tetragon_observer_ringbuf_events_received_total", LABELS(),
       "Records of the kernel side that were read")
METRIC(LOST, COUNTER, HEALTH, "tetragon_observer_ringbuf_events_lost_total", LABELS(),
       "Records that the ring had no room for")
METRIC(MSG_OP, COUNTER, HEALTH, "tetragon_msg_op_total", LABELS("msg_op"),
       "Records read, by the number that Tetragon has for their kind; all hooks of policies are 13")
METRIC(MISSED_EVENTS, COUNTER, HEALTH, "tetragon_bpf_missed_events_total",
       LABELS("msg_op", "error"),
       "Records that the kernel side could not write, by kind as in tetragon_msg_op_total")
METRIC(HANDLER_ERRORS, COUNTER, HEALTH, "tetragon_handler_errors_total", LABELS("opcode", "error"),
       "Records that could not be understood, by kind likewise")
METRIC(MISSED_PROGRAMS, COUNTER, HEALTH, "tetragon_missed_prog_probes_total", LABELS("attach"),
       "Runs that the kernel passed a program by, at the places of policies; one program serves "
       "all "
       "policies at a place")
METRIC(RECORDS, COUNTER, HEALTH, "ocelli_records_total", LABELS("record", "step"),
       "Where records went: produced and supplied (by the agent, from procfs) are the sum of full "
       "(the ring had no room), throttled, discarded (outdated) and received")
METRIC(RECORD_OUTCOMES, COUNTER, HEALTH, "ocelli_record_outcomes_total",
       LABELS("record", "outcome"), "What was made of the records received; see the ledger")
METRIC(MISSED_RUNS, COUNTER, HEALTH, "ocelli_missed_runs_total", LABELS(),
       "Runs that the kernel passed a program by, all programs together")
METRIC(RING_BACKLOG, GAUGE, HEALTH, "ocelli_ring_backlog_bytes", LABELS(),
       "What is in the ring and not read yet")
METRIC(BARE_EXECS, COUNTER, HEALTH, "ocelli_bare_execs_total", LABELS(),
       "Execs told without what only execve(2) knows, for more were under way than are remembered")
METRIC(UNREAD, COUNTER, HEALTH, "ocelli_unread_values_total", LABELS(),
       "Values that hooks were to read, and could not: told as error_arg, and no filter on them "
       "holds")
METRIC(OWN_HITS, COUNTER, HEALTH, "ocelli_own_hook_hits_total", LABELS(),
       "Hits of policies by the agent itself, which are not told of")
METRIC(MEDDLING, COUNTER, HEALTH, "ocelli_meddling_total", LABELS(),
       "How often somebody had changed maps or removed pins of the agent, and it put them right")
METRIC(TRUNCATED, COUNTER, HEALTH, "ocelli_truncated_fields_total", LABELS(),
       "Fields that a limit cut off; the event says so")
METRIC(REPAIRED, COUNTER, HEALTH, "ocelli_repaired_strings_total", LABELS(),
       "Strings that were no UTF-8 and were repaired")
METRIC(UNNAMED_FRAMES, COUNTER, HEALTH, "ocelli_unnamed_stack_frames_total", LABELS(),
       "Frames of stacks told without a name because the limit of what is looked up was reached")

/* Processes. */
METRIC(PROCESS_CAPACITY, GAUGE, HEALTH, "tetragon_process_cache_capacity", LABELS(),
       "How many processes can be remembered: --process-cache-size")
METRIC(PROCESS_SIZE, GAUGE, HEALTH, "tetragon_process_cache_size", LABELS(),
       "Processes that are remembered")
METRIC(PROCESS_EVICTIONS, COUNTER, HEALTH, "tetragon_process_cache_evictions_total", LABELS(),
       "Processes forgotten because a limit was reached")
METRIC(PROCESS_BYTES, GAUGE, HEALTH, "ocelli_process_table_bytes", LABELS(),
       "Memory of the processes that are remembered")
METRIC(PROCESS_BYTES_MAX, GAUGE, HEALTH, "ocelli_process_table_bytes_limit", LABELS(),
       "How much that can be: --process-cache-bytes")
METRIC(FORGOTTEN, COUNTER, HEALTH, "ocelli_processes_forgotten_total", LABELS("state"),
       "The same as tetragon_process_cache_evictions_total, by whether they were alive")

/* Containers. */
METRIC(PODS, GAUGE, HEALTH, "ocelli_pods", LABELS(), "Pods of which a container is known and runs")
METRIC(CONTAINERS, GAUGE, HEALTH, "ocelli_containers", LABELS("state"),
       "Containers that are known: running; awaited, told of and without a process by now; ended "
       "within the last minute")
METRIC(CONTAINERS_TOLD, COUNTER, HEALTH, "ocelli_containers_told_total", LABELS("source"),
       "Containers that became known, by who told of them first: the runtime's hook, or the "
       "runtime "
       "when it was asked (cri)")
METRIC(CONTAINERS_UNKNOWN, COUNTER, HEALTH, "ocelli_containers_unknown_total", LABELS(),
       "Cgroups of containers that nobody had told of when their first process was seen")
METRIC(CONTAINERS_REFUSED, COUNTER, HEALTH, "ocelli_containers_refused_total", LABELS(),
       "Containers that are not known because a limit was reached")
METRIC(CONTAINER_BYTES, GAUGE, HEALTH, "ocelli_container_bytes", LABELS(),
       "Memory of what is known of containers")
METRIC(SCOPES, GAUGE, HEALTH, "ocelli_container_scopes", LABELS(),
       "Different ways in which policies select containers")
METRIC(SCOPE_FAILURES, COUNTER, HEALTH, "ocelli_container_scope_failures_total", LABELS(),
       "Changes of the kernel's tables of containers that it has refused")
METRIC(CRI_REQUESTS, COUNTER, HEALTH, "ocelli_cri_requests_total", LABELS("outcome"),
       "How often the container runtime was asked (asked), and how often in vain (failed)")

/* Policies. */
METRIC(POLICIES, GAUGE, HEALTH, "tetragon_tracingpolicy_loaded", LABELS("state"),
       "Policies, by state")
METRIC(POLICY_MEMORY, GAUGE, HEALTH, "tetragon_tracingpolicy_kernel_memory_bytes",
       LABELS("policy", "policy_namespace", "policy_domain"),
       "Memory of the kernel that a policy takes, its part of the programs that it shares included")
METRIC(SELECTOR_ACTIONS, COUNTER, HEALTH, "tetragon_tracingpolicy_selector_actions_total",
       LABELS("policy", "policy_namespace", "policy_domain", "hook", "section", "hook_index",
	      "selector_index", "selector_label", "action"),
       "What selectors did; actions that never came are left out, but for post")
METRIC(SELECTOR_LOSSES, COUNTER, HEALTH, "ocelli_selector_losses_total",
       LABELS("policy", "policy_namespace", "policy_domain", "hook", "section", "hook_index",
	      "selector_index", "selector_label", "reason"),
       "What selectors matched and nobody was told of: limited by rateLimit, or lost, for the ring "
       "had no room")
METRIC(ENFORCER_MISSED, COUNTER, HEALTH, "tetragon_enforcer_missed_notifications_total",
       LABELS("policy", "policy_namespace", "policy_domain", "reason"),
       "What enforcers were notified of and no call has seen: overwritten by another notice for "
       "the "
       "thread, or, as no_action, cleaned up")
METRIC(REQUESTS, COUNTER, HEALTH, "ocelli_requests_total", LABELS("action", "outcome"),
       "What policies had the agent do (GetUrl, DnsLookup); added is the sum of done, failed, "
       "dropped and what still waits")

/* The agent. */
METRIC(PHASE, GAUGE, HEALTH, "ocelli_phase", LABELS("phase"),
       "1 for what the agent is at: starting, loading, running, incomplete, reloading, stopping; 0 "
       "for the "
       "rest")
METRIC(LEFT_OUT, GAUGE, HEALTH, "ocelli_metrics_left_out_series", LABELS(),
       "Series of policies that are not here because of --metrics-series-limit; at least that many")
METRIC(BINARIES, GAUGE, HEALTH, "ocelli_metrics_binaries", LABELS(),
       "Binaries that tetragon_events_total tells apart; beyond --metrics-series-limit they are "
       "counted as other")
METRIC(CPU_SECONDS, COUNTER, RESOURCES, "process_cpu_seconds_total", LABELS(),
       "CPU time of the agent, user and system")
METRIC(MAX_FDS, GAUGE, RESOURCES, "process_max_fds", LABELS(),
       "Descriptors that the agent can have open")
METRIC(OPEN_FDS, GAUGE, RESOURCES, "process_open_fds", LABELS(),
       "Descriptors that the agent has open")
METRIC(RESIDENT, GAUGE, RESOURCES, "process_resident_memory_bytes", LABELS(),
       "Resident memory of the agent")
METRIC(VIRTUAL, GAUGE, RESOURCES, "process_virtual_memory_bytes", LABELS(),
       "Virtual memory of the agent")
METRIC(VIRTUAL_MAX, GAUGE, RESOURCES, "process_virtual_memory_max_bytes", LABELS(),
       "How much that can be; -1: there is no limit")
METRIC(START_TIME, GAUGE, RESOURCES, "process_start_time_seconds", LABELS(),
       "When the agent was started, in seconds since 1970")
