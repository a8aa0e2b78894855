/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_KPROBE_NAMES_H
#define OCELLI_MESSAGE_KPROBE_NAMES_H

#include <stdint.h>

/*
 * Numbers in arguments by the names that the kernel has for them; NULL where it
 * is not known, and those are told as numbers.
 */

const char *address_family_name(uint32_t family); /* "AF_INET" */
const char *socket_type_name(uint32_t type);      /* "SOCK_STREAM" */
const char *ip_protocol_name(uint32_t protocol);  /* "IPPROTO_TCP" */
const char *tcp_state_name(uint32_t state);       /* "TCP_LISTEN" */
const char *bpf_map_type_name(uint32_t type);     /* "BPF_MAP_TYPE_HASH" */
const char *bpf_program_type_name(uint32_t type); /* "BPF_PROG_TYPE_KPROBE" */
const char *perf_event_type_name(uint32_t type);  /* "PERF_TYPE_SOFTWARE" */
const char *capability_name(uint32_t capability); /* "CAP_CHOWN" */

#endif
