package gogen_test

import (
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
)

// A list of 1,000 rules, as a control plane replaces it.
func rules() *acl.ACLAddReplace {
	return &acl.ACLAddReplace{Tag: "web", R: make([]acl_types.ACLRule, 1000)}
}

func BenchmarkEncodeACL(b *testing.B) {
	m := rules()
	buffer, err := api.EncodeMessage(nil, 1, 2, 3, m)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(buffer)))
	for b.Loop() {
		if _, err := api.EncodeMessage(buffer[:0], 1, 2, 3, m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/rule")
}

func BenchmarkDecodeACL(b *testing.B) {
	message, err := api.EncodeMessage(nil, 1, 2, 3, rules())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if _, _, err := api.DecodeMessage((&acl.ACLAddReplace{}).Desc(), message); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/rule")
}
