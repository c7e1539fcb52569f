package buffer

// Meta is what is known of the packet in a buffer: one cache line, written by the rx port, the parser and the nodes that
// the packet passes, owned by whoever owns the buffer. Offsets count from the first byte of the packet. Numbers are in
// host byte order. A field whose comment says "valid if" holds garbage otherwise.
type Meta struct {
	// The rx port's.
	RxIf uint32 // sw_if_index of the interface the packet came from
	TxIf uint32 // sw_if_index it is to leave by; valid once a node has chosen it
	Off  uint16 // first byte of the packet within its buffer
	Len  uint16 // bytes of the packet

	// The parser's: dataplane/packet.
	L3        uint16 // offset of the network header, behind all VLAN tags
	L4        uint16 // offset of the transport header; valid if HasProto and not LaterFragment
	End       uint16 // offset behind the last byte of the IP datagram, <= Len; valid if IsIP4 or IsIP6
	EtherType uint16 // the innermost
	SrcPort   uint16 // valid if HasPorts
	DstPort   uint16 // valid if HasPorts
	Proto     uint8  // IP protocol behind all IPv6 extension headers; valid if HasProto
	TCPFlags  uint8  // valid if HasTCPFlags
	ICMPType  uint8  // valid if HasICMP
	ICMPCode  uint8  // valid if HasICMP
	VLANs     uint8  // number of VLAN tags: 0, 1 or 2

	IsIP4         bool // a well-formed IPv4 header starts at L3
	IsIP6         bool // a well-formed IPv6 header starts at L3
	HasProto      bool
	HasPorts      bool // TCP, UDP, SCTP, DCCP, UDP-Lite with at least 4 bytes of header inside the datagram
	HasTCPFlags   bool
	HasICMP       bool // ICMP over IPv4 or ICMPv6 over IPv6, type and code inside the datagram
	Fragment      bool // a fragment, the first one included
	LaterFragment bool // a fragment that does not hold the transport header

	// The nodes' and the engine's.
	Traced  bool   // the engine follows the packet, for a trace or a capture
	Arc     uint8  // the feature arc the packet is on
	Verdict uint8  // what classify decided: a classify.Verdict, 0 for nothing
	Reason  uint8  // why the node in Node sent the packet where it went: one of that node's counters, plus one; a node that drops sets it, or error-drop shows what an earlier one has left
	Track   Track  // what connection tracking says of the packet; TrackNone unless FlagLooked
	Node    uint16 // the node that dropped the packet; valid in error-drop
	Flags   uint8  // Flag… bits
	State   uint8  // the session's state after this packet; valid if HasFlow
	Whole   bool   // a fragment whose datagram has been seen whole: Proto and the Has bits are the datagram's, and so is what they stand for
	Rounds  uint8  // how often a loopback has given the packet back to the graph
	Rule    uint32 // id of the rule that decided: classify's if Verdict says that one did; else that of the node in Node, if it has rules and Reason is its own
	Flow    uint32 // with FlagHasFlow the session's index in the flow table of the packet's family; with FlagSessions alone a tag: equal for packets of one session to be
	Trace   uint32 // the engine's: which of the packets that it follows; valid if Traced
	User    uint32 // for whoever put the packet into the graph (replay keeps its number here)
}

// Bits of Meta.Flags.
const (
	FlagReversed = 1 << iota // the packet's source is endpoint 1 of its session's key
	FlagHasFlow              // Flow names a session
	FlagReply                // the packet goes against the session's first one; valid if FlagHasFlow
	FlagLooked               // flow-lookup has seen the packet
	FlagSessions             // the packet is of a kind that has sessions; valid if FlagLooked
	FlagCounted              // flow-track has seen the packet
	FlagOutSeen              // an out point has decided about the packet
	FlagPartial              // TCP and UDP checksums may have been left to an offload (set at receive)
)

// Track is what connection tracking says of a packet: its class, and for an invalid one, in the bits above, the reason, by
// the tracker's numbers.
type Track uint8

// The classes: what rules see as a packet's state. They mean what nf_conntrack means by them.
const (
	TrackNone        Track = iota // not looked at
	TrackNew                      // it begins a session, or belongs to one that no answer has been seen of
	TrackEstablished              // of a session that has been answered
	TrackRelated                  // an ICMP error about a session's packet, or the begin of an expected session
	TrackInvalid                  // of no session and can begin none: see the reason
	TrackUntracked                // of a kind that has no sessions, as neighbour discovery
	NumTracks
)

// TrackReasonShift is where in a Track the reason begins.
const TrackReasonShift = 3

var trackNames = [NumTracks]string{"not looked at", "new", "established", "related", "invalid", "untracked"}

// String is the class as rules and traces name it.
func (t Track) String() string {
	if c := t.Class(); c < NumTracks {
		return trackNames[c]
	}
	return "?"
}

// Class is t without a reason.
func (t Track) Class() Track { return t & (1<<TrackReasonShift - 1) }

// Reason is why a packet is invalid, by the tracker's numbers; 0 where it is not.
func (t Track) Reason() uint8 { return uint8(t >> TrackReasonShift) }
