// SPDX-License-Identifier: Apache-2.0
#include "cel/parser.h"

#include "cel/lexer.h"
#include "cel/limit.h"
#include "cel/literal.h"
#include "cel/macro.h"

#include <errno.h>

/*
 * Pratt's way: what begins an expression is read as an operand; an operator
 * behind it goes on with it when it binds as tightly as is asked for.
 */
enum binding {
	BIND_NONE,
	BIND_CONDITION,
	BIND_OR,
	BIND_AND,
	BIND_RELATION,
	BIND_SUM,
	BIND_PRODUCT,
};

static const struct {
	enum binding binding;
	const char *function; /* NULL: a kind of node of its own */
} operators[_CEL_TOKEN_MAX] = {
	[CEL_TOKEN_QUESTION] = {BIND_CONDITION, NULL},
	[CEL_TOKEN_OR] = {BIND_OR, NULL},
	[CEL_TOKEN_AND] = {BIND_AND, NULL},
	[CEL_TOKEN_EQUAL] = {BIND_RELATION, "=="},
	[CEL_TOKEN_UNEQUAL] = {BIND_RELATION, "!="},
	[CEL_TOKEN_LESS] = {BIND_RELATION, "<"},
	[CEL_TOKEN_LESS_EQUAL] = {BIND_RELATION, "<="},
	[CEL_TOKEN_GREATER] = {BIND_RELATION, ">"},
	[CEL_TOKEN_GREATER_EQUAL] = {BIND_RELATION, ">="},
	[CEL_TOKEN_IN] = {BIND_RELATION, "in"},
	[CEL_TOKEN_PLUS] = {BIND_SUM, "+"},
	[CEL_TOKEN_MINUS] = {BIND_SUM, "-"},
	[CEL_TOKEN_STAR] = {BIND_PRODUCT, "*"},
	[CEL_TOKEN_SLASH] = {BIND_PRODUCT, "/"},
	[CEL_TOKEN_PERCENT] = {BIND_PRODUCT, "%"},
};

/* Words kept free for languages that CEL is embedded in. They may name fields. */
static const char *const reserved[] = {
	"as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
	"let", "loop",  "package", "namespace", "return", "var", "void",     "while",
};

struct parser {
	struct cel_lexer lexer;
	struct cel_token token; /* the next */
	struct arena *arena;
	unsigned depth; /* of whole expressions in others */
	struct error **reterr;
};

static int parse(struct parser *p, enum binding least, struct cel_node **ret);

static int next(struct parser *p)
{
	return cel_lexer_next(&p->lexer, &p->token, p->reterr);
}

static int unexpected(struct parser *p, const char *expected)
{
	if (p->token.kind == CEL_TOKEN_END)
		return cel_complain(p->reterr, -EINVAL, p->token.place,
				    "expected %s, but the expression ends", expected);
	return cel_complain(p->reterr, -EINVAL, p->token.place, "expected %s, found %.*s%s",
			    expected, (int)MIN(p->token.len, 40), p->token.text,
			    p->token.len > 40 ? "…" : "");
}

static int expect(struct parser *p, enum cel_token_kind kind, const char *expected)
{
	return p->token.kind == kind ? next(p) : unexpected(p, expected);
}

/* If the next token is of that kind, passes over it and returns 1. */
static int accept(struct parser *p, enum cel_token_kind kind)
{
	int r;

	if (p->token.kind != kind)
		return 0;
	r = next(p);
	return r < 0 ? r : 1;
}

static int make(struct parser *p, enum cel_node_kind kind, struct cel_place place,
		struct cel_node *const *children, unsigned n, struct cel_node **ret)
{
	return cel_node_new(p->arena, kind, place, children, n, ret, p->reterr);
}

static int make_call(struct parser *p, const char *function, bool member, struct cel_place place,
		     struct cel_node *const *args, unsigned n, struct cel_node **ret)
{
	int r = make(p, CEL_NODE_CALL, place, args, n, ret);

	if (r < 0)
		return r;
	(*ret)->call.function = function;
	(*ret)->call.member = member;
	return 0;
}

static char *copy_name(struct parser *p, const struct cel_token *token)
{
	size_t quote = token->kind == CEL_TOKEN_ESCAPED, len = token->len - 2 * quote;
	char *name = arena_alloc(p->arena, len + 1);

	if (!name)
		return NULL;
	memcpy(name, token->text + quote, len);
	name[len] = '\0';
	return name;
}

