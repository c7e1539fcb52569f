package pg

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/nodes/pg/craft"
)

// ErrNoStream is that of operations on streams that are not there.
var ErrNoStream = errors.New("see `show packet-generator`")

// maxStreams bounds the streams, and with them what a pass looks at.
const maxStreams = 1024

// maxName bounds the name of a stream, in bytes: it is shown in a column.
const maxName = 64

// Add makes a stream, which sends nothing until it is enabled. One of the same name is deleted first.
func (p *Plugin) Add(ctx context.Context, spec Stream) error {
	s, err := p.prepare(ctx, spec)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.streams); s.Name == ""; n++ {
		if name := fmt.Sprintf("stream%d", n); p.find(name) == nil {
			s.Name = name
		}
	}
	if at, err := p.host.Interface(s.Interface); err != nil || at != s.rxIf { // an interface has lost its name before forget is called
		return fmt.Errorf("pg: interface %q was just removed", s.Interface)
	}
	old := p.find(s.Name)
	if old == nil && len(p.streams) >= maxStreams {
		return fmt.Errorf("pg: %d streams are the most; delete some", maxStreams)
	}
	if err := p.load(s, old); err != nil {
		return err
	}
	if old != nil {
		if err := p.drop(ctx, old); err != nil {
			return err
		}
	}
	p.made++
	s.id = p.made
	p.streams = append(p.streams, s)
	p.traced.Store(s.id, s)
	return nil
}

// prepare checks what a stream is to be, all but its packets.
func (p *Plugin) prepare(ctx context.Context, spec Stream) (*stream, error) {
	s := &stream{Stream: spec}
	if err := s.check(p.host.Workers()); err != nil {
		return nil, err
	}
	if s.Generator != "" {
		id, err := generatorID(s.Generator)
		if err != nil {
			return nil, err
		}
		if err := p.sound(s); err != nil { // before an interface is made for it, which takes a number for good
			return nil, err
		}
		if _, err := p.host.CreateGenerator(ctx, id); err != nil {
			return nil, err
		}
		if s.Interface == "" {
			s.Interface = s.Generator
		}
	}
	if s.Interface == "" {
		return nil, errors.New("pg: stream without an interface that its packets come from: give interface IF, or source pgN")
	}
	var err error
	if s.rxIf, err = p.host.Interface(s.Interface); err != nil {
		return nil, fmt.Errorf("pg: interface of the stream: %w", err)
	}
	if s.TxInterface != "" {
		if s.txIf, err = p.host.Interface(s.TxInterface); err != nil {
			return nil, fmt.Errorf("pg: tx-interface of the stream: %w", err)
		}
	}
	if err := p.mode(s); err != nil {
		return nil, err
	}
	return s, p.aim(s)
}

// sound checks what can be known of a stream without its interface.
func (p *Plugin) sound(s *stream) error {
	if name := s.NodeName(); name != s.Generator {
		if _, err := p.host.Interface(name); err != nil {
			if _, ok := p.host.Graph().Plan.NodeID(name); !ok {
				return noNode(name)
			}
		}
	}
	if s.Data == "" {
		return nil
	}
	_, err := craft.Compile(s.Data, craft.Options{Min: s.MinSize, Max: s.MaxSize, Most: p.host.Buffers().Room(), IP: s.atIP()})
	if err != nil {
		return fmt.Errorf("pg: %w", err)
	}
	return nil
}

// atIP says that packets begin at the node of IP, as those of a text without an Ethernet header do.
func (s *stream) atIP() bool { return s.Node == "ip4-input" || s.Node == "ip6-input" }

// check checks the numbers of a stream and fills in what is not given.
func (s *stream) check(workers int) error {
	given := 0
	for _, has := range []bool{s.Data != "", s.Pcap != "", s.Packets != nil} {
		if has {
			given++
		}
	}
	switch {
	case len(s.Name) > maxName:
		return fmt.Errorf("pg: stream name %.20q…: has %d bytes: want at most %d", s.Name, len(s.Name), maxName)
	case !utf8.ValidString(s.Name) || strings.ContainsFunc(s.Name, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune("{}\"", r)
	}):
		return fmt.Errorf("pg: stream name %q: want a word without blanks, braces and quotes", s.Name)
	case given == 0:
		return errors.New("pg: no packet data given: want data { … } or pcap FILE")
	case given > 1:
		return errors.New("pg: more than one of data, pcap and a source: want one")
	case s.Worker < 0 || s.Worker >= workers:
		return fmt.Errorf("pg: worker %d: want 0 to %d", s.Worker, workers-1)
	case s.MaxFrame < 0:
		return fmt.Errorf("pg: maxframe %d: want 1 to %d", s.MaxFrame, graph.VectorSize)
	case !(s.Rate >= 0) || math.IsInf(s.Rate, 0):
		return fmt.Errorf("pg: rate %v: want packets a second, 0 for as many as go", s.Rate)
	case s.MinSize < 0 || s.MaxSize < s.MinSize || s.MinSize == 0 && s.MaxSize > 0:
		return fmt.Errorf("pg: size %d-%d: want the least size of a packet in bytes, and then the greatest", s.MinSize, s.MaxSize)
	}
	if s.MaxFrame == 0 || s.MaxFrame > graph.VectorSize {
		s.MaxFrame = graph.VectorSize
	}
	return nil
}

