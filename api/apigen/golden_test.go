package apigen

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const interfaceIndex = "typedef u32 interface_index;"

// withInterfaceIndex gives for every import the interface_types.api of api/binapi, which has the types of VPP's.
func withInterfaceIndex(name string) (string, []byte, error) {
	src, err := os.ReadFile("../binapi/interface_types/interface_types.api")
	return name, src, err
}

// TestSeed compiles the classify.api that gvpp began with; these are the CRCs of VPP's compiler.
func TestSeed(t *testing.T) {
	rule := "u32 src_ip; u32 dst_ip; u16 src_port; u16 dst_port; u8 protocol; u8 action;"
	f, err := CompileSource("classify.api", []byte(`option version = "1.0.0";
import "vnet/interface_types.api";
autoreply define classify_add_rule { `+ctx+` vl_api_interface_index_t sw_if_index; `+rule+` u32 redirect_sw_if_index; };
define classify_rule_dump { `+ctx+` };
define classify_rule_details { u32 context; u32 rule_index; vl_api_interface_index_t sw_if_index; `+rule+` u64 packet_count; u64 byte_count; };`),
		withInterfaceIndex)
	if err != nil {
		t.Fatal(err)
	}
	checkCRCs(t, f, "classify_add_rule_ccc89f5a classify_add_rule_reply_e8d4e804 classify_rule_dump_51077d14 classify_rule_details_a361a1cf")
	if f.CRC != 0x0fdf6630 || !bytes.Contains(f.JSON(), []byte(`"vl_api_version": "0xfdf6630"`)) {
		t.Errorf("the file's CRC is %#x, want 0xfdf6630", f.CRC)
	}
	if v := f.Version(); v != [3]uint32{1, 0, 0} {
		t.Errorf("version %v", v)
	}
}

func checkCRCs(t *testing.T, f *File, want string) {
	t.Helper()
	var got []string
	for _, m := range f.Messages {
		got = append(got, fmt.Sprintf("%s_%08x", m.Name, m.CRC))
	}
	if g := strings.Join(got, " "); g != want {
		t.Errorf("messages\n%s\nwant\n%s", g, want)
	}
}

// TestScaffold: the messages that VPP's plugin scaffold and the seed's test add.
func TestScaffold(t *testing.T) {
	for src, want := range map[string]string{
		"bool enable_disable; vl_api_interface_index_t sw_if_index;": "x_3865946c x_reply_e8d4e804",
		"vl_api_interface_index_t sw_if_index; bool enable;":         "x_ae6cfcfb x_reply_e8d4e804",
		"": "x_51077d14 x_reply_e8d4e804",
	} {
		f, err := CompileSource("x.api", []byte(interfaceIndex+"autoreply define x {"+ctx+src+"};"), nil)
		if err != nil {
			t.Fatal(err)
		}
		checkCRCs(t, f, want)
	}
	f, err := CompileSource("x.api", []byte("define x {"+ctx+"}; define x_reply { u32 context; i32 retval; u64 n_classified; u64 n_passed; u64 n_dropped; };"), nil)
	if err != nil {
		t.Fatal(err)
	}
	checkCRCs(t, f, "x_51077d14 x_reply_8f0e7b00")
}

// TestDigests: parts put together have the CRC of the whole.
func TestDigests(t *testing.T) {
	text := strings.Repeat("['u32', 'context'], ", 500)
	for _, cut := range []int{0, 1, 7, 4096, len(text)} {
		d := digestOf(text[:cut]).then(digestOf(text[cut:])).then(none)
		if whole := digestOf(text); d != whole || d.crc != crc32.ChecksumIEEE([]byte(text)) {
			t.Errorf("cut at %d: %08x, want %08x", cut, d.crc, whole.crc)
		}
	}
}

// TestCoreModules: gvpp's own files compile with each way of finding their imports.
func TestCoreModules(t *testing.T) {
	paths, _ := filepath.Glob("../binapi/*/*.api")
	if len(paths) < 10 {
		t.Fatalf("%d files", len(paths))
	}
	for _, path := range paths {
		f, err := Compile(path, []string{"../binapi"})
		if err != nil {
			t.Error(err)
			continue
		}
		beside, err := Compile(path, nil)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(f.JSON(), beside.JSON()) {
			t.Errorf("%s: -I makes a difference", path)
		}
	}
}
