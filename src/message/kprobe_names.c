// SPDX-License-Identifier: Apache-2.0
#include "message/kprobe_names.h"
#include "base/macro.h"

#include <stddef.h>
#include <tetragon/bpf.pb-c.h>
#include <tetragon/capabilities.pb-c.h>

struct name {
	uint32_t number;
	const char *name;
};

static const char *find(const struct name *v, size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].number == number)
			return v[i].name;
	return NULL;
}

static const char *at(const char *const *v, size_t n, uint32_t number)
{
	return number < n ? v[number] : NULL;
}

static const char *of_enum(const ProtobufCEnumDescriptor *descriptor, uint32_t number)
{
	const ProtobufCEnumValue *value;

	if (number > INT32_MAX)
		return NULL;
	value = protobuf_c_enum_descriptor_get_value(descriptor, (int)number);
	return value ? value->name : NULL;
}

/* include/linux/socket.h */
const char *address_family_name(uint32_t family)
{
	static const struct name names[] = {
		{0, "AF_UNSPEC"},     {1, "AF_UNIX"},     {2, "AF_INET"},
		{3, "AF_AX25"},       {4, "AF_IPX"},      {5, "AF_APPLETALK"},
		{6, "AF_NETROM"},     {7, "AF_BRIDGE"},   {8, "AF_ATMPVC"},
		{9, "AF_X25"},        {10, "AF_INET6"},   {11, "AF_ROSE"},
		{12, "AF_DECnet"},    {13, "AF_NETBEUI"}, {14, "AF_SECURITY"},
		{15, "AF_KEY"},       {16, "AF_NETLINK"}, {17, "AF_PACKET"},
		{18, "AF_ASH"},       {19, "AF_ECONET"},  {20, "AF_ATMSVC"},
		{21, "AF_RDS"},       {23, "AF_IRDA"},    {24, "AF_PPPOX"},
		{25, "AF_WANPIPE"},   {26, "AF_LLC"},     {27, "AF_IB"},
		{28, "AF_MPLS"},      {29, "AF_CAN"},     {30, "AF_TIPC"},
		{31, "AF_BLUETOOTH"}, {32, "AF_IUCV"},    {33, "AF_RXRPC"},
		{34, "AF_ISDN"},      {35, "AF_PHONET"},  {36, "AF_IEEE802154"},
		{37, "AF_CAIF"},      {38, "AF_ALG"},     {39, "AF_NFC"},
		{40, "AF_VSOCK"},     {41, "AF_KCM"},     {42, "AF_QIPCRTR"},
		{43, "AF_SMC"},       {44, "AF_XDP"},     {45, "AF_MCTP"},
	};

	return find(names, ARRAY_SIZE(names), family);
}

/* include/linux/net.h; 7 as consumers know it: it is no type of the kernel's */
const char *socket_type_name(uint32_t type)
{
	static const char *const names[] = {
		NULL,       "SOCK_STREAM",    "SOCK_DGRAM", "SOCK_RAW",
		"SOCK_RDM", "SOCK_SEQPACKET", "SOCK_DCCP",  "SOCK_PACKET",
	};

	return at(names, ARRAY_SIZE(names), type);
}

/* include/uapi/linux/in.h */
const char *ip_protocol_name(uint32_t protocol)
{
	static const struct name names[] = {
		{0, "IPPROTO_IP"},         {1, "IPPROTO_ICMP"},      {2, "IPPROTO_IGMP"},
		{4, "IPPROTO_IPIP"},       {6, "IPPROTO_TCP"},       {8, "IPPROTO_EGP"},
		{12, "IPPROTO_PUP"},       {17, "IPPROTO_UDP"},      {22, "IPPROTO_IDP"},
		{29, "IPPROTO_TP"},        {33, "IPPROTO_DCCP"},     {41, "IPPROTO_IPV6"},
		{46, "IPPROTO_RSVP"},      {47, "IPPROTO_GRE"},      {50, "IPPROTO_ESP"},
		{51, "IPPROTO_AH"},        {92, "IPPROTO_MTP"},      {94, "IPPROTO_BEETPH"},
		{98, "IPPROTO_ENCAP"},     {103, "IPPROTO_PIM"},     {108, "IPPROTO_COMP"},
		{132, "IPPROTO_SCTP"},     {136, "IPPROTO_UDPLITE"}, {137, "IPPROTO_MPLS"},
		{143, "IPPROTO_ETHERNET"}, {255, "IPPROTO_RAW"},     {262, "IPPROTO_MPTCP"},
	};

	return find(names, ARRAY_SIZE(names), protocol);
}

