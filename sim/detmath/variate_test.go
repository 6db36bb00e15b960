package detmath

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// sample draws n variates from a fixed stream.
func sample(n int, draw func(Source) float64) []float64 {
	r := rand.NewPCG(20240501, 7)
	v := make([]float64, n)
	for i := range v {
		v[i] = draw(r)
	}
	return v
}

// variates lists the samplers with their distribution function and moments.
var variates = []struct {
	name           string
	draw           func(Source) float64
	cdf            func(float64) float64
	mean, variance float64
	fourth         float64 // central moment
}{
	{"Uniform", func(s Source) float64 { return Uniform(s.Uint64()) }, func(x float64) float64 { return x }, 0.5, 1.0 / 12, 1.0 / 80},
	{"UniformOpen", func(s Source) float64 { return UniformOpen(s.Uint64()) }, func(x float64) float64 { return x }, 0.5, 1.0 / 12, 1.0 / 80},
	{"Exponential", Exponential, func(x float64) float64 { return -math.Expm1(-x) }, 1, 1, 9},
	{"ExponentialInv", func(s Source) float64 { return ExponentialInv(Uniform(s.Uint64())) }, func(x float64) float64 { return -math.Expm1(-x) }, 1, 1, 9},
	{"Normal", Normal, normalCDF, 0, 1, 3},
	{"NormalInv", func(s Source) float64 { return NormalInv(UniformOpen(s.Uint64())) }, normalCDF, 0, 1, 3},
}

func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// TestDistributions holds 400,000 draws of each to the distribution: Kolmogorov and
// Smirnov's distance, chi-square over 200 equal cells, the first two moments, and the
// counts beyond the ziggurats' tails, each at level 1e-4.
func TestDistributions(t *testing.T) {
	const n = 400_000
	const z = 3.891 // two-sided 1e-4 of the normal
	for _, v := range variates {
		t.Run(v.name, func(t *testing.T) {
			x := sample(n, v.draw)
			sort.Float64s(x)
			cells := [200]float64{}
			d, m1, m2 := 0.0, 0.0, 0.0
			for i, xi := range x {
				p := v.cdf(xi)
				d = max(d, p-float64(i)/n, float64(i+1)/n-p)
				cells[min(int(p*200), 199)]++
				m1 += (xi - v.mean) / n
				m2 += (xi - v.mean) * (xi - v.mean) / n
			}
			if k := d * math.Sqrt(n); k > 2.2253 { // Kolmogorov's distribution at 1 - 1e-4
				t.Errorf("Kolmogorov-Smirnov statistic %v", k)
			}
			chi := 0.0
			for _, c := range cells {
				chi += (c - n/200) * (c - n/200) / (n / 200)
			}
			if chi > 283 { // chi-square with 199 degrees of freedom at 1 - 1e-4 is 282.3
				t.Errorf("chi-square %v", chi)
			}
			if math.Abs(m1) > z*math.Sqrt(v.variance/n) {
				t.Errorf("mean off by %v", m1)
			}
			if s := math.Sqrt((v.fourth - v.variance*v.variance) / n); math.Abs(m2-v.variance) > z*s {
				t.Errorf("variance %v, want %v +- %v", m2, v.variance, s)
			}
			for _, p := range []float64{1e-2, 1e-3, 2.5e-4} { // upper tails, and the lower of the normal
				up, down := 0.0, 0.0
				for _, xi := range x {
					if v.cdf(xi) > 1-p {
						up++
					}
					if v.cdf(xi) < p {
						down++
					}
				}
				s := z * math.Sqrt(n*p*(1-p))
				if math.Abs(up-n*p) > s || math.Abs(down-n*p) > s {
					t.Errorf("beyond %v: %v above and %v below, want %v +- %v", p, up, down, n*p, s)
				}
			}
		})
	}
}

