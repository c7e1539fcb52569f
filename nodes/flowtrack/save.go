package flowtrack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// keeping is what saving and restoring needs to know.
type keeping struct {
	wall     func() time.Time                             // nil: time.Now
	verdict  func(word uint64) (swIf uint32, marks uint8) // classify's: what a verdict is in a file
	restored func(swIf uint32, marks uint8) uint64        // the verdict of that

	one sync.Mutex // who saves

	mu     sync.Mutex
	due    int64     // guarded by mu: on the dataplane's clock, the next save
	ready  bool      // guarded by mu: the file was looked at; from then on it may be replaced
	report SaveState // guarded by mu
}

// SaveState is what became of sessions that were to outlive a restart.
type SaveState struct {
	File     string    `json:"file"`                    // as configured
	Restored uint64    `json:"restored"`                // sessions taken from it at start
	LeftOut  uint64    `json:"left_out"`                // sessions of it that found no room
	Expired  uint64    `json:"expired"`                 // sessions of it that would have expired meanwhile
	Refused  string    `json:"refused,omitempty"`       // why nothing was taken from it
	SavedAt  time.Time `json:"saved_at,omitzero"`       // the last time
	Saved    uint64    `json:"saved"`                   // sessions, then
	Failed   string    `json:"failed,omitempty"`        // why the last attempt to save failed
	Written  string    `json:"written,omitempty"`       // the file that was written last
	Seconds  float64   `json:"took_seconds,omitempty"`  // how long that took
	Bytes    int64     `json:"bytes,omitempty"`         // its size
	Interval float64   `json:"every_seconds,omitempty"` // seconds between saves, as configured
}

// SetVerdicts tells how another plugin's verdicts on sessions outlive a restart. save gives the interface and marks, which only
// restore understands; marks 0: there is nothing to save.
func (p *Plugin) SetVerdicts(save func(word uint64) (swIf uint32, marks uint8), restore func(swIf uint32, marks uint8) uint64) {
	p.keep.verdict, p.keep.restored = save, restore
}

// SaveState reads it.
func (p *Plugin) SaveState() SaveState {
	p.keep.mu.Lock()
	defer p.keep.mu.Unlock()
	r := p.keep.report
	r.File, r.Interval = p.SaveFile, p.SaveEvery.Seconds()
	return r
}

func (k *keeping) now() time.Time {
	if k.wall != nil {
		return k.wall()
	}
	return time.Now()
}

// Save writes all sessions to a file, or to SaveFile where none is named. Workers go on meanwhile: each session is as it was at
// some moment while Save ran. The file is replaced in one step: there is always a whole one, the old or the new.
func (p *Plugin) Save(path string) (SaveState, error) {
	if path == "" {
		path = p.SaveFile
	}
	if path == "" {
		return SaveState{}, api.Wrap(api.InvalidValue, errors.New("flowtrack: save: no file is named: give a path, or configure flowtrack { save { file PATH } }"))
	}
	p.keep.one.Lock()
	defer p.keep.one.Unlock()
	return p.save(path)
}

// save is Save for who holds keep.one.
func (p *Plugin) save(path string) (SaveState, error) {
	began := time.Now()
	count, size, err := p.replace(path)
	if err != nil {
		err = api.Wrap(api.SyscallError1, fmt.Errorf("flowtrack: save %q: %w", path, err))
	}
	p.keep.mu.Lock()
	r := &p.keep.report
	if r.Failed = ""; err != nil {
		r.Failed = err.Error()
	} else {
		r.SavedAt, r.Saved, r.Written, r.Bytes, r.Seconds = p.keep.now(), count, path, size, time.Since(began).Seconds()
	}
	p.keep.mu.Unlock()
	return p.SaveState(), err
}

