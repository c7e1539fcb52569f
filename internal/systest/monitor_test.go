package systest

import (
	"bufio"
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

// flowtrack monitor tells of each event when it comes, to a person and to a program, and ends when told to.
func TestMonitor(t *testing.T) {
	s := newSite(t, 1, 1)
	d := s.run("classify { rule { left keep-state pass } }")
	serve(t, s.server, server4+":53")
	var watching struct{ Watchers int }
	watch := func(args ...string) (lines *bufio.Scanner, end func() result) {
		cmd := gvpp(t, append([]string{"ctl", "-s", s.socket}, args...)...)
		before := watching.Watchers
		out, err := cmd.StdoutPipe()
		ok(t, err)
		var errs strings.Builder
		cmd.Stderr = &errs
		ok(t, start(cmd, nil))
		eventually(t, "somebody watches", func() bool {
			d.show("show flowtrack summary", &watching)
			return watching.Watchers == before+1
		})
		lines = bufio.NewScanner(out)
		return lines, func() result {
			_ = cmd.Process.Signal(syscall.SIGINT)
			for lines.Scan() {
			}
			_ = cmd.Wait()
			return result{err: errs.String(), code: cmd.ProcessState.ExitCode()}
		}
	}
	text, endText := watch("flowtrack", "monitor", "proto", "udp", "dport", "53")
	object, endObject := watch("-o", "json", "flowtrack", "monitor", "destroy")
	for round := range 2 {
		if n := udp(t, s.client, server4+":53", 1, long); n != 1 {
			t.Fatal("no answer")
		}
		d.ctl("clear flowtrack proto udp")
		for _, want := range []string{"[NEW] ", "[UPDATE] ", "[DESTROY] "} {
			if !text.Scan() || !strings.Contains(text.Text(), want) || !strings.Contains(text.Text(), " > 10.0.0.2:53 ") {
				t.Errorf("round %d: %q, want %s", round, text.Text(), want)
			}
		}
		var e struct {
			Event, Reason string
			Session       session
		}
		if !object.Scan() || json.Unmarshal(object.Bytes(), &e) != nil || e.Event != "destroy" || e.Reason != "cleared" || e.Session.Packets != [2]uint64{1, 1} {
			t.Errorf("round %d: %q, %+v", round, object.Text(), e)
		}
	}
	endText().wants(t, 130, "interrupted")
	endObject().wants(t, 130, "interrupted")
	eventually(t, "nobody watches", func() bool {
		d.show("show flowtrack summary", &watching)
		return watching.Watchers == 0
	})
}
