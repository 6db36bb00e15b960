package scenarios

import (
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

func TestShowDuration(t *testing.T) {
	for _, c := range []struct {
		t    sim.Time
		want string
	}{
		{0, "0 s"}, {120 * sim.Day, "120 d"}, {46*sim.Day + sim.Hour, "46 d 1 h"}, {14*sim.Hour + 10*sim.Minute, "14 h 10 min"},
		{sim.Day + 2*sim.Second + 250*sim.Millisecond, "1 d 2.25 s"}, {4 * sim.Millisecond, "4 ms"}, {1500, "1.5 us"}, {7, "7 ns"},
		{sim.Second + 1, "1.000000001 s"}, {-sim.Minute, "-1 min"}, {sim.Never, "never"}, {math.MinInt64, "-106751 d 23 h 47 min 16.854775806 s"},
	} {
		if got := ShowDuration(c.t); got != c.want {
			t.Errorf("%d ns is %q, want %q", int64(c.t), got, c.want)
		}
	}
}

// What is shown can be read back, and is the same span.
func TestShowDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := sim.Time(rapid.Int64Range(0, 1<<62).Draw(t, "ns") >> rapid.IntRange(0, 61).Draw(t, "shift"))
		got, err := ParseDuration(ShowDuration(want))
		if err != nil || got != want {
			t.Fatalf("%d ns is shown as %q, which is %d ns, %v", int64(want), ShowDuration(want), int64(got), err)
		}
	})
}
