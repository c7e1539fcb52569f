package program

import (
	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	"github.com/gvpp/gvpp/internal/hostlink"
)

// afxdpSchema is af_xdp { interface NAME [{ name IF queues N mode M }] … mode M ring-size N pass { tcp 22 } pass { arp } }.
func (s *startup) afxdpSchema() config.Schema {
	return config.Schema{
		"interface": s.interfaceWord,
		"mode":      func(c *config.Cursor) (err error) { s.mode, err = modeOf(c); return err },
		"ring-size": number(&s.ringSize, 64, 1<<16),
		"pass": func(c *config.Cursor) error {
			words, err := blockWords(c)
			if err != nil {
				return err
			}
			rule, err := afxdp.ParsePassRule(words)
			if err != nil {
				return c.Errorf("%w", err)
			}
			s.pass = append(s.pass, rule)
			return nil
		},
	}
}

func modeOf(c *config.Cursor) (afxdp.Mode, error) {
	w, err := c.OneOf("auto", "zero-copy", "copy", "generic")
	if err != nil {
		return 0, err
	}
	return afxdp.ParseMode(w)
}

func (s *startup) interfaceWord(c *config.Cursor) error {
	i := &hostInterface{}
	if err := text(&i.host)(c); err != nil {
		return err
	}
	s.interfaces = append(s.interfaces, i)
	if !c.HasBlock() {
		return nil
	}
	inner, err := c.Block()
	if err != nil {
		return err
	}
	return inner.Walk(config.Schema{
		"name":   text(&i.name),
		"queues": number(&i.queues, 1, 64),
		"mode": func(c *config.Cursor) error {
			m, err := modeOf(c)
			i.mode = &m
			return err
		},
	})
}

// blockWords is the words of the next block, a blank between each two.
func blockWords(c *config.Cursor) (line string, err error) {
	inner, err := c.Block()
	if err != nil {
		return "", err
	}
	for w, ok := inner.Next(); ok; w, ok = inner.Next() {
		if line != "" {
			line += " "
		}
		line += w
	}
	return line, nil
}

// recipes are the interfaces as gvpp.Config takes them.
func (s *startup) recipes() (out []gvpp.Interface) {
	for _, i := range s.interfaces {
		opts := []afxdp.Option{afxdp.Queues(i.queues), afxdp.WithMode(s.mode), afxdp.Pass(s.pass...), afxdp.Pass(i.pass...)}
		if i.mode != nil {
			opts = append(opts, afxdp.WithMode(*i.mode))
		}
		if i.name != "" {
			opts = append(opts, afxdp.WithName(i.name))
		}
		if s.ringSize != 0 {
			opts = append(opts, afxdp.RingSize(s.ringSize))
		}
		out = append(out, afxdp.Interface(i.host, opts...))
	}
	return out
}

// buffersPerQueue is what a queue can hold at once at the default ring size: the fill and receive rings together one
// ring's worth, the transmit and completion rings another.
const buffersPerQueue = 4096

// bufferCount is how many buffers the interfaces need unless startup.conf says a number.
func (s *startup) bufferCount() int {
	if s.buffers != 0 {
		return s.buffers
	}
	n := gvpp.DefaultBuffers
	for _, i := range s.interfaces {
		queues := i.queues
		if queues == 0 {
			queues = hostlink.RxQueues(i.host)
		}
		n += queues * buffersPerQueue
	}
	return n
}
