package main

import (
	"errors"
	"os"

	"github.com/gvpp/gvpp/bench/measure"
)

// scenario and sample are what afxdp.go still speaks; this file goes when it is a measure.Scenario.
type scenario struct {
	name, unit, about string
	setUp             func() (round func() ([]sample, error), done func() error, err error)
}

type sample struct {
	params, subject string
	value           float64
}

var legacyAFXDP = measure.Scenario{
	Name: afxdpScenario.name, About: afxdpScenario.about,
	Ready: func(measure.Options) error {
		if os.Getuid() != 0 {
			return errors.New("it needs root, for network namespaces and AF_XDP")
		}
		return nil
	},
	Groups: func(measure.Options) []measure.Group { return []measure.Group{{Params: "frame=60", Open: openLegacy}} },
}

// openLegacy makes one subject of each of a round's samples: the first one asked measures them all.
func openLegacy() ([]measure.Subject, error) {
	round, done, err := afxdpScenario.setUp()
	if err != nil {
		return nil, errors.Join(err, done())
	}
	last, err := round()
	if err != nil {
		return nil, errors.Join(err, done())
	}
	fresh := make([]bool, len(last))
	var list []measure.Subject
	for i := range last {
		list = append(list, measure.Subject{Name: last[i].subject, Round: func() ([]measure.Sample, error) {
			if !fresh[i] {
				if last, err = round(); err != nil {
					return nil, err
				}
				for k := range fresh {
					fresh[k] = true
				}
			}
			fresh[i] = false
			return []measure.Sample{{Metric: "worker CPU", Unit: "ns/packet", Value: last[i].value}}, nil
		}})
	}
	list[0].Close = done
	return list, nil
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
