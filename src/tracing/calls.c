// SPDX-License-Identifier: Apache-2.0
#include "tracing/calls.h"
#include "base/macro.h"
#include "base/syscall.h"
#include "base/syscall_x32.h"
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

/* Of calls of x32 with functions of their own. */
#define X32 "__x64_"

struct search {
	const struct compiler *c;
	const struct kernel_functions *functions;
	call_site_fn *each;
	void *data;
	bool has_x32;
	bool found;
};

static int begin(struct search *s)
{
	s->functions = compiler_functions(s->c, s->c->policy->mark);
	if (!s->functions)
		return -ENOMEM;
	s->has_x32 = kernel_functions_has(s->functions, X32 "compat_sys_ioctl");
	return 0;
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

/* Of which "sys_" and @stem is the function. */
static int find_function(struct search *s, const char *stem, struct call_site *site)
{
	const struct variant *v = site->compat ? compat_variants : native_variants;
	size_t n = site->compat ? ARRAY_SIZE(compat_variants) : ARRAY_SIZE(native_variants);

	for (size_t i = 0; i < n && !site->function; i++) {
		const char *function = compiler_format(s->c, "%s%s", v[i].function, stem);

		if (!function)
			return -ENOMEM;
		if (!kernel_functions_has(s->functions, function))
			continue;
		site->function = function;
		site->told = compiler_format(s->c, "%s%s", v[i].told, stem);
		site->shared = v[i].shared && is_native_function(stem);
	}
	if (!site->function)
		site->told = compiler_format(s->c, "%s%s", v[0].told, stem);
	return site->told ? 0 : -ENOMEM;
}

static int tell(struct search *s, const char *stem, long number, bool compat)
{
	struct call_site site = {.number = number, .compat = compat};
	int r = find_function(s, stem, &site);

	if (r < 0 || (!site.function && number < 0))
		return r;
	s->found = true;
	return s->each(&site, s->data);
}

/* A call of 64-bit programs, as those of x32 make it. */
static int tell_x32(struct search *s, const struct syscall_info *call)
{
	const char *special = syscall_x32_function(call);
	struct call_site site = {.number = syscall_x32_number(call), .x32 = true};
	int r = 0;

	if (!s->has_x32)
		return 0;
	if (special)
		site.told = site.function = compiler_format(s->c, X32 "%s", special);
	else
		r = find_function(s, syscall_function(call, SYSCALL_ABI_X64), &site);
	if (r < 0 || !site.told)
		return -ENOMEM;
	site.shared = !special;
	return s->each(&site, s->data);
}

static int tell_call(struct search *s, const struct syscall_info *call, enum syscall_abi abi)
{
	bool compat = abi == SYSCALL_ABI_COMPAT;
	int r = tell(s, syscall_function(call, abi), call->numbers[abi], compat);

	return r || compat ? r : tell_x32(s, call);
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
