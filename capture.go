package gvpp

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/graph"
)

// CaptureConfig says which packets a capture records. The zero value of a field means its default; of Rx, Tx and Drop one is needed.
type CaptureConfig struct {
	Rx, Tx, Drop bool   // packets that are received, sent, dropped; a dropped one that Rx has recorded is not recorded again
	Interface    uint32 // sw_if_index that packets come by, or with Tx leave by; default: any
	Max          int    // packets recorded, at most; default 1000, at most graph.MaxCapture
	MaxBytes     int    // of a packet; default 512
	// Preallocate makes room for Max packets, at most 1 GiB, so that none is missed however fast they come. Else there is room for a
	// few thousand that wait to be written.
	Preallocate bool
	File        string             // for CaptureStatus and errors only
	Match       graph.PacketFilter // nil: all
}

// Defaults and bounds of a capture.
const (
	DefaultCapture      = 1000
	DefaultCaptureBytes = 512
	leastCaptureBytes   = 32

	// captureSlots is how many packets of a worker can wait to be written. Writing one takes some 3 us, its comment most of that, and
	// comes round each captureTick at the latest: 300,000 a second go on for ever, bursts of 4096 at any rate. Lower, and a worker's
	// burst is missed while the writer waits for its core; higher, and a capture of a few packets takes megabytes.
	captureSlots = 4096
	captureTick  = 5 * time.Millisecond

	captureRoom    = 64 << 20 // bytes of all slots
	captureRoomAll = 1 << 30  // the same with Preallocate
)

// CaptureStatus is how far a capture has come.
type CaptureStatus struct {
	On        bool   `json:"on"`
	Rx        bool   `json:"rx"`
	Tx        bool   `json:"tx"`
	Drop      bool   `json:"drop"`
	Interface string `json:"interface"` // a name, or "any"
	File      string `json:"file,omitempty"`
	Captured  int    `json:"captured"` // packets
	Max       int    `json:"max"`
	MaxBytes  int    `json:"max_bytes_per_pkt"`
	Missed    uint64 `json:"missed"` // packets that came faster than they could be written
	Octets    int64  `json:"octets"` // written
	Error     string `json:"error,omitempty"`
}

// capture is what is being captured.
type capture struct {
	CaptureConfig
	dp     *Dataplane
	closer io.Closer // may be nil
	engine *graph.Capture
	wall   int64 // nanoseconds since 1970 when the graph's clock was 0
	stop   chan struct{}
	ended  sync.WaitGroup

	mu      sync.Mutex
	file    *pcapport.NG             // guarded by mu
	numbers map[captureInterface]int // guarded by mu: the file's numbers of interfaces
	err     error                    // guarded by mu: the first failure; nothing is written behind it
}

// ErrCapture is what StartCapture returns while a capture goes on, ErrNoCapture what StopCapture returns while none does.
var (
	ErrCapture   = errors.New("there is one capture at a time")
	ErrNoCapture = errors.New("no capture goes on")
)

// StartCapture begins to write packets to w as a pcapng file: those that pass from now on, each with what became of it and why in its
// comment. Workers are not kept waiting by a slow w; what cannot be kept is counted. It goes on until StopCapture, or the end of the
// dataplane, which closes nothing: w is the caller's. A dataplane with a clock of its own takes it for the time since 1970, and writes
// in Step and Housekeep.
func (dp *Dataplane) StartCapture(w io.Writer, c CaptureConfig) error {
	return dp.startCapture(c, func() (io.Writer, io.Closer, error) { return w, nil, nil })
}

// startCapture is StartCapture to what open gives, which is called when nothing else can fail. The closer, if there is one, is called
// at the end.
func (dp *Dataplane) startCapture(c CaptureConfig, open func() (io.Writer, io.Closer, error)) error {
	slots, err := c.fill(dp.Workers())
	if err != nil {
		return err
	}
	dp.mu.Lock()
	defer dp.mu.Unlock()
	if dp.phase == closed {
		return errClosed
	}
	if dp.capture.Load() != nil {
		return fmt.Errorf("gvpp: a capture goes on already; end it with `pcap trace off`: %w", ErrCapture)
	}
	if c.Interface != graph.AnyInterface {
		if _, err := dp.find(c.Interface); err != nil {
			return err
		}
	}
	n := &capture{CaptureConfig: c, dp: dp, stop: make(chan struct{}), numbers: map[captureInterface]int{}}
	if !dp.Deterministic() {
		n.wall = time.Now().UnixNano() - dp.Clock()
	}
	n.engine, err = dp.graph.StartCapture(graph.CaptureConfig{Rx: c.Rx, Tx: c.Tx, Drop: c.Drop, Interface: c.Interface, Max: c.Max, Bytes: c.MaxBytes, Slots: slots, Match: c.Match})
	if err != nil {
		return err
	}
	if err := n.begin(open); err != nil {
		n.engine.Stop()
		return err
	}
	dp.capture.Store(n)
	if !dp.Deterministic() {
		n.ended.Go(n.run)
	}
	return nil
}

