package farm

import (
	"math"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// The forecast foresees four of five wet days, a quarter of its warnings are
// false, and its amounts are right on average.
func TestForecast(t *testing.T) {
	f := &fleet{}
	f.add("weather", weatherType, map[string]any{"climate": "brussels"})
	w := f.start(t, 1, may1)
	var wet, hits, warnings, foreseen, fell float64
	for range 20_000 {
		w.pass()
		y := &w.weather[0]
		warned := w.Probe(w.channel("weather", "forecast_rain"), w.clock.Begin)
		if y.Today.Wet {
			wet++
		}
		if warned > 0 {
			warnings++
		}
		if y.Today.Wet && warned > 0 {
			hits++
			foreseen += warned
			fell += y.Today.Rain
		}
	}
	near(t, "probability of detection", hits/wet, detection, 0.02)
	near(t, "false alarm ratio", 1-hits/warnings, falseAlarm, 0.02)
	near(t, "amount", foreseen/fell, 1, 0.03)
}

// Each parameter of a weather twin does what it says, on the same draws.
func TestWeatherParameters(t *testing.T) {
	f := &fleet{}
	f.add("base", weatherType, nil)
	w := f.start(t, 1, may1)
	w.run(t, 60*sim.Day+12*sim.Hour)
	with := func(name string, v float64) *world {
		f := &fleet{}
		f.add("base", weatherType, map[string]any{name: v})
		w := f.start(t, 1, may1)
		w.run(t, 60*sim.Day+12*sim.Hour)
		return w
	}
	warm := with("warming", 2)
	near(t, "warmer", warm.get("base", "temperature"), w.get("base", "temperature")+2, 1e-9)
	if warm.get("base", "et0_total") <= w.get("base", "et0_total") {
		t.Error("warming does not raise ET0")
	}
	near(t, "half the rain", with("rain_factor", 0.5).get("base", "rain"), w.get("base", "rain")/2, 1e-9)
	if with("elevation", 3000).get("base", "radiation") <= w.get("base", "radiation") {
		t.Error("a high place has no more sun")
	}
	if a, b := with("latitude", 0).weather[0].Today.Sunset, w.weather[0].Today.Sunset; math.Abs(a-math.Pi/2) > 1e-9 || b <= a {
		t.Errorf("sunset at %v on the equator, %v in Nebraska", a, b)
	}
}

// The soil follows the air, later and less the deeper it is.
func TestSoilTemperature(t *testing.T) {
	s := Sky{Tmax: 30, Tmin: 10}
	span := func(depth float64) (warmest float64, width float64) {
		lo, hi := math.Inf(1), math.Inf(-1)
		for h := 0.0; h < 24; h += 0.05 {
			v := s.SoilTemperature(20, depth, h)
			if v > hi {
				hi, warmest = v, h
			}
			lo = min(lo, v)
		}
		return warmest, hi - lo
	}
	h0, w0 := span(0)
	h1, w1 := span(soilDamping)
	near(t, "swing at the surface", w0, 20, 0.01)
	near(t, "swing at the damping depth", w1, 20/math.E, 0.01)
	near(t, "delay of one radian", h1-h0, 24/(2*math.Pi), 0.1)
}
