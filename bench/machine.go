package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/report"
	"github.com/gvpp/gvpp/dataplane/cycles"
)

// machine is a header on its way: what was so when the run began.
type machine struct {
	header report.Header
	ticks  cpuTicks
	own    time.Duration // processor time of this process and its children that have ended
}

// machineBefore describes the machine. name is what the operator calls it, or "".
func machineBefore(name string, flags []string) *machine {
	model, cores := processor()
	m := &machine{ticks: readTicks(), own: ownTime(), header: report.Header{
		Date: time.Now(), Machine: name, CPU: model, Cores: cores, ClockHz: cycles.PerSecond(),
		Kernel: kernel(), Go: runtime.Version() + " " + runtime.GOARCH, Commit: commit(), Flags: flags,
		NoASM: os.Getenv("GVPP_NOASM") == "1", LoadBefore: load(),
	}}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.header.MemoryBytes = uint64(info.Totalram) * uint64(info.Unit)
	}
	if name == "" {
		m.header.Machine = fmt.Sprintf("%s-%d", m.header.CPU, m.header.Cores)
	}
	m.header.Machine = slug(m.header.Machine)
	return m
}

// after completes the header at the end of the run.
func (m *machine) after() report.Header {
	h := m.header
	h.Seconds = time.Since(h.Date).Seconds()
	h.LoadAfter = load()
	now := readTicks()
	if all := now.all - m.ticks.all; all > 0 {
		h.StolenCPU = 100 * (now.steal - m.ticks.steal) / all
		busy := (now.busy - m.ticks.busy) / ticksPerSecond
		h.OtherCPU = max(0, 100*(busy-(ownTime()-m.own).Seconds())/(all/ticksPerSecond))
	}
	return h
}

// ticksPerSecond is the unit of /proc/stat: USER_HZ, which is 100 on all that Linux runs on.
const ticksPerSecond = 100

// cpuTicks is the first line of /proc/stat: time of all processors together since boot.
type cpuTicks struct{ all, busy, steal float64 }

func readTicks() (t cpuTicks) {
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for i, f := range strings.Fields(string(line)) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil || i > 8 { // cpu user nice system idle iowait irq softirq steal; guests' time is in user's
			continue
		}
		t.all += v
		switch i {
		case 4, 5: // idle, iowait
		case 8:
			t.steal += v
		default:
			t.busy += v
		}
	}
	return t
}

// ownTime is the processor time of this process and of its children that have ended.
func ownTime() (d time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			d += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return d
}

// load is the average over a minute.
func load() float64 {
	b, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(b), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

// processor is the model and how many the machine has, whether this process may use them or not.
func processor() (model string, cores int) {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "processor":
			cores++
		case "model name":
			model = strings.TrimSpace(value)
		}
	}
	return cmp.Or(model, runtime.GOARCH), max(1, cores)
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return runtime.GOOS
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

// commit is the source's, from git where it is at hand (go run leaves it out of the binary), else from the binary.
func commit() string {
	head, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err == nil {
		changed, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
		return strings.TrimSpace(string(head)) + dirty(err != nil || len(changed) > 0)
	}
	revision, modified := "unknown", false
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value[:min(12, len(s.Value))]
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
	}
	return revision + dirty(modified)
}

func dirty(yes bool) string {
	if yes {
		return "-dirty"
	}
	return ""
}

// slug makes a name that is good in a file's name: letters, digits and single hyphens.
func slug(s string) string {
	s = strings.NewReplacer("(R)", "", "(TM)", "", "(r)", "", "(tm)", "").Replace(s)
	parts := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(parts) == 0 {
		return "machine"
	}
	name := strings.Join(parts, "-")
	return strings.Trim(name[:min(48, len(name))], "-")
}
