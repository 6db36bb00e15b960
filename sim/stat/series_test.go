package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// ar1 returns x[i] = phi x[i-1] + e[i], e normal of variance 1, from its
// stationary law on: mean 0, correlation phi^k at lag k, correlation time
// (1+phi)/(1-phi).
func ar1(r *rand.Rand, n int, phi float64) []float64 {
	x := make([]float64, n)
	v := r.NormFloat64() / math.Sqrt(1-phi*phi)
	for i := range x {
		x[i] = v
		v = phi*v + r.NormFloat64()
	}
	return x
}

// waits returns the waiting times before service of the first n customers of an
// M/M/1 queue that starts empty (Lindley's recursion): arrivals one a second,
// services of mean rho seconds. The steady-state mean is rho²/(1-rho).
func waits(r *rand.Rand, n int, rho float64) []float64 {
	x := make([]float64, n)
	for i := 1; i < n; i++ {
		x[i] = max(0, x[i-1]+rho*r.ExpFloat64()-r.ExpFloat64())
	}
	return x
}

// A step at 20 of 100 is cut there exactly; one at 70 is found, and called too late.
func TestMSER5Step(t *testing.T) {
	x := make([]float64, 100)
	for i := range x {
		if x[i] = 5; i < 20 {
			x[i] = 0
		}
	}
	if cut, ok := MSER5(x); cut != 20 || !ok {
		t.Errorf("cut %d, %v, want 20", cut, ok)
	}
	for i := range x { // a step at 70: the run has not settled
		if x[i] = 5; i < 70 {
			x[i] = 0
		}
	}
	if cut, ok := MSER5(x); cut != 70 || ok {
		t.Errorf("cut %d, %v, want 70 and not good", cut, ok)
	}
	if _, ok := MSER5(x[:49]); ok {
		t.Error("49 values were enough")
	}
	if cut, ok := MSER5(make([]float64, 50)); cut != 0 || !ok {
		t.Errorf("cut %d of a constant series", cut)
	}
	x = make([]float64, 100)
	x[50] = math.NaN()
	if _, ok := MSER5(x); ok {
		t.Error("NaN was accepted")
	}
}

// The definition, term by term: the least of sum (z - mean)² / k² over the rests
// of at least five batch means.
func TestMSER5Definition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		x := ar1(r, 50+r.IntN(100), 0.7)
		for i := range x {
			x[i] += 3 * math.Exp(-float64(i)/10)
		}
		var z []float64
		for b := range slices.Chunk(x[:len(x)/5*5], 5) {
			z = append(z, (b[0]+b[1]+b[2]+b[3]+b[4])/5)
		}
		best, least := 0, math.Inf(1)
		for d := 0; d <= len(z)-5; d++ {
			s, _ := Summarize(z[d:], 0.95)
			k := float64(len(z) - d)
			if e := s.SD * s.SD * (k - 1) / (k * k); e < least {
				best, least = d, e
			}
		}
		if cut, ok := MSER5(x); cut != 5*best || ok != (2*best <= len(z)) {
			t.Errorf("cut %d %v, want %d of %d", cut, ok, 5*best, len(x))
		}
	}
}

// AR(1) with a start 10 too high that fades as exp(-i/50): the mean of 2000 is off
// by 10 x 50.5/2000 = 0.25; after the cut by a tenth of that or less.
func TestMSER5Bias(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var raw, cleaned, cuts Tally
	for range 400 {
		x := ar1(r, 2000, 0.5)
		for i := range x {
			x[i] += 10 * math.Exp(-float64(i)/50)
		}
		cut, ok := MSER5(x)
		if !ok {
			t.Fatalf("cut %d of 2000 is not good", cut)
		}
		a, _ := Summarize(x, 0.95)
		b, _ := Summarize(x[cut:], 0.95)
		raw.Add(a.Mean)
		cleaned.Add(b.Mean)
		cuts.Add(float64(cut))
	}
	if !near(raw.Mean, 0.2525, 0.01) || math.Abs(cleaned.Mean) > 0.025 || cuts.Mean < 80 || cuts.Mean > 200 {
		t.Errorf("bias %.4f, after the cut %.4f, mean cut %.0f", raw.Mean, cleaned.Mean, cuts.Mean)
	}
}