/* Expressions with commas between them, up to @close, which is passed over. A comma may follow the
 * last when @trailing. */
static int parse_list(struct parser *p, enum cel_token_kind close, const char *expected,
		      bool trailing, struct cel_nodes *nodes)
{
	struct cel_node *node = NULL;
	int r;

	for (;;) {
		if (p->token.kind == close && (nodes->n == 0 || trailing))
			break;
		r = parse(p, BIND_CONDITION, &node);
		if (r >= 0)
			r = cel_nodes_add(nodes, p->arena, node);
		if (r >= 0)
			r = accept(p, CEL_TOKEN_COMMA);
		if (r < 0)
			return r;
		if (r == 0)
			break;
	}
	return expect(p, close, expected);
}

static int parse_list_literal(struct parser *p, struct cel_node **ret)
{
	struct cel_place place = p->token.place;
	struct cel_nodes items = {0};
	int r = next(p);

	if (r >= 0)
		r = parse_list(p, CEL_TOKEN_CLOSE_BRACKET, "\",\" or \"]\"", true, &items);
	return r < 0 ? r : make(p, CEL_NODE_LIST, place, items.v, items.n, ret);
}

static int parse_entry(struct parser *p, struct cel_nodes *items)
{
	struct cel_node *node = NULL;
	int r = parse(p, BIND_CONDITION, &node);

	if (r >= 0)
		r = cel_nodes_add(items, p->arena, node);
	if (r >= 0)
		r = expect(p, CEL_TOKEN_COLON, "\":\"");
	if (r >= 0)
		r = parse(p, BIND_CONDITION, &node);
	return r < 0 ? r : cel_nodes_add(items, p->arena, node);
}

static int parse_map_literal(struct parser *p, struct cel_node **ret)
{
	struct cel_place place = p->token.place;
	struct cel_nodes items = {0};
	int r = next(p);

	while (r >= 0 && p->token.kind != CEL_TOKEN_CLOSE_BRACE) {
		r = parse_entry(p, &items);
		if (r >= 0)
			r = accept(p, CEL_TOKEN_COMMA);
		if (r == 0)
			break;
	}
	if (r >= 0)
		r = expect(p, CEL_TOKEN_CLOSE_BRACE, "\",\" or \"}\"");
	return r < 0 ? r : make(p, CEL_NODE_MAP, place, items.v, items.n, ret);
}

static int parse_literal(struct parser *p, bool negative, struct cel_node **ret)
{
	struct cel_value value;
	int r = cel_literal_read(&p->token, negative, p->arena, &value, p->reterr);

	if (r >= 0)
		r = make(p, CEL_NODE_LITERAL, p->token.place, NULL, 0, ret);
	if (r < 0)
		return r;
	(*ret)->literal = value;
	return next(p);
}

/* The next token is the parenthesis behind @name. @receiver is NULL in f(x). */
static int parse_call(struct parser *p, const char *name, struct cel_place place,
		      struct cel_node *receiver, struct cel_node **ret)
{
	struct cel_nodes args = {0}, all = {0};
	int r = next(p);

	if (r >= 0)
		r = parse_list(p, CEL_TOKEN_CLOSE_PAREN, "\",\" or \")\"", false, &args);
	if (r >= 0)
		r = cel_macro_expand(p->arena, name, place, receiver, &args, ret, p->reterr);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!receiver)
		return make_call(p, name, false, place, args.v, args.n, ret);
	r = cel_nodes_add(&all, p->arena, receiver);
	for (unsigned i = 0; i < args.n && r >= 0; i++)
		r = cel_nodes_add(&all, p->arena, args.v[i]);
	return r < 0 ? r : make_call(p, name, true, place, all.v, all.n, ret);
}

static bool is_reserved(const struct cel_token *token)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strlen(reserved[i]) == token->len &&
		    !memcmp(reserved[i], token->text, token->len))
			return true;
	return false;
}

