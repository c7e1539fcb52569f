package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"

	"github.com/gvpp/gvpp"
)

type runCommand struct {
	Conf    string   `short:"c" placeholder:"FILE" help:"startup.conf, in VPP's syntax."`
	Stanzas []string `arg:"" optional:"" passthrough:"" help:"Stanzas as words, behind those of the file."`
}

// Help is the part of --help that goes beyond the flags.
func (c *runCommand) Help() string {
	return `Stanzas, in the file or as words (quote nothing, but leave blanks around braces):

  unix { runtime-dir /run/gvpp  cli-listen /run/gvpp/cli.sock  gid GROUP  exec FILE  pidfile FILE  log FILE  nobanner  cli-prompt gvpp#  cli-no-pager }
  socksvr { socket-name /run/gvpp/api.sock }              the binary API, for GoVPP, vpp_papi and VAPI
  statseg { socket-name /run/gvpp/stats.sock  size 32m  update-interval 1  per-node-counters off }
  cpu { workers N } or cpu { corelist-workers 2-3,5 }     workers, pinned to cores
  buffers { buffers-per-numa N  default { data-size 2048 } }
  af_xdp { interface eth1 interface eth2 { name lan queues 2 mode copy } pass { tcp 22 } pass { arp } ring-size 2048 }
  classify { default { eth1 drop } rule { eth1 in proto tcp dport 443 keep-state pass } }
  flowtrack { sessions 1048576 timeout { tcp_established 7200 } tcp_loose 0 save { file /var/lib/gvpp/sessions every 60 } }
  plugins { plugin flowtrack { disable } }

pass in af_xdp names packets that the kernel leaves to the host; use it for what you manage the host by. When gvpp ends, and be
it by kill -9, the interfaces are the host's again at once.

  gvpp run af_xdp { interface eth1 interface eth2 } unix { exec /etc/gvpp/rules.cli }`
}

// Run is gvpp run.
func (c *runCommand) Run(ctx context.Context, s *streams) error {
	conf, err := readStartup(c.Conf, c.Stanzas, s.err, s.plugins...)
	if err != nil {
		return usageError{err}
	}
	logTo, closeLog, err := openLog(conf.logFile, s.err)
	if err != nil {
		return err
	}
	defer closeLog()
	log := slog.New(slog.NewTextHandler(logTo, nil))
	return conf.serve(ctx, log, nil)
}

func openLog(path string, stderr io.Writer) (io.Writer, func(), error) {
	if path == "" {
		return stderr, func() {}, nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, fmt.Errorf("log file: %w", err)
	}
	return f, func() { f.Close() }, nil
}

// serve assembles the dataplane and runs it, with its sockets, until ctx ends. ready, if not nil, is called once they
// answer.
func (s *startup) serve(ctx context.Context, log *slog.Logger, ready func(*gvpp.Dataplane) error) error {
	if err := errors.Join(s.checkCores(), ownDir(s.runtimeDir, true)); err != nil {
		return err
	}
	tune(s.workers)
	dp, err := gvpp.New(gvpp.Config{
		Workers: s.workers, Cores: s.cores, Interfaces: s.recipes(), Plugins: s.compiledIn(), Stanzas: s.plugins,
		Buffers: s.bufferCount(), BufferSize: s.bufferSize, Log: log, Stats: s.stats,
	})
	if err != nil {
		return err
	}
	begun := false
	err = dp.Serve(ctx, s.sockets(), func(ctx context.Context) error {
		err := s.begin(ctx, dp, dp.Log(), ready)
		begun = err == nil
		return err
	})
	if s.pidFile != "" && begun {
		err = errors.Join(err, os.Remove(s.pidFile))
	}
	return err
}

// begin does what comes after the start: the lines of exec, the pid file.
func (s *startup) begin(ctx context.Context, dp *gvpp.Dataplane, log *slog.Logger, ready func(*gvpp.Dataplane) error) error {
	if s.exec != "" {
		f, err := os.Open(s.exec)
		if err != nil {
			return fmt.Errorf("unix exec: %w", err)
		}
		defer f.Close()
		if err := dp.CLI().RunScript(ctx, s.exec, f, false, io.Discard); err != nil {
			return err
		}
	}
	if s.pidFile != "" {
		if err := os.WriteFile(s.pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
			return fmt.Errorf("pid file: %w", err)
		}
	}
	log.Info("running", "workers", dp.Workers(), "interfaces", dp.InterfaceNames(), "cli", s.socket, "api", s.apiSocket, "stats", s.statsSocket)
	if ready != nil {
		return ready(dp)
	}
	return nil
}
