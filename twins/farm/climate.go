package farm

// A Month holds the parameters of the weather generator for one month.
type Month struct {
	P01    float64 // probability of a wet day after a dry one
	P11    float64 // probability of a wet day after a wet one
	Amount float64 // mean rain of a wet day, mm
	Dry    float64 // mean Tmax of a dry day, degC
	SD     float64 // standard deviation of Tmax, K
	Wet    float64 // mean Tmax of a wet day, degC
	Min    float64 // mean Tmin, degC
	MinSD  float64 // standard deviation of Tmin, K
	ET0    float64 // mean reference evapotranspiration that the fit had, mm/d
	Sun    float64 // mean radiation of a dry day relative to that of a clear sky
	Wind   float64 // mean wind at 2 m, m/s
	Dew    float64 // how far the dew point of a dry day lies below Tmin, K; above it if negative
}

// A Climate is what the weather generator is told of a place: a month's
// parameters hold at its middle, and are interpolated between.
type Climate struct {
	Name      string
	Latitude  float64 // deg, north positive
	Elevation float64 // m
	Months    [12]Month
}

// SunlightWet is the radiation of a wet day relative to that of a dry one
// (assumption, near what Richardson and Wright, 1984, have for the US).
const SunlightWet = 0.65

// sunlightSD is the standard deviation of a day's radiation relative to that of
// a clear sky (assumption).
const sunlightSD = 0.12

// Climates returns the climates that weather can be generated for. Rain and
// temperatures are fitted to the daily records of Champion, Nebraska (1982-2018),
// Brussels (1976-2005) and Tunis (1979-2002) that come with AquaCrop-OSPy. These
// have no sun, wind or humidity: Sun and Wind are plausible monthly values, and
// Dew is chosen so that FAO-56's ET0 of the generated weather has the monthly
// means of the records (see the test).
func Climates() []Climate {
	return []Climate{
		{"champion-ne", 40.4, 1029, [12]Month{
			{.02, .27, 6.1, 5.2, 7.7, 0.9, -10.8, 6.0, 1.5, .78, 3.2, 0.9},
			{.04, .22, 5.6, 6.9, 8.8, 4.3, -9.0, 6.2, 1.9, .78, 3.3, -0.1},
			{.06, .37, 5.8, 13.0, 8.1, 8.5, -4.7, 4.9, 2.9, .78, 3.7, 1.8},
			{.13, .46, 6.6, 17.9, 7.3, 12.9, 0.1, 4.4, 3.7, .78, 3.9, -1},
			{.22, .47, 8.6, 23.5, 5.9, 19.7, 6.8, 4.3, 4.7, .80, 3.5, -1},
			{.21, .45, 7.8, 29.5, 5.0, 26.1, 12.4, 3.3, 6.0, .84, 3.2, 2.9},
			{.21, .38, 8.9, 32.8, 4.3, 30.0, 15.1, 2.6, 6.5, .86, 2.8, 3.5},
			{.19, .33, 8.1, 31.3, 4.4, 29.2, 14.1, 2.9, 5.8, .85, 2.7, 3.5},
			{.11, .36, 6.3, 27.3, 5.9, 21.6, 8.1, 4.7, 4.7, .84, 2.9, 3.5},
			{.12, .34, 7.0, 20.1, 7.0, 13.6, 0.7, 4.5, 3.3, .82, 3.0, 3.5},
			{.05, .27, 5.1, 11.5, 8.0, 7.0, -6.0, 4.8, 2.1, .78, 3.1, 1.4},
			{.03, .34, 6.4, 5.4, 8.0, 1.0, -10.9, 5.9, 1.5, .76, 3.1, 2.1}}},
		{"brussels", 50.8, 100, [12]Month{
			{.35, .72, 4.4, 3.8, 4.6, 6.7, 0.7, 4.6, 0.4, .55, 2.2, -0.8},
			{.27, .71, 4.4, 5.7, 4.9, 7.2, 0.9, 4.4, 0.6, .60, 2.2, -1},
			{.31, .71, 4.4, 10.7, 4.4, 9.8, 3.4, 3.5, 1.2, .64, 2.4, -1},
			{.28, .68, 3.9, 14.6, 4.4, 12.1, 5.2, 3.3, 2.0, .68, 2.3, -0.9},
			{.27, .68, 4.7, 19.3, 4.5, 16.0, 8.9, 3.2, 2.9, .70, 2.2, 0.2},
			{.31, .64, 5.4, 21.8, 4.3, 18.7, 11.6, 2.9, 3.3, .70, 2.1, -0.1},
			{.26, .61, 6.1, 23.6, 3.9, 20.8, 13.6, 2.7, 3.3, .70, 2.0, -1},
			{.25, .59, 5.7, 23.7, 3.7, 20.7, 13.5, 2.7, 3.0, .70, 1.9, 1.4},
			{.29, .63, 4.9, 19.7, 3.3, 17.8, 11.0, 2.8, 1.8, .66, 1.9, -1},
			{.29, .64, 5.0, 15.1, 3.9, 14.1, 8.0, 3.5, 1.0, .62, 1.9, -0.9},
			{.40, .65, 4.7, 8.9, 4.5, 9.5, 4.0, 3.9, 0.4, .54, 1.9, -1},
			{.38, .72, 4.6, 4.9, 3.9, 7.4, 1.9, 4.1, 0.3, .50, 2.1, -1}}},
		{"tunis", 36.8, 4, [12]Month{
			{.22, .58, 6.5, 16.8, 2.5, 14.5, 7.2, 2.7, 1.4, .70, 2.6, -1},
			{.20, .58, 5.9, 17.8, 2.7, 14.9, 7.5, 2.6, 1.9, .72, 2.8, -0.9},
			{.19, .48, 4.4, 19.8, 3.5, 16.8, 8.8, 2.7, 2.7, .74, 2.9, 0},
			{.17, .42, 5.5, 22.1, 3.1, 19.1, 10.6, 2.6, 3.7, .77, 3.0, 0.7},
			{.10, .34, 6.2, 26.1, 3.7, 23.5, 14.1, 3.0, 4.9, .82, 2.9, 0.8},
			{.05, .20, 3.4, 30.3, 3.6, 28.0, 18.0, 2.6, 6.0, .86, 2.9, 1.6},
			{.01, .22, 5.9, 33.5, 3.4, 30.5, 20.5, 2.4, 6.5, .90, 2.8, 1.2},
			{.04, .22, 6.7, 34.0, 3.1, 31.9, 21.6, 2.3, 5.9, .88, 2.7, 1.2},
			{.12, .42, 8.1, 30.8, 3.1, 28.8, 19.6, 2.5, 4.4, .82, 2.6, 1.6},
			{.14, .41, 7.3, 26.9, 3.3, 24.3, 16.2, 2.8, 2.9, .77, 2.4, 0},
			{.22, .51, 6.5, 21.8, 3.0, 19.1, 11.7, 2.9, 1.9, .72, 2.5, 0.2},
			{.25, .56, 6.0, 17.9, 2.7, 15.8, 8.5, 2.6, 1.3, .68, 2.6, -1}}},
	}
}

