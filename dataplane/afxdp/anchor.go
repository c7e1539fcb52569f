package afxdp

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"github.com/asavie/xdp"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
)

// The anchor: asavie/xdp registers the UMEM and binds the first socket. It allocates the UMEM itself, so its pages are
// moved to where the pool's arena is; the kernel has pinned the pages, not the addresses. From then on the library is out
// of the game: its pointers are stale, its ring mappings are removed, and only the descriptor lives on, with rings of our
// own mapping. None of its other methods is called: it panics on a send error and does not unmap.

// anchorMu serializes what concerns the whole process: the library's flags are global, and which mapping is whose is
// read from /proc/self/maps, while no other dataplane of the process maps or unmaps rings.
var anchorMu sync.Mutex

// anchorSocket registers the arena of h.Pool as a new UMEM, through a socket bound to the queue with the given bind
// flags. No other bound socket may use an older UMEM of that arena.
func anchorSocket(h *port.Host, ifindex, queue, entries int, flags uint16) (*socket, error) {
	anchorMu.Lock()
	defer anchorMu.Unlock()
	before := socketMappings()
	size := h.Pool.Size()
	xdp.DefaultSocketFlags = flags
	x, err := xdp.NewSocket(ifindex, queue, &xdp.SocketOptions{
		NumFrames: h.Pool.Len(), FrameSize: size,
		FillRingNumDescs: entries, CompletionRingNumDescs: entries, RxRingNumDescs: entries, TxRingNumDescs: entries,
	})
	if err != nil {
		unmapOrphans(before)
		return nil, asErrno(err)
	}
	fd := x.FD()
	unix.CloseOnExec(fd)
	unmapSocket(fd)
	s, err := mapSocket(fd, queue, entries)
	if err == nil {
		umem := x.GetFrame(xdp.Desc{Addr: 0, Len: 1})
		err = moveUnder(h, unsafe.Pointer(&umem[0]))
	}
	if err != nil {
		if s != nil {
			s.unmap()
		}
		_ = x.Close() // nothing was moved or mapped: the library may clean up
		return nil, err
	}
	return s, nil
}

// moveUnder makes the pages at umem the pages of the arena, contents kept, while no worker looks.
func moveUnder(h *port.Host, umem unsafe.Pointer) (err error) {
	arena := h.Pool.Arena()
	size := uintptr(len(arena))
	h.Hold(func() {
		copy(unsafe.Slice((*byte)(umem), size), arena)
		_, err = unix.MremapPtr(umem, size, unsafe.Pointer(&arena[0]), size, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED)
	})
	if err != nil {
		return fmt.Errorf("moving the registered pages under the arena: %w", err)
	}
	return nil
}

// anchorErrnos are what NewSocket is known to fail with. It formats errors with %v, so the number has to be found again.
var anchorErrnos = [...]syscall.Errno{
	unix.EBUSY, unix.EOPNOTSUPP, unix.EINVAL, unix.ENOBUFS, unix.ENOMEM, unix.EPERM, unix.ENODEV, unix.ENETDOWN,
	unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.ENXIO, unix.EMFILE, unix.ENFILE, unix.EFAULT, unix.EACCES,
}

// asErrno wraps the errno at the end of the library's message.
func asErrno(err error) error {
	text := err.Error()
	for _, errno := range anchorErrnos {
		if what, found := strings.CutSuffix(text, errno.Error()); found {
			return fmt.Errorf("%s: %w", strings.TrimSuffix(strings.TrimSuffix(what, ": "), " failed"), errno)
		}
	}
	return err
}

// mapping is a line of /proc/self/maps that maps the rings of a socket.
type mapping struct {
	start, end uintptr
	socket     string // "socket:[inode]"
}

// socketMappings lists this process's mappings of sockets.
func socketMappings() (found []mapping) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // start-end perms offset device inode path
		if len(fields) < 6 || !strings.HasPrefix(fields[5], "socket:[") {
			continue
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil {
			found = append(found, mapping{uintptr(start), uintptr(end), fields[5]})
		}
	}
	return found
}

// unmapSocket removes all mappings of the socket fd.
func unmapSocket(fd int) {
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return
	}
	for _, m := range socketMappings() {
		if m.socket == name {
			m.unmap()
		}
	}
}

// unmapOrphans removes the ring mappings that a failed NewSocket left behind: those that were not there before and whose
// socket no descriptor names any more. They would hold the UMEM's memory for ever. Others in the process may map and
// unmap rings of their own meanwhile (packet sockets have some), so the order matters: see orphans.
func unmapOrphans(before []mapping) {
	for _, m := range orphans(before, socketMappings, openSockets) {
		m.unmap()
	}
}

// orphans finds the mappings that unmapOrphans removes. It lists the mappings first, then the descriptors: a ring that
// appears in between is on the first list not at all. And it lists the mappings again, last: where a ring has gone in
// between, with its descriptor, there may be something else by now.
func orphans(before []mapping, mappings func() []mapping, open func() map[string]bool) (found []mapping) {
	candidates := map[mapping]bool{}
	for _, m := range mappings() {
		candidates[m] = true
	}
	keep := open()
	for _, m := range before {
		keep[m.socket] = true
	}
	for _, m := range mappings() {
		if candidates[m] && !keep[m.socket] {
			found = append(found, m)
		}
	}
	return found
}

// openSockets is the set of names, "socket:[inode]", that this process's descriptors have.
func openSockets() map[string]bool {
	names := map[string]bool{}
	fds, _ := os.ReadDir("/proc/self/fd")
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil {
			names[name] = true
		}
	}
	return names
}

func (m mapping) unmap() {
	_, _, _ = unix.Syscall(unix.SYS_MUNMAP, m.start, m.end-m.start, 0)
}
