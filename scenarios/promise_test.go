package scenarios_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

// busy is a farm in which everything that has state is in use at once.
const busy = `
spec = 1
name = "busy"

[run]
start = 2026-05-01T06:00:00Z
for = "%s"
seed = 7
reorder = "20 s"
late = "keep"

[params]
trigger = { value = 0.305, unit = "m3/m3" }

[[twin]]
id = "weather"
type = "farm/weather"

[[twin]]
id = "pump"
type = "farm/pump"
with = { capacity = "900 L/min" }

[[twin]]
id = "valve-{n}"
count = 3
type = "farm/valve"
with = { flow = "400 L/min", cycles_to_failure = 12 }
needs = { pump = "pump" }

[[twin]]
id = "zone-{n}"
count = 3
type = "farm/zone"
with = { area = "0.2 ha", field_capacity = "normal(0.31, 0.01)" }
needs = { weather = "weather", valve = "valve-{n}" }

[[twin]]
id = "station"
type = "record"
channels = { wind = "m/s", gust = "m/s" }

[source.default]
"station.*" = { replay = "wind.csv", time = "t", step = "1 min" }

[[sensor]]
on = "zone-*.soil_moisture"
every = "10 min"
lag = "15 min"
noise = 0.01
bias_walk = 0.0005
dropout = 0.2
jitter = "3 s"
stale = "25 min"

[[sensor]]
on = "weather.rain_today"
every = "1 h"

[[sensor]]
on = "valve-*.open"
every = "7 min"
phase = "2 min"
dropout = 0.3
silent = true
stale = "11 min"

[[pipe]]
on = "zone-*.soil_moisture"
steps = [
  { range = { min = 0, max = 0.6 } },
  { hampel = { window = 7, k = 3 } },
  { fill = { rolling_mean = 3 } },
  { detect = { zscore = { memory = "6 h", enter = 2.5, learn = 20 }, out = "odd", alarm = "odd moisture" } },
  { ewma = { alpha = 0.3 } },
  { out = "vwc" },
]

[[pipe]]
on = "station.gust"
steps = [ { detect = { cusum = { learn = 30 }, out = "shift" } } ]

[[rule]]
name = "water"
each = "zone-*"
when = "self.vwc < p.trigger and hour(t) in 4..20"
hold = "20 min"
quiet = "5 h"
then = [ { command = "{self.valve}.open", for = "90 min" }, { set = "turns", value = "missing(self.turns) ? 1 : self.turns + 1" } ]

[[rule]]
name = "silent valve"
each = "valve-*"
when = "age(self.open) > 1200 or missing(self.open)"
then = [ { alarm = "{self} is silent" } ]

[[rule]]
name = "often"
each = "zone-*"
when = "int(self.turns) %% 3 == 0"
then = [ { alarm = "{self} takes much" } ]

[[rule]]
name = "adapt"
every = "13 h"
then = [ { param = "trigger", value = "p.trigger - 0.001" } ]

[[rule]]
name = "close all"
at = "21:30"
when = "station.wind > 2"
then = [ { command = "valve-*.close" } ]

[[rule]]
name = "watch"
every = "45 min"
when = "t > 40000 and station.gust > 4"
hold = "90 min"
then = [ { alarm = "windy" } ]

[[event]]
at = "30 h"
every = "31 h"
until = "200 h"
then = [ { command = "valve-1.open", for = "3 h" } ]

[[fault]]
kind = "stuck"
on = "zone-2.soil_moisture"
every = "exponential(20 h)"
for = "uniform(1 h, 9 h)"

[[fault]]
kind = "dropout"
on = "zone-3.soil_moisture"
from = "9 h"
with = { probability = 0.2, burst = 4 }

[[fault]]
kind = "dropout"
on = "station.gust"
with = { probability = 0.1, burst = 3 }

[[fault]]
kind = "stuck"
on = "station.wind"
every = "17 h"
for = "2 h"

[[fault]]
kind = "leak"
on = "valve-2"
every = "40 h"
for = "exponential(6 h)"

[[kpi]]
name = "water"
expr = "total('valve-*', 'delivered')"

[[kpi]]
name = "error"
expr = "rms_error('zone-*', 'soil_moisture', 'vwc')"

[[kpi]]
name = "orders"
expr = "commands('valve-*.*') + 1000 * fired('water')"

[[kpi]]
name = "trigger"
expr = "p.trigger"

[[kpi]]
name = "wind"
expr = "last('station', 'wind') + lowest('zone-*', 'vwc')"
`

