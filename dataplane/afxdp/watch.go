package afxdp

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/dataplane/port"
)

// watchRetry is how long Watch waits before it subscribes anew after the kernel's queue of messages overflowed. Lower,
// and a storm of changes becomes a storm of listings; higher, and events come that much later.
const watchRetry = 50 * time.Millisecond

// Watch implements port.Watcher. It works in the network namespace of the calling thread.
func (r *hostInterface) Watch(ctx context.Context, emit func(port.Event)) error {
	runtime.LockOSThread()
	ns, err := netns.Get()
	runtime.UnlockOSThread()
	if err != nil {
		return fmt.Errorf("afxdp: watching interface %q: network namespace: %w", r.hostIf, err)
	}
	defer ns.Close()
	w := watch{name: r.hostIf, index: int(r.opened.Load()), running: true, emit: emit}
	for ctx.Err() == nil {
		if err := w.follow(ctx, ns); err != nil {
			return fmt.Errorf("afxdp: watching interface %q: %w", r.hostIf, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchRetry):
		}
	}
	return nil
}

// watch turns the kernel's messages about all links into events of one.
type watch struct {
	name    string
	index   int  // of the device that has the name, 0 for none
	running bool // what was last told
	looked  bool // whether stock was taken
	emit    func(port.Event)
}

// follow subscribes, takes stock, and reports changes until ctx ends or messages were lost.
func (w *watch) follow(ctx context.Context, ns netns.NsHandle) error {
	updates := make(chan netlink.LinkUpdate, 64)
	done := make(chan struct{})
	defer close(done)
	o := netlink.LinkSubscribeOptions{ErrorCallback: func(error) {}} // an error that matters also closes the channel
	runtime.LockOSThread()
	if here, err := netns.Get(); err != nil || !here.Equal(ns) {
		o.Namespace = &ns // needs CAP_SYS_ADMIN, which a program in its own namespace need not have
	} else {
		defer here.Close()
	}
	err := netlink.LinkSubscribeWithOptions(updates, done, o)
	runtime.UnlockOSThread()
	if err != nil {
		return err
	}
	defer func() { // lets the library's goroutine end
		go func() {
			for range updates {
			}
		}()
	}()
	if err := w.takeStock(ns); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case u, ok := <-updates:
			if !ok {
				return nil
			}
			w.message(u)
		}
	}
}

// takeStock finds what changed while nobody was subscribed.
func (w *watch) takeStock(ns netns.NsHandle) error {
	h, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer h.Close()
	link, err := h.LinkByName(w.name)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		w.looked = true
		w.gone()
		return nil
	}
	if err != nil {
		return err
	}
	if w.index == 0 && !w.looked { // not open yet: what the first look finds has not come back
		w.index = link.Attrs().Index
	}
	w.looked = true
	w.present(factsOf(link))
	return nil
}

// message handles one message of the kernel.
func (w *watch) message(u netlink.LinkUpdate) {
	a := u.Attrs()
	switch {
	case u.Header.Type == unix.RTM_DELLINK && u.IfInfomsg.Family == unix.AF_UNSPEC:
		if a.Index == w.index {
			w.gone()
		}
	case u.Header.Type == unix.RTM_NEWLINK && a.Name == w.name:
		w.present(factsOf(u.Link))
	case u.Header.Type == unix.RTM_NEWLINK && a.Index == w.index && a.Name != "":
		w.gone() // renamed: the operator means the name
	}
}

func (w *watch) gone() {
	if w.index != 0 {
		w.index = 0
		w.emit(port.Gone)
	}
}

func (w *watch) present(f linkFacts) {
	if f.index != w.index {
		w.gone()
		w.index, w.running = f.index, f.running
		w.emit(port.Back)
		return
	}
	if f.running != w.running {
		w.running = f.running
		w.emit(map[bool]port.Event{true: port.LinkUp, false: port.LinkDown}[f.running])
	}
}
