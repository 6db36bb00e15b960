package stat

import (
	"testing"

	"github.com/twinsim/twinsim/sim"
)

func BenchmarkTally(b *testing.B) {
	b.ReportAllocs()
	var t Tally
	for i := range b.N {
		t.Add(float64(i & 1023))
	}
}

func BenchmarkTimeWeighted(b *testing.B) {
	b.ReportAllocs()
	var w TimeWeighted
	for i := range b.N {
		w.Set(sim.Time(i), float64(i&7))
	}
}

func BenchmarkCounter(b *testing.B) {
	b.ReportAllocs()
	var c Counter
	for range b.N {
		c.Inc()
	}
}

func BenchmarkHistogram(b *testing.B) {
	b.ReportAllocs()
	h, _ := NewHistogram(0, 1000, 50)
	for i := range b.N {
		h.Add(float64(i & 1023))
	}
}

func BenchmarkTimeHistogram(b *testing.B) {
	b.ReportAllocs()
	bins, _ := NewHistogram(0, 10, 10)
	h := TimeHistogram{Past: bins}
	for i := range b.N {
		h.Set(sim.Time(i), float64(i&7))
	}
}

func BenchmarkSketch(b *testing.B) {
	b.ReportAllocs()
	var s Sketch
	s.Add(1)
	s.Add(1024)
	for i := range b.N {
		s.Add(float64(i&1023 + 1))
	}
}

func BenchmarkStates(b *testing.B) {
	b.ReportAllocs()
	s := NewStates(4, 0)
	for i := range b.N {
		s.Set(sim.Time(i), i&3)
	}
}

func BenchmarkBatches(b *testing.B) {
	b.ReportAllocs()
	var s Batches
	s.Add(0)
	for i := range b.N {
		s.Add(float64(i & 1023))
	}
}

// The same promise where it can fail: what runs during a run does not allocate
// once it has seen the range of its values.
func TestAddsDoNotAllocate(t *testing.T) {
	var a all
	a.Bins, _ = NewHistogram(0, 1000, 50)
	a.Time.Past, _ = NewHistogram(0, 1000, 50)
	a.States = NewStates(4, 0)
	for i := range 2048 {
		a.add(sim.Time(i), float64(i&1023))
	}
	now := sim.Time(2048)
	if n := testing.AllocsPerRun(5000, func() { a.add(now, float64(now&1023)); now++ }); n != 0 {
		t.Errorf("%v allocations each time", n)
	}
}
