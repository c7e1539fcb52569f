package peer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gvpp/gvpp/bench/measure"
)

// VPP is FD.io's packet dataplane in C: the peer after which gvpp is built. A binary that the user has is started with one
// worker, driven through its CLI socket, and asked by `show runtime` what its nodes spent. Nothing of it is built here.
//
// Invariant: a vpp is stopped (SIGSTOP) except between resume and pause, since its worker spins and would take the other
// subjects' time.

// vppName is the subject's name in results.
const vppName = "vpp"

// The main heap's size: address space until it is used. A session of the ACL plugin takes about 230 bytes of it.
const (
	vppHeapLeast      = 2 << 30 // bytes
	vppHeapPerSession = 512     // bytes
)

// vppBinary is a vpp and where its plugins are.
type vppBinary struct {
	path, plugins string // plugins is "" where vpp shall look by itself
}

// findVPP takes the path of the options, else looks on PATH. Its error says what was looked for, and is a reason to skip.
func findVPP(o measure.Options) (b vppBinary, err error) {
	b.path = o.VPP
	if b.path == "" {
		if b.path, err = exec.LookPath("vpp"); err != nil {
			return b, errors.New("no vpp on PATH, and none given by --vpp; install FD.io's packages vpp and vpp-plugin-core, or name a vpp binary with --vpp PATH")
		}
	}
	if b.path, err = filepath.EvalSymlinks(b.path); err == nil {
		b.path, err = filepath.Abs(b.path)
	}
	if err == nil {
		err = unix.Access(b.path, unix.X_OK)
	}
	if err != nil {
		return b, fmt.Errorf("vpp %q: %w", o.VPP, err)
	}
	b.plugins = pluginsBeside(b.path)
	return b, nil
}

// pluginsBeside finds the plugins of prefix/bin/vpp: prefix/lib/vpp_plugins, or under the multiarch folder.
func pluginsBeside(path string) string {
	prefix := filepath.Dir(filepath.Dir(path))
	for _, pattern := range []string{"lib/vpp_plugins", "lib/*/vpp_plugins", "lib64/vpp_plugins"} {
		if found, _ := filepath.Glob(filepath.Join(prefix, pattern)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// need says which of the plugins this vpp lacks; nil where that cannot be known without starting it.
func (b vppBinary) need(plugins ...string) error {
	if b.plugins == "" {
		return nil
	}
	for _, p := range plugins {
		if _, err := os.Stat(filepath.Join(b.plugins, p+"_plugin.so")); err != nil {
			return fmt.Errorf("%s has no plugin %s: %w; install the package vpp-plugin-core of the same version", b.path, p, err)
		}
	}
	return nil
}

// vppSetting is what differs between the vpps that are started.
type vppSetting struct {
	plugins  []string // without "_plugin.so"
	worker   int      // the worker's core; negative: any that this process may use
	netns    int      // descriptor of a network namespace; 0: this process's own
	sessions int      // for how many the ACL plugin's tables shall do
}

// conf is startup.conf: one worker, a CLI socket in dir, shared memory under a name of its own, no plugin but the named.
func (b vppBinary) conf(s vppSetting, dir, prefix string, mainCore int) string {
	var c strings.Builder
	fmt.Fprintf(&c, "unix { nodaemon nosyslog nocolor nobanner cli-no-pager runtime-dir %s cli-listen %s }\n", dir, vppSocket(dir))
	fmt.Fprintf(&c, "api-segment { prefix %s }\nsocksvr { socket-name %s/api.sock }\nstatseg { socket-name %s/stats.sock }\n", prefix, dir, dir)
	fmt.Fprintf(&c, "cpu { main-core %d corelist-workers %d }\n", mainCore, s.worker)
	fmt.Fprintf(&c, "memory { main-heap-size %d %s}\nbuffers { buffers-per-numa 16384 }\n",
		vppHeapLeast+s.sessions*vppHeapPerSession, vppHeapPages())
	c.WriteString("plugins {")
	if b.plugins != "" {
		fmt.Fprintf(&c, " path %s", b.plugins)
	}
	c.WriteString(" plugin default { disable }")
	for _, p := range s.plugins {
		fmt.Fprintf(&c, " plugin %s_plugin.so { enable }", p)
	}
	c.WriteString(" }\n")
	if slices.Contains(s.plugins, "acl") {
		c.WriteString(aclStanza(s.sessions) + "\n")
	}
	return c.String()
}

func vppSocket(dir string) string { return filepath.Join(dir, "cli.sock") }

// vppCores chooses cores: the worker's, where it is negative, is the highest that this process may use; main's is the lowest of
// the machine's others.
func vppCores(worker int) (mainCore, workerCore int, err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return 0, 0, fmt.Errorf("sched_getaffinity: %w", err)
	}
	const most = 1024
	for c := 0; worker < 0 && c < most; c++ {
		if allowed.IsSet(c) {
			workerCore = c
		}
	}
	if worker >= 0 {
		workerCore = worker
	}
	for c := range most {
		if _, err := os.Stat(fmt.Sprintf("/sys/devices/system/cpu/cpu%d", c)); err == nil && c != workerCore {
			return c, workerCore, nil
		}
	}
	return 0, 0, errors.New("vpp with a worker needs two cores, and this machine has one; run it on one with two")
}
