// SPDX-License-Identifier: Apache-2.0
#include "code/code.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static int setup(void **state)
{
	static struct code code;

	code = CODE_INIT;
	*state = &code;
	return 0;
}

static int teardown(void **state)
{
	code_done(*state);
	return 0;
}

static void add_moves(struct code *code, size_t n)
{
	for (size_t i = 0; i < n; i++)
		code_add(code, INSN_MOV(R0, (int32_t)i));
}

static void jumps_lead_to_their_labels(void **state)
{
	struct code *code = *state;
	struct label near = code_label(code), far = code_label(code);

	code_jump_if(code, BPF_JEQ, R1, 5, far);
	code_jump_if_reg(code, BPF_JSGT, R2, R3, near);
	code_add(code, INSN_MOV(R0, 1));
	code_here(code, near);
	code_add(code, INSN_MOV(R0, 2));
	code_here(code, far);
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n, 5);
	assert_int_equal(code->insns[0].code, BPF_JMP | BPF_JEQ | BPF_K);
	assert_int_equal(code->insns[0].imm, 5);
	assert_int_equal(code->insns[0].off, 3);
	assert_int_equal(code->insns[1].code, BPF_JMP | BPF_JSGT | BPF_X);
	assert_int_equal(code->insns[1].dst_reg, R2);
	assert_int_equal(code->insns[1].src_reg, R3);
	assert_int_equal(code->insns[1].off, 1);
}

static void jumps_to_what_comes_next_are_none(void **state)
{
	struct code *code = *state;
	struct label next = code_label(code), after = code_label(code), far = code_label(code);

	code_jump_if(code, BPF_JEQ, R1, 5, next);
	code_jump(code, next);
	code_here(code, next);
	code_jump(code, after);
	/* Behind it, this one would be another place without it. */
	code_here(code, far);
	code_here(code, after);
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n, 3);
	assert_int_equal(code->insns[0].off, 0);
	assert_int_equal(code->insns[1].code, BPF_JMP | BPF_JA);
	assert_int_equal(code->insns[1].off, 0);
}

static void a_program_has_an_end(void **state)
{
	struct code *code = *state;

	add_moves(code, CODE_MAX - 1);
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	code_function(code, "more");
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), -EOVERFLOW);
}

static void a_label_that_is_nowhere(void **state)
{
	struct code *code = *state;
	struct label label = code_label(code);

	code_jump(code, label);
	assert_int_equal(code_finish(code), -EINVAL);
}

static void write_late(struct code *code, const void *what, int with)
{
	code_add(code, INSN_RETURN(*(const int *)what + with));
}

static bool are_same(const void *a, const void *b)
{
	return *(const int *)a == *(const int *)b;
}

static void late_functions_are_written_once(void **state)
{
	static const struct code_late_kind kind = {"type", write_late, are_same, sizeof(int)};
	struct code *code = *state;
	int what = 5;

	code_call_late(code, &kind, &what, 100);
	code_call_late(code, &kind, &(int){5}, 100);
	code_call_late(code, &kind, &(int){5}, 200);
	code_call_late(code, &kind, &(int){6}, 100);
	what = 7; /* is copied */
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n_functions, 3);
	assert_int_equal(code->n_uses, 4);
	for (size_t i = 0; i < 4; i++) {
		static const int returned[] = {105, 105, 205, 106};

		for (size_t j = 0; j < 3; j++)
			if (!strcmp(code->functions[j].name, code->uses[i].name))
				assert_int_equal(code->insns[code->functions[j].at].imm,
						 returned[i]);
	}
	assert_string_equal(code->functions[0].type, "type");
}

static void functions_may_be_like_another(void **state)
{
	struct code *code = *state;

	code_function(code, "a");
	code_add(code, INSN_RETURN(0));
	code_function_like(code, "b", "c");
	code_add(code, INSN_RETURN(0));
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n_functions, 2);
	assert_null(code->functions[0].type);
	assert_int_equal(code->functions[1].at, 2);
	assert_string_equal(code->functions[1].type, "c");
}

/* Where one gets to from the instruction at @at by nothing but jumps. */
static size_t follow(const struct code *code, size_t at)
{
	while (code->insns[at].code == (BPF_JMP | BPF_JA)) {
		assert_in_range(code->insns[at].off, 1, INT16_MAX / 2);
		at += 1 + (size_t)code->insns[at].off;
	}
	return at;
}

