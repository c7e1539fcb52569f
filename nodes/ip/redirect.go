package ip

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gvpp/gvpp/nodes/ip/fib"
)

// AnyInterface stands for all interfaces that have no redirection of their own.
const AnyInterface = ^uint32(0)

// ErrNoRedirect is what taking away a redirection that is none is refused with.
var ErrNoRedirect = errors.New("see `show ip punt redirect`")

// PuntRedirect is where packets go that are punted.
type PuntRedirect struct {
	RxIf  uint32 // who has received them, or AnyInterface
	Paths []fib.Path

	forward uint32
}

// SetPuntRedirect has packets for this host that an interface, or AnyInterface, has received and nobody here wants go by paths: next
// hops on links, or links. It replaces what was set before.
func (p *Plugin) SetPuntRedirect(v6 bool, rx uint32, paths []fib.Path) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rx != AnyInterface {
		if _, err := p.find(rx); err != nil {
			return err
		}
	}
	for i := range paths {
		if !plainHop(&paths[i]) {
			return fmt.Errorf("ip: punt redirect: want next hops on interfaces, or interfaces: %w", fib.ErrPath)
		}
		if _, err := p.find(paths[i].SwIf); err != nil {
			return err
		}
	}
	forward, err := p.fib.Pin(v6, paths)
	if err != nil {
		return err
	}
	list := p.puntRedirects[family(v6)]
	old, had := list[rx]
	list[rx] = PuntRedirect{rx, slices.Clone(paths), forward}
	p.publishRedirects(family(v6))
	if had {
		p.fib.Unpin(old.forward)
	}
	for _, path := range paths {
		if path.Kind == fib.ToNeighbor {
			p.foresee(path.SwIf, path.Via)
		}
	}
	return nil
}

// DeletePuntRedirect undoes SetPuntRedirect.
func (p *Plugin) DeletePuntRedirect(v6 bool, rx uint32) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, had := p.puntRedirects[family(v6)][rx]; !had {
		return fmt.Errorf("ip: punt redirect of %s: there is none: %w", p.rxName(rx), ErrNoRedirect)
	}
	p.endRedirect(family(v6), rx)
	return nil
}

// endRedirect takes a redirection away, if there is one. p.mu is held.
func (p *Plugin) endRedirect(family int, rx uint32) {
	list := p.puntRedirects[family]
	if old, had := list[rx]; had {
		delete(list, rx)
		p.publishRedirects(family)
		p.fib.Unpin(old.forward)
	}
}

// publishRedirects makes the table anew. p.mu is held.
func (p *Plugin) publishRedirects(family int) {
	t := &puntTable{}
	for rx, r := range p.puntRedirects[family] {
		if rx == AnyInterface {
			t.any = r.forward
			continue
		}
		if n := int(rx) + 1 - len(t.by); n > 0 {
			t.by = append(t.by, make([]uint32, n)...)
		}
		t.by[rx] = r.forward
	}
	p.redirects[family].Store(t)
}

// PuntRedirects lists the redirections of a family, by who has received; AnyInterface comes last.
func (p *Plugin) PuntRedirects(v6 bool) []PuntRedirect {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.puntRedirects[family(v6)]), func(a, b PuntRedirect) int { return cmp.Compare(a.RxIf, b.RxIf) })
}

func (p *Plugin) rxName(rx uint32) string {
	if rx == AnyInterface {
		return "all interfaces"
	}
	return p.dp.InterfaceName(rx)
}

// SetPunt has UDP packets to a port of this host punted without a word to the sender where nobody takes them.
func (p *Plugin) SetPunt(v6 bool, port uint16, on bool) { p.punted[family(v6)].set(port, on) }
