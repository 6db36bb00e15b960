package farm

import (
	"math"
	"testing"
	"time"

	"github.com/twinsim/twinsim/sim"
)

type matrix = [3][3]float64

func mul(a, b matrix) (c matrix) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				c[i][j] += a[i][k] * b[k][j]
			}
		}
	}
	return c
}

func transpose(a matrix) (c matrix) {
	for i := range 3 {
		for j := range 3 {
			c[i][j] = a[j][i]
		}
	}
	return c
}

// stationary iterates S <- A S A' + B B' from the identity.
func stationary() matrix {
	s := matrix{{1}, {0, 1}, {0, 0, 1}}
	bb := mul(noiseMatrix, transpose(noiseMatrix))
	for range 200 {
		s = mul(mul(lagMatrix, s), transpose(lagMatrix))
		for i := range 3 {
			for j := range 3 {
				s[i][j] += bb[i][j]
			}
		}
	}
	return s
}

// Richardson (1981): the correlations that the matrices were made from.
func TestFARM60_StationaryCovariance(t *testing.T) {
	m0 := matrix{{1, .633, .186}, {.633, 1, -.193}, {.186, -.193, 1}}
	s := stationary()
	for i := range 3 {
		for j := range 3 {
			near(t, "M0", s[i][j], m0[i][j], 1e-3)
		}
	}
}

func TestFARM61_LagOneCorrelation(t *testing.T) {
	want := matrix{{.621, .446, .087}, {.563, .674, -.100}, {.015, -.090, .250}}
	got := mul(lagMatrix, stationary())
	for i := range 3 {
		for j := range 3 {
			near(t, "M1", got[i][j], want[i][j], 1e-3)
		}
	}
}

func generator(seed uint64, c Climate) *Generator {
	streams := map[string]*sim.Stream{}
	return NewGenerator(c, Site{c.Latitude, c.Elevation}, func(path string) *sim.Stream {
		s := sim.NewStream(seed, 0, path)
		streams[path] = &s
		return &s
	}, "farm/weather/test")
}

// FARM-62: the number of wet days of a month of 30 days has the mean n pi and the
// variance of a two-state Markov chain. 15 000 years a
// month make the standard error of the variance 1.2 %, 2.2 % where rain is rare.
func TestFARM62_WetDays(t *testing.T) {
	const n, years = 30, 15000
	outside := 0
	var chi float64
	for _, c := range Climates() {
		for month, m := range c.Months {
			g := generator(uint64(month), c)
			wet, day := false, int64(0)
			var sum, sum2, sum4 float64
			pi := m.P01 / (1 + m.P01 - m.P11)
			for y := range years + 1 {
				var k float64
				for range n {
					wet = g.rains(&m, wet, uint64(day))
					day++
					if wet {
						k++
					}
				}
				if y > 0 { // the first is the warm-up
					sum += k
					sum2 += k * k
					sum4 += math.Pow(k-n*pi, 4)
				}
			}
			mean := sum / years
			variance := (sum2 - sum*mean) / (years - 1)
			r := m.P11 - m.P01
			long := n * pi * (1 - pi) * (1 + r) / (1 - r)
			exact := n * pi * (1 - pi) * ((1+r)/(1-r) - 2*r*(1-math.Pow(r, n))/(n*(1-r)*(1-r)))
			z := (mean - n*pi) / math.Sqrt(long/years)
			chi += z * z
			if math.Abs(z) > 2 {
				outside++
			}
			// rare rain has heavy tails: its variance is less well known
			se := math.Sqrt((sum4/years - variance*variance) / years)
			if math.Abs(z) > 4 || math.Abs(variance-exact) > max(0.05*exact, 4*se) || se > 0.025*exact || math.Abs(variance/long-1) > 0.09 {
				t.Errorf("%s month %d: mean %.3f want %.3f (z %.1f), variance %.2f want %.2f (long run %.2f)", c.Name, month+1, mean, n*pi, z, variance, exact, long)
			}
		}
	}
	if outside > 5 || chi > 68 { // of 36: 5 % lie outside 2 standard errors; chi-square at 0.999
		t.Errorf("%d of 36 months are more than 2 standard errors off, chi-square %.1f", outside, chi)
	}
}

