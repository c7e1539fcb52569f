package classify

// A session that a keep-state rule lets through keeps passing when it is restored after a restart: in place of the rule, whose number
// means nothing then, a file has the interface and direction that the rule was met at. The generation of a restored verdict is none's,
// so the first packet has the rules of the day examined, as it does after any change of the rules.

// Marks of a saved verdict, beside its interface.
const (
	savedKept = 1 << iota // never 0 where there is something to save
	savedOut
	savedReply
	savedBoth
)

// verdictSaver is a session tracker whose sessions outlive a restart.
type verdictSaver interface {
	SetVerdicts(save func(word uint64) (swIf uint32, marks uint8), restore func(swIf uint32, marks uint8) uint64)
}

// savedVerdict is what a file has of a session's verdict. What rules without keep-state have said is not saved: they are asked again.
func savedVerdict(word uint64) (swIf uint32, marks uint8) {
	k := keeper(word)
	if k == 0 || k.cached() {
		return 0, 0
	}
	marks = savedKept
	if directionOf(k.point()) == Out {
		marks |= savedOut
	}
	if k.reply() {
		marks |= savedReply
	}
	if k.both() {
		marks |= savedBoth
	}
	return k.point() / 2, marks
}

// restoredVerdict is the verdict that savedVerdict was given, without its rule.
func restoredVerdict(swIf uint32, marks uint8) uint64 {
	at := In
	if marks&savedOut != 0 {
		at = Out
	}
	k := newKeeper(0, pointOf(swIf, at), posMask, marks&savedReply != 0)
	if marks&savedBoth != 0 {
		k = k.andOther()
	}
	return uint64(k)
}
