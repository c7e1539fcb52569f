package api_test

import "github.com/gvpp/gvpp/api"

// Messages as a generator would make them: a request, its reply, details and an event.

type list struct{ Cursor, Want uint32 }
type listReply struct {
	Retval int32
	Cursor uint32
}
type listDetails struct{ Name string }
type changed struct {
	PID   uint32
	Names []string
}

var (
	listDesc    = &api.Desc{Name: "list", CRC: 0x10, Kind: api.Request, Fixed: 8, Retval: -1, New: func() api.Message { return new(list) }}
	replyDesc   = &api.Desc{Name: "list_reply", CRC: 0x11, Kind: api.Reply, Fixed: 8, New: func() api.Message { return new(listReply) }}
	detailsDesc = &api.Desc{Name: "list_details", CRC: 0x12, Kind: api.Reply, Fixed: 8, Retval: -1, New: func() api.Message { return new(listDetails) }}
	changedDesc = &api.Desc{Name: "changed", CRC: 0x13, Kind: api.Event, Fixed: 5, Retval: -1, New: func() api.Message { return new(changed) }}

	listMethod = &api.Method{Request: listDesc, Reply: replyDesc, Stream: detailsDesc}
	dumpMethod = &api.Method{Request: listDesc, Stream: detailsDesc}
)

func (m *list) Desc() *api.Desc       { return listDesc }
func (m *list) Encode(e *api.Encoder) { e.U32(m.Cursor); e.U32(m.Want) }
func (m *list) Decode(d *api.Decoder) { m.Cursor, m.Want = d.U32(), d.U32() }

func (m *listReply) Desc() *api.Desc       { return replyDesc }
func (m *listReply) Encode(e *api.Encoder) { e.I32(m.Retval); e.U32(m.Cursor) }
func (m *listReply) Decode(d *api.Decoder) { m.Retval, m.Cursor = d.I32(), d.U32() }

func (m *listDetails) Desc() *api.Desc       { return detailsDesc }
func (m *listDetails) Encode(e *api.Encoder) { e.FixedString(m.Name, 8) }
func (m *listDetails) Decode(d *api.Decoder) { m.Name = d.FixedString(8) }

func (m *changed) Desc() *api.Desc { return changedDesc }
func (m *changed) Encode(e *api.Encoder) {
	e.U32(m.PID)
	e.U8(uint8(e.Len(len(m.Names), 255)))
	for i := range m.Names {
		e.String(m.Names[i])
	}
}
func (m *changed) Decode(d *api.Decoder) {
	m.PID = d.U32()
	m.Names = nil
	if n := d.Len(uint64(d.U8()), 4); n > 0 {
		m.Names = make([]string, n)
	}
	for i := range m.Names {
		m.Names[i] = d.String()
	}
}
