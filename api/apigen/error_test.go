package apigen

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what VPP's compiler says to testdata")

const (
	ctx   = "u32 client_index; u32 context;"
	reply = "{ u32 context; i32 retval; };"
)

// refused are sources and what is said of them. TestOracle checks that VPP's compiler refuses them, but for those of ours.
var refused = []struct {
	src, want string
	ours      bool // VPP's compiler takes it
}{
	// words
	{src: "", want: "x.api:1:1: found the end of the file, want a statement"},
	{src: "define x { u32 a; }; $", want: "x.api:1:22: no word of the language begins with '$'"},
	{src: "\n\n  é", want: "x.api:3:3: no word of the language begins with 'é'"},
	{src: "\ufeffoption a;", want: `x.api:1:1: no word of the language begins with '\ufeff'`},
	{src: "option a = 0X1F;", want: `x.api:1:12: "0X1F" begins with 0X, which vppapigen refuses; write 0x`},
	{src: "option a = \"b;\n\";", want: "x.api:1:12: a string that does not end on its line"},
	{src: "option a = \"b\\\n\";", want: "x.api:1:12: a string that does not end on its line"},
	{src: "option a;\n/* b", want: "x.api:2:1: a comment that does not end; want */"},
	{src: "option a = \"\xff\";", want: "x.api:1:1: x.api is not UTF-8"},
	{src: "option a = -;", want: "x.api:1:12: no word of the language begins with '-'"},
	{src: "option a = " + strings.Repeat("9", 301) + ";", want: "x.api:1:12: a number of 301 characters; at most 300 are taken", ours: true},
	// statements
	{src: "foo;", want: `x.api:1:1: found "foo", want a statement: define, typedef, enum, enumflag, union, service, option, import, counters or paths`},
	{src: "autoreply enum a { A, };", want: `x.api:1:11: found "enum", want define, typedef or union after autoreply`},
	{src: "define { u8 a; };", want: `x.api:1:8: found "{", want the message's name`},
	{src: "define stream { u8 a; };", want: `x.api:1:8: found "stream", want the message's name (stream is a word of the language)`},
	{src: "define falsehood { u8 a; };", want: `x.api:1:8: found "false", want the message's name (no name can begin with false)`},
	{src: "define a { u32 b }", want: `x.api:1:18: found "}", want ";"`},
	{src: "define a { u32 b; }", want: `x.api:1:20: found the end of the file, want ";"`},
	{src: "define a { };", want: `x.api:1:12: found "}", want a field of a`},
	{src: "define a { option b; };", want: "x.api:1:8: message a has no fields"},
	{src: "typeonly define a { u32 b; };", want: "x.api:1:17: typeonly define is no longer taken: write typedef a"},
	{src: "option = 1;", want: `x.api:1:8: found "=", want the option's name`},
	{src: "option a = {;", want: `x.api:1:12: found "{", want a number, a string, a name, "true", "false" or "type"`},
	{src: "import a;", want: `x.api:1:8: found "a", want a string`},
	{src: `import "none.api";`, want: `x.api:1:8: import "none.api": file does not exist`},
	// fields
	{src: "define a { foo b; };", want: "x.api:1:12: type foo is not defined"},
	{src: "typedef t { u8 x; }; autoreply define a { t b; };", want: "x.api:1:43: type t is not defined; want vl_api_t_t"},
	{src: "typedef t { vl_api_t_t x; };", want: "x.api:1:13: type vl_api_t_t is not defined"},
	{src: "define a { u8 units; };", want: `x.api:1:15: found "units", want the name of a field (units is a word of the language, or begins with one)`},
	{src: "define a { u8 false_positive; };", want: `x.api:1:15: found "false", want the name of a field (false is a word of the language, or begins with one)`},
	{src: "autoreply define a { u8 class; };", want: "x.api:1:25: a field cannot be named class, which is a word of Python: its clients could not set it"},
	{src: "autoreply define a { string s; };", want: "x.api:1:29: string s has no length; want string s[64], or string s[] for one of any length"},
	{src: "autoreply define a { u8 s[]; };", want: "x.api:1:27: array s has no length; only a string can go without"},
	{src: "autoreply define a { u8 s[n]; };", want: "x.api:1:27: array s is counted by n, and no field before it has that name"},
	{src: "typedef u8 n; autoreply define a { u8 s[n]; };", want: "x.api:1:41: array s is counted by n, and no field before it has that name", ours: true},
	{src: "autoreply define a { bool n; u8 s[n]; };", want: "x.api:1:35: array s is counted by n, which is not an integer", ours: true},
	{src: "autoreply define a { u8 s[-1]; };", want: "x.api:1:27: array s of -1 elements; want a whole number from 0 to 1048576", ours: true},
	{src: "autoreply define a { u8 s[1.5]; };", want: "x.api:1:27: array s of 1.5 elements", ours: true},
	{src: "autoreply define a { u8 s[1048577]; };", want: "x.api:1:27: array s of 1048577 elements", ours: true},
	{src: "autoreply define a { u64 s[1048576]; };", want: "x.api:1:18: message a has more than 1048576 bytes", ours: true},
	{src: "autoreply define a { u8 b; u8 b; };", want: "x.api:1:28: message a has two fields named b", ours: true},
	{src: "autoreply define a { u16 _vl_msg_id; };", want: "x.api:1:22: message a has a field _vl_msg_id, which every message begins with already", ours: true},
	{src: "define a { u8 n; u8 s[n]; u8 m; };", want: "x.api:1:18: message a: s has a variable length and is not the last field"},
	{src: "define a { string s[]; u8 m; };", want: "x.api:1:12: message a: s has a variable length and is not the last field"},
	{src: "typedef t { u8 n; u8 s[n]; }; define a { vl_api_t_t t; u8 m; };", want: "x.api:1:42: message a: t has a variable length"},
	{src: "union t { u8 n; u8 s[n]; u8 m; };", want: "x.api:1:17: union t: s has a variable length"},
	{src: "typedef t { option x; u8 n; };", want: "x.api:1:13: an option in t; only messages and files have options"},
	{src: "define a { u8 b [x=1, y, z]; };", want: `x.api:1:24: found ",", want a name or "]"`},
	{src: "define a { u8 b [units=1]; };", want: `x.api:1:18: found "units", want a length, the name of the field that counts the array, or options`},
	// types
	{src: "typedef t { u8 a; };\ntypedef t { u8 a; };", want: "x.api:2:9: type t is defined already, at x.api:1:9"},
	{src: "typedef t { u8 a; };\nenum t { A, };", want: "x.api:2:6: type t is defined already, at x.api:1:9"},
	{src: "enum e { A, B };", want: `x.api:1:15: found "}", want a comma after B (the last name of an enum needs one, too)`},
	{src: "enum e { };", want: `x.api:1:10: found "}", want a name of the enum`},
	{src: "enum e : u64 { A, };", want: `x.api:1:10: found "u64", want "u8", "u16", "u32", "i8", "i16" or "i32"`},
	{src: "enumflag e : i8 { A=1, };", want: `x.api:1:14: found "i8", want "u8", "u16" or "u32"`},
	{src: "enumflag e { A=1, B, C, };", want: "x.api:1:22: C is 3; the names of enumflag e have one bit each"},
	{src: "enum e { A [backwards_compatible], B, };", want: "x.api:1:36: B follows a name with backwards_compatible; such names come last"},
	{src: "enum e : u8 { A = 255, B, };", want: "x.api:1:24: B is 256, which enum e does not hold: it is a u8", ours: true},
	{src: "enum e { A = 99999999999, };", want: "x.api:1:14: A is 99999999999; want a whole number of 32 bits", ours: true},
	{src: "enum e { A = 1.5, };", want: "x.api:1:14: A is 1.5; want a whole number of 32 bits", ours: true},
	{src: "enum e { A, A, };", want: "x.api:1:13: enum e has two names A", ours: true},
	// messages and services
	{src: "define a { u32 b; };", want: "x.api:1:8: a has no a_reply; write it, or autoreply define a, or an rpc that says how it is answered"},
	{src: "define a_reply " + reply, want: "x.api:1:8: a_reply replies to a, and there is no message of that name"},
	{src: "define a_dump { " + ctx + " };", want: "x.api:1:8: a_dump has no a_details to be answered by, nor an rpc"},
	{src: "define a_details { u32 context; };", want: "x.api:1:8: a_details has no a_dump or a_get that asks for it"},
	{src: "define a_get { " + ctx + " }; define a_get_reply " + reply + " define a_details { u32 context; };", want: "a_details and a_get need an rpc: service { rpc a_get returns a_get_reply stream a_details; };"},
	{src: "autoreply define a { u32 b; }; autoreply define a { u32 b; };", want: "x.api:1:49: message a is defined already, at x.api:1:18\nx.api:1:49: message a_reply is defined already", ours: true},
	{src: "autoreply define a { u32 b; }; define a_reply " + reply, want: "x.api:1:39: message a_reply is defined already, at x.api:1:18", ours: true},
	{src: "service { rpc a returns null; };", want: "x.api:1:15: rpc a names a, and there is no message of that name"},
	{src: "define a { u8 b; }; service { rpc a returns b; };", want: "rpc a names b, and there is no message of that name"},
	{src: "define a { u8 b; }; service { rpc a returns a; };", want: "x.api:1:35: rpc a returns itself"},
	{src: "autoreply define a { u8 b; }; service { rpc a returns a_reply events c; };", want: "rpc a names c, and there is no message of that name"},
	{src: "autoreply define a { u8 b; }; service { rpc a returns a_reply stream c; };", want: "rpc a names c, and there is no message of that name", ours: true},
	{src: "autoreply define a { u8 b; }; service { rpc a returns a_reply; rpc a returns a_reply; };", want: "x.api:1:68: there are two rpcs for a", ours: true},
	{src: "autoreply define a { u8 b; }; autoreply define c { u8 b; }; service { rpc a returns c; rpc c returns a_reply; };", want: "rpc c: c is the reply of another rpc"},
	{src: "service { };", want: `x.api:1:11: found "}", want "rpc"`},
	{src: "service { rpc a returns events; };", want: `x.api:1:25: found "events", want null, stream, or the message that replies (events is a word of the language)`},
	// counters and paths
	{src: "counters a { b { severity error; } };", want: `x.api:1:36: found "}", want ";"`},
	{src: "counters a { b { units x; }; };", want: `x.api:1:24: found "x", want a string`},
	{src: "counters a { b { type u64; }; };", want: `x.api:1:23: found "u64", want a name`},
	{src: "counters a { b { level error; }; };", want: `x.api:1:18: found "level", want "severity", "units", "description" or "type"`},
	{src: `paths { "a" b; };`, want: `x.api:1:13: found "b", want a string`},
	// unions that say which field is meant
	{src: "enum k { A, }; union u { u8 x [case=A]; }; typedef t { vl_api_u_t u [discriminator=k]; };", want: `x.api:1:56: t.u: discriminator "k" is not a field before it`},
	{src: "union u { u8 x [case=A]; }; typedef t { u8 k; vl_api_u_t u [discriminator=k]; };", want: "t.u: discriminator k is of type u8; want an enum"},
	{src: "enum k { A, }; typedef t { vl_api_k_t k; u8 u [discriminator=k]; };", want: "t.u: a discriminator on a field of type u8; want a union"},
	{src: "enum k { A, }; union u { u8 x; }; typedef t { vl_api_k_t k; vl_api_u_t u [discriminator=k]; };", want: "union u: x has no [case=], which its discriminator needs"},
	{src: "enum k { A, }; union u { u8 x [case=B]; }; typedef t { vl_api_k_t k; vl_api_u_t u [discriminator=k]; };", want: "union u: case B of x is not a name of enum k"},
	{src: "enum k { A, }; union u { u8 x [case=A]; u8 y [case=A]; }; typedef t { vl_api_k_t k; vl_api_u_t u [discriminator=k]; };", want: "union u: case A is there twice"},
	// several
	{src: "autoreply define a { foo x; bar y; };\nautoreply define b { string s; };", want: "x.api:1:22: type foo is not defined\nx.api:1:29: type bar is not defined\nx.api:2:29: string s"},
}

func TestErrors(t *testing.T) {
	for _, c := range refused {
		f, err := CompileSource("x.api", []byte(c.src), func(string) (string, []byte, error) { return "", nil, os.ErrNotExist })
		if err == nil {
			t.Errorf("%s: it was taken:\n%s", c.src, f.JSON())
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n%v\nwant\n%s", c.src, err, c.want)
		}
		if at := (*Error)(nil); !errors.As(err, &at) || at.Pos.Line == 0 || at.Pos.Col == 0 || at.Pos.File == "" {
			t.Errorf("%s: no place in %v", c.src, err)
		}
	}
}
