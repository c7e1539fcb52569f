/* What the programs around somebody's hash table share: keys, the stream of lookups, the clock and the dialogue.
 *
 * A program fills its table with N flows, prints "ready …", then for each line "round" looks up a fixed number of keys of
 * the stream, in vectors of 256 that are copied into a batch first, updates the state of each flow it finds, and prints
 * the thread's CPU time in nanoseconds a key. It ends with its standard input. Before it is ready it tries each of its
 * schedules on the filled table and stays with the cheapest; GVPP_PEER_VERBOSE=1 shows what each took.
 *
 * The keys are those of dataplane/flow's benchmarks, the streams as long as theirs, the entry is as large as a flow's line.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { VECTOR = 256, ROUND = 1 << 21, TRIAL = 1 << 19, TRIALS = 3 };

/* key4 is the layout of flow.Key4: both endpoints, the lower one first, in host order. */
struct key4 {
	uint32_t addr[2];
	uint16_t port[2];
	uint16_t zone;
	uint8_t proto, kind;
};

/* entry is a flow's state: a cache line, as the table's own line is. */
struct entry {
	uint64_t key[2];
	uint32_t last_seen, word;
	uint64_t verdict;
	uint64_t packets[2], bytes[2];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct key4) == 16, "a key is two words");
_Static_assert(sizeof(struct entry) == 64, "an entry is a cache line");

/* What a program provides. fill adds make_key(0) to make_key(flows-1). lookup finds 256 keys by a schedule, updates what
 * it finds at the given time, and returns how many it found. bytes is what the schedule's table takes, without entries. A
 * function that fails prints why and exits. */
static void table_open(uint32_t flows);
static void table_fill(uint32_t flows);
static uint32_t table_lookup(int schedule, const struct key4 *keys, uint32_t now);
static uint64_t table_bytes(int schedule);
static const char *const schedules[];
static const int schedule_count;

static void die(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static void touch(struct entry *e, uint32_t now)
{
	e->last_seen = now;
	e->packets[0]++;
	e->bytes[0] += 64;
}

static struct key4 make_key(uint32_t n)
{
	struct key4 k = { { 0x0a000000 + n, 0xc0a80001 }, { (uint16_t)(n >> 3), 443 }, 0, 6, 0 };
	return k;
}

/* lines of memory for entries or keys, on a huge page's boundary. */
static void *lines(size_t bytes)
{
	const size_t huge = 2 << 20;
	void *p = aligned_alloc(huge, (bytes + huge - 1) & ~(huge - 1));
	if (!p)
		die("out of memory");
	madvise(p, bytes, MADV_HUGEPAGE);
	memset(p, 0, bytes);
	return p;
}

/* random64 is splitmix64. */
static uint64_t random64(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static struct {
	struct key4 *keys;
	uint32_t *misses; /* before each vector, since the start of the stream */
	uint32_t length, at;
} stream;

/* make_stream draws uniformly from the flows, or, in miss of 100 cases, from keys that are in no table. */
static void make_stream(uint32_t flows, uint32_t miss)
{
	uint64_t seed = 3;
	uint32_t n = flows > 1 << 20 ? flows : 1 << 20, misses = 0;
	n &= ~(uint32_t)(VECTOR - 1);
	stream.keys = lines((size_t)n * sizeof *stream.keys);
	stream.misses = lines(((size_t)n / VECTOR + 1) * sizeof *stream.misses);
	stream.length = n;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t r = random64(&seed);
		uint32_t k = (uint32_t)(((r >> 32) * flows) >> 32);
		if ((uint32_t)r % 100 < miss) {
			k += flows;
			misses++;
		}
		stream.keys[i] = make_key(k);
		if ((i + 1) % VECTOR == 0)
			stream.misses[(i + 1) / VECTOR] = misses;
	}
}

static double thread_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* lookups looks up n keys and returns the nanoseconds a key. Wrong answers end the program. */
static double lookups(int schedule, uint32_t n)
{
	static struct key4 batch[VECTOR] __attribute__((aligned(64)));
	uint64_t found = 0, want = 0;
	double start = thread_ns(), took;
	for (uint32_t done = 0; done < n; done += VECTOR) {
		memcpy(batch, stream.keys + stream.at, sizeof batch);
		uint32_t v = stream.at / VECTOR;
		want += VECTOR - (stream.misses[v + 1] - stream.misses[v]);
		if ((stream.at += VECTOR) == stream.length)
			stream.at = 0;
		found += table_lookup(schedule, batch, done);
	}
	took = thread_ns() - start;
	if (found != want) {
		fprintf(stderr, "schedule %s found %lu keys of %lu\n", schedules[schedule], found, want);
		exit(1);
	}
	return took / n;
}

static int best_schedule(void)
{
	double cost[64];
	int best = 0;
	for (int s = 0; s < schedule_count; s++)
		cost[s] = 1e9;
	for (int t = 0; t < TRIALS; t++)
		for (int s = 0; s < schedule_count; s++) {
			double c = lookups(s, TRIAL);
			if (c < cost[s])
				cost[s] = c;
		}
	for (int s = 0; s < schedule_count; s++) {
		if (cost[s] < cost[best])
			best = s;
		if (getenv("GVPP_PEER_VERBOSE"))
			fprintf(stderr, "%-28s %6.1f ns\n", schedules[s], cost[s]);
	}
	return best;
}

/* huge_pages asks the kernel to put everything large into huge pages, whoever mapped it and whatever the system's
 * settings are, and returns the share of it that is there now. */
static double huge_pages(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], perms[8];
	unsigned long from, to, kb, rss = 0, huge = 0;
	const unsigned long page = 2 << 20;
	int large = 0;
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, perms) == 3 && perms[1] == 'w') {
			from = (from + page - 1) & -page;
			to &= -page;
			for (; from < to; from += page) { /* piece by piece: one that was never touched fails */
				madvise((void *)from, page, MADV_HUGEPAGE);
				madvise((void *)from, page, 25 /* MADV_COLLAPSE */);
			}
		}
	if (f)
		fclose(f);
	f = fopen("/proc/self/smaps", "r");
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			large = to - from >= 2 * page;
		else if (large && sscanf(line, "Rss: %lu", &kb) == 1)
			rss += kb;
		else if (large && (sscanf(line, "AnonHugePages: %lu", &kb) == 1 || sscanf(line, "ShmemPmdMapped: %lu", &kb) == 1))
			huge += kb;
	}
	if (f)
		fclose(f);
	return rss ? (double)huge / rss : 0;
}

/* serve is main: arguments are the number of flows and the misses in 100 lookups. */
static int serve(int argc, char **argv)
{
	if (argc != 3)
		die("want: flows misses-in-100");
	uint32_t flows = strtoul(argv[1], 0, 10), miss = strtoul(argv[2], 0, 10);
	char line[64];
	if (flows < 1 || flows > 100000000 || miss > 99)
		die("want 1 to 100000000 flows, 0 to 99 misses in 100");
	table_open(flows);
	table_fill(flows);
	make_stream(flows, miss);
	double huge = huge_pages();
	int best = best_schedule();
	printf("ready %s huge=%.2f bytes=%.1f\n", schedules[best], huge, (double)table_bytes(best) / flows + sizeof(struct entry));
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		if (strcmp(line, "round\n"))
			die("want: round");
		printf("%.3f\n", lookups(best, ROUND));
		fflush(stdout);
	}
	return 0;
}
