// SPDX-License-Identifier: Apache-2.0
#include "sensor/btf_path.h"
#include "base/member_path.h"
#include "base/str.h"
#include "base/suggest.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One for each pointer on the way, and one more. */
#define STEPS_MAX 64
/* Structures without a name, one in the other. */
#define NESTED_MAX 16
/* Of structures on the way: in those of a file, one may hold another twice, that a third … */
#define MEMBERS_MAX (1U << 20)
#define MISTAKES_MAX 3
#define TYPE_TEXT_MAX 128

struct walk {
	const struct btf *btf;
	const char *path, *end;
	struct member_path rest;
	struct access_step steps[STEPS_MAX];
	size_t n;
	uint64_t offset;    /* from where the last step led */
	uint16_t depth;     /* names so far */
	uint32_t members;   /* that were looked at */
	uint32_t type;      /* of what is there … */
	unsigned bit, bits; /* … of which these are meant; bits 0: all */
	bool is_value;      /* it is no place: the argument itself */
	struct str types;   /* on the way */
	struct error **reterr;
};

/* What is a name for it, or says how it may be used. */
static uint32_t plain_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

static const struct btf_type *plain(const struct btf *btf, uint32_t id)
{
	return btf__type_by_id(btf, plain_type(btf, id));
}

static bool is_pointer(const struct walk *w)
{
	return btf_is_ptr(plain(w->btf, w->type));
}

static const char *name_of(const struct btf *btf, const struct btf_type *t)
{
	const char *name = btf__name_by_offset(btf, t->name_off);

	return name ? name : "";
}

static const char *kind_text(const struct btf_type *t)
{
	if (btf_is_struct(t))
		return "struct ";
	if (btf_is_union(t))
		return "union ";
	if (btf_is_any_enum(t))
		return "enum ";
	return "";
}

void btf_type_text(const struct btf *btf, uint32_t type, char *buf, size_t size)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	size_t n = 0;

	for (buf[0] = '\0'; t && n < size; t = btf__type_by_id(btf, type)) {
		if (btf_is_ptr(t) || btf_is_array(t)) {
			n += (size_t)snprintf(buf + n, size - n, "%s",
					      btf_is_ptr(t) ? "pointer to " : "array of ");
			type = btf_is_ptr(t) ? t->type : btf_array(t)->type;
			continue;
		}
		if (!btf_is_mod(t) && !btf_is_type_tag(t))
			break;
		type = t->type;
	}
	if (!t || n >= size)
		return;
	if (btf_is_void(t))
		snprintf(buf + n, size - n, "void");
	else if (btf_is_func_proto(t))
		snprintf(buf + n, size - n, "function");
	else
		snprintf(buf + n, size - n, "%s%s", kind_text(t),
			 *name_of(btf, t) ? name_of(btf, t) : "without a name");
}

/* --- errors */

/* "mm.owner is a struct task_struct": what is behind the path so far. */
static int stop(struct walk *w, const char *from, const char *what, size_t what_len,
		const char *why)
{
	char type[TYPE_TEXT_MAX];
	size_t len = (size_t)(from - w->path);

	while (len && w->path[len - 1] == '.')
		len--;
	btf_type_text(w->btf, w->type, type, sizeof(type));
	return error_set(w->reterr, -ENOENT, "%s \"%.*s\": %.*s%s is %s", why, (int)what_len, what,
			 (int)len, w->path, len ? "" : "what it begins with", type);
}

/* --- members */

static void offer_members(struct walk *w, const struct btf_type *t, struct suggest *suggest,
			  unsigned depth)
{
	const struct btf_member *m = btf_members(t);

	for (unsigned i = 0; i < btf_vlen(t) && w->members++ < MEMBERS_MAX; i++) {
		const char *name = btf__name_by_offset(w->btf, m[i].name_off);
		const struct btf_type *of = plain(w->btf, m[i].type);

		if (name && *name)
			suggest_offer(suggest, name);
		else if (of && btf_is_composite(of) && depth < NESTED_MAX)
			offer_members(w, of, suggest, depth + 1);
	}
}

/* Also in structures without a name. The offset is in bits. */
static bool find_member(struct walk *w, const struct btf_type *t, const char *name, size_t len,
			uint64_t offset, unsigned depth)
{
	const struct btf_member *m = btf_members(t);

	for (unsigned i = 0; i < btf_vlen(t) && w->members++ < MEMBERS_MAX; i++) {
		const char *of = btf__name_by_offset(w->btf, m[i].name_off);
		uint64_t at = offset + btf_member_bit_offset(t, i);
		const struct btf_type *inner;

		if (of && strlen(of) == len && len && !memcmp(of, name, len)) {
			w->type = m[i].type;
			w->bits = btf_member_bitfield_size(t, i);
			w->bit = w->bits ? (unsigned)(at % 8) : 0;
			w->offset += at / 8;
			return true;
		}
		inner = of && *of ? NULL : plain(w->btf, m[i].type);
		if (inner && btf_is_composite(inner) && depth < NESTED_MAX &&
		    find_member(w, inner, name, len, at, depth + 1))
			return true;
	}
	return false;
}

