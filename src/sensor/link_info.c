// SPDX-License-Identifier: Apache-2.0
#include "sensor/link_info.h"

#include <bpf/bpf.h>

/* include/uapi/linux/bpf.h of 6.7: struct bpf_link_info. A kernel without counts leaves them as
 * they were given, or refuses a struct that is longer than its own. */
struct info {
	uint32_t type, id, prog_id, pad;
	union {
		struct {
			uint64_t functions;
			uint32_t count, flags;
			uint64_t missed;
		} kprobe_multi;
		struct {
			uint32_t type, pad;
			uint64_t name;
			uint32_t name_len, offset;
			uint64_t address, missed;
		} perf_event;
	};
};

/* enum bpf_link_type, enum bpf_perf_event_type */
enum {
	LINK_PERF_EVENT = 7,
	LINK_KPROBE_MULTI = 8,
	EVENT_KPROBE = 3,
	EVENT_KRETPROBE = 4,
};

uint64_t link_missed(int link)
{
	struct info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(link, &info, &len) < 0)
		return 0;
	if (info.type == LINK_KPROBE_MULTI)
		return info.kprobe_multi.missed;
	if (info.type == LINK_PERF_EVENT &&
	    (info.perf_event.type == EVENT_KPROBE || info.perf_event.type == EVENT_KRETPROBE))
		return info.perf_event.missed;
	return 0;
}
