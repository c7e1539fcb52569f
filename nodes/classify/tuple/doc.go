// Package tuple finds the first of many wildcard rules that match a packet, for a whole vector of packets at once.
//
// Terms: a match is what a rule asks of a packet; a label is a rule's place in the order, lower first; a line is a rule,
// or a part of one, ready to compare, one cache line; a table is a hash over some bits of the header (its mask); a chain is
// the lines of a table that agree in these bits, in order; a set is all of this for one list of rules of one family, owned by control; a
// view is a state of the set that readers use.
//
//	             ┌ pruning: which tables may hold a rule for ┐         table: slots          lines
//	key ─ AND of │ src/16  src/24  dst/16  dst/24  ports  proto │ ─> bits ─> [tag|line] ─> line ─> line ─> …
//	             └ (one bit a table, up to 64 tables)        ┘
//
// It is TupleMerge (Daly and Torng, 2019) with two changes. A table that cannot hold a rule for a packet is not asked: seven
// small arrays, indexed by parts of the header, hold a bit for each table, and the bits of all of them ANDed are the tables to
// ask. And a vector is looked up in rounds, each of which asks one table for every packet, in stages over arrays, so that
// the cache misses of different packets overlap.
//
// A rule whose ports are ranges that no mask tells apart is several lines where chains would become long: its parts. Of lines with
// equal matches only the first need be in a chain; the others stand aside.
//
// Invariants. Find and FindAll give the matching rule with the least label, exactly. Views are never changed as far as their
// readers can tell: a line carries the serial numbers of the views in which it was born and died, and a view skips lines of
// other times. Changes are therefore made in place, in time that hardly depends on the number of rules, while readers go on. What
// has died is taken out of the chains when no reader uses an older view (Reclaim), and its line is used again one Reclaim
// later, when no reader can still stand on it.
//
// It does not know actions, interfaces or sessions, and it does not wait for readers.
package tuple
