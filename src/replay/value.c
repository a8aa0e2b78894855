// SPDX-License-Identifier: Apache-2.0
/* What message/kprobe_args.c and message/kprobe_objects.c make of values, made values again. */
#include "replay/value.h"
#include "abi/value.h"
#include "base/macro.h"
#include "base/number.h"
#include "base/syscall.h"
#include "policy/vocabulary.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>

#define MEMBER(name) TETRAGON__KPROBE_ARGUMENT__ARG_##name
#define KNOWN(part) (1U << (PART_##part))
/* As much of a buffer as filters see. */
#define FILTERED_MAX 4096

struct put {
	struct arena *arena;
	const Tetragon__KprobeArgument *from;
	struct recorded *to;
};

/* --- which type it is */

static bool is_number(Tetragon__KprobeArgument__ArgCase member)
{
	return member == MEMBER(INT_ARG) || member == MEMBER(UINT_ARG) ||
	       member == MEMBER(LONG_ARG) || member == MEMBER(SIZE_ARG) ||
	       member == MEMBER(BPF_CMD_ARG);
}

/* What has several forms by the one that types name. */
static Tetragon__KprobeArgument__ArgCase form_of(Tetragon__KprobeArgument__ArgCase member)
{
	if (member == MEMBER(TRUNCATED_BYTES_ARG))
		return MEMBER(BYTES_ARG);
	return member == MEMBER(NET_DEV_ARG) ? MEMBER(STRING_ARG) : member;
}

static Tetragon__KprobeArgument__ArgCase member_of(const struct arg_type *type)
{
	const ProtobufCFieldDescriptor *field =
		type->member ? protobuf_c_message_descriptor_get_field_by_name(
				       &tetragon__kprobe_argument__descriptor, type->member)
			     : NULL;

	return field ? (Tetragon__KprobeArgument__ArgCase)field->id : MEMBER(_NOT_SET);
}

bool recorded_fits(const struct arg_type *type, const Tetragon__KprobeArgument *told)
{
	Tetragon__KprobeArgument__ArgCase member = member_of(type);

	if (told->arg_case == MEMBER(ERROR_ARG) || member == form_of(told->arg_case))
		return member != MEMBER(_NOT_SET);
	return is_number(member) && is_number(told->arg_case);
}

const struct arg_type *recorded_type(const Tetragon__KprobeArgument *told)
{
	const struct arg_type *type;

	for (size_t i = 0; (type = arg_type_at(i)); i++)
		if (type->member && told->arg_case != MEMBER(_NOT_SET) &&
		    member_of(type) == form_of(told->arg_case))
			return type;
	return NULL;
}

/* --- texts */

const char *recorded_changed(const char *s)
{
	if (strstr(s, "\xef\xbf\xbd"))
		return "was not UTF-8, and bytes of it were replaced";
	return strstr(s, "*****") ? "may have been redacted" : NULL;
}

/* Puts the text behind what is at @head. */
static void put_text(struct put *p, const void *head, size_t size, const char *s, size_t len)
{
	char *to = arena_alloc(p->arena, size + len + 1);

	if (!to)
		return;
	memcpy(to, head, size);
	memcpy(to + size, s, len);
	p->to->value.string = (struct bytes){to, size + len};
	p->to->why = recorded_changed(s);
	if (!p->to->why)
		p->to->parts |= KNOWN(BYTES);
}

static void put_fixed(struct put *p, const void *value, size_t size)
{
	char *to = arena_alloc(p->arena, size);

	if (to)
		p->to->value.string = (struct bytes){memcpy(to, value, size), size};
}

static void put_string(struct put *p)
{
	const char *s = p->from->arg_case == MEMBER(NET_DEV_ARG) ? p->from->net_dev_arg->name
								 : p->from->string_arg;

	put_text(p, "", 0, s, strlen(s));
}

