package scenarios_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/sim"
)

// fleet is a scenario of n zones with one sensor each, the whole path of a
// reading behind it: sensor chain, range, hampel 7, fill, EWMA, detector, twin,
// digest and one rule.
const fleet = `
spec = 1
name = "fleet"
run = { start = 2026-05-01T00:00:00Z, for = "1000 d", seed = 1 }

[params]
trigger = 0.05

[[twin]]
id = "weather"
type = "farm/weather"

[[twin]]
id = "zone-{n}"
count = %d
type = "farm/zone"
needs = { weather = "weather" }

[[sensor]]
on = "zone-*.soil_moisture"
every = "10 min"
lag = "5 min"
noise = 0.002
bias_walk = 0.0001
resolution = 0.001

[[pipe]]
on = "zone-*.soil_moisture"
steps = [
  { range = { min = 0, max = 0.6 } },
  { hampel = { window = 7, k = 3 } },
  { fill = { rolling_mean = 3 } },
  { ewma = { alpha = 0.3 } },
  { detect = { zscore = { memory = "1 d" }, out = "score" } },
  { out = "vwc" },
]

[[rule]]
name = "dry"
each = "zone-*"
when = "self.vwc < p.trigger"
then = [ { alarm = "dry" } ]
`

func buildFleet(b *testing.B, n int) *scenarios.Run {
	spec, err := scenarios.Decode("fleet.toml", fmt.Appendf(nil, fleet, n))
	if err != nil {
		b.Fatal(err)
	}
	r, err := scenarios.Build(spec, scenarios.Options{Kinds: library.Kinds()})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// One operation is one reading, from the plant to the rule.
func BenchmarkReading(b *testing.B) {
	for _, n := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprintf("twins=%d", n), func(b *testing.B) {
			r := buildFleet(b, n)
			ctx := context.Background()
			const every = 10 * sim.Minute
			at := 2 * sim.Day // every window is full
			if err := r.Sim().Run(ctx, at); err != nil {
				b.Fatal(err)
			}
			before := r.Hub().Tapped.Readings
			b.ReportAllocs()
			b.ResetTimer()
			if err := r.Sim().Run(ctx, at+sim.Time(b.N/n+1)*every); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			readings := float64(r.Hub().Tapped.Readings - before)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/readings, "ns/reading")
		})
	}
}
