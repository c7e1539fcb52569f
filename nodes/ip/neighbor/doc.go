// Package neighbor keeps which hosts are on which links and with which MAC addresses: the table behind ARP and IPv6's neighbour
// discovery, and its timers.
//
// Terms: a neighbour is an address on an interface's link; to ask is to send a request for its MAC address; it is confirmed when
// it answers.
//
//	Want ──> incomplete ──answer──> reachable ──ReachableFor──> stale ──used──> probe ──answer──> reachable
//	              └──Tries──> failed, forgotten                   └──StaleFor──> forgotten  └──Tries──> forgotten
//
// Invariant: the table, the neighbours that are being looked for, and what is asked and learned in a second on an interface are
// bounded, whoever sends what. A static neighbour changes by its operator only.
//
// The package sends and receives nothing: its caller does, locks it, and has the clock. Nothing is learned of hosts that nobody
// has asked for, but of those that ask us.
package neighbor
