package gvpp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dolthub/swiss"
)

// names is the interfaces' names, both ways: immutable, published with every interface that comes or goes, so that nobody
// who asks for a name waits for an operation under way.
type names struct {
	list  []string // by sw_if_index-1; "" for one that was removed
	index *swiss.Map[string, uint32]
}

// with is n and one name more, the next sw_if_index's.
func (n *names) with(name string) *names {
	return newNames(append(n.list[:len(n.list):len(n.list)], name))
}

// without is n but for the name of an interface.
func (n *names) without(swIf uint32) *names {
	list := slices.Clone(n.list)
	list[swIf-1] = ""
	return newNames(list)
}

func newNames(list []string) *names {
	n := &names{list: list, index: swiss.NewMap[string, uint32](uint32(len(list)) + 1)}
	for i, name := range list {
		if name != "" {
			n.index.Put(name, uint32(i)+1)
		}
	}
	return n
}

func (n *names) has(name string) bool { return n.index != nil && n.index.Has(name) }

// all is the names that there are.
func (n *names) all() []string {
	return slices.DeleteFunc(slices.Clone(n.list), func(name string) bool { return name == "" })
}

// Interface implements plugin.Dataplane.
func (dp *Dataplane) Interface(name string) (uint32, error) {
	n := dp.names.Load()
	if n.has(name) {
		swIf, _ := n.index.Get(name)
		return swIf, nil
	}
	have := "there are none"
	if list := n.all(); len(list) > 0 {
		have = "there are " + strings.Join(list, ", ")
	}
	return 0, fmt.Errorf("no interface %q; %s", name, have)
}

// InterfaceName implements plugin.Dataplane.
func (dp *Dataplane) InterfaceName(swIf uint32) string {
	n := dp.names.Load()
	if swIf == 0 || int(swIf) > len(n.list) || n.list[swIf-1] == "" {
		return fmt.Sprintf("sw_if_index %d", swIf)
	}
	return n.list[swIf-1]
}

// InterfaceNames implements plugin.Dataplane.
func (dp *Dataplane) InterfaceNames() []string { return dp.names.Load().all() }
