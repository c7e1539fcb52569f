package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/internal/hostlink"
)

type hostFilterCommand struct {
	Undo    bool     `help:"Put back what a gvpp that was killed has left, and end."`
	Conf    string   `short:"c" placeholder:"FILE" help:"startup.conf, as for gvpp run."`
	Pass    []string `placeholder:"RULE" sep:"none" help:"What the kernel leaves to the host, ahead of all rules, with its answers: \"tcp 22\", \"from 192.0.2.0/24\", \"arp\"."`
	Confirm int      `placeholder:"SECONDS" help:"Undo everything unless somebody presses Enter here, or sends SIGUSR1, within this time."`
	State   string   `default:"/run/gvpp" placeholder:"DIR" help:"Where the journal for --undo is kept."`
	NIC     string   `arg:"" placeholder:"NIC" help:"The interface by which the host's traffic goes."`
	Stanzas []string `arg:"" optional:"" passthrough:"partial" help:"Stanzas of startup.conf as words."`
	Guard   int      `hidden:"" placeholder:"PID" help:"Undo what that gvpp has left when it ends while the host moves."`
}

// Help is the part of --help that goes beyond the flags.
func (c *hostFilterCommand) Help() string {
	return `Puts gvpp between NIC and this host. The interfaces are called NIC (packets from outside) and host (packets of this host):

  gvpp host-filter eth0 --pass "tcp 22" --confirm 60
  gvpp ctl classify add rule host keep-state pass
  gvpp ctl classify default eth0 drop

The host's addresses, routes and neighbours move from NIC to h1-NIC, the end of a veth pair, which has NIC's link address. A
kernel bridge joins NIC and the pair's other end; gvpp takes the packets ahead of it. At its end (SIGINT, SIGTERM, SIGHUP) gvpp
puts everything back. If it is killed, the bridge carries the packets on, unfiltered; then run

  gvpp host-filter --undo eth0

A default drop lets IPv6 neighbour discovery pass, which IPv6 does not work without, unless a rule drops it. ARP passes unless
"classify non-ip" says otherwise.

Firewall rules, DHCP clients and programs that name NIC see no traffic there meanwhile. An interface with VLANs on it, or in a
bridge or bond, is refused.`
}

// hostName is what gvpp calls the host's side.
const hostName = "host"

// Run sets the filter up, runs the dataplane, and puts everything back.
func (c *hostFilterCommand) Run(ctx context.Context, s *streams) error {
	switch {
	case c.Guard != 0:
		return c.watch(s)
	case c.Undo:
		return c.undo(s)
	}
	conf, err := c.startup(s)
	if err != nil {
		return usageError{err}
	}
	filter, err := hostlink.Plan(c.NIC, c.State)
	if err != nil {
		return fmt.Errorf("host-filter: %w; nothing has been changed", err)
	}
	for _, f := range afxdp.Doctor(c.NIC) {
		if f.Severity == afxdp.Fail {
			return fmt.Errorf("host-filter: AF_XDP will not work on %s, nothing has been changed: %s: %s; %s", c.NIC, f.Check, f.Cause, f.Remedy)
		}
	}
	ignoreTerminal()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // a terminal that is gone may be a host that is cut off
	defer stop()
	confirmed := make(chan os.Signal, 1)
	signal.Notify(confirmed, syscall.SIGUSR1) // from here on it kills nobody
	err = c.guarded(filter, s)
	if err == nil {
		err = filter.Setup(max(1, conf.workers))
	}
	if err == nil && ctx.Err() == nil {
		err = c.serve(ctx, s, conf, filter, confirmed)
	}
	if e := filter.Undo(); e != nil {
		return fmt.Errorf("host-filter: %w", errors.Join(err, fmt.Errorf("not everything could be put back: %w", e)))
	}
	fmt.Fprintf(s.err, "gvpp: %s is as it was\n", c.NIC)
	if err != nil {
		return fmt.Errorf("host-filter: %w", err)
	}
	return nil
}

func (c *hostFilterCommand) undo(s *streams) error {
	filter, err := hostlink.Load(c.NIC, c.State)
	if err == nil && filter.Alive() {
		err = fmt.Errorf("%s is filtered by process %d, which undoes everything at its end: kill %d", c.NIC, filter.PID, filter.PID)
	}
	if err == nil {
		err = filter.Undo()
	}
	if err != nil {
		return fmt.Errorf("host-filter: %w", err)
	}
	fmt.Fprintf(s.err, "gvpp: %s is as it was\n", c.NIC)
	return nil
}

