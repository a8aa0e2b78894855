/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_OUTAGE_H
#define OCELLI_EXPORT_OUTAGE_H

#include "export/sink.h"

/*
 * Tells a person once that something stopped working, however many events run
 * into it. It counts as mended after a tick's time in which it worked and never
 * failed, so that a disk with a few bytes left does not fill the log.
 */
struct outage {
	bool told;
	bool failed; /* since the last tick */
	bool worked;
};

/* Takes *err and makes it the sink's problem if it is news, else frees it. */
void outage_report(struct outage *outage, struct sink *sink, struct error **err);

static inline void outage_worked(struct outage *outage)
{
	outage->worked = true;
}

void outage_tick(struct outage *outage);

#endif
