package dist

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// full is a Distribution with Inverse, as every type of the package is.
type full interface {
	Distribution
	Inverse(*sim.Stream) float64
}

// law is one distribution with an independent distribution function.
type law struct {
	name  string
	d     full
	cdf   func(float64) float64
	count bool // takes whole numbers only
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// laws lists every type, in each regime of its method.
func laws() []law {
	g := func(shape, scale float64) func(float64) float64 {
		return distuv.Gamma{Alpha: shape, Beta: 1 / scale}.CDF
	}
	hyper := func(x float64) float64 {
		return 0.3*distuv.Exponential{Rate: 1}.CDF(x) + 0.7*distuv.Exponential{Rate: 0.1}.CDF(x)
	}
	three := func(x float64) float64 {
		p := 0.0
		for i, v := range []float64{-2, 1, 3.5} {
			if v <= x {
				p += []float64{0.2, 0.5, 0.3}[i]
			}
		}
		return p
	}
	mixed := func(x float64) float64 {
		return 0.25*distuv.Normal{Mu: -3, Sigma: 1}.CDF(x) + 0.75*distuv.LogNormal{Mu: 0, Sigma: 0.5}.CDF(max(x, 1e-300))
	}
	cut := func(x float64) float64 {
		n := distuv.Normal{Mu: 1, Sigma: 2}
		return min(1, max(0, (n.CDF(x)-n.CDF(0))/(n.CDF(5)-n.CDF(0))))
	}
	beta := func(a, b float64) func(float64) float64 { return distuv.Beta{Alpha: a, Beta: b}.CDF }
	wald := func(mu, l float64) func(float64) float64 { // Johnson, Kotz & Balakrishnan (1994), eq. 15.4
		phi := distuv.UnitNormal.CDF
		return func(x float64) float64 {
			r := math.Sqrt(l / x)
			return phi(r*(x/mu-1)) + math.Exp(2*l/mu)*phi(-r*(x/mu+1))
		}
	}
	return []law{
		{"Uniform", Uniform{-1, 3}, func(x float64) float64 { return (x + 1) / 4 }, false},
		{"Triangular", Triangular{1, 2, 5}, distuv.NewTriangle(1, 5, 2, nil).CDF, false},
		{"Triangular edge", Triangular{1, 1, 5}, distuv.NewTriangle(1, 5, 1, nil).CDF, false},
		{"Beta", Beta{Alpha: 2, Beta: 3.5}, beta(2, 3.5), false},
		{"Beta small", Beta{Alpha: 0.4, Beta: 0.7}, beta(0.4, 0.7), false},
		{"Beta uneven", Beta{0.5, 4, 10, 12}, func(x float64) float64 { return beta(0.5, 4)((x - 10) / 2) }, false},
		{"PERT", PERT{Min: 1, Mode: 3, Max: 9}, func(x float64) float64 { return beta(2, 4)((x - 1) / 8) }, false},
		{"Normal", Normal{3, 2}, distuv.Normal{Mu: 3, Sigma: 2}.CDF, false},
		{"LogNormal", LogNormal{0.5, 0.8}, distuv.LogNormal{Mu: 0.5, Sigma: 0.8}.CDF, false},
		{"InverseGaussian", InverseGaussian{1.5, 2}, wald(1.5, 2), false},
		{"InverseGaussian narrow", InverseGaussian{0.3, 30}, wald(0.3, 30), false},
		{"Exponential", Exponential{2.5}, distuv.Exponential{Rate: 0.4}.CDF, false},
		{"Weibull", Weibull{1.7, 3}, distuv.Weibull{K: 1.7, Lambda: 3}.CDF, false},
		{"Weibull early", Weibull{0.8, 3}, distuv.Weibull{K: 0.8, Lambda: 3}.CDF, false},
		{"Gamma", Gamma{2.5, 0.4}, g(2.5, 0.4), false},
		{"Gamma small", Gamma{0.3, 2}, g(0.3, 2), false},
		{"Gamma large", Gamma{900, 1}, g(900, 1), false},
		{"Erlang", Erlang{3, 2}, g(3, 2), false},
		{"Erlang long", Erlang{12, 0.5}, g(12, 0.5), false},
		{"Hyperexponential", must(NewHyperexponential([]float64{1, 10}, []float64{3, 7})), hyper, false},
		{"Empirical", must(NewEmpirical([]float64{5, 1, 2, 2.5})), must(NewEmpirical([]float64{1, 2, 2.5, 5})).CDF, false},
		{"Mixture", must(NewMixture([]Distribution{Normal{-3, 1}, LogNormal{0, 0.5}}, []float64{1, 3})), mixed, false},
		{"Truncated", Truncated{Normal{1, 2}, 0, 5}, cut, false},
		{"Discrete", must(NewDiscrete([]float64{3.5, -2, 1, 7}, []float64{3, 2, 5, 0})), three, true},
		{"Poisson small", Poisson{3.5}, distuv.Poisson{Lambda: 3.5}.CDF, true},
		{"Poisson PTRS", Poisson{12.3}, distuv.Poisson{Lambda: 12.3}.CDF, true},
		{"Poisson large", Poisson{1234.5}, distuv.Poisson{Lambda: 1234.5}.CDF, true},
		{"Geometric", Geometric{0.2}, func(x float64) float64 { return 1 - math.Pow(0.8, math.Floor(x)+1) }, true},
		{"Geometric sure", Geometric{0.97}, func(x float64) float64 { return 1 - math.Pow(0.03, math.Floor(x)+1) }, true},
	}
}

// distance is the greatest one of the empirical distribution function of sorted x
// to the law, at the data and, for counts, at the data only.
func distance(x []float64, l law) float64 {
	n, d := float64(len(x)), 0.0
	for i := 0; i < len(x); {
		j := i
		for j < len(x) && x[j] == x[i] {
			j++
		}
		p := l.cdf(x[i])
		d = max(d, math.Abs(float64(j)/n-p))
		if !l.count {
			d = max(d, p-float64(i)/n)
		}
		i = j
	}
	return d
}

// TestDraws holds 200,000 variates of each law, drawn and by inversion, to the
// distribution function (Kolmogorov's limit at 1e-4) and to Mean and Variance (4.5
// standard errors).
func TestDraws(t *testing.T) {
	const n = 200_000
	for _, l := range laws() {
		for _, how := range []string{"draw", "inverse"} {
			m := n
			if how == "inverse" {
				m = n / 10 // quantiles take microseconds
			}
			s := sim.NewStream(11, 0, l.name+how)
			x := make([]float64, m)
			mean, v := l.d.Mean(), l.d.Variance()
			m1, m2, m4 := 0.0, 0.0, 0.0
			for i := range x {
				if how == "draw" {
					x[i] = l.d.Draw(&s)
				} else {
					x[i] = l.d.Inverse(&s)
				}
				e := x[i] - mean
				m1, m2, m4 = m1+e/float64(m), m2+e*e/float64(m), m4+e*e*e*e/float64(m)
			}
			if z := math.Abs(m1) / math.Sqrt(v/float64(m)); !(z < 4.5) {
				t.Errorf("%s, %s: mean off by %v standard errors", l.name, how, z)
			}
			if z := math.Abs(m2-v) / math.Sqrt((m4-m2*m2)/float64(m)); !(z < 4.5) {
				t.Errorf("%s, %s: variance %v, want %v: off by %v standard errors", l.name, how, m2, v, z)
			}
			slices.Sort(x)
			if k := distance(x, l) * math.Sqrt(float64(m)); !(k < 2.2253) {
				t.Errorf("%s, %s: Kolmogorov-Smirnov statistic %v", l.name, how, k)
			}
		}
	}
}

// The distribution functions agree with the independent ones.
func TestCDF(t *testing.T) {
	for _, l := range laws() {
		for i := 1; i < 200; i++ {
			x := l.d.Quantile(float64(i) / 200)
			if a, b := l.d.CDF(x), l.cdf(x); !(math.Abs(a-b) < 1e-11) {
				t.Errorf("%s: CDF(%v) = %v, want %v", l.name, x, a, b)
			}
		}
	}
}

// TestKnownQuantiles holds quantiles to those of SciPy 1.17.1 (scipy.stats, ppf); the
// one of Gamma{3e6, 1} at 1e-6, whose series SciPy breaks off, is from mpmath 1.3.
func TestKnownQuantiles(t *testing.T) {
	p := []float64{1e-6, 0.025, 0.5, 0.9, 0.999}
	for _, c := range []struct {
		d    Distribution
		want [5]float64
	}{
		{Gamma{0.3, 2}, [5]float64{1.394539819281878e-20, 6.371358063478339e-06, 0.14626227173390396, 1.7696215467204885, 9.237872085582666}},
		{Gamma{2.5, 0.4}, [5]float64{0.0025792320412994178, 0.16624232269733252, 0.8702920382191053, 1.8472713799562248, 4.103001130486574}},
		{Gamma{900, 1}, [5]float64{764.5246385358059, 842.1538884935079, 899.6666886234444, 938.6543093837207, 995.5636726649653}},
		{Beta{Alpha: 0.4, Beta: 0.7}, [5]float64{1.6125502533136285e-15, 0.00015934867228377175, 0.26755992832498654, 0.8951770297004266, 0.999848630377505}},
		{Beta{Alpha: 2, Beta: 3.5}, [5]float64{0.0003564542000424409, 0.059242594658815324, 0.34608605024787026, 0.6284922331450695, 0.9076419371508462}},
		{Beta{Alpha: 300, Beta: 40}, [5]float64{0.7841524012372053, 0.8460988767696344, 0.8831027857554005, 0.9041964090507499, 0.9297164094174485}},
		{Weibull{1.7, 3}, [5]float64{0.0008865630313147689, 0.3451120616333053, 2.4181830515577625, 4.899923581595441, 9.350802160132321}},
		{InverseGaussian{1.5, 2}, [5]float64{0.07564638921178965, 0.277820078241523, 1.1013488264498321, 3.054744222100876, 10.423379205639772}},
		{InverseGaussian{0.3, 900}, [5]float64{0.2750248890208301, 0.2894073984291444, 0.29995000971981567, 0.30705047772485555, 0.3173565008287962}},
		{Triangular{1, 2, 5}, [5]float64{1.002, 1.316227766016838, 2.550510257216822, 3.904554884989668, 4.890455488498967}},
		{LogNormal{0.5, 0.8}, [5]float64{0.03678226618667058, 0.3437051237439837, 1.6487212707001282, 4.596252292620807, 19.534572509083212}},
		{Gamma{3e6, 1}, [5]float64{2991774.0247451919, 2996606.1900499715, 2999999.666666673, 3002219.9264387316, 3005355.2893329295}},
		{Poisson{3.5}, [5]float64{0, 0, 3, 6, 11}},
		{Poisson{1234.5}, [5]float64{1071, 1166, 1234, 1280, 1344}},
		{Geometric{0.2}, [5]float64{0, 0, 3, 10, 30}},
	} {
		for i, want := range c.want {
			if got := c.d.Quantile(p[i]); !(math.Abs(got-want) <= 1e-11*want) {
				t.Errorf("%T%v: quantile at %v is %v, want %v", c.d, c.d, p[i], got, want)
			}
		}
	}
	// Abramowitz & Stegun, table 26.8: chi-square of 10 degrees exceeds 18.307 with 0.05.
	if got := (Gamma{5, 2}).Quantile(0.95); math.Abs(got-18.3070) > 5e-5 {
		t.Errorf("chi-square quantile %v, want 18.3070", got)
	}
	// A normal law of mean 1 and deviation 2 kept to [0, 5], by SciPy's truncnorm.
	c := Truncated{Normal{1, 2}, 0, 5}
	for i, got := range []float64{c.Quantile(0.3), c.Mean(), c.Variance()} {
		if want := []float64{1.0458815255428642, 1.8914875565450298, 1.5063753445473433}[i]; math.Abs(got-want) > 1e-9 {
			t.Errorf("truncated normal %d: %v, want %v", i, got, want)
		}
	}
}

// Quantile and CDF invert each other, and quantiles rise.
func TestInverses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(laws()).Draw(t, "law")
		p := rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "p")
		q := rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "q")
		x := l.d.Quantile(p)
		f := l.d.CDF(x)
		if l.count {
			if !(f >= p-1e-14) {
				t.Fatalf("%s: CDF(Quantile(%v)) = %v", l.name, p, f)
			}
			if below := l.d.CDF(math.Nextafter(x, math.Inf(-1))); !(below < p+1e-14) {
				t.Fatalf("%s: Quantile(%v) = %v is not the least: CDF below is %v", l.name, p, x, below)
			}
		} else { // p lies between the CDF a few last places left and right
			e := 1e-14 * math.Abs(x)
			if lo, hi := l.d.CDF(x-e), l.d.CDF(x+e); !(lo <= p*(1+1e-9)+1e-13 && p <= hi*(1+1e-9)+1e-13) {
				t.Fatalf("%s: CDF(Quantile(%v)) = %v, and around it %v and %v", l.name, p, f, lo, hi)
			}
		}
		if y := l.d.Quantile(q); p < q && y < x-1e-12*(1+math.Abs(x)) {
			t.Fatalf("%s: quantiles fall: %v at %v, %v at %v", l.name, x, p, y, q)
		}
	})
}

