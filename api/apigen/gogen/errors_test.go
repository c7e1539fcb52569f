package gogen_test

import (
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api/apigen"
	"github.com/gvpp/gvpp/api/apigen/gogen"
)

func field(kind, name string) *apigen.Field { return &apigen.Field{Type: kind, Name: name} }

func array(kind, name string, n int, counter string) *apigen.Field {
	return &apigen.Field{Type: kind, Name: name, Array: true, Length: n, Counter: counter}
}

func of(t *apigen.Type, name string) *apigen.Field {
	return &apigen.Field{Type: "vl_api_" + t.Name + "_t", Ref: t, Name: name}
}

func message(name string, fields ...*apigen.Field) *apigen.Message {
	fields = append([]*apigen.Field{field("u16", "_vl_msg_id"), field("u32", "client_index"), field("u32", "context")}, fields...)
	return &apigen.Message{Name: name, Fields: fields, Pos: apigen.Pos{File: "x.api", Line: 3, Col: 1}}
}

func generate(f *apigen.File) (string, error) {
	f.Name, f.Path = "x", "x.api"
	code, err := gogen.Generate(f, gogen.Options{})
	return string(code), err
}

// What cannot be written in Go, or would not compile, is said with the name of what it is about.
func TestErrors(t *testing.T) {
	loop := &apigen.Type{Name: "loop", Module: "x"}
	loop.Fields = []*apigen.Field{of(loop, "again")}
	open := &apigen.Type{Name: "open", Module: "x", Fields: []*apigen.Field{array("string", "s", 0, "")}}
	for want, f := range map[string]*apigen.File{
		"foo___1 and foo__1 have the same Go name":   {Messages: []*apigen.Message{message("foo_1"), message("foo__1"), message("foo___1")}},
		"fields A_b and a_b have the same Go name":   {Messages: []*apigen.Message{message("m", field("u8", "a_b"), field("u8", "A_b"))}},
		`unknown type "u7"`:                          {Messages: []*apigen.Message{message("m", field("u7", "a"))}},
		"a: a string without brackets":               {Messages: []*apigen.Message{message("m", field("string", "a"))}},
		"a: an array of strings":                     {Messages: []*apigen.Message{message("m", field("u8", "n"), array("string", "a", 0, "n"))}},
		`a: no field "n" before it`:                  {Messages: []*apigen.Message{message("m", array("u8", "a", 0, "n"), field("u8", "n"))}},
		"a: its counter n is not an integer":         {Messages: []*apigen.Message{message("m", field("f64", "n"), array("u8", "a", 0, "n"))}},
		"b: its counter n counts a already":          {Messages: []*apigen.Message{message("m", field("u8", "n"), array("u8", "a", 0, "n"), array("u8", "b", 0, "n"))}},
		"a: more than 1048576 bytes":                 {Messages: []*apigen.Message{message("m", array("u64", "a", 1<<62, ""))}},
		"loop contains itself":                       {Types: []*apigen.Type{loop}},
		"union u: the length of o varies":            {Types: []*apigen.Type{{Name: "u", Module: "x", Kind: apigen.Union, Fields: []*apigen.Field{of(open, "o")}}}},
		"enum e: f64 is not an integer type":         {Types: []*apigen.Type{{Name: "e", Module: "x", Kind: apigen.Enum, Base: "f64"}}},
		"alias a: nothing counts its elements":       {Types: []*apigen.Type{{Name: "a", Module: "x", Kind: apigen.Alias, Alias: array("u8", "a", 0, "n")}}},
		"type t of module y, which is not imported":  {Messages: []*apigen.Message{message("m", of(&apigen.Type{Name: "t", Module: "y"}, "a"))}},
		"message m does not begin with _vl_msg_id":   {Messages: []*apigen.Message{{Name: "m", Fields: []*apigen.Field{field("u32", "context")}}}},
		"message m: context is not of type u32":      {Messages: []*apigen.Message{{Name: "m", Fields: []*apigen.Field{field("u16", "_vl_msg_id"), field("u8", "context")}}}},
		`service of m: no message "m_reply"`:         {Messages: []*apigen.Message{message("m")}, Services: services("m m_reply")},
		"service of m: a second one":                 {Messages: []*apigen.Message{message("m")}, Services: services("m null", "m null")},
		"service of conn: Client has a field":        {Messages: []*apigen.Message{message("conn")}, Services: services("conn null")},
		`service of lost: no message "lost" in this`: {Services: services("lost null")},
	} {
		if code, err := generate(f); err == nil || !strings.Contains(err.Error(), want) || code != "" {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	_, err := generate(&apigen.File{Messages: []*apigen.Message{message("m", field("u7", "a")), message("n", field("u9", "b"))}})
	if err == nil || !strings.Contains(err.Error(), "u7") || !strings.Contains(err.Error(), "u9") {
		t.Errorf("error %v, want both that there are", err)
	}
}

func services(words ...string) (all []*apigen.Service) {
	for _, w := range words {
		caller, reply, _ := strings.Cut(w, " ")
		all = append(all, &apigen.Service{Caller: caller, Reply: reply})
	}
	return all
}

// A type gives way where a message or generated code has its name; a message gives way to generated code only.
func TestCollisions(t *testing.T) {
	code, err := generate(&apigen.File{
		Messages: []*apigen.Message{message("thing"), message("client")},
		Types: []*apigen.Type{
			{Name: "thing", Module: "x", Fields: []*apigen.Field{field("u8", "encode")}},
			{Name: "service", Module: "x"},
			{Name: "either", Module: "x", Kind: apigen.Union, Fields: []*apigen.Field{field("u8", "data"), field("u16", "desc")}},
		},
		Services: services("thing null", "client null"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"type Thing struct {", "type ThingType struct {", "type ServiceType struct {", "type ClientMessage struct {",
		"EncodeField uint8", "type EitherUnion struct{ Data [2]byte }", "SetDataField(v uint8)", "DescField() (v uint16)"} {
		if !strings.Contains(code, want) {
			t.Errorf("not generated: %s", want)
		}
	}
}
