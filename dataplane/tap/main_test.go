package tap_test

import (
	"os"
	"testing"

	"github.com/gvpp/gvpp/internal/netlab"
)

func TestMain(m *testing.M) { os.Exit(netlab.Exclusive(m.Run)) }
