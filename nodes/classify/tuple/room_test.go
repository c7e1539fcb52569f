package tuple

import "testing"

// TestRoomIsGivenBack: of a set that had many rules little is left when they have gone one by one, and the view of that time
// has what it had.
func TestRoomIsGivenBack(t *testing.T) {
	for _, ip6 := range []bool{false, true} {
		s, n := New(ip6, 1), 5000
		match := func(i int) (m Match) {
			m = Any()
			m.SetProto(17)
			m.SetPorts(0, 65535, uint16(i), uint16(i))
			return m
		}
		for i := range n {
			m := match(i)
			s.Insert(&m, uint64(i+1)<<20, uint32(i))
		}
		full := s.Commit()
		for i := n - 1; i > 0; i-- {
			m := match(i)
			if s.Delete(&m, uint64(i+1)<<20, uint32(i)); i%10 == 0 {
				if v := s.Commit(); (v.few != nil) != (s.Len() <= few) {
					t.Fatalf("%d rules: one by one is %v", s.Len(), v.few != nil)
				}
			}
			if len(s.lines) > 2*sparse*max(s.live, few) && !s.dirty {
				t.Fatalf("%d lines for %d rules", len(s.lines), s.live)
			}
		}
		last := s.Commit()
		if last.few == nil || len(s.lines) > 16*few || len(s.lines) != len(s.notes) || ip6 && len(s.wide) != len(s.lines) {
			t.Errorf("%d lines, %d wide, %d notes for %d rules", len(s.lines), len(s.wide), len(s.notes), s.Len())
		}
		var k Key
		k.SetProto(17)
		k.SetPorts(1, 4000)
		if got, now := full.Find(&k), last.Find(&k); got != 4000 || now != None {
			t.Errorf("%d in the full view, %d in the last one", int32(got), int32(now))
		}
	}
}
