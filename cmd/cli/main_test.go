package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios/library"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// asProgram makes the test binary the program itself, for tests that kill it.
const asProgram = "TWINSIM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr, library.Kinds()))
	}
	os.Exit(m.Run())
}

// twinsim runs a command in this process and checks its exit code.
func twinsim(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	return twinsimContext(t, context.Background(), code, args...)
}

func twinsimContext(t *testing.T, ctx context.Context, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := Run(ctx, args, &out, &errs, library.Kinds()); got != code {
		t.Fatalf("twinsim %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in:\n%s", p, text)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("not an object: %v\n%s", err, text)
	}
	if dec.More() {
		t.Fatalf("more than one object:\n%s", text)
	}
	return v
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	press = "testdata/press.toml"
	zones = "testdata/zones.toml"
)

func TestUsage(t *testing.T) {
	broken := write(t, filepath.Join(t.TempDir(), "broken.toml"), strings.Replace(read(t, press), "[[pipe]]", "[[pip]]", 1))
	for _, c := range []struct {
		args string
		says []string
	}{
		{"rnu farm", []string{`no command "rnu"`, "run"}},
		{"run", []string{"wants a scenario"}},
		{"run farm extra", []string{"got 2 arguments"}},
		{"run --sed 3 farm", []string{"--sed", "--help"}},
		{"run fram", []string{`no scenario "fram"`, "farm"}},
		{"run no/such.toml", []string{"no such file"}},
		{"run testdata", []string{"is a directory"}},
		{"run " + broken, []string{"broken.toml:", "^^^", "pipe"}},
		{"check " + broken, []string{"broken.toml:", "^^^"}},
		{"plan " + broken, []string{"broken.toml:"}},
		{"run " + zones + " -p nothing=1", []string{"nothing"}},
		{"run " + zones + " -p nothing", []string{"name=value"}},
		{"run " + press + " -p limit=1 -p limit=2", []string{"twice"}},
		{"run " + press + " -p limit=999", []string{"limit"}},
		{"run " + press + " --for -3d", []string{"--for"}},
		{"run " + press + " --for 3parsec", []string{"--for"}},
		{"run " + press + " --speed -1", []string{"--speed", "want a number: 0"}},
		{"run " + press + " --speed abc", []string{"--speed", "want a number: 0"}},
		{"run " + press + " --seed -1", []string{"--seed", "want a whole number from 0"}},
		{"run " + press + " --replications x", []string{"--replications", "want a whole number, 1"}},
		{"run " + press + " --data testdata/press.csv", []string{"--data", "leave --data out"}},
		{"check " + press + " --data testdata/press.csv", []string{"--data", "leave --data out"}},
		{"run " + press + " --replications 0", []string{"--replications"}},
		{"run " + press + " --source nowhere", []string{"nowhere"}},
		{"run " + press + " --data no.csv", []string{"no.csv"}},
		{"run " + press + " --out testdata", []string{"not empty", "--force"}},
		{"verify testdata", []string{"not a run folder"}},
		{"verify", []string{"wants a run folder"}},
		{"diff testdata testdata", []string{"not a run folder"}},
		{"diff no no", []string{"no"}},
		{"list nonsense", []string{"types"}},
		{"list zone", []string{"twinsim list types farm/zone"}},
		{"list hampel", []string{"twinsim list stages hampel"}},
		{"list types farm/zon", []string{"farm/zone"}},
		{"init ../a*b", []string{"can't be the name"}},
		{"version 1", []string{"no arguments"}},
	} {
		out, errs := twinsim(t, usage, strings.Fields(c.args)...)
		if out != "" {
			t.Errorf("%s: prints to standard output: %s", c.args, out)
		}
		wants(t, errs, c.says...)
		if strings.Contains(errs, "strconv") {
			t.Errorf("%s: %s", c.args, errs)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"help", "run"}, {"run", "--help"}} {
		if out, _ := twinsim(t, done, args...); !strings.Contains(out, "Usage:") {
			t.Errorf("%v: no help: %s", args, out)
		}
	}
}

