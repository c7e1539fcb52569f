package inacl_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	wire "github.com/gvpp/gvpp/api/binapi/classify"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/gvpptest"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/plugins/inacl"
)

// rig is two interfaces on a wire, and the tables.
type rig struct {
	t    *testing.T
	ctx  context.Context
	acl  *inacl.Plugin
	dp   *gvpp.Dataplane
	a, b *port.Memory
	c    wire.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, ctx: t.Context(), acl: inacl.New(), a: port.NewMemory("a", 1), b: port.NewMemory("b", 1)}
	now, err := int64(0), error(nil)
	r.dp, err = gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{r.a, r.b}, Plugins: []plugin.Plugin{r.acl}, Buffers: 1024,
		Clock: func() int64 { now += 1000; return now },
	})
	r.ok(err)
	t.Cleanup(func() { _ = r.dp.Close() })
	r.ok(r.dp.CrossConnect(r.ctx, "a", "b"))
	direct := api.Direct(r.dp.API()...)
	t.Cleanup(func() { _ = direct.Close() })
	r.c = wire.NewClient(direct)
	return r
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) cli(line string) string {
	r.t.Helper()
	text, err := r.dp.CLI().RunText(r.ctx, line)
	r.ok(err)
	return text
}

// want checks packets from a to b: + in front says that it passes, - that it does not.
func (r *rig) want(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		r.a.Inject(0, packetline.MustBuild(strings.TrimSpace(l[1:])))
		for r.dp.Step() {
		}
		if got := len(r.b.Sent()) == 1; got != (l[0] == '+') {
			r.t.Errorf("%s: passes: %v", l, got)
		}
	}
}

// vectors fills bytes up to whole vectors; hex digits, blanks between them.
func vectors(t *testing.T, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return append(b, make([]byte, -len(b)&15)...)
}

// Where in an IPv4 header what is, as digits.
const (
	beforeSrc = "000000000000000000000000"                 // 12 bytes
	beforeDst = beforeSrc + "00000000"                     // 16
	ports     = beforeDst + "00000000"                     // 20, of a packet without options
	tenOne    = "0a000001"                                 // 10.0.0.1
	full      = "ffffffff"                                 //
	udpLine   = "udp 10.0.0.1:1000 > 10.0.0.2:53"          //
	otherLine = "udp 10.0.0.3:1000 > 10.0.0.2:53"          //
	six       = "udp [fd00::1]:1000 > [fd00::2]:53 len 40" //
)

