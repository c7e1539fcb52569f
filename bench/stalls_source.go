package main

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/cycles"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/internal/packetline"
)

// stallSource is an interface that always has a full vector: packets of established TCP sessions in random order, between
// them packets that each begin a UDP session, as many a second as it is told. It makes them as they are asked for, so
// that ten million flows need no memory here, and does not allocate.
type stallSource struct {
	name  string
	cache *buffer.Cache

	flows atomic.Uint32 // established ones; 0: receives nothing
	rate  atomic.Uint32 // new sessions a second
	fresh atomic.Uint32 // new sessions begun so far

	old, new []byte // the packets of both kinds, the source address to be written
	random   uint64
	since    uint64  // clocks up to which new sessions have been counted
	due      float64 // new sessions that are to come
	fill     uint32  // the next established flow to be seen for the first time
}

func newStallSource(name string) *stallSource {
	return &stallSource{
		name: name, random: 88172645463325252,
		old: packetline.MustBuild("tcp 10.0.0.0:1000 > 20.0.0.1:80 [A] len 6"), new: packetline.MustBuild("udp 10.0.0.0:1000 > 20.0.0.1:53 len 18"),
	}
}

func (s *stallSource) Name() string                         { return s.name }
func (s *stallSource) Open(*port.Host) (port.Device, error) { return s, nil }
func (s *stallSource) Ports() []port.Port                   { return []port.Port{s} }
func (s *stallSource) Info() port.Info {
	return port.Info{Driver: "source", Queues: 1, LinkUp: true, MAC: sourceMAC} // its packets are for itself, where it routes
}
func (s *stallSource) Close() error               { return nil }
func (s *stallSource) Bind(c *buffer.Cache)       { s.cache = c }
func (s *stallSource) Flush() bool                { return false }
func (s *stallSource) FD() int                    { return -1 }
func (s *stallSource) Stats(func(string, uint64)) {}

func (s *stallSource) Rx(dst []buffer.Index) int {
	flows := s.flows.Load()
	if flows == 0 {
		return 0
	}
	begin := s.begins(len(dst))
	pool, n := s.cache.Pool(), s.cache.Alloc(dst)
	for i, b := range dst[:n] {
		if i < begin {
			setAddress(s.new, 0x40000000+s.fresh.Load()%(1<<28))
			s.fresh.Store(s.fresh.Load() + 1)
			pool.Put(b, s.new)
			continue
		}
		flow := s.fill
		if flow < flows {
			s.fill++
		} else {
			flow = uint32(s.next() >> 32 * uint64(flows) >> 32)
		}
		setAddress(s.old, 0x0a000000+flow)
		pool.Put(b, s.old)
	}
	return n
}

// begins is how many of the next n packets begin a session.
func (s *stallSource) begins(n int) int {
	now := cycles.Now()
	rate := float64(s.rate.Load())
	if s.since != 0 {
		s.due = min(s.due+float64(now-s.since)/cycles.PerSecond()*rate, rate/10) // what it is late by more than 100 ms is never made up for
	}
	s.since = now
	k := min(int(s.due), n)
	s.due -= float64(k)
	return k
}

func (s *stallSource) next() uint64 {
	s.random ^= s.random << 13
	s.random ^= s.random >> 7
	s.random ^= s.random << 17
	return s.random
}

func (s *stallSource) Tx(src []buffer.Index) int {
	s.cache.Free(src)
	return len(src)
}

// setAddress makes a the IPv4 source address and mends the checksums.
func setAddress(p []byte, a uint32) {
	binary.BigEndian.PutUint32(p[atSrc:], a)
	setChecksums(p)
}