/* Also where what lies between ends with a jump itself, and several lead there. */
static void jumps_go_as_far_as_one_likes(void **state)
{
	struct code *code = *state;
	struct label far = code_label(code), near = code_label(code);
	size_t moves = 0;

	code_jump_if(code, BPF_JEQ, R1, 0, far);
	code_jump_if(code, BPF_JEQ, R1, 1, far);
	add_moves(code, 30000);
	code_jump_if(code, BPF_JEQ, R1, 2, near);
	code_jump(code, far);
	code_here(code, near);
	add_moves(code, 70000);
	code_jump_if(code, BPF_JEQ, R1, 3, far);
	add_moves(code, 10);
	code_here(code, far);
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	for (size_t i = 0, islands = 0; i < code->n; i++) {
		const struct bpf_insn *insn = &code->insns[i];

		if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K) && insn->imm != 2)
			assert_int_equal(follow(code, i + 1 + (size_t)insn->off), code->n - 1);
		islands += insn->code == (BPF_JMP | BPF_JA);
		assert_true(islands < 30);
	}
	/* What is in the way is passed. */
	for (size_t i = 0; i < code->n - 1; i = follow(code, i + 1)) {
		const struct bpf_insn *insn = &code->insns[i];

		if (insn->code == (BPF_JMP | BPF_JEQ | BPF_K) && insn->imm == 2)
			i += (size_t)insn->off;
		moves += insn->code == (BPF_ALU64 | BPF_MOV | BPF_K);
	}
	assert_int_equal(moves, 100010);
}

static void what_nothing_leads_to_is_left_out(void **state)
{
	static const struct code_late_kind kind = {"type", write_late, are_same, sizeof(int)};
	struct code *code = *state;
	struct label used = code_label(code), unused = code_label(code), late = code_label(code);

	code_jump_if(code, BPF_JEQ, R1, 0, used);
	code_add(code, INSN_RETURN(0));
	/* Dead, and so are the jumps in it and what they would lead to. */
	add_moves(code, 3);
	code_call(code, "nobody");
	code_call_late(code, &kind, &(int){5}, 100);
	code_jump(code, late);
	code_here(code, unused);
	add_moves(code, 2);
	code_here(code, late);
	add_moves(code, 2);
	code_here(code, used);
	code_add(code, INSN_RETURN(1));
	/* A function is called from elsewhere. */
	code_function(code, "function");
	code_add(code, INSN_RETURN(2));
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n, 7);
	assert_int_equal(code->insns[0].off, 2);
	assert_int_equal(code->n_uses, 0);
	assert_int_equal(code->n_functions, 1);
	assert_int_equal(code->functions[0].at, 5);
}

static void uses_are_named(void **state)
{
	struct code *code = *state;

	code_call(code, "function");
	code_load_map(code, R3, "map");
	code_load_map_value(code, R4, "value", 24);
	code_add(code, INSN_EXIT);
	assert_int_equal(code_finish(code), 0);
	assert_int_equal(code->n, 6);
	assert_int_equal(code->n_uses, 3);
	assert_int_equal(code->uses[0].kind, CODE_FUNCTION);
	assert_int_equal(code->uses[0].at, 0);
	assert_string_equal(code->uses[0].name, "function");
	assert_int_equal(code->insns[0].src_reg, BPF_PSEUDO_CALL);
	assert_int_equal(code->uses[1].kind, CODE_MAP);
	assert_int_equal(code->uses[1].at, 1);
	assert_int_equal(code->insns[1].dst_reg, R3);
	assert_int_equal(code->insns[1].src_reg, BPF_PSEUDO_MAP_FD);
	assert_int_equal(code->uses[2].kind, CODE_MAP_VALUE);
	assert_int_equal(code->uses[2].at, 3);
	assert_int_equal(code->insns[3].src_reg, BPF_PSEUDO_MAP_VALUE);
	assert_int_equal(code->insns[4].imm, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jumps_lead_to_their_labels, setup, teardown),
		cmocka_unit_test_setup_teardown(jumps_to_what_comes_next_are_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_program_has_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_label_that_is_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(late_functions_are_written_once, setup, teardown),
		cmocka_unit_test_setup_teardown(functions_may_be_like_another, setup, teardown),
		cmocka_unit_test_setup_teardown(jumps_go_as_far_as_one_likes, setup, teardown),
		cmocka_unit_test_setup_teardown(what_nothing_leads_to_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(uses_are_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