// The generated weather has the rain, the temperatures and the ET0 of the records
// that it was fitted to.
func TestClimateMeans(t *testing.T) {
	annual := map[string][2]float64{"champion-ne": {414, 1361}, "brussels": {841, 620}, "tunis": {454, 1325}}
	for _, c := range Climates() {
		g := generator(7, c)
		const years = 300
		var days, wet, rain, et, tmax, tmin, rh, wind, sun [12]float64
		y := g.Begin(0)
		for d := range int64(years * 365.25) {
			y = g.Next(&y, d)
			m := monthOf(d)
			days[m]++
			if y.Wet {
				wet[m]++
			}
			rain[m] += y.Rain
			et[m] += y.ET0
			tmax[m] += y.Tmax
			tmin[m] += y.Tmin
			rh[m] += y.RHmin
			wind[m] += y.Wind
			sun[m] += y.Solar
		}
		var rains, ets float64
		for m := range 12 {
			rains += rain[m] / years
			ets += et[m] / years
			want := c.Months[m]
			t.Logf("%s %2d wet %.3f rain %5.1f tmax %5.1f tmin %5.1f rhmin %4.0f wind %.1f sun %4.1f et0 %.2f want %.2f", c.Name, m+1,
				wet[m]/days[m], rain[m]/years, tmax[m]/days[m], tmin[m]/days[m], rh[m]/days[m], wind[m]/days[m], sun[m]/days[m], et[m]/days[m], want.ET0)
			if got := et[m] / days[m]; math.Abs(got-want.ET0) > max(0.2, 0.08*want.ET0) {
				t.Errorf("%s month %d: ET0 %.2f, want %.2f mm/d", c.Name, m+1, got, want.ET0)
			}
			if got := tmin[m] / days[m]; math.Abs(got-want.Min) > 1.2 {
				t.Errorf("%s month %d: Tmin %.1f, want %.1f degC", c.Name, m+1, got, want.Min)
			}
		}
		a := annual[c.Name]
		t.Logf("%s: rain %.0f, ET0 %.0f mm a year", c.Name, rains, ets)
		if math.Abs(rains/a[0]-1) > 0.06 || math.Abs(ets/a[1]-1) > 0.03 {
			t.Errorf("%s: %.0f mm of rain and %.0f mm of ET0 a year, want %.0f and %.0f", c.Name, rains, ets, a[0], a[1])
		}
	}
}

// In Brussels wet winter days are warmer than dry ones, wet summer days colder:
// no single offset does that.
func TestWetDaysOfBrussels(t *testing.T) {
	c := Climates()[1]
	g := generator(3, c)
	var sum, n [12][2]float64
	y := g.Begin(0)
	for d := range int64(200 * 365) {
		y = g.Next(&y, d)
		k := 0
		if y.Wet {
			k = 1
		}
		sum[monthOf(d)][k] += y.Tmax
		n[monthOf(d)][k]++
	}
	mean := func(m, k int) float64 { return sum[m][k] / n[m][k] }
	if mean(0, 1) < mean(0, 0)+1 || mean(6, 1) > mean(6, 0)-1 {
		t.Errorf("January wet %.1f dry %.1f, July wet %.1f dry %.1f degC", mean(0, 1), mean(0, 0), mean(6, 1), mean(6, 0))
	}
}

// The course of a day adds up to the day.
func TestCourseOfADay(t *testing.T) {
	g := generator(5, Climates()[0])
	a := g.Begin(100)
	b := g.Next(&a, 101)
	for d := int64(102); d < 500; d++ {
		c := g.Next(&b, d)
		lo, hi, solar, wind := math.Inf(1), math.Inf(-1), 0.0, 0.0
		const step = 1.0 / 60
		last := Temperature(0, &a, &b, &c)
		for h := 0.0; h < 24; h += step {
			v := Temperature(h, &a, &b, &c)
			lo = min(lo, v)
			if b.SolarAt(h) > 0 { // a warm night before a cold day is warmer than it
				hi = max(hi, v)
			}
			if math.Abs(v-last) > 0.25 {
				t.Fatalf("day %d: temperature jumps by %.2f K at %.2f h", d, v-last, h)
			}
			last = v
			solar += b.SolarAt(h) * 3600 * step / 1e6
			wind += b.WindAt(h) * step / 24
		}
		if e := Temperature(0, &b, &c, &c) - last; math.Abs(e) > 0.25 {
			t.Fatalf("day %d: temperature jumps by %.2f K at midnight", d, e)
		}
		near(t, "Tmax", hi, b.Tmax, 0.01)
		if lo > b.Tmin+0.1 {
			t.Errorf("day %d: coldest is %.1f, want %.1f degC", d, lo, b.Tmin)
		}
		near(t, "radiation", solar, b.Solar, 0.03*b.Solar)
		near(t, "wind", wind, b.Wind, 1e-2)
		near(t, "rain", b.RainBy(24), b.Rain, 1e-9)
		near(t, "passed", b.Passed(24)-b.Passed(0), 1, 1e-12)
		near(t, "passed by noon", b.Passed(12), 0.5, 1e-12)
		a, b = b, c
	}
}

// monthOf returns the month, 0 to 11, of a day numbered from 1 January 1970.
func monthOf(day int64) int { return int(time.Unix(day*86400, 0).UTC().Month()) - 1 }
