package ip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// pinging is a command that waits for answers to its echo requests.
type pinging struct {
	id    uint16
	heard chan answer
}

// answer is one of them.
type answer struct {
	from netip.Addr
	seq  uint16
	ttl  uint8
	size int   // bytes of the ICMP message
	at   int64 // when it came, on the dataplane's clock
}

// maxHeard bounds the answers that wait for the command: those to one burst.
const maxHeard = 1024

// answered gives an echo reply to the ping that it is for.
func (p *Plugin) answered(now int64, b []byte, m *buffer.Meta) bool {
	t := b[m.L4:m.End]
	id, seq := binary.BigEndian.Uint16(t[4:]), binary.BigEndian.Uint16(t[6:])
	for _, q := range *p.pings.Load() {
		if q.id != id {
			continue
		}
		a := answer{seq: seq, size: len(t), at: now}
		if m.IsIP4 {
			src, _ := packet.Addrs4(b, m)
			a.from, a.ttl = addrOf4(src), b[int(m.L3)+8]
		} else {
			src, _ := packet.Addrs6(b, m)
			a.from, a.ttl = addrOf6(*src), b[int(m.L3)+7]
		}
		select {
		case q.heard <- a:
		default: // it has more than it can take
		}
		return true
	}
	return false
}

// startPing makes a ping known to the workers; stop ends that.
func (p *Plugin) startPing() (q *pinging, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := *p.pings.Load()
	q = &pinging{id: p.nextID, heard: make(chan answer, maxHeard)}
	p.nextID++
	list := append(slices.Clone(old), q)
	p.pings.Store(&list)
	return q, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		list := slices.DeleteFunc(slices.Clone(*p.pings.Load()), func(x *pinging) bool { return x == q })
		p.pings.Store(&list)
	}
}

// defaultSize is how many bytes of data an echo request has if nobody says it.
const defaultSize = 56

// ttlPing is the TTL of echo requests; the rewrite takes one away.
const ttlPing = 255

// echoRequest is a datagram with n bytes of data, and from whose table it is looked up: of swIf, or without one of the interface that
// the route in a table leads to.
func (p *Plugin) echoRequest(to netip.Addr, swIf, table uint32, q *pinging, seq uint16, n int) (o outgoing, err error) {
	if swIf == 0 {
		if swIf, err = p.wayTo(to, table); err != nil {
			return o, err
		}
	}
	info := p.info(swIf)
	t := make([]byte, 8+n)
	t[0] = icmpEcho
	binary.BigEndian.PutUint16(t[4:], q.id)
	binary.BigEndian.PutUint16(t[6:], seq)
	for i := range t[8:] {
		t[8+i] = byte(i)
	}
	name := p.dp.InterfaceName(swIf)
	if to.Is4() {
		a := to.As4()
		src := info.source4(be32(a[:]))
		if src == 0 {
			return o, fmt.Errorf("ip: %s has no IPv4 address to ping from", name)
		}
		binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, 0))
		o.bytes = make([]byte, ip4Len, ip4Len+len(t))
		putIP4(o.bytes, len(t), packet.ProtoICMP, ttlPing, src, be32(a[:]))
	} else {
		if !info.on[1] {
			return o, fmt.Errorf("ip: %s has no IPv6 address to ping from", name)
		}
		t[0] = icmp6Echo
		src, dst := info.source6(to).As16(), to.As16()
		binary.BigEndian.PutUint16(t[2:], packet.Checksum(t, packet.PseudoSum6(&src, &dst, packet.ProtoICMP6, uint16(len(t)))))
		o.bytes = make([]byte, ip6Len, ip6Len+len(t))
		putIP6(o.bytes, len(t), packet.ProtoICMP6, ttlPing, &src, &dst)
	}
	o.swIf, o.bytes = swIf, append(o.bytes, t...)
	return o, nil
}

var errNoWay = errors.New("say the interface, by source IF")

// wayTo is the interface by which packets to an address leave, or whose own the address is.
func (p *Plugin) wayTo(to netip.Addr, table uint32) (uint32, error) {
	for swIf, info := range *p.infos.Load() {
		own := info.has6(to)
		if to.Is4() {
			a := to.As4()
			own = info.has4(be32(a[:]))
		}
		if own {
			return uint32(swIf), nil
		}
	}
	t, err := p.table(to.Is6(), table)
	if err != nil {
		return 0, err
	}
	s := p.fib.Snapshot()
	if r, ok := s.Get(to.Is6(), t.Place, netip.PrefixFrom(to, to.BitLen()), true); ok {
		for _, n := range r.Hops {
			if h := s.Hop(n); h.Kind == fib.KindGlean || h.Kind == fib.KindResolve || h.Kind == fib.KindRewrite {
				return h.TxIf, nil
			}
		}
	}
	return 0, fmt.Errorf("ip: no route to %v in table %d by an interface: %w", to, table, errNoWay)
}

// ping sends an echo request and wakes the worker that is to do it.
func (p *Plugin) ping(to netip.Addr, swIf, table uint32, q *pinging, seq uint16, n int) error {
	o, err := p.echoRequest(to, swIf, table, q, seq, n)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.queue(o)
	p.mu.Unlock()
	p.wake()
	return nil
}
