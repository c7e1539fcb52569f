package gvpp

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gvpp/gvpp/dataplane/counter"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/plugin"
	"github.com/gvpp/gvpp/stats"
)

// statistics is what a dataplane has in the segment, under VPP's names and in its order. Rows are by thread: 0 is the control
// side, worker w has row w+first. What workers count (interfaces, errors) they count there; the rest is sampled by the control
// goroutine. docs/design/0008 has the reasons.
type statistics struct {
	segment *stats.Segment
	log     *slog.Logger
	threads int
	first   int           // row of worker 0: 1, or 0 with StatsConfig.NoMain
	rows    []*graph.Rows // by worker: in the segment
	ifs     ifStatistics
	errors  *stats.Counters
	nodes   *nodeStatistics // nil: left out
	system  systemStatistics
	plugins pluginStatistics

	sampling sync.Mutex // one sample at a time: what follows system, and the plugins', is the sampler's
}

// newStatistics makes the segment with all that a plan has.
func newStatistics(c *Config, plan *graph.Plan) (*statistics, error) {
	segment, err := stats.New(c.Stats.Size)
	if err != nil {
		return nil, err
	}
	s := &statistics{segment: segment, log: c.Log, first: 1}
	if c.Stats.NoMain {
		s.first = 0
	}
	s.threads = s.first + max(1, min(c.Workers, graph.MaxWorkers)) // graph.New says what is wrong with others
	err = segment.Change(func(ch *stats.Change) {
		s.system.declare(ch, s.threads, s.first)
		s.errors = ch.Simple("/node/errors", s.threads, plan.Errors()+1, plan.Errors()+1)
		s.ifs.declare(ch, s.threads, s.first, !c.Stats.NoNodes)
		if !c.Stats.NoNodes {
			s.nodes = declareNodes(ch, plan, s.threads, s.first)
		}
		s.linkErrors(ch, plan)
	})
	if err != nil {
		return nil, fmt.Errorf("%w; see statseg { size }", err)
	}
	for thread := s.first; thread < s.threads; thread++ {
		s.rows = append(s.rows, s.rowsOf(thread))
	}
	s.interfaces(nil)
	return s, nil
}

// rowsOf is the rows of a thread, for its worker to count in.
func (s *statistics) rowsOf(thread int) *graph.Rows {
	i := &s.ifs
	return &graph.Rows{
		Rx: counter.PairsIn(i.rx.Row(thread)), Tx: counter.PairsIn(i.tx.Row(thread)),
		Drops: counter.In(i.drops.Row(thread)), TxErrors: counter.In(i.txErrors.Row(thread)),
		IP4: counter.In(i.ip4.Row(thread)), IP6: counter.In(i.ip6.Row(thread)), Errors: counter.In(s.errors.Row(thread)),
		Keep: s.segment,
	}
}

// noError is VPP's first counter of ethernet-input, which never counts; clients ask for it.
const noError = "/err/ethernet-input/no error"

// vppErrors are names that VPP has for counters of other nodes of ours.
var vppErrors = map[[2]string][]string{
	{"ip4-inacl", "input ACL table-miss drops"}:     {"/err/ip4-input/inacl_table_miss"},
	{"ip4-inacl", "input ACL session deny drops"}:   {"/err/ip4-input/inacl_session_deny"},
	{"ip4-outacl", "output ACL table-miss drops"}:   {"/err/ip4-input/outacl_table_miss"},
	{"ip4-outacl", "output ACL session deny drops"}: {"/err/ip4-input/outacl_session_deny"},
	{"ip6-inacl", "input ACL table-miss drops"}:     {"/err/ip6-input/inacl_table_miss"},
	{"ip6-inacl", "input ACL session deny drops"}:   {"/err/ip6-input/inacl_session_deny"},
	{"ip6-outacl", "output ACL table-miss drops"}:   {"/err/ip6-input/outacl_table_miss"},
	{"ip6-outacl", "output ACL session deny drops"}: {"/err/ip6-input/outacl_session_deny"},
}

// linkErrors names the columns of /node/errors: /err/NODE/REASON. The last one stays zero.
func (s *statistics) linkErrors(ch *stats.Change, plan *graph.Plan) {
	ch.Link(noError, s.errors, plan.Errors())
	for id := range plan.Nodes {
		n := &plan.Nodes[id]
		for i, text := range n.ErrorTexts() {
			name := fit("/err/"+n.Name+"/", text)
			for k := 2; ch.Has(name); k++ {
				name = fit("/err/"+n.Name+"/", fmt.Sprintf("%d: %s", k, text))
			}
			ch.Link(name, s.errors, n.FirstError+i)
			for _, other := range vppErrors[[2]string{n.Name, text}] {
				ch.Link(other, s.errors, n.FirstError+i)
			}
		}
	}
}

// fit is a name of an entry, cut to what there is room for.
func fit(prefix, rest string) string {
	name := prefix + rest
	return name[:min(len(name), stats.MaxName)]
}

// change changes the structure while the dataplane is there; what does not fit is told once.
func (s *statistics) change(f func(*stats.Change)) {
	if err := s.segment.Change(f); err != nil {
		s.log.Warn("statistics segment: something is missing in it", "cause", err)
	}
}

// startStatistics begins the sampling.
func (dp *Dataplane) startStatistics(r *plugin.Registry) {
	s := dp.stats
	s.plugins.tell = r.Stats
	s.system.begin(dp)
	sample := func(now int64) (more bool) { dp.sample(now); return false }
	dp.works = append(dp.works, &work{Work: plugin.Work{Name: "statistics", Every: dp.config.Stats.Interval, Do: sample}, due: dp.Clock()})
}

// sample brings up to date what workers do not count in the segment.
func (dp *Dataplane) sample(now int64) {
	s := dp.stats
	s.sampling.Lock()
	defer s.sampling.Unlock()
	figures := dp.graph.Figures()
	s.counts(dp, figures)
	s.system.sample(dp, figures, now)
}

// RefreshStatistics brings the counters of the statistics segment up to date now. What is a rate stays as it is, until its time.
func (dp *Dataplane) RefreshStatistics() {
	s := dp.stats
	s.sampling.Lock()
	defer s.sampling.Unlock()
	s.counts(dp, dp.graph.Figures())
}

// counts is the part of sample that has no time. s.sampling is held.
func (s *statistics) counts(dp *Dataplane, figures []graph.WorkerFigures) {
	if dp.mu.TryLock() { // else an operation goes on, which may take long: next time, then
		s.sampleLocked(dp)
	}
	if s.nodes != nil {
		s.nodes.sample(figures)
	}
	s.samplePlugins()
}

// sampleLocked reads what dp.mu guards, and unlocks it.
func (s *statistics) sampleLocked(dp *Dataplane) {
	defer dp.mu.Unlock()
	s.ifs.samplePorts(dp)
	s.ifs.sampleVectors(s.threads)
	s.system.cleared.Set(uint64(time.Duration(dp.clearedAt).Seconds()))
	if s.nodes != nil {
		s.nodes.base = dp.clearedFigures
	}
}

// Stats is the statistics segment: for its socket (stats.Segment.Listen), and for counters of the embedding program's own.
func (dp *Dataplane) Stats() *stats.Segment { return dp.stats.segment }
