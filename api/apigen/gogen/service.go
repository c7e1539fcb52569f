package gogen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/api/apigen"
)

// rpc is a method, with the Go names of its messages; "" for those that it has not.
type rpc struct {
	name                   string // of the method, which is that of the request
	request, reply, stream string
	events                 []string
	comment                string
	cursor                 bool // request and reply have a field cursor, so that a call can go on where the last one ended
}

// findRPCs makes methods of what the file says of services, in the order of the requests.
func (g *generator) findRPCs() {
	messages, place := map[string]*apigen.Message{}, map[string]int{}
	for i, m := range g.file.Messages {
		messages[m.Name], place[g.modules[g.file.Name].messages[m.Name]] = m, i
	}
	n, seen := g.modules[g.file.Name], map[string]bool{}
	for _, s := range g.file.Services {
		request, reply, stream := s.Caller, s.Reply, s.StreamMessage
		if s.Stream && stream == "" {
			reply, stream = "", s.Reply
		}
		if reply == "null" {
			reply = ""
		}
		wanted := append([]string{request, reply, stream}, s.Events...)
		for i, name := range wanted {
			if messages[name] == nil && (name != "" || i == 0) {
				g.failed(fmt.Errorf("%s: service of %s: no message %q in this file", g.file.Path, s.Caller, name))
			}
			wanted[i] = n.messages[name]
		}
		if seen[request] {
			g.failed(fmt.Errorf("%s: service of %s: a second one", g.file.Path, request))
		}
		if seen[request] = true; wanted[0] == "Conn" {
			g.failed(fmt.Errorf("%s: service of %s: Client has a field of the method's name", g.file.Path, request))
		}
		if m := messages[request]; m != nil {
			g.rpcs = append(g.rpcs, &rpc{
				name: wanted[0], request: wanted[0], reply: wanted[1], stream: wanted[2], events: wanted[3:],
				comment: m.Comment, cursor: hasCursor(m) && hasCursor(messages[reply]),
			})
		}
	}
	slices.SortFunc(g.rpcs, func(a, b *rpc) int { return place[a.request] - place[b.request] })
}

func hasCursor(m *apigen.Message) bool {
	return m != nil && slices.ContainsFunc(m.Fields, func(f *apigen.Field) bool {
		return f.Name == "cursor" && f.Type == "u32" && !f.Array
	})
}

// services writes how the methods are served and called.
func (g *generator) services() {
	if len(g.rpcs) == 0 {
		return
	}
	g.use("context", "context.Context")
	g.vars()
	g.p("// Service is who serves the methods of the module. Embed Unimplemented in what serves some of them.")
	g.p("type Service interface {")
	for _, r := range g.rpcs {
		g.methodDoc(r)
		g.p("\t%s%s", r.name, g.signature(r))
	}
	g.p("}\n")
	g.p("// Unimplemented answers each method with api.Unimplemented.")
	g.p("type Unimplemented struct{}\n")
	for _, r := range g.rpcs {
		g.p("// %s implements Service.", r.name)
		g.p("func (Unimplemented) %s%s { return %s }\n", r.name, g.unnamed(r), r.refusal())
	}
	g.p("// Serve makes handlers of s's methods.")
	g.p("func Serve(s Service) api.Service {")
	g.p("\treturn api.Service{File: File, Handlers: []api.Handler{")
	for _, r := range g.rpcs {
		g.p("\t\t{Method: method%s, Call: func(ctx context.Context, m api.Message, send func(api.Message) error) (api.Message, error) {", r.name)
		g.p("\t\t\treturn %s", r.served())
		g.p("\t\t}},")
	}
	g.p("\t}}")
	g.p("}\n")
	g.client()
}

func (g *generator) vars() {
	for _, r := range g.rpcs {
		g.p("var method%s = &api.Method{Request: desc%s%s%s%s}", r.name, r.request,
			given(", Reply: desc", r.reply), given(", Stream: desc", r.stream), list(", Events: []*api.Desc{", r.events))
	}
	g.p("")
}

