package scaffold

import (
	"fmt"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// notPublished stands before the replace directive.
const notPublished = "// gvpp is not published yet: this is the checkout that the module was made with. Where it is elsewhere, change the path."

// goMod makes a go.mod with the version of Go, and with all that gvpp itself needs.
func (o *Options) goMod() ([]byte, error) {
	theirs, err := modfile.Parse("go.mod", o.Module.GoMod, nil)
	if err != nil {
		return nil, fmt.Errorf("scaffold: gvpp's own %w", err)
	}
	f := new(modfile.File)
	err = f.AddModuleStmt(o.Import)
	if err == nil && theirs.Go != nil {
		err = f.AddGoStmt(theirs.Go.Version)
	}
	if err != nil {
		return nil, err
	}
	all := []*modfile.Require{{Mod: module.Version{Path: GVPP, Version: "v0.0.0"}}}
	for _, r := range theirs.Require {
		all = append(all, &modfile.Require{Mod: r.Mod, Indirect: true})
	}
	f.SetRequireSeparateIndirect(all)
	if err := f.AddReplace(GVPP, "", o.Module.Source, ""); err != nil {
		return nil, err
	}
	f.Replace[0].Syntax.Before = []modfile.Comment{{Token: notPublished}}
	f.Cleanup()
	return f.Format()
}

// IsGVPP says whether a go.mod is gvpp's own.
func IsGVPP(goMod []byte) bool { return modfile.ModulePath(goMod) == GVPP }
