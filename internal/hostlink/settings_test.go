package hostlink

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func route(list ...attribute) message {
	m := make(message, routes.head)
	m[0], m[4] = unix.AF_INET, unix.RT_TABLE_MAIN
	return m.with(routes.head, list)
}

// hops is a multipath attribute with a gateway each.
func hops(devices ...int) (b []byte) {
	for _, d := range devices {
		b = binary.NativeEndian.AppendUint16(b, unix.SizeofRtNexthop+8)
		b = append(b, unix.RTNH_F_LINKDOWN|unix.RTNH_F_ONLINK, 0)
		b = append(b, u32(uint32(d))...)
		b = append(b, 8, 0, unix.RTA_GATEWAY, 0, 10, 0, 0, byte(d))
	}
	return b
}

func find(m message, head int, kind uint16) []byte {
	for _, a := range m.attributes(head) {
		if a.kind == kind {
			return a.value
		}
	}
	return nil
}

func TestMessageKeepsItsAttributes(t *testing.T) {
	list := []attribute{{1, nil}, {2, []byte{1}}, {3, []byte("four")}, {4, []byte("fives")}}
	m := make(message, 12).with(12, list)
	got := m.attributes(12)
	if !slices.EqualFunc(list, got, func(a, b attribute) bool { return a.kind == b.kind && bytes.Equal(a.value, b.value) }) {
		t.Errorf("%v became %v", list, got)
	}
	for n := 12; n < len(m); n++ {
		m[:n].attributes(12) // cut off anywhere: no panic
	}
}

func TestRouteMoves(t *testing.T) {
	m := route(attribute{unix.RTA_OIF, u32(3)}, attribute{unix.RTA_PRIORITY, u32(100)})
	if !isMovable(m) || !mentions(m, 3) || mentions(m, 4) {
		t.Error("the route by device 3 is not seen as such")
	}
	to := routeOn(m, 3, 9)
	if u32of(find(to, routes.head, unix.RTA_OIF)) != 9 || u32of(find(to, routes.head, unix.RTA_PRIORITY)) != 100 {
		t.Errorf("moved: %x", to)
	}
}

func TestMultipathRouteMoves(t *testing.T) {
	m := route(attribute{unix.RTA_MULTIPATH, hops(3, 4)})
	if !mentions(m, 3) || !mentions(m, 4) || mentions(m, 5) {
		t.Error("hops not found")
	}
	var devices []uint32
	eachHop(find(routeOn(m, 3, 9), routes.head, unix.RTA_MULTIPATH), func(h []byte) {
		devices = append(devices, u32of(h[4:]))
		if h[2] != unix.RTNH_F_ONLINK {
			t.Errorf("flags %#x", h[2])
		}
	})
	if !slices.Equal(devices, []uint32{9, 4}) {
		t.Errorf("devices %v", devices)
	}
	eachHop([]byte{1, 0, 0, 0, 0, 0, 0, 0}, func([]byte) { t.Error("a hop shorter than its header") })
}

// An IPv6 route that expires goes on to.
func TestRouteExpires(t *testing.T) {
	info := append(make([]byte, 8), u32(180000)...) // 1800 s, in hundredths
	to := routeOn(route(attribute{unix.RTA_CACHEINFO, append(info, make([]byte, 20)...)}), 3, 9)
	if v := u32of(find(to, routes.head, 23)); v != 1801 {
		t.Errorf("expires after %d s", v)
	}
	for _, own := range []byte{unix.RTPROT_KERNEL, unix.RTPROT_REDIRECT} {
		m := route()
		if m[5] = own; isMovable(m) {
			t.Errorf("protocol %d moves", own)
		}
	}
}

func TestAddressMoves(t *testing.T) {
	m := make(message, addresses.head).with(addresses.head, []attribute{
		{unix.IFA_LABEL, []byte("eth0:1\x00")}, {unix.IFA_FLAGS, u32(unix.IFA_F_PERMANENT | unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_SECONDARY)}})
	away, home := addressOn(m, false, 9), addressOn(m, true, 3)
	if find(away, addresses.head, unix.IFA_LABEL) != nil || find(home, addresses.head, unix.IFA_LABEL) == nil {
		t.Error("labels belong to their device")
	}
	if f := u32of(find(away, addresses.head, unix.IFA_FLAGS)); f != unix.IFA_F_NOPREFIXROUTE {
		t.Errorf("flags %#x", f)
	}
	if u32of(away[4:]) != 9 || u32of(home[4:]) != 3 {
		t.Error("wrong device")
	}
}

func TestJournal(t *testing.T) {
	dir := t.TempDir()
	f := &Filter{NIC: "nic0", Bridge: "gvbr-nic0", H0: "h0-nic0", H1: "h1-nic0", Index: 3, path: journalPath(dir, "nic0")}
	f.Settings.Addresses = []message{{unix.AF_INET, 24, 0, 0, 3, 0, 0, 0}}
	if _, err := Load("nic0", dir); err == nil {
		t.Error("a journal out of nothing")
	}
	if err := f.save(); err != nil {
		t.Fatal(err)
	}
	if err := f.save(); err == nil {
		t.Error("a second journal over the first")
	}
	g, err := Load("nic0", dir)
	if err != nil || g.H1 != f.H1 || !bytes.Equal(g.Settings.Addresses[0], f.Settings.Addresses[0]) {
		t.Errorf("%+v, %v", g, err)
	}
	if err := checkState("nic0", dir); err == nil {
		t.Error("a second filter is allowed")
	}
	if err := g.forget(); err != nil || checkState("nic0", dir) != nil {
		t.Errorf("not forgotten: %v", err)
	}
}