static int add_step(struct walk *w, unsigned size)
{
	if (w->n == STEPS_MAX)
		return error_set(w->reterr, -ENOENT, "the path follows more than %d pointers",
				 STEPS_MAX - 1);
	if (w->offset > INT32_MAX)
		return error_set(w->reterr, -ENOENT, "the path leads further than 2 GiB");
	w->steps[w->n++] = (struct access_step){
		.offset = (uint32_t)w->offset,
		.size = (uint8_t)size,
		.depth = w->depth ? (uint16_t)(w->depth - 1) : 0,
	};
	w->offset = 0;
	return 0;
}

/* To what the pointer points to. */
static int follow(struct walk *w)
{
	int r = w->is_value ? 0 : add_step(w, sizeof(uint64_t));

	w->is_value = false;
	w->type = plain(w->btf, w->type)->type;
	return r;
}

static int enter_member(struct walk *w, const char *name, size_t len)
{
	const struct btf_type *t;
	struct suggest suggest;
	int r = 0;

	while (is_pointer(w) && r >= 0)
		r = follow(w);
	if (r < 0)
		return r;
	t = plain(w->btf, w->type);
	if (!t || !btf_is_composite(t))
		return stop(w, name, name, len, "there is no member");
	if (find_member(w, t, name, len, 0, 0))
		return 0;
	if (w->members >= MEMBERS_MAX)
		return stop(w, name, name, len, "too many members to look for");
	suggest_init(&suggest, name, len, MISTAKES_MAX);
	offer_members(w, t, &suggest, 0);
	r = stop(w, name, name, len, "there is no member");
	suggest_remedy(&suggest, w->reterr);
	return r;
}

/* "[3]" */
static int enter_element(struct walk *w, const char *name, size_t len, uint64_t index)
{
	const struct btf_type *t = plain(w->btf, w->type);
	uint32_t element, n = 0;
	int64_t size;
	int r;

	if (btf_is_array(t)) {
		element = btf_array(t)->type;
		n = btf_array(t)->nelems;
	} else if (btf_is_ptr(t)) {
		r = follow(w);
		if (r < 0)
			return r;
		element = w->type;
	} else {
		return stop(w, name, name, len, "there is no element");
	}
	size = btf__resolve_size(w->btf, element);
	if (size <= 0 || (n && index >= n) || index > INT32_MAX / (uint64_t)size)
		return stop(w, name, name, len, "there is no element");
	w->type = element;
	w->bits = 0;
	w->offset += index * (uint64_t)size;
	return 0;
}

/* --- names */

static int misread(struct walk *w)
{
	const struct member_path *p = &w->rest;
	int r = error_set(w->reterr, -ENOENT, "the path cannot be read at \"%.*s\"",
			  (int)(p->end - p->at), p->at);

	error_remedy(w->reterr, MEMBER_PATH_FORM);
	return r;
}

/* What is there, by the name that led to it. */
static void tell_type(struct walk *w, const char *name, size_t len)
{
	char type[TYPE_TEXT_MAX];

	btf_type_text(w->btf, w->type, type, sizeof(type));
	if (w->types.len)
		str_appendf(&w->types, " ► %.*s: ", (int)len, name);
	str_append_z(&w->types, type);
}

static int read_path(struct walk *w)
{
	struct member m;
	int r, e = 0;

	tell_type(w, "", 0);
	while (e >= 0 && (r = member_path_next(&w->rest, &m)) > 0) {
		e = m.is_element ? enter_element(w, m.text, m.len, m.index)
				 : enter_member(w, m.text, m.len);
		w->depth++;
		if (e >= 0)
			tell_type(w, m.text, m.len);
	}
	if (e < 0)
		return e;
	return r < 0 ? misread(w) : 0;
}

/* --- the end */

static void take_names(struct walk *w, uint32_t type, struct btf_end *end)
{
	const struct btf_type *t = btf__type_by_id(w->btf, type);

	for (; t && end->n_names < BTF_NAMES_MAX; t = btf__type_by_id(w->btf, t->type)) {
		if (!btf_is_mod(t) && !btf_is_type_tag(t))
			end->names[end->n_names++] = name_of(w->btf, t);
		if (!btf_is_mod(t) && !btf_is_type_tag(t) && !btf_is_typedef(t))
			break;
	}
}

static bool is_character(const struct btf_type *t)
{
	return t && btf_is_int(t) && t->size == 1 && !(btf_int_encoding(t) & BTF_INT_BOOL);
}