static void put_bytes(struct put *p)
{
	bool cut = p->from->arg_case == MEMBER(TRUNCATED_BYTES_ARG);
	const ProtobufCBinaryData *bytes =
		cut ? &p->from->truncated_bytes_arg->bytes_arg : &p->from->bytes_arg;
	uint64_t size = cut ? p->from->truncated_bytes_arg->orig_size : bytes->len;
	struct value_bytes head = {.size = size};
	size_t len = MIN(bytes->len, FILTERED_MAX);
	char *to = arena_alloc(p->arena, sizeof(head) + len);

	if (!to)
		return;
	memcpy(to, &head, sizeof(head));
	if (len)
		memcpy(to + sizeof(head), bytes->data, len);
	p->to->value.string = (struct bytes){to, sizeof(head) + len};
	if (len >= MIN(size, FILTERED_MAX))
		p->to->parts |= KNOWN(BYTES);
	else
		p->to->why = "was cut off before what filters look at ends";
}

/* As ls(1) shows it. Returns whether it says what type of file it is. */
static bool read_mode(const char *permission, uint32_t *ret)
{
	static const struct {
		char letter;
		mode_t type;
	} types[] = {{'b', S_IFBLK}, {'c', S_IFCHR}, {'d', S_IFDIR}, {'p', S_IFIFO},
		     {'l', S_IFLNK}, {'-', S_IFREG}, {'s', S_IFSOCK}};

	*ret = 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (permission[0] == types[i].letter)
			*ret = types[i].type;
	/* What has no inode has only the permissions. */
	return strlen(permission) == 9 || (strlen(permission) == 10 && *ret);
}

static void put_file(struct put *p, const char *path, const char *flags, const char *permission)
{
	struct value_file head = {.flags = *flags ? VALUE_FILE_UNRESOLVED : 0};

	if (read_mode(permission, &head.mode))
		p->to->parts |= KNOWN(MODE);
	put_text(p, &head, sizeof(head), path, strlen(path));
	if (!p->to->why && !(p->to->parts & KNOWN(MODE)))
		p->to->why = "has no permission, which begins with the type of the file";
}

static void put_file_arg(struct put *p)
{
	const Tetragon__KprobeFile *m = p->from->file_arg;

	put_file(p, m->path, m->flags, m->permission);
}

static void put_path_arg(struct put *p)
{
	const Tetragon__KprobePath *m = p->from->path_arg;

	put_file(p, m->path, m->flags, m->permission);
}

static void put_binprm(struct put *p)
{
	const Tetragon__KprobeLinuxBinprm *m = p->from->linux_binprm_arg;

	put_file(p, m->path, m->flags, m->permission);
}

/* --- the network */

/* A name, or where there was none the number. */
static bool read_name(const struct number_names *names, const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t number;

	if (!number_name_read(names, s, strlen(s), &number) &&
	    number_read_digits(s, strlen(s), 10, &number) < 0)
		return false;
	*ret = number;
	return number <= max;
}

static void put_name(struct put *p, enum reader_part part, const struct number_names *names,
		     const char *s, uint16_t *ret)
{
	uint64_t number = 0;

	if (read_name(names, s, UINT16_MAX, &number))
		p->to->parts |= 1U << part;
	else
		p->to->why = "has a part without a name that is known";
	*ret = (uint16_t)number;
}

/* IPv4 in IPv6 is told as IPv4, what is no IP as "<nil>". */
static void put_address(struct put *p, enum reader_part part, uint32_t family, const char *s,
			uint8_t *ret)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool known = false;

	if (family == AF_INET)
		known = inet_pton(AF_INET, s, ret) == 1;
	else if (family == AF_INET6)
		known = inet_pton(AF_INET6, s, ret) == 1 ||
			(inet_pton(AF_INET, s, ret + sizeof(mapped)) == 1 &&
			 memcpy(ret, mapped, sizeof(mapped)));
	else
		known = true;
	if (known && p->to->parts & KNOWN(FAMILY))
		p->to->parts |= 1U << part;
	else if (!p->to->why)
		p->to->why = "has an address that cannot be read";
}

static void put_port(struct put *p, enum reader_part part, uint32_t port, uint16_t *ret)
{
	if (port <= UINT16_MAX)
		p->to->parts |= 1U << part;
	*ret = (uint16_t)port;
}

