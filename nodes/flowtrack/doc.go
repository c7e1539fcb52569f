// Package flowtrack keeps the sessions of the packets that pass: who talks to whom, in which state, how much; and says of each
// packet what it is to them. It agrees with Linux's nf_conntrack, packet by packet: docs/conntrack.md.
//
// Terms: a flow is one direction of a connection; a session is both, one entry of the table, keyed by zone and normalized
// 5-tuple (ICMP queries: by identifier, type and code); the original direction is that of the packet that began the session;
// the class of a packet is new, established, related, invalid or untracked (buffer.Track); the detail is the protocol's own
// state, as nf_conntrack names it, and the state is that in four words, NEW, ESTABLISHED, FIN_WAIT and CLOSED; the word is
// all of that and the timer that runs, in 32 bits; the annex is a second cache line, for TCP's windows and SCTP's tags.
//
//	virtual-reassembly ─> flow-lookup ─────────> pkt-classify ─> flow-track
//	 fragments wait        whole vector at once    sees classes    packets that passed and have
//	 (nodes/reassembly)    hit: follow, count                      no session begin one: Admit
//	                       miss: new, or invalid
//	                          │  ^ flow-again: those behind the first packet of a session to be
//	                          ▼
//	                       table (dataplane/flow) <── sweep, in the control goroutine: expired sessions
//
// A session moves when its packet is looked up, whatever rules say of the packet later; it begins when its first packet has
// passed them. What moves it is in packages tcp and sctp; for other protocols only an answer does. ICMP errors belong to the
// session of the packet that they quote. A helper (package ftp) reads along and announces sessions that will follow.
//
//	lookup.go    keys of a vector, the lookup, misses          follow*.go, quick.go  what a packet does to its session
//	admit.go     new sessions, early drop                      limit*.go, rate.go    how many there may be
//	zone*.go     which zone a packet is in                     expect*.go, helper*.go sessions that are announced
//	sweep.go     the timeout pass                              over.go               each end of a session, once
//	show, filter, events, monitor, save, restore: the operator's
//	page.go, api*.go: the binary API's, whose messages are in package flowtrackapi
//
// Invariants: a session's index stays its own until every worker has passed a quiescent point after its removal; an expired
// session is never seen by a packet, swept or not; a full table gives up sessions that nobody has answered, that are closing or
// not yet assured, never an assured one; a packet is counted by at most one session, and is never
// both counted and invalid.
// Workers do not wait for each other: where two meet at a connection for longer than some microseconds, one lets its packet
// pass unjudged and counts it (contended).
//
// Seen from outside: Filter means sessions, and Each, ClearMatching and Events take them by it; all read the table beside the workers, a
// session being believed if its index was the same one's before and after. Events are written by workers into rings of their own, one
// writer and one reader each, and only while somebody watches: a watcher looks a hundred times a second, empties the rings into
// all watchers' queues, and gives what was numbered before its last look, in the order of the numbers. A number is taken before a
// session can be found and after it cannot be any more, so no change comes before the begin or behind the end. Nobody waits for
// a watcher: what does not fit is lost, counted and told.
//
// A restart: Save writes the sessions to a file (saved.go) beside the workers, at the end behind them, and restore takes them up before
// the first packet, older by what the clock on the wall says. The file has neither TCP's windows, which nobody has watched
// meanwhile and which are learnt again from whatever comes, nor what helpers still wait for, nor what counts for limits. Verdicts are
// classify's to translate (SetVerdicts): a restored one names no rule, so the first packet has today's rules examined.
//
// The package changes no packet: there is no NAT, and no sequence number is adjusted.
package flowtrack
