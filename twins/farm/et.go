package farm

import (
	"math"

	"github.com/twinsim/twinsim/sim/detmath"
)

const (
	stefanDay   = 4.903e-9     // MJ/(K4 m2 d), eq. 39
	stefanASCE  = 4.901e-9     // MJ/(K4 m2 d), ASCE-EWRI 2005, eq. 17
	stefanHour  = 2.042e-10    // MJ/(K4 m2 h), ASCE-EWRI 2005, eq. 44
	solarMinute = 0.0820       // MJ/(m2 min), eq. 21
	toWater     = 0.408        // mm of water that 1 MJ/m2 evaporates, eq. 20
	kelvin      = 273.16       // K, as eq. 39 has it
	albedo      = 0.23         // of the reference crop, eq. 38
	hourAngle   = math.Pi / 12 // rad/h
)

// SaturationPressure returns the saturation vapour pressure in kPa at an air
// temperature in degC (eq. 11).
func SaturationPressure(degC float64) float64 {
	return 0.6108 * detmath.Exp(17.27*degC/(degC+237.3))
}

// DewPoint returns the temperature in degC at which ea, in kPa, saturates: the
// inverse of eq. 11.
func DewPoint(ea float64) float64 {
	l := detmath.Log(ea / 0.6108)
	return 237.3 * l / (17.27 - l)
}

// MeanSaturation returns the mean saturation vapour pressure of a day in kPa
// from its extreme temperatures in degC (eq. 12). The mean temperature would
// give too little.
func MeanSaturation(tmax, tmin float64) float64 {
	return (SaturationPressure(tmax) + SaturationPressure(tmin)) / 2
}

// Slope returns the slope of the saturation curve in kPa/K at degC (eq. 13).
func Slope(degC float64) float64 {
	t := degC + 237.3
	return 4098 * SaturationPressure(degC) / (t * t)
}

// slopeASCE is [Slope] with the rounded constant of ASCE-EWRI 2005, eq. 5.
func slopeASCE(degC float64) float64 { return Slope(degC) * (2503 / (4098 * 0.6108)) }

// Pressure returns the mean air pressure in kPa at an elevation in m (eq. 7).
func Pressure(elevation float64) float64 {
	return 101.3 * detmath.Pow((293-0.0065*elevation)/293, 5.26)
}

// Psychrometric returns the psychrometric constant in kPa/K at an air pressure
// in kPa (eq. 8).
func Psychrometric(pressure float64) float64 { return 0.665e-3 * pressure }

// WindAt2 returns the wind at 2 m in m/s from one measured at a height in m over
// grass (eq. 47).
func WindAt2(wind, height float64) float64 {
	return wind * 4.87 / detmath.Log(67.8*height-5.42)
}

// VapourFromHumidity returns the actual vapour pressure in kPa from extreme
// temperatures in degC and relative humidities in % (eq. 17).
func VapourFromHumidity(tmax, tmin, rhmax, rhmin float64) float64 {
	return (SaturationPressure(tmin)*rhmax + SaturationPressure(tmax)*rhmin) / 200
}

// VapourFromPsychrometer returns the actual vapour pressure in kPa from the dry
// and wet bulb of a ventilated psychrometer in degC and the air pressure in kPa
// (eqs. 15 and 16).
func VapourFromPsychrometer(dry, wet, pressure float64) float64 {
	return SaturationPressure(wet) - 0.000662*pressure*(dry-wet)
}

// SunDistance returns the inverse relative distance to the sun on a day of the
// year (eq. 23).
func SunDistance(day int) float64 { return 1 + 0.033*detmath.Cos(2*math.Pi*float64(day)/365) }

// Declination returns the sun's declination in rad on a day of the year (eq. 24).
func Declination(day int) float64 { return 0.409 * detmath.Sin(2*math.Pi*float64(day)/365-1.39) }

// SunsetAngle returns the hour angle of sunset in rad from latitude and
// declination in rad (eq. 25): 0 in the polar night, pi on the polar day.
func SunsetAngle(latitude, declination float64) float64 {
	x := -detmath.Tan(latitude) * detmath.Tan(declination)
	return detmath.Acos(min(1, max(-1, x)))
}

