package pg

import (
	"context"
	"fmt"
	"slices"
)

// Enable lets a stream, or with "" all of them, send. The count of one that has ended or was disabled begins anew; the values of
// its ranges go on where they were, as in VPP. It does not wait for a packet.
func (p *Plugin) Enable(ctx context.Context, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, err := p.pick(name)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(s *stream) bool { return s.sends() })
	if err := p.halt(ctx, list); err != nil {
		return err
	}
	for _, s := range list {
		if s.Generator != "" {
			swIf, err := p.host.Interface(s.Generator)
			if err != nil {
				return err
			}
			if err := p.host.SetState(ctx, swIf, true); err != nil {
				return err
			}
		}
		s.on, s.begun, s.ended = true, false, false
		s.done.Store(false)
		s.sent.Reset()
	}
	p.publish()
	return nil
}

// Disable lets a stream, or with "" all of them, send no more. It returns when no worker does.
func (p *Plugin) Disable(ctx context.Context, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, err := p.pick(name)
	if err != nil {
		return err
	}
	return p.halt(ctx, list)
}

// halt takes streams out of the workers' lists and waits until they are the control side's. p.mu is held.
func (p *Plugin) halt(ctx context.Context, list []*stream) error {
	was := false
	for _, s := range list {
		was = was || s.on
		s.on = false
	}
	if !was {
		return nil
	}
	p.publish()
	return p.host.Published(context.WithoutCancel(ctx)) // to its end: what is touched next was the workers'
}

// publish gives each worker its list. p.mu is held.
func (p *Plugin) publish() {
	for w := range p.host.Workers() {
		var list []*stream
		for _, s := range p.streams {
			if s.on && s.Worker == w {
				list = append(list, s)
			}
		}
		if len(list) == 0 {
			p.active[w].Store(nil)
		} else {
			p.active[w].Store(&list)
		}
	}
	p.host.Graph().Wake()
}

// sends says whether a stream is enabled and has packets left. p.mu is held.
func (s *stream) sends() bool { return s.on && !s.done.Load() }

// Delete deletes a stream.
func (p *Plugin) Delete(ctx context.Context, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.find(name)
	if s == nil {
		return fmt.Errorf("pg: no stream %q: %w", name, ErrNoStream)
	}
	return p.drop(ctx, s)
}

// drop deletes a stream. p.mu is held.
func (p *Plugin) drop(ctx context.Context, s *stream) error {
	if err := p.halt(ctx, []*stream{s}); err != nil {
		return err
	}
	p.streams = slices.DeleteFunc(p.streams, func(other *stream) bool { return other == s })
	p.traced.Delete(s.id)
	return nil
}

// Change is new parameters for a stream; what is nil stays.
type Change struct {
	Limit *uint64
	Rate  *float64
	Size  *Size
	Frame *int
}

// Size is the bytes of the packets of a text.
type Size struct {
	Min, Max int
	Random   bool
}

// Configure changes a stream, which goes on if it was sending.
func (p *Plugin) Configure(ctx context.Context, name string, c Change) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.find(name)
	if s == nil {
		return fmt.Errorf("pg: no stream %q: %w", name, ErrNoStream)
	}
	next := &stream{Stream: s.Stream, rxIf: s.rxIf, raw: s.raw, front: s.front}
	c.apply(&next.Stream)
	err := next.check(p.host.Workers())
	if err == nil && c.Size != nil && s.Data != "" {
		err = p.load(next, s)
	}
	if err != nil {
		return err
	}
	sends := s.sends()
	if err := p.halt(ctx, []*stream{s}); err != nil {
		return err
	}
	s.Stream = next.Stream
	if next.text != nil {
		s.text = next.text
	}
	s.begun = false // the rate counts from now
	if sends {
		s.on = true
		p.publish()
	}
	return nil
}

// forget deletes the streams of an interface that is removed.
func (p *Plugin) forget(swIf uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range slices.Clone(p.streams) {
		if s.rxIf != swIf && s.txIf != swIf {
			continue
		}
		if err := p.drop(context.Background(), s); err != nil {
			return err
		}
		p.host.Log().Info("packet-generator stream deleted: its interface is gone", "stream", s.Name)
	}
	return nil
}

// Status is a stream as show packet-generator tells of it.
type Status struct {
	Stream
	Enabled bool   `json:"enabled"`
	Count   uint64 `json:"count"` // packets since it was enabled
}

// Streams tells of all streams, in the order in which they were made.
func (p *Plugin) Streams() []Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []Status{}
	for _, s := range p.streams {
		st := Status{s.Stream, s.sends(), s.sent.Load()}
		st.Node = s.NodeName()
		if s.text != nil {
			st.MinSize, st.MaxSize = s.text.Said()
		} else if s.replay != nil {
			st.MinSize, st.MaxSize = s.replay.sizes()
		}
		list = append(list, st)
	}
	return list
}

// Idle reports whether no stream sends, and what the streams have sent is through the graph but for what nodes hold. It waits for
// the workers that are just sending.
func (p *Plugin) Idle(ctx context.Context) bool {
	p.mu.Lock()
	sends := slices.ContainsFunc(p.streams, (*stream).sends)
	p.mu.Unlock()
	return !sends && !p.host.Graph().HandingOver() && p.host.Published(ctx) == nil
}
