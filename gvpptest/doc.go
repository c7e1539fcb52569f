// Package gvpptest tests plugins: a whole dataplane in the test's process, with one worker, interfaces in memory, and a clock that
// the test moves. It needs no privilege, no device and no sleep.
//
//	func TestBlocked(t *testing.T) {
//		h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{new(portblock.Plugin)}, Interfaces: []string{"a", "b"}})
//		a, b := h.Interface("a"), h.Interface("b") // or h.PG(2), for pg0 and pg1
//		h.Connect(a, b)
//		h.Enable(a, "ip4-unicast", "portblock")
//		h.Exec("portblock add 53")
//		h.SendAndExpect(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:80"), b)
//		h.SendAndAssertNoReplies(a, gvpptest.Lines("udp 10.0.0.1:1000 > 10.0.0.2:53"))
//		h.ExpectCounter("portblock", "packets to a blocked port", 1)
//	}
//
// # Verbs
//
// Packets are sent, and the test says what must become of them:
//
//	SendAndExpect(a, packets, b)             as many leave by b, and none elsewhere; it returns them
//	SendAndExpectSame(a, packets, b)         these very packets leave by b, in whatever order
//	SendAndAssertNoReplies(a, packets)       none leaves
//	ExpectPackets(got, lines…)               what SendAndExpect or Send has returned is this, in this order
//	Send(From(a, packets), From(b, more))    arrivals at several interfaces at once; returns what left by each
//	Run(), Advance(d)                        the worker goes on, at once or when d has passed; the same
//	ExpectNoAllocs(a, packets)               no node allocates memory for them
//
// Each returns when the worker has nothing more to do. Up to 256 packets are one vector. Interfaces are in memory (Config.Interfaces),
// of the packet generator as in VPP's tests (PG), or loopbacks (Loopback). What else a test asks and tells:
//
//	ExpectCounter(node, text, n)  ExpectInterfaceCounter(a, "drops", n)  Errors()
//	Exec("a command\nor several")  Refused(command, "why")  API() for a generated NewClient
//	Connect(a, b)  Enable(a, arc, node)  Loopback()  PG(n)  Trace()
//
// # Packets
//
// Lines and Repeat make packets of text, a line each: what it is, from where to where, then words in any order.
//
//	tcp 10.0.0.1:1000 > 10.0.0.2:80 [S] seq 7 win 1024
//	udp [2001:db8::1]:1000 > [2001:db8::2]:53 len 100 vlan 7
//	icmp 10.0.0.9 > 10.0.0.1 type 3 code 1 quote { udp 10.0.0.1:1000 > 10.0.0.2:53 }
//	eth 0x0806 data 0001
//
// It is one of tcp, udp, sctp, dccp, udplite, which have ports, or icmp, icmpv6, gre, esp, ah, or "ip proto N". The words:
//
//	[S] [SA] [FPU]…             TCP flags: F S R P A U E C
//	seq N ack N win N mss N     TCP; also wscale N, sackok, ts N:N, doff N
//	type N code N id N seq N    ICMP; an echo request if not given
//	data HEX, len N             payload: these bytes; so many, counting up from 0
//	quote { line }              payload: the datagram of that line
//	ttl N tos N ipid N opt HEX  the IP header; ttl 64 if not given
//	ext hbh,dst,rt,frag,ah      IPv6 extension headers
//	frag N, frag N+             a fragment at 8*N bytes; "+" with more to follow
//	vlan N                      a tag; of several the first is the outer
//	pad N, cut N                bytes behind the datagram; only the first N bytes of it all
//	badsum badl4sum nosum       wrong checksums; none
//
// Frames go from 02:00:00:00:00:01 to 02:00:00:00:00:02 unless "smac MAC" and "dmac MAC" say otherwise. Layers makes a packet of gopacket's layers, for what a line cannot say.
// Of a received packet, String is the line and Layers the layers.
//
// # When a test fails
//
// A verb says what did not happen, lists packets that did something else, each with what became of it, and shows for each such end
// the nodes that one of them has passed, with what each node says of it.
//
// # Mistakes that are found
//
// The harness watches the nodes (graph.Check). A node that panics, gives a next or counts with a counter that its Spec does not have,
// writes over its vector, makes packets go in circles, drops packets without saying which of its counters is the reason, or loses a
// buffer, of a packet or of Worker.Alloc, fails its test, with the node's name, the packets and, of a panic, the calls; the other tests
// go on. So does a plugin whose declarations are wrong, as with a next that is no node or a command that another plugin has: see New.
// With -tags gvppdebug, freed packets are overwritten and one that is freed twice is found where that happens.
//
// Invariant: a harness's methods fail the test where something is not as wanted, and say why. A test that ends without a word
// has lost no buffer. A harness belongs to one goroutine, the test's.
//
// The package does not run workers of their own, nor on several cores: such tests take package gvpp and its Run.
package gvpptest
