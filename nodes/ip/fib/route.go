package fib

import (
	"maps"
	"slices"
)

// route is what all prefixes with the same paths by the same sources have in common.
type route struct {
	key     string
	list    []sourced // by source; the first one counts. Never empty
	forward uint32
	refs    int // prefixes
	members []member
	state   resolution
}

// member is a hop of a route and its share.
type member struct {
	*target
	weight int
}

// resolution is how far a recursive route has come.
type resolution uint8

const (
	resolved resolution = iota
	unresolved
	resolving // it leads to itself if it is asked for now
)

// intern finds or makes the route of a list and counts one more prefix.
func (f *FIB) intern(list []sourced) (*route, error) {
	key := keyOf(list)
	if r := f.byKey[key]; r != nil {
		r.refs++
		return r, nil
	}
	r := &route{key: key, list: list, refs: 1}
	id, err := f.forwards.take(newForward([]uint32{0}, list))
	if err != nil {
		return nil, err
	}
	r.forward = id
	f.byKey[key], f.routes[id] = r, r
	if slices.ContainsFunc(list[0].paths, func(p Path) bool { return p.Kind == ToNeighbor && p.SwIf == 0 }) {
		f.recursive[r] = true // resolved when it is published
	} else if err := f.resolve(r); err != nil {
		f.release(r)
		return nil, err
	}
	return r, nil
}

// release counts one prefix less. The forward is free when nobody sees it any more.
func (f *FIB) release(r *route) {
	if r.refs--; r.refs > 0 {
		return
	}
	for _, m := range r.members {
		f.letGo(m.target)
	}
	delete(f.byKey, r.key)
	delete(f.routes, r.forward)
	delete(f.recursive, r)
	f.freeForwards = append(f.freeForwards, r.forward)
}

// resolve finds the hops of a route as things are now, and publishes them.
func (f *FIB) resolve(r *route) error {
	paths := r.list[0].paths
	var members []member
	for i := 0; i < len(paths) && len(members) == 0; {
		j := i
		for ; j < len(paths) && paths[j].Preference == paths[i].Preference; j++ {
			var err error
			if members, err = f.follow(members, &paths[j]); err != nil {
				f.drop(members)
				return err
			}
		}
		i = j
	}
	if slices.Equal(members, r.members) {
		f.drop(members)
		return nil
	}
	f.drop(r.members)
	r.members = members
	f.forwards.at[r.forward].Store(newForward(r.hops(), r.list))
	return nil
}

func (f *FIB) drop(members []member) {
	for _, m := range members {
		f.letGo(m.target)
	}
}

// hops is the row for the flow hash.
func (r *route) hops() []uint32 {
	if len(r.members) == 0 {
		return []uint32{0}
	}
	ids, weights := make([]uint32, len(r.members)), make([]int, len(r.members))
	for i, m := range r.members {
		ids[i], weights[i] = m.hop, m.weight
	}
	return spread(ids, weights)
}

// follow adds what a path leads to, if it leads anywhere now.
func (f *FIB) follow(members []member, p *Path) ([]member, error) {
	switch {
	case p.Kind == ToDrop:
		return f.add(members, targetKey{kind: KindDrop}, p.weight())
	case p.Kind == ToLocal:
		return f.add(members, targetKey{kind: KindLocal}, p.weight())
	case p.Kind == ToUnreachable:
		return f.add(members, targetKey{kind: KindUnreachable}, p.weight())
	case p.Kind == ToProhibit:
		return f.add(members, targetKey{kind: KindProhibit}, p.weight())
	case p.looksUp():
		return f.add(members, targetKey{kind: KindLookup, swIf: p.SwIf, table: p.Table, via: p.Via, source: p.Kind == ToSourceTable}, p.weight())
	case p.SwIf != 0 && !f.links[p.SwIf].Up:
		return members, nil
	case p.Kind == ToLink:
		return f.add(members, targetKey{kind: KindGlean, swIf: p.SwIf}, p.weight())
	case p.SwIf != 0:
		return f.add(members, targetKey{kind: KindResolve, swIf: p.SwIf, via: p.Via}, p.weight())
	}
	return f.recurse(members, p)
}

// recurse adds what the route to a path's next hop leads to.
func (f *FIB) recurse(members []member, p *Path) ([]member, error) {
	t, err := f.table(p.Via.Is6(), p.Table)
	if err != nil {
		return members, nil // it was deleted
	}
	n, ok := t.trie.Lookup(p.Via)
	if !ok {
		return members, nil
	}
	r := f.routes[n]
	switch r.state {
	case resolving:
		return members, nil
	case unresolved:
		if err := f.resolveRecursive(r); err != nil {
			return members, err
		}
	}
	for _, m := range r.members {
		k := m.key
		switch k.kind {
		case KindGlean:
			k = targetKey{kind: KindResolve, swIf: k.swIf, via: p.Via}
		case KindResolve:
		default:
			continue // what is local, or nowhere, is no next hop
		}
		if members, err = f.add(members, k, p.weight()*m.weight); err != nil {
			return members, err
		}
	}
	return members, nil
}

// add makes a target a member, once however many paths lead there.
func (f *FIB) add(members []member, k targetKey, weight int) ([]member, error) {
	if at := slices.IndexFunc(members, func(m member) bool { return m.key == k }); at >= 0 {
		members[at].weight += weight
		return members, nil
	}
	t, err := f.target(k)
	if err != nil {
		return members, err
	}
	return append(members, member{t, weight}), nil
}

// resolveAll resolves what depends on other routes, which have changed.
func (f *FIB) resolveAll() {
	if len(f.recursive) == 0 {
		return
	}
	for r := range f.recursive {
		r.state = unresolved
	}
	for _, r := range slices.SortedFunc(maps.Keys(f.recursive), func(a, b *route) int { return int(a.forward) - int(b.forward) }) {
		if r.state == unresolved {
			_ = f.resolveRecursive(r) // without room it keeps the hops it had
		}
	}
}

func (f *FIB) resolveRecursive(r *route) error {
	r.state = resolving
	err := f.resolve(r)
	r.state = resolved
	return err
}
