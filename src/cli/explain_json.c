// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_report.h"
#include "cli/json_members.h"
#include "cli/policy_report.h"

static void put_places(struct str *out, const struct explained_hook *hook)
{
	json_put_begin(out, "places", '[');
	for (size_t i = 0; i < hook->n_places; i++) {
		const struct explained_place *p = &hook->places[i];

		json_put_begin(out, NULL, '{');
		json_put_string(out, "name", p->told);
		json_put_string(out, "backend", p->kind);
		if (p->by_number)
			json_put_number(out, "syscall", p->number);
		json_put_bool(out, "of_32_bit_programs", p->compat);
		json_put_bool(out, "on_return", p->on_return);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_values(struct str *out, const struct explained_hook *hook)
{
	json_put_begin(out, "values", '[');
	for (size_t i = 0; i < hook->n_values; i++) {
		const struct explained_value *v = &hook->values[i];

		json_put_begin(out, NULL, '{');
		json_put_string(out, "from", v->from);
		json_put_string(out, "type", v->type);
		json_put_string(out, "label", v->label);
		json_put_string(out, "resolve", v->resolve);
		json_put_string(out, "types", v->types);
		json_put_number(out, "pointers", v->pointers);
		if (v->bytes)
			json_put_number(out, "max_bytes", v->bytes);
		else
			json_put_string(out, "max_bytes", NULL);
		json_put_bool(out, "of_process_memory", v->of_process);
		json_put_bool(out, "on_return", v->later);
		json_put_bool(out, "can_change_meanwhile", v->race != RACE_NONE);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_selector(struct str *out, const struct explained_hook *hook, size_t selector)
{
	json_put_number(out, "selector", selector);
	json_put_string(out, "label", explained_label(hook, selector));
}

static void put_filters(struct str *out, const struct explained_hook *hook)
{
	json_put_begin(out, "filters", '[');
	for (size_t i = 0; i < hook->n_filters; i++) {
		json_put_begin(out, NULL, '{');
		put_selector(out, hook, hook->filters[i].selector);
		json_put_string(out, "filter", hook->filters[i].text);
		json_put_string(out, "when", explained_stage_name(hook->filters[i].stage));
		json_put_string(out, "by", "kernel");
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_actions(struct str *out, const struct explained_hook *hook)
{
	json_put_begin(out, "actions", '[');
	for (size_t i = 0; i < hook->n_actions; i++) {
		json_put_begin(out, NULL, '{');
		put_selector(out, hook, hook->actions[i].selector);
		json_put_string(out, "action", hook->actions[i].text);
		json_put_bool(out, "on_return", hook->actions[i].on_return);
		json_put_string(out, "by", hook->actions[i].by_agent ? "agent" : "kernel");
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_cost(struct str *out, const struct explained_hook *hook)
{
	json_put_begin(out, "estimated_ns", '{');
	json_put_number(out, "miss", hook->cost.miss);
	json_put_number(out, "miss_most", hook->cost.miss_most);
	json_put_number(out, "hit", hook->cost.hit);
	json_put_number(out, "return", hook->return_ns);
	json_put_end(out, '}');
}

static void put_hook(struct str *out, const struct explained_hook *hook)
{
	const struct policy_hook *of = hook->of->hook;

	json_put_begin(out, NULL, '{');
	json_put_string(out, "section", hook_section_names[of->kind]);
	json_put_number(out, "index", hook->of->index);
	json_put_number(out, "line", of->mark.line);
	json_put_number(out, "column", of->mark.column);
	json_put_string(out, "hook", hook->description);
	json_put_string(out, "state", hook->unknown ? "unknown" : hook_state_name(hook->state));
	json_put_string(out, "reason", hook->of->why);
	json_put_string(out, "backend", hook->backend);
	json_put_string(out, "why", hook->why);
	json_put_string(out, "instead", hook->nearest);
	json_put_string(out, "hot", hook->hot);
	put_places(out, hook);
	put_values(out, hook);
	put_filters(out, hook);
	put_actions(out, hook);
	if (hook->backend)
		put_cost(out, hook);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

static void put_programs(struct str *out, const struct explanation *e)
{
	json_put_begin(out, "programs", '[');
	for (size_t i = 0; i < e->n_programs; i++) {
		const struct explained_program *p = &e->programs[i];

		json_put_begin(out, NULL, '{');
		json_put_string(out, "backend", p->kind);
		json_put_string(out, "place", p->place);
		if (p->verified)
			json_put_number(out, "verified_instructions", p->verified);
		else
			json_put_string(out, "verified_instructions", NULL);
		json_put_number(out, "load_ns", p->load_ns);
		json_put_number(out, "bytes", p->bytes);
		json_put_end(out, '}');
	}
	json_put_end(out, ']');
}

static void put_policy(struct str *out, const struct explanation *e)
{
	const struct policy_metadata *m = &e->policy->metadata;

	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", m->name.s);
	json_put_string(out, "namespace", m->namespace.len ? m->namespace.s : NULL);
	json_put_string(out, "file", e->policy->file);
	json_put_number(out, "line", e->policy->mark.line);
	json_put_string(out, "verdict", explained_verdict_name(e->verdict));
	json_put_bool(out, "keeps_verdicts", e->keeps_verdicts);
	json_put_number(out, "kernel_memory_bytes", e->bytes);
	json_put_begin(out, "hooks", '[');
	str_append_char(out, '\n');
	for (size_t i = 0; i < e->n_hooks; i++)
		put_hook(out, &e->hooks[i]);
	json_put_end(out, ']');
	put_programs(out, e);
	policy_report_put_findings(out, &e->diags);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

void explain_report_json(struct str *out, const struct explain_report *report)
{
	const struct error *refusal = explainer_refusal(report->explainer);

	json_put_begin(out, NULL, '{');
	json_put_begin(out, "policies", '[');
	str_append_char(out, '\n');
	for (size_t i = 0; i < report->n; i++)
		put_policy(out, &report->v[i]);
	json_put_end(out, ']');
	policy_report_put_findings(out, report->diags);
	json_put_string(out, "no_programs", refusal ? refusal->message : NULL);
	json_put_string(out, "remedy", refusal ? refusal->remedy : NULL);
	json_put_number(out, "first_policy_bytes", explainer_bytes(report->explainer));
	json_put_string(out, "estimates_of", COST_MACHINE);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
