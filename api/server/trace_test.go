package server

import (
	"bytes"
	"errors"
	"testing"
)

// A trace keeps the newest messages, within its limits, and only while it is on.
func TestTraceKeepsTheNewest(t *testing.T) {
	s := &Server{table: &table{}}
	s.trace.add([]byte{1})
	if st := s.TraceStatus(); st.On || st.Messages != 0 {
		t.Errorf("before: %+v", st)
	}
	if err := s.SaveTrace(&bytes.Buffer{}); !errors.Is(err, ErrNoTrace) {
		t.Errorf("save of nothing: %v", err)
	}
	s.Trace(3)
	for i := range 5 {
		msg := []byte{0, byte(i)}
		s.trace.add(msg)
		msg[1] = 0xff // the reader's memory is used again
	}
	if st := s.TraceStatus(); !st.On || st.Messages != 3 || st.Lost != 2 || st.Limit != 3 {
		t.Errorf("%+v", st)
	}
	s.StopTrace()
	s.trace.add([]byte{9})
	var out bytes.Buffer
	if err := s.SaveTrace(&out); err != nil {
		t.Fatal(err)
	}
	want := []byte{0, 0, 0, 3, 0, 0, 0, 4, 1 /* some are lost */, 0, 0, 0, 0 /* no table */}
	for i := range 3 {
		want = append(want, 0, 0, 0, 2, 0, byte(i+2))
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%x\nwant %x", out.Bytes(), want)
	}
	s.Trace(0)
	if s.TraceStatus().Messages != 0 {
		t.Error("a new trace begins with the old one's messages")
	}
	s.trace.add(make([]byte, maxTraceBytes-10))
	s.trace.add(make([]byte, 20))
	s.trace.add(make([]byte, maxTraceBytes+1))
	if st := s.TraceStatus(); st.Messages != 1 || st.Lost != 2 || s.trace.held != 20 {
		t.Errorf("beyond the bytes: %+v, %d", st, s.trace.held)
	}
	s.trace.add([]byte{1})
	s.FreeTrace()
	if st := s.TraceStatus(); !st.On || st.Messages != 0 {
		t.Errorf("freed: %+v", st)
	}
}

func TestAppendSmall(t *testing.T) {
	for n, want := range map[uint32][]byte{0: {1}, 127: {255}, 128: {2, 0}, 129: {6, 0}, 16511: {0xfe, 0xff}, 16512: {4, 0, 0, 0}} {
		if got := appendSmall(nil, n); !bytes.Equal(got, want) {
			t.Errorf("%d: %x, want %x", n, got, want)
		}
	}
}
