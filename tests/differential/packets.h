/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_PACKETS_H
#define OCELLI_TESTS_DIFFERENTIAL_PACKETS_H

#include "abi/record.h"
#include "types.h"

/*
 * Packets of IPv4, IPv6 and of nothing, whole and cut, which go over the loopback
 * to nobody who understands them.
 */

/* In a network of its own: network.h. */
void packets_setup(void);

/* One that waits to be received: the path leads to it from who will, a struct sock … */
extern const struct type skb_by_path;
/* … and one that is sent, by its number. */
extern const struct type skb_of_call;

/* Has each be sent to somebody who never receives it; @look says which struct sock that descriptor
 * of this process is (TASK_FD, in sockets.h). */
int packets_find(int (*look)(void *data, uint64_t *ret_sock), void *data);

void packet_send(uint64_t number);

/* Whether the first value of the record is such a packet: others are sent by whom this process is
 * interrupted for. */
bool packet_is_ours(const struct record_hook *record);

#endif