// TestInput: what an interface receives, by the source address from the IP header on.
func TestInput(t *testing.T) {
	r := newRig(t)
	mask := vectors(t, beforeSrc+full)
	table, err := r.acl.Add(r.ctx, inacl.Table{Mask: mask, Next: inacl.None, Deny: true, Current: true})
	r.ok(err)
	r.want("+ "+udpLine, "+ "+otherLine)
	r.ok(r.acl.Set(r.ctx, inacl.In, 1, [3]uint32{table, inacl.None, inacl.None}, true))
	r.want("- "+udpLine, "- "+otherLine, "+ "+six) // no session has any, and what is no IPv4 is not asked about
	r.ok(r.acl.AddSession(r.ctx, table, vectors(t, beforeSrc+tenOne), false, 7))
	r.want("+ "+udpLine, "- "+otherLine)
	r.ok(r.acl.AddSession(r.ctx, table, vectors(t, beforeSrc+tenOne), true, 7)) // in the place of the other
	r.want("- " + udpLine)
	if all := r.acl.Tables(); len(all) != 1 || len(all[0].Sessions) != 1 || all[0].Sessions[0].Hits() != 2 {
		t.Errorf("%+v", all)
	}
	r.ok(r.acl.Update(r.ctx, table, inacl.None, false))
	r.want("+ " + otherLine)
	r.ok(r.acl.DeleteSession(r.ctx, table, vectors(t, beforeSrc+tenOne)))
	r.want("+ " + udpLine)
	out := r.cli("show errors")
	for _, text := range []string{"input ACL misses", "input ACL hits", "input ACL session deny drops", "input ACL table-miss drops"} {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	r.ok(r.acl.Set(r.ctx, inacl.In, 1, [3]uint32{table, inacl.None, inacl.None}, false))
	r.ok(r.acl.Delete(r.ctx, table, false))
	r.want("+ " + udpLine)
}

// TestPlaces: where the bytes begin, of each kind and direction, with vectors to skip and offsets.
func TestPlaces(t *testing.T) {
	in, out := inacl.In, inacl.Out
	four, six4, l2 := [3]uint32{0, inacl.None, inacl.None}, [3]uint32{inacl.None, 0, inacl.None}, [3]uint32{inacl.None, inacl.None, 0}
	for name, c := range map[string]struct {
		table     inacl.Table
		direction inacl.Direction
		ask       [3]uint32
		mask      string // and the same with ones for zeros is what it looks for, but for digits
		match     string
		line      string
	}{
		"ports":             {inacl.Table{Current: true}, in, four, ports + full, ports + "03e80035", udpLine},
		"skipped":           {inacl.Table{Current: true, Skip: 1}, in, four, "00000000" + full, beforeDst + "00000000" + "03e80035", udpLine},
		"Ethernet in front": {inacl.Table{Current: true, Offset: -14}, in, four, beforeSrc + "ffff", beforeSrc + "0800", udpLine},
		"before the frame":  {inacl.Table{Current: true, Offset: -16}, in, four, beforeSrc + "0000" + "ffff", beforeSrc + "0000" + "0800", udpLine},
		"from the frame":    {inacl.Table{}, in, four, beforeSrc + "ffff", beforeSrc + "0800", udpLine},
		"IPv6":              {inacl.Table{Current: true}, in, six4, "0000000000" + "00ff", "0000000000" + "0011", six},
		"L2":                {inacl.Table{Current: true}, in, l2, beforeSrc + "ffff", beforeSrc + "0800", udpLine},
		"L2 of IPv6":        {inacl.Table{}, in, l2, beforeSrc + "ffff", beforeSrc + "86dd", six},
		"out":               {inacl.Table{Current: true}, out, four, ports + full, ports + "03e80035", udpLine},
		"out, IPv6":         {inacl.Table{}, out, six4, "0000000000" + "00ff", "0000000000" + "0011", six},
		"out, L2":           {inacl.Table{}, out, l2, beforeSrc + "ffff", beforeSrc + "0800", udpLine},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			swIf := uint32(1)
			if c.direction == out {
				swIf = 2
			}
			c.table.Mask, c.table.Next = vectors(t, c.mask), inacl.None
			_, err := r.acl.Add(r.ctx, c.table)
			r.ok(err)
			match := vectors(t, c.match)
			r.ok(r.acl.AddSession(r.ctx, 0, append(match, make([]byte, c.table.Skip*16+len(c.table.Mask)-len(match))...), true, 0))
			r.want("+ " + c.line)
			r.ok(r.acl.Set(r.ctx, c.direction, swIf, c.ask, true))
			r.want("- " + c.line)
			r.cli("trace add ethernet-input 1")
			r.want("- " + c.line)
			if trace := r.cli("show trace"); !strings.Contains(trace, "denied by a session") {
				t.Errorf("trace:\n%s", trace)
			}
		})
	}
}

// TestChain: tables one behind the other.
func TestChain(t *testing.T) {
	r := newRig(t)
	first, err := r.acl.Add(r.ctx, inacl.Table{Mask: vectors(t, beforeSrc+full), Next: 1, Current: true})
	r.ok(err)
	second, err := r.acl.Add(r.ctx, inacl.Table{Mask: vectors(t, ports+full), Next: 0 /* round and round */, Deny: true, Current: true})
	r.ok(err)
	r.ok(r.acl.AddSession(r.ctx, second, vectors(t, ports+"03e80035"), false, 0))
	r.cli("set interface input acl intfc a ip4-table 0")
	r.want("+ "+udpLine, "- udp 10.0.0.1:1000 > 10.0.0.2:54")
	if out := r.cli("show errors"); !strings.Contains(out, "hits after chain walk") {
		t.Error(out)
	}
	for line, want := range map[string]string{
		"show inacl type ip4": "         1              0                   a       ip4", "show inacl type l2": "No input ACL tables", "show outacl": "No output ACL tables",
		"show classify table verbose": "permit, opaque 0", "show classify tables index 1": "match 2 flag true offset 0",
	} {
		if got := r.cli(line); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", line, want, got)
		}
	}
	if err := r.acl.Delete(r.ctx, first, true); !errors.Is(err, api.Errno(-147)) {
		t.Errorf("in use: %v", err)
	}
	r.cli("set interface input acl intfc a ip4-table 0 del")
	r.ok(r.acl.Delete(r.ctx, first, true))
	if all := r.acl.Tables(); len(all) != 0 {
		t.Errorf("%d tables are left", len(all))
	}
}

