/* A plain AF_XDP forwarder: what comes in by one device leaves by the other, both ways, and nothing else is done. It uses
 * the kernel's interface only, copy mode, one UMEM for both sockets, rings as large as gvpp's, and one kick for all that a
 * pass has queued.
 *
 * Arguments: two devices, the core for the thread that forwards (-1: any), packets a pass takes from a port at most. It
 * prints "ready", and for each line "count" the packets that have left by the second device and the nanoseconds of CPU that
 * the thread has used. It ends with its standard input; the XDP programs go with it. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif
#ifndef SOL_XDP
#define SOL_XDP 283
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

enum {
	FRAMES = 16384, FRAME = 2048, ENTRIES = 2048, BUDGET = 256, /* packets of one kick */
	REFILL = 32, /* frames that must be missing before the fill ring is touched */
	SPIN = 16,   /* empty passes before a sleep */
	KICKS = 64,  /* of one pass, at most */
};

struct ring {
	uint32_t *producer, *consumer, *flags, mine, theirs;
	void *entries;
};

struct port {
	int fd;
	struct ring rx, tx, fill, comp;
	uint32_t supplied; /* frames in the fill ring, the kernel's receive side and the RX ring */
	uint64_t sent;     /* the thread's; read by main */
};

static struct port ports[2];
static uint64_t spare[FRAMES]; /* last in, first out: few frames are in use, and those are in the cache */
static uint32_t spares;
static uint32_t batch;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t load(uint32_t *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }
static void store(uint32_t *p, uint32_t v) { __atomic_store_n(p, v, __ATOMIC_RELEASE); }

/* ready is how many entries of a ring that we consume wait, at most want. */
static uint32_t ready(struct ring *r, uint32_t want)
{
	if (r->theirs - r->mine < want)
		r->theirs = load(r->producer);
	return r->theirs - r->mine < want ? r->theirs - r->mine : want;
}

/* room is how many entries a ring that we produce can take, at most want. theirs is the consumer. */
static uint32_t room(struct ring *r, uint32_t want)
{
	if (ENTRIES - (r->mine - r->theirs) < want)
		r->theirs = load(r->consumer);
	uint32_t n = ENTRIES - (r->mine - r->theirs);
	return n < want ? n : want;
}

/* move queues what in has received at out. */
static uint32_t move(struct port *in, struct port *out)
{
	uint32_t n = ready(&in->rx, batch), fits = room(&out->tx, n);
	struct xdp_desc *from = in->rx.entries, *to = out->tx.entries;
	for (uint32_t i = 0; i < n; i++) {
		struct xdp_desc *d = &from[in->rx.mine++ & (ENTRIES - 1)];
		if (i < fits)
			to[out->tx.mine++ & (ENTRIES - 1)] = (struct xdp_desc){ d->addr, d->len, 0 };
		else
			spare[spares++] = d->addr & ~(uint64_t)(FRAME - 1);
	}
	if (n) {
		store(in->rx.consumer, in->rx.mine);
		in->supplied -= n;
	}
	return n;
}

static void reap(struct port *p)
{
	uint64_t *addrs = p->comp.entries;
	uint32_t n = ready(&p->comp, ENTRIES);
	for (uint32_t i = 0; i < n; i++)
		spare[spares++] = addrs[p->comp.mine++ & (ENTRIES - 1)] & ~(uint64_t)(FRAME - 1);
	if (n) {
		store(p->comp.consumer, p->comp.mine);
		__atomic_store_n(&p->sent, p->sent + n, __ATOMIC_RELAXED);
	}
}

static void supply(struct port *p)
{
	uint32_t want = ENTRIES - p->supplied, n;
	uint64_t *addrs = p->fill.entries;
	if (want < REFILL)
		return;
	n = room(&p->fill, want < spares ? want : spares);
	for (uint32_t i = 0; i < n; i++)
		addrs[p->fill.mine++ & (ENTRIES - 1)] = spare[--spares];
	store(p->fill.producer, p->fill.mine);
	p->supplied += n;
}

/* flush makes what was queued leave and supplies the receive side. */
static void flush(struct port *p)
{
	if (p->tx.mine != *p->tx.producer)
		store(p->tx.producer, p->tx.mine);
	for (int k = 0; k < KICKS && load(p->tx.consumer) != p->tx.mine; k++) {
		if (load(p->tx.flags) & XDP_RING_NEED_WAKEUP &&
		    sendto(p->fd, 0, 0, MSG_DONTWAIT, 0, 0) < 0 && errno != EAGAIN && errno != EBUSY && errno != ENOBUFS)
			break;
		reap(p);
	}
	reap(p);
	supply(p);
	if (load(p->fill.flags) & XDP_RING_NEED_WAKEUP)
		recvfrom(p->fd, 0, 0, MSG_DONTWAIT, 0, 0);
}

static void *forward(void *none)
{
	struct pollfd wait[2] = { { ports[0].fd, POLLIN, 0 }, { ports[1].fd, POLLIN, 0 } };
	for (int idle = 0;;) {
		uint32_t n = move(&ports[0], &ports[1]) + move(&ports[1], &ports[0]);
		flush(&ports[0]);
		flush(&ports[1]);
		if (n)
			idle = 0;
		else if (++idle > SPIN)
			poll(wait, 2, 500);
	}
	return none;
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr) { return syscall(SYS_bpf, cmd, attr, sizeof *attr); }

