package apigen

import (
	"os"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	const good = "define a { " + ctx + " }; define a_reply " + reply
	for _, c := range []struct {
		src  string
		want []string
	}{
		{good, nil},
		{"autoreply define a { u32 x; };", []string{"x.api:1:18: a is answered by a_reply and does not begin with u32 client_index; u32 context: no"}},
		{"autoreply define a { u32 context; u32 client_index; };", []string{"x.api:1:18: a is answered"}},
		{"autoreply define a { u64 client_index; u32 context; };", []string{"x.api:1:18: a is answered"}},
		{"autoreply define a { u32 client_index[1]; u32 context; };", []string{"x.api:1:18: a is answered"}},
		{"define a { " + ctx + " }; define a_reply { u32 context; u32 retval; };", []string{"x.api:1:53: a_reply has no i32 retval: "}},
		{"define a { " + ctx + " }; define a_reply { i32 retval; };", []string{"a_reply does not begin with u32 context: "}},
		{"define a_dump { u8 x; }; define a_details { u32 context; };", []string{"x.api:1:8: a_dump is answered by a_details"}},
		{"define a_dump { " + ctx + " }; define a_details { " + ctx + " };", nil},
		{"define a_dump { " + ctx + " }; define a_details { u8 x; };", []string{"a_details does not begin with u32 context"}},
		{"define a_get { " + ctx + " }; define a_get_reply { u32 context; }; define a_details { u8 x; }; service { rpc a_get returns a_get_reply stream a_details; };",
			[]string{"a_details does not begin", "a_get_reply has no i32 retval"}},
		{"define a { u8 x; }; service { rpc a returns null; };", nil},
	} {
		f, err := CompileSource("x.api", []byte(c.src), nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(f.Warnings) != len(c.want) {
			t.Errorf("%s: %v", c.src, f.Warnings)
			continue
		}
		for i, w := range f.Warnings {
			if !strings.Contains(w.Error(), c.want[i]) {
				t.Errorf("%s: %v, want %s", c.src, w, c.want[i])
			}
		}
	}
}

func TestHints(t *testing.T) {
	for src, want := range map[string]string{
		"typedef greeting { u8 x; }; typedef a { vl_api_greting_t b; };": "type vl_api_greting_t is not defined; want vl_api_greeting_t",
		"typedef greeting { u8 x; }; typedef a { greting b; };":          "type greting is not defined; want vl_api_greeting_t",
		"typedef greeting { u8 x; }; typedef a { greeting b; };":         "type greeting is not defined; want vl_api_greeting_t",
		"typedef a { u9 b; };":                                   "type u9 is not defined; want u8",
		"typedef a { vl_api_q_t b; };":                           "type vl_api_q_t is not defined",
		"typedef greeting { u8 x; }; typedef a { farewell b; };": "type farewell is not defined",
	} {
		_, err := CompileSource("x.api", []byte(src), func(string) (string, []byte, error) { return "", nil, os.ErrNotExist })
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s at the end", src, err, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 2}, {"abc", "abc", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance of %q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
