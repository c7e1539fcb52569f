package gvpp

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gvpp/gvpp/api/server"
	"github.com/gvpp/gvpp/cli"
	"github.com/gvpp/gvpp/plugin"
)

// registerShowAPI declares the commands that show what the API socket does.
func (b base) registerShowAPI(r *plugin.Registry) {
	r.CLI("show api clients", "show api clients\nShows who uses the API socket.", b.showAPIClients)
	r.CLI("show api messages", "show api messages [called]\nShows the messages of the API: their ids, modules and names with CRC; of requests how often they were made, and failed.", b.showAPIMessages)
	r.Complete(func([]string) []string { return []string{"called"} })
	r.CLI("api trace", apiTraceUsage, b.apiTrace)
	r.Complete(func([]string) []string { return []string{"on", "off", "free", "status", "save", "nitems"} })
	r.CLI("show api trace-status", "show api trace-status\nShows how far the trace of the API has come.", b.showAPITrace)
	r.CLI("show api errors", "show api errors\nShows the last requests that failed, with their reasons, and what clients did wrong.", b.showAPIErrors)
}

var errNoAPI = errors.New("there is no API socket: it is made by Serve, at socksvr { socket-name PATH } of gvpp run")

func (b base) servedAPI() (*server.Server, error) {
	s := b.apiServer.Load()
	if s == nil {
		return nil, errNoAPI
	}
	return s, nil
}

func (b base) showAPIClients(c *cli.Call) error {
	s, err := b.servedAPI()
	if err = errors.Join(err, c.Args.End()); err != nil {
		return err
	}
	list := s.Clients()
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintf(w, "%-24s %10s %10s %10s %8s %8s %8s %10s %10s %10s\n", "Name", "Index", "Requests", "Replies", "Events", "Dropped", "Waiting", "Received", "Sent", "Age")
		for _, i := range list {
			fmt.Fprintf(w, "%-24q %#10x %10d %10d %8d %8d %8d %10d %10d %10s\n",
				i.Name, i.Index, i.Requests, i.Replies, i.Events, i.Dropped, i.Waiting, i.Received, i.Sent, time.Since(i.Since).Round(time.Second))
		}
	})
}

func (b base) showAPIMessages(c *cli.Call) error {
	s, err := b.servedAPI()
	if err != nil {
		return err
	}
	called := c.Args.Keyword("called")
	if err := c.Args.End(); err != nil {
		return err
	}
	var list []server.MessageInfo
	for _, m := range s.Messages() {
		if !called || m.Calls > 0 {
			list = append(list, m)
		}
	}
	return c.Show(list, func(w io.Writer) {
		fmt.Fprintf(w, "%5s %-16s %-56s %10s %10s\n", "Id", "Module", "Message", "Calls", "Errors")
		for _, m := range list {
			fmt.Fprintf(w, "%5d %-16s %-56s %10d %10d\n", m.ID, m.Module, fmt.Sprintf("%s_%08x", m.Name, m.CRC), m.Calls, m.Errors)
		}
	})
}

func (b base) showAPIErrors(c *cli.Call) error {
	s, err := b.servedAPI()
	if err = errors.Join(err, c.Args.End()); err != nil {
		return err
	}
	all := struct {
		server.Stats
		Failures []server.Failure
	}{s.Stats(), s.Failures()}
	return c.Show(all, func(w io.Writer) {
		fmt.Fprintf(w, "connections: %d accepted, %d now, %d refused (too many), %d cut off for what they sent, %d for not reading\n",
			all.Accepted, all.Clients, all.Refused, all.Malformed, all.Slow)
		fmt.Fprintf(w, "%d messages without an answer (unknown id, or no request), %d handlers panicked\n", all.Unknown, all.Panics)
		for _, f := range all.Failures {
			fmt.Fprintf(w, "%s %q %s: %d: %s\n", f.Time.Format(time.TimeOnly), f.Client, f.Message, f.Retval, f.Text)
		}
	})
}
