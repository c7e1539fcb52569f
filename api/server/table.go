package server

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

const (
	firstID    = 1 // of memclnt, which clients rely on: its sockclnt_create is 15
	maxID      = 1<<16 - 1
	nameLength = 64 // of name_crc in the table that clients get, in bytes with its NUL
)

// message is an entry of the table.
type message struct {
	id     uint16
	desc   *api.Desc
	module string
	method *api.Method // whose request it is; nil for replies, details and events
	call   api.Call    // nil: unhandled

	calls, errors atomic.Uint64
}

// table is what is served. It does not change, but for the figures in it.
type table struct {
	messages []*message // by id, from firstID
	byDesc   map[*api.Desc]*message
	files    []*api.File
	first    map[string]uint16 // of a module's ids, by Range
	clients  []memclnt.MessageTableEntry
	json     func() string // the descriptions of all modules
}

// newTable numbers the messages of the services' files, memclnt's first, in the order given.
func newTable(services []api.Service) (*table, error) {
	t := &table{byDesc: map[*api.Desc]*message{}, first: map[string]uint16{}}
	t.json = sync.OnceValue(t.describe)
	if len(services) == 0 || services[0].File != memclnt.File {
		panic("server: memclnt is not the first module")
	}
	modules := map[string]*api.File{}
	names := map[string]*message{}
	for _, s := range services {
		if s.File == nil {
			return nil, fmt.Errorf("server: a service without a module")
		}
		if old := modules[s.File.Name]; old == nil {
			modules[s.File.Name] = s.File
			if err := t.addFile(s.File, names); err != nil {
				return nil, err
			}
		} else if old != s.File {
			return nil, fmt.Errorf("server: module %q is there twice: %s and %s", s.File.Name, old.Range(), s.File.Range())
		}
		for _, h := range s.Handlers {
			if err := t.handle(s.File, h); err != nil {
				return nil, err
			}
		}
	}
	t.list()
	return t, nil
}

func (t *table) addFile(f *api.File, names map[string]*message) error {
	t.files = append(t.files, f)
	t.first[f.Range()] = uint16(firstID + len(t.messages))
	for _, d := range f.Messages {
		id := firstID + len(t.messages)
		switch old := names[d.Name]; {
		case old != nil:
			return fmt.Errorf("server: message %q is in two modules: %q and %q", d.Name, old.module, f.Name)
		case len(d.ID()) >= nameLength:
			return fmt.Errorf("server: module %q: message %q: its name with the CRC has %d bytes, the limit is %d", f.Name, d.Name, len(d.ID()), nameLength-1)
		case id > maxID:
			return fmt.Errorf("server: module %q: message %q: there are more than %d messages", f.Name, d.Name, maxID)
		}
		m := &message{id: uint16(id), desc: d, module: f.Name}
		names[d.Name], t.byDesc[d] = m, m
		t.messages = append(t.messages, m)
	}
	for _, method := range f.Methods {
		for _, d := range []*api.Desc{method.Request, method.Reply, method.Stream} {
			if d != nil && t.byDesc[d] == nil {
				return fmt.Errorf("server: module %q: method %q: message %q is not the module's", f.Name, method.Request.Name, d.Name)
			}
		}
		t.byDesc[method.Request].method = method
	}
	return nil
}

func (t *table) handle(f *api.File, h api.Handler) error {
	if h.Method == nil || h.Call == nil || !slices.Contains(f.Methods, h.Method) {
		return fmt.Errorf("server: module %q: a handler without a method of the module, or without a function", f.Name)
	}
	m := t.byDesc[h.Method.Request]
	if m.call != nil {
		return fmt.Errorf("server: module %q: message %q has two handlers", f.Name, m.desc.Name)
	}
	m.call = h.Call
	return nil
}

// list makes the table that clients get. Ids descend: GoVPP takes the last name that begins with sockclnt_delete_ for the
// request, and that of the reply does as well (govpp v0.13.0, adapter/socketclient).
func (t *table) list() {
	for _, m := range slices.Backward(t.messages) {
		t.clients = append(t.clients, memclnt.MessageTableEntry{Index: m.id, Name: m.desc.ID()})
	}
}

// byID is nil for an id that is not served.
func (t *table) byID(id uint16) *message {
	if i := int(id) - firstID; i >= 0 && i < len(t.messages) {
		return t.messages[i]
	}
	return nil
}

// describe joins the .api.json of all modules, so that a client needs no files.
func (t *table) describe() string {
	var all []string
	for _, f := range t.files {
		if f.JSON != "" {
			all = append(all, f.JSON)
		}
	}
	return "[" + strings.Join(all, ",\n") + "]"
}
