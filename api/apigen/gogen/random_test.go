package gogen_test

import (
	"math/rand/v2"
	"reflect"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apigen/gogen/testdata/sample"
	"github.com/gvpp/gvpp/api/binapi/acl"
	"github.com/gvpp/gvpp/api/binapi/af_xdp"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/api/binapi/pg"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/binapi/vpe"
)

// descs are the messages that the codec is tested with.
func descs() (all []*api.Desc) {
	for _, f := range []*api.File{sample.File, acl.File, af_xdp.File, interfaces.File, l2.File, memclnt.File, pg.File, vlib.File, vpe.File} {
		all = append(all, f.Messages...)
	}
	return all
}

// fill sets all that v has to something that can be encoded: strings and slices stay short.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Slice:
		if n := r.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.String:
		v.SetString("abcde"[:r.IntN(6)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 1)
	case reflect.Float64:
		v.SetFloat(r.NormFloat64())
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> (64 - v.Type().Bits()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
	default:
		panic("a field of type " + v.Type().String())
	}
}

func random(r *rand.Rand, d *api.Desc) api.Message {
	m := d.New()
	fill(r, reflect.ValueOf(m).Elem())
	return m
}
