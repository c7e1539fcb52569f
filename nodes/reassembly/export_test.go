package reassembly

// Twin is the twin for tests outside of the package, which import what imports the package.
type Twin struct{ w twin }

// NewTwin makes one that knows no datagram.
func NewTwin() *Twin { return &Twin{twin{open: map[string]*twinDatagram{}}} }

// Sees makes a piece of three bytes, as a line, and says whether it, or the datagram that it makes whole, goes on.
func (t *Twin) Sees(id int, ops []byte) (line string, on bool) {
	a, line := pieceOf(id, ops)
	pieces, _, alone := t.w.arrive(a)
	return line, alone || len(pieces) > 0
}