// aim finds the node where the packets of a stream begin, and the arcs that they are on there.
func (p *Plugin) aim(s *stream) error {
	plan := p.host.Graph().Plan
	name := s.NodeName()
	if swIf, err := p.host.Interface(name); err == nil { // VPP's: an interface stands for its output node
		s.txIf, name = swIf, "interface-output"
	}
	id, ok := plan.NodeID(name)
	if !ok || name == InputName {
		return noNode(name)
	}
	drop, _ := plan.NodeID(graph.ErrorDrop)
	s.next, s.drop, s.entry = graph.Next(id), graph.Next(drop), name == graph.Entry
	any := false
	for kind, etherType := range [numKinds]uint16{kindOther: 0, kindIP4: packet.EtherTypeIP4, kindIP6: packet.EtherTypeIP6} {
		pl := &s.places[kind]
		pl.arc, pl.ok = plan.ArcFor(id, etherType, s.txIf != 0)
		any = any || pl.ok
	}
	if !any {
		return fmt.Errorf("pg: node %q is about packets that leave: give tx-interface IF", name)
	}
	return nil
}

func noNode(name string) error {
	return fmt.Errorf("pg: no node %q for the stream; `show graph` lists them", name)
}

// load makes or reads the packets of a stream that will take the place of old. p.mu is held.
func (p *Plugin) load(s, old *stream) (err error) {
	s.longest = p.host.Buffers().Room()
	switch {
	case s.Data != "":
		o := craft.Options{Min: s.MinSize, Max: s.MaxSize, Random: s.RandomSize, Most: s.longest, Seed: rand.Uint64()}
		o.IP = s.atIP()
		o.Src = generatorMAC
		copy(o.Dst[:], p.host.HardwareAddr(s.rxIf))
		if p.host.Deterministic() {
			h := fnv.New64a()
			_, _ = h.Write([]byte(s.Name))
			o.Seed = h.Sum64()
		}
		s.text, err = craft.Compile(s.Data, o)
		if err == nil && s.raw != 0 && !s.text.Bare() {
			err = fmt.Errorf("data for %s, mode %s: want headers from IP on: leave an Ethernet header out", s.Interface, s.ifMode())
		}
		if err != nil {
			err = fmt.Errorf("pg: %w", err)
		}
	case s.Pcap != "":
		room := maxReplay
		for _, other := range p.streams {
			if other != old {
				room -= other.replay.bytes()
			}
		}
		s.replay, err = readReplay(s.Pcap, room, s.longest, s.raw != 0)
		if err == nil && s.Limit == 0 {
			s.Limit = uint64(len(s.replay.ends))
		}
	}
	return err
}

// generatorMAC is the source address of packets whose text has none.
var generatorMAC = [6]byte{0x02, 0xfe, 0, 0, 0xff, 0xff}

// generatorID reads pgN.
func generatorID(name string) (uint32, error) {
	digits, ok := strings.CutPrefix(name, "pg")
	id, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || strconv.FormatUint(id, 10) != digits {
		return 0, fmt.Errorf("pg: packet-generator interface %q: want pg0, pg1, …", name)
	}
	return uint32(id), nil
}

// find is a stream by its name, nil where there is none. p.mu is held.
func (p *Plugin) find(name string) *stream {
	if i := slices.IndexFunc(p.streams, func(s *stream) bool { return s.Name == name }); i >= 0 {
		return p.streams[i]
	}
	return nil
}

// pick is the stream of a name, or all for "". p.mu is held.
func (p *Plugin) pick(name string) ([]*stream, error) {
	if name == "" {
		return slices.Clone(p.streams), nil
	}
	if s := p.find(name); s != nil {
		return []*stream{s}, nil
	}
	return nil, fmt.Errorf("pg: no stream %q: %w", name, ErrNoStream)
}
