package program

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gvpp/gvpp/dataplane/pcapport"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/internal/replay"
)

// sample is a packet and what is to become of it: "bob" (passes there), "drop", or "carol, redirect".
type sample struct{ in, line, want string }

var samplesCable = []sample{
	{"alice", "icmp 10.9.0.1 > 10.9.0.2 id 7 seq 1", "bob"},
	{"bob", "icmp 10.9.0.2 > 10.9.0.1 type 0 id 7 seq 1", "alice"},
	{"alice", "icmpv6 fd09::1 > fd09::2 id 8 seq 1", "bob"},
	{"bob", "tcp 10.9.0.2:40000 > 10.9.0.1:22 [S]", "alice"},
}

var samplesDrop = []sample{
	{"alice", "icmp 10.9.0.1 > 10.9.0.2 id 7 seq 2", "drop"},
	{"alice", "tcp 10.9.0.1:40001 > 10.9.0.2:80 [S]", "bob"},
}

var samplesSessions = []sample{
	{"bob", "tcp 10.9.0.2:40000 > 10.9.0.1:22 [S]", "drop"},
	{"alice", "tcp 10.9.0.1:40001 > 10.9.0.2:80 [S]", "bob"},
	{"bob", "tcp 10.9.0.2:80 > 10.9.0.1:40001 [SA] ack 1", "alice"},
	{"alice", "tcp 10.9.0.1:40001 > 10.9.0.2:80 [A] seq 1 ack 1", "bob"},
	{"bob", "udp 10.9.0.2:53 > 10.9.0.1:5353", "drop"},
	{"alice", "udp 10.9.0.1:5353 > 10.9.0.2:53", "bob"},
	{"bob", "udp 10.9.0.2:53 > 10.9.0.1:5353", "alice"},
	{"alice", "icmp 10.9.0.1 > 10.9.0.2 id 7 seq 3", "bob"},
	{"bob", "icmp 10.9.0.2 > 10.9.0.1 type 0 id 7 seq 3", "alice"},
}

var samplesRedirect = []sample{
	{"alice", "tcp 10.9.0.1:40002 > 10.9.0.2:8080 [S]", "carol, redirect"},
	{"carol", "tcp 10.9.0.2:8080 > 10.9.0.1:40002 [SA] ack 1", "alice, redirect"},
	{"alice", "tcp 10.9.0.1:40002 > 10.9.0.2:8080 [A] seq 1 ack 1", "carol, redirect"},
	{"carol", "tcp 10.9.0.2:40003 > 10.9.0.1:22 [S]", "drop"},
	{"alice", "tcp 10.9.0.1:40004 > 10.9.0.2:80 [S]", "bob"},
}

var samplesTracking = []sample{
	{"alice", "tcp 10.9.0.1:40005 > 10.9.0.2:80 [S] seq 100", "bob"},
	{"bob", "tcp 10.9.0.2:80 > 10.9.0.1:40005 [SA] seq 500 ack 101", "alice"},
	{"alice", "tcp 10.9.0.1:40005 > 10.9.0.2:80 [A] seq 101 ack 501", "bob"},
	{"bob", "tcp 10.9.0.2:80 > 10.9.0.1:40005 [R] seq 900000 win 0", "drop"},
	{"alice", "tcp 10.9.0.1:40005 > 10.9.0.2:80 [A] seq 101 ack 501 len 9", "bob"},
	{"alice", "udp 10.9.0.1:5353 > 10.9.0.2:53 frag 0+ len 1472 udplen 1500 nosum", "bob"},
	{"alice", "udp 10.9.0.1 > 10.9.0.2 frag 185 len 20", "bob"},
	{"alice", "udp 10.9.0.1:5354 > 10.9.0.2:9", "bob"},
	{"bob", "icmp 10.9.0.2 > 10.9.0.1 type 3 code 3 quote { udp 10.9.0.1:5354 > 10.9.0.2:9 }", "alice"},
	{"bob", "icmp 10.9.0.2 > 10.9.0.1 type 3 code 3 quote { udp 10.9.0.1:5355 > 10.9.0.2:9 }", "drop"},
}

