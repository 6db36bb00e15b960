// Package library holds the built-in scenarios, and the table of everything
// pure that a scenario may name.
package library

import (
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/analytics/model"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/twins"
	"github.com/twinsim/twinsim/twins/farm"
)

//go:embed *.toml data
var files embed.FS

// Kinds returns the table of all pure kinds. A program with twins, stages or
// models of its own appends them.
func Kinds() scenarios.Kinds {
	return scenarios.Kinds{
		Families: []twins.Family{farm.Family()},
		Stages:   prep.Kinds(),
		Models:   model.Kinds(),
	}
}

// Names returns the names of the built-in scenarios, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".toml"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Text returns a built-in scenario.
func Text(name string) ([]byte, bool) {
	text, err := files.ReadFile(name + ".toml")
	return text, err == nil
}

// Files returns the embedded files: scenarios, and the data that some replay.
func Files() fs.FS { return files }