// At the ends a quantile is the end of the support, and outside NaN.
func TestEnds(t *testing.T) {
	for _, l := range laws() {
		a, b := l.d.Quantile(0), l.d.Quantile(1)
		if a != a || b != b || !(a <= l.d.Quantile(1e-12)) || !(b >= l.d.Quantile(1-1e-12)) {
			t.Errorf("%s: the ends are %v and %v", l.name, a, b)
		}
		for _, p := range []float64{-0.1, 1.1, math.NaN()} {
			if x := l.d.Quantile(p); x == x {
				t.Errorf("%s: Quantile(%v) = %v, want NaN", l.name, p, x)
			}
		}
		if err := l.d.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// golden holds the first 8 bytes of the SHA-256 of 100,000 draws, by law. They are
// the same on every processor; run the test under another GOARCH or GOAMD64 to
// prove it. Digests of Inverse are over 2,000.
func TestGolden(t *testing.T) {
	for _, l := range laws() {
		s := sim.NewStream(5, 0, l.name)
		h := sha256.New()
		var b [8]byte
		put := func(x float64) {
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(x))
			h.Write(b[:])
		}
		for range 100_000 {
			put(l.d.Draw(&s))
		}
		for range 2_000 {
			put(l.d.Inverse(&s))
		}
		put(l.d.Mean())
		put(l.d.Variance())
		if got := hex.EncodeToString(h.Sum(nil)[:8]); got != golden[l.name] {
			t.Errorf("%q: %q,", l.name, got)
		}
	}
}

// Draws don't allocate.
func TestNoAllocation(t *testing.T) {
	for _, l := range laws() {
		s := sim.NewStream(5, 0, l.name)
		if n := testing.AllocsPerRun(1000, func() { l.d.Draw(&s) }); n != 0 {
			t.Errorf("%s: Draw allocates %v times", l.name, n)
		}
	}
}
