// SPDX-License-Identifier: Apache-2.0
/*
 * uring WAY DIRECTORY: works on files there and on sockets by io_uring alone: what
 * else would be a system call is a request. WAY says who makes it: "direct", this
 * thread; "async", a worker of the kernel's; "sqpoll", the kernel's thread that polls
 * the queue. Says what each request returned.
 *
 * uring WAY open PATH, uring WAY connect PORT, uring WAY send PORT: that alone, by TCP
 * to connect and by UDP to send.
 */
#include "trigger.h"

#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ENTRIES 8
#define SKIPPED 77

static struct {
	int fd;
	unsigned *sq_tail, *sq_flags, *sq_array, *cq_head;
	const unsigned *cq_tail;
	const struct io_uring_cqe *cqes;
	struct io_uring_sqe *sqes;
	unsigned sq_mask, cq_mask;
	bool polled;
	uint8_t flags; /* of each request */
} ring;

static char *map_ring(size_t size, uint64_t what)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd,
			(off_t)what);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

static void set_up(unsigned flags)
{
	struct io_uring_params p = {.flags = flags, .sq_thread_idle = 10000};
	char *sq, *cq;

	ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
	if (ring.fd < 0 && (errno == ENOSYS || errno == EPERM))
		_exit(SKIPPED);
	if (ring.fd < 0)
		die("io_uring_setup");
	sq = map_ring(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	cq = map_ring(p.cq_off.cqes + p.cq_entries * sizeof(*ring.cqes), IORING_OFF_CQ_RING);
	ring.sqes = (void *)map_ring(p.sq_entries * sizeof(*ring.sqes), IORING_OFF_SQES);
	ring.sq_tail = (void *)(sq + p.sq_off.tail);
	ring.sq_flags = (void *)(sq + p.sq_off.flags);
	ring.sq_array = (void *)(sq + p.sq_off.array);
	ring.sq_mask = p.sq_entries - 1;
	ring.cq_head = (void *)(cq + p.cq_off.head);
	ring.cq_tail = (void *)(cq + p.cq_off.tail);
	ring.cqes = (void *)(cq + p.cq_off.cqes);
	ring.cq_mask = p.cq_entries - 1;
	ring.polled = flags & IORING_SETUP_SQPOLL;
}

static void enter(unsigned submit, unsigned wait)
{
	unsigned flags = wait ? IORING_ENTER_GETEVENTS : 0;

	if (ring.polled) {
		submit = 0;
		/* The kernel says that it sleeps before it looks for the last time. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(ring.sq_flags, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP)
			flags |= IORING_ENTER_SQ_WAKEUP;
	}
	while (syscall(SYS_io_uring_enter, ring.fd, submit, wait, flags, NULL, 0) < 0)
		if (errno != EINTR)
			die("io_uring_enter");
}

/* Makes one request and says what it returned. */
static int attempt(const char *name, struct io_uring_sqe sqe)
{
	unsigned tail = *ring.sq_tail, head = *ring.cq_head;
	int result;

	sqe.flags |= ring.flags;
	ring.sqes[tail & ring.sq_mask] = sqe;
	ring.sq_array[tail & ring.sq_mask] = tail & ring.sq_mask;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	enter(1, 1);
	while (__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head)
		enter(0, 1);
	result = ring.cqes[head & ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	say("{\"%s\": %d}\n", name, result);
	return result;
}

/* Which has to be something. */
static int request(const char *name, struct io_uring_sqe sqe)
{
	int result = attempt(name, sqe);

	errno = -result;
	if (result < 0)
		die(name);
	return result;
}

#define REQUEST(name, op, ...) request(name, (struct io_uring_sqe){.opcode = (op), __VA_ARGS__})
#define ADDRESS(what) ((uint64_t)(uintptr_t)(what))

static void work_on_files(const char *directory)
{
	char from[512], to[512], bytes[16] = "through the ring";
	struct statx status;
	int fd;

	snprintf(from, sizeof(from), "%s/from", directory);
	snprintf(to, sizeof(to), "%s/to", directory);
	fd = REQUEST("openat", IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = ADDRESS(from),
		     .open_flags = O_RDWR | O_CREAT, .len = 0600);
	REQUEST("write", IORING_OP_WRITE, .fd = fd, .addr = ADDRESS(bytes), .len = sizeof(bytes));
	REQUEST("read", IORING_OP_READ, .fd = fd, .addr = ADDRESS(bytes), .len = sizeof(bytes));
	REQUEST("statx", IORING_OP_STATX, .fd = AT_FDCWD, .addr = ADDRESS(from),
		.len = STATX_BASIC_STATS, .off = ADDRESS(&status));
	REQUEST("renameat", IORING_OP_RENAMEAT, .fd = AT_FDCWD, .addr = ADDRESS(from),
		.len = (uint32_t)AT_FDCWD, .off = ADDRESS(to));
	REQUEST("unlinkat", IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = ADDRESS(to));
	REQUEST("close", IORING_OP_CLOSE, .fd = fd);
}

/* Two ends in this one process; binding and listening are system calls before 6.11. */
static void work_on_sockets(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client, server;
	char bytes[8] = "in TCP.";

	if (listening < 0 || bind(listening, (struct sockaddr *)&at, len) < 0 ||
	    listen(listening, 1) < 0 || getsockname(listening, (struct sockaddr *)&at, &len) < 0)
		die("listen");
	say("{\"port\": %d}\n", ntohs(at.sin_port));
	client = REQUEST("socket", IORING_OP_SOCKET, .fd = AF_INET, .off = SOCK_STREAM);
	REQUEST("connect", IORING_OP_CONNECT, .fd = client, .addr = ADDRESS(&at), .off = len);
	server = REQUEST("accept", IORING_OP_ACCEPT, .fd = listening);
	REQUEST("send", IORING_OP_SEND, .fd = client, .addr = ADDRESS(bytes), .len = sizeof(bytes));
	REQUEST("recv", IORING_OP_RECV, .fd = server, .addr = ADDRESS(bytes), .len = sizeof(bytes));
}

static void only_open(const char *path)
{
	attempt("open", (struct io_uring_sqe){
				.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = ADDRESS(path)});
}

static struct sockaddr_in at_port(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)atoi(port)),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void only_connect(const char *port)
{
	struct sockaddr_in at = at_port(port);

	attempt("connect", (struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
						 .fd = socket(AF_INET, SOCK_STREAM, 0),
						 .addr = ADDRESS(&at),
						 .off = sizeof(at)});
}

static void only_send(const char *port)
{
	struct sockaddr_in at = at_port(port);
	char byte = 'x';
	struct iovec bytes = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_name = &at, .msg_namelen = sizeof(at), .msg_iov = &bytes, .msg_iovlen = 1};

	attempt("send", (struct io_uring_sqe){.opcode = IORING_OP_SENDMSG,
					      .fd = socket(AF_INET, SOCK_DGRAM, 0),
					      .addr = ADDRESS(&message),
					      .len = 1});
}

static const struct {
	const char *name;
	void (*run)(const char *of);
} only[] = {
	{"open", only_open},
	{"connect", only_connect},
	{"send", only_send},
};

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4) {
		errno = EINVAL;
		die("uring WAY DIRECTORY");
	}
	set_up(!strcmp(argv[1], "sqpoll") ? IORING_SETUP_SQPOLL : 0);
	ring.flags = !strcmp(argv[1], "async") ? IOSQE_ASYNC : 0;
	for (size_t i = 0; argc == 4 && i < ARRAY_SIZE(only); i++)
		if (!strcmp(only[i].name, argv[2]))
			only[i].run(argv[3]);
	if (argc == 4)
		return 0;
	say("{\"pid\": %d}\n", getpid());
	work_on_files(argv[2]);
	work_on_sockets();
	return 0;
}
