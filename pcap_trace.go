package gvpp

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
)

const pcapUsage = `pcap trace [rx] [tx] [drop] [max N] [max-bytes-per-pkt N] [intfc IF|any] [file NAME] [preallocate-data] [filter] | off | status
Writes packets that are received, sent or dropped to a pcapng file, which Wireshark and tshark read: each with its interface, and a
comment that says by which nodes it went, what became of it and why. It goes on until "pcap trace off" or N packets: 1000, of 512
bytes each, unless told otherwise. A packet that is received and dropped is written once, where rx is asked for.
A NAME is put into /tmp; it may be an absolute path. Without one it is /tmp/rx.pcapng, /tmp/rxtx.pcapng and so on. As VPP does, it
replaces a capture that is there, but no other file. Only its owner can read it.
With filter only packets are written that "classify filter pcap" chooses. "status" tells how far it has come; with preallocate-data no packet is missed, however fast they come.`

// registerCapture declares the commands that capture packets.
func (b base) registerCapture(r *plugin.Registry) {
	r.CLI("pcap trace", pcapUsage, b.pcapTrace)
	r.Complete(func(args []string) []string {
		if n := len(args); n > 0 && args[n-1] == "intfc" {
			return append(b.InterfaceNames(), "any")
		}
		return []string{"rx", "tx", "drop", "max", "max-bytes-per-pkt", "intfc", "file", "preallocate-data", "filter", "off", "status"}
	})
}

// captureWords is what a pcap trace command says.
type captureWords struct {
	CaptureConfig
	off, status bool
	set         bool // some word that only a new capture can have
}

func (b base) pcapTrace(c *cli.Call) error {
	var w captureWords
	for c.Args.Len() > 0 {
		if err := b.captureWord(&w, c.Args); err != nil {
			return err
		}
	}
	switch {
	case w.status:
		s := b.CaptureStatus()
		return c.Show(s, s.write)
	case w.off && w.set: // rx, tx and drop may stand there, as with VPP
		return c.Args.Errorf("off ends a capture, and takes nothing else but rx, tx and drop")
	case w.off:
		return b.pcapOff(c)
	case !w.Rx && !w.Tx && !w.Drop:
		return c.Args.Errorf("expected rx, tx or drop, or several of them; or off, or status")
	}
	return b.pcapOn(c, &w.CaptureConfig)
}

// captureWord reads a word of the command, and what belongs to it.
func (b base) captureWord(w *captureWords, a *cli.Args) (err error) {
	for word, on := range map[string]*bool{"rx": &w.Rx, "tx": &w.Tx, "drop": &w.Drop, "off": &w.off, "status": &w.status} {
		if a.Keyword(word) {
			*on = true
			return nil
		}
	}
	var n uint64
	w.set = true
	switch {
	case a.Keyword("preallocate-data"):
		w.Preallocate = true
	case a.Keyword("max"):
		n, err = a.Uint("a number of packets", 1, graph.MaxCapture)
		w.Max = int(n)
	case a.Keyword("max-bytes-per-pkt"):
		n, err = a.Uint("bytes of a packet", leastCaptureBytes, graph.MaxCaptureBytes)
		w.MaxBytes = int(n)
	case a.Keyword("filter"):
		w.Match, err = b.packetFilter("pcap")
	case a.Keyword("file"):
		w.File, err = a.Word("a file name")
	case a.Keyword("intfc"), a.Keyword("interface"):
		var name string
		if name, err = a.Word("an interface name, or any"); err == nil && name == "any" {
			w.Interface = graph.AnyInterface
		} else if err == nil {
			w.Interface, err = b.Interface(name)
		}
	default:
		return a.Unknown()
	}
	return err
}

