package scenarios_test

import (
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

// Twins of one block may need twins of blocks whose channels lie elsewhere: one
// rule reads each where it is.
func TestNeedsOfSeveralBlocks(t *testing.T) {
	text := `
spec = 1
name = "needs"
run = { start = 2026-05-01T00:00:00Z, for = "1 h" }

[[twin]]
id = "weather"
type = "farm/weather"

[[twin]]
id = "v-{n}"
count = 2
type = "farm/valve"

[[twin]]
id = "v-3"
type = "farm/valve"

[[twin]]
id = "zone-{n}"
count = 3
type = "farm/zone"
needs = { weather = "weather", valve = "v-{n}" }

[[twin]]
id = "dry"
type = "farm/zone"
needs = { weather = "weather" }

[[sensor]]
on = "v-*.{open,flow}"
every = "1 min"

[[pipe]]
on = "v-[12].flow"
steps = [ { ewma = { alpha = 1 } }, { out = "smooth" } ]

[[pipe]]
on = "v-3.open"
steps = [ { ewma = { alpha = 1 } }, { out = "other" } ]

[[pipe]]
on = "v-3.flow"
steps = [ { ewma = { alpha = 1 } }, { out = "smooth" } ]

[[event]]
at = "90 s"
then = [ { command = "v-[23].open" } ]

[[rule]]
name = "flows"
each = "zone-*"
when = "self.valve.smooth > 39"
then = [ { alarm = "{self.valve}" } ]
`
	run, tr := traced(t, text, nil)
	finish(t, run)
	diffLines(t, tr.events, []string{
		"1m30s rule event 1", "1m30s command open @v-2", "1m30s command open @v-3",
		"2m0s rule flows @zone-2", "2m0s alarm v-2 @zone-2", "2m0s rule flows @zone-3", "2m0s alarm v-3 @zone-3",
	})
}

// One twin of a block may be measured and have a rule, without the others; a
// pattern of sensors does not reach what pipes put out; what came in stays known
// beside what a pipe made of it.
func TestWhatIsMeasured(t *testing.T) {
	text := `
spec = 1
name = "some"
run = { start = 2026-05-01T00:00:00Z, for = "30 min" }

[[twin]]
id = "v-{n}"
count = 3
type = "farm/valve"

[[sensor]]
on = "v-2.*"
every = "10 min"

[[pipe]]
on = "v-2.flow"
steps = [ { ewma = { alpha = 0.5 } }, { detect = { zscore = {} } }, { out = "smooth" } ]

[[event]]
at = "5 min"
then = [ { command = "v-2.open" } ]

[[rule]]
name = "both"
each = "v-2"
when = "self.flow == 40 and self.smooth == 20 and not missing(self.flow)"
then = [ { alarm = "!" } ]
`
	run, tr := traced(t, text, nil)
	res := finish(t, run)
	if res.Readings != 3*4+4 {
		t.Errorf("%d readings, want 16: of four channels at four times", res.Readings)
	}
	if have := strings.Join(tr.events, "\n"); !strings.Contains(have, "10m0s rule both @v-2") {
		t.Errorf("the rule did not fire:\n%s", have)
	}
}

// Params that variants and -p set reach all that names them.
func TestParams(t *testing.T) {
	c := ruleCase{csv: "0,1,0; 1,7,0", more: rule("r", `when = "m.x > p.limit"; hold = "p.long"; `+then)}
	for limit, want := range map[string]uint64{"6": 1, "8": 0} {
		o := options(c.files())
		o.Params = map[string]string{"limit": limit}
		if res := finish(t, build(t, c.text(), o)); res.Alarms != want {
			t.Errorf("limit %s: %d alarms, want %d", limit, res.Alarms, want)
		}
	}
	spec, err := scenarios.Decode("test.toml", []byte(c.text()))
	if err != nil {
		t.Fatal(err)
	}
	o := options(c.files())
	o.Params = map[string]string{"limit": "200", "lon": "3 s"}
	_, err = scenarios.Build(spec, o)
	if err == nil || !strings.Contains(err.Error(), "above its max") || !strings.Contains(err.Error(), `did you mean "long"`) {
		t.Errorf("got %v", err)
	}
	if spec.Params[0].Number != 5 {
		t.Error("Build changed the spec")
	}
}

// A fault that comes too often is refused, not cut off.
func TestFaultThatComesTooOften(t *testing.T) {
	text := strings.Replace(faulty, `from = "30 min"
to = "60 min"`, `every = "10 ms"
for = "1 ms"`, 1)
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = scenarios.Build(spec, options(nil)); err == nil || !strings.Contains(err.Error(), "more than 10000 times") {
		t.Errorf("got %v", err)
	}
}

// The plan of a run names all its parts.
func TestPlan(t *testing.T) {
	run := build(t, busyFor("3 d"), options(wind(10)))
	plan := strings.Join(run.Plan(), "\n")
	for _, want := range []string{"zone-1 to zone-3", "3 every 10 min", "wind.csv", "hampel", `"water", 3 times`, "leak on valve-2", "orders = "} {
		if !strings.Contains(plan, want) {
			t.Errorf("no %q in the plan:\n%s", want, plan)
		}
	}
	if run.End() != 3*sim.Day {
		t.Errorf("end %v", run.End())
	}
}
