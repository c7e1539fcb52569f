package gvpp

import (
	"fmt"
	"strings"

	"github.com/dolthub/swiss"
)

// names is the interfaces' names, both ways: immutable, published with every interface that is added, so that nobody who
// asks for a name waits for an operation under way.
type names struct {
	list  []string // by sw_if_index-1
	index *swiss.Map[string, uint32]
}

// with is n and one name more, the next sw_if_index's.
func (n *names) with(name string) *names {
	next := &names{list: append(n.list[:len(n.list):len(n.list)], name), index: swiss.NewMap[string, uint32](uint32(len(n.list)) + 1)}
	for i, name := range next.list {
		next.index.Put(name, uint32(i)+1)
	}
	return next
}

func (n *names) has(name string) bool { return n.index != nil && n.index.Has(name) }

// Interface implements plugin.Dataplane.
func (dp *Dataplane) Interface(name string) (uint32, error) {
	n := dp.names.Load()
	if n.has(name) {
		swIf, _ := n.index.Get(name)
		return swIf, nil
	}
	have := "there are none"
	if len(n.list) > 0 {
		have = "there are " + strings.Join(n.list, ", ")
	}
	return 0, fmt.Errorf("no interface %q; %s", name, have)
}

// InterfaceName implements plugin.Dataplane.
func (dp *Dataplane) InterfaceName(swIf uint32) string {
	n := dp.names.Load()
	if swIf == 0 || int(swIf) > len(n.list) {
		return fmt.Sprintf("sw_if_index %d", swIf)
	}
	return n.list[swIf-1]
}

// InterfaceNames implements plugin.Dataplane.
func (dp *Dataplane) InterfaceNames() []string { return append([]string(nil), dp.names.Load().list...) }
