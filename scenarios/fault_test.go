package scenarios_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// states is a sink that keeps the values that came in, NaN for missing ones.
type states struct {
	taps []float64
}

func (s *states) Tap(_ sim.Time, r devices.Reading) {
	v := r.Value
	if r.Quality.Has(devices.Missing) {
		v = math.NaN()
	}
	s.taps = append(s.taps, v)
}
func (s *states) Value(sim.Time, devices.Reading) {}
func (s *states) Event(twins.Event)               {}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

const faulty = `
spec = 1
name = "faulty"
run = { start = 2026-05-01T00:00:00Z, for = "100 min", seed = 1 }

[[twin]]
id = "tank"
type = "farm/valve"
with = { flow = "60 L/min" }

[[sensor]]
on = "tank.delivered"
every = "10 min"

[[event]]
at = "0 s"
then = [ { command = "tank.open" } ]

[[fault]]
kind = "offset"
on = "tank.delivered"
from = "30 min"
to = "60 min"
with = { amount = "100 m3" }

[[rule]]
name = "high"
when = "tank.delivered > 50"
then = [ { alarm = "high" } ]

[[kpi]]
name = "true"
expr = "total('tank', 'delivered')"
`

// A fault of a simulated sensor acts before the tap: it is in the recording, and
// a replay doesn't apply it twice.
func TestFaultOfSimulatedSensor(t *testing.T) {
	s := &states{}
	run := build(t, faulty, options(nil, s))
	res := finish(t, run)
	for i, v := range s.taps {
		want := float64(i) * 0.6
		if i >= 3 && i < 6 {
			want += 100
		}
		if math.Abs(v-want) > 1e-9 {
			t.Errorf("reading %d is %v, want %v", i, v, want)
		}
	}
	if res.Alarms != 1 || math.Abs(res.KPIs[0].Value-6) > 1e-9 {
		t.Errorf("%d alarms, true %v", res.Alarms, res.KPIs)
	}
	want, data := record(t, faulty, nil)
	again := &states{}
	if got := replayed(t, faulty, nil, data, again); got.Digest != want.Digest || !same(again.taps, s.taps) {
		t.Errorf("replayed %s %v, recorded %s %v", got.Digest, again.taps, want.Digest, s.taps)
	}
}

// A fault over replayed data acts after the tap: what came in stays what it was.
func TestFaultOverReplay(t *testing.T) {
	var rows []string
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("%d,%d,0", i, i%5))
	}
	c := ruleCase{csv: strings.Join(rows, "; "), more: `
[[fault]]
kind = "offset"
on = "m.x"
from = "20 s"
for = "10 s"
with = { amount = 100 }
` + rule("high", `when = "m.x > 50"; `+then) + `
[[kpi]]
name = "x"
expr = "last('m', 'x')"
`}
	s := &states{}
	tr := newTrace()
	run := build(t, c.text(), options(c.files(), s, tr))
	tr.run = run
	finish(t, run)
	for i, v := range s.taps {
		if want := float64(i/2%5) * float64(1-i%2); v != want {
			t.Fatalf("tap %d is %v, want %v as in the file", i, v, want)
		}
	}
	diffLines(t, tr.events, []string{"20s fault offset m.x @m", "20s rule high", "20s alarm !", "30s fault end offset m.x @m"})
	want, data := record(t, c.text(), c.files())
	if got := replayed(t, c.text(), c.files(), data); got.Digest != want.Digest {
		t.Errorf("replayed %s, recorded %s", got.Digest, want.Digest)
	}
}

func TestFaultOfTwin(t *testing.T) {
	text := strings.Replace(faulty, "[[rule]]", `[[fault]]
name = "jams"
kind = "stuck_closed"
on = "tank"
from = "20 min"
every = "40 min"
for = "10 min"
[[rule]]`, 1)
	run, tr := traced(t, text, nil)
	res := finish(t, run)
	// Closed from 20 to 30 and from 60 to 70; at 100 min it closes as the run ends.
	if v := res.KPIs[0].Value; math.Abs(v-4.8) > 1e-9 {
		t.Errorf("delivered %v m3, want 4.8", v)
	}
	var jams []string
	for _, e := range tr.events {
		if strings.Contains(e, "jams") {
			jams = append(jams, e)
		}
	}
	diffLines(t, jams, []string{
		"20m0s fault jams @tank", "30m0s fault end jams @tank", "1h0m0s fault jams @tank", "1h10m0s fault end jams @tank", "1h40m0s fault jams @tank",
	})
}

// The times of a fault with laws are those of its own stream: the same in every
// build, others in another replication, and within the law.
func TestFaultLaws(t *testing.T) {
	text := strings.Replace(faulty, `from = "30 min"
to = "60 min"`, `from = "5 min"
every = "uniform(8 min, 12 min)"
for = "uniform(1 min, 3 min)"`, 1)
	times := func(replication uint32) []string {
		tr := newTrace()
		o := options(nil, tr)
		o.Replication = replication
		tr.run = build(t, text, o)
		finish(t, tr.run)
		var all []string
		for _, e := range tr.events {
			if strings.Contains(e, "fault") {
				all = append(all, e)
			}
		}
		return all
	}
	first := times(0)
	if !slices.Equal(first, times(0)) || slices.Equal(first, times(1)) {
		t.Errorf("times %q, replication 1 %q", first, times(1))
	}
	if n := len(first); n < 16 || n > 24 { // 95 min by 8 to 12, start and end each
		t.Errorf("%d events: %q", n, first)
	}
	if !strings.HasPrefix(first[0], "5m0s fault offset") {
		t.Errorf("the first is %q", first[0])
	}
}

// A command that was given and not yet carried out is saved.
func TestSaveBeforeCommand(t *testing.T) {
	one, tr := traced(t, faulty, nil)
	for len(tr.events) < 2 { // the rule, and its command
		if ok, err := one.Sim().Step(); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	state, err := one.Sim().Save()
	if err != nil {
		t.Fatal(err)
	}
	two := build(t, faulty, options(nil))
	if err := two.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	if res := finish(t, two); math.Abs(res.KPIs[0].Value-6) > 1e-9 {
		t.Errorf("delivered %v m3, want 6", res.KPIs[0].Value)
	}
}

// Commands that differ in `for` only are not the same run, even if no reading
// has shown it yet.
func TestDigestKnowsHowLong(t *testing.T) {
	digests := make(map[string]bool)
	for _, span := range []string{"", `, for = "3 h"`, `, for = "4 h"`} {
		text := strings.Replace(faulty, `"tank.open" }`, `"tank.open"`+span+" }", 1)
		digests[finish(t, build(t, text, options(nil))).Digest] = true
	}
	if len(digests) != 3 {
		t.Errorf("%d digests, want 3", len(digests))
	}
}