// Daylight returns the hours of daylight of a sunset angle in rad (eq. 34).
func Daylight(sunset float64) float64 { return 24 * sunset / math.Pi }

// Extraterrestrial returns the radiation above the air in MJ/m2 on a day of the
// year at a latitude in rad (eq. 21).
func Extraterrestrial(latitude float64, day int) float64 {
	return extraterrestrial(latitude, Declination(day), solarMinute*SunDistance(day))
}

// extraterrestrial takes the declination in rad and the sun's MJ/(m2 min).
func extraterrestrial(latitude, d, sun float64) float64 {
	w := SunsetAngle(latitude, d)
	return 24 * 60 / math.Pi * sun *
		(w*detmath.Sin(latitude)*detmath.Sin(d) + detmath.Cos(latitude)*detmath.Cos(d)*detmath.Sin(w))
}

// SeasonalCorrection returns the equation of time in h on a day of the year
// (eqs. 32 and 33).
func SeasonalCorrection(day int) float64 {
	b := 2 * math.Pi * float64(day-81) / 364
	return 0.1645*detmath.Sin(2*b) - 0.1255*detmath.Cos(b) - 0.025*detmath.Sin(b)
}

// HourAngle returns the sun's hour angle in rad, within -pi to pi, at the local
// clock hour (the middle of the period), for the longitudes in degrees WEST of
// the site and of the middle of its time zone (eq. 31).
func HourAngle(hour, longitude, zone float64, day int) float64 {
	w := hourAngle * (hour + (zone-longitude)/15 + SeasonalCorrection(day) - 12)
	return w - 2*math.Pi*math.Floor((w+math.Pi)/(2*math.Pi))
}

// ExtraterrestrialHour returns the radiation above the air in MJ/m2 within the
// hour around the hour angle in rad (eqs. 28 to 30).
func ExtraterrestrialHour(latitude float64, day int, angle float64) float64 {
	return extraterrestrialHour(latitude, Declination(day), solarMinute*SunDistance(day), angle)
}

func extraterrestrialHour(latitude, d, sun, angle float64) float64 {
	ws := SunsetAngle(latitude, d)
	w2 := min(ws, max(-ws, angle+math.Pi/24))
	w1 := min(w2, max(-ws, angle-math.Pi/24))
	return 12 * 60 / math.Pi * sun *
		((w2-w1)*detmath.Sin(latitude)*detmath.Sin(d) +
			detmath.Cos(latitude)*detmath.Cos(d)*(detmath.Sin(w2)-detmath.Sin(w1)))
}

// SolarFromSunshine returns the solar radiation in MJ/m2 from the hours of
// sunshine, those of daylight and the radiation above the air (eq. 35).
func SolarFromSunshine(sunshine, daylight, extraterrestrial float64) float64 {
	return (0.25 + 0.50*sunshine/daylight) * extraterrestrial
}

// SolarFromTemperature returns the solar radiation in MJ/m2 from the day's
// extreme temperatures in degC; k is 0.16 inland, 0.19 at the coast (eq. 50).
func SolarFromTemperature(tmax, tmin, extraterrestrial, k float64) float64 {
	return k * math.Sqrt(max(0, tmax-tmin)) * extraterrestrial
}

// ClearSky returns the solar radiation of a clear sky, in the unit of
// extraterrestrial, at an elevation in m (eq. 37).
func ClearSky(extraterrestrial, elevation float64) float64 {
	return (0.75 + 2e-5*elevation) * extraterrestrial
}

// ClearSkyTurbid is [ClearSky] for a day with the water vapour in the air: ea
// and pressure in kPa, latitude in rad (ASCE-EWRI 2005, appendix D, for clean
// air).
func ClearSkyTurbid(extraterrestrial, ea, pressure, latitude float64, day int) float64 {
	season := detmath.Sin(2*math.Pi*float64(day)/365 - 1.39)
	sun := max(0.1, detmath.Sin(0.85+0.3*latitude*season-0.42*latitude*latitude))
	water := 0.14*ea*pressure + 2.1 // mm
	beam := 0.98 * detmath.Exp(-0.00146*pressure/sun-0.075*detmath.Pow(water/sun, 0.4))
	return extraterrestrial * (beam + min(0.35-0.36*beam, 0.18+0.82*beam))
}

