package apigen

import "fmt"

// File is an .api file, parsed and resolved. One that another file imports gives only its name, options, imports and types:
// what else is in it counts where the file is compiled itself, as with vppapigen.
type File struct {
	Name        string // the module: the base name without .api
	Path        string
	CRC         uint32
	Options     []Option
	Imports     []*File  // direct ones, each once, in order
	ImportNames []string // as the import statements have them, those of imported files included, as often as they come
	Types       []*Type  // in the order of .api.json, imported ones included, as often as they are imported
	Messages    []*Message
	Services    []*Service // what rpc statements say, then what the names of messages say
	Counters    []*Counters
	Paths       [][]CounterPath
	Warnings    []*Error // what vppapigen takes and cannot work, or not well

	weight     int   // bytes of the source and of what it imports
	statements []any // *importStatement, *Type, *Message, []*Service, Option, *Counters, []CounterPath
}

// Version is the file's option version, 0 where it has none.
func (f *File) Version() (v [3]uint32) {
	for _, o := range f.Options {
		if o.Name == "version" {
			fmt.Sscanf(o.Value, "%d.%d.%d", &v[0], &v[1], &v[2])
		}
	}
	return v
}

// Pos is a place in a file; lines and columns count from 1, columns in bytes.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Option is a name with a value: of a file, a field, a message or an enum's entry.
type Option struct {
	Name, Value string // a number's Value is decimal
	Kind        ValueKind
}

// ValueKind is what an option's value is.
type ValueKind uint8

const (
	Text    ValueKind = iota // a string or a name; the word true is one, as in VPP
	Number                   // an integer or a decimal fraction
	False                    // the word false
	NoValue                  // the option is a name only
)

// TypeKind is what a type is.
type TypeKind uint8

const (
	Typedef TypeKind = iota // fields, one behind the other
	Alias                   // another name for a base type, or for an array of it
	Enum
	EnumFlag // an enum of bits
	Union    // of the size of its largest field
)

// Type is a type that a file declares. Fields refer to it as vl_api_NAME_t.
type Type struct {
	Pos     Pos
	Kind    TypeKind
	Name    string   // without vl_api_ and _t
	Module  string   // that declares it
	Comment string   // as in the file, marks included; may be empty
	Flags   []string // manual_print, …
	Fields  []*Field // Typedef, Union; the last one may be of variable length
	Base    string   // Enum, EnumFlag: the integer type on the wire
	Alias   *Field   // Alias: what it stands for; its Name is the type's
	Entries []Entry  // Enum, EnumFlag

	size   int  // bytes on the wire with what is variable empty
	depth  int  // of types within types
	vla    bool // vppapigen's notion of ending in an array of variable length
	digest digest
	folded bool // digest is known
}

// Entry is a name of an enum.
type Entry struct {
	Pos     Pos
	Name    string
	Value   int64
	Options []Option // backwards_compatible and others
}

// Field is a field of a message or a type.
type Field struct {
	Pos     Pos
	Type    string // u8 i8 u16 i16 u32 i32 u64 i64 f64 bool string, or vl_api_NAME_t
	Ref     *Type  // what vl_api_NAME_t is; nil for the others
	Name    string
	Array   bool
	Length  int    // of an array; 0: variable. For a string: bytes with the NUL, 0: counted by 32 bits on the wire
	Counter string // the field before it that counts a variable array; "" for a string, and for an array declared with [0]
	Options []Option
}

// Message is a define, its generated reply included.
type Message struct {
	Pos     Pos
	Name    string
	Comment string
	CRC     uint32
	Fields  []*Field // _vl_msg_id first
	Flags   []string // autoreply, manual_print, …
	Options []Option
}

// Service is what an rpc says, or what the names of two messages say.
type Service struct {
	Pos           Pos    // of the rpc; else of the message that calls
	Caller, Reply string // Reply: "null" for none
	Stream        bool
	StreamMessage string // "" but for an rpc that streams before its reply
	Events        []string
}

// Counters and CounterPath describe statistics.
type Counters struct {
	Pos      Pos
	Name     string
	Elements []CounterElement
}

// CounterElement is one counter; its fields are the words of the language.
type CounterElement struct {
	Name, Severity, Type, Units, Description string

	words []string // those that are there, in the file's order
}

// CounterPath is where a set of counters is found in the statistics.
type CounterPath struct{ Path, Counters string }
