package tuple

// longChain is from how many lines on the end of a chain is remembered. Rules that the masks cannot tell apart, equal ones above
// all, stand in one chain: low, and it is remembered for nothing; high, and each is walked for longer.
const longChain = 64

// tail is the end of a long chain.
type tail struct {
	last uint32
	n    int // lines in the chain
}

// chainOf names the chain of a table that has a tag.
func chainOf(table int, tag uint32) uint64 { return uint64(table)<<32 | uint64(tag) }

// linked keeps the ends of long chains after a line has come behind n others of its chain, at the end of it or not.
func (s *Set) linked(chain uint64, at uint32, n int, atEnd bool) {
	end, long := s.long[chain]
	switch {
	case long && atEnd:
		s.long[chain] = tail{at, end.n + 1}
	case long:
		s.long[chain] = tail{end.last, end.n + 1}
	case atEnd && n >= longChain:
		if s.long == nil {
			s.long = map[uint64]tail{}
		}
		s.long[chain] = tail{at, n + 1}
	}
}

// unlinked keeps them after a line has gone that stood behind another one, or at the head (0).
func (s *Set) unlinked(chain uint64, at, before uint32) {
	end, long := s.long[chain]
	switch {
	case !long:
	case end.n <= longChain/2:
		delete(s.long, chain)
	case end.last == at:
		s.long[chain] = tail{before, end.n - 1}
	default:
		s.long[chain] = tail{end.last, end.n - 1}
	}
}