// The same seed prints the same bytes; the time goes elsewhere.
func TestRun(t *testing.T) {
	out, errs := twinsim(t, done, "run", press)
	golden(t, "press.txt", out)
	wants(t, errs, "readings/s")
	again, _ := twinsim(t, done, "run", press)
	if out != again {
		t.Errorf("two runs differ:\n%s\n%s", out, again)
	}
	for _, args := range [][]string{{}, {"--out", filepath.Join(t.TempDir(), "out")}, {"--speed", "1e7"}} {
		one, _ := twinsim(t, done, append([]string{"run", zones}, args...)...)
		two, _ := twinsim(t, done, "run", zones)
		if one != two || !strings.Contains(one, "2 replications") || !strings.Contains(one, "digest") {
			t.Errorf("%v changes the output:\n%s\n%s", args, one, two)
		}
	}
}

func TestRunJSON(t *testing.T) {
	out, errs := twinsim(t, done, "run", press, "--json")
	if errs != "" {
		t.Errorf("standard error: %s", errs)
	}
	wants(t, out, `"kpi.alarms.mean >= 1"`)
	v := object(t, out)
	if len(v) != 16 {
		t.Errorf("%d keys: %s", len(v), out)
	}
	for _, key := range []string{"scenario", "seed", "replications", "readings", "events", "sim_seconds", "wall_seconds", "digest", "kpis", "checks", "alarms", "quality", "late", "blocks", "rules", "notes"} {
		if _, ok := v[key]; !ok {
			t.Errorf("no %q in %s", key, out)
		}
	}
	if v["wall_seconds"].(float64) <= 0 || v["readings"].(float64) != 400 {
		t.Errorf("%v s, %v readings", v["wall_seconds"], v["readings"])
	}
	if k := v["kpis"].(map[string]any)["alarms"].(map[string]any); k["value"].(float64) != 4 {
		t.Errorf("kpi %v", k)
	}
	v = object(t, first(twinsim(t, done, "run", zones, "--json")))
	k := v["kpis"].(map[string]any)["water"].(map[string]any)
	if k["n"].(float64) != 2 || len(k["ci95"].([]any)) != 2 {
		t.Errorf("kpi of two replications: %v", k)
	}
}

// Whatever goes wrong, --json prints one object.
func TestRunJSONError(t *testing.T) {
	broken := write(t, filepath.Join(t.TempDir(), "b.toml"), strings.Replace(read(t, press), "[[pipe]]", "[[pip]]", 1))
	out, errs := twinsim(t, usage, "run", broken, "--json")
	v := object(t, out)
	p := v["problems"].([]any)[0].(map[string]any)
	if errs != "" || v["error"] == nil || p["line"].(float64) != 13 || p["file"] != broken {
		t.Errorf("run --json of a broken file: %s%s", out, errs)
	}
	v = object(t, first(twinsim(t, usage, "run", "nowhere.toml", "--json")))
	wants(t, v["error"].(string), "nowhere.toml")
}

func first(a, _ string) string { return a }

// Every option does something.
func TestRunOptions(t *testing.T) {
	digest := func(args ...string) string {
		return object(t, first(twinsim(t, done, append(args, "--json")...)))["digest"].(string)
	}
	base := digest("run", zones)
	for _, args := range [][]string{{"--seed", "4"}, {"--for", "5 d"}, {"--replications", "1"}, {"--set", "zone-1.soil_moisture=synth"}} {
		same := args[0] == "--set" // which asks for what is so anyway
		if got := digest(append([]string{"run", zones}, args...)...); (got == base) != same {
			t.Errorf("%v: digest %s, without %s", args, got, base)
		}
	}
	if digest("run", zones, "--seed", "3") != base {
		t.Error("the scenario's own seed gives another digest")
	}
	out, _ := twinsim(t, done, "run", press, "-p", "limit=64.9")
	if again, _ := twinsim(t, done, "run", press); out == again {
		t.Error("-p has no effect")
	}
}

func TestRunCheckFails(t *testing.T) {
	out, errs := twinsim(t, rejected, "run", press, "-p", "limit=199")
	wants(t, out, "FAILED", "a press that is never hot stands still")
	if strings.Contains(errs, "twinsim:") {
		t.Errorf("complains beside the table: %s", errs)
	}
	v := object(t, first(twinsim(t, rejected, "run", press, "-p", "limit=199", "--json")))
	if v["checks"].([]any)[0].(map[string]any)["ok"] != false {
		t.Errorf("checks: %v", v["checks"])
	}
}

