package flowtrack

import (
	"errors"
	"fmt"
	"os"

	"github.com/gvpp/gvpp/dataplane/flow"
)

// restore takes up the sessions of SaveFile, before any packet comes. A file that is not whole and ours is refused, with the reason,
// and left where it is: the table begins empty.
func (p *Plugin) restore() error {
	if p.SaveFile == "" {
		return nil
	}
	r, err := p.restoreFile(p.SaveFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		p.dp.Log().Info("no sessions saved yet", "file", p.SaveFile)
	case err != nil:
		r = SaveState{Refused: err.Error()}
		p.Clear()
		p.dp.Log().Warn("saved sessions are refused; beginning without", "file", p.SaveFile, "cause", err)
	default:
		p.dp.Log().Info("sessions restored", "file", p.SaveFile, "sessions", r.Restored, "expired", r.Expired, "left out", r.LeftOut)
	}
	p.keep.mu.Lock()
	defer p.keep.mu.Unlock()
	p.keep.report, p.keep.ready = r, true
	return nil
}

func (p *Plugin) restoreFile(path string) (r SaveState, err error) {
	info, err := os.Stat(path) // to open another kind of file may wait
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return r, err
	}
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close() //nolint:errcheck // read only
	if info, err = f.Stat(); err != nil {
		return r, err
	}
	saved, err := openSaved(f, info.Size())
	if err != nil {
		return r, err
	}
	return p.take(saved)
}

// restoring is one restore.
type restoring struct {
	p       *Plugin
	report  SaveState
	elapsed uint64   // since the file was saved, in ticks; 0 where the clock was set back
	ifs     []uint32 // by number in the file: sw_if_index, 0 where there is no such interface any more
	tick    uint32
	annex   flow.Annex
	since   int // sessions since the tables were looked after

	masters  map[uint32]member // by link
	children []member
}

// take fills the tables from a file.
func (p *Plugin) take(saved *savedFile) (SaveState, error) {
	r := &restoring{p: p, tick: tickOf(p.dp.Clock()), ifs: []uint32{0}, masters: map[uint32]member{}}
	r.elapsed = uint64(max(0, p.keep.now().Sub(saved.at)) / tickLength)
	for _, name := range saved.names {
		swIf, err := p.dp.Interface(name)
		if err != nil {
			swIf = 0
		}
		r.ifs = append(r.ifs, swIf)
	}
	err := saved.each(func(s *savedSession) bool { r.session(s); return true })
	r.relate()
	if err != nil {
		err = fmt.Errorf("reading it again: %w", err)
	}
	return r.report, err
}

func (r *restoring) session(s *savedSession) {
	if s.flags&savedIP6 != 0 {
		k, reversed := s.key6()
		restoreOne(r, r.p.table6, &k, reversed, s)
	} else {
		k, reversed := s.key4()
		restoreOne(r, r.p.table4, &k, reversed, s)
	}
}

// oldest is the age that a session is taken to have where it has more: ticks are 32 bits wide.
const oldest = 1<<32 - 1<<20

// upkeep is after how many sessions the tables are looked after, which nobody else does yet.
const upkeep = 64

// restoreOne adds a session.
func restoreOne[K flow.Key](r *restoring, t *flow.Table[K], k *K, reversed bool, s *savedSession) {
	p := r.p
	word := s.word(p.published.Load().zones.policyOf(s.zone))
	idle := uint64(s.idle) + r.elapsed
	if idle >= uint64(p.timeouts.of(word)) {
		r.report.Expired++
		return
	}
	o := flow.Origin{Created: r.tick - uint32(min(uint64(s.age)+r.elapsed, oldest)), If: r.ifs[s.from], TCPFlags: s.tcpFlags, ICMPType: s.icmp[0], ICMPCode: s.icmp[1]}
	if s.flags&savedPorts != 0 {
		o.Flags |= flow.OriginPorts
	}
	if reversed {
		word |= wordReversed
		o.Flags |= flow.OriginReversed
	}
	state := flow.State{LastSeen: r.tick - uint32(idle), Word: word}
	if at := r.ifs[s.at]; s.marks != 0 && at != 0 && p.keep.restored != nil {
		state.Verdict = p.keep.restored(at, s.marks)
	}
	if timerOf(word) >= timerSCTP {
		p.timeouts.useSCTP()
	}
	x, ok := place(r, t, k, state, o, s.annex(&r.annex))
	if !ok {
		r.report.LeftOut++
		return
	}
	note(r, t, x, s)
	*t.Counters(x) = flow.Counters{Packets: s.packets, Bytes: s.bytes}
	if word&wordHelped != 0 {
		resume(p, t, k, x, word)
	}
	r.report.Restored++
}

// place inserts a session, with the table's upkeep. It is not ok where there is no room, or a session of that key.
func place[K flow.Key](r *restoring, t *flow.Table[K], k *K, s flow.State, o flow.Origin, annex *flow.Annex) (x uint32, ok bool) {
	if r.since++; r.since%upkeep == 0 {
		t.Maintain(maintainStep)
	}
	o.Serial = r.p.serial.Load()
	x, result := t.InsertAnnex(k, t.Hash(k), s, o, annex)
	if result == flow.Stalled {
		for t.Maintain(maintainStep) {
		}
		x, result = t.InsertAnnex(k, t.Hash(k), s, o, annex)
	}
	if result != flow.Inserted {
		return 0, false
	}
	r.p.serial.Add(1)
	return x, true
}
