package gogen_test

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apigen/gogen/testdata/sample"
	"github.com/gvpp/gvpp/api/apigen/gogen/testdata/sample_types"
)

func encode(t testing.TB, m api.Message) []byte {
	t.Helper()
	e := api.NewEncoder(nil)
	m.Encode(e)
	b, err := e.Bytes()
	if err != nil {
		t.Fatalf("%s: %v", m.Desc().Name, err)
	}
	return b
}

// What was encoded decodes to an equal message and nothing is left over; all that is shorter is an error.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	all := descs()
	if len(all) < 290 {
		t.Errorf("%d messages, and there were 290", len(all))
	}
	for _, desc := range all {
		for range 20 {
			m := random(r, desc)
			b := encode(t, m)
			got, d := random(r, desc), api.NewDecoder(b) // into a message that has been used
			got.Decode(d)
			if d.Err() != nil || d.Left() != 0 || !reflect.DeepEqual(got, m) {
				t.Fatalf("%s: %+v decodes to %+v, %d bytes left, %v", desc.Name, m, got, d.Left(), d.Err())
			}
			for range 5 {
				if len(b) == 0 {
					break
				}
				if m, err := api.DecodeBody(desc, b[:r.IntN(len(b))]); err == nil && len(encode(t, m)) == len(b) {
					t.Fatalf("%s: a part of it decodes to all of it", desc.Name)
				}
			}
		}
	}
}

// A message of zeros has the length that the Desc says, and decodes to itself.
func TestFixed(t *testing.T) {
	for _, desc := range descs() {
		zero := desc.New()
		b := encode(t, zero)
		if len(b) != desc.Fixed || !bytes.Equal(b, make([]byte, desc.Fixed)) {
			t.Errorf("%s: zeros encode to %x, want %d of them", desc.Name, b, desc.Fixed)
		}
		if m, err := api.DecodeBody(desc, b); err != nil || !reflect.DeepEqual(m, zero) {
			t.Errorf("%s: zeros decode to %+v, %v", desc.Name, m, err)
		}
		if zero.Desc() != desc {
			t.Errorf("%s: New makes a %s", desc.Name, zero.Desc().Name)
		}
	}
}

// The field Retval stands where the Desc says, and nowhere if it says so.
func TestRetval(t *testing.T) {
	for _, desc := range descs() {
		m := desc.New()
		field := reflect.ValueOf(m).Elem().FieldByName("Retval")
		if field.IsValid() != (desc.Retval >= 0) {
			t.Errorf("%s: a retval at %d, and %v in the struct", desc.Name, desc.Retval, field)
		}
		if !field.IsValid() {
			continue
		}
		if field.CanInt() {
			field.SetInt(-9)
		} else {
			field.SetUint(1<<32 - 9)
		}
		if e := desc.RetvalIn(encode(t, m)); e != api.Unimplemented {
			t.Errorf("%s: the retval is %d on the wire", desc.Name, e)
		}
	}
}

