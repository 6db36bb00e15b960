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