// NetShortwave returns the solar radiation that the reference crop keeps, in the
// unit of solar (eq. 38).
func NetShortwave(solar float64) float64 { return (1 - albedo) * solar }

// NetLongwave returns the net outgoing longwave radiation of a day in MJ/m2 from
// its extreme temperatures in degC, the vapour pressure in kPa and the solar
// radiation relative to that of a clear sky (eq. 39).
func NetLongwave(tmax, tmin, ea, relative float64) float64 {
	return longwave(stefanDay, tmax, tmin, ea, relative)
}

func longwave(stefan, tmax, tmin, ea, relative float64) float64 {
	return stefan * (pow4(tmax+kelvin) + pow4(tmin+kelvin)) / 2 * cloud(ea, relative)
}

// NetLongwaveHour is [NetLongwave] for one hour and one temperature in degC.
func NetLongwaveHour(degC, ea, relative float64) float64 {
	return longwave(stefanDay/24, degC, degC, ea, relative)
}

func cloud(ea, relative float64) float64 {
	return (0.34 - 0.14*math.Sqrt(ea)) * (1.35*min(1, relative) - 0.35)
}

func pow4(x float64) float64 { return x * x * x * x }

// SoilHeatMonth returns the soil heat flux of a month in MJ/m2/d from the mean
// temperatures in degC of the months before and after (eq. 43).
func SoilHeatMonth(before, after float64) float64 { return 0.07 * (after - before) }

// SoilHeatPastMonth is [SoilHeatMonth] when the month after is unknown (eq. 44).
func SoilHeatPastMonth(before, now float64) float64 { return 0.14 * (now - before) }

// A Reference is a reference surface: the constants of eq. 6 and of the ASCE
// standardized equation (ASCE-EWRI 2005, table 1).
type Reference struct {
	Cn float64 // K mm s3/(Mg d), or per hour
	Cd float64 // s/m
}

// The reference surfaces: FAO-56's grass, then ASCE's.
var (
	grassDay      = Reference{900, 0.34}
	grassHour     = Reference{37, 0.34}
	tallDay       = Reference{1600, 0.38} // ASCE, alfalfa
	shortSunlit   = Reference{37, 0.24}
	shortDarkness = Reference{37, 0.96}
	tallSunlit    = Reference{66, 0.25}
	tallDarkness  = Reference{66, 1.7}
)

// Evaporate returns the reference evapotranspiration in mm per the period of net
// (eqs. 6 and 53): temperature in degC, wind at 2 m in m/s, saturation and
// actual vapour pressure in kPa, gamma in kPa/K, net radiation less soil heat in
// MJ/m2. It may be negative: dew.
func (r Reference) Evaporate(degC, wind, es, ea, gamma, net float64) float64 {
	return r.evaporate(Slope(degC), degC, wind, es, ea, gamma, net)
}

func (r Reference) evaporate(d, degC, wind, es, ea, gamma, net float64) float64 {
	return (toWater*d*net + gamma*r.Cn/(degC+273)*wind*(es-ea)) / (d + gamma*(1+r.Cd*wind))
}

// A Site is where evapotranspiration is computed.
type Site struct {
	Latitude  float64 // deg, north positive
	Elevation float64 // m
}

// Rad returns the latitude in rad.
func (s Site) Rad() float64 { return s.Latitude * math.Pi / 180 }

// A Met is the weather of one day as FAO-56 needs it.
type Met struct {
	Day    int     // of the year, 1 to 366
	Tmax   float64 // degC
	Tmin   float64 // degC
	Vapour float64 // actual vapour pressure, kPa
	Wind   float64 // at 2 m, m/s
	Solar  float64 // MJ/m2
	Clear  float64 // what Solar would be under a clear sky, MJ/m2; 0 is eq. 37
	Heat   float64 // flux into the soil, MJ/m2; 0 for a day (eq. 42)
}

