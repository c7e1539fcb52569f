package gvpp_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/plugin"
)

// taken is a memory interface that stands for one of the host's.
type taken struct {
	*port.Memory
	host string
}

func (t taken) Host() string { return t.host }

func TestOneInterfaceOfTheHostTwice(t *testing.T) {
	dp, err := gvpp.New(gvpp.Config{Interfaces: []gvpp.Interface{taken{port.NewMemory("lan", 1), "eth1"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close()
	_, err = dp.AddInterface(t.Context(), taken{port.NewMemory("wan", 1), "eth1"})
	if !errors.Is(err, gvpp.ErrInterfaceExists) || !strings.Contains(err.Error(), `"eth1" is here already, as lan (sw_if_index 1)`) {
		t.Error(err)
	}
	if err := dp.RemoveInterface(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := dp.AddInterface(t.Context(), taken{port.NewMemory("wan", 1), "eth1"}); err != nil {
		t.Errorf("behind its removal: %v", err)
	}
}

// The end of the numbers is told before it comes, and has a retval of its own.
func TestInterfacesRunOut(t *testing.T) {
	var log bytes.Buffer
	dp, err := gvpp.New(gvpp.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer dp.Close()
	made := 0
	for ; err == nil && made < 2000; made++ {
		var swIf uint32
		if swIf, err = dp.CreateLoopback(t.Context(), nil, nil); err == nil {
			err = dp.DeleteLoopback(t.Context(), swIf)
		}
	}
	if made != 1024 || api.ErrnoOf(err) != api.LimitExceeded {
		t.Errorf("the %dth creation: %v", made, err)
	}
	if n := strings.Count(log.String(), "few interfaces"); n != 1 {
		t.Errorf("warned %d times", n)
	}
}

func TestNilPlugin(t *testing.T) {
	if _, err := gvpp.New(gvpp.Config{Plugins: []plugin.Plugin{nil}}); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Error(err)
	}
}
