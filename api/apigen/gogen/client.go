package gogen

import "strings"

// client writes the type that calls the methods, and receives the events.
func (g *generator) client() {
	g.p("// Client calls the methods of the module. It implements Service.")
	g.p("type Client struct{ Conn api.Conn }\n")
	g.p("// NewClient makes a client that calls through conn.")
	g.p("func NewClient(conn api.Conn) Client { return Client{conn} }\n")
	methods := map[string]bool{"Conn": true}
	for _, r := range g.rpcs {
		methods[r.name] = true
	}
	for _, r := range g.rpcs {
		g.p("// %s implements Service.", r.name)
		g.p("func (c Client) %s%s {", r.name, g.signature(r))
		for line := range strings.SplitSeq(r.called(), "\n") {
			g.p("\t%s", line)
		}
		g.p("}\n")
		if r.stream != "" && r.reply != "" {
			g.all(r, methods)
		}
	}
	done := map[string]bool{}
	for _, r := range g.rpcs {
		for _, event := range r.events {
			if !done[event] {
				g.events(event, methods)
			}
			done[event] = true
		}
	}
}

// called is how a client calls a method.
func (r *rpc) called() string {
	arguments := "(ctx, c.Conn, method" + r.name + ", m"
	switch {
	case r.stream != "" && r.reply == "":
		return "return api.Dump[*" + r.stream + "]" + arguments + ")"
	case r.stream != "":
		return "return api.InvokeStream[*" + r.reply + "]" + arguments + ", send)"
	case r.reply == "":
		return "_, err := c.Conn.Invoke(ctx, method" + r.name + ", m, nil)\nreturn err"
	}
	return "return api.Invoke[*" + r.reply + "]" + arguments + ")"
}

// all writes the method that calls a stream until it has all of it.
func (g *generator) all(r *rpc, methods map[string]bool) {
	stem, _ := strings.CutSuffix(r.name, "Get")
	name := stem + "All"
	if methods[name] {
		name = r.name + "All"
	}
	methods[name] = true
	g.p("// %s yields the details of as many calls of %s as it takes to have all; an error comes last.", name, r.name)
	g.p("// Each range over it begins at m's cursor.")
	g.p("func (c Client) %s(ctx context.Context, m *%s) %s[*%s, error] {", name, r.request, g.use("iter", "iter.Seq2"), r.stream)
	if !r.cursor {
		g.p("\treturn api.Pages(func(send func(*%s) error) (bool, error) {", r.stream)
		g.p("\t\t_, err := c.%s(ctx, m, send)", r.name)
		g.p("\t\treturn false, err")
		g.p("\t})")
		g.p("}\n")
		return
	}
	g.p("\treturn func(yield func(*%s, error) bool) {", r.stream)
	g.p("\t\tpage := *m")
	g.p("\t\tapi.Pages(func(send func(*%s) error) (bool, error) {", r.stream)
	g.p("\t\t\tr, err := c.%s(ctx, &page, send)", r.name)
	g.p("\t\t\tif r == nil {")
	g.p("\t\t\t\treturn false, err")
	g.p("\t\t\t}")
	g.p("\t\t\tagain, err := api.NextPage(err, page.Cursor, r.Cursor)")
	g.p("\t\t\tpage.Cursor = r.Cursor")
	g.p("\t\t\treturn again, err")
	g.p("\t\t})(yield)")
	g.p("\t}")
	g.p("}\n")
}

// events writes the method that receives events of a type.
func (g *generator) events(event string, methods map[string]bool) {
	name := event + "Events"
	if strings.HasSuffix(event, "Event") {
		name = event + "s"
	}
	if methods[name] {
		name += "Received"
	}
	methods[name] = true
	g.p("// %s is the events of the type %s that come from now on, until ctx ends or the range over", name, event)
	g.p("// them is broken off. There is one range over them.")
	g.p("func (c Client) %s(ctx context.Context) %s[*%s] {", name, g.use("iter", "iter.Seq"), event)
	g.p("\treturn api.Received[*%s](ctx, c.Conn, desc%s)", event, event)
	g.p("}\n")
}