// Bytes of messages as VPP lays them out.
func TestBytes(t *testing.T) {
	item := sample.Item{Color: sample_types.COLOR_BLUE, Kind: 2, Name: "ab", Corner: [2]sample_types.Point{{X: 1, Y: -1}, {}}}
	line := sample.Line{Width: 3, Points: []sample_types.Point{{X: 4, Y: 5}}}
	for want, m := range map[string]api.Message{
		"\x07" + "\x02" + "ab\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x01\xff\xff\xff\xff" + zeros(8): &sample.ItemDetails{Item: item},
		"\x03abc":                          &sample.BytesSet{Bytes: []byte("abc")},
		"\x00\x02\x00\x09\x00\x01\x02\x00": &sample.ShortsSet{AfterCounter: 9, Shorts: []uint16{1, 0x200}},
		zeros(7) + "\x01\x03\x00\x01" + "\x00\x00\x00\x04\x00\x00\x00\x05": &sample.LinesSet{Lines: []sample.Line{line}},
		"\x02\x00\x00\x00\x01x\x00\x00\x00\x00":                            &sample.TextsSet{Texts: []sample.Text{{Words: "x"}, {}}},
		"\x00\x00\x00\x01\xff\xff\xff\xfa\x00\x00\x00\x02ab":               &sample.NameGetReply{First: 1, Retval: -6, Name: "ab"},
		"":     &sample.NameGet{},
		"\x07": &sample.ItemDump{Color: sample_types.COLOR_BLUE},
	} {
		if b := encode(t, m); string(b) != want {
			t.Errorf("%+v encodes to\n%x, want\n%x", m, b, want)
		}
	}
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

func TestUnion(t *testing.T) {
	u := sample_types.ShapeDataUnionPoint(sample_types.Point{X: 1, Y: 2})
	if p := u.Point(); p != (sample_types.Point{X: 1, Y: 2}) || u.Data != [8]byte{3: 1, 7: 2} {
		t.Errorf("the point %v, in %v", p, u.Data)
	}
	u.SetIP4(sample_types.IP4{10, 0, 0, 1})
	if a, w := u.IP4(), u.Words(); a != (sample_types.IP4{10, 0, 0, 1}) || u.Data != [8]byte{10, 0, 0, 1} || w != (sample_types.Words{0x0a00, 1}) {
		t.Errorf("the address %v, the words %v, in %v", a, w, u.Data)
	}
}

func TestEnums(t *testing.T) {
	for got, want := range map[string]string{
		sample_types.COLOR_GREEN.String():                             "COLOR_GREEN",
		sample_types.Color(9).String():                                "9",
		sample_types.RIGHT_NONE.String():                              "RIGHT_NONE",
		(sample_types.RIGHT_READ | sample_types.RIGHT_ADMIN).String(): "RIGHT_READ|RIGHT_ADMIN",
		(sample_types.RIGHT_READ | 0x100).String():                    "RIGHT_READ|256",
		sample_types.Rights(0x300).String():                           "768",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What does not fit is an error of the encoder.
func TestTooMuch(t *testing.T) {
	for want, m := range map[string]api.Message{
		"256 elements, and their count holds 255":     &sample.BytesSet{Bytes: make([]byte, 256)},
		"65536 elements, and their count holds 65535": &sample.ShortsSet{Shorts: make([]uint16, math.MaxUint16+1)},
		"128 elements, and their count holds 127":     &sample.TextsSet{Texts: make([]sample.Text, 128)},
		"string of 8 bytes for a field of 8":          &sample.Types{Label: "12345678"},
		"string of 16 bytes for a field of 16":        &sample.Hello{Name: "0123456789abcdef"},
	} {
		if b, err := api.EncodeMessage(nil, 1, 2, 3, m); err == nil || !strings.Contains(err.Error(), want) || b != nil {
			t.Errorf("%s: %d bytes, error %v, want one with %q", m.Desc().Name, len(b), err, want)
		}
	}
	if b := encode(t, &sample.BytesSet{Bytes: make([]byte, 255)}); len(b) != 256 {
		t.Errorf("255 bytes and their count are %d", len(b))
	}
}

// A count is believed as far as bytes are there: what a message of 64 KiB makes the decoder allocate is a small multiple of that.
func TestAllocationIsBounded(t *testing.T) {
	const size, most = 64 << 10, 64
	for _, fill := range []byte{0, 1, 2, 0x7f, 0xff} {
		body := bytes.Repeat([]byte{fill}, size)
		for _, desc := range descs() {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := api.DecodeBody(desc, body)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > most*size {
				t.Errorf("%s of bytes %#x: %d bytes allocated for %d (%v)", desc.Name, fill, got, size, err)
			}
		}
	}
	if _, err := api.DecodeBody((&sample.TextsSet{}).Desc(), []byte{0x80}); !errors.Is(err, api.ErrShort) {
		t.Errorf("a count below 0 gives %v", err)
	}
}

// Whatever arrives, decoding ends with a message or an error; a message encodes to bytes that decode to it again.
func FuzzDecode(f *testing.F) {
	r, all := rand.New(rand.NewPCG(1, 2)), descs()
	for i, desc := range all {
		f.Add(uint16(i), encode(f, random(r, desc)))
	}
	f.Fuzz(func(t *testing.T, i uint16, body []byte) {
		desc := all[int(i)%len(all)]
		m, err := api.DecodeBody(desc, body)
		if err != nil {
			return
		}
		e := api.NewEncoder(nil)
		m.Encode(e)
		b, err := e.Bytes()
		if err != nil { // a string without NUL, which can be received and not sent
			return
		}
		if len(b) > len(body) || len(b) < desc.Fixed {
			t.Fatalf("%s: %d bytes decode to what is encoded in %d", desc.Name, len(body), len(b))
		}
		again, err := api.DecodeBody(desc, b)
		if err != nil {
			t.Fatalf("%s: what was encoded does not decode: %v", desc.Name, err)
		}
		if c := encode(t, again); !bytes.Equal(b, c) { // the message itself may hold a NaN
			t.Fatalf("%s: encoded\n%x, and again\n%x", desc.Name, b, c)
		}
	})
}
