package hostlink

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

func journalPath(dir, nic string) string { return filepath.Join(dir, "host-filter-"+nic+".json") }

// Load reads the journal of a filter that some gvpp has set up.
func Load(nic, stateDir string) (*Filter, error) {
	path := journalPath(stateDir, nic)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no filter is set up on %s (there is no %s): nothing to undo", nic, path)
	}
	f := &Filter{path: path, saved: true}
	if err == nil {
		parsed := json.Unmarshal(text, f)
		if err = cmp.Or(parsed, f.check(nic)); err != nil {
			err = fmt.Errorf("it is damaged: %w; take the filter down by hand (ip link del %s; ip link del %s), give %s its addresses and routes again, and remove the file",
				err, f.H0, f.Bridge, nic)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return f, nil
}

// check says what is wrong with a filter that was read from a file. What the file does not say becomes the usual.
func (f *Filter) check(nic string) error {
	complete := f.NIC == nic && f.Index > 0 && f.Bridge != "" && f.H0 != "" && f.H1 != ""
	f.Bridge, f.H0, f.H1 = cmp.Or(f.Bridge, "gvbr-"+nic), cmp.Or(f.H0, "h0-"+nic), cmp.Or(f.H1, "h1-"+nic)
	if !complete {
		return fmt.Errorf("it is for %q (%d), or names no devices", f.NIC, f.Index)
	}
	return f.Settings.check()
}

// save writes the journal, whole or not at all, and never over another: of two that start at once, one fails.
func (f *Filter) save() error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	w, err := os.OpenFile(dir, unix.O_TMPFILE|os.O_WRONLY, 0o600) // without a name until it is complete
	if err != nil {
		return fmt.Errorf("journal in %s: %w", dir, err)
	}
	defer w.Close()
	if _, err = w.Write(append(text, '\n')); err == nil {
		err = unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", w.Fd()), unix.AT_FDCWD, f.path, unix.AT_SYMLINK_FOLLOW)
	}
	if err != nil {
		return fmt.Errorf("journal %s: %w", f.path, err)
	}
	f.saved = true
	return nil
}

// Alive reports whether the gvpp that made the filter still runs.
func (f *Filter) Alive() bool {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", f.PID))
	return err == nil && f.PID != os.Getpid() && unix.Kill(f.PID, 0) == nil && strings.Contains(string(comm), "host-filter")
}

// checkState refuses a second filter on the same NIC.
func checkState(nic, dir string) error {
	f, err := Load(nic, dir)
	switch {
	case f == nil && errors.Is(statOf(journalPath(dir, nic)), os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w; if no filter is set up, remove the file", err)
	case f.Alive():
		return fmt.Errorf("%s is filtered already, by process %d: stop that one first (kill %d)", nic, f.PID, f.PID)
	}
	return fmt.Errorf("%s is still set up for a filter whose gvpp (process %d) is gone; the bridge %s carries its traffic. Put it back first: gvpp host-filter --undo %s", nic, f.PID, f.Bridge, nic)
}

func statOf(path string) error {
	_, err := os.Stat(path)
	return err
}