// replayDemo tells the story with captures: for each act, its packets through a graph with the rules so far.
func replayDemo(ctx context.Context, s *story, why string) error {
	fmt.Fprintf(s.out, "gvpp demo, by replay: %s\n%s", why, demoDrawing)
	fmt.Fprintln(s.out)
	s.say("The packets come from captures, in the form of lines; the graph and the rules are those of live traffic.")
	var lines []string
	for _, step := range []struct {
		act
		samples []sample
	}{{actCable, samplesCable}, {actDrop, samplesDrop}, {actSessions, samplesSessions}, {actRedirect, samplesRedirect}, {actTracking, samplesTracking}} {
		s.chapter(step.title)
		s.say(step.words)
		for _, line := range step.lines {
			s.typed("gvpp#", line)
		}
		lines = append(lines, step.lines...)
		if err := s.replay(ctx, lines, step.samples, nil); err != nil {
			return err
		}
	}
	s.chapter("What gvpp knows")
	return s.replay(ctx, lines, append(samplesSessions[:len(samplesSessions):len(samplesSessions)], samplesRedirect...),
		[]string{"show flowtrack", "show classify", "show errors", "show interface"})
}

// seen is the part of a verdict that the story needs.
type seen struct {
	Verdict, Out, Node, Reason, State string
	Rule                              *int
}

// String is what became of the packet, as a sample wants it.
func (v seen) String() string {
	switch v.Verdict {
	case "pass":
		return v.Out
	case "redirect":
		return v.Out + ", redirect"
	}
	return v.Verdict
}

// why is who decided.
func (v seen) why() string {
	w := v.Reason
	if v.Rule != nil {
		w = fmt.Sprintf("rule %d", *v.Rule)
		if v.Reason == "session" {
			w = "session of " + w
		}
	}
	if v.State != "" {
		w += ", " + v.State
	}
	if w == "" {
		return "no rules here"
	}
	return w
}

// replay runs samples through a new graph with the lines, and checks each verdict; or, with then, shows what these print.
func (s *story) replay(ctx context.Context, lines []string, samples []sample, then []string) error {
	dir, err := os.MkdirTemp("", "gvpp-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := writeSamples(dir, samples)
	if err != nil {
		return err
	}
	var verdicts, output bytes.Buffer
	script := strings.Join(lines, "\n")
	o := replay.Options{In: files, Interfaces: []string{"alice", "bob", "carol"}, Exec: strings.NewReader(script), ExecName: "demo", Verdicts: &verdicts}
	if then == nil {
		if _, err := replay.Run(ctx, o); err != nil {
			return err
		}
		return s.verdicts(samples, &verdicts)
	}
	for _, line := range then {
		output.Reset()
		o.Exec, o.Then, o.Output = strings.NewReader(script), []string{line}, &output
		if _, err := replay.Run(ctx, o); err != nil {
			return err
		}
		s.typed("gvpp#", line)
		s.quote(behindScript(output.String()))
	}
	return nil
}

// behindScript leaves out what the acts' lines print.
func behindScript(text string) string {
	for strings.HasPrefix(text, "rule ") || strings.HasPrefix(text, "0 sessions forgotten") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func (s *story) verdicts(samples []sample, verdicts *bytes.Buffer) error {
	d := json.NewDecoder(verdicts)
	for _, p := range samples {
		var v seen
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("verdict of %q: %w", p.line, err)
		}
		s.check(v.String() == p.want, "%-5s %-52s → %-15s (%s)", p.in, p.line, v, v.why())
	}
	return nil
}

// writeSamples makes a capture for each interface, a millisecond between two packets.
func writeSamples(dir string, samples []sample) (files []replay.File, err error) {
	writers := map[string]*pcapport.Writer{}
	now := time.Now().UnixNano()
	for i, p := range samples {
		w := writers[p.in]
		if w == nil {
			path := filepath.Join(dir, p.in+".pcap")
			if w, err = pcapport.Create(path, time.Nanosecond); err != nil {
				return nil, err
			}
			defer w.Close()
			writers[p.in] = w
			files = append(files, replay.File{Interface: p.in, Path: path})
		}
		frame, err := packetline.Build(p.line)
		if err != nil {
			return nil, err
		}
		if err := w.Write(now+int64(i)*int64(time.Millisecond), frame, 0); err != nil {
			return nil, err
		}
	}
	return files, nil
}
