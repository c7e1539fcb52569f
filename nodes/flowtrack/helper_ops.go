package flowtrack

import (
	"context"
	"fmt"
	"slices"

	"github.com/gvpp/gvpp/api"
)

// maxHelpers is how many ports may have helpers: each segment that one reads along with is looked up among them.
const maxHelpers = 8

// AttachHelper has a helper read along with the TCP sessions that begin at a port from now on. Loose says that sessions may be
// announced for others than the two that talk.
func (p *Plugin) AttachHelper(ctx context.Context, name string, port uint16, loose bool) error {
	h, err := p.helper(name)
	if err != nil {
		return err
	}
	if port == 0 {
		return api.Wrap(api.InvalidValue, fmt.Errorf("flowtrack: helper %s at port 0: want 1 to 65535", name))
	}
	return p.attach(ctx, func(now attachments) (attachments, error) {
		if at := now.at(port); at != nil && at.Name() != name {
			return nil, api.Wrap(api.ValueExist, fmt.Errorf("flowtrack: helper %s at port %d: helper %s is there: `flowtrack helper del %s port %d` first", name, port, at.Name(), at.Name(), port))
		}
		now = slices.DeleteFunc(now, func(a attached) bool { return a.port == port })
		if len(now) == maxHelpers {
			return nil, api.Wrap(api.LimitExceeded, fmt.Errorf("flowtrack: helper %s at port %d: %d ports have helpers already, which is the most", name, port, maxHelpers))
		}
		return append(now, attached{h, port, loose}), nil
	})
}

// DetachHelper undoes AttachHelper. What is expected already stays so.
func (p *Plugin) DetachHelper(ctx context.Context, name string, port uint16) error {
	if _, err := p.helper(name); err != nil {
		return err
	}
	return p.attach(ctx, func(now attachments) (attachments, error) {
		n := len(now)
		now = slices.DeleteFunc(now, func(a attached) bool { return a.port == port && a.Name() == name })
		if len(now) == n {
			return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("flowtrack: no helper %s at port %d: `show flowtrack helpers` lists those that there are", name, port))
		}
		return now, nil
	})
}

// helper finds a helper by name.
func (p *Plugin) helper(name string) (Helper, error) {
	var names []string
	for _, h := range p.Helpers {
		if h.Name() == name {
			return h, nil
		}
		names = append(names, h.Name())
	}
	return nil, api.Wrap(api.NoSuchEntry, fmt.Errorf("flowtrack: no helper %q; there are %v", name, names))
}

// attach changes what is attached and returns when that holds for all workers.
func (p *Plugin) attach(ctx context.Context, change func(attachments) (attachments, error)) error {
	p.mu.Lock()
	next := *p.published.Load()
	helpers, err := change(slices.Clone(next.helpers))
	if err == nil {
		if p.helping.Load() == nil {
			p.helping.Store(new(helping))
		}
		if next.helpers = helpers; len(helpers) == 0 {
			next.helpers = nil
		}
		p.published.Store(&next)
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.dp.Published(ctx)
}
