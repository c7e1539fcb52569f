package classify

import "github.com/gvpp/gvpp/graph"

// keeper is a session's verdict: which rule lets it through, in one word, so that no reader sees half of it. 0 is a
// session that classify knows nothing of.
//
//	 63         34     33       32      31   30     20 19        0
//	| generation | cached | reply | both | point      | position |
//
// The position is that of the rule at the point which lets the session through under the ruleset of that generation, all
// ones where none does. cached: no keep-state rule, but what the rules of that generation said to the session's packets
// of one direction (reply) at one point; the position of a rule, or all ones for the point's default. reply, otherwise: the rule matched packets of the session's reply direction, since the session was there
// before the rule. both: the session was kept on its way in and on its way out, and point is the first of the two, or that of
// a redirect.
type keeper uint64

const (
	posBits   = 20
	pointBits = 11
	bothBit   = 1 << (posBits + pointBits)
	replyBit  = bothBit << 1
	cachedBit = replyBit << 1
	genShift  = posBits + pointBits + 3
	genMask   = 1<<(64-genShift) - 1
	posMask   = 1<<posBits - 1 // and the mark for no position
	pointMask = 1<<pointBits - 1
)

// Positions and points fit: every interface takes a counter or more, so there are fewer rules than counters.
var _ [posMask + 1 - maxBlocks*slotBlock]byte
var _ [pointMask + 1 - 2*graph.MaxInterfaces]byte

func newKeeper(gen, point, pos uint32, reply bool) keeper {
	k := keeper(gen)<<genShift | keeper(point)<<posBits | keeper(pos&posMask)
	if reply {
		k |= replyBit
	}
	return k
}

func (k keeper) cached() bool  { return k&cachedBit != 0 }
func (k keeper) gen() uint32   { return uint32(k >> genShift) }
func (k keeper) reply() bool   { return k&replyBit != 0 }
func (k keeper) both() bool    { return k&bothBit != 0 }
func (k keeper) point() uint32 { return uint32(k>>posBits) & pointMask }

// pos is the position, or noRule.
func (k keeper) pos() uint32 {
	if p := uint32(k & posMask); p != posMask {
		return p
	}
	return noRule
}

// examined is k with what the ruleset of generation gen says.
func (k keeper) examined(gen, pos uint32) keeper {
	return newKeeper(gen, k.point(), pos, k.reply()) | k&bothBit
}

// andOther is k of a session that is kept at a point of the other direction, too.
func (k keeper) andOther() keeper { return k | bothBit }

// nextGen is the generation behind gen; never 0.
func nextGen(gen uint32) uint32 { return max(1, (gen+1)&genMask) }
