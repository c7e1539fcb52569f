package neighbor

// Classes is how many classes those are in whose packets are looked for neighbours for: by their addresses, in a way that they do not
// know. Each has a share of what a link may be asked, so that one who scans a network does not keep all others from hosts there.
const Classes = 16

// link is an interface's bounds. Of the requests in a second a half is for whoever comes first, a quarter is in shares of the classes,
// and a quarter is for neighbours that are known, whether they are still there.
type link struct {
	wanted  [Classes]int // entries Incomplete or Failed
	over    int          // those of them that are more than a class's share
	asks    bucket
	shares  [Classes]bucket
	probes  bucket
	learned bucket
}

// mayAsk takes a request of a class's share, or of what is for all.
func (t *Table) mayAsk(now int64, l *link, from uint8) bool {
	return l.shares[from].take(now, t.config.Asks/4/Classes) || l.asks.take(now, t.config.Asks/2)
}

// share is how many neighbours a class may look for whatever others do.
func (t *Table) share() int { return t.config.Wanted / 2 / Classes }

// room says whether a class may look for one more.
func (t *Table) room(l *link, from uint8) bool {
	return l.wanted[from] < t.share() || l.over < t.config.Wanted/2
}

func (t *Table) link(swIf uint32) *link {
	l := t.links[swIf]
	if l == nil {
		l = &link{}
		t.links[swIf] = l
	}
	return l
}

// wanted counts an entry among those that are being looked for, with 1, or not any more, with -1.
func (t *Table) wanted(e *entry, n int) {
	if e.State != Incomplete && e.State != Failed {
		return
	}
	l := t.link(e.SwIf)
	l.over -= max(0, l.wanted[e.from]-t.share())
	l.wanted[e.from] += n
	l.over += max(0, l.wanted[e.from]-t.share())
}

// Want says that a packet waits for a neighbour, from somebody of a class. ask: send a request now. ok is false where there is no room
// to look for it, or too much is asked on that link already.
func (t *Table) Want(now int64, k Key, from uint8) (ask, ok bool) {
	from %= Classes
	e, l := t.entries[k], t.link(k.SwIf)
	if e == nil {
		if t.count[family(k.Addr)] >= t.config.Max[family(k.Addr)] || !t.room(l, from) || !t.mayAsk(now, l, from) {
			return false, false
		}
		t.ask(now, t.make(k, from), 1)
		return true, true
	}
	if e.State == Incomplete && now-e.asked >= int64(t.config.Again) && t.mayAsk(now, l, from) {
		e.asked = now
		return true, true
	}
	if e.State != Failed {
		return false, true
	}
	if now-e.asked < int64(t.config.Retry) || !t.mayAsk(now, l, from) {
		return false, false
	}
	e.State = Incomplete
	t.ask(now, e, 1)
	return true, true
}

// Foresee says that packets may come for a neighbour. If nobody has looked for it yet a request is to be sent, and no second one
// before the first packet.
func (t *Table) Foresee(now int64, k Key) (ask bool) {
	if t.entries[k] != nil {
		return false
	}
	if ask, _ = t.Want(now, k, 0); ask {
		e := t.entries[k]
		e.tries, e.asked = t.config.Tries, now-int64(t.config.Again)
	}
	return ask
}

// Used says that a packet has gone to a neighbour whose flag it has found. Where too much is asked already, it is asked later.
func (t *Table) Used(now int64, k Key) (ask Ask, ok bool) {
	e := t.entries[k]
	if e == nil || e.State != Stale {
		return Ask{}, false
	}
	e.State = Probe
	if !t.link(k.SwIf).probes.take(now, t.config.Asks/4) {
		e.tries = 0
		t.timer(e, now+int64(t.config.Retry)/8)
		return Ask{}, false
	}
	t.ask(now, e, 1)
	return Ask{k, e.MAC, true}, true
}