// wind is a file of a disordered station: minutes, with gaps and late rows.
func wind(minutes int) map[string]string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("t,wind,gust\n")
	for m := 3; m < minutes; m += 1 + r.IntN(30) {
		at := m
		if r.IntN(6) == 0 {
			at = max(0, m-r.IntN(3))
		}
		fmt.Fprintf(&b, "%d,%.1f,", at, 4*r.Float64())
		if r.IntN(8) > 0 {
			fmt.Fprintf(&b, "%.1f", 3+4*r.Float64())
		}
		b.WriteByte('\n')
	}
	return map[string]string{"wind.csv": b.String()}
}

func busyFor(span string) string { return fmt.Sprintf(busy, span) }

// The test of a test: the scenario uses what it is meant to use.
func TestBusyIsBusy(t *testing.T) {
	run, tr := traced(t, busyFor("10 d"), wind(14400))
	res := finish(t, run)
	have := strings.Join(tr.events, "\n")
	for _, want := range []string{
		"rule water @zone-1", "rule silent valve", "rule often", "rule adapt", "rule close all", "rule watch", "rule event 1",
		"command open @valve-3", "alarm odd moisture @zone-", "alarm shift @station", "alarm end", "fault stuck zone-2.soil_moisture @zone-2",
		"fault end stuck zone-2", "fault leak valve-2 @valve-2", "fault dropout station.gust", "fault end stuck station.wind", "plant",
	} {
		if !strings.Contains(have, want) {
			t.Errorf("no %q happened", want)
		}
	}
	if res.Late == 0 || res.Quality["missing"] == 0 || res.Cleaned["imputed"] == 0 {
		t.Errorf("late %d, quality %v, cleaned %v", res.Late, res.Quality, res.Cleaned)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	files := wind(8000)
	run := func(change func(*scenarios.Options)) scenarios.Result {
		o := options(files)
		if change != nil {
			change(&o)
		}
		return finish(t, build(t, busyFor("3 d"), o))
	}
	seven, eight := uint64(7), uint64(8)
	first := run(nil)
	for name, o := range map[string]func(*scenarios.Options){"again": nil, "its own seed": func(o *scenarios.Options) { o.Seed = &seven }} {
		if again := run(o); again.Digest != first.Digest || kpisOf(again) != kpisOf(first) || again.Events != first.Events {
			t.Errorf("%s: %s\n%s\nfirst: %s\n%s", name, again.Digest, kpisOf(again), first.Digest, kpisOf(first))
		}
	}
	seen := map[string]string{first.Digest: "first"}
	for name, o := range map[string]func(*scenarios.Options){
		"another seed":        func(o *scenarios.Options) { o.Seed = &eight },
		"another replication": func(o *scenarios.Options) { o.Replication = 1 },
		"shorter":             func(o *scenarios.Options) { o.For = 2 * sim.Day },
		"another param":       func(o *scenarios.Options) { o.Params = map[string]string{"trigger": "0.2"} },
	} {
		r := run(o)
		if other, dup := seen[r.Digest]; dup {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[r.Digest] = name
		if name == "shorter" && r.SimSeconds != 2*86400 {
			t.Errorf("for 2 d: ran %v s", r.SimSeconds)
		}
	}
}

// outcome is all that a run can be compared by.
func outcome(r scenarios.Result) string {
	return r.Digest + " " + kpisOf(r) + fmt.Sprint(r.Events, r.Notes)
}

// saveAndLoad runs to each of the instants, saves, builds anew, loads and goes
// on; every outcome must be that of the straight run.
func saveAndLoad(t *testing.T, make func() *scenarios.Run, instants []sim.Time, steps int) {
	t.Helper()
	straight := make()
	want := outcome(finish(t, straight))
	ctx := context.Background()
	for _, at := range instants {
		one := make()
		if err := one.Sim().Run(ctx, at); err != nil && !strings.Contains(err.Error(), "the data have ended") {
			t.Fatalf("to %v: %v", at, err)
		}
		for range steps { // into the middle of an instant
			if next, ok := one.Sim().Next(); !ok || next > straight.Sim().Now() {
				break
			}
			if _, err := one.Sim().Step(); err != nil {
				break
			}
		}
		state, err := one.Sim().Save()
		if err != nil {
			t.Fatalf("save at %v: %v", at, err)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		two := make()
		if err := two.Sim().Load(state); err != nil {
			t.Fatalf("load at %v: %v", at, err)
		}
		if events, states := two.Sim().Dropped(); events+states > 0 {
			t.Fatalf("load at %v: %d events and %d states dropped", at, events, states)
		}
		if got := outcome(finish(t, two)); got != want {
			t.Fatalf("saved at %v and %d steps:\n got %s\nwant %s", at, steps, got, want)
		}
	}
}

func instants(n int, below sim.Time) []sim.Time {
	r := rand.New(rand.NewPCG(3, 4))
	all := []sim.Time{0, below}
	for len(all) < n {
		at := sim.Time(r.Int64N(int64(below)))
		if len(all)%3 == 0 { // where things happen
			at -= at % (10 * sim.Minute)
		}
		all = append(all, at)
	}
	return all
}

func TestSaveAnywhere(t *testing.T) {
	files := wind(40000)
	make := func() *scenarios.Run { return build(t, busyFor("6 d"), options(files)) }
	saveAndLoad(t, make, instants(70, 6*sim.Day), 0)
	saveAndLoad(t, make, instants(30, 6*sim.Day), 3)
}

func TestSaveWithinAnInstant(t *testing.T) {
	files := wind(2000)
	make := func() *scenarios.Run { return build(t, busyFor("31 h"), options(files)) }
	for steps := 1; steps < 14; steps++ {
		// The start, hours with many sensors, and the instant of a command.
		saveAndLoad(t, make, []sim.Time{0, 90 * sim.Minute, 10 * sim.Hour, 15*sim.Hour + 30*sim.Minute - 1, 30*sim.Hour - 1}, steps)
	}
}

// Without `for`: the end is that of the data.
func TestSaveRunThatEndsWithItsData(t *testing.T) {
	files := wind(3000)
	text := strings.Replace(busyFor("1 d"), `for = "1 d"`, "", 1)
	make := func() *scenarios.Run { return build(t, text, options(files)) }
	saveAndLoad(t, make, instants(20, 40*sim.Hour), 0)
	saveAndLoad(t, make, instants(10, 40*sim.Hour), 2)
}

func TestSaveOverRecording(t *testing.T) {
	files := wind(4000)
	text := busyFor("2 d")
	want, data := record(t, text, files)
	make := func() *scenarios.Run {
		o := options(files)
		o.Recording = opener(data)
		return build(t, text, o)
	}
	if got := finish(t, make()); got.Digest != want.Digest {
		t.Fatalf("replayed: %s, recorded %s", got.Digest, want.Digest)
	}
	saveAndLoad(t, make, instants(25, 2*sim.Day), 0)
	saveAndLoad(t, make, instants(10, 2*sim.Day), 2)
}

// A snapshot loads into a scenario with other twins without a panic.
func TestLoadIntoAnother(t *testing.T) {
	files := wind(3000)
	one := build(t, busyFor("2 d"), options(files))
	if err := one.Sim().Run(context.Background(), sim.Day); err != nil {
		t.Fatal(err)
	}
	state, err := one.Sim().Save()
	if err != nil {
		t.Fatal(err)
	}
	fewer := strings.Replace(busyFor("2 d"), "[[rule]]\nname = \"watch\"", "[[rule]]\nname = \"new\"\nwhen = \"t >= 0\"\nevery = \"1 h\"\nthen = [ { alarm = \"x\" } ]\n[[rule]]\nname = \"other\"", 1)
	fewer = strings.Replace(fewer, `each = "valve-*"`, `each = "valve-[23]"`, 1)
	run, tr := traced(t, fewer, files)
	if err := run.Sim().Load(state); err != nil {
		t.Fatal(err)
	}
	finish(t, run)
	if have := strings.Join(tr.events, "\n"); !strings.Contains(have, "24h0m0s rule new") || !strings.Contains(have, "rule silent valve @valve-3") {
		t.Errorf("the new rule did not begin, or the old one not go on:\n%s", have)
	}
}
