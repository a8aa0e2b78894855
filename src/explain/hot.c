// SPDX-License-Identifier: Apache-2.0
#include "explain/hot.h"
#include "base/macro.h"

#include <string.h>

#define SWITCH "at each switch of tasks"
#define WAKEUP "at each wake-up of a task"
#define CALL "at each system call of any process"
#define READ "at each read"
#define WRITE "at each write"
#define PERMISSION "at each read and write"
#define LOOKUP "for each component of each path that is looked up"
#define MEMORY "at each allocation of memory in the kernel"
#define PAGE "at each page that a process touches first"
#define INTERRUPT "at each interrupt"
#define PACKET "for each packet or message"
#define LOCK "at each wait for a lock between threads"
#define POLL "at each turn of an event loop"
#define TIME "at each look at the clock"

static const struct {
	const char *name; /* behind what names the table of calls, or the tracepoint's group */
	const char *when;
} places[] = {
	{"sched_switch", SWITCH},
	{"__schedule", SWITCH},
	{"schedule", SWITCH},
	{"finish_task_switch", SWITCH},
	{"sched_wakeup", WAKEUP},
	{"sched_waking", WAKEUP},
	{"try_to_wake_up", WAKEUP},
	{"sched_stat_runtime", SWITCH},
	{"sys_enter", CALL},
	{"sys_exit", CALL},
	{"do_syscall_64", CALL},
	{"vfs_read", READ},
	{"sys_read", READ},
	{"vfs_write", WRITE},
	{"sys_write", WRITE},
	{"rw_verify_area", PERMISSION},
	{"file_permission", PERMISSION},
	{"security_file_permission", PERMISSION},
	{"fget", PERMISSION},
	{"inode_permission", LOOKUP},
	{"security_inode_permission", LOOKUP},
	{"generic_permission", LOOKUP},
	{"lookup_fast", LOOKUP},
	{"walk_component", LOOKUP},
	{"inode_follow_link", LOOKUP},
	{"kmalloc", MEMORY},
	{"__kmalloc", MEMORY},
	{"kfree", MEMORY},
	{"kmem_cache_alloc", MEMORY},
	{"kmem_cache_free", MEMORY},
	{"mm_page_alloc", MEMORY},
	{"mm_page_free", MEMORY},
	{"handle_mm_fault", PAGE},
	{"page_fault_user", PAGE},
	{"page_fault_kernel", PAGE},
	{"irq_handler_entry", INTERRUPT},
	{"irq_handler_exit", INTERRUPT},
	{"softirq_entry", INTERRUPT},
	{"softirq_exit", INTERRUPT},
	{"softirq_raise", INTERRUPT},
	{"hrtimer_start", INTERRUPT},
	{"hrtimer_expire_entry", INTERRUPT},
	{"timer_start", INTERRUPT},
	{"net_dev_queue", PACKET},
	{"net_dev_xmit", PACKET},
	{"net_dev_start_xmit", PACKET},
	{"netif_receive_skb", PACKET},
	{"__netif_receive_skb_core", PACKET},
	{"ip_rcv", PACKET},
	{"ip_output", PACKET},
	{"tcp_v4_rcv", PACKET},
	{"tcp_rcv_established", PACKET},
	{"consume_skb", PACKET},
	{"kfree_skb", PACKET},
	{"socket_sendmsg", PACKET},
	{"socket_recvmsg", PACKET},
	{"security_socket_sendmsg", PACKET},
	{"security_socket_recvmsg", PACKET},
	{"tcp_sendmsg", PACKET},
	{"tcp_recvmsg", PACKET},
	{"sys_futex", LOCK},
	{"do_futex", LOCK},
	{"sys_epoll_wait", POLL},
	{"sys_epoll_pwait", POLL},
	{"sys_poll", POLL},
	{"sys_ppoll", POLL},
	{"sys_select", POLL},
	{"sys_clock_gettime", TIME},
};

static const char *plain(const char *name)
{
	const char *slash = strrchr(name, '/'), *call = strstr(name, "_sys_");

	if (slash)
		name = slash + 1;
	/* __x64_sys_read; not do_sys_openat2 */
	return name[0] == '_' && name[1] == '_' && call ? call + 1 : name;
}

const char *hot_place(const struct hook_place *place, const char *told)
{
	/* Whatever the call is that is looked for, all calls come by. */
	const char *name = plain(place->kind == HOOK_POINT_TYPED_TRACEPOINT ? place->name
				 : told                                     ? told
									    : "");

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(places[i].name, name))
			return places[i].when;
	return NULL;
}
