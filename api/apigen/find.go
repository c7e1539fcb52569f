package apigen

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// readSource reads a file, but no more than a byte beyond what is taken.
func readSource(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory; want an .api file", path)
	}
	return io.ReadAll(io.LimitReader(f, maxSource+1))
}

// find looks an import up; see Compile.
func find(include []string, last []fs.FS, from, name string) (path string, src []byte, err error) {
	for _, path := range candidates(include, from, name) {
		src, err := readSource(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return path, src, err
		}
	}
	base := filepath.Base(name)
	for _, sources := range last {
		for _, path := range []string{base, strings.TrimSuffix(base, filepath.Ext(base)) + "/" + base} {
			if src, err := fs.ReadFile(sources, path); err == nil {
				return "builtin:" + path, src, nil
			}
		}
	}
	if len(include) == 0 {
		return "", nil, fmt.Errorf("not found beside %s; give the directories of imports with -I", from)
	}
	return "", nil, fmt.Errorf("not found in %s, nor beside %s", strings.Join(include, ", "), from)
}

// candidates are the paths that an import may mean, the first choice first.
func candidates(include []string, from, name string) (out []string) {
	if filepath.IsAbs(name) {
		return []string{filepath.Clean(name)}
	}
	for _, dir := range include {
		out = append(out, filepath.Join(dir, name))
	}
	base := filepath.Base(name)
	module := strings.TrimSuffix(base, filepath.Ext(base))
	for _, dir := range include {
		out = append(out, filepath.Join(dir, base), filepath.Join(dir, module, base))
	}
	beside := filepath.Dir(from)
	return append(out, filepath.Join(beside, base), filepath.Join(beside, "..", module, base))
}
