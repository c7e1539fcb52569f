// Package wholefile replaces files whole or not at all: whoever reads one meanwhile, or finds one after a crash, sees the old text or the
// new. It makes no directories and keeps no copies.
package wholefile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Replace puts data in the place of the file path. A file that has the data already is left alone. What is no file, such as
// /dev/stdout, is written to.
func Replace(path string, data []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the link stays
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return writeBeside(path, data, nil)
	case !info.Mode().IsRegular():
		return writeInto(path, data)
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return writeBeside(path, data, info)
}

func writeInto(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// writeBeside writes a file of a name that no other run uses, and renames it to path. old is what it replaces, or nil; its
// permissions stay.
func writeBeside(path string, data []byte, old fs.FileInfo) error {
	beside := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%016x", filepath.Base(path), rand.Uint64()))
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("directory %s does not exist; make it first", filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	defer os.Remove(beside) // fails when all went well
	_, err = f.Write(data)
	if old != nil {
		err = errors.Join(err, f.Chmod(old.Mode().Perm()))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(beside, path)
}