func given(before, name string) string {
	if name == "" {
		return ""
	}
	return before + name
}

func list(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return before + "desc" + strings.Join(names, ", desc") + "}"
}

// methodDoc writes what the file says of the request.
func (g *generator) methodDoc(r *rpc) {
	text := noteOf(r.comment).text
	if len(text) == 0 {
		g.p("// %s serves the request of that name.", r.name)
		return
	}
	for i, line := range text {
		if i == 0 {
			line = r.name + ": " + line
		}
		g.p("%s", strings.TrimRight("// "+line, " "))
	}
}

// signature is a method's parameters and results.
func (g *generator) signature(r *rpc) string {
	switch {
	case r.stream != "" && r.reply == "":
		return fmt.Sprintf("(ctx context.Context, m *%s) %s[*%s, error]", r.request, g.use("iter", "iter.Seq2"), r.stream)
	case r.stream != "":
		return fmt.Sprintf("(ctx context.Context, m *%s, send func(*%s) error) (*%s, error)", r.request, r.stream, r.reply)
	case r.reply == "":
		return fmt.Sprintf("(ctx context.Context, m *%s) error", r.request)
	}
	return fmt.Sprintf("(ctx context.Context, m *%s) (*%s, error)", r.request, r.reply)
}

// unnamed is the signature with parameters that are not used.
func (g *generator) unnamed(r *rpc) string {
	return strings.NewReplacer("(ctx ", "(", ", m ", ", ", ", send ", ", ").Replace(g.signature(r))
}

func (r *rpc) refusal() string {
	switch {
	case r.stream != "" && r.reply == "":
		return "api.Refused[*" + r.stream + "](api.Unimplemented)"
	case r.reply == "":
		return "api.Unimplemented"
	}
	return "nil, api.Unimplemented"
}

// served is what a handler returns.
func (r *rpc) served() string {
	call := "s." + r.name + "(ctx, m.(*" + r.request + ")"
	switch {
	case r.stream != "" && r.reply == "":
		return "nil, api.Stream(" + call + "), send)"
	case r.stream != "":
		return "api.Answer(" + call + ", api.Sender[*" + r.stream + "](send)))"
	case r.reply == "":
		return "nil, " + call + ")"
	}
	return "api.Answer(" + call + "))"
}

// describe writes File, and what is in it.
func (g *generator) describe() {
	n := g.modules[g.file.Name]
	v := g.file.Version()
	g.p("// File describes the module %s.", g.file.Name)
	g.p("var File = &api.File{")
	g.p("\tName: %q, CRC: 0x%08x, Version: [3]uint32{%d, %d, %d},", g.file.Name, g.file.CRC, v[0], v[1], v[2])
	if len(g.file.Messages) > 0 {
		g.p("\tMessages: []*api.Desc{")
		for _, m := range g.file.Messages {
			g.p("\t\tdesc%s,", n.messages[m.Name])
		}
		g.p("\t},")
	}
	if len(g.rpcs) > 0 {
		g.p("\tMethods: []*api.Method{")
		for _, r := range g.rpcs {
			g.p("\t\tmethod%s,", r.name)
		}
		g.p("\t},")
	}
	g.p("\tJSON: fileJSON,")
	g.p("}\n")
	g.p("// fileJSON is what VPP's clients that read .api.json make of the module.")
	g.out.WriteString("const fileJSON = " + quote(string(g.file.JSON())) + "\n")
}

// quote makes a constant that is legible where Go allows it: raw strings have no backquote, carriage return or broken UTF-8.
func quote(s string) string {
	parts := strings.Split(s, "`")
	for i, part := range parts {
		if parts[i] = "`" + part + "`"; !strconv.CanBackquote(strings.NewReplacer("\n", "", "\t", "").Replace(part)) {
			return strconv.Quote(s)
		}
	}
	return strings.Join(parts, " + \"`\" + ")
}