/* include/net/tcp_states.h */
const char *tcp_state_name(uint32_t state)
{
	static const char *const names[] = {
		NULL,
		"TCP_ESTABLISHED",
		"TCP_SYN_SENT",
		"TCP_SYN_RECV",
		"TCP_FIN_WAIT1",
		"TCP_FIN_WAIT2",
		"TCP_TIME_WAIT",
		"TCP_CLOSE",
		"TCP_CLOSE_WAIT",
		"TCP_LAST_ACK",
		"TCP_LISTEN",
		"TCP_CLOSING",
		"TCP_NEW_SYN_RECV",
	};

	return at(names, ARRAY_SIZE(names), state);
}

/* include/uapi/linux/bpf.h */
const char *bpf_map_type_name(uint32_t type)
{
	static const char *const names[] = {
		"BPF_MAP_TYPE_UNSPEC",
		"BPF_MAP_TYPE_HASH",
		"BPF_MAP_TYPE_ARRAY",
		"BPF_MAP_TYPE_PROG_ARRAY",
		"BPF_MAP_TYPE_PERF_EVENT_ARRAY",
		"BPF_MAP_TYPE_PERCPU_HASH",
		"BPF_MAP_TYPE_PERCPU_ARRAY",
		"BPF_MAP_TYPE_STACK_TRACE",
		"BPF_MAP_TYPE_CGROUP_ARRAY",
		"BPF_MAP_TYPE_LRU_HASH",
		"BPF_MAP_TYPE_LRU_PERCPU_HASH",
		"BPF_MAP_TYPE_LPM_TRIE",
		"BPF_MAP_TYPE_ARRAY_OF_MAPS",
		"BPF_MAP_TYPE_HASH_OF_MAPS",
		"BPF_MAP_TYPE_DEVMAP",
		"BPF_MAP_TYPE_SOCKMAP",
		"BPF_MAP_TYPE_CPUMAP",
		"BPF_MAP_TYPE_XSKMAP",
		"BPF_MAP_TYPE_SOCKHASH",
		"BPF_MAP_TYPE_CGROUP_STORAGE",
		"BPF_MAP_TYPE_REUSEPORT_SOCKARRAY",
		"BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE",
		"BPF_MAP_TYPE_QUEUE",
		"BPF_MAP_TYPE_STACK",
		"BPF_MAP_TYPE_SK_STORAGE",
		"BPF_MAP_TYPE_DEVMAP_HASH",
		"BPF_MAP_TYPE_STRUCT_OPS",
		"BPF_MAP_TYPE_RINGBUF",
		"BPF_MAP_TYPE_INODE_STORAGE",
		"BPF_MAP_TYPE_TASK_STORAGE",
		"BPF_MAP_TYPE_BLOOM_FILTER",
		"BPF_MAP_TYPE_USER_RINGBUF",
		"BPF_MAP_TYPE_CGRP_STORAGE",
		"BPF_MAP_TYPE_ARENA",
	};

	return at(names, ARRAY_SIZE(names), type);
}

const char *bpf_program_type_name(uint32_t type)
{
	return of_enum(&tetragon__bpf_program_type__descriptor, type);
}

/* include/uapi/linux/perf_event.h */
const char *perf_event_type_name(uint32_t type)
{
	static const char *const names[] = {
		"PERF_TYPE_HARDWARE", "PERF_TYPE_SOFTWARE", "PERF_TYPE_TRACEPOINT",
		"PERF_TYPE_HW_CACHE", "PERF_TYPE_RAW",      "PERF_TYPE_BREAKPOINT",
		"PERF_TYPE_MAX",
	};

	return at(names, ARRAY_SIZE(names), type);
}

const char *capability_name(uint32_t capability)
{
	return of_enum(&tetragon__capabilities_type__descriptor, capability);
}
