package afxdp

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A second Close finds nothing of the device any more, whoever has its descriptors' numbers by then, and leaves the
// device that was opened after the first alone.
func TestCloseTwice(t *testing.T) {
	r := newRig(t, 1)
	first := r.open("right", Promiscuous(true))
	iface := first.(*device).r
	r.close(first)
	if first.Info().LinkUp {
		t.Error("the link of a closed device is shown up")
	}
	var strangers [32]int
	for i := range strangers { // the lowest numbers are given first: those just closed are among them
		fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		ok(t, err)
		strangers[i] = fd
	}
	iface.opened.Store(7)
	ok(t, first.Close())
	if iface.opened.Load() != 7 {
		t.Error("the second Close marks the interface as closed")
	}
	for _, fd := range strangers {
		if err := unix.Close(fd); err != nil {
			t.Errorf("descriptor %d: %v", fd, err)
		}
	}
}
