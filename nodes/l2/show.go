package l2

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// namedDomain is a Domain with its members' names, for programs.
type namedDomain struct {
	Domain
	Members []namedMember `json:"members"`
}

type namedMember struct {
	Interface string `json:"interface"`
	Member
	BVI       bool   `json:"bvi"`
	UUForward bool   `json:"uu_fwd"`
	Rewrite   string `json:"tag_rewrite"`
}

func (p *Plugin) named(list []Domain) []namedDomain {
	out := []namedDomain{}
	for _, d := range list {
		n := namedDomain{Domain: d, Members: []namedMember{}}
		for _, m := range d.Members {
			n.Members = append(n.Members, namedMember{p.dp.InterfaceName(m.Index), m, m.Kind == BVI, m.Kind == UUForward, p.rewriteOf(m.Index)})
		}
		out = append(out, n)
	}
	return out
}

// column is a column of a table: VPP centres what it holds.
type column struct {
	name  string
	width int
}

// table is columns, and what is between them.
type table struct {
	between string
	columns []column
}

// row writes a row of centred cells.
func (t *table) row(w io.Writer, cells ...string) {
	var b strings.Builder
	for i, c := range t.columns {
		if i > 0 {
			b.WriteString(t.between)
		}
		left := (max(0, c.width-len(cells[i])) + 1) / 2
		fmt.Fprintf(&b, "%*s%-*s", left, "", c.width-left, cells[i])
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// head writes the columns' names.
func (t *table) head(w io.Writer) {
	var names []string
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	t.row(w, names...)
}

var (
	domainTable = table{" ", []column{{"BD-ID", 8}, {"Index", 7}, {"BSN", 4}, {"Age(min)", 9}, {"Learning", 9}, {"U-Forwrd", 9}, {"UU-Flood", 11}, {"Flooding", 9},
		{"ARP-Term", 9}, {"arp-ufwd", 9}, {"Learn-co", 8}, {"Learn-li", 8}, {"BVI-Intf", 11}}}
	memberTable = table{"", []column{{"Interface", 30}, {"If-idx", 7}, {"ISN", 5}, {"SHG", 5}, {"BVI", 5}, {"TxFlood", 9}, {"VLAN-Tag-Rewrite", 30}}}
	macTable    = table{"", []column{{"Mac-Address", 19}, {"BD-Idx", 7}, {"If-Idx", 7}, {"BSN-ISN", 8}, {"Age(min)", 9}, {"static", 7}, {"filter", 7}, {"bvi", 5}, {"Interface-Name", 30}}}
)

// writeDomains writes VPP's table. Its sequence numbers, BSN and ISN, are always 0: what is flushed is gone at once.
func (p *Plugin) writeDomains(w io.Writer, list []Domain, detail bool) {
	if len(list) == 0 {
		fmt.Fprintln(w, "no bridge-domains in use")
		return
	}
	domainTable.head(w)
	for i := range list {
		d := &list[i]
		age, bvi := "off", "N/A"
		if d.MACAge != 0 {
			age = strconv.Itoa(int(d.MACAge))
		}
		if swIf, ok := d.Of(BVI); ok {
			bvi = p.dp.InterfaceName(swIf)
		}
		domainTable.row(w, strconv.Itoa(int(d.ID)), strconv.Itoa(int(d.Index)), "0", age, onOff(d.Learn), onOff(d.Forward), p.unknownTo(d), onOff(d.Flood),
			onOff(d.ARPTerm), onOff(d.ARPUfwd), strconv.Itoa(d.Learned), strconv.Itoa(int(d.LearnLimit)), bvi)
		if detail {
			p.writeMembers(w, d)
		}
	}
}

func (p *Plugin) writeMembers(w io.Writer, d *Domain) {
	if len(d.Members) > 0 {
		fmt.Fprintln(w)
		memberTable.head(w)
	}
	for _, m := range d.Members {
		bvi, flood := star(m.Kind == BVI), "*"
		if m.Kind == UUForward {
			bvi, flood = "uu", "-"
		}
		memberTable.row(w, p.dp.InterfaceName(m.Index), strconv.Itoa(int(m.Index)), "0", strconv.Itoa(int(m.SHG)), bvi, flood, p.rewriteOf(m.Index))
	}
	if d.Tag != "" {
		fmt.Fprintf(w, "\n  BD-Tag: %s\n", d.Tag)
	}
	p.writeWatches(w, d)
}

// writeWatches writes what VPP has no words for, where there is something to tell.
func (p *Plugin) writeWatches(w io.Writer, d *Domain) {
	if d.LoopAge >= 0 {
		fmt.Fprintf(w, "\n  Loop: a frame came back %d seconds ago and was dropped\n", d.LoopAge)
	}
	for _, m := range d.Members {
		if m.Echoes != 0 {
			fmt.Fprintf(w, "    %s: %d frames came back\n", p.dp.InterfaceName(m.Index), m.Echoes)
		}
	}
	if d.FloodLimit != 0 {
		fmt.Fprintf(w, "\n  Flood limit: %d frames a second from each interface\n", d.FloodLimit)
	}
	for _, m := range d.Members {
		if m.Over != 0 {
			fmt.Fprintf(w, "    %s: %d frames over it\n", p.dp.InterfaceName(m.Index), m.Over)
		}
	}
}

// rewriteOf is what becomes of an interface's VLAN tags, in VPP's words.
func (p *Plugin) rewriteOf(swIf uint32) string {
	if p.rewrites == nil {
		return "none"
	}
	return p.rewrites(swIf)
}

// unknownTo is what becomes of frames to unknown addresses.
func (p *Plugin) unknownTo(d *Domain) string {
	if swIf, ok := d.Of(UUForward); ok {
		return p.dp.InterfaceName(swIf)
	}
	if d.UUFlood {
		return "flood"
	}
	return "drop"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func star(on bool) string {
	if on {
		return "*"
	}
	return "-"
}

// writeMACs writes VPP's table of addresses.
func (p *Plugin) writeMACs(w io.Writer, list []MAC) {
	macTable.head(w)
	for i := range list {
		m := &list[i]
		age, at, name := "no", "-1", "N/A"
		switch {
		case m.Age >= 0:
			age = strconv.Itoa(m.Age / 60)
		case m.Learned:
			age = "-"
		}
		if !m.Filter {
			at, name = strconv.Itoa(int(m.Port)), p.dp.InterfaceName(m.Port)
		}
		macTable.row(w, m.Address.String(), strconv.Itoa(int(m.Index)), at, "0/0", age, star(m.Static), star(m.Filter), star(m.BVI), name)
	}
}
