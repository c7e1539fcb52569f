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

// legacyAFXDP is the scenario in either form.
var legacyAFXDP = adapt(afxdpScenario)

func adapt(v any) measure.Scenario {
	if s, ok := v.(measure.Scenario); ok {
		return s
	}
	s := v.(scenario)
	return measure.Scenario{
		Name: s.name, About: s.about,
		Ready: func(measure.Options) error {
			if os.Getuid() != 0 {
				return errors.New("it needs root, for network namespaces and AF_XDP")
			}
			return nil
		},
		Groups: func(measure.Options) []measure.Group {
			return []measure.Group{{Params: "frame=60", Open: func() ([]measure.Subject, error) { return openLegacy(s) }}}
		},
	}
}

// openLegacy makes one subject of each of a round's samples: the first one asked measures them all.
func openLegacy(s scenario) ([]measure.Subject, error) {
	round, done, err := s.setUp()
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