// Law's formula by hand: means 2, 4, 6, 8, 10, 12, 14 of two replications, window 2.
func TestWelch(t *testing.T) {
	a := []float64{1, 3, 5, 7, 20, 11, 13, 99}
	b := []float64{3, 5, 7, 9, 0, 13, 15}
	got, err := Welch([][]float64{a, b}, 2)
	if err != nil || !slices.Equal(got, []float64{2, 4, 6, 8, 10}) {
		t.Errorf("%v, %v", got, err)
	}
	got, err = Welch([][]float64{{0, 0, 10, 0, 0}}, 1)
	if want := []float64{0, 10.0 / 3, 10.0 / 3, 10.0 / 3}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, window := range []int{-1, 4} {
		if _, err := Welch([][]float64{a, b}, window); err == nil {
			t.Errorf("window %d was not refused", window)
		}
	}
	if _, err := Welch(nil, 0); err == nil {
		t.Error("no replications were not refused")
	}
}

// The transform and the sums of products agree.
func TestAutocorrelationBothWays(t *testing.T) {
	x := ar1(rand.New(rand.NewPCG(9, 10)), 777, 0.6)
	direct, err := Autocorrelation(x, directLags)
	if err != nil {
		t.Fatal(err)
	}
	transformed, err := Autocorrelation(x, len(x)-1)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := Summarize(x, 0.95)
	for k, r := range transformed {
		var sum float64
		for i := k; i < len(x); i++ {
			sum += (x[i] - s.Mean) * (x[i-k] - s.Mean)
		}
		want := sum / (s.SD * s.SD * float64(len(x)-1))
		if !near(r, want, 1e-12) || (k < len(direct) && !near(direct[k], want, 1e-13)) {
			t.Errorf("lag %d: %v, want %v", k, r, want)
		}
	}
	if !near(direct[1], 0.6, 0.1) {
		t.Errorf("lag 1 %v", direct[1])
	}
	constant, err := Autocorrelation([]float64{0.1, 0.1, 0.1}, 1)
	if err != nil || constant[0] != 1 || constant[1] != 0 {
		t.Errorf("constant series %v, %v", constant, err)
	}
	for _, bad := range [][]float64{{}, {1}, {1, math.NaN(), 2}} {
		if _, err := Autocorrelation(bad, 1); err == nil {
			t.Errorf("%v was not refused", bad)
		}
	}
}

// The correlation time of AR(1) is (1+phi)/(1-phi), on either side of 0.
func TestEffectiveSize(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for _, phi := range []float64{-0.5, 0, 0.5, 0.9} {
		var taus Tally
		for range 40 {
			size, tau, err := EffectiveSize(ar1(r, 20000, phi))
			if err != nil || !near(size*tau, 20000, 1e-6) {
				t.Fatalf("size %v, tau %v, %v", size, tau, err)
			}
			taus.Add(tau)
		}
		if want := (1 + phi) / (1 - phi); !near(taus.Mean/want, 1, 0.04) {
			t.Errorf("phi %v: tau %.3f, want %.3f", phi, taus.Mean, want)
		}
	}
}

// Geyer's definition, term by term: pairs of autocorrelations up to the first
// that is not positive, each at most the least before it.
func TestEffectiveSizeDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	for range 50 {
		x := ar1(r, 100, 0.8)
		rho, err := Autocorrelation(x, 99)
		if err != nil {
			t.Fatal(err)
		}
		var pairs []float64
		for k := 0; k+1 < 100 && rho[k]+rho[k+1] > 0; k += 2 {
			pairs = append(pairs, rho[k]+rho[k+1])
		}
		want := -1.0
		for i := range pairs {
			want += 2 * slices.Min(pairs[:i+1])
		}
		if _, tau, err := EffectiveSize(x); err != nil || !near(tau, want, 1e-12) {
			t.Errorf("tau %v, %v, want %v", tau, err, want)
		}
	}
	if _, _, err := EffectiveSize(make([]float64, 9)); err == nil {
		t.Error("nine values were not refused")
	}
}

