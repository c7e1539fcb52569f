package peer

import (
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed c/*.c c/*.h
var sources embed.FS

// program is one of our C sources with what it is compiled with.
type program struct {
	source  string   // file name in c, "rtehash.c"
	library string   // pkg-config's name of the library it needs; "" for none
	missing string   // what to do where the library is not there
	flags   []string // for the compiler, besides
	link    []string // for the linker, besides
}

// optimized is how everything is compiled: a peer is compared at its best.
var optimized = []string{"-O3", "-march=native", "-pthread", "-Wall"}

// errNoCompiler is what build says without one.
var errNoCompiler = errors.New("no C compiler; install the Debian package gcc")

// build compiles the program, unless the cache has it from before, and returns the executable's path.
func (p program) build() (path string, err error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", errNoCompiler
	}
	libs, err := p.libraryFlags()
	if err != nil {
		return "", err
	}
	libs = append(libs, p.link...)
	flags := append(append([]string{}, optimized...), p.flags...)
	dir, err := p.cacheDir(cc, flags, libs)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, strings.TrimSuffix(p.source, ".c"))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, p.compile(cc, path, flags, libs)
}

// libraryFlags is what pkg-config says of the library.
func (p program) libraryFlags() ([]string, error) {
	if p.library == "" {
		return nil, nil
	}
	out, err := exec.Command("pkg-config", "--cflags", "--libs", p.library).Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("no pkg-config; install the Debian package pkg-config")
	}
	if err != nil {
		return nil, fmt.Errorf("no %s; %s", p.library, p.missing)
	}
	return strings.Fields(string(out)), nil
}

// cacheDir is the directory of this very program: its name is a hash of all that goes into it, the processor included.
func (p program) cacheDir(cc string, flags, libs []string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for compiled programs: %w; set XDG_CACHE_HOME", err)
	}
	h := sha256.New()
	for _, name := range []string{p.source, "table.h"} {
		text, err := sources.ReadFile("c/" + name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	version, _ := exec.Command(cc, "--version").Output()
	fmt.Fprintf(h, "%s\n%q\n%q\n%s", version, flags, libs, processor())
	return filepath.Join(base, "gvpp", "peer", fmt.Sprintf("%x", h.Sum(nil)[:12])), nil
}

// processor is the kernel's description of the first core's abilities: -march=native depends on it.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if strings.HasPrefix(line, "flags") || strings.HasPrefix(line, "Features") {
			return line
		}
	}
	return ""
}

// compile makes the executable in a directory of its own and moves it into place, so that nobody meets half of one.
func (p program) compile(cc, path string, flags, libs []string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("no place for compiled programs: %w", err)
	}
	work, err := os.MkdirTemp("", "gvpp-peer-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.CopyFS(work, sources); err != nil {
		return err
	}
	half := filepath.Join(filepath.Dir(path), fmt.Sprintf(".half-%d", os.Getpid()))
	defer os.Remove(half)
	args := append(append(flags, "-o", half, filepath.Join(work, "c", p.source)), libs...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s does not compile: %w: %s", p.source, err, firstLines(string(out), 3))
	}
	return os.Rename(half, path)
}

// firstLines is the beginning of a longer message.
func firstLines(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(s), "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "; ")
}