/* A name, or a call by it; @absolute: behind a leading dot. */
static int parse_name(struct parser *p, bool absolute, struct cel_node **ret)
{
	struct cel_token token = p->token;
	char *name;
	int r;

	if (token.kind != CEL_TOKEN_NAME)
		return unexpected(p, "a name");
	if (is_reserved(&token))
		return cel_complain(p->reterr, -EINVAL, token.place, "\"%.*s\" is a reserved word",
				    (int)token.len, token.text);
	name = copy_name(p, &token);
	if (!name)
		return -ENOMEM;
	r = next(p);
	if (r < 0)
		return r;
	if (p->token.kind == CEL_TOKEN_OPEN_PAREN)
		return parse_call(p, name, token.place, NULL, ret);
	r = make(p, CEL_NODE_NAME, token.place, NULL, 0, ret);
	if (r < 0)
		return r;
	(*ret)->name.name = name;
	(*ret)->name.absolute = absolute;
	return 0;
}

static int parse_parentheses(struct parser *p, struct cel_node **ret)
{
	int r = next(p);

	if (r >= 0)
		r = parse(p, BIND_CONDITION, ret);
	return r < 0 ? r : expect(p, CEL_TOKEN_CLOSE_PAREN, "\")\"");
}

static int parse_primary(struct parser *p, bool negative, struct cel_node **ret)
{
	int r;

	switch (p->token.kind) {
	case CEL_TOKEN_INT:
	case CEL_TOKEN_UINT:
	case CEL_TOKEN_DOUBLE:
	case CEL_TOKEN_STRING:
	case CEL_TOKEN_BYTES:
	case CEL_TOKEN_TRUE:
	case CEL_TOKEN_FALSE:
	case CEL_TOKEN_NULL:
		return parse_literal(p, negative, ret);
	case CEL_TOKEN_OPEN_PAREN:
		return parse_parentheses(p, ret);
	case CEL_TOKEN_OPEN_BRACKET:
		return parse_list_literal(p, ret);
	case CEL_TOKEN_OPEN_BRACE:
		return parse_map_literal(p, ret);
	case CEL_TOKEN_DOT:
		r = next(p);
		return r < 0 ? r : parse_name(p, true, ret);
	case CEL_TOKEN_NAME:
		return parse_name(p, false, ret);
	default:
		return unexpected(p, "an expression");
	}
}

/* *node is what stands before the dot, and what becomes of it. */
static int parse_select(struct parser *p, struct cel_node **node)
{
	struct cel_node *operand = *node;
	struct cel_token token;
	char *name;
	int r = next(p);

	if (r < 0)
		return r;
	token = p->token;
	if (token.kind != CEL_TOKEN_NAME && token.kind != CEL_TOKEN_ESCAPED)
		return unexpected(p, "the name of a field or method");
	name = copy_name(p, &token);
	if (!name)
		return -ENOMEM;
	r = next(p);
	if (r < 0)
		return r;
	if (p->token.kind == CEL_TOKEN_OPEN_PAREN && token.kind == CEL_TOKEN_NAME)
		return parse_call(p, name, token.place, operand, node);
	r = make(p, CEL_NODE_SELECT, token.place, &operand, 1, node);
	if (r < 0)
		return r;
	(*node)->select.name = name;
	return 0;
}

static int parse_index(struct parser *p, struct cel_node **node)
{
	struct cel_node *args[2] = {*node};
	struct cel_place place = p->token.place;
	int r = next(p);

	if (r >= 0)
		r = parse(p, BIND_CONDITION, &args[1]);
	if (r >= 0)
		r = expect(p, CEL_TOKEN_CLOSE_BRACKET, "\"]\"");
	return r < 0 ? r : make_call(p, "[]", false, place, args, 2, node);
}

static int refuse_message(struct parser *p)
{
	cel_complain(p->reterr, -EINVAL, p->token.place,
		     "messages cannot be made in an expression");
	error_remedy(p->reterr, "compare their fields");
	return -EINVAL;
}

static int parse_member(struct parser *p, bool negative, struct cel_node **ret)
{
	int r = parse_primary(p, negative, ret);

	while (r >= 0) {
		if (p->token.kind == CEL_TOKEN_DOT)
			r = parse_select(p, ret);
		else if (p->token.kind == CEL_TOKEN_OPEN_BRACKET)
			r = parse_index(p, ret);
		else if (p->token.kind == CEL_TOKEN_OPEN_BRACE)
			return refuse_message(p);
		else
			break;
	}
	return r;
}

static bool is_signed_number(const struct cel_token *token)
{
	return token->kind == CEL_TOKEN_INT || token->kind == CEL_TOKEN_DOUBLE;
}

