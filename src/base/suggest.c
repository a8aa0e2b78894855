// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"

#include "base/distance.h"
#include "base/macro.h"

#include <string.h>

void suggest_init(struct suggest *suggest, const char *wanted, size_t len, size_t mistakes)
{
	*suggest = (struct suggest){.wanted = wanted, .len = len, .distance = mistakes + 1};
}

bool suggest_offer(struct suggest *suggest, const char *name)
{
	size_t len = strlen(name), d;

	/* So much is wrong at least. */
	if (MAX(len, suggest->len) - MIN(len, suggest->len) >= suggest->distance)
		return false;
	d = distance_of_names(suggest->wanted, suggest->len, name, len);

	/* With every letter another one it is another name. */
	if (d >= suggest->distance || d >= len)
		return false;
	suggest->best = name;
	suggest->distance = d;
	return true;
}

void suggest_remedy(const struct suggest *suggest, struct error **reterr)
{
	/* The same name would be no help: it means something else here. */
	if (suggest->best && (strlen(suggest->best) != suggest->len ||
			      memcmp(suggest->best, suggest->wanted, suggest->len)))
		error_remedy(reterr, "did you mean \"%s\"?", suggest->best);
}
