package flowtrack

import (
	"time"

	"github.com/gvpp/gvpp/dataplane/packet"
	"github.com/gvpp/gvpp/nodes/flowtrack/ftp"
)

// ftpHelper lets FTP's data connections be related to the control connection that announces them. Only connections between the two
// that talk are announced, unless it is loose: then the side that waits may name another address to wait at.
type ftpHelper struct{}

func (ftpHelper) Name() string { return "ftp" }
func (ftpHelper) Port() uint16 { return 21 }

func (ftpHelper) Expects() (most int, timeout time.Duration) { return 1, 300 * time.Second }

func (ftpHelper) Resume(m *Memory) { (*ftp.Memory)(m).Resume() }

func (ftpHelper) Read(s *Said, e *Announced) Outcome {
	a, what := (*ftp.Memory)(s.Memory).Read(s.Reply, s.Seq, s.Payload, s.IP6)
	switch what {
	case ftp.Cut:
		return SaidCut
	case ftp.Nothing:
		return SaidNothing
	}
	waits, comes := s.Src, s.Dst
	if s.Reply {
		waits, comes = s.Dst, s.Src
	}
	if a.HasAddr && a.Addr != waits {
		if !s.Loose {
			return SaidNothing
		}
		waits = a.Addr
	}
	*e = Announced{Src: comes, Dst: waits, Port: a.Port, Proto: packet.ProtoTCP}
	return SaidExpect
}