/* Any number of the same prefix operator. The last minus before a number is the number's. */
static int parse_unary(struct parser *p, struct cel_node **ret)
{
	enum cel_token_kind op = p->token.kind;
	const char *function = op == CEL_TOKEN_NOT ? "!" : "-";
	struct cel_place first = p->token.place;
	unsigned n = 0;
	bool negative;
	int r;

	if (op != CEL_TOKEN_NOT && op != CEL_TOKEN_MINUS)
		return parse_member(p, false, ret);
	for (; p->token.kind == op; n++) {
		r = next(p);
		if (r < 0)
			return r;
	}
	negative = op == CEL_TOKEN_MINUS && is_signed_number(&p->token);
	r = parse_member(p, negative, ret);
	for (n -= negative; n > 0 && r >= 0; n--)
		r = make_call(p, function, false, first, ret, 1, ret);
	return r;
}

/* The next token is the operator behind *node. A row of the same one makes one node. */
static int parse_logic(struct parser *p, enum cel_node_kind kind, struct cel_node **node)
{
	enum cel_token_kind op = p->token.kind;
	struct cel_place place = p->token.place;
	struct cel_nodes terms = {0};
	struct cel_node *term = *node;
	int r;

	for (;;) {
		r = cel_nodes_add(&terms, p->arena, term);
		if (r >= 0)
			r = accept(p, op);
		if (r > 0)
			r = parse(p, operators[op].binding + 1, &term);
		else if (r == 0)
			return make(p, kind, place, terms.v, terms.n, node);
		if (r < 0)
			return r;
	}
}

static int parse_condition(struct parser *p, struct cel_node **node)
{
	struct cel_node *children[3] = {[CEL_TEST] = *node};
	struct cel_place place = p->token.place;
	int r = next(p);

	if (r >= 0)
		r = parse(p, BIND_OR, &children[CEL_THEN]);
	if (r >= 0)
		r = expect(p, CEL_TOKEN_COLON, "\":\"");
	if (r >= 0)
		r = parse(p, BIND_CONDITION, &children[CEL_OTHERWISE]);
	return r < 0 ? r : make(p, CEL_NODE_CONDITION, place, children, 3, node);
}

static int parse_infix(struct parser *p, struct cel_node **node)
{
	enum cel_token_kind op = p->token.kind;
	struct cel_place place = p->token.place;
	struct cel_node *args[2] = {*node};
	int r;

	if (op == CEL_TOKEN_QUESTION)
		return parse_condition(p, node);
	if (op == CEL_TOKEN_AND || op == CEL_TOKEN_OR)
		return parse_logic(p, op == CEL_TOKEN_AND ? CEL_NODE_AND : CEL_NODE_OR, node);
	r = next(p);
	if (r >= 0)
		r = parse(p, operators[op].binding + 1, &args[1]);
	if (r < 0)
		return r;
	return make_call(p, operators[op].function, false, place, args, 2, node);
}

/* An expression of operators that bind at least so tightly. */
static int parse(struct parser *p, enum binding least, struct cel_node **ret)
{
	int r;

	/* Operators go deeper too, but only so far before it takes a bracket. */
	if (least == BIND_CONDITION && p->depth == CEL_NESTING_MAX)
		return cel_complain(p->reterr, -E2BIG, p->token.place,
				    "nested too deep; the limit is %d levels", CEL_NESTING_MAX);
	p->depth += least == BIND_CONDITION;
	r = parse_unary(p, ret);
	while (r >= 0 && operators[p->token.kind].binding >= least)
		r = parse_infix(p, ret);
	p->depth -= least == BIND_CONDITION;
	return r;
}

int cel_parse(const char *text, struct arena *arena, struct cel_node **ret, struct error **reterr)
{
	struct parser p = {.arena = arena, .reterr = reterr};
	struct cel_node *root = NULL;
	int r;

	r = cel_lexer_init(&p.lexer, text, reterr);
	if (r >= 0)
		r = next(&p);
	if (r >= 0)
		r = parse(&p, BIND_CONDITION, &root);
	if (r >= 0 && p.token.kind != CEL_TOKEN_END)
		r = unexpected(&p, "an operator or the end");
	if (r < 0)
		return r;
	*ret = root;
	return 0;
}