static void put_sockaddr(struct put *p)
{
	const Tetragon__KprobeSockaddr *m = p->from->sockaddr_arg;
	struct value_address v = {0};

	put_name(p, PART_FAMILY, &family_names, m->family, &v.family);
	put_port(p, PART_SPORT, m->port, &v.port);
	put_address(p, PART_SADDR, v.family, m->addr, v.address);
	put_fixed(p, &v, sizeof(v));
}

static void put_sockaddr_un(struct put *p)
{
	const Tetragon__KprobeSockaddrUn *m = p->from->sockaddrun_arg;
	struct value_unix head = {.abstract = m->path[0] == '@'};
	const char *name = m->path + head.abstract;
	uint16_t family;

	put_name(p, PART_FAMILY, &family_names, m->family, &family);
	head.family = family;
	put_text(p, &head, sizeof(head), name, strlen(name));
}

static void put_sock(struct put *p)
{
	const Tetragon__KprobeSock *m = p->from->sock_arg;
	struct value_sock v = {0};

	put_name(p, PART_FAMILY, &family_names, m->family, &v.family);
	put_name(p, PART_PROTOCOL, &protocol_names, m->protocol, &v.protocol);
	put_name(p, PART_STATE, &state_names, m->state, &v.state);
	put_port(p, PART_SPORT, m->sport, &v.sport);
	put_port(p, PART_DPORT, m->dport, &v.dport);
	put_address(p, PART_SADDR, v.family, m->saddr, v.saddr);
	put_address(p, PART_DADDR, v.family, m->daddr, v.daddr);
	put_fixed(p, &v, sizeof(v));
}

static void put_skb(struct put *p)
{
	const Tetragon__KprobeSkb *m = p->from->skb_arg;
	struct value_skb v = {.protocol = (uint16_t)m->proto};

	put_name(p, PART_FAMILY, &family_names, m->family, &v.family);
	put_port(p, PART_SPORT, m->sport, &v.sport);
	put_port(p, PART_DPORT, m->dport, &v.dport);
	put_address(p, PART_SADDR, v.family, m->saddr, v.saddr);
	put_address(p, PART_DADDR, v.family, m->daddr, v.daddr);
	if (*m->protocol)
		put_name(p, PART_PROTOCOL, &protocol_names, m->protocol, &v.protocol);
	put_fixed(p, &v, sizeof(v));
}

/* --- words */

static void put_word(struct put *p, uint64_t word)
{
	put_fixed(p, &word, sizeof(word));
	p->to->value.is_word = true;
	p->to->parts |= KNOWN(NUMBER);
}

static void put_mask(struct put *p, const char *s)
{
	uint64_t mask;

	if (number_read_digits(s, strlen(s), 16, &mask) >= 0)
		put_word(p, mask);
	else
		p->to->why = "is no hexadecimal number";
}

static void put_kernel_cap(struct put *p)
{
	put_mask(p, p->from->kernel_cap_t_arg);
}

static void put_inheritable(struct put *p)
{
	put_mask(p, p->from->cap_inheritable_arg);
}

static void put_permitted(struct put *p)
{
	put_mask(p, p->from->cap_permitted_arg);
}

static void put_effective(struct put *p)
{
	put_mask(p, p->from->cap_effective_arg);
}

/* Of the machine that this was built for. */
static void put_syscall(struct put *p)
{
	const Tetragon__SyscallId *m = p->from->syscall_id;
	int abi = syscall_abi_from_string(m->abi);

	if (abi == SYSCALL_ABI_DEFAULT || abi == SYSCALL_ABI_COMPAT)
		put_word(p, m->id | (uint64_t)(abi == SYSCALL_ABI_COMPAT) << 31);
	else
		p->to->why = "is a system call of another kind of machine";
}