// TestBeyondZiggurat checks the tail sampler by itself: x^2/2 less its start is
// distributed as the normal tail says.
func TestBeyondZiggurat(t *testing.T) {
	r := rand.NewPCG(5, 6)
	const n = 100_000
	x := make([]float64, n)
	for i := range x {
		x[i] = normalCDF(-normalBeyond(false, r.Uint64)) / normalCDF(-normalTail)
	}
	sort.Float64s(x)
	d := 0.0
	for i, p := range x {
		d = max(d, p-float64(i)/n, float64(i+1)/n-p)
	}
	if k := d * math.Sqrt(n); k > 2.2253 {
		t.Errorf("Kolmogorov-Smirnov statistic of the tail %v", k)
	}
}

// TestFastShare checks the share of draws that need one word only.
func TestFastShare(t *testing.T) {
	r := rand.NewPCG(8, 9)
	n, e := 0.0, 0.0
	for range 100_000 {
		u := r.Uint64()
		if _, ok := NormalFast(u); ok {
			n++
		}
		if _, ok := ExponentialFast(u); ok {
			e++
		}
	}
	if n < 98_300 || e < 97_500 {
		t.Errorf("%v normal and %v exponential of 100,000 are fast", n, e)
	}
}

// TestNormalInvBoundaries checks every place where the method changes, exhaustively.
func TestNormalInvBoundaries(t *testing.T) {
	check := func(b uint64) {
		x0, x1, x2 := NormalInv(math.Float64frombits(b-1)), NormalInv(math.Float64frombits(b)), NormalInv(math.Float64frombits(b+1))
		if !(x0 <= x1 && x1 <= x2) {
			t.Errorf("NormalInv steps down at %v: %v %v %v", math.Float64frombits(b), x0, x1, x2)
		}
	}
	for b := uint64(1); b < 64; b++ {
		check(b)
	}
	for shift := 1; shift < 47; shift++ { // subnormal: the bits are the number
		for j := uint64(32); j < 64; j++ {
			check(j << shift)
		}
	}
	for b := uint64(1) << 52; b <= math.Float64bits(0.5); b += 1 << 47 { // 32 an octave, the finest of the tables
		check(b)
	}
	for i := range 52 { // the tails' rows, in -log q
		l, _ := math.Float64frombits(math.Float64bits(8)+uint64(i)<<49), 0
		if l < 8.4 || l > 744 {
			continue
		}
		b := math.Float64bits(math.Exp(-l))
		for j := b - 3000; j < b+3000; j++ {
			if !(NormalInv(math.Float64frombits(j)) <= NormalInv(math.Float64frombits(j+1))) {
				t.Fatalf("NormalInv steps down at %v", math.Float64frombits(j))
			}
		}
	}
}

func TestNormalInvMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.Uint64Range(1, math.Float64bits(1)-64).Draw(t, "bits")
		d := rapid.Uint64Range(1, 64).Draw(t, "step")
		p, q := math.Float64frombits(b), math.Float64frombits(b+d)
		if x, y := NormalInv(p), NormalInv(q); x > y {
			t.Fatalf("NormalInv(%v) = %v > NormalInv(%v) = %v", p, x, q, y)
		}
		u := Uniform(b << 3)
		if u > 0 && NormalInv(u) != -NormalInv(1-u) && 1-(1-u) == u {
			t.Fatalf("NormalInv is not odd at %v", u)
		}
	})
}

func TestInverseEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ got, want float64 }{
		{NormalInv(0), -inf}, {NormalInv(1), inf}, {NormalInv(0.5), 0}, {ExponentialInv(0), 0}, {ExponentialInv(1), inf},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	for _, x := range []float64{NormalInv(-0.1), NormalInv(1.1), NormalInv(math.NaN()), ExponentialInv(-1), ExponentialInv(2), ExponentialInv(math.NaN())} {
		if x == x {
			t.Errorf("got %v, want NaN", x)
		}
	}
	if u := Uniform(math.MaxUint64); u >= 1 {
		t.Errorf("Uniform reaches %v", u)
	}
	if a, b := UniformOpen(0), UniformOpen(math.MaxUint64); a <= 0 || b >= 1 {
		t.Errorf("UniformOpen spans %v to %v", a, b)
	}
}
