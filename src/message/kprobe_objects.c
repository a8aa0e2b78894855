// SPDX-License-Identifier: Apache-2.0
#include "message/kprobe_objects.h"
#include "abi/value.h"
#include "base/macro.h"
#include "core/decode.h"
#include "message/kprobe_names.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MEMBER(name) TETRAGON__KPROBE_ARGUMENT__ARG_##name

struct put {
	struct texts *texts;
	Tetragon__KprobeArgument *to;
	const struct hook_bytes *v;
};

/* --- parts of messages */

static void *take(struct put *p, size_t size)
{
	void *v = arena_alloc(p->texts->arena, size);

	if (!v)
		p->texts->failed = true;
	return v;
}

/* A message of the arena, initialised; returns from the function without memory. */
#define NEW(p, variable, type, name)                               \
	Tetragon__##type *variable = take((p), sizeof(*variable)); \
	if (!variable)                                             \
		return;                                            \
	tetragon__##name##__init(variable)

/* What is laid out at the beginning of the value. */
#define READ(p, variable, type) \
	struct type variable;   \
	memcpy(&variable, (p)->v->data, sizeof(variable))

static char *constant(const char *s)
{
	return (char *)(uintptr_t)s;
}

__attribute__((format(printf, 2, 3))) static char *format(struct put *p, const char *fmt, ...)
{
	char buf[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return texts_copy(p->texts, buf, MIN((size_t)n, sizeof(buf) - 1));
}

static char *name_or_number(struct put *p, const char *name, uint32_t number)
{
	return name ? constant(name) : format(p, "%u", number);
}

/* A name with a NUL, if it is not as long as its room. */
static char *name_text(struct put *p, const char *name, size_t room)
{
	return texts_copy(p->texts, name, strnlen(name, room));
}

static Google__Protobuf__UInt32Value *number(struct put *p, uint32_t v)
{
	Google__Protobuf__UInt32Value *to = take(p, sizeof(*to));

	if (to) {
		google__protobuf__uint32_value__init(to);
		to->value = v;
	}
	return to;
}

static Google__Protobuf__Int32Value *signed_number(struct put *p, int32_t v)
{
	Google__Protobuf__Int32Value *to = take(p, sizeof(*to));

	if (to) {
		google__protobuf__int32_value__init(to);
		to->value = v;
	}
	return to;
}

/* --- bytes and files */

static void put_bytes(struct put *p)
{
	READ(p, head, value_bytes);
	ProtobufCBinaryData bytes = {
		.data = (uint8_t *)(uintptr_t)(p->v->data + sizeof(head)),
		.len = p->v->size - sizeof(head),
	};

	if (head.size <= bytes.len) {
		p->to->arg_case = MEMBER(BYTES_ARG);
		p->to->bytes_arg = bytes;
		return;
	}
	NEW(p, m, KprobeTruncatedBytes, kprobe_truncated_bytes);
	m->bytes_arg = bytes;
	m->orig_size = head.size;
	p->to->arg_case = MEMBER(TRUNCATED_BYTES_ARG);
	p->to->truncated_bytes_arg = m;
}

/* As ls(1) shows it; without a type where there is no inode. */
static char *permission(struct put *p, uint32_t mode)
{
	static const struct {
		mode_t type;
		char letter;
	} types[] = {{S_IFBLK, 'b'}, {S_IFCHR, 'c'}, {S_IFDIR, 'd'}, {S_IFIFO, 'p'},
		     {S_IFLNK, 'l'}, {S_IFREG, '-'}, {S_IFSOCK, 's'}};
	static const char special[] = "sst";
	char s[11] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((mode & S_IFMT) == types[i].type)
			s[n++] = types[i].letter;
	for (unsigned i = 0; i < 9; i++)
		s[n + i] = (char)(mode >> (8 - i) & 1 ? "rwx"[i % 3] : '-');
	for (unsigned i = 0; i < 3; i++) {
		char *x = &s[n + 3 * i + 2];

		if (mode >> (11 - i) & 1)
			*x = (char)(*x == 'x' ? special[i] : special[i] - 'a' + 'A');
	}
	return texts_copy(p->texts, s, n + 9);
}

struct file_texts {
	char *path, *flags, *permission;
};

static struct file_texts file_texts(struct put *p)
{
	READ(p, head, value_file);
	const char *path = p->v->data + sizeof(head);
	bool cut = head.flags & VALUE_FILE_UNRESOLVED;

	return (struct file_texts){
		.path = texts_copy(p->texts, path, strnlen(path, p->v->size - sizeof(head))),
		.flags = constant(cut ? "unresolvedPathComponents" : ""),
		.permission = permission(p, head.mode),
	};
}

#define PUT_FILE(function, type, name, member, MEMBER_NAME) \
	static void function(struct put *p)                 \
	{                                                   \
		struct file_texts texts = file_texts(p);    \
		NEW(p, m, type, name);                      \
		m->path = texts.path;                       \
		m->flags = texts.flags;                     \
		m->permission = texts.permission;           \
		p->to->arg_case = MEMBER(MEMBER_NAME);      \
		p->to->member = m;                          \
	}

PUT_FILE(put_file, KprobeFile, kprobe_file, file_arg, FILE_ARG)
PUT_FILE(put_path, KprobePath, kprobe_path, path_arg, PATH_ARG)
PUT_FILE(put_binprm, KprobeLinuxBinprm, kprobe_linux_binprm, linux_binprm_arg, LINUX_BINPRM_ARG)

/* --- the network */

/*
 * As consumers know addresses, which is as Go writes them: what is IPv4 in IPv6
 * as IPv4, but not what was once called compatible, which inet_ntop(3) writes
 * with dots; and what is no IP at all "<nil>".
 */
static char *address_text(struct put *p, uint32_t family, const uint8_t *address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, zeros[12] = {0};
	char buf[INET6_ADDRSTRLEN] = "<nil>";

	if (family == AF_INET6 && !memcmp(address, mapped, sizeof(mapped)))
		inet_ntop(AF_INET, address + sizeof(mapped), buf, sizeof(buf));
	else if (family == AF_INET6 && !memcmp(address, zeros, sizeof(zeros)) &&
		 (address[12] || address[13]))
		snprintf(buf, sizeof(buf), "::%x:%x", address[12] << 8 | address[13],
			 address[14] << 8 | address[15]);
	else if (family == AF_INET || family == AF_INET6)
		inet_ntop((int)family, address, buf, sizeof(buf));
	return texts_copy(p->texts, buf, strlen(buf));
}

static char *family_text(struct put *p, uint32_t family)
{
	return name_or_number(p, address_family_name(family), family);
}

static void put_sockaddr(struct put *p)
{
	READ(p, v, value_address);
	NEW(p, m, KprobeSockaddr, kprobe_sockaddr);

	m->family = family_text(p, v.family);
	m->addr = address_text(p, v.family, v.address);
	m->port = v.port;
	p->to->arg_case = MEMBER(SOCKADDR_ARG);
	p->to->sockaddr_arg = m;
}

static void put_sockaddr_un(struct put *p)
{
	READ(p, v, value_unix);
	/* With room for the "@" of those that are no paths. */
	size_t len = p->v->size - sizeof(v), at = !!v.abstract;
	char *name = take(p, len + 1);
	NEW(p, m, KprobeSockaddrUn, kprobe_sockaddr_un);

	if (!name)
		return;
	*name = '@';
	memcpy(name + at, p->v->data + sizeof(v), len);
	m->family = family_text(p, v.family);
	m->path = texts_copy(p->texts, name, len + at);
	p->to->arg_case = MEMBER(SOCKADDRUN_ARG);
	p->to->sockaddrun_arg = m;
}

static void put_sock(struct put *p)
{
	READ(p, v, value_sock);
	NEW(p, m, KprobeSock, kprobe_sock);

	m->family = family_text(p, v.family);
	m->type = name_or_number(p, socket_type_name(v.type), v.type);
	m->protocol = name_or_number(p, ip_protocol_name(v.protocol), v.protocol);
	m->state = name_or_number(p, tcp_state_name(v.state), v.state);
	m->mark = v.mark;
	m->priority = v.priority;
	m->saddr = address_text(p, v.family, v.saddr);
	m->daddr = address_text(p, v.family, v.daddr);
	m->sport = v.sport;
	m->dport = v.dport;
	m->cookie = v.cookie;
	p->to->arg_case = MEMBER(SOCK_ARG);
	p->to->sock_arg = m;
}

static void put_skb(struct put *p)
{
	READ(p, v, value_skb);
	NEW(p, m, KprobeSkb, kprobe_skb);

	m->hash = v.hash;
	m->len = v.len;
	m->priority = v.priority;
	m->mark = v.mark;
	m->saddr = address_text(p, v.family, v.saddr);
	m->daddr = address_text(p, v.family, v.daddr);
	m->sport = v.sport;
	m->dport = v.dport;
	m->proto = v.protocol;
	m->sec_path_len = v.sec_path_len;
	m->sec_path_olen = v.sec_path_olen;
	m->protocol = name_or_number(p, ip_protocol_name(v.protocol), v.protocol);
	m->family = family_text(p, v.family);
	p->to->arg_case = MEMBER(SKB_ARG);
	p->to->skb_arg = m;
}

/* --- credentials */

static void put_capability(struct put *p)
{
	int32_t v;
	const char *name;
	NEW(p, m, KprobeCapability, kprobe_capability);

	memcpy(&v, p->v->data, sizeof(v));
	name = capability_name((uint32_t)v);
	m->value = signed_number(p, v);
	if (name)
		m->name = constant(name);
	p->to->arg_case = MEMBER(CAPABILITY_ARG);
	p->to->capability_arg = m;
}

static size_t list_bits(struct put *p, uint64_t mask, Tetragon__CapabilitiesType **ret)
{
	size_t n = 0;

	*ret = take(p, 64 * sizeof(**ret));
	for (unsigned i = 0; *ret && i < 64; i++)
		if (mask >> i & 1)
			(*ret)[n++] = (Tetragon__CapabilitiesType)i;
	return n;
}

static Tetragon__Capabilities *capabilities(struct put *p, const struct value_cred *v)
{
	Tetragon__Capabilities *m = take(p, sizeof(*m));

	if (m) {
		tetragon__capabilities__init(m);
		m->n_permitted = list_bits(p, v->permitted, &m->permitted);
		m->n_effective = list_bits(p, v->effective, &m->effective);
		m->n_inheritable = list_bits(p, v->inheritable, &m->inheritable);
	}
	return m;
}

static Tetragon__UserNamespace *user_namespace(struct put *p, const struct value_user_ns *v)
{
	Tetragon__UserNamespace *m = take(p, sizeof(*m));
	Tetragon__Namespace *ns = take(p, sizeof(*ns));

	if (!m || !ns)
		return NULL;
	tetragon__user_namespace__init(m);
	tetragon__namespace__init(ns);
	m->level = signed_number(p, v->level);
	m->uid = number(p, v->uid);
	m->gid = number(p, v->gid);
	ns->inum = v->inum;
	/* There is one that has none above it. */
	ns->is_host = v->level == 0;
	m->ns = ns;
	return m;
}

static void put_user_ns(struct put *p)
{
	READ(p, v, value_user_ns);

	p->to->user_ns_arg = user_namespace(p, &v);
	if (p->to->user_ns_arg)
		p->to->arg_case = MEMBER(USER_NS_ARG);
}

static void put_cred(struct put *p)
{
	READ(p, v, value_cred);
	NEW(p, m, ProcessCredentials, process_credentials);

	m->uid = number(p, v.uid);
	m->gid = number(p, v.gid);
	m->suid = number(p, v.suid);
	m->sgid = number(p, v.sgid);
	m->euid = number(p, v.euid);
	m->egid = number(p, v.egid);
	m->fsuid = number(p, v.fsuid);
	m->fsgid = number(p, v.fsgid);
	m->securebits = take(p, 8 * sizeof(*m->securebits));
	for (unsigned i = 0; m->securebits && i < 8; i++)
		if (v.securebits >> i & 1)
			m->securebits[m->n_securebits++] = (Tetragon__SecureBitsType)(1U << i);
	m->caps = capabilities(p, &v);
	m->user_ns = user_namespace(p, &v.ns);
	p->to->arg_case = MEMBER(PROCESS_CREDENTIALS_ARG);
	p->to->process_credentials_arg = m;
}

/* --- other objects of the kernel */

static void put_syscall(struct put *p)
{
#ifdef __aarch64__
	static const char *const abis[] = {"arm64", "arm32"};
#else
	static const char *const abis[] = {"x64", "i386"};
#endif
	uint64_t v;
	NEW(p, m, SyscallId, syscall_id);

	memcpy(&v, p->v->data, sizeof(v));
	m->id = (uint32_t)v & INT32_MAX;
	m->abi = constant(abis[v >> 31 & 1]);
	p->to->arg_case = MEMBER(SYSCALL_ID);
	p->to->syscall_id = m;
}

static void put_module(struct put *p)
{
	READ(p, v, value_module);
	const ProtobufCEnumDescriptor *taints = &tetragon__tainted_bits_type__descriptor;
	NEW(p, m, KernelModule, kernel_module);

	m->name = name_text(p, v.name, sizeof(v.name));
	if (v.signature_known) {
		m->signature_ok = take(p, sizeof(*m->signature_ok));
		if (!m->signature_ok)
			return;
		google__protobuf__bool_value__init(m->signature_ok);
		m->signature_ok->value = v.signature_ok;
	}
	m->tainted = take(p, taints->n_values * sizeof(*m->tainted));
	for (unsigned i = 0; m->tainted && i < taints->n_values; i++)
		if (v.taints & (uint64_t)taints->values[i].value)
			m->tainted[m->n_tainted++] =
				(Tetragon__TaintedBitsType)taints->values[i].value;
	p->to->arg_case = MEMBER(MODULE_ARG);
	p->to->module_arg = m;
}

static void put_bpf_attr(struct put *p)
{
	READ(p, v, value_bpf_prog);
	NEW(p, m, KprobeBpfAttr, kprobe_bpf_attr);

	m->progtype = name_or_number(p, bpf_program_type_name(v.type), v.type);
	m->insncnt = v.insns;
	m->progname = name_text(p, v.name, sizeof(v.name));
	p->to->arg_case = MEMBER(BPF_ATTR_ARG);
	p->to->bpf_attr_arg = m;
}

static void put_bpf_prog(struct put *p)
{
	READ(p, v, value_bpf_prog);
	NEW(p, m, KprobeBpfProg, kprobe_bpf_prog);

	m->progtype = name_or_number(p, bpf_program_type_name(v.type), v.type);
	m->insncnt = v.insns;
	m->progname = name_text(p, v.name, sizeof(v.name));
	p->to->arg_case = MEMBER(BPF_PROG_ARG);
	p->to->bpf_prog_arg = m;
}

static void put_bpf_map(struct put *p)
{
	READ(p, v, value_bpf_map);
	NEW(p, m, KprobeBpfMap, kprobe_bpf_map);

	m->maptype = name_or_number(p, bpf_map_type_name(v.type), v.type);
	m->keysize = v.key_size;
	m->valuesize = v.value_size;
	m->maxentries = v.max_entries;
	m->mapname = name_text(p, v.name, sizeof(v.name));
	p->to->arg_case = MEMBER(BPF_MAP_ARG);
	p->to->bpf_map_arg = m;
}

static void put_perf_event(struct put *p)
{
	READ(p, v, value_perf_event);
	NEW(p, m, KprobePerfEvent, kprobe_perf_event);

	m->kprobefunc = name_text(p, v.function, sizeof(v.function));
	m->type = name_or_number(p, perf_event_type_name(v.type), v.type);
	m->config = v.config;
	m->probeoffset = v.probe_offset;
	p->to->arg_case = MEMBER(PERF_EVENT_ARG);
	p->to->perf_event_arg = m;
}

#define PUT_MASK(function, member, MEMBER_NAME)                              \
	static void function(struct put *p)                                  \
	{                                                                    \
		uint64_t v;                                                  \
		memcpy(&v, p->v->data, sizeof(v));                           \
		p->to->arg_case = MEMBER(MEMBER_NAME);                       \
		p->to->member = format(p, "%016llx", (unsigned long long)v); \
	}

PUT_MASK(put_kernel_cap, kernel_cap_t_arg, KERNEL_CAP_T_ARG)
PUT_MASK(put_inheritable, cap_inheritable_arg, CAP_INHERITABLE_ARG)
PUT_MASK(put_permitted, cap_permitted_arg, CAP_PERMITTED_ARG)
PUT_MASK(put_effective, cap_effective_arg, CAP_EFFECTIVE_ARG)

static void (*const putters[_HOOK_VALUE_MAX])(struct put *) = {
	[HOOK_VALUE_CAPABILITY] = put_capability,
	[HOOK_VALUE_SYSCALL] = put_syscall,
	[HOOK_VALUE_KERNEL_CAP] = put_kernel_cap,
	[HOOK_VALUE_CAP_INHERITABLE] = put_inheritable,
	[HOOK_VALUE_CAP_PERMITTED] = put_permitted,
	[HOOK_VALUE_CAP_EFFECTIVE] = put_effective,
	[HOOK_VALUE_BYTES] = put_bytes,
	[HOOK_VALUE_FILE] = put_file,
	[HOOK_VALUE_PATH] = put_path,
	[HOOK_VALUE_BINPRM] = put_binprm,
	[HOOK_VALUE_SOCKADDR] = put_sockaddr,
	[HOOK_VALUE_SOCKADDR_UN] = put_sockaddr_un,
	[HOOK_VALUE_SOCK] = put_sock,
	[HOOK_VALUE_SKB] = put_skb,
	[HOOK_VALUE_CRED] = put_cred,
	[HOOK_VALUE_USER_NS] = put_user_ns,
	[HOOK_VALUE_MODULE] = put_module,
	[HOOK_VALUE_BPF_ATTR] = put_bpf_attr,
	[HOOK_VALUE_BPF_PROG] = put_bpf_prog,
	[HOOK_VALUE_BPF_MAP] = put_bpf_map,
	[HOOK_VALUE_PERF_EVENT] = put_perf_event,
};

bool kprobe_object(struct texts *texts, enum hook_value value, const struct hook_bytes *v,
		   Tetragon__KprobeArgument *to)
{
	struct put p = {.texts = texts, .to = to, .v = v};

	if (!putters[value])
		return false;
	putters[value](&p);
	return true;
}
