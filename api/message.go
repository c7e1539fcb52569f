package api

import "fmt"

// Message is a message's fields. Generated code implements it, on pointers to structs.
type Message interface {
	// Desc describes the message's type; the same pointer each time.
	Desc() *Desc
	// Encode appends the body.
	Encode(*Encoder)
	// Decode reads the body. The decoder keeps the error.
	Decode(*Decoder)
}

// Kind says how a message's header is laid out. It follows from the names of the first fields in the .api file.
type Kind uint8

const (
	Bare    Kind = iota // _vl_msg_id
	Request             // _vl_msg_id, client_index u32, context u32
	Reply               // _vl_msg_id, context u32; replies, details, and the one request sockclnt_create
	Event               // _vl_msg_id, client_index u32; then the body, which mostly begins with pid
)

// HeaderLen is the header's length in bytes.
func (k Kind) HeaderLen() int { return [...]int{2, 10, 6, 6}[k] }

// Desc describes a message type.
type Desc struct {
	Name   string
	CRC    uint32
	Kind   Kind
	Fixed  int // bytes of the body when every array and string of variable length is empty
	Retval int // where in the body the i32 retval is; -1 where there is none
	New    func() Message
}

// ID is the name by which clients look a message up: name_crc.
func (d *Desc) ID() string { return fmt.Sprintf("%s_%08x", d.Name, d.CRC) }

// File is a compiled .api file.
type File struct {
	Name     string // the module: the file's name without .api
	CRC      uint32
	Version  [3]uint32
	Messages []*Desc // in the file's order, which is that of message ids
	Methods  []*Method
	JSON     string // the .api.json, as vppapigen would print it
}

// Range is the name by which clients look a module up: name_crc.
func (f *File) Range() string { return fmt.Sprintf("%s_%08x", f.Name, f.CRC) }

// Method is a request with what it is answered by.
type Method struct {
	Request *Desc
	Reply   *Desc   // nil for a dump, whose details end with the reply to the client's next control_ping
	Stream  *Desc   // the details; nil where there are none
	Events  []*Desc // what the request subscribes to
}
