/* DPDK's cuckoo hash, looked up in bulk. The positions it returns index the entries, so that nothing is read for them. */
#include "table.h"

#include <errno.h>
#include <sched.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

static struct rte_hash *table;
static struct entry *entries;
static uint64_t heap_before;

/* A schedule is how many keys a call gets, and when entries are updated. */
enum when { AT_ONCE, PREFETCHED, A_GROUP_LATER, ALL_AT_LAST };
static const char *const schedules[] = {
	"bulk=32 update=at-once", "bulk=32 update=prefetched", "bulk=32 update=a-group-later", "bulk=32 update=last",
	"bulk=64 update=at-once", "bulk=64 update=prefetched", "bulk=64 update=a-group-later", "bulk=64 update=last",
};
static const int schedule_count = 8;

/* DPDK without a hugetlbfs puts its memory into a memfd at an offset that no huge page can map. Refused one, it takes
 * anonymous memory, which huge_pages can turn into huge pages. */
int memfd_create(const char *name, unsigned flags)
{
	(void)name, (void)flags;
	errno = ENOSYS;
	return -1;
}

static void start_dpdk(uint32_t flows)
{
	char mb[16];
	snprintf(mb, sizeof mb, "%u", 128 + (unsigned)((uint64_t)flows * 160 >> 20));
	char *args[] = { "rtehash", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "--log-level=error", "-l", "0", "-m", mb };
	cpu_set_t before; /* EAL pins the thread: undone, the caller has chosen where it runs */
	sched_getaffinity(0, sizeof before, &before);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &before)) {
			static char core[16];
			snprintf(core, sizeof core, "%d", cpu);
			args[7] = core;
			break;
		}
	if (rte_eal_init(sizeof args / sizeof *args, args) < 0)
		die(rte_strerror(rte_errno));
	sched_setaffinity(0, sizeof before, &before);
}

/* make_table leaves the cuckoo an eighth of room: a table asked for exactly as many keys as it is to hold may refuse some. */
static void table_open(uint32_t flows)
{
	start_dpdk(flows);
	struct rte_hash_parameters p = {
		.name = "flows", .entries = flows + flows / 8 + 64, .key_len = sizeof(struct key4), .hash_func = rte_hash_crc, .socket_id = 0,
	};
	heap_before = table_bytes(0);
	table = rte_hash_create(&p);
	if (!table)
		die(rte_strerror(rte_errno));
	entries = lines(((size_t)rte_hash_max_key_id(table) + 1) * sizeof *entries);
}

static void table_fill(uint32_t flows)
{
	for (uint32_t i = 0; i < flows; i++) {
		struct key4 k = make_key(i);
		int32_t at = rte_hash_add_key(table, &k);
		if (at < 0)
			die("rte_hash is full");
		memcpy(entries[at].key, &k, sizeof k);
	}
}

static uint64_t table_bytes(int schedule)
{
	struct rte_malloc_socket_stats s;
	(void)schedule;
	return rte_malloc_get_socket_stats(0, &s) ? 0 : s.heap_allocsz_bytes - heap_before;
}

static inline uint32_t update(const int32_t *at, uint32_t n, uint32_t now)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < n; i++)
		if (at[i] >= 0) {
			touch(&entries[at[i]], now);
			found++;
		}
	return found;
}

static inline void prefetch(const int32_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (at[i] >= 0)
			rte_prefetch0(&entries[at[i]]);
}

static inline uint32_t scheduled(uint32_t bulk, enum when when, const struct key4 *keys, uint32_t now)
{
	const void *ask[RTE_HASH_LOOKUP_BULK_MAX];
	int32_t at[VECTOR];
	uint32_t found = 0;
	for (uint32_t i = 0; i < VECTOR; i += bulk) {
		for (uint32_t k = 0; k < bulk; k++)
			ask[k] = &keys[i + k];
		rte_hash_lookup_bulk(table, ask, bulk, at + i);
		if (when != AT_ONCE)
			prefetch(at + i, bulk);
		if (when == AT_ONCE || when == PREFETCHED)
			found += update(at + i, bulk, now);
		else if (when == A_GROUP_LATER && i > 0)
			found += update(at + i - bulk, bulk, now);
	}
	if (when == A_GROUP_LATER)
		found += update(at + VECTOR - bulk, bulk, now);
	else if (when == ALL_AT_LAST)
		found += update(at, VECTOR, now);
	return found;
}

static uint32_t table_lookup(int schedule, const struct key4 *keys, uint32_t now)
{
	return scheduled(schedule < 4 ? 32 : 64, schedule % 4, keys, now);
}

int main(int argc, char **argv) { return serve(argc, argv); }
