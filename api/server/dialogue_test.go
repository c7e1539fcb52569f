package server

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
)

// unhex reads bytes with blanks between, as a capture shows them.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestHello is the dialogue that each client begins with, in bytes.
func TestHello(t *testing.T) {
	c := dial(t, serve(t, nil))
	name := hex.EncodeToString(pad("govppsock", 64))
	c.write(unhex(t, "0000000000000000 00000046 00000000 000f 0000007b"+name))
	b := c.read()
	const entries = 28 + 21
	want := unhex(t, "0010 00000000 0000007b 00000000 80000001 0031")
	if !bytes.HasPrefix(b, want) || len(b) != len(want)+66*entries {
		t.Fatalf("got %d bytes, % x, want % x and %d entries", len(b), b[:len(want)], want, entries)
	}
	b = b[len(want):]
	last := uint16(entries + 1)
	var deletion uint16
	for ; len(b) > 0; b = b[66:] {
		id := binary.BigEndian.Uint16(b)
		if id != last-1 {
			t.Errorf("id %d comes behind %d: they descend", id, last)
		}
		last = id
		if bytes.HasPrefix(b[2:], []byte("sockclnt_delete_")) {
			deletion = id // as GoVPP looks for it
		}
		if id == 15 && !bytes.Equal(b[2:66], pad("sockclnt_create_455fb9c4", 64)) {
			t.Errorf("id 15 is %q", b[2:66])
		}
	}
	if deletion != 17 {
		t.Errorf("GoVPP takes %d for sockclnt_delete, want 17", deletion)
	}
	pid := hex.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(os.Getpid())))
	c.write(unhex(t, "0000000000000000 0000000a 00000000 0017 80000001 00020003"))
	if got, want := c.read(), unhex(t, "0018 00020003 00000000 80000001"+pid); !bytes.Equal(got, want) {
		t.Errorf("control_ping_reply: got % x, want % x", got, want)
	}
	c.write(unhex(t, "0000000000000000 0000000e 00000000 0011 80000001 0000007c 80000001"))
	if got, want := c.read(), unhex(t, "0012 0000007c 00000001"); !bytes.Equal(got, want) {
		t.Errorf("sockclnt_delete_reply: got % x, want % x", got, want)
	}
	c.ended()
}

// TestDeleteOther does not let a client delete another.
func TestDeleteOther(t *testing.T) {
	r := serve(t, nil)
	a, b := hello(t, r), hello(t, r)
	a.write(a.request("sockclnt_delete", 1, b.index))
	a.expect("sockclnt_delete_reply", 1, errno(api.InvalidRegistration))
	for _, c := range []*raw{a, b} {
		c.write(c.request("toy_add", 2, 3, 4))
		c.expect("toy_add_reply", 2, 0, 7)
	}
}

// TestPieces sends several messages at once, and one a byte at a time. Both are answered in order.
func TestPieces(t *testing.T) {
	c := hello(t, serve(t, nil))
	var all []byte
	for i := range uint32(500) {
		all = append(all, c.request("toy_add", i, 100+i, 1)...)
	}
	c.write(all)
	for i := range uint32(500) {
		c.expect("toy_add_reply", i, 0, i+101)
	}
	for _, b := range c.request("toy_add", 7, 1, 2) {
		c.write([]byte{b})
	}
	c.expect("toy_add_reply", 7, 0, 3)
}

func TestKinds(t *testing.T) {
	c := hello(t, serve(t, nil))
	const ctx = 99
	c.write(c.request("toy_count_dump", ctx, 3))
	c.write(c.request("control_ping", ctx))
	for i := range uint32(3) {
		c.expect("toy_count_details", ctx, i)
	}
	c.expect("control_ping_reply", ctx, 0)

	c.write(c.request("toy_page_get", ctx, 30))
	for i := uint32(30); i < apitest.Pages; i++ {
		c.expect("toy_page_details", ctx, i)
	}
	c.expect("toy_page_get_reply", ctx, 0, negative)
	c.write(c.request("toy_page_get", ctx, 20))
	for i := uint32(20); i < 30; i++ {
		c.expect("toy_page_details", ctx, i)
	}
	c.expect("toy_page_get_reply", ctx, errno(api.EAgain), 30)
	c.write(c.request("toy_page_get", ctx, 36))
	c.expect("toy_page_get_reply", ctx, errno(api.InvalidValue), 0)
}

