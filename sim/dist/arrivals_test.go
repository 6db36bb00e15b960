package dist

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/twinsim/twinsim/sim"
)

// exponentials holds gaps of integrated rate to the exponential law of mean 1.
func exponentials(t *testing.T, name string, gaps []float64) {
	t.Helper()
	slices.Sort(gaps)
	d := distance(gaps, law{cdf: distuv.Exponential{Rate: 1}.CDF})
	if k := d * math.Sqrt(float64(len(gaps))); k > 2.2253 {
		t.Errorf("%s: Kolmogorov-Smirnov statistic %v", name, k)
	}
}

// By the time change theorem the integrated rates between events are exponential of
// mean 1. The week here has a night without events.
func TestArrivalsTimeChange(t *testing.T) {
	a := Arrivals{Starts: []sim.Time{0, 8 * sim.Hour, 12 * sim.Hour, 20 * sim.Hour}, Rates: []float64{0, 0.02, 0.001, 0.005}, Period: sim.Day, Origin: 5 * sim.Hour}
	if err := a.Validate(); err != nil {
		t.Fatal(err)
	}
	integral := func(at sim.Time) float64 {
		in := at - a.Origin
		sum := float64(in/a.Period) * a.perPeriod()
		in %= a.Period
		for i, r := range a.Rates {
			if in > a.Starts[i] {
				sum += r * (min(in, a.end(i)) - a.Starts[i]).Seconds()
			}
		}
		return sum
	}
	s := sim.NewStream(3, 0, "arrivals")
	now := a.Origin
	var gaps []float64
	for range 50_000 {
		at, ok := a.Next(now, &s)
		if !ok || at < now {
			t.Fatalf("Next(%v) = %v, %v", now, at, ok)
		}
		if a.Rate(at) == 0 {
			t.Fatalf("an event at %v, where the rate is 0", at)
		}
		gaps = append(gaps, integral(at)-integral(now))
		now = at
	}
	exponentials(t, "arrivals", gaps)
}

// Sparse events, many periods apart, and the step over whole periods.
func TestArrivalsSparse(t *testing.T) {
	a := Arrivals{Starts: []sim.Time{0, sim.Minute}, Rates: []float64{0.0005, 0}, Period: sim.Hour} // 0.03 a period
	s := sim.NewStream(3, 0, "sparse")
	now, n := sim.Time(0), 0
	for {
		at, ok := a.Next(now, &s)
		if !ok {
			t.Fatal("no next event")
		}
		if at%sim.Hour > sim.Minute {
			t.Fatalf("an event at %v, where the rate is 0", at)
		}
		if at > 1_000_000*sim.Hour {
			break
		}
		now = at
		n++
	}
	if z := (float64(n) - 30_000) / math.Sqrt(30_000); math.Abs(z) > 4.5 {
		t.Errorf("%d events, want 30000: off by %v standard errors", n, z)
	}
	if got := a.MeanRate(); math.Abs(got-0.03/3600) > 1e-18 {
		t.Errorf("mean rate %v", got)
	}
}

// Counts of the hours of a week are Poisson with the given means.
func TestWeekly(t *testing.T) {
	var perHour [168]float64
	for h := range perHour {
		perHour[h] = float64(h%24) * 2
	}
	origin := 3 * sim.Hour
	a := Weekly(origin, perHour)
	if err := a.Validate(); err != nil {
		t.Fatal(err)
	}
	const weeks = 50
	var count [168]float64
	s := sim.NewStream(3, 0, "week")
	for now := origin; ; {
		at, _ := a.Next(now, &s)
		if at >= origin+weeks*168*sim.Hour {
			break
		}
		count[(at-origin)/sim.Hour%168]++
		now = at
	}
	chi, df := 0.0, 0.0
	for h, c := range count {
		want := perHour[h] * weeks
		if want == 0 {
			if c != 0 {
				t.Errorf("hour %d: %v events, want none", h, c)
			}
			continue
		}
		chi += (c - want) * (c - want) / want
		df++
	}
	if p := (distuv.ChiSquared{K: df}).Survival(chi); p < 1e-4 || p > 1-1e-4 {
		t.Errorf("chi-square %v with %v degrees of freedom: p = %v", chi, df, p)
	}
}

// Without a period nothing comes before the origin or after the last rate of 0.
func TestArrivalsOnce(t *testing.T) {
	a := Arrivals{Starts: []sim.Time{0, sim.Hour}, Rates: []float64{1, 0}, Origin: sim.Day}
	s := sim.NewStream(3, 0, "once")
	now, n := -5*sim.Day, 0
	for {
		at, ok := a.Next(now, &s)
		if !ok {
			break
		}
		if at < a.Origin || at > a.Origin+sim.Hour {
			t.Fatalf("an event at %v", at)
		}
		now = at
		n++
	}
	if math.Abs(float64(n)-3600) > 4.5*60 {
		t.Errorf("%d events, want about 3600", n)
	}
	if a.Rate(0) != 0 || a.Rate(sim.Day) != 1 || a.Rate(sim.Day+sim.Hour) != 0 {
		t.Error("rates before, in and after the only piece")
	}
	if _, ok := (&Arrivals{Starts: []sim.Time{0}, Rates: []float64{1e-300}}).Next(0, &s); ok {
		t.Error("an event beyond the end of time")
	}
	if _, ok := (&Arrivals{Starts: []sim.Time{0, 1}, Rates: []float64{1e-300, 0}, Period: 2}).Next(0, &s); ok {
		t.Error("an event beyond the end of time, with a period")
	}
}

// Thinning a sine: the time change theorem again, and the end.
func TestThinning(t *testing.T) {
	const w = 2 * math.Pi / 3600
	rate := func(at sim.Time) float64 { return 0.1 + 0.1*math.Sin(w*at.Seconds()) }
	integral := func(at sim.Time) float64 { x := at.Seconds(); return 0.1*x + 0.1/w*(1-math.Cos(w*x)) }
	th := Thinning{Max: 0.2, End: 100 * sim.Day}
	s := sim.NewStream(3, 0, "thinning")
	now := sim.Time(0)
	var gaps []float64
	for {
		at, ok, err := th.Next(now, rate, &s)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		gaps = append(gaps, integral(at)-integral(now))
		now = at
	}
	if want := integral(th.End); math.Abs(float64(len(gaps))-want) > 4.5*math.Sqrt(want) {
		t.Errorf("%d events, want %v", len(gaps), want)
	}
	exponentials(t, "thinning", gaps)
}

// Arrivals are plain data: a copy that went through JSON gives the same events.
func TestArrivalsSaved(t *testing.T) {
	a := Weekly(sim.Hour, [168]float64{3: 5, 100: 7})
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b Arrivals
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	s, r := sim.NewStream(1, 0, "a"), sim.NewStream(1, 0, "a")
	for now := sim.Time(0); now < 1000*sim.Day; {
		x, _ := a.Next(now, &s)
		y, _ := b.Next(now, &r)
		if x != y {
			t.Fatalf("%v and %v", x, y)
		}
		now = x
	}
}
