package gvpp

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/cli"
)

const apiTraceUsage = `api trace on [nitems N] | off | free | status | save NAME
Keeps the newest messages that clients of the API send, as they came; save writes them to /tmp/NAME, which must not be there
before, in VPP's format.`

// apiTrace is VPP's command.
func (b base) apiTrace(c *cli.Call) error {
	s, err := b.servedAPI()
	if err != nil {
		return err
	}
	switch {
	case c.Args.Keyword("on"), c.Args.Keyword("enable"):
		n := uint64(0)
		if c.Args.Keyword("nitems") {
			if n, err = c.Args.Uint("a number of messages", 1, server.MaxTrace); err != nil {
				return err
			}
		}
		if err := c.Args.End(); err != nil {
			return err
		}
		s.Trace(int(n))
		return nil
	case c.Args.Keyword("off"):
		if err = c.Args.End(); err == nil {
			s.StopTrace()
		}
	case c.Args.Keyword("free"):
		if err = c.Args.End(); err == nil {
			s.FreeTrace()
		}
	case c.Args.Keyword("save"):
		return b.saveAPITrace(c, s)
	case c.Args.Keyword("status"):
		return b.showAPITrace(c)
	case c.Args.Len() == 0:
		return c.Args.Errorf("expected on, off, free, status or save NAME")
	default:
		return c.Args.Unknown()
	}
	return err
}

// saveAPITrace writes a file.
func (b base) saveAPITrace(c *cli.Call, s *server.Server) error {
	name, err := c.Args.Word("a file name")
	if err = errors.Join(err, c.Args.End()); err != nil {
		return err
	}
	if strings.ContainsAny(name, "/\\") || strings.Contains(name, "..") {
		return fmt.Errorf("api trace save %q: want a name without / and .., for a file in %s", name, captureFolder)
	}
	if s.TraceStatus().Messages == 0 {
		return server.ErrNoTrace
	}
	path := filepath.Join(captureFolder, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("api trace save: %w", err)
	}
	if err := errors.Join(s.SaveTrace(f), f.Close()); err != nil {
		return fmt.Errorf("api trace save: %w", errors.Join(err, os.Remove(path)))
	}
	c.Printf("API trace saved to %s\n", path)
	return nil
}

func (b base) showAPITrace(c *cli.Call) error {
	s, err := b.servedAPI()
	if err = errors.Join(err, c.Args.End()); err != nil {
		return err
	}
	st := s.TraceStatus()
	return c.Show(st, func(w io.Writer) {
		state := "disabled"
		if st.On {
			state = "enabled"
		}
		fmt.Fprintf(w, "RX trace: %s, %d of %d messages, %d lost\n", state, st.Messages, st.Limit, st.Lost)
	})
}