// Net returns the net radiation of the day in MJ/m2 (eq. 40).
func (s Site) Net(m Met) float64 {
	return s.net(stefanDay, m)
}

func (s Site) net(stefan float64, m Met) float64 {
	clear, relative := m.Clear, 1.0
	if clear == 0 {
		clear = ClearSky(Extraterrestrial(s.Rad(), m.Day), s.Elevation)
	}
	if clear > 0 {
		relative = m.Solar / clear
	}
	return NetShortwave(m.Solar) - longwave(stefan, m.Tmax, m.Tmin, m.Vapour, max(0.3, relative))
}

// Daily returns FAO-56's reference evapotranspiration of a day in mm (eq. 6), not
// below 0.
func (s Site) Daily(m Met) float64 {
	return s.day(grassDay, Slope((m.Tmax+m.Tmin)/2), m, s.Net(m))
}

// DailyASCE returns the ASCE standardized reference evapotranspiration of a day
// in mm, of the tall or the short surface (ASCE-EWRI 2005, eq. 1).
func (s Site) DailyASCE(m Met, tall bool) float64 {
	r := grassDay
	if tall {
		r = tallDay
	}
	return s.day(r, slopeASCE((m.Tmax+m.Tmin)/2), m, s.net(stefanASCE, m))
}

func (s Site) day(r Reference, slope float64, m Met, net float64) float64 {
	g := Psychrometric(Pressure(s.Elevation))
	t := (m.Tmax + m.Tmin) / 2
	return max(0, r.evaporate(slope, t, m.Wind, MeanSaturation(m.Tmax, m.Tmin), m.Vapour, g, net-m.Heat))
}

// An Hour is the weather of one hour.
type Hour struct {
	Temperature float64 // degC
	Vapour      float64 // actual vapour pressure, kPa
	Wind        float64 // at 2 m, m/s
	Solar       float64 // MJ/m2
	// Relative is the solar radiation over that of a clear sky; at night that of
	// the hours before sunset.
	Relative float64
}

// Net returns the net radiation of the hour in MJ/m2.
func (h Hour) Net() float64 {
	return NetShortwave(h.Solar) - NetLongwaveHour(h.Temperature, h.Vapour, h.Relative)
}

// Hourly returns FAO-56's reference evapotranspiration of an hour in mm (eq. 53).
func (s Site) Hourly(h Hour) float64 {
	net := h.Net()
	heat := 0.1 * net // eq. 45
	if h.Solar <= 0 {
		heat = 0.5 * net // eq. 46
	}
	return s.hour(grassHour, h, net-heat)
}

// HourlyASCE returns the ASCE standardized reference evapotranspiration of an
// hour in mm, of the tall or the short surface (ASCE-EWRI 2005, table 1).
func (s Site) HourlyASCE(h Hour, tall bool) float64 {
	net := NetShortwave(h.Solar) - longwave(stefanHour, h.Temperature, h.Temperature, h.Vapour, h.Relative)
	r, heat := shortSunlit, 0.1
	switch {
	case tall && net > 0:
		r, heat = tallSunlit, 0.04
	case tall:
		r, heat = tallDarkness, 0.2
	case net <= 0:
		r, heat = shortDarkness, 0.5
	}
	return s.hour(r, h, net-heat*net)
}

func (s Site) hour(r Reference, h Hour, net float64) float64 {
	g := Psychrometric(Pressure(s.Elevation))
	return r.Evaporate(h.Temperature, h.Wind, SaturationPressure(h.Temperature), h.Vapour, g, net)
}

// Hargreaves returns the reference evapotranspiration of a day in mm from its
// temperatures in degC alone, with the radiation above the air in MJ/m2 (eq. 52).
func Hargreaves(tmax, tmin, extraterrestrial float64) float64 {
	return 0.0023 * ((tmax+tmin)/2 + 17.8) * math.Sqrt(max(0, tmax-tmin)) * extraterrestrial * toWater
}
