package twinsim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line that breaks a rule ends in `//! text`, text being part of what the
// check must say of that line. Every other line must be left alone.
var planted = map[string]string{
	"go.mod": "module " + module + "\n\ngo 1.26\n\nrequire github.com/spf13/cobra v0.0.0\n\n" +
		"replace github.com/spf13/cobra => ./cobra\n",
	"cobra/go.mod":   "module github.com/spf13/cobra\n",
	"cobra/cobra.go": "package cobra\n\n// Version is planted.\nconst Version = 1\n",
	"doc.go":         "// Package twinsim is fine.\npackage twinsim\n",
	"devices/devices.go": `// Package devices is planted.
package devices

// X is a value.
const X = 1
`,
	"devices/wire/wire.go": `// Package wire may import its parent.
package wire

import "` + module + `/devices"

// Y is a value.
const Y = devices.X
`,
	"devices/link/link.go": `// Package link is planted.
package link

import "` + module + `/devices/wire" //! devices/link must not import devices/wire

// Z is a value.
const Z = wire.Y
`,
	"sim/sim.go": `// Package sim is planted.
package sim

import (
	"maps"
	"math"
	_ "math/bits"      //! blank import
	"math/rand/v2"     //! must not import math/rand/v2
	"os"               //! must not import os
	"slices"
	"sort"
	clock "time"

	"github.com/spf13/cobra" //! third parties
	"` + module + `/devices" //! sim must not import devices
)

var _ = cobra.Version

// A T is a type.
type T struct {
	Length float64 // m
	Weight float64 //!
	A, B   []float64
	Count  int
	hidden float64
}

type U struct{} //! exported type U has no comment

func Use() int { return devices.X } //! exported func Use has no comment

func (u U) Method() {} //! exported func Method has no comment

var Global = 3 //! exported Global has no comment

func init() { Global = rand.Int() } //! func init

// F does what it must not.
func F(m map[string]int, d map[string]float64) (out []string) {
	_ = clock.Now() //! time.Now
	_ = math.Exp(1) //! math.Exp
	_ = math.Sqrt(2)
	f := math.Sin //! math.Sin
	_ = f
	_ = os.Args
	go F(nil, nil) //! goroutine
	var never []string
	for k := range m { //! range over a map
		never = append(never, k)
	}
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	for k, v := range m {
		if v > 0 {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	for k, v := range m { //! range over a map
		if v > 0 {
			out = append(out, k)
		}
	}
	for _, v := range m { // order: a sum of integers
		m["x"] += v
	}
	// order: the comment may stand above
	for _, v := range m {
		m["x"] += v
	}
	for range m {
		m["y"]++
	}
	other := map[string]int{}
	for k, v := range m {
		other[k] = v
	}
	for k, v := range m { //! range over a map
		other[k] += v
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k)
	}
	for k := range maps.Keys(m) { //! maps.Keys
		out = append(out, k)
	}
	time := struct{ Now func() int }{}
	_ = time.Now
	// FIX` + `ME later //! finish it
	return out
}
`,
	"sim/two.go":    "// Package sim has a second comment. //! second package comment\npackage sim\n",
	"twins/none.go": "package twins //! no package comment\n",
	"hil/hil.go": `// Package hil may do all this.
package hil

import (
	"os"
	"time"
)

// Now is impure.
func Now() { go os.Exit(time.Now().Second()) }
`,
}

// Every rule finds what was planted, at its line, and nothing else.
func TestLawFindsViolations(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles packages")
	}
	dir := t.TempDir()
	want := map[string]string{
		"devices/util:0":  "does not say what is in it",
		"other:0":         "no layer",
		"sim/long.go:3":   fmt.Sprintf("want at most %d", maxFunc),
		"sim/long.go:700": fmt.Sprintf("want at most %d", maxFile),
	}
	files := map[string]string{
		"devices/util/u.go": "// Package util is planted.\npackage util\n",
		"other/o.go":        "// Package other is planted.\npackage other\n",
		"sim/long.go":       "package sim\n\nfunc long() {" + strings.Repeat("\n", 100) + "}\n" + strings.Repeat("\n", 597),
	}
	for name, text := range planted {
		files[name] = text
		for i, line := range strings.Split(text, "\n") {
			if _, msg, ok := strings.Cut(line, "//!"); ok {
				want[fmt.Sprintf("%s:%d", name, i+1)] = strings.TrimSpace(msg)
			}
		}
	}
	// A comment that marks a line must not count as the comment that is missing.
	files["sim/sim.go"] = strings.NewReplacer("Weight float64 //!", "Weight float64",
		"var Global = 3 //! exported Global has no comment", "var Global = 3").Replace(planted["sim/sim.go"])
	want["sim/sim.go:"+lineOf(planted["sim/sim.go"], "A, B")] = "T.A is a float64"
	want["sim/sim.go:"+lineOf(planted["sim/sim.go"], "Weight")] = "T.Weight is a float64"
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := check(load(t, dir, "./..."))
	for _, v := range got {
		at, msg, _ := strings.Cut(v, ": ")
		if part, ok := want[at]; ok && strings.Contains(msg, part) {
			delete(want, at)
			continue
		}
		t.Errorf("not planted: %s", v)
	}
	for at, msg := range want {
		t.Errorf("not found: %s: %s", at, msg)
	}
}

func lineOf(text, part string) string {
	for i, line := range strings.Split(text, "\n") {
		if strings.Contains(line, part) {
			return fmt.Sprint(i + 1)
		}
	}
	return ""
}
