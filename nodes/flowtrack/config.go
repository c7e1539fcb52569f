package flowtrack

import "github.com/gvpp/gvpp/config"

// config reads the stanza: flowtrack { sessions N timeout { NAME SECONDS … } SETTING VALUE … zone { IF vlan N zone Z } zone-timeout
// { NAME SECONDS zone Z } limit { sessions per-source N } helper { ftp } }. What has the words of a command runs once the interfaces are there.
func (p *Plugin) config(c *config.Cursor) error {
	schema := config.Schema{
		"sessions": func(c *config.Cursor) error {
			n, err := c.Uint(1, MaxSessions)
			p.Sessions = int(n)
			return err
		},
		"timeout": func(c *config.Cursor) error {
			inner, err := c.Block()
			if err != nil {
				return err
			}
			return inner.Walk(p.timeoutSchema())
		},
		"save":         p.saveConfig,
		"zone":         p.boot.Command("flowtrack zone", p.zoneCommand),
		"helper":       p.boot.Command("flowtrack helper", p.helperCommand),
		"limit":        p.boot.Command("flowtrack limit", p.limitCommand),
		"zone-timeout": p.boot.Command("flowtrack timeout", p.timeoutCommand),
	}
	for i := range settings {
		k := &settings[i]
		schema[k.name] = func(c *config.Cursor) error {
			word, err := c.Str()
			if err != nil {
				return err
			}
			value, err := k.parse(word)
			if err != nil {
				return c.Errorf("%v", err)
			}
			return p.SetByName(k.name, value)
		}
	}
	return c.Walk(schema)
}

func (p *Plugin) timeoutSchema() config.Schema {
	schema := config.Schema{}
	for _, k := range Timeouts {
		schema[k.Name] = func(c *config.Cursor) error {
			d, err := c.Duration(MinTimeout, MaxTimeout)
			if err == nil {
				p.timeouts.set(0, k, d)
			}
			return err
		}
	}
	return schema
}
