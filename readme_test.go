package twinsim_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/cmd/cli"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
)

var updateReadme = flag.Bool("update-readme", false, "rewrite the outputs in README.md")

const runFarm = "$ go run ./cmd/twinsim run farm\n"

// What the README says that `run farm` prints is what it prints.
func TestReadmeRun(t *testing.T) {
	readme := read(t, "README.md")
	_, after, ok := strings.Cut(readme, runFarm)
	if !ok {
		t.Fatalf("README.md does not show %q", runFarm)
	}
	said, _, _ := strings.Cut(after, "```")
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"run", "farm"}, &out, &errs, library.Kinds()); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	if out.String() == said {
		return
	}
	if *updateReadme {
		readme = strings.Replace(readme, runFarm+said+"```", runFarm+out.String()+"```", 1)
		if err := os.WriteFile("README.md", []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("README.md is out of date; go test -run Readme . -update-readme\nsays:\n%s\nis:\n%s", said, &out)
}

// The scenario in the README runs, and the mistake is shown as the README says.
func TestReadmeScenario(t *testing.T) {
	readme := read(t, "README.md")
	_, after, _ := strings.Cut(readme, "```toml\n")
	text, _, _ := strings.Cut(after, "```")
	path := filepath.Join(t.TempDir(), "orchard.toml")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(text)
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"run", path}, &out, &errs, library.Kinds()); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	_, after, ok := strings.Cut(readme, "`twinsim run orchard.toml ")
	if !ok {
		t.Fatal("README.md does not run its scenario")
	}
	flags, _, _ := strings.Cut(after, "`")
	args := append([]string{"run", path}, strings.Fields(strings.Replace(flags, "summer", filepath.Join(t.TempDir(), "summer"), 1))...)
	if code := cli.Main(args, &out, &errs, library.Kinds()); code != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", flags, code, &out, &errs)
	}
	_, err := scenarios.Decode("orchard.toml", []byte(strings.Replace(text, "\nevery = ", "\nevry = ", 1)))
	if err == nil {
		t.Fatal("the mistake was not found")
	}
	_, after, _ = strings.Cut(readme, "$ twinsim check orchard.toml\n")
	said, _, _ := strings.Cut(after, "```")
	if first, _, _ := strings.Cut(err.Error(), "\n\n"); strings.TrimSpace(said) != strings.TrimSpace(first) {
		t.Errorf("README.md shows\n%s\nit is\n%s", said, first)
	}
}

func read(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