// pcapOn starts a capture to a file.
func (b base) pcapOn(c *cli.Call, w *CaptureConfig) error {
	if s := b.CaptureStatus(); s.On {
		return fmt.Errorf("a capture goes on already, to %q: end it with `pcap trace off`", s.File)
	}
	path, err := capturePath(w)
	if err != nil {
		return err
	}
	w.File = path
	made, replaced := false, false
	err = b.startCapture(*w, func() (io.Writer, io.Closer, error) {
		f, was, err := createCapture(path)
		made, replaced = err == nil, was
		return f, f, err
	})
	if err != nil && made { // it has no header
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return err
	}
	return c.Show(b.CaptureStatus(), func(out io.Writer) {
		fmt.Fprintf(out, "pcap %s capture enabled, to file %s\n", w.kinds(), path)
		if replaced {
			fmt.Fprintln(out, "the file that was there is replaced")
		}
	})
}

func (b base) pcapOff(c *cli.Call) error {
	s, err := b.StopCapture()
	if err != nil {
		return err
	}
	return c.Show(s, func(out io.Writer) {
		if s.Captured == 0 {
			fmt.Fprintln(out, "No packets captured...")
		} else {
			fmt.Fprintf(out, "Write %d packets to %s, and stop capture...\n", s.Captured, s.File)
		}
		s.writeMissed(out)
	})
}

// kinds is rx, tx and drop, as far as they are asked for.
func (c *CaptureConfig) kinds() string {
	var words []string
	for _, k := range []struct {
		on   bool
		word string
	}{{c.Rx, "rx"}, {c.Tx, "tx"}, {c.Drop, "drop"}} {
		if k.on {
			words = append(words, k.word)
		}
	}
	return strings.Join(words, " and ")
}

// write is the status as VPP has it.
func (s CaptureStatus) write(out io.Writer) {
	if !s.On {
		fmt.Fprintln(out, "pcap dispatch capture disabled")
		return
	}
	kinds := CaptureConfig{Rx: s.Rx, Tx: s.Tx, Drop: s.Drop}
	fmt.Fprintf(out, "pcap %s dispatch capture enabled: %d of %d pkts...\n", kinds.kinds(), s.Captured, s.Max)
	if s.Interface != "any" {
		fmt.Fprintf(out, "of interface %s\n", s.Interface)
	}
	if s.File != "" {
		fmt.Fprintf(out, "capture to file %s\n", s.File)
	}
	s.writeMissed(out)
}

func (s CaptureStatus) writeMissed(out io.Writer) {
	if s.Missed > 0 {
		fmt.Fprintf(out, "%d packets are missing: they came faster than they could be written\n", s.Missed)
	}
	if s.Error != "" {
		fmt.Fprintln(out, "stopped writing: "+s.Error)
	}
}

// captureFolder is where VPP puts captures.
const captureFolder = "/tmp"

// capturePath is where a capture is to be written.
func capturePath(c *CaptureConfig) (string, error) {
	name := c.File
	switch {
	case name == "":
		return filepath.Join(captureFolder, strings.ReplaceAll(c.kinds(), " and ", "")+".pcapng"), nil
	case strings.Contains(name, ".."):
		return "", api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: capture file %q: a path with .. is not taken; give a name, or a path from /", name))
	case filepath.IsAbs(name):
		return filepath.Clean(name), nil
	case strings.Contains(name, "/"):
		return "", api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: capture file %q: want a name, for a file in %s, or a path from /", name, captureFolder))
	}
	return filepath.Join(captureFolder, name), nil
}

// createCapture makes a capture's file, instead of one that is there. It follows no link, which somebody may have left in /tmp.
func createCapture(path string) (f *os.File, replaced bool, err error) {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, false, fmt.Errorf("gvpp: capture file: %w", err)
	case !info.Mode().IsRegular():
		return nil, false, fmt.Errorf("gvpp: capture file %q: there is something that is no file; give another name", path)
	case info.Size() > 0 && !isCapture(path):
		return nil, false, fmt.Errorf("gvpp: capture file %q: there is a file that is no capture; remove it, or give another name", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, false, fmt.Errorf("gvpp: capture file: %w", err)
		}
		replaced = true
	}
	if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600); err != nil {
		return nil, false, fmt.Errorf("gvpp: capture file: %w", err)
	}
	return f, replaced, nil
}

// isCapture says whether a file begins as captures do.
func isCapture(path string) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = pcapport.NewReader(f, path)
	return err == nil
}
