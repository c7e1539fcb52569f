package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Write writes files below dir, all of them or none: what it has written when something fails it takes away again, and so does undo,
// for a caller that cannot go on. It writes over nothing, and into no folder that holds Go code already.
func Write(dir string, files []File) (undo func() error, err error) {
	if err := vacant(dir, files); err != nil {
		return nil, err
	}
	var made []string
	undo = func() (err error) {
		for _, at := range slices.Backward(made) {
			err = errors.Join(err, os.Remove(at))
		}
		return err
	}
	for _, f := range files {
		at := filepath.Join(dir, filepath.FromSlash(f.Path))
		folders, err := makeFolders(filepath.Dir(at))
		made = append(made, folders...)
		if err == nil {
			err = writeNew(at, f.Data, &made)
		}
		if err != nil {
			return nil, errors.Join(err, undo())
		}
	}
	return undo, nil
}

// writeNew makes a file, and notes it in made.
func writeNew(at string, data []byte, made *[]string) error {
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	*made = append(*made, at)
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// makeFolders makes a folder and those above it, and names those that were not there, the outermost first.
func makeFolders(dir string) (made []string, err error) {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return nil, fmt.Errorf("%s is a file where a folder is wanted", dir)
		}
		return nil, nil
	}
	if made, err = makeFolders(filepath.Dir(dir)); err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return made, err
	}
	return append(made, dir), nil
}

// vacant looks for what is in the way.
func vacant(dir string, files []File) error {
	for _, f := range files {
		at := filepath.Join(dir, filepath.FromSlash(f.Path))
		if _, err := os.Lstat(at); err == nil {
			return fmt.Errorf("%s exists already, and nothing is written over; remove it, or name another folder with --dir", at)
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) { // makeFolders tells of that
			return err
		}
	}
	code, err := filepath.Glob(filepath.Join(escaped(dir), "*.go"))
	if err == nil && len(code) > 0 {
		err = fmt.Errorf("%s has Go code already (%s); name another folder with --dir", dir, filepath.Base(code[0]))
	}
	return err
}

// escaped is a path for Glob to take as it is.
func escaped(dir string) string {
	var s []rune
	for _, r := range dir {
		if r == '*' || r == '?' || r == '[' || r == '\\' {
			s = append(s, '\\')
		}
		s = append(s, r)
	}
	return string(s)
}
