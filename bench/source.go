package main

import (
	"math/rand/v2"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
)

// source is an interface that receives a vector of 64-byte packets at each call, of random flows, and forgets what it is
// to send: the counterpart of VPP's packet generator. It does not allocate.
type source struct {
	name    string
	packets [][]byte
	order   []uint32
	at      int
	quiet   bool // receives nothing
	cache   *buffer.Cache
}

// newSource makes a source of UDP packets of the given number of flows, in one random order that it repeats.
func newSource(name string, flows int) *source {
	s := &source{name: name}
	base := packetline.MustBuild("udp 10.0.0.0:1000 > 20.0.0.1:53 len 18")
	for i := range flows {
		p := append(make([]byte, 0, 64), base...)
		setSource(p, uint32(i))
		s.packets = append(s.packets, p)
	}
	n := max(flows, 1<<14)
	for i := range n {
		s.order = append(s.order, uint32(i%flows))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] })
	return s
}

// setSource adds i to the source address 10.0.0.0 and mends the header checksum.
func setSource(p []byte, i uint32) {
	ip := p[14:34]
	ip[13], ip[14], ip[15] = byte(i>>16), byte(i>>8), byte(i)
	ip[10], ip[11] = 0, 0
	sum := uint32(0)
	for k := 0; k < 20; k += 2 {
		sum += uint32(ip[k])<<8 | uint32(ip[k+1])
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	ip[10], ip[11] = byte(^sum>>8), byte(^sum)
}

func (s *source) Name() string                         { return s.name }
func (s *source) Open(*port.Host) (port.Device, error) { return s, nil }
func (s *source) Ports() []port.Port                   { return []port.Port{s} }
func (s *source) Info() port.Info                      { return port.Info{Driver: "source", Queues: 1, LinkUp: true} }
func (s *source) Close() error                         { return nil }
func (s *source) Bind(c *buffer.Cache)                 { s.cache = c }
func (s *source) Flush() bool                          { return false }
func (s *source) FD() int                              { return -1 }
func (s *source) Stats(func(string, uint64))           {}

func (s *source) Rx(dst []buffer.Index) int {
	if s.quiet {
		return 0
	}
	pool := s.cache.Pool()
	n := s.cache.Alloc(dst)
	for _, b := range dst[:n] {
		pool.Put(b, s.packets[s.order[s.at]])
		if s.at++; s.at == len(s.order) {
			s.at = 0
		}
	}
	return n
}

func (s *source) Tx(src []buffer.Index) int {
	s.cache.Free(src)
	return len(src)
}
