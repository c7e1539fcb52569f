package gvpp

import (
	"slices"

	"github.com/gvpp/gvpp/plugin"
)

// Link implements plugin.Dataplane.
func (dp *Dataplane) Link(swIf uint32) (plugin.Link, bool) {
	list := *dp.links.Load()
	if int(swIf) >= len(list) || !list[swIf].there {
		return plugin.Link{}, false
	}
	return list[swIf].Link, true
}

// knownLink is an interface's link as it is published.
type knownLink struct {
	plugin.Link
	there bool
}

// relink publishes the links as they are and tells plugins of those that have changed. dp.mu is held.
func (dp *Dataplane) relink() {
	old := *dp.links.Load()
	list := make([]knownLink, len(dp.ifs)+1)
	for i := range dp.here() {
		list[i.swIf] = dp.linkOf(i)
	}
	dp.links.Store(&list)
	for swIf := range list {
		if was := (knownLink{}); swIf < len(old) && equalLinks(&old[swIf], &list[swIf]) || swIf >= len(old) && equalLinks(&was, &list[swIf]) {
			continue
		}
		dp.toldLink(uint32(swIf))
	}
}

func equalLinks(a, b *knownLink) bool {
	return a.there == b.there && a.MAC == b.MAC && a.MTU == b.MTU && a.MTU4 == b.MTU4 && a.MTU6 == b.MTU6 && a.Up == b.Up && a.Admin == b.Admin && a.Raw == b.Raw && slices.Equal(a.Tags, b.Tags)
}

// defaultMTU is that of an interface that does not tell its own.
const defaultMTU = 1500

// linkOf is an interface's link now. One without an address gets one that is its own in this dataplane.
func (dp *Dataplane) linkOf(i *iface) knownLink {
	if i.leaves {
		return knownLink{}
	}
	l := knownLink{plugin.Link{MTU: defaultMTU, Up: i.up && i.linkUp(), Admin: i.up, MAC: [6]byte{2, 0xfe, 0, 0, byte(i.swIf >> 8), byte(i.swIf)}}, true}
	if i.device != nil {
		info := i.info()
		if l.Raw = info.Raw; len(info.MAC) == len(l.MAC) {
			l.MAC = [6]byte(info.MAC)
		}
	}
	if s, ok := i.sub(); ok {
		l.NoIP = !s.match.Exact
		l.MAC, l.Tags, l.Parent = dp.linkOf(s.parent).MAC, s.match.Header(), s.parent.swIf
	}
	if n := i.mtuOf(MTUL3); n > 0 {
		l.MTU = n
	}
	l.MTU4, l.MTU6 = l.MTU, l.MTU
	if n := i.mtus[MTUIP4]; n != 0 {
		l.MTU4 = int(n)
	}
	if n := i.mtus[MTUIP6]; n != 0 {
		l.MTU6 = int(n)
	}
	return l
}

// toldLink tells plugins of a link. dp.mu is held.
func (dp *Dataplane) toldLink(swIf uint32) {
	for _, f := range dp.changed {
		f(swIf)
	}
}

// tellLinks tells plugins, which have just been initialised, of the interfaces that there are.
func (dp *Dataplane) tellLinks(to []func(swIf uint32)) {
	dp.mu.Lock()
	defer dp.mu.Unlock()
	dp.changed = to
	for i := range dp.here() {
		dp.toldLink(i.swIf)
	}
}
