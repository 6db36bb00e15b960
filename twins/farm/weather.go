package farm

import (
	"math"
	"time"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// The matrices of WGEN for the residuals of Tmax, Tmin and radiation: lag and
// innovation. Their stationary covariance is M0 of Richardson (1981); copies
// with other signs or digits about don't have it.
var (
	lagMatrix   = [3][3]float64{{.567, .086, -.002}, {.253, .504, -.050}, {-.006, -.039, .244}}
	noiseMatrix = [3][3]float64{{.781, 0, 0}, {.328, .637, 0}, {.238, -.341, .873}}
)

// wetThreshold is the least rain of a wet day, mm (0.01 in, rounded).
const wetThreshold = 0.3

// rainShape is the shape of the gamma law of rain above the threshold
// (assumption, in the middle of what Richardson and Wright, 1984, fitted).
const rainShape = 0.75

// maxCells is how many storms a wet day can have.
const maxCells = 4

// A Cell is one storm of a day. Its intensity rises and falls in a straight line.
type Cell struct {
	Start  float64 // h after local midnight
	Length float64 // h
	Rain   float64 // mm
}

// A Sky is the weather of one day.
type Sky struct {
	Residual [3]float64 // of Tmax, Tmin and radiation, in standard deviations
	Wet      bool
	Tmax     float64 // degC
	Tmin     float64 // degC
	Dew      float64 // dew point, degC
	Vapour   float64 // actual vapour pressure, kPa
	RHmin    float64 // least relative humidity, %
	Wind     float64 // mean at 2 m, m/s
	Solar    float64 // MJ/m2
	Rain     float64 // mm
	ET0      float64 // mm
	Sunset   float64 // hour angle, rad
	Cells    [maxCells]Cell
}

// A Generator makes weather, a day at a time. Draws are addressed by the day's
// number, so that what one day draws never depends on how many others were made,
// and made by inversion, so that they move with the parameters of a variant.
type Generator struct {
	Climate Climate
	Site    Site
	Warming float64 // added to all temperatures, K
	Rain    float64 // factor of every amount of rain

	occur, amount, residual, wind, storm *sim.Stream
}

// NewGenerator returns a generator of a climate at a site that draws from the
// streams of a run below a path.
func NewGenerator(c Climate, site Site, rand func(path string) *sim.Stream, path string) *Generator {
	return &Generator{
		Climate: c, Site: site, Rain: 1,
		occur: rand(path + "/occurrence"), amount: rand(path + "/amount"), residual: rand(path + "/residual"),
		wind: rand(path + "/wind"), storm: rand(path + "/storm"),
	}
}

// spinUp is how many days a generator runs before the first: then neither rain
// nor residuals remember that they began as none.
const spinUp = 30

// Begin returns the weather of a first day, numbered from 1 January 1970.
func (g *Generator) Begin(day int64) Sky {
	var y Sky
	for d := day - spinUp; d <= day; d++ {
		y = g.Next(&y, d)
	}
	return y
}

// YearDay returns the day of the year, 1 to 366, of a day numbered from 1 January 1970.
func YearDay(day int64) int { return time.Unix(day*86400, 0).UTC().YearDay() }

// Next returns the weather of a day, numbered from 1 January 1970, after that of
// the day before. The residuals' innovations are not cut off at 2.5 as in the
// original, which would take 3 % of their variance.
func (g *Generator) Next(before *Sky, day int64) Sky {
	doy := YearDay(day)
	m := g.Climate.At(doy)
	tick := uint64(day + 1<<40) // days before 1970 have ticks too
	y := Sky{Wet: g.rains(&m, before.Wet, tick)}

	eps := g.residual.At(tick)
	noise := [3]float64{eps.NormalInv(), eps.NormalInv(), eps.NormalInv()}
	for i := range y.Residual {
		for j := range noise {
			y.Residual[i] += lagMatrix[i][j]*before.Residual[j] + noiseMatrix[i][j]*noise[j]
		}
	}
	tmax, sun, dew := m.Dry, m.Sun, m.Dew
	if y.Wet {
		tmax, sun, dew = m.Wet, m.Sun*SunlightWet, 0
	}
	y.Tmax = tmax + m.SD*y.Residual[0] + g.Warming
	y.Tmin = min(m.Min+m.MinSD*y.Residual[1]+g.Warming, y.Tmax-1)
	y.Dew = y.Tmin - dew
	y.Vapour = SaturationPressure(y.Dew)
	y.RHmin = 100 * y.Vapour / SaturationPressure(y.Tmax)

	u := g.wind.At(tick)
	y.Wind = m.Wind / 0.886226925452758 * math.Sqrt(u.ExponentialInv()) // Weibull of shape 2: mean over Gamma(1.5)
	y.Sunset = SunsetAngle(g.Site.Rad(), Declination(doy))
	clear := ClearSky(Extraterrestrial(g.Site.Rad(), doy), g.Site.Elevation)
	y.Solar = clear * min(1, max(0.05, sun+sunlightSD*y.Residual[2]))
	y.ET0 = g.Site.Daily(Met{Day: doy, Tmax: y.Tmax, Tmin: y.Tmin, Vapour: y.Vapour, Wind: y.Wind, Solar: y.Solar})
	if y.Wet {
		draw := g.amount.At(tick)
		y.Rain = (wetThreshold + (m.Amount-wetThreshold)/rainShape*gamma(&draw, rainShape)) * g.Rain
		g.storms(&y, tick)
	}
	return y
}

// rains draws whether a day is wet: a two-state Markov chain.
func (g *Generator) rains(m *Month, before bool, tick uint64) bool {
	p := m.P01
	if before {
		p = m.P11
	}
	u := g.occur.At(tick)
	return u.Float64() < p
}

// storms splits the rain of a day into cells: one, and a Poisson number of mean
// 1 more, each of a length that is gamma of mean 2 h and shape 2, of a share that is
// uniform among all ways to share.
func (g *Generator) storms(y *Sky, tick uint64) {
	draw := g.storm.At(tick)
	n := 1
	for p := draw.ExponentialInv(); p < 1 && n < maxCells; p += draw.ExponentialInv() {
		n++
	}
	var sum float64
	for i := range n {
		c := &y.Cells[i]
		c.Length = min(8, draw.ExponentialInv()+draw.ExponentialInv()+0.05)
		c.Start = (24 - c.Length) * draw.Float64()
		c.Rain = draw.ExponentialInv()
		sum += c.Rain
	}
	for i := range n {
		y.Cells[i].Rain *= y.Rain / sum
	}
}

// gamma draws from the gamma law of a shape below 1 and scale 1 (Marsaglia and
// Tsang, 2000, ACM TOMS 26, for shape+1, times a power of a uniform number).
func gamma(draw *sim.Stream, shape float64) float64 {
	d := shape + 1 - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := draw.NormalInv()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if detmath.Log(draw.Open()) < 0.5*x*x+d-d*v+d*detmath.Log(v) {
			return d * v * detmath.Pow(draw.Open(), 1/shape)
		}
	}
}
