package api_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
)

func encoded(t *testing.T, f func(*api.Encoder)) []byte {
	t.Helper()
	e := api.NewEncoder(nil)
	f(e)
	b, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Integers are big endian and a float is little endian, packed.
func TestNumbersOnTheWire(t *testing.T) {
	got := encoded(t, func(e *api.Encoder) {
		e.U8(1)
		e.U16(0x0203)
		e.U32(0x04050607)
		e.U64(0x08090a0b0c0d0e0f)
		e.I8(-1)
		e.I16(-2)
		e.I32(-3)
		e.I64(-4)
		e.Bool(true)
		e.F64(1)
	})
	want := []byte("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f" +
		"\xff\xff\xfe\xff\xff\xff\xfd\xff\xff\xff\xff\xff\xff\xff\xfc\x01\x00\x00\x00\x00\x00\x00\xf0\x3f")
	if !bytes.Equal(got, want) {
		t.Fatalf("encoded\n%x, want\n%x", got, want)
	}
	d := api.NewDecoder(got)
	if d.U8() != 1 || d.U16() != 0x0203 || d.U32() != 0x04050607 || d.U64() != 0x08090a0b0c0d0e0f ||
		d.I8() != -1 || d.I16() != -2 || d.I32() != -3 || d.I64() != -4 || !d.Bool() || d.F64() != 1 || d.Left() != 0 || d.Err() != nil {
		t.Errorf("what was encoded decodes to something else; %d bytes left, error %v", d.Left(), d.Err())
	}
}

func TestStrings(t *testing.T) {
	got := encoded(t, func(e *api.Encoder) { e.FixedString("abc", 4); e.String("x\x00y"); e.FixedString("", 2) })
	if want := "abc\x00\x00\x00\x00\x03x\x00y\x00\x00"; string(got) != want {
		t.Fatalf("encoded %q, want %q", got, want)
	}
	d := api.NewDecoder(got)
	if a, b, c := d.FixedString(4), d.String(), d.FixedString(2); a != "abc" || b != "x\x00y" || c != "" || d.Err() != nil {
		t.Errorf("decoded %q, %q, %q, error %v", a, b, c, d.Err())
	}
	if s := api.NewDecoder([]byte("abcd")).FixedString(4); s != "abcd" {
		t.Errorf("a field without NUL gives %q, want all of it", s)
	}
}

// The first error of an encoder stays.
func TestEncoderErrors(t *testing.T) {
	for want, f := range map[string]func(*api.Encoder){
		"string of 4 bytes for a field of 4": func(e *api.Encoder) { e.FixedString("abcd", 4); e.Len(9, 1) },
		"256 elements":                       func(e *api.Encoder) { e.U8(uint8(e.Len(256, math.MaxUint8))); e.FixedString("ab", 1) },
	} {
		e := api.NewEncoder(nil)
		f(e)
		if _, err := e.Bytes(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// After its end a decoder gives zeros, and says why.
func TestDecoderEnds(t *testing.T) {
	for name, f := range map[string]func(*api.Decoder) bool{
		"u8":           func(d *api.Decoder) bool { d.Skip(3); return d.U8() == 0 },
		"u16":          func(d *api.Decoder) bool { d.Skip(2); return d.U16() == 0 },
		"u32":          func(d *api.Decoder) bool { return d.U32() == 0 },
		"u64":          func(d *api.Decoder) bool { return d.U64() == 0 },
		"f64":          func(d *api.Decoder) bool { return d.F64() == 0 },
		"raw":          func(d *api.Decoder) bool { p := []byte{9, 9, 9, 9}; d.Raw(p); return bytes.Equal(p, make([]byte, 4)) },
		"skip":         func(d *api.Decoder) bool { d.Skip(4); return true },
		"fixed string": func(d *api.Decoder) bool { return d.FixedString(4) == "" },
		"string":       func(d *api.Decoder) bool { return d.String() == "" },
		"len":          func(d *api.Decoder) bool { return d.Len(2, 2) == 0 },
		"len of 2^64":  func(d *api.Decoder) bool { return d.Len(math.MaxUint64, 1) == 0 },
		"len, size 0":  func(d *api.Decoder) bool { return d.Len(4, 0) == 0 },
	} {
		d := api.NewDecoder([]byte{1, 2, 3})
		if !f(d) || !errors.Is(d.Err(), api.ErrShort) || d.Left() != 0 {
			t.Errorf("%s: of a value that is cut: error %v, %d bytes left", name, d.Err(), d.Left())
		}
		if d.U8() != 0 || d.String() != "" || d.FixedString(1) != "" || d.Len(1, 1) != 0 || !errors.Is(d.Err(), api.ErrShort) {
			t.Errorf("%s: what follows the error is not zero", name)
		}
	}
	if d := api.NewDecoder(make([]byte, 6)); d.Len(3, 2) != 3 || d.Err() != nil {
		t.Error("a count that just fits is refused")
	}
}

// A count from outside allocates nothing that is not there.
func TestCountsAllocateNothing(t *testing.T) {
	body := encoded(t, func(e *api.Encoder) { e.U32(0xffffffff) })
	if n := testing.AllocsPerRun(10, func() { _ = api.NewDecoder(body).String() }); n > 8 {
		t.Errorf("%v allocations for a string of 4 GB in a message of 4 bytes", n)
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		kind api.Kind
		want string
	}{
		{api.Bare, "\x01\x02"},
		{api.Request, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a"},
		{api.Reply, "\x01\x02\x07\x08\x09\x0a"},
		{api.Event, "\x01\x02\x03\x04\x05\x06"},
	} {
		b := api.Header{ID: 0x0102, ClientIndex: 0x03040506, Context: 0x0708090a}.Append(nil, c.kind)
		if string(b) != c.want || len(b) != c.kind.HeaderLen() {
			t.Errorf("kind %d: header %x, want %x", c.kind, b, c.want)
		}
		h, body, err := api.DecodeHeader(c.kind, append(b, 7))
		if err != nil || string(body) != "\x07" || !bytes.Equal(h.Append(nil, c.kind), b) {
			t.Errorf("kind %d: decoded %+v, %x, %v", c.kind, h, body, err)
		}
		for n := range b {
			if _, _, err := api.DecodeHeader(c.kind, b[:n]); !errors.Is(err, api.ErrShort) {
				t.Errorf("kind %d: %d bytes of a header: error %v", c.kind, n, err)
			}
		}
	}
	if id, ok := api.DecodeID([]byte{1, 2}); id != 0x0102 || !ok {
		t.Errorf("id %#x, %v", id, ok)
	}
	if _, ok := api.DecodeID([]byte{1}); ok {
		t.Error("an id of one byte")
	}
}

func TestMessages(t *testing.T) {
	sent := &changed{PID: 7, Names: []string{"a", "bc"}}
	b, err := api.EncodeMessage([]byte{0xee}, 3, 4, 5, sent)
	if want := "\xee\x00\x03\x00\x00\x00\x04\x00\x00\x00\x07\x02\x00\x00\x00\x01a\x00\x00\x00\x02bc"; err != nil || string(b) != want {
		t.Fatalf("encoded %q, %v, want %q", b, err, want)
	}
	h, got, err := api.DecodeMessage(changedDesc, append(b[1:], "more"...))
	if err != nil || h != (api.Header{ID: 3, ClientIndex: 4}) || !reflect.DeepEqual(got, sent) {
		t.Errorf("decoded %+v, %+v, %v", h, got, err)
	}
	for n := range b[1:] {
		if _, m, err := api.DecodeMessage(changedDesc, b[1:1+n]); !errors.Is(err, api.ErrShort) || m != nil || !strings.HasPrefix(err.Error(), "changed: ") {
			t.Errorf("%d bytes of it decode to %v, %v", n, m, err)
		}
	}
	b, err = api.EncodeMessage([]byte{0xee}, 3, 4, 5, &listDetails{Name: "far too long"})
	if err == nil || !strings.HasPrefix(err.Error(), "list_details: ") || string(b) != "\xee" {
		t.Errorf("a string that does not fit: %x, %v", b, err)
	}
}

// A message of zeros is whole, and has the retval where clients look for it.
func TestZeroMessages(t *testing.T) {
	b := api.EncodeZero([]byte{0xee}, 3, 4, 5, replyDesc, api.Unimplemented)
	if want := "\xee\x00\x03\x00\x00\x00\x05\xff\xff\xff\xf7\x00\x00\x00\x00"; string(b) != want {
		t.Errorf("encoded %x, want %x", b, want)
	}
	_, m, err := api.DecodeMessage(replyDesc, b[1:])
	if err != nil || m.(*listReply).Retval != -9 || replyDesc.RetvalIn(b[7:]) != api.Unimplemented {
		t.Errorf("decoded %+v, %v", m, err)
	}
	if b := api.EncodeZero(nil, 3, 4, 5, detailsDesc, api.Bug); !bytes.Equal(b[6:], make([]byte, 8)) || detailsDesc.RetvalIn(b) != 0 {
		t.Errorf("a message without retval: %x", b)
	}
	if replyDesc.PutRetval([]byte{1, 2, 3}, api.Bug); replyDesc.RetvalIn([]byte{1, 2, 3}) != 0 {
		t.Error("a body that is too short for the retval has one")
	}
}

func TestNames(t *testing.T) {
	if id := listDesc.ID(); id != "list_00000010" {
		t.Errorf("id %q", id)
	}
	if r := (&api.File{Name: "classify", CRC: 0xfdf6630}).Range(); r != "classify_0fdf6630" {
		t.Errorf("range %q", r)
	}
}
