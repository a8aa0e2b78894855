// SPDX-License-Identifier: Apache-2.0
#include "export/outage.h"
#include "base/cleanup.h"

void outage_report(struct outage *outage, struct sink *sink, struct error **err)
{
	outage->failed = true;
	/* A problem that nobody has read yet is not overwritten: this one will come again. */
	if (outage->told || sink->problem) {
		error_free(err);
		return;
	}
	outage->told = true;
	sink->problem = TAKE_PTR(*err);
}

void outage_tick(struct outage *outage)
{
	if (outage->worked && !outage->failed)
		outage->told = false;
	outage->worked = outage->failed = false;
}
