// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/integer.h"

#include <ctype.h>

static size_t name_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isalnum((unsigned char)s[n]))
		n++;
	return n;
}

/* Where the number ends that may stand before "%" or "(". */
static size_t number_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] != '%' && s[n] != '(')
		n++;
	return n;
}

/* "1", "%rbx", "8%rbx", "(%rbx)", "-8(%rbx)". */
static bool read_source(const char *s, size_t len, struct policy_register *ret)
{
	size_t n = number_length(s, len);
	struct integer integer = {0};

	if (n &&
	    (integer_read(s, n, &integer) < 0 || (!integer_fits(&integer, 64, true) && n < len)))
		return false;
	ret->offset = (int64_t)integer_bits(&integer);
	s += n;
	len -= n;
	ret->source = REGISTER_CONSTANT;
	if (!len)
		return n > 0;
	ret->source = *s == '(' ? REGISTER_MEMORY : REGISTER_SUM;
	if (ret->source == REGISTER_MEMORY) {
		if (s[len - 1] != ')')
			return false;
		s++;
		len -= 2;
	}
	if (!len || *s != '%')
		return false;
	ret->from = s + 1;
	ret->from_len = len - 1;
	return ret->from_len && name_length(ret->from, ret->from_len) == ret->from_len;
}

static bool read_register(const struct policy_text *text, struct policy_register *ret)
{
	size_t n = name_length(text->s, text->len);

	*ret = (struct policy_register){.mark = text->mark, .to = text->s, .to_len = n, .from = ""};
	return n && n < text->len && text->s[n] == '=' &&
	       read_source(text->s + n + 1, text->len - n - 1, ret);
}

void check_registers(struct check *check, struct policy_action *action)
{
	const struct policy_texts *regs = &action->regs;

	action->registers =
		builder_alloc(&check->builder, regs->mark, regs->n, sizeof(*action->registers));
	for (size_t i = 0; action->registers && i < regs->n; i++)
		if (POLICY_SET(regs->v[i]) && !read_register(&regs->v[i], &action->registers[i]))
			finding_remedy(
				check_error(check, regs->v[i].mark,
					    QUOTED " does not set a register",
					    QUOTE(regs->v[i].s, regs->v[i].len)),
				"write \"rax=1\", \"rax=%%rbx\", \"rax=8%%rbx\" or, for what "
				"is there, \"rax=8(%%rbx)\"");
}