// middles are the days of the year in the middle of each month.
var middles = [12]float64{16, 45.5, 75, 105.5, 136, 166.5, 197, 228, 258.5, 289, 319.5, 350}

// At returns the parameters on a day of the year, 1 to 366.
func (c *Climate) At(day int) Month {
	d := min(float64(day), 365)
	i := 11 // the month whose middle is at or before d
	for i >= 0 && middles[i] > d {
		i--
	}
	var from, to *Month
	var f float64
	if i < 0 || i == 11 {
		if i < 0 {
			d += 365
		}
		from, to = &c.Months[11], &c.Months[0]
		f = (d - middles[11]) / (middles[0] + 365 - middles[11])
	} else {
		from, to = &c.Months[i], &c.Months[i+1]
		f = (d - middles[i]) / (middles[i+1] - middles[i])
	}
	mix := func(a, b float64) float64 { return a + f*(b-a) }
	return Month{
		P01: mix(from.P01, to.P01), P11: mix(from.P11, to.P11), Amount: mix(from.Amount, to.Amount),
		Dry: mix(from.Dry, to.Dry), SD: mix(from.SD, to.SD), Wet: mix(from.Wet, to.Wet),
		Min: mix(from.Min, to.Min), MinSD: mix(from.MinSD, to.MinSD), ET0: mix(from.ET0, to.ET0),
		Sun: mix(from.Sun, to.Sun), Wind: mix(from.Wind, to.Wind), Dew: mix(from.Dew, to.Dew),
	}
}