// begin begins the file.
func (n *capture) begin(open func() (io.Writer, io.Closer, error)) error {
	w, closer, err := open()
	if err != nil {
		return err
	}
	v := ProgramVersion()
	n.closer = closer
	if n.file, err = pcapport.NewNG(w, n.File, pcapport.Section{Hardware: v.Arch, OS: operatingSystem(), Application: v.String()}); err != nil {
		if closer != nil {
			err = errors.Join(err, closer.Close())
		}
		return err
	}
	for i := range n.dp.here() {
		n.interfaceNumber(i.swIf, i.device != nil && i.info().Raw)
	}
	return nil
}

// fill sets defaults and says what is wrong, and how many packets may wait of each worker.
func (c *CaptureConfig) fill(workers int) (slots int, err error) {
	if c.Max == 0 {
		c.Max = DefaultCapture
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultCaptureBytes
	}
	size := c.MaxBytes + graph.SlotBytes
	switch {
	case !c.Rx && !c.Tx && !c.Drop:
		return 0, api.Wrap(api.InvalidValue, errors.New("gvpp: a capture of nothing: want rx, tx or drop, or several"))
	case c.Max < 1 || c.Max > graph.MaxCapture:
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: capture of %d packets: want 1 to %d", c.Max, graph.MaxCapture))
	case c.MaxBytes < leastCaptureBytes || c.MaxBytes > graph.MaxCaptureBytes:
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: capture of %d bytes a packet: want %d to %d", c.MaxBytes, leastCaptureBytes, graph.MaxCaptureBytes))
	case c.Preallocate && int64(c.Max)*int64(size)*int64(workers) > captureRoomAll:
		return 0, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: room for %d packets of %d bytes on each of %d workers is %d MiB: want at most %d; capture fewer, or leave out preallocate-data",
			c.Max, c.MaxBytes, workers, int64(c.Max)*int64(size)*int64(workers)>>20, captureRoomAll>>20))
	case c.Preallocate:
		return c.Max, nil
	}
	return max(1, min(c.Max, captureSlots, captureRoom/workers/size)), nil
}

// StopCapture ends the capture, and writes what is left of it. Its error is the first that writing gave.
func (dp *Dataplane) StopCapture() (CaptureStatus, error) {
	n := dp.capture.Load()
	if n == nil || !dp.capture.CompareAndSwap(n, nil) {
		return CaptureStatus{}, fmt.Errorf("gvpp: %w; `pcap trace rx tx drop` begins one", ErrNoCapture)
	}
	close(n.stop)
	n.ended.Wait()
	n.engine.Stop()
	n.write()
	s := n.status()
	s.On = false
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closer != nil {
		n.err = errors.Join(n.err, n.closer.Close())
	}
	return s, n.err
}

// endCapture is StopCapture, if one goes on.
func (dp *Dataplane) endCapture() error {
	_, err := dp.StopCapture()
	if errors.Is(err, ErrNoCapture) {
		return nil
	}
	return err
}

// CaptureStatus tells how far the capture has come that goes on, or that none does.
func (dp *Dataplane) CaptureStatus() CaptureStatus {
	if n := dp.capture.Load(); n != nil {
		return n.status()
	}
	return CaptureStatus{Interface: "any"}
}

func (n *capture) status() CaptureStatus {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := CaptureStatus{On: true, Rx: n.Rx, Tx: n.Tx, Drop: n.Drop, Interface: "any", File: n.File, Captured: n.file.Packets(), Max: n.Max, MaxBytes: n.MaxBytes,
		Missed: n.engine.Missed(), Octets: n.file.Octets()}
	if n.CaptureConfig.Interface != graph.AnyInterface {
		s.Interface = n.dp.InterfaceName(n.CaptureConfig.Interface)
	}
	if n.err != nil {
		s.Error = n.err.Error()
	}
	return s
}
