package farm

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
	"github.com/twinsim/twinsim/twins"
)

// A weatherSpec is what never changes of a weather twin.
type weatherSpec struct {
	id       string
	climate  Climate
	site     Site
	warming  float64 // K
	rain     float64 // factor
	make     *Generator
	forecast *sim.Stream
}

// A Weather is the state of a weather twin.
type Weather struct {
	Yesterday, Today, Tomorrow Sky
	ET0                        float64 // of the part of today that lies in the run, mm
	Rain                       float64 // of the part of today that lies in the run, mm
	Term                       float64 // what today does to crop coefficients, see ClimateTerm
	Forecast                   float64 // rain of today as foreseen at midnight, mm
	Soil                       float64 // mean temperature of the past days, degC
	From                       float64 // h of the day at which the twin began; 0 on later days
	RainSum                    float64 // until midnight, mm
	ET0Sum                     float64 // until midnight, mm
}

// A moment is how far a day has come over a place: a function of its key.
type moment struct {
	passed float64 // part of the day's evapotranspiration that is over
	rain   float64 // fallen today within the run, mm
	at     sim.Time
	day    int64
	et0    float64
	total  float64
}

// soilMemory is the time in days over which the soil's mean temperature follows the air's.
const soilMemory = 7

// What a forecast of today's rain is worth (probability of detection, false
// alarm ratio, spread of the logarithm of the amount).
const (
	detection  = 0.80
	falseAlarm = 0.25
	spread     = 0.5
)

func (p *Plant) buildWeather(in *twins.Instance) error {
	c, i := find(Climates(), in.Words[paramClimate], func(c *Climate) string { return c.Name })
	if i < 0 {
		return fmt.Errorf("farm: weather %q: climate %q is unknown; want one of %v", in.ID, in.Words[paramClimate], climateNames())
	}
	w := weatherSpec{id: in.ID, climate: c, site: Site{c.Latitude, c.Elevation}, warming: in.Numbers[paramWarming], rain: in.Numbers[paramRainFactor]}
	if v := in.Numbers[paramLatitude]; !math.IsNaN(v) {
		w.site.Latitude = v
	}
	if v := in.Numbers[paramElevation]; !math.IsNaN(v) {
		w.site.Elevation = v
	}
	if math.Abs(w.site.Latitude) > 90 || w.rain < 0 {
		return fmt.Errorf("farm: weather %q: latitude %g deg must lie within ±90, rain_factor %g not below 0", in.ID, w.site.Latitude, w.rain)
	}
	p.weathers = append(p.weathers, w)
	return nil
}

// draw takes the twin's random streams.
func (w *weatherSpec) draw(s *sim.Sim) {
	path := "farm/weather/" + w.id
	w.make = NewGenerator(w.climate, w.site, s.Rand, path)
	w.make.Warming, w.make.Rain = w.warming, w.rain
	w.forecast = s.Rand(path + "/forecast")
}

func (p *Plant) beginWeather(i int, now sim.Time) {
	w, spec := &p.weather[i], &p.weathers[i]
	day := p.clock.Day
	*w = Weather{Yesterday: spec.make.Begin(day - 1), From: p.hour(now)}
	w.Today = spec.make.Next(&w.Yesterday, day)
	m := spec.climate.At(YearDay(day))
	w.Soil = (m.Dry+m.Min)/2 + spec.warming
	p.beginDay(i)
}

// beginDay derives what a day means from its sky.
func (p *Plant) beginDay(i int) {
	w, spec := &p.weather[i], &p.weathers[i]
	w.Tomorrow = spec.make.Next(&w.Today, p.clock.Day+1)
	w.ET0, w.Rain = w.Today.after(w.From)
	w.Term = ClimateTerm(w.Today.Wind, w.Today.RHmin)
	w.Forecast = spec.foresee(&w.Today, p.clock.Day)
}

// foresee draws the forecast of a day's rain in mm.
func (w *weatherSpec) foresee(y *Sky, day int64) float64 {
	draw := w.forecast.At(uint64(day + 1<<40))
	u := draw.Float64()
	if y.Wet {
		if u >= detection {
			return 0
		}
		return y.Rain * detmath.Exp(spread*draw.NormalInv()-spread*spread/2)
	}
	m := w.climate.At(YearDay(day))
	wet := m.P01 / (1 + m.P01 - m.P11)
	if u >= falseAlarm/(1-falseAlarm)*detection*wet/(1-wet) {
		return 0
	}
	return m.Amount * w.rain * draw.ExponentialInv()
}

// endWeather moves a weather twin on to the day that p.clock shows.
func (p *Plant) endWeather(i int) {
	w := &p.weather[i]
	w.RainSum += w.Rain
	w.ET0Sum += w.ET0
	w.Soil += ((w.Today.Tmax+w.Today.Tmin)/2 - w.Soil) / soilMemory
	w.Yesterday, w.Today, w.From = w.Today, w.Tomorrow, 0
	p.beginDay(i)
}

// moment returns how far today has come over a weather twin at a time.
func (p *Plant) moment(i int32, at sim.Time) *moment {
	m, w := &p.course[i], &p.weather[i]
	if m.at == at && m.day == p.clock.Day && m.et0 == w.ET0 && m.total == w.Rain {
		return m
	}
	*m = moment{at: at, day: p.clock.Day, et0: w.ET0, total: w.Rain}
	w.Today.course(m, w.From, p.hour(at))
	return m
}

func (p *Plant) probeWeather(i, attr int, at sim.Time) float64 {
	w := &p.weather[i]
	h := p.hour(at)
	switch attr {
	case skyTemperature:
		return Temperature(h, &w.Yesterday, &w.Today, &w.Tomorrow)
	case skyHumidity:
		return w.Today.Humidity(Temperature(h, &w.Yesterday, &w.Today, &w.Tomorrow))
	case skyWind:
		return w.Today.WindAt(h)
	case skyRadiation:
		return w.Today.SolarAt(h)
	case skyRain:
		return w.RainSum + p.moment(int32(i), at).rain
	case skyRainToday:
		return w.Today.RainBy(h)
	case skyET0:
		return w.Yesterday.ET0
	case skyForecast:
		return w.Forecast
	default: // skyET0Total
		return w.ET0Sum + p.moment(int32(i), at).passed*w.ET0
	}
}
