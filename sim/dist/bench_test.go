package dist

import (
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/twinsim/twinsim/sim"
)

var sink float64

// BenchmarkDraw times a variate of each law, and gonum's where it has one.
func BenchmarkDraw(b *testing.B) {
	for _, l := range laws() {
		b.Run(l.name, func(b *testing.B) {
			s := sim.NewStream(5, 0, l.name)
			b.ReportAllocs()
			for b.Loop() {
				sink += l.d.Draw(&s)
			}
		})
	}
	src := rand.NewPCG(1, 2)
	for _, g := range []struct {
		name string
		d    distuv.Rander
	}{
		{"Uniform", distuv.Uniform{Min: -1, Max: 3, Src: src}}, {"Triangular", distuv.NewTriangle(1, 5, 2, src)},
		{"Beta", distuv.Beta{Alpha: 2, Beta: 3.5, Src: src}}, {"Normal", distuv.Normal{Mu: 3, Sigma: 2, Src: src}},
		{"LogNormal", distuv.LogNormal{Mu: 0.5, Sigma: 0.8, Src: src}}, {"Exponential", distuv.Exponential{Rate: 0.4, Src: src}},
		{"Weibull", distuv.Weibull{K: 1.7, Lambda: 3, Src: src}}, {"Gamma", distuv.Gamma{Alpha: 2.5, Beta: 2.5, Src: src}},
		{"Gamma small", distuv.Gamma{Alpha: 0.3, Beta: 0.5, Src: src}}, {"Poisson small", distuv.Poisson{Lambda: 3.5, Src: src}},
		{"Poisson PTRS", distuv.Poisson{Lambda: 12.3, Src: src}}, {"Poisson large", distuv.Poisson{Lambda: 1234.5, Src: src}},
		{"Discrete", distuv.NewCategorical([]float64{3, 2, 5, 0}, src)},
	} {
		b.Run(g.name+" gonum", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sink += g.d.Rand()
			}
		})
	}
}

func BenchmarkQuantile(b *testing.B) {
	for _, l := range laws() {
		b.Run(l.name, func(b *testing.B) {
			s := sim.NewStream(5, 0, l.name)
			b.ReportAllocs()
			for b.Loop() {
				sink += l.d.Inverse(&s)
			}
		})
	}
}

func BenchmarkArrivals(b *testing.B) {
	var perHour [168]float64
	for h := range perHour {
		perHour[h] = float64(h % 24)
	}
	a := Weekly(0, perHour)
	s := sim.NewStream(5, 0, "arrivals")
	b.ReportAllocs()
	now := sim.Time(0)
	for b.Loop() {
		now, _ = a.Next(now, &s)
		if now > 1000*sim.Day {
			now = 0
		}
	}
}
