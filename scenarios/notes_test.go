package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
)

const notesText = `
spec = 1
name = "notes"
run = { start = 2026-05-01T00:00:00Z, for = "2 d" }

[params]
dose = { value = "30 min", unit = "h", min = "10 min", max = "12 h" }
limit = { value = 5, unit = "mm/d", min = 1, max = "0.01 m/d" }

[[twin]]
id = "m-{n}"
count = 3
type = "record"
channels = { T = "degC" }

[source.default]
"m-1.T" = { replay = "a.csv", time = "t", step = "1 h", column = "one" }

[[twin]]
id = "v"
type = "farm/valve"

[[pipe]]
on = "m-*.T"
steps = [ { ewma = { alpha = 0.5 } }, { out = "smooth" } ]

[[rule]]
name = "late rule"
at = "50 d"
then = [ { alarm = "never" } ]

[[event]]
name = "late"
at = "200 d"
then = [ { alarm = "never" } ]

[[event]]
name = "in time"
at = "2 d"
then = [ { param = "limit", value = 3 } ]

[[fault]]
kind = "leak"
on = "v"
from = "60 h"
to = "70 h"

[[kpi]]
name = "none"
expr = "average('m-2', 'T')"

[[kpi]]
name = "endless"
expr = "1 / fired('late')"

[[kpi]]
name = "limit"
expr = "p.limit"
`

// What can't have been meant is in the notes of a run: pipes that never run,
// what comes after the end, KPIs that are no number.
func TestNotes(t *testing.T) {
	files := map[string]string{"a.csv": "t,one\n1,1\n"}
	run := build(t, notesText, options(files))
	res := finish(t, run)
	for _, want := range []string{
		"nothing feeds m-2.T and 1 more: their pipes never run",
		`rule "late rule" at 50 d lies beyond the end, 2 d`,
		`event "late" at 200 d lies beyond the end, 2 d`,
		`fault "leak v" at 2 d 12 h lies beyond the end, 2 d`,
		`KPI "none" could not be computed: nothing is known of what it asks for, or it divides 0 by 0`,
		`KPI "endless" is infinite: it divides by 0`,
	} {
		if !slices.Contains(res.Notes, want) {
			t.Errorf("no note %q", want)
		}
	}
	for _, n := range res.Notes {
		if strings.Contains(n, "in time") || strings.Contains(n, "m-1.T") {
			t.Errorf("note %q", n)
		}
	}
	if got := res.KPIs[2].Value; got != 3 {
		t.Errorf("an action set the limit to %v, want 3 in its unit", got)
	}
	o := options(files)
	o.Set = map[string]string{"m-1.T": "synth"}
	if notes := finish(t, build(t, notesText, o)).Notes; !slices.Contains(notes, "nothing feeds m-1.T and 2 more: their pipes never run") {
		t.Errorf("a record that is to be simulated: %q", notes)
	}
	spec, err := scenarios.Decode("test.toml", []byte(notesText))
	if err != nil {
		t.Fatal(err)
	}
	second := res
	second.KPIs = slices.Clone(res.KPIs)
	second.KPIs[2].Value = res.KPIs[0].Value // no number
	sum, err := scenarios.Summarize(spec, []scenarios.Result{res, second})
	if err != nil || !slices.Contains(sum.Notes, `KPI "limit" could not be computed in 1 of 2 replications`) {
		t.Errorf("%v, notes %q", err, sum.Notes)
	}
}

// Limits of params are told as the file writes them; -p and actions read bare
// numbers in the same way.
func TestLimitsAsWritten(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"dose", "45", "param dose is 45 h, above its max 12 h; expected 10 min to 12 h"},
		{"dose", "5 min", "param dose is 5 min, below its min 10 min; expected 10 min to 12 h"},
		{"limit", "0.5", "param limit is 0.5 mm/d, below its min 1 mm/d; expected 1 mm/d to 0.01 m/d"},
		{"limit", "3", ""},
	} {
		spec, err := scenarios.Decode("test.toml", []byte(notesText))
		if err != nil {
			t.Fatal(err)
		}
		err = spec.SetParam(c.name, c.value)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasSuffix(err.Error(), c.want)) {
			t.Errorf("%s=%s: %v, want %s", c.name, c.value, err, c.want)
		}
	}
	text := strings.Replace(notesText, "value = 3 }", "value = 0.5 }", 1)
	_, err := scenarios.Decode("test.toml", []byte(text))
	if err == nil || strings.Count(err.Error(), "test.toml:") != 1 || !strings.Contains(err.Error(), "param limit is 0.5 mm/d, below its min 1 mm/d") {
		t.Errorf("an action beyond the limits: %v", err)
	}
}

// A profile that is asked for in a file without any is told how to make one.
func TestSourceOfNoProfile(t *testing.T) {
	spec, err := scenarios.Decode("test.toml", []byte("spec = 1\nname = \"x\"\nrun = { for = \"1 d\" }\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := options(nil)
	o.Source = "bench"
	_, err = scenarios.Build(spec, o)
	if err == nil || !strings.Contains(err.Error(), "expected: a section [source.bench] in the file") {
		t.Error(err)
	}
}
