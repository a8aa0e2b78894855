// SPDX-License-Identifier: Apache-2.0
#include "tracing/calls.h"
#include "base/macro.h"
#include "base/syscall.h"
#include "policy/call_name.h"

#include <errno.h>
#include <string.h>

#define MISTAKES_MAX 4

/* What the kernel puts before the names of a call's functions. What takes no arguments is one
 * function with a name for each table (arch/x86/include/asm/syscall_wrapper.h: SYSCALL_DEFINE0),
 * whose types know it by another. */
struct variant {
	const char *told, *function;
	bool shared; /* both tables have it, if both have the call */
};

#ifdef __aarch64__
#define NATIVE "__arm64_sys_"
static const struct variant native_variants[] = {{NATIVE, NATIVE, true}};
static const struct variant compat_variants[] = {
	{"__arm64_compat_sys_", "__arm64_compat_sys_", false},
	{NATIVE, NATIVE, true},
};
#else
#define NATIVE "__x64_sys_"
static const struct variant native_variants[] = {
	{NATIVE, NATIVE, false},
	{NATIVE, "__do_sys_", true},
};
static const struct variant compat_variants[] = {
	{"__ia32_compat_sys_", "__ia32_compat_sys_", false},
	{"__ia32_compat_sys_", "__do_compat_sys_", false},
	{"__ia32_sys_", "__ia32_sys_", false},
	{"__ia32_sys_", "__do_sys_", true},
};
#endif

struct search {
	const struct compiler *c;
	const struct kernel_functions *functions;
	call_site_fn *each;
	void *data;
	bool found;
};

static int begin(struct search *s)
{
	s->functions = compiler_functions(s->c, s->c->policy->mark);
	return s->functions ? 0 : -ENOMEM;
}

static bool is_native_function(const char *function)
{
	const struct syscall_info *call;

	for (size_t i = 0; (call = syscall_at(i)); i++)
		if (call->numbers[SYSCALL_ABI_DEFAULT] >= 0 &&
		    !strcmp(syscall_function(call, SYSCALL_ABI_DEFAULT), function))
			return true;
	return false;
}

/* Tells of the site whose function is "sys_" and @stem. */
static int tell(struct search *s, const char *stem, long number, bool compat)
{
	const struct variant *v = compat ? compat_variants : native_variants;
	size_t n = compat ? ARRAY_SIZE(compat_variants) : ARRAY_SIZE(native_variants);
	struct call_site site = {.number = number, .compat = compat};

	for (size_t i = 0; i < n && !site.function; i++) {
		const char *function = compiler_format(s->c, "%s%s", v[i].function, stem);

		if (!function)
			return -ENOMEM;
		if (!kernel_functions_has(s->functions, function))
			continue;
		site.function = function;
		site.told = compiler_format(s->c, "%s%s", v[i].told, stem);
		site.shared = v[i].shared && is_native_function(stem);
	}
	if (!site.function)
		site.told = compiler_format(s->c, "%s%s", v[0].told, stem);
	if (!site.told)
		return -ENOMEM;
	if (!site.function && number < 0)
		return 0;
	s->found = true;
	return s->each(&site, s->data);
}

static int tell_call(struct search *s, const struct syscall_info *call, enum syscall_abi abi)
{
	return tell(s, syscall_function(call, abi), call->numbers[abi], abi == SYSCALL_ABI_COMPAT);
}

int call_sites_find(const struct compiler *c, const char *text, call_site_fn *each, void *data)
{
	static const enum syscall_abi abis[] = {SYSCALL_ABI_DEFAULT, SYSCALL_ABI_COMPAT};
	struct search s = {.c = c, .each = each, .data = data};
	struct call_name name = call_name_read(text);
	const struct syscall_info *call;
	int r = begin(&s);

	for (size_t a = 0; a < ARRAY_SIZE(abis); a++)
		for (size_t i = 0; name.known && (call = syscall_at(i)) && !r; i++)
			if (call_name_is_of(&name, call, abis[a]))
				r = tell_call(&s, call, abis[a]);
	/* Newer than our table is. */
	if (!name.known && name.native && !r)
		r = tell(&s, name.stem, -1, false);
	if (!name.known && name.compat && !r)
		r = tell(&s, name.stem, -1, true);
	return !r && !s.found ? -ENOENT : r;
}

int call_sites_each(const struct compiler *c, call_site_fn *each, void *data)
{
	static const enum syscall_abi abis[] = {SYSCALL_ABI_DEFAULT, SYSCALL_ABI_COMPAT};
	struct search s = {.c = c, .each = each, .data = data};
	const struct syscall_info *call;
	int r = begin(&s);

	for (size_t a = 0; a < ARRAY_SIZE(abis); a++)
		for (size_t i = 0; (call = syscall_at(i)) && !r; i++)
			if (call->numbers[abis[a]] >= 0)
				r = tell_call(&s, call, abis[a]);
	return r;
}

void call_sites_suggest(const struct compiler *c, const char *text, struct finding *finding)
{
	struct call_name name = call_name_read(text);
	const struct syscall_info *call;
	struct suggest suggest;

	suggest_init(&suggest, name.stem, strlen(name.stem), MISTAKES_MAX);
	for (size_t i = 0; (call = syscall_at(i)); i++)
		if (call->numbers[name.native ? SYSCALL_ABI_DEFAULT : SYSCALL_ABI_COMPAT] >= 0)
			suggest_offer(&suggest, call->name);
	if (suggest.best)
		finding_remedy(finding, "did you mean \"%.*ssys_%s\"?",
			       name.native ? 0 : (int)(strcspn(text, "/") + 1), text, suggest.best);
	else if (!strcmp(name.stem, text))
		finding_remedy(finding, "for a function that is no system call, write "
					"syscall: false");
}
