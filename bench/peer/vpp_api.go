package peer

import (
	"path/filepath"

	"github.com/gvpp/gvpp/bench/measure"
)

// VPPAPI is a vpp with its ACL plugin that is asked by its API socket: each round calls ask with the socket's path, whom it finds
// running.
func VPPAPI(o measure.Options, ask func(path string) ([]measure.Sample, error)) measure.Subject {
	b, err := findVPP(o)
	if err == nil {
		err = b.need("acl")
	}
	var p *vppProcess
	if err == nil {
		p, err = startVPP(b, vppSetting{plugins: []string{"acl"}, worker: -1})
	}
	if err == nil {
		err = p.pause()
	}
	if err != nil {
		return measure.Subject{Name: vppName, Skip: err.Error()}
	}
	path := filepath.Join(p.folder(), "api.sock")
	return measure.Subject{Name: vppName, Close: p.end, Round: func() (samples []measure.Sample, err error) {
		if err := p.resume(); err != nil {
			return nil, err
		}
		samples, err = ask(path)
		if stop := p.pause(); err == nil {
			err = stop
		}
		return samples, err
	}}
}
