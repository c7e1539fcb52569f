package api

import (
	"encoding/binary"
	"fmt"
)

// Header is what stands before a message's body. Which of the fields are there is up to the Kind; the others are 0.
type Header struct {
	ID                   uint16
	ClientIndex, Context uint32
}

// Append appends the header of a message of kind k.
func (h Header) Append(b []byte, k Kind) []byte {
	b = binary.BigEndian.AppendUint16(b, h.ID)
	if k == Request || k == Event {
		b = binary.BigEndian.AppendUint32(b, h.ClientIndex)
	}
	if k == Request || k == Reply {
		b = binary.BigEndian.AppendUint32(b, h.Context)
	}
	return b
}

// DecodeHeader cuts the header off a message of kind k; what is left is the body. The error is ErrShort.
func DecodeHeader(k Kind, b []byte) (h Header, body []byte, err error) {
	d := Decoder{b: b}
	h.ID = d.U16()
	if k == Request || k == Event {
		h.ClientIndex = d.U32()
	}
	if k == Request || k == Reply {
		h.Context = d.U32()
	}
	return h, d.left(), d.err
}

// DecodeID is the message id, which all kinds begin with; false if there is none.
func DecodeID(b []byte) (uint16, bool) {
	if len(b) < 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(b), true
}

// EncodeMessage appends a message with its header, of which the message's Kind takes what it has. If the message cannot be
// encoded b is returned as it was, with the reason.
func EncodeMessage(b []byte, id uint16, clientIndex, context uint32, m Message) ([]byte, error) {
	d := m.Desc()
	e := Encoder{b: Header{id, clientIndex, context}.Append(b, d.Kind)}
	m.Encode(&e)
	if e.err != nil {
		return b, fmt.Errorf("%s: %w", d.Name, e.err)
	}
	return e.b, nil
}

// DecodeMessage reads a message with its header. Bytes behind its fields are passed over, as VPP does. A message with an
// error is not to be used.
func DecodeMessage(d *Desc, b []byte) (Header, Message, error) {
	h, body, err := DecodeHeader(d.Kind, b)
	if err != nil {
		return h, nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	m, err := DecodeBody(d, body)
	return h, m, err
}

// DecodeBody reads what stands behind the header; see DecodeMessage.
func DecodeBody(d *Desc, body []byte) (Message, error) {
	m, r := d.New(), Decoder{b: body}
	m.Decode(&r)
	if r.err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, r.err)
	}
	return m, nil
}

// EncodeZero appends a message whose fields are zero, of its full size, but for the retval, where it has one. It is what a
// request is answered with that nobody serves: a client takes a message without all fixed fields for a broken one.
func EncodeZero(b []byte, id uint16, clientIndex, context uint32, d *Desc, retval Errno) []byte {
	b = Header{id, clientIndex, context}.Append(b, d.Kind)
	body := len(b)
	b = append(b, make([]byte, d.Fixed)...)
	d.PutRetval(b[body:], retval)
	return b
}

// PutRetval writes the retval into an encoded body, if it has one.
func (d *Desc) PutRetval(body []byte, e Errno) {
	if at := d.Retval; at >= 0 && len(body) >= at+4 {
		binary.BigEndian.PutUint32(body[at:], uint32(e))
	}
}

// RetvalIn is the retval in an encoded body; 0 if it has none.
func (d *Desc) RetvalIn(body []byte) Errno {
	if at := d.Retval; at >= 0 && len(body) >= at+4 {
		return Errno(binary.BigEndian.Uint32(body[at:]))
	}
	return 0
}
