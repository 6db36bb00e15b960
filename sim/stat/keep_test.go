package stat

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// all has one of each accumulator, as an actor would keep them.
type all struct {
	Tally   Tally
	Level   TimeWeighted
	Counter Counter
	Bins    Histogram
	Time    TimeHistogram
	Sketch  Sketch
	States  States
	Batches Batches
}

func (a *all) add(now sim.Time, x float64) {
	a.Tally.Add(x)
	a.Level.Set(now, x)
	a.Counter.Inc()
	a.Bins.Add(x)
	a.Time.Set(now, x)
	a.Sketch.Add(x)
	a.States.Set(now, int(x)&3)
	a.Batches.Add(x)
}

// read reads whatever can be read of it.
func (a *all) read(now sim.Time) string {
	mean, _ := a.Tally.Interval(0.95)
	batch, _ := a.Batches.Interval(0.95)
	q, _ := a.Sketch.Quantile(0.5)
	h, _ := a.Bins.Quantile(0.5)
	u := a.Time.Until(now)
	m, _ := u.Quantile(0.5)
	return fmt.Sprint(mean, batch, q, h, m, a.Level.Mean(now), a.Level.Area(now), a.Level.Min(), a.Level.Max(),
		a.Counter.Rate(now), a.Tally.Skewness(), a.States.Time(0, now), a.States.Fraction(1, now), a.States.Visits(2))
}

// A save in the middle and a load into a run built anew go on as if nothing had
// been; and reading in the middle changes nothing.
func TestKeep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64Range(-5, 1000)).Draw(t, "values")
		for i := range values {
			values[i] += 0 // gob, and so Keep, makes -0 a 0
		}
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		bins := rapid.IntRange(0, 10).Draw(t, "bins")
		build := func() (*sim.Sim, *all) {
			a := new(all)
			if bins > 0 {
				a.Bins, _ = NewHistogram(0, 100, bins)
				a.Time.Past, _ = NewHistogram(0, 100, bins)
			}
			s := sim.New(sim.Config{})
			if err := s.Keep("statistics", a); err != nil {
				t.Fatal(err)
			}
			return s, a
		}
		_, whole := build()
		s, a := build()
		for i, x := range values[:cut] {
			whole.add(sim.Time(10*i), x)
			a.add(sim.Time(10*i), x)
			a.read(sim.Time(10*i + 5))
		}
		state, err := s.Save()
		if err != nil {
			t.Fatal(err)
		}
		s, a = build()
		if err := s.Load(state); err != nil {
			t.Fatal(err)
		}
		for i, x := range values[cut:] {
			whole.add(sim.Time(10*(cut+i)), x)
			a.add(sim.Time(10*(cut+i)), x)
		}
		if end := sim.Time(10*len(values) + 7); a.read(end) != whole.read(end) {
			t.Fatalf("%s\nwant %s", a.read(end), whole.read(end))
		}
		if len(values) > cut && !reflect.DeepEqual(a, whole) {
			t.Fatalf("%+v\nwant %+v", a, whole)
		}
	})
}
