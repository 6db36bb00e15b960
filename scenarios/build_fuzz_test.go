package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
)

// Any text that decodes builds, or is refused; and what builds takes its first
// steps without a panic.
func FuzzBuild(f *testing.F) {
	for _, name := range library.Names() {
		text, _ := library.Text(name)
		f.Add(string(text))
	}
	for _, dir := range []string{"build", "broken"} {
		files, err := filepath.Glob("testdata/" + dir + "/*.toml")
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Add(busyFor("1 d"))
	for _, c := range ruleCases {
		f.Add(c.text())
	}
	files := wind(100)
	files["a.csv"] = "t,x,y\n0,1,2\n1,9,\n2,3,4\n"
	files["m.csv"] = "t,temperature,load\n2026-05-01 00:00,20,50\n"
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := scenarios.Decode("fuzz.toml", []byte(text))
		if err != nil || !small(spec) {
			return
		}
		run, err := scenarios.Build(spec, options(files))
		if err != nil {
			return
		}
		defer run.Close()
		for range 300 {
			if ok, err := run.Sim().Step(); !ok || err != nil {
				break
			}
		}
		if _, err := scenarios.Summarize(spec, []scenarios.Result{run.Result()}); err != nil {
			t.Error(err)
		}
	})
}

// small reports whether a scenario is small enough to be fuzzed with.
func small(spec *scenarios.Spec) bool {
	n := 0
	for i := range spec.Twins {
		k, err := spec.Whole(spec.Twins[i].Count)
		if err != nil {
			return true
		}
		n += max(1, k)
	}
	return n <= 200
}
