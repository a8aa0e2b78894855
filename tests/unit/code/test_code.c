// SPDX-License-Identifier: Apache-2.0
#include "code/code.h"
#include "unit.h"

#include <errno.h>

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

static void a_label_that_is_nowhere(void **state)
{
	struct code *code = *state;
	struct label label = code_label(code);

	code_jump(code, label);
	assert_int_equal(code_finish(code), -EINVAL);
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

/* As far as 16 bits reach, and one further. */
static void jumps_that_are_too_far(void **state)
{
	for (size_t n = 32767; n <= 32768; n++) {
		struct code code = CODE_INIT;
		struct label label = code_label(&code);

		code_jump_if(&code, BPF_JEQ, R1, 0, label);
		add_moves(&code, n);
		code_here(&code, label);
		code_add(&code, INSN_EXIT);
		assert_int_equal(code_finish(&code), n == 32767 ? 0 : -E2BIG);
		if (n == 32767)
			assert_int_equal(code.insns[0].off, 32767);
		code_done(&code);
	}
}

static void what_nothing_leads_to_is_left_out(void **state)
{
	struct code *code = *state;
	struct label used = code_label(code), unused = code_label(code), late = code_label(code);

	code_jump_if(code, BPF_JEQ, R1, 0, used);
	code_add(code, INSN_RETURN(0));
	/* Dead, and so are the jumps in it and what they would lead to. */
	add_moves(code, 3);
	code_call(code, "nobody");
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
		cmocka_unit_test_setup_teardown(a_label_that_is_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(functions_may_be_like_another, setup, teardown),
		cmocka_unit_test(jumps_that_are_too_far),
		cmocka_unit_test_setup_teardown(what_nothing_leads_to_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(uses_are_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
