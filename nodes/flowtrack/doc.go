// Package flowtrack keeps the sessions of the packets that pass: who talks to whom, in which state, how much.
//
// Terms: a flow is one direction of a connection; a session is both, one entry of the table, keyed by the normalized
// 5-tuple (ICMP queries: by their identifier); the original direction is that of the packet that began the session; a
// state is NEW, ESTABLISHED, FIN_WAIT or CLOSED; the word is the session's state and flags in 32 bits, changed by
// compare-and-swap.
//
//	flow-lookup ──> pkt-classify ──> flow-track          nodes, on the arcs of interfaces that have rules
//	 whole vector    may call Admit    hit: count, state
//	 at once                           miss: begin a session (slow path)
//	                       table (dataplane/flow) <── sweep, in the control goroutine: expired sessions
//
//	         SYN         SYN+ACK, ACK             FIN                  FIN, ACK; RST in any state
//	 (none) ────> NEW ─────────────> ESTABLISHED ────> FIN_WAIT ──────────────────────> CLOSED     TCP
//	 (none) ────> NEW ─────────────> ESTABLISHED                                                   others
//	        first      first reply                              TCP picked up by an ACK begins ESTABLISHED, by a FIN FIN_WAIT
//
// Invariants: a session's index stays its own until every worker has passed a quiescent point after its removal; an
// expired session is never seen by a packet, swept or not; a full table gives up sessions that are closed, closing, half
// open, or heard from one side only, never an established one. Sequence numbers, fragments' ports and ICMP errors are
// not looked at: later fragments and ICMP errors have no session.
package flowtrack
