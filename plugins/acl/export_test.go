package acl

import (
	"errors"

	"github.com/gvpp/gvpp/plugin"
)

// leaving is a dataplane whose interface loses its name.
type leaving struct {
	plugin.Dataplane
	swIf uint32
}

func (d leaving) Interface(name string) (uint32, error) {
	swIf, err := d.Dataplane.Interface(name)
	if swIf == d.swIf {
		return 0, errors.New("it is being removed")
	}
	return swIf, err
}

// Leave begins to remove an interface, as far as the plugin sees it, and returns what takes that back.
func (p *Plugin) Leave(swIf uint32) (back func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.dp
	p.dp = leaving{old, swIf}
	return func() { p.dp = old }
}
