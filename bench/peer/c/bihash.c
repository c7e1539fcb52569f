/* VPP's bihash, as its nodes would use it at their best: hash a group of keys and touch their buckets, touch the pages
 * of key-value pairs that these name, search, touch the entries, update. KEY_WORDS is 3 for bihash_24_8 and 2 for bihash_16_8.
 *
 * How many buckets are best depends on the number of flows, so there are two tables of the same flows: one with at least
 * a bucket for each, and one with at least a bucket for four. */
#include "table.h"

#include <vppinfra/mem.h>
#if KEY_WORDS == 3
#include <vppinfra/bihash_24_8.h>
#elif KEY_WORDS == 2
#include <vppinfra/bihash_16_8.h>
#else
#error KEY_WORDS is 2 or 3
#endif
#include <vppinfra/bihash_template.c>

typedef BVT(clib_bihash) bihash;
typedef BVT(clib_bihash_kv) pair;

enum { TABLES = 2 };

static bihash tables[TABLES];
static uint64_t bytes[TABLES];
static struct entry *entries;

/* A schedule is a table, the size of a group, and whether pages are touched before the search. bihash_16_8 has the first
 * page of a bucket beside it. */
static const char *const schedules[] = {
	"flows-a-bucket=1 group=16", "flows-a-bucket=1 group=32", "flows-a-bucket=1 group=64", "flows-a-bucket=1 group=128",
	"flows-a-bucket=1 group=16 pages", "flows-a-bucket=1 group=32 pages", "flows-a-bucket=1 group=64 pages", "flows-a-bucket=1 group=128 pages",
	"flows-a-bucket=4 group=16", "flows-a-bucket=4 group=32", "flows-a-bucket=4 group=64", "flows-a-bucket=4 group=128",
	"flows-a-bucket=4 group=16 pages", "flows-a-bucket=4 group=32 pages", "flows-a-bucket=4 group=64 pages", "flows-a-bucket=4 group=128 pages",
};
static const int schedule_count = 16;

static uint64_t heap_used(void)
{
	clib_mem_usage_t u;
	clib_mem_get_heap_usage(clib_mem_get_heap(), &u);
	return u.bytes_used;
}

static void table_open(uint32_t flows)
{
	static const uint32_t most[TABLES] = { 1, 4 };
	if (!clib_mem_init(0, ((uword)256 << 20) + (uword)flows * 1024))
		die("vppinfra has no memory");
	for (int t = 0; t < TABLES; t++) {
		uint64_t before = heap_used();
		uint32_t buckets = 1;
		while ((uint64_t)buckets * most[t] < flows)
			buckets *= 2;
		BV(clib_bihash_init)(&tables[t], "flows", buckets, 0);
		bytes[t] = heap_used() - before;
	}
	entries = lines((size_t)flows * sizeof *entries);
}

static inline void as_pair(pair *p, const struct key4 *k)
{
	memcpy(p->key, k, sizeof *k);
#if KEY_WORDS == 3
	p->key[2] = 0;
#endif
}

/* table_fill fills one table after the other, so that the pages of each lie together. */
static void table_fill(uint32_t flows)
{
	for (int t = 0; t < TABLES; t++) {
		uint64_t before = heap_used();
		for (uint32_t i = 0; i < flows; i++) {
			struct key4 k = make_key(i);
			pair p;
			as_pair(&p, &k);
			p.value = i;
			if (BV(clib_bihash_add_del)(&tables[t], &p, 1))
				die("bihash refuses a key");
			memcpy(entries[i].key, &k, sizeof k);
		}
		bytes[t] += heap_used() - before;
	}
}

static uint64_t table_bytes(int schedule) { return bytes[schedule / 8]; }

static inline uint32_t scheduled(bihash *table, uint32_t group, int pages, const struct key4 *keys, uint32_t now)
{
	pair p[VECTOR], got;
	uint64_t hash[VECTOR];
	uint32_t at[VECTOR], found = 0;
	for (uint32_t g = 0; g < VECTOR; g += group) {
		uint32_t n = 0;
		for (uint32_t i = 0; i < group; i++) {
			as_pair(&p[i], &keys[g + i]);
			hash[i] = BV(clib_bihash_hash)(&p[i]);
			BV(clib_bihash_prefetch_bucket)(table, hash[i]);
		}
		for (uint32_t i = 0; pages && i < group; i++)
			BV(clib_bihash_prefetch_data)(table, hash[i]);
		for (uint32_t i = 0; i < group; i++)
			if (!BV(clib_bihash_search_inline_2_with_hash)(table, hash[i], &p[i], &got)) {
				at[n] = got.value;
				__builtin_prefetch(&entries[at[n++]], 1, 3);
			}
		for (uint32_t i = 0; i < n; i++)
			touch(&entries[at[i]], now);
		found += n;
	}
	return found;
}

static uint32_t table_lookup(int schedule, const struct key4 *keys, uint32_t now)
{
	bihash *table = &tables[schedule / 8];
	switch (schedule % 8) { /* constants, so that the loops are compiled for each */
	case 0: return scheduled(table, 16, 0, keys, now);
	case 1: return scheduled(table, 32, 0, keys, now);
	case 2: return scheduled(table, 64, 0, keys, now);
	case 3: return scheduled(table, 128, 0, keys, now);
	case 4: return scheduled(table, 16, 1, keys, now);
	case 5: return scheduled(table, 32, 1, keys, now);
	case 6: return scheduled(table, 64, 1, keys, now);
	default: return scheduled(table, 128, 1, keys, now);
	}
}

int main(int argc, char **argv) { return serve(argc, argv); }
