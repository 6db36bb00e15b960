package scenarios_test

import (
	"context"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/sim"
)

// holding is a replay whose last readings are held back by every stage that does.
const holding = `
spec = 1
name = "holding"

[run]
start = 2026-05-01T00:00:00Z

[[twin]]
id = "station"
type = "record"
channels = { wind = "m/s", gust = "m/s" }

[source.default]
"station.*" = { replay = "wind.csv", time = "t", step = "1 min" }

[[pipe]]
on = "station.wind"
steps = [ { hampel = { window = 5, centred = true } }, { fill = { linear = 9 } }, { out = "clean" } ]

[[pipe]]
on = "station.gust"
steps = [ { resample = { every = "10 min", aggregate = "mean" } } ]

[[rule]]
name = "high"
when = "station.clean > 5 or station.gust > 5"
then = [ { alarm = "high" } ]
`

var held = map[string]string{"wind.csv": "t,wind,gust\n0,1,1\n1,1,1\n2,1,1\n3,1,1\n4,9,9\n5,9,9\n6,,9\n"}

// At the end of the data all that stages hold comes out, and the rules see it.
func TestFlushAtTheEnd(t *testing.T) {
	run, tr := traced(t, holding, held)
	finish(t, run)
	if n := len(tr.series["value station.clean"]); n != 7 {
		t.Errorf("%d readings came out of 7: %q", n, tr.series["value station.clean"])
	}
	if last := tr.series["value station.gust"]; len(last) != 2 || !strings.HasPrefix(last[1], "360000000000 600000000000 ") {
		t.Errorf("grid points %q, want the last at 10 min, put out at 6 min", last)
	}
	if !strings.Contains(strings.Join(tr.events, "\n"), "alarm high") {
		t.Errorf("the rules did not look at it: %q", tr.events)
	}
	if n := run.Hub().Held(); n != 0 {
		t.Errorf("%d are still held", n)
	}
}

// A run that is recorded and replayed, or saved anywhere, ends with the same
// flush; executing it again changes nothing.
func TestFlushKeepsThePromises(t *testing.T) {
	for _, span := range []string{"", "for = \"5 min\"\n", "for = \"9 min\"\n"} {
		text := strings.Replace(holding, "[run]\n", "[run]\n"+span, 1)
		want, data := record(t, text, held)
		o := options(held)
		o.Recording = opener(data)
		if got := finish(t, build(t, text, o)); got.Digest != want.Digest {
			t.Errorf("%q: replayed %s, recorded %s", span, got.Digest, want.Digest)
		}
		make := func() *scenarios.Run { return build(t, text, options(held)) }
		for steps := range 4 {
			saveAndLoad(t, make, []sim.Time{0, sim.Minute, 4 * sim.Minute, 5 * sim.Minute}, steps)
		}
		run := make()
		finish(t, run)
		digest := run.Hub().Digest()
		if err := run.Execute(context.Background()); err != nil || run.Hub().Digest() != digest {
			t.Errorf("%q: executed again it differs: %v", span, err)
		}
	}
}

// A run that is interrupted may go on, so it hands on nothing before its time.
func TestFlushNotWhenInterrupted(t *testing.T) {
	run := build(t, holding, options(held))
	if err := run.Sim().Run(context.Background(), 4*sim.Minute); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	before := run.Hub().Held()
	if err := run.Execute(ctx); err == nil || before == 0 || run.Hub().Held() != before {
		t.Errorf("%v; %d held, before %d", err, run.Hub().Held(), before)
	}
}
