package program

import (
	"time"

	"github.com/gvpp/gvpp/config"
	"github.com/gvpp/gvpp/stats"
)

// statsegSchema is VPP's stanza of the statistics segment. Its pages are the kernel's ordinary ones.
func (s *startup) statsegSchema() config.Schema {
	schema := ignoring("page-size")
	schema["socket-name"] = socketPath(&s.statsSocket)
	schema["default"] = nothing // VPP takes it, too
	schema["size"] = func(c *config.Cursor) error {
		n, err := c.Size(stats.MinSize, stats.MaxSize)
		s.stats.Size = int(n)
		return err
	}
	schema["update-interval"] = func(c *config.Cursor) (err error) {
		s.stats.Interval, err = c.Duration(10*time.Millisecond, time.Hour)
		return err
	}
	schema["per-node-counters"] = func(c *config.Cursor) error {
		word, err := c.OneOf("on", "off")
		s.stats.NoNodes = word == "off"
		return err
	}
	return schema
}