// TestCommands: the same by the command line.
func TestCommands(t *testing.T) {
	r := newRig(t)
	r.cli("classify table mask hex " + beforeSrc + full + " current-data-flag 1 acl-miss-next deny")
	r.cli("classify session acl-hit-next permit table-index 0 match hex " + beforeSrc + tenOne)
	r.cli("set interface output acl intfc b ip4-table 0")
	r.want("+ "+udpLine, "- "+otherLine)
	r.cli("classify session table-index 0 match hex " + beforeSrc + tenOne + " del")
	r.want("- " + udpLine)
	for _, line := range []string{
		"classify table", "classify table mask hex 0", "classify table mask hex 00 skip 99", "classify table del 7", "classify session table-index 0", "set interface input acl ip4-table 0",
		"classify session table-index 9 match hex 00", "classify session table-index 0 match hex 00 del", "set interface input acl intfc a", "set interface input acl intfc a ip4-table 9",
		"show inacl type x", "show classify tables x", "show classify tables index 9",
	} {
		if out, err := r.dp.CLI().RunText(r.ctx, line); err == nil {
			t.Errorf("%s is taken: %s", line, out)
		}
	}
}

// TestRemoved: an interface that goes takes its tables' use with it.
func TestRemoved(t *testing.T) {
	r := newRig(t)
	_, err := r.acl.Add(r.ctx, inacl.Table{Mask: make([]byte, 16), Next: inacl.None})
	r.ok(err)
	r.ok(r.acl.Set(r.ctx, inacl.In, 1, [3]uint32{0, 0, 0}, true))
	r.ok(r.dp.RemoveInterface(r.ctx, 1))
	r.ok(r.acl.Delete(r.ctx, 0, false))
}

// TestSessionsAgainstMap: many sessions come and go; each packet meets what a map says.
func TestSessionsAgainstMap(t *testing.T) {
	r := newRig(t)
	_, err := r.acl.Add(r.ctx, inacl.Table{Mask: vectors(t, ports+"ffff"), Next: inacl.None, Current: true})
	r.ok(err)
	r.ok(r.acl.Set(r.ctx, inacl.In, 1, [3]uint32{0, inacl.None, inacl.None}, true))
	random, denied := rand.New(rand.NewPCG(1, 2)), map[byte]bool{}
	match := func(port byte) []byte { return vectors(t, ports+hex.EncodeToString([]byte{4, port})) }
	for range 3000 {
		port := byte(random.IntN(200))
		switch random.IntN(3) {
		case 0:
			r.ok(r.acl.AddSession(r.ctx, 0, match(port), true, 0))
			denied[port] = true
		case 1:
			if err := r.acl.DeleteSession(r.ctx, 0, match(port)); (err == nil) != denied[port] {
				t.Fatalf("delete of %d: %v, denied %v", port, err, denied[port])
			}
			delete(denied, port)
		default:
			sign := "+"
			if denied[port] {
				sign = "-"
			}
			r.want(sign + " udp 10.0.0.1:" + strconv.Itoa(1024+int(port)) + " > 10.0.0.2:53")
		}
	}
	if n := len(r.acl.Tables()[0].Sessions); n != len(denied) {
		t.Errorf("%d sessions, want %d", n, len(denied))
	}
}

// Tables of each kind, asked about what is received and sent, hit and missed, allocate nothing for packets.
func TestNoAllocations(t *testing.T) {
	p := inacl.New()
	h := gvpptest.New(t, gvpptest.Config{Plugins: []plugin.Plugin{p}, Interfaces: []string{"a", "b"}})
	a, b := h.Interface("a"), h.Interface("b")
	h.Connect(a, b)
	long, err := p.Add(t.Context(), inacl.Table{Mask: bytes.Repeat([]byte{0xff}, 80), Next: inacl.None}) // longer than the packets
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Add(t.Context(), inacl.Table{Mask: vectors(t, beforeSrc+full), Next: long, Current: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.AddSession(t.Context(), first, vectors(t, beforeSrc+tenOne), false, 0); err != nil {
		t.Fatal(err)
	}
	for d, swIf := range map[inacl.Direction]uint32{inacl.In: 1, inacl.Out: 2} {
		if err := p.Set(t.Context(), d, swIf, [3]uint32{first, first, long}, true); err != nil {
			t.Fatal(err)
		}
	}
	h.ExpectNoAllocs(a, gvpptest.Lines(udpLine, otherLine, six, "eth 0x88cc data 00"))
	for _, node := range []string{"ip4-inacl", "ip6-inacl", "l2-input-acl"} {
		if h.Counter(node, "input ACL misses") == 0 {
			t.Errorf("%s has seen nothing", node)
		}
	}
}