// replace writes a file beside path and puts it in its place. Only files that are sessions of ours are replaced.
func (p *Plugin) replace(path string) (count uint64, size int64, err error) {
	if err := replaceable(path); err != nil {
		return 0, 0, err
	}
	beside := path + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) { // of a gvpp that was killed
		return 0, 0, err
	}
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, 0, err
	}
	count, err = p.write(f)
	if err == nil {
		err = f.Sync()
	}
	if info, e := f.Stat(); e == nil {
		size = info.Size()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		return 0, 0, errors.Join(err, os.Remove(beside))
	}
	return count, size, syncDir(filepath.Dir(path))
}

// replaceable is an error for a file that is not gvpp's to overwrite.
func replaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file: name another one")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	begin := make([]byte, len(savedMagic))
	if n, err := io.ReadFull(f, begin); n > 0 && string(begin) != savedMagic {
		return fmt.Errorf("it is no file of gvpp's sessions and is not overwritten: name another one, or remove it (it begins with %q)", begin[:n])
	} else if n > 0 {
		return err
	}
	return nil
}

// syncDir makes a change of names in a directory outlive a crash of the machine.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// write writes the sessions that there are.
func (p *Plugin) write(out io.Writer) (count uint64, err error) {
	p.shut.RLock()
	defer p.shut.RUnlock()
	if p.closed {
		return 0, errors.New("the dataplane is closed")
	}
	names := p.interfaceTable()
	w := newSaver(out, p.keep.now(), names)
	saveTable(p, p.table4, w, len(names), (*savedSession).of4)
	saveTable(p, p.table6, w, len(names), (*savedSession).of6)
	return w.count, w.end()
}

// interfaceTable is what interfaces are called, by sw_if_index-1; one that was removed has no name that another could have.
func (p *Plugin) interfaceTable() (names []string) {
	for _, name := range p.dp.InterfaceNames() {
		swIf, err := p.dp.Interface(name)
		for err == nil && uint32(len(names)) < swIf {
			names = append(names, p.dp.InterfaceName(uint32(len(names))+1))
		}
	}
	return names
}

// saveBreath is how many places of a table are looked at before other goroutines get the core.
const saveBreath = 1024

func saveTable[K flow.Key](p *Plugin, t *flow.Table[K], w *saver, names int, of func(*savedSession, *K, bool)) {
	for x := range uint32(t.Slots()) {
		if x%saveBreath == 0 {
			if runtime.Gosched(); w.err != nil {
				return
			}
		}
		life := t.Life(x)
		if life&1 == 0 {
			continue
		}
		s, ok := saveOne(p, t, x, names, of)
		if ok && t.Life(x) == life {
			w.add(&s)
		}
	}
}

// saveOne reads a session; it is not ok if that has expired.
func saveOne[K flow.Key](p *Plugin, t *flow.Table[K], x uint32, names int, of func(*savedSession, *K, bool)) (s savedSession, ok bool) {
	state, origin, key, tick := t.State(x), t.Origin(x), t.Key(x), tickOf(p.dp.Clock())
	word, last := state.LoadWord(), state.LoadLastSeen()
	if word&wordOver != 0 || p.timeouts.expired(word, last, tick) {
		return s, false
	}
	of(&s, &key, word&wordReversed != 0)
	s.save(word)
	for d := range s.packets {
		s.packets[d], s.bytes[d] = t.Counters(x).Load(d)
	}
	if origin.Flags&flow.OriginPorts != 0 {
		s.flags |= savedPorts
	}
	s.tcpFlags, s.icmp = origin.TCPFlags, [2]uint8{origin.ICMPType, origin.ICMPCode}
	s.age, s.idle = since(origin.Created, tick), since(last, tick)
	s.link = linkOf(p, t, x, word)
	if int(origin.If) <= names {
		s.from = uint16(origin.If)
	}
	if p.keep.verdict != nil {
		if swIf, marks := p.keep.verdict(state.LoadVerdict()); int(swIf) <= names {
			s.at, s.marks = uint16(swIf), marks
		}
	}
	return s, s.fault(names) == ""
}
