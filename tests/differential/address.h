/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_ADDRESS_H
#define OCELLI_TESTS_DIFFERENTIAL_ADDRESS_H

#include "types.h"

#include <sys/socket.h>

/* That values have, and policies ask for. */
#define N_ADDRESSES 12
extern const char *const addresses[N_ADDRESSES];

uint16_t random_port(void);

/* One of them, AF_INET or AF_INET6. Returns its size. */
socklen_t random_address(int family, struct sockaddr_storage *to);

/* Family, address and port of IP; what is none has only the first. */
struct value_address value_of_address(const struct sockaddr_storage *from);

/* Of sockets and packets. */
void append_socket_match(const struct type *type, struct str *out);

/* Of "sockaddr" and "sockaddr_un" */
uint64_t address_value(const struct type *type, size_t i, uint64_t *size, struct told *told);
void append_address_match(const struct type *type, struct str *out);
uint64_t local_address_value(const struct type *type, size_t i, uint64_t *size, struct told *told);
void append_local_address_match(const struct type *type, struct str *out);

#endif