// startup reads the configuration and the pass rules.
func (c *hostFilterCommand) startup(s *streams) (*startup, error) {
	conf, err := readStartup(c.Conf, c.Stanzas, s.err, s.plugins...)
	if err != nil {
		return nil, err
	}
	outside, inside := conf.hostInterface(c.NIC), &hostInterface{name: hostName}
	conf.passOutside(inside)
	for _, text := range c.Pass {
		rule, err := afxdp.ParsePassRule(text)
		if err != nil {
			return nil, err
		}
		outside.pass, inside.pass = append(outside.pass, rule), append(inside.pass, answers(rule))
	}
	outside.name = c.NIC
	conf.interfaces = append(conf.interfaces, inside)
	return conf, nil
}

// hostInterface is the interface of that name, which startup.conf may have set up already.
func (s *startup) hostInterface(host string) *hostInterface {
	for _, i := range s.interfaces {
		if i.host == host {
			return i
		}
	}
	i := &hostInterface{host: host}
	s.interfaces = append(s.interfaces, i)
	return i
}

// passOutside gives the rules for all interfaces to those outside, and what answers to them to the host's side.
func (s *startup) passOutside(inside *hostInterface) {
	for _, i := range s.interfaces {
		i.pass = append(i.pass, s.pass...)
	}
	for _, rule := range s.pass {
		inside.pass = append(inside.pass, answers(rule))
	}
	s.pass = nil
}

// answers is the rule for what answers to packets that rule passes.
func answers(rule afxdp.PassRule) afxdp.PassRule {
	if !rule.ARP && (rule.Proto == 0 || rule.Port != 0) {
		rule.Source = !rule.Source
	}
	return rule
}

// serve runs the dataplane between the NIC and the host until ctx ends or nobody confirms.
func (c *hostFilterCommand) serve(ctx context.Context, s *streams, conf *startup, filter *hostlink.Filter, confirmed <-chan os.Signal) error {
	conf.interfaces[len(conf.interfaces)-1].host = filter.H0
	logTo, closeLog, err := openLog(conf.logFile, s.err)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err = conf.serve(ctx, slog.New(slog.NewTextHandler(logTo, nil)), func(dp *gvpp.Dataplane) error {
		if err := dp.CrossConnect(ctx, c.NIC, hostName); err != nil {
			return err
		}
		c.announce(s, conf, filter)
		if c.Confirm > 0 {
			go c.awaitConfirmation(ctx, s, confirmed, cancel)
		}
		return nil
	})
	if cause := context.Cause(ctx); errors.Is(cause, errUnconfirmed) {
		return errors.Join(cause, ignoreCause(err, cause))
	}
	return err
}

func (c *hostFilterCommand) announce(s *streams, conf *startup, filter *hostlink.Filter) {
	fmt.Fprintf(s.err, "gvpp: %s is filtered: the host has its addresses on %s now: %s\n", c.NIC, filter.H1, strings.Join(filter.Addresses(), ", "))
	ctl := "gvpp ctl"
	if conf.socket != defaultSocket() {
		ctl += " -s " + conf.socket
	}
	fmt.Fprintf(s.err, "gvpp: rules: `%s classify add rule %s …` (from outside) or `… rule %s …` (of this host); the end: kill %d\n", ctl, c.NIC, hostName, os.Getpid())
}

var errUnconfirmed = errors.New("nobody confirmed in time: everything is being put back")

// awaitConfirmation undoes everything unless somebody can still reach this process.
func (c *hostFilterCommand) awaitConfirmation(ctx context.Context, s *streams, confirmed <-chan os.Signal, cancel context.CancelCauseFunc) {
	enter := make(chan struct{}, 1)
	go func() {
		if awaitEnter(ctx, s.in) { // ends with the process
			enter <- struct{}{}
		}
	}()
	fmt.Fprintf(s.err, "gvpp: press Enter, or run `kill -USR1 %d`, within %d s to confirm that the host can be reached; or else everything is put back\n", os.Getpid(), c.Confirm)
	select {
	case <-ctx.Done():
	case <-enter:
		fmt.Fprintln(s.err, "gvpp: confirmed")
	case <-confirmed:
		fmt.Fprintln(s.err, "gvpp: confirmed")
	case <-time.After(time.Duration(c.Confirm) * time.Second):
		cancel(errUnconfirmed)
	}
}

// ignoreCause leaves out an error that only repeats why everything ended.
func ignoreCause(err, cause error) error {
	if errors.Is(err, cause) {
		return nil
	}
	return err
}
