package flowtrack

import "github.com/gvpp/gvpp/dataplane/flow"

// Sessions that a helper has announced pass by the rule that keeps their master: a file says whose they are.

// member is a restored session that a helper has to do with.
type member struct {
	id     uint64 // idOf it
	serial uint32
	link   uint32 // of a child: its master's
}

// linkOf is what a file has of a session's part in that.
func linkOf[K flow.Key](p *Plugin, t *flow.Table[K], x, word uint32) uint32 {
	if word&wordHelped != 0 {
		return uint32(idOf(isTable6(t), x, 0))
	}
	if master, _, ok := masterOf(p, t, x, word); ok && p.lives(master) {
		return uint32(master) // the part of a name that holds as long as the session lives
	}
	return 0
}

// note takes in a restored session.
func note[K flow.Key](r *restoring, t *flow.Table[K], x uint32, s *savedSession) {
	m := member{idOf(isTable6(t), x, t.Life(x)), t.Origin(x).Serial, s.link}
	switch {
	case s.flags&savedHelped != 0 && s.link != 0:
		r.masters[s.link] = m
	case s.flags&savedExpected != 0 && len(r.children) < len(memories{}.buckets)*len(memories{}.buckets[0]): // no more are remembered
		r.children = append(r.children, m)
	}
}

// relate ties children to their masters, when all sessions are there.
func (r *restoring) relate() {
	if len(r.children) == 0 {
		return
	}
	r.p.mu.Lock()
	if r.p.helping.Load() == nil {
		r.p.helping.Store(new(helping))
	}
	r.p.mu.Unlock()
	for _, c := range r.children {
		master, known := r.masters[c.link]
		if !known {
			continue
		}
		if own := r.p.helping.Load().memories.open(r.p, c.id, true); own != nil {
			own.words[0], own.words[1] = master.id, uint64(master.serial)
			own.close()
		}
	}
}
