package flowtrack

import (
	"fmt"
	"io"
	"time"

	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/plugin"
)

// Bounds of the time between two saves.
const (
	MinSaveEvery = time.Second
	MaxSaveEvery = 24 * time.Hour
)

// saveLook is how often it is looked whether sessions are to be saved: half the shortest time between two saves.
const saveLook = MinSaveEvery / 2

func (p *Plugin) registerSave(r *plugin.Registry) {
	r.Ready(p.restore)
	r.Periodic("flowtrack save", saveLook, p.saveIfDue)
	r.CLI("flowtrack save", "flowtrack save [PATH]\n"+
		"Saves the sessions, in the configured file unless another one is named; gvpp itself writes it. Traffic goes on meanwhile.\n"+
		"At the next start they are restored from the configured file: flowtrack { save { file PATH every SECONDS } } in startup.conf.", p.saveCommand)
}

func (p *Plugin) saveCommand(c *cli.Call) error {
	path, _ := c.Args.Next()
	if err := c.Args.End(); err != nil {
		return err
	}
	r, err := p.Save(path)
	if err != nil {
		return err
	}
	return c.Show(r, func(w io.Writer) {
		fmt.Fprintf(w, "%d sessions, %d bytes, in %.2f s: %s\n", r.Saved, r.Bytes, r.Seconds, r.Written)
	})
}

// saveConfig reads save { file PATH every SECONDS }.
func (p *Plugin) saveConfig(c *config.Cursor) error {
	inner, err := c.Block()
	if err != nil {
		return err
	}
	err = inner.Walk(config.Schema{
		"file": func(c *config.Cursor) (err error) { p.SaveFile, err = c.Str(); return err },
		"every": func(c *config.Cursor) (err error) {
			p.SaveEvery, err = c.Duration(MinSaveEvery, MaxSaveEvery)
			return err
		},
	})
	if err == nil && p.SaveFile == "" {
		err = c.Errorf("save has no file: say file PATH")
	}
	return err
}

// saveIfDue is the periodic work. Walking a big table and writing to a disk take long: that has its own goroutine, so that the sweep
// goes on.
func (p *Plugin) saveIfDue(now int64) (more bool) {
	k := &p.keep
	k.mu.Lock()
	due := k.ready && p.SaveEvery > 0 && now >= k.due
	if due {
		first := k.due == 0
		k.due = now + int64(p.SaveEvery)
		due = !first
	}
	k.mu.Unlock()
	switch {
	case !due:
	case p.dp.Deterministic():
		p.keep.one.Lock()
		p.saveAndSay()
	case k.one.TryLock(): // else the last one goes on: the disk is slower than what was asked for
		go p.saveAndSay()
	}
	return false
}

// saveAndSay saves to the configured file, for nobody who would see an error, and gives up keep.one.
func (p *Plugin) saveAndSay() {
	defer p.keep.one.Unlock()
	before := p.SaveState().Failed
	if r, err := p.save(p.SaveFile); err != nil && r.Failed != before {
		p.dp.Log().Error("sessions are not saved", "cause", err)
	}
}

// saveAtEnd saves when workers have stopped, so that counters are what they were in the end.
func (p *Plugin) saveAtEnd() error {
	p.keep.mu.Lock()
	ready := p.keep.ready
	p.keep.mu.Unlock()
	if !ready {
		return nil // never begun: the file is better than what there is
	}
	r, err := p.Save("")
	if err == nil {
		p.dp.Log().Info("sessions saved", "file", r.Written, "sessions", r.Saved, "seconds", r.Seconds)
	}
	return err
}

// text is what show flowtrack summary says of saving.
func (r *SaveState) text(w io.Writer) {
	if r.File == "" {
		return
	}
	fmt.Fprintf(w, "sessions are saved in %s", r.File)
	if r.Interval > 0 {
		fmt.Fprintf(w, " every %v s and", r.Interval)
	}
	fmt.Fprintf(w, " at the end")
	if !r.SavedAt.IsZero() {
		fmt.Fprintf(w, "; last %s, %d sessions", r.SavedAt.Format(time.DateTime), r.Saved)
	}
	fmt.Fprintln(w)
	if r.Failed != "" {
		fmt.Fprintf(w, "  the last time failed: %s\n", r.Failed)
	}
	switch {
	case r.Refused != "":
		fmt.Fprintf(w, "  at start the file was refused: %s\n", r.Refused)
	case r.Restored+r.Expired+r.LeftOut > 0:
		fmt.Fprintf(w, "  restored at start %d, expired meanwhile %d, no room for %d\n", r.Restored, r.Expired, r.LeftOut)
	}
}