// By hand: batches of 1, 3, 2, 5, 4: mean 3, squares 10, steps 4+1+9+1 = 15,
// products (-2)0 + 0(-1) + (-1)2 + 2x1 = 0; z = (1 - 15/20) sqrt(24/3).
func TestBatchMeansByHand(t *testing.T) {
	x := []float64{99, 0, 2, 2, 4, 1, 3, 4, 6, 3, 5} // 99 does not fill a batch
	b, err := BatchMeans(x, 5, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	half := 2.776445105 * math.Sqrt(2.5) / math.Sqrt(5) // t(.975, 4) from any table
	if b.N != 5 || b.Size != 2 || b.Mean != 3 || !near(b.HalfWidth(), half, 1e-8) || b.Lag1 != 0 || !near(b.VonNeumann, 0.25*math.Sqrt(8), 1e-14) {
		t.Errorf("%+v", b)
	}
	for _, bad := range []int{-1, 1, 12} {
		if _, err := BatchMeans(x, bad, 0.95); err == nil {
			t.Errorf("%d batches were not refused", bad)
		}
	}
	if _, err := BatchMeans(x, 5, 1); err == nil {
		t.Error("confidence 1 was not refused")
	}
	x[3] = math.NaN()
	if b, err := BatchMeans(x, 5, 0.95); err != nil || !math.IsNaN(b.Mean) || !math.IsNaN(b.Low) || b.Doubts&DoubtSkipped == 0 {
		t.Errorf("with NaN %+v, %v", b, err)
	}
}

// Meketon and Schmeiser's estimator, term by term, of the variance of the mean.
func TestOverlappingBatchMeansDefinition(t *testing.T) {
	x := ar1(rand.New(rand.NewPCG(13, 14)), 103, 0.5)
	b, err := OverlappingBatchMeans(x, 10, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	x = x[3:]
	const n, m = 100.0, 10.0
	all, _ := Summarize(x, 0.95)
	var sum float64
	for j := 0; j+10 <= 100; j++ {
		s, _ := Summarize(x[j:j+10], 0.95)
		sum += (s.Mean - all.Mean) * (s.Mean - all.Mean)
	}
	variance := n * m / ((n - m + 1) * (n - m)) * sum / n
	if got := b.SD * b.SD / float64(b.N); !near(got/variance, 1, 1e-10) {
		t.Errorf("variance of the mean %v, want %v", got, variance)
	}
}

// Batches kept during a run are the batch means of what was added, and there are
// between half of the places and all of them.
func TestBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Batches{Places: rapid.SampledFrom([]int{0, 1, 2, 7, 10}).Draw(t, "places")}
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 0, 300).Draw(t, "values")
		for _, v := range x {
			b.Add(v)
		}
		places := map[int]int{0: 40, 1: 2, 2: 2, 7: 8, 10: 10}[b.Places]
		if n := len(b.Means); n >= places || (len(x) >= places && n < places/2) || int64(n)*b.Size+b.Under != int64(len(x)) {
			t.Fatalf("%d batches of %d in %d places, and %d of %d values", n, b.Size, places, b.Under, len(x))
		}
		for i, m := range b.Means {
			s, _ := Summarize(x[i*int(b.Size):(i+1)*int(b.Size)], 0.95)
			if !near(m, s.Mean, 1e-12) {
				t.Fatalf("batch %d: %v, want %v", i, m, s.Mean)
			}
		}
		b.Reset()
		b.Add(3)
		if b.Under != 0 || b.Size != 1 || !slices.Equal(b.Means, []float64{3}) {
			t.Fatalf("after reset %+v", b)
		}
	})
	var b Batches
	b.Add(math.Inf(1))
	if s, err := b.Interval(0.95); err != nil || s.N != 0 || s.Doubts&DoubtSkipped == 0 || !math.IsInf(s.Low, -1) {
		t.Errorf("of nothing %+v, %v", s, err)
	}
}
