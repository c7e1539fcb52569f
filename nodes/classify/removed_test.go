package classify

import (
	"errors"
	"reflect"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/plugin"
)

// removal is a dataplane that removes an interface when that has been looked up some times.
type removal struct {
	plugin.Dataplane
	looks int
}

func (d *removal) Interface(name string) (uint32, error) {
	if d.looks--; d.looks < 0 {
		return 0, errors.New("removed")
	}
	return d.Dataplane.Interface(name)
}

// An interface that is removed between a change's check and the change gets no rules that nobody would delete.
func TestRemovedBehindTheCheck(t *testing.T) {
	p := alone(t)
	if _, err := p.Add(t.Context(), ruleOf(2, 1), nil); err != nil {
		t.Fatal(err)
	}
	before := p.state()
	p.dp = &removal{Dataplane: p.dp, looks: 3} // the checks of all, and the first again
	_, err := p.Replace(t.Context(), nil, []Rule{ruleOf(2, 7), ruleOf(1, 7)})
	if api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Errorf("added: %v", err)
	}
	if now := p.state(); !reflect.DeepEqual(now, before) {
		t.Errorf("%+v, before %+v", now, before)
	}
	if err := p.SetDefault(t.Context(), 1, Drop); api.ErrnoOf(err) != api.InvalidSwIfIndex {
		t.Errorf("default: %v", err)
	}
}