// TestErrors has full-size answers to whatever is known, and none to what is not.
func TestErrors(t *testing.T) {
	r := serve(t, nil)
	c := hello(t, r)
	c.write(c.request("toy_idle", 1))
	c.expect("toy_idle_reply", 1, errno(api.Unimplemented), 0, 0, 0, 0)
	c.write(slices.Concat(c.request("toy_idle_dump", 2), c.request("control_ping", 2)))
	c.expect("control_ping_reply", 2, 0)
	c.write(c.request("toy_panic", 3))
	c.expect("toy_panic_reply", 3, errno(api.Bug), 0, 0)
	c.write(c.request("toy_add", 4, 1)) // a word is missing
	c.expect("toy_add_reply", 4, errno(api.InvalidValue), 0)
	c.write(c.request("toy_add", 5, 13, 1))
	c.expect("toy_add_reply", 5, errno(api.InvalidValue), 0)
	c.write(c.request("toy_add", 6, 1, 2, 3)) // a word too many, which VPP passes over
	c.expect("toy_add_reply", 6, 0, 3)
	for _, b := range [][]byte{{}, {1}, {0, 0}, {255, 255, 0, 0, 0, 0, 0, 0, 0, 0}, {0, byte(c.table["toy_add"]), 1}, {0, byte(c.table["toy_event"]), 0, 0, 0, 0}} {
		c.write(frame(b))
	}
	c.write(c.request("toy_add", 7, 1, 2))
	c.expect("toy_add_reply", 7, 0, 3)
	if got := r.Stats(); got.Unknown != 6 || got.Panics != 1 {
		t.Errorf("got %+v, want 6 unknown messages and a panic", got)
	}
	var got []string
	for _, f := range r.Failures() {
		got = append(got, f.Client+" "+f.Message+": "+f.Text)
	}
	want := []string{
		"raw toy_idle: api: not implemented (-9)", "raw toy_idle_dump: api: not implemented (-9)",
		`raw toy_panic: server: the handler of "toy_panic" has panicked: toy`,
		"raw toy_add: toy_add: api: the message is too short for its fields", "raw toy_add: toy: 13 is not added",
	}
	if !slices.Equal(got, want) {
		t.Errorf("failures: got %q, want %q", got, want)
	}
	for _, m := range r.Messages() {
		if m.Name == "toy_add" && (m.Calls != 4 || m.Errors != 2 || !m.Handled || m.Module != "toy") {
			t.Errorf("toy_add: got %+v, want 4 calls, 2 errors", m)
		}
	}
}

// TestMemclnt asks for what a client can know of the API.
func TestMemclnt(t *testing.T) {
	c := hello(t, serve(t, nil))
	ask := func(name string, d *api.Desc, body []byte) api.Message {
		t.Helper()
		f := c.request(name, 5)
		c.write(frame(append(f[frameHeader:], body...)))
		h, m, err := api.DecodeMessage(d, c.read())
		if err != nil || h.Context != 5 || h.ID != c.table[d.Name] {
			t.Fatalf("%s: %+v, %v", name, h, err)
		}
		return m
	}
	first := (*memclnt.GetFirstMsgIDReply)(nil).Desc()
	for name, want := range map[string]memclnt.GetFirstMsgIDReply{
		memclnt.File.Range(): {FirstMsgID: 1}, "toy_12ab34cd": {FirstMsgID: 29}, "toy_00000000": {FirstMsgID: 0xffff, Retval: int32(api.InvalidValue)},
	} {
		if got := ask("get_first_msg_id", first, pad(name, 64)).(*memclnt.GetFirstMsgIDReply); *got != want {
			t.Errorf("get_first_msg_id of %q: got %+v, want %+v", name, *got, want)
		}
	}
	versions := ask("api_versions", (*memclnt.APIVersionsReply)(nil).Desc(), nil).(*memclnt.APIVersionsReply)
	if want := (memclnt.ModuleVersion{Major: 1, Minor: 2, Patch: 3, Name: "toy.api"}); len(versions.APIVersions) != 2 || versions.APIVersions[1] != want {
		t.Errorf("api_versions: got %+v", versions)
	}
	json := ask("get_api_json", (*memclnt.GetAPIJSONReply)(nil).Desc(), nil).(*memclnt.GetAPIJSONReply)
	if !strings.HasPrefix(json.JSON, "[") || !strings.HasSuffix(json.JSON, ",\n"+apitest.File.JSON+"]") {
		t.Errorf("get_api_json: got %.200q", json.JSON)
	}
	c.write(c.request("memclnt_keepalive", 6))
	c.expect("memclnt_keepalive_reply", 6, 0)
	c.write(c.request("sock_init_shm", 7, 0, 0))
	c.expect("sock_init_shm_reply", 7, errno(api.Unimplemented))
	c.write(frame(append([]byte{0, byte(c.table["memclnt_create"]), 0, 0, 0, 8}, make([]byte, 108)...)))
	c.expect("memclnt_create_reply", 8, errno(api.Unimplemented), 0, 0, 0, 0, 0)
	for _, name := range []string{"memclnt_rx_thread_suspend", "memclnt_read_timeout", "rx_thread_exit"} {
		c.write(frame([]byte{0, byte(c.table[name]), 0}))
	}
	c.write(c.request("toy_add", 9, 1, 2))
	c.expect("toy_add_reply", 9, 0, 3)
}

func TestTableErrors(t *testing.T) {
	toy := new(apitest.Toy).Service()
	other := *apitest.File
	other.Name = "other"
	newer := *apitest.File
	for _, tt := range []struct {
		services []api.Service
		want     string
	}{
		{[]api.Service{toy, toy}, `module "toy": message "toy_add" has two handlers`},
		{[]api.Service{toy, {File: &other}}, `message "toy_add" is in two modules: "toy" and "other"`},
		{[]api.Service{toy, {File: &newer}}, `module "toy" is there twice`},
		{[]api.Service{{File: &other, Handlers: []api.Handler{{Method: apitest.AddMethod}}}}, "without a function"},
		{[]api.Service{{}}, "without a module"},
		{[]api.Service{memclnt.Serve(memclnt.Unimplemented{})}, `module "memclnt": message`},
	} {
		_, err := New(Config{Path: t.TempDir() + "/s", Services: tt.services})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	half := api.Service{File: apitest.File, Handlers: toy.Handlers[:2]}
	rest := api.Service{File: apitest.File, Handlers: toy.Handlers[2:]}
	serve(t, func(cfg *Config) { cfg.Services = []api.Service{half, rest} })
}
