package ip

import "github.com/gvpp/gvpp/plugin"

func (p *Plugin) messages(*plugin.Registry) {}