// --data stands for "data" and is relative to where the program was started.
func TestRunData(t *testing.T) {
	dir := t.TempDir()
	s := write(t, filepath.Join(dir, "s.toml"), strings.ReplaceAll(read(t, press), `replay = "press.csv"`, `replay = "data"`))
	_, errs := twinsim(t, usage, "run", s)
	wants(t, errs, "--data")
	with, _ := twinsim(t, done, "run", s, "--data", "testdata/press.csv", "--json")
	beside, _ := twinsim(t, done, "run", press, "--json")
	if a, b := object(t, with), object(t, beside); a["digest"] != b["digest"] {
		t.Errorf("digests %v and %v", a["digest"], b["digest"])
	}
}

func TestCheckAndPlan(t *testing.T) {
	out, _ := twinsim(t, done, "check", press)
	if out != press+": ok\n" {
		t.Errorf("check prints %q", out)
	}
	v := object(t, first(twinsim(t, done, "check", press, "--json")))
	if v["ok"] != true || len(v["problems"].([]any)) != 0 {
		t.Errorf("check --json: %v", v)
	}
	broken := write(t, filepath.Join(t.TempDir(), "b.toml"), strings.Replace(read(t, press), "[[pipe]]", "[[pip]]", 1))
	v = object(t, first(twinsim(t, usage, "check", broken, "--json")))
	p := v["problems"].([]any)[0].(map[string]any)
	if v["ok"] != false || p["line"].(float64) != 13 || p["file"] != broken {
		t.Errorf("check --json of a broken file: %v", v)
	}
	v = object(t, first(twinsim(t, usage, "check", "nowhere.toml", "--json")))
	if v["ok"] != false {
		t.Errorf("check --json without a file: %v", v)
	}
	out, _ = twinsim(t, done, "plan", press, "-p", "limit=77")
	wants(t, out, "press.csv", "77", `"hot"`, "1 replication\n", "into 2 channels")
}

// Everything that list names can be shown in detail.
func TestList(t *testing.T) {
	out, _ := twinsim(t, done, "list")
	wants(t, out, "farm/zone", "hampel", "drift", "farm ")
	n := 0
	for _, c := range catalogues {
		names, _ := twinsim(t, done, "list", c.name)
		for line := range strings.Lines(names) {
			name := strings.Fields(line)[0]
			detail, _ := twinsim(t, done, "list", c.name, name)
			if !strings.HasPrefix(detail, name+": ") || strings.Count(detail, "\n") < 2 {
				t.Errorf("list %s %s says only %q", c.name, name, detail)
			}
			n++
		}
	}
	if n < 20 {
		t.Errorf("only %d things", n)
	}
	detail, _ := twinsim(t, done, "list", "types", "farm/valve")
	wants(t, detail, "delivered", "open", "commands", "with = {", "level = 0.03", "\n  stuck_open                  open")
	detail, _ = twinsim(t, done, "list", "faults", "leak")
	wants(t, detail, "of farm/valve", "level = 0.03")
	detail, _ = twinsim(t, done, "list", "types", "farm/zone")
	wants(t, detail, "one of sand, loamy_sand")
	for line := range strings.Lines(detail) {
		if len(line) > lineWidth+1 {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
}

// The starter is a scenario that runs.
func TestInit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.toml")
	out, _ := twinsim(t, done, "init", strings.TrimSuffix(path, ".toml"))
	wants(t, out, "mine.toml")
	wants(t, read(t, path), `name = "mine"`)
	twinsim(t, done, "check", path)
	twinsim(t, done, "run", path)
	_, errs := twinsim(t, usage, "init", path)
	wants(t, errs, "exists")
}

func TestVersion(t *testing.T) {
	out, _ := twinsim(t, done, "version")
	wants(t, out, "twinsim ", "go1.", "scenario spec 1")
	if flag, _ := twinsim(t, done, "--version"); flag != out {
		t.Errorf("--version prints %q", flag)
	}
}

// Every built-in scenario is right; those that want data say so.
func TestBuiltIns(t *testing.T) {
	for _, name := range library.Names() {
		var out, errs bytes.Buffer
		if code := Run(context.Background(), []string{"check", name}, &out, &errs, library.Kinds()); code != done && !strings.Contains(errs.String(), "--data") {
			t.Errorf("check %s: exit code %d: %s", name, code, errs.String())
		}
	}
}
