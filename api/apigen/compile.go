package apigen

import (
	"errors"
	"fmt"
)

// Error is what is wrong in an .api file, and where.
type Error struct {
	Pos Pos
	Msg string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Pos, e.Msg) }

// Compile reads an .api file and those that it imports, which are looked for in the importing file's directory and in include.
// What is wrong in them comes back as an *Error, or several, joined.
func Compile(path string, include []string) (*File, error) {
	return nil, errors.New("apigen: not written yet")
}

// CompileSource compiles a source; open finds what it imports by the name in the import.
func CompileSource(name string, src []byte, open func(name string) (path string, src []byte, err error)) (*File, error) {
	return nil, errors.New("apigen: not written yet")
}

// JSON is the .api.json, as vppapigen prints it.
func (f *File) JSON() []byte { return nil }
