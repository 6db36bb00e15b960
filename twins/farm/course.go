package farm

import (
	"math"

	"github.com/twinsim/twinsim/sim/detmath"
)

// The course of weather within a day. Hours are local, the sun's noon is at 12.

// Parton and Logan (1981, Agricultural Meteorology 23): the lag of the
// temperature's peak in h, and the decay over the night.
const (
	peakLag    = 1.86
	nightDecay = 2.20
)

// Temperature returns the air temperature in degC at an hour of today, given
// the days around it: a sine by day, an exponential decay by night, scaled so
// that the night ends exactly at the next minimum.
func Temperature(hour float64, yesterday, today, tomorrow *Sky) float64 {
	length := Daylight(today.Sunset)
	rise := 12 - length/2
	if hour < rise {
		return night(hour+24, yesterday, today)
	}
	if hour > 24-rise {
		return night(hour, today, tomorrow)
	}
	return day(hour-rise, length, today)
}

// day takes hours since sunrise.
func day(since, length float64, s *Sky) float64 {
	return s.Tmin + (s.Tmax-s.Tmin)*detmath.Sin(math.Pi*since/(length+2*peakLag))
}

// night takes an hour from the first day's midnight.
func night(hour float64, first, second *Sky) float64 {
	length := Daylight(first.Sunset)
	set := 12 + length/2
	dark := 36 - Daylight(second.Sunset)/2 - set
	warm := day(length, length, first)
	if dark <= 0 {
		return warm
	}
	end := detmath.Exp(-nightDecay)
	f := (detmath.Exp(-nightDecay*(hour-set)/dark) - end) / (1 - end)
	return second.Tmin + (warm-second.Tmin)*f
}

// Humidity returns the relative humidity in % at an air temperature in degC.
func (s *Sky) Humidity(degC float64) float64 {
	return min(100, 100*s.Vapour/SaturationPressure(degC))
}

// WindAt returns the wind at 2 m in m/s at an hour: strongest at 14 h.
func (s *Sky) WindAt(hour float64) float64 {
	return s.Wind * (1 + 0.35*detmath.Cos(hourAngle*(hour-14)))
}

// SolarAt returns the radiation in W/m2 at an hour (Collares-Pereira and Rabl,
// 1979, Solar Energy 22).
func (s *Sky) SolarAt(hour float64) float64 {
	w, ws := hourAngle*(hour-12), s.Sunset
	if ws <= 0 || math.Abs(w) >= ws {
		return 0
	}
	a := 0.409 + 0.5016*detmath.Sin(ws-math.Pi/3)
	b := 0.6609 - 0.4767*detmath.Sin(ws-math.Pi/3)
	r := math.Pi / 24 * (a + b*detmath.Cos(w)) * (detmath.Cos(w) - detmath.Cos(ws)) /
		(detmath.Sin(ws) - ws*detmath.Cos(ws)) // of the day, 1/h
	return max(0, s.Solar*1e6/3600*r)
}

// Passed returns the part of the day's evapotranspiration that is over at an
// hour: that of the radiation above the air.
func (s *Sky) Passed(hour float64) float64 {
	ws := s.Sunset
	if ws <= 0 { // polar night
		return min(1, max(0, hour/24))
	}
	w := min(ws, max(-ws, hourAngle*(hour-12)))
	c := detmath.Cos(ws)
	whole := 2 * (detmath.Sin(ws) - ws*c)
	return min(1, max(0, (detmath.Sin(w)+detmath.Sin(ws)-c*(w+ws))/whole))
}

// RainBy returns the rain in mm from midnight to an hour.
func (s *Sky) RainBy(hour float64) float64 {
	var sum float64
	for i := range s.Cells {
		c := &s.Cells[i]
		if c.Length <= 0 {
			break
		}
		switch x := (hour - c.Start) / c.Length; {
		case x >= 1:
			sum += c.Rain
		case x >= 0.5:
			sum += c.Rain * (1 - 2*(1-x)*(1-x))
		case x > 0:
			sum += c.Rain * 2 * x * x
		}
	}
	return sum
}

// after returns the reference evapotranspiration and the rain, in mm, of the part
// of a day that comes after an hour.
func (s *Sky) after(hour float64) (et0, rain float64) {
	if hour == 0 {
		return s.ET0, s.Rain
	}
	return s.ET0 * (1 - s.Passed(hour)), s.Rain - s.RainBy(hour)
}

// course fills in how far the part of a day after the hour from has come at an hour.
func (s *Sky) course(m *moment, from, hour float64) {
	if start := s.Passed(from); start < 1 {
		m.passed = (s.Passed(hour) - start) / (1 - start)
	}
	m.rain = max(0, s.RainBy(hour)-s.RainBy(from))
}

// soilDamping is the depth in m at which the daily wave of the soil's temperature
// is down to 1/e, for a diffusivity of 0.5e-6 m2/s.
const soilDamping = 0.12

// SoilTemperature returns the temperature of the soil in degC at a depth in m and
// an hour, from the mean of the past days in degC.
func (s *Sky) SoilTemperature(mean, depth, hour float64) float64 {
	x := depth / soilDamping
	return mean + (s.Tmax-s.Tmin)/2*detmath.Exp(-x)*detmath.Sin(hourAngle*(hour-8)-x)
}