/* Of others no selector can ask. */
static void (*const putters[])(struct put *) = {
	[MEMBER(STRING_ARG)] = put_string,
	[MEMBER(NET_DEV_ARG)] = put_string,
	[MEMBER(BYTES_ARG)] = put_bytes,
	[MEMBER(TRUNCATED_BYTES_ARG)] = put_bytes,
	[MEMBER(FILE_ARG)] = put_file_arg,
	[MEMBER(PATH_ARG)] = put_path_arg,
	[MEMBER(LINUX_BINPRM_ARG)] = put_binprm,
	[MEMBER(SOCKADDR_ARG)] = put_sockaddr,
	[MEMBER(SOCKADDRUN_ARG)] = put_sockaddr_un,
	[MEMBER(SOCK_ARG)] = put_sock,
	[MEMBER(SKB_ARG)] = put_skb,
	[MEMBER(KERNEL_CAP_T_ARG)] = put_kernel_cap,
	[MEMBER(CAP_INHERITABLE_ARG)] = put_inheritable,
	[MEMBER(CAP_PERMITTED_ARG)] = put_permitted,
	[MEMBER(CAP_EFFECTIVE_ARG)] = put_effective,
	[MEMBER(SYSCALL_ID)] = put_syscall,
};

/* --- */

static bool read_number(const Tetragon__KprobeArgument *told, uint64_t *ret)
{
	switch (told->arg_case) {
	case MEMBER(INT_ARG):
		*ret = (uint64_t)told->int_arg;
		return true;
	case MEMBER(UINT_ARG):
		*ret = told->uint_arg;
		return true;
	case MEMBER(LONG_ARG):
		*ret = (uint64_t)told->long_arg;
		return true;
	case MEMBER(SIZE_ARG):
		*ret = told->size_arg;
		return true;
	case MEMBER(BPF_CMD_ARG):
		*ret = (uint64_t)told->bpf_cmd_arg;
		return true;
	case MEMBER(CAPABILITY_ARG):
		*ret = told->capability_arg->value ? (uint64_t)told->capability_arg->value->value
						   : 0;
		return told->capability_arg->value;
	default:
		return false;
	}
}

static uint64_t fit(uint64_t v, const struct capture *capture)
{
	unsigned above = 64 - capture->bits;

	return capture->is_signed ? (uint64_t)((int64_t)(v << above) >> above)
				  : v << above >> above;
}

/* What could not be read, or was left out of the event for a reason that filters do not have. */
static struct recorded read_error(const Tetragon__KprobeError *error)
{
	static const char unread[] = "Bad address";

	if (!strncmp(error->message, unread, sizeof(unread) - 1))
		return (struct recorded){.value.fault = true, .parts = RECORDED_ALL};
	return (struct recorded){.why = "was not told"};
}

struct recorded recorded_read(const struct capture *capture, const Tetragon__KprobeArgument *told,
			      struct arena *arena)
{
	struct recorded v = {0};
	struct put p = {.arena = arena, .from = told, .to = &v};

	if (told->arg_case == MEMBER(ERROR_ARG))
		return read_error(told->error_arg);
	if (capture->kind == CAPTURE_NUMBER) {
		if (read_number(told, &v.value.number))
			v.parts = RECORDED_ALL;
		else
			v.why = "is no number";
		v.value.number = fit(v.value.number, capture);
	} else if (told->arg_case < ARRAY_SIZE(putters) && putters[told->arg_case]) {
		putters[told->arg_case](&p);
	}
	return v;
}

static bool knows_part(const struct recorded *v, const struct layout *layout,
		       const struct part *part)
{
	for (size_t i = 0; i < _PART_MAX; i++) {
		const struct part *field = &layout->fields[i];

		if (field->exists && field->offset == part->offset && field->bits == part->bits)
			return v->parts & 1U << i;
	}
	return false;
}

bool recorded_knows(const struct recorded *v, const struct capture *capture,
		    const struct test *test)
{
	if (v->parts == RECORDED_ALL || !capture->reader)
		return v->parts == RECORDED_ALL;
	if (test->kind == TEST_NETWORKS && !knows_part(v, capture->reader->layout, &test->family))
		return false;
	return knows_part(v, capture->reader->layout, &test->field);
}
