package gvpp

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"github.com/gvpp/gvpp/api/binapi/vpe"
	"github.com/gvpp/gvpp/api/binapi/vpe_types"
)

// vpeAPI serves what there is to know of the program.
type vpeAPI struct {
	vpe.Unimplemented
	dp *Dataplane
}

// ShowVersion implements vpe.Service. The build's date is its commit's.
func (a vpeAPI) ShowVersion(context.Context, *vpe.ShowVersion) (*vpe.ShowVersionReply, error) {
	v := ProgramVersion()
	return &vpe.ShowVersionReply{Program: v.Program, Version: cut(v.Version, 32), BuildDate: cut(v.Date, 32), BuildDirectory: ""}, nil
}

// cut shortens a text to what a field of n bytes has room for.
func cut(s string, n int) string { return s[:min(len(s), n-1)] }

// ShowVpeSystemTime implements vpe.Service: seconds since 1970.
func (a vpeAPI) ShowVpeSystemTime(context.Context, *vpe.ShowVpeSystemTime) (*vpe.ShowVpeSystemTimeReply, error) {
	return &vpe.ShowVpeSystemTimeReply{VpeSystemTime: timestamp(time.Now())}, nil
}

func timestamp(t time.Time) vpe_types.Timestamp {
	return vpe_types.Timestamp(float64(t.UnixNano()) / 1e9)
}

// LogDump implements vpe.Service: what the program has logged since the time that is asked for, as far as that is kept.
func (a vpeAPI) LogDump(_ context.Context, m *vpe.LogDump) iter.Seq2[*vpe.LogDetails, error] {
	return func(yield func(*vpe.LogDetails, error) bool) {
		for _, e := range a.dp.logged.list() {
			at := timestamp(e.Time)
			if at < m.StartTimestamp {
				continue
			}
			if !yield(&vpe.LogDetails{Timestamp: at, Level: logLevel(e.Level), MsgClass: "gvpp", Message: cut(e.Text, 256)}, nil) {
				return
			}
		}
	}
}

// logLevel is VPP's number for a level.
func logLevel(l slog.Level) vpe_types.LogLevel {
	switch {
	case l >= slog.LevelError:
		return vpe_types.VPE_API_LOG_LEVEL_ERR
	case l >= slog.LevelWarn:
		return vpe_types.VPE_API_LOG_LEVEL_WARNING
	case l >= slog.LevelInfo:
		return vpe_types.VPE_API_LOG_LEVEL_INFO
	}
	return vpe_types.VPE_API_LOG_LEVEL_DEBUG
}