/* A field of bits is in as few bytes around it as can be read at once. */
static int read_bits(struct walk *w, struct access_path *ret)
{
	unsigned size = 1, before;

	for (; size < 8; size *= 2) {
		before = (unsigned)(w->offset % size) * 8 + w->bit;
		if (before + w->bits <= size * 8)
			break;
	}
	before = (unsigned)(w->offset % size);
	/* Packed, it may begin in one word and end in the next. */
	if (before * 8 + w->bit + w->bits > 64)
		before = 0;
	if (w->bit + w->bits > 64)
		return stop(w, w->end, w->path, (size_t)(w->end - w->path),
			    "these bits cannot be read at once");
	w->offset -= before;
	ret->shift = (uint8_t)(before * 8 + w->bit);
	return add_step(w, size);
}

static bool can_be_read(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static int end_in_number(struct walk *w, const struct btf_type *t, struct access_path *ret,
			 struct btf_end *end)
{
	end->value = BTF_VALUE_NUMBER;
	end->is_signed = btf_is_int(t) ? btf_int_encoding(t) & BTF_INT_SIGNED : btf_kflag(t);
	take_names(w, w->type, end);
	end->bits = w->bits ? w->bits : t->size * 8;
	if (w->bits ? w->bits > 64 : !can_be_read(t->size))
		return stop(w, w->end, w->path, (size_t)(w->end - w->path),
			    "this number is too large");
	ret->bits = (uint8_t)end->bits;
	ret->is_signed = end->is_signed;
	return w->bits ? read_bits(w, ret) : add_step(w, t->size);
}

static int end_in_pointer(struct walk *w, struct btf_end *end)
{
	const struct btf_type *t;
	int r = follow(w);

	t = plain(w->btf, w->type);
	end->value = BTF_VALUE_ADDRESS;
	end->is_read = true;
	if (is_character(t)) {
		end->value = BTF_VALUE_TEXT;
	} else if (t && btf_is_composite(t)) {
		end->value = BTF_VALUE_OBJECT;
		take_names(w, w->type, end);
	}
	return r;
}

static int end_in_array(struct walk *w, const struct btf_type *t, struct btf_end *end)
{
	const struct btf_type *element = plain(w->btf, btf_array(t)->type);
	int64_t size = btf__resolve_size(w->btf, w->type);

	end->value = is_character(element) && !strcmp(name_of(w->btf, element), "char")
			     ? BTF_VALUE_TEXT
			     : BTF_VALUE_ARRAY;
	end->size = size < 0 ? 0 : (size_t)size;
	return add_step(w, 0);
}

static int finish(struct walk *w, struct access_path *ret, struct btf_end *end)
{
	const struct btf_type *t = plain(w->btf, w->type);

	if (t && (btf_is_int(t) || btf_is_any_enum(t)))
		return end_in_number(w, t, ret, end);
	if (t && btf_is_ptr(t))
		return end_in_pointer(w, end);
	if (t && btf_is_array(t))
		return end_in_array(w, t, end);
	if (!t || !btf_is_composite(t))
		return stop(w, w->end, w->path, (size_t)(w->end - w->path), "nothing reads");
	end->value = BTF_VALUE_OBJECT;
	take_names(w, w->type, end);
	return add_step(w, 0);
}

/* Into the arena: the steps, and the types on the way. */
static int keep(struct walk *w, struct arena *arena, struct access_path *path, struct btf_end *end)
{
	struct access_step *steps = arena_alloc(arena, w->n * sizeof(*steps));
	char *types = arena_alloc(arena, w->types.len + 1);

	if (!steps || !types || !str_cstr(&w->types))
		return error_set(w->reterr, -ENOMEM, "out of memory");
	memcpy(steps, w->steps, w->n * sizeof(*steps));
	memcpy(types, w->types.data, w->types.len + 1);
	path->n = w->n;
	path->steps = steps;
	end->types = types;
	return 0;
}

int btf_path_find(const struct btf *btf, uint32_t root, const char *path, size_t len,
		  struct arena *arena, struct access_path *ret, struct btf_end *ret_end,
		  struct error **reterr)
{
	struct walk w = {
		.btf = btf,
		.path = path,
		.end = path + len,
		.rest = {.at = path, .end = path + len},
		.type = root,
		.is_value = btf_is_ptr(plain(btf, root)),
		.reterr = reterr,
	};
	struct access_path found = {0};
	struct btf_end end = {0};
	int r = read_path(&w);

	if (r >= 0)
		r = finish(&w, &found, &end);
	if (r >= 0)
		r = keep(&w, arena, &found, &end);
	str_free(&w.types);
	if (r < 0)
		return r;
	*ret = found;
	*ret_end = end;
	return 0;
}