/* attach makes the device's packets of queue 0 the socket's; the others stay the kernel's. */
static void attach(int ifindex, int fd)
{
	uint32_t key = 0, value = fd;
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int sockets = bpf(BPF_MAP_CREATE, &map);
	if (sockets < 0)
		die("creating the socket map");
	union bpf_attr put = { .map_fd = sockets, .key = (uintptr_t)&key, .value = (uintptr_t)&value };
	if (bpf(BPF_MAP_UPDATE_ELEM, &put))
		die("entering the socket");
	struct bpf_insn code[] = {
		{ BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct xdp_md, rx_queue_index), 0 }, /* r2 = queue */
		{ BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, sockets },                 /* r1 = map */
		{ 0, 0, 0, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, XDP_PASS },                              /* r3 = verdict without a socket */
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_redirect_map },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	static char complaint[4096];
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP, .insns = (uintptr_t)code, .insn_cnt = sizeof code / sizeof *code,
		.license = (uintptr_t)"GPL", .log_buf = (uintptr_t)complaint, .log_size = sizeof complaint, .log_level = 1,
	};
	int prog = bpf(BPF_PROG_LOAD, &load);
	if (prog < 0)
		die("loading the XDP program");
	union bpf_attr link = { .link_create = {
		.prog_fd = prog, .target_ifindex = ifindex, .attach_type = BPF_XDP, .flags = XDP_FLAGS_DRV_MODE,
	} };
	if (bpf(BPF_LINK_CREATE, &link) < 0)
		die("attaching the XDP program");
}

static void map_ring(struct ring *r, int fd, uint64_t at, struct xdp_ring_offset *o, size_t entry)
{
	char *m = mmap(0, o->desc + ENTRIES * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, at);
	if (m == MAP_FAILED)
		die("mapping a ring");
	*r = (struct ring){ (void *)(m + o->producer), (void *)(m + o->consumer), (void *)(m + o->flags), 0, 0, m + o->desc };
}

/* open_port binds a socket to queue 0 of a device. The first port registers the memory, the other shares it. */
static void open_port(struct port *p, const char *device, void *memory)
{
	static const int rings[] = { XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING };
	int entries = ENTRIES, budget = BUDGET, ifindex = if_nametoindex(device);
	struct xdp_mmap_offsets o;
	socklen_t size = sizeof o;
	if (!ifindex)
		die(device);
	p->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		die("AF_XDP socket");
	struct xdp_umem_reg reg = { .addr = (uintptr_t)memory, .len = (uint64_t)FRAMES * FRAME, .chunk_size = FRAME };
	if (p == ports && setsockopt(p->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof reg))
		die("registering memory");
	for (int i = 0; i < 4; i++)
		if (setsockopt(p->fd, SOL_XDP, rings[i], &entries, sizeof entries))
			die("making a ring");
	struct sockaddr_xdp a = { .sxdp_family = AF_XDP, .sxdp_ifindex = ifindex, .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP };
	if (p != ports)
		a.sxdp_flags = XDP_SHARED_UMEM, a.sxdp_shared_umem_fd = ports[0].fd;
	if (bind(p->fd, (struct sockaddr *)&a, sizeof a))
		die("binding");
	setsockopt(p->fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget); /* since 6.17; without it more kicks */
	if (getsockopt(p->fd, SOL_XDP, XDP_MMAP_OFFSETS, &o, &size))
		die("ring offsets");
	map_ring(&p->rx, p->fd, XDP_PGOFF_RX_RING, &o.rx, sizeof(struct xdp_desc));
	map_ring(&p->tx, p->fd, XDP_PGOFF_TX_RING, &o.tx, sizeof(struct xdp_desc));
	map_ring(&p->fill, p->fd, XDP_UMEM_PGOFF_FILL_RING, &o.fr, sizeof(uint64_t));
	map_ring(&p->comp, p->fd, XDP_UMEM_PGOFF_COMPLETION_RING, &o.cr, sizeof(uint64_t));
	supply(p);
	attach(ifindex, p->fd);
}

static pthread_t start(int core)
{
	pthread_t t;
	pthread_attr_t attr;
	cpu_set_t set;
	pthread_attr_init(&attr);
	if (core >= 0) {
		CPU_ZERO(&set);
		CPU_SET(core, &set);
		pthread_attr_setaffinity_np(&attr, sizeof set, &set);
	}
	errno = pthread_create(&t, &attr, forward, 0);
	if (errno)
		die("starting the thread");
	return t;
}

int main(int argc, char **argv)
{
	char line[64];
	clockid_t clock;
	struct timespec used;
	if (argc != 5 || (batch = atoi(argv[4])) < 1 || batch > ENTRIES) {
		fprintf(stderr, "want: device device core batch\n");
		return 2;
	}
	void *memory = mmap(0, (size_t)FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("packet memory");
	madvise(memory, (size_t)FRAMES * FRAME, MADV_HUGEPAGE);
	memset(memory, 0, (size_t)FRAMES * FRAME);
	for (spares = 0; spares < FRAMES; spares++)
		spare[spares] = (uint64_t)(FRAMES - 1 - spares) * FRAME;
	open_port(&ports[0], argv[1], memory);
	open_port(&ports[1], argv[2], memory);
	pthread_t worker = start(atoi(argv[3]));
	pthread_getcpuclockid(worker, &clock);
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		clock_gettime(clock, &used);
		printf("%llu %lld\n", (unsigned long long)__atomic_load_n(&ports[1].sent, __ATOMIC_RELAXED),
		       (long long)used.tv_sec * 1000000000 + used.tv_nsec);
		fflush(stdout);
	}
	_exit(0);
}
