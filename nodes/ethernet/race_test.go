package ethernet

import (
	"context"
	"testing"
	"time"

	"github.com/gvpp/gvpp/plugin"
)

// leaving is a dataplane from which an interface is removed when somebody has looked for it.
type leaving struct {
	plugin.Dataplane
	remove func()
}

func (d leaving) Link(uint32) (plugin.Link, bool) {
	d.remove()
	return plugin.Link{}, true
}
func (leaving) InterfaceName(uint32) string                            { return "a" }
func (leaving) SetFeature(_, _ string, _ uint32, _ bool) (bool, error) { return true, nil }
func (leaving) Published(context.Context) error                        { return nil }

// An interface that is removed meanwhile leaves no rewriting behind.
func TestRewriteOfOneThatIsRemoved(t *testing.T) {
	p, removed := New(), make(chan error, 1)
	p.dp = leaving{remove: func() {
		go func() { removed <- p.forget(7) }()
		select {
		case err := <-removed:
			removed <- err
		case <-time.After(20 * time.Millisecond): // it waits, as it should
		}
	}}
	if err := p.SetRewrite(t.Context(), 7, Rewrite{Op: Push1}); err != nil {
		t.Error(err)
	}
	if err := <-removed; err != nil || p.RewriteOf(7).Op != RewriteNone {
		t.Errorf("%v; left is %v", err, p.RewriteOf(7))
	}
}
