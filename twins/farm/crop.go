package farm

import "github.com/twinsim/twinsim/sim/detmath"

// A Crop holds what FAO-56 and FAO-33 tabulate of one crop.
type Crop struct {
	Name    string
	Stages  [4]int     // lengths of the initial, development, mid and late season, d (table 11)
	Kc      [3]float64 // single crop coefficient: initial, mid, end (table 12)
	Kcb     [3]float64 // basal crop coefficient: initial, mid, end (table 17)
	Height  float64    // greatest, m (table 12)
	RootMin float64    // rooting depth at planting, m
	Root    float64    // greatest rooting depth, m (table 22, its smaller value, for irrigated fields)
	P       float64    // depletion fraction without stress at an ETc of 5 mm/d (table 22)
	Base    float64    // temperature below which it doesn't develop, degC
	Upper   float64    // temperature above which it develops no faster, degC
	Phases  []Phase    // of the yield response
	// Yield is what it bears when it never lacks water, t/ha: a rounded default,
	// within FAO-33's good yields under irrigation; set it for a real farm.
	Yield float64
}

// A Phase is a part of the season with a yield response factor of its own.
type Phase struct {
	End float64 // in stages: 2 is the end of development, 2.4 is 40 % into mid season
	Ky  float64 // yield response factor (FAO-33)
}

// The yield phases of FAO-33: vegetative, flowering, yield formation, ripening.
// FAO-33 gives them by growth period; here vegetative growth is FAO-56's initial
// and development stage, flowering the first 40 % of mid season, yield formation
// the rest of it, ripening the late season. Where FAO-33 has no factors by
// period the season's factor holds throughout; rice and lettuce, for which it
// has none, lose yield in proportion (assumption).
func season(ky float64) []Phase { return []Phase{{4, ky}} }

// Crops returns the crops that a zone can grow. Lengths of stages are for the
// first place that FAO-56 lists; roots start at 0.3 m (assumption), those of
// perennials are full grown.
func Crops() []Crop {
	return []Crop{
		{"maize", [4]int{30, 40, 50, 30}, [3]float64{0.30, 1.20, 0.35}, [3]float64{0.15, 1.15, 0.15}, 2.0, 0.3, 1.0, 0.55, 10, 30,
			[]Phase{{2, 0.4}, {2.4, 1.5}, {3, 0.5}, {4, 0.2}}, 13},
		{"winter_wheat", [4]int{20, 60, 70, 30}, [3]float64{0.70, 1.15, 0.25}, [3]float64{0.15, 1.10, 0.15}, 1.0, 0.3, 1.5, 0.55, 0, 26,
			[]Phase{{2, 0.2}, {2.4, 0.6}, {4, 0.5}}, 9},
		{"spring_wheat", [4]int{20, 25, 60, 30}, [3]float64{0.30, 1.15, 0.25}, [3]float64{0.15, 1.10, 0.15}, 1.0, 0.3, 1.0, 0.55, 0, 26, season(1.15), 7},
		{"tomato", [4]int{30, 40, 45, 30}, [3]float64{0.60, 1.15, 0.80}, [3]float64{0.15, 1.10, 0.70}, 0.6, 0.3, 0.7, 0.40, 7, 28,
			[]Phase{{2, 0.4}, {2.4, 1.1}, {3, 0.8}, {4, 0.4}}, 80},
		{"potato", [4]int{25, 30, 45, 30}, [3]float64{0.50, 1.15, 0.75}, [3]float64{0.15, 1.10, 0.65}, 0.6, 0.3, 0.4, 0.35, 2, 26,
			[]Phase{{1, 0.45}, {2, 0.8}, {3, 0.7}, {4, 0.2}}, 45},
		{"soybean", [4]int{20, 35, 60, 25}, [3]float64{0.50, 1.15, 0.50}, [3]float64{0.15, 1.10, 0.30}, 0.75, 0.3, 0.6, 0.50, 5, 30,
			[]Phase{{2, 0.2}, {2.4, 0.8}, {4, 1.0}}, 4.5},
		{"cotton", [4]int{30, 50, 60, 55}, [3]float64{0.35, 1.17, 0.60}, [3]float64{0.15, 1.12, 0.45}, 1.35, 0.3, 1.0, 0.65, 12, 35,
			[]Phase{{2, 0.2}, {3, 0.5}, {4, 0.25}}, 4},
		{"lettuce", [4]int{20, 30, 15, 10}, [3]float64{0.70, 1.00, 0.95}, [3]float64{0.15, 0.90, 0.90}, 0.3, 0.15, 0.3, 0.30, 4, 28, season(1), 35},
		{"sweet_pepper", [4]int{30, 35, 40, 20}, [3]float64{0.60, 1.05, 0.90}, [3]float64{0.15, 1.00, 0.80}, 0.7, 0.3, 0.5, 0.30, 10, 30, season(1.10), 40},
		{"onion", [4]int{15, 25, 70, 40}, [3]float64{0.70, 1.05, 0.75}, [3]float64{0.15, 0.95, 0.65}, 0.4, 0.15, 0.3, 0.30, 5, 30, season(1.10), 50},
		{"sugar_beet", [4]int{30, 45, 90, 15}, [3]float64{0.35, 1.20, 0.70}, [3]float64{0.15, 1.15, 0.50}, 0.5, 0.3, 0.7, 0.55, 3, 25, season(1.00), 75},
		{"sunflower", [4]int{25, 35, 45, 25}, [3]float64{0.35, 1.10, 0.35}, [3]float64{0.15, 1.10, 0.25}, 2.0, 0.3, 0.8, 0.45, 4, 30, season(0.95), 4},
		{"grape", [4]int{30, 60, 40, 80}, [3]float64{0.30, 0.70, 0.45}, [3]float64{0.15, 0.65, 0.40}, 1.75, 1.0, 1.0, 0.45, 10, 30, season(0.85), 12},
		{"citrus", [4]int{60, 90, 120, 95}, [3]float64{0.70, 0.65, 0.70}, [3]float64{0.65, 0.60, 0.65}, 4, 1.2, 1.2, 0.50, 13, 35, season(1.2), 40},
		// one cut; table 11's first cutting cycle
		{"alfalfa", [4]int{10, 20, 20, 10}, [3]float64{0.40, 0.95, 0.90}, [3]float64{0.30, 1.15, 1.10}, 0.7, 1.0, 1.0, 0.55, 5, 30, season(1.10), 4},
		{"rice", [4]int{30, 30, 60, 30}, [3]float64{1.05, 1.20, 0.75}, [3]float64{1.00, 1.15, 0.57}, 1.0, 0.3, 0.5, 0.20, 8, 30, season(1), 8},
	}
}

// Days returns the length of the season in days.
func (c *Crop) Days() int { return c.Stages[0] + c.Stages[1] + c.Stages[2] + c.Stages[3] }

// A CropDay is what the crop's calendar says of one day after planting, before
// any adjustment to the weather.
type CropDay struct {
	Kc     float64 // single crop coefficient
	Kcb    float64 // basal crop coefficient
	Height float64 // m
	Lift   float64 // (h/3)^0.3, which eqs. 62, 65, 70 and 72 multiply the climate's term by
	Weight float64 // of the climate's term in the day's Kc and Kcb, 0 to 1: they are linear between adjusted values
	Root   float64 // grown part of the rooting depth, 0 to 1
	Stage  uint8   // 1 initial, 2 development, 3 mid, 4 late
	Phase  uint8   // index into Crop.Phases
}

// sprout is the height of a crop that has just come up, m.
const sprout = 0.05

// Day returns the crop's calendar on a day after planting, 0 or later; after the
// season it stays at its end. Coefficients are constant in the initial and mid
// season and linear between; height and roots grow through development.
func (c *Crop) Day(day int) CropDay {
	s1 := c.Stages[0]
	s2 := s1 + c.Stages[1]
	s3 := s2 + c.Stages[2]
	s4 := s3 + c.Stages[3]
	d := CropDay{Stage: 1, Kc: c.Kc[0], Kcb: c.Kcb[0]}
	pos := 0.0 // in stages
	switch {
	case day > s4:
		d.Stage, d.Kc, d.Kcb, d.Root, pos = 4, c.Kc[2], c.Kcb[2], 1, 4
	case day > s3:
		f := float64(day-s3) / float64(s4-s3)
		d.Stage, d.Root, pos = 4, 1, 3+f
		d.Kc, d.Kcb = c.Kc[1]+f*(c.Kc[2]-c.Kc[1]), c.Kcb[1]+f*(c.Kcb[2]-c.Kcb[1])
	case day > s2:
		d.Stage, d.Root, pos = 3, 1, 2+float64(day-s2)/float64(s3-s2)
		d.Kc, d.Kcb = c.Kc[1], c.Kcb[1]
	case day > s1:
		f := float64(day-s1) / float64(s2-s1)
		d.Stage, d.Root, pos = 2, f, 1+f
		d.Kc, d.Kcb = c.Kc[0]+f*(c.Kc[1]-c.Kc[0]), c.Kcb[0]+f*(c.Kcb[1]-c.Kcb[0])
	default:
		pos = float64(day) / float64(max(1, s1))
	}
	if c.RootMin >= c.Root { // perennial
		d.Height = c.Height
	} else {
		d.Height = sprout + (c.Height-sprout)*d.Root
	}
	d.Lift = detmath.Pow(d.Height/3, 0.3)
	d.Weight = d.Root
	if d.Stage == 4 && c.Kcb[2] < lowKc { // the end is not adjusted
		d.Weight = max(0, 4-pos)
	}
	for int(d.Phase) < len(c.Phases)-1 && pos > c.Phases[d.Phase].End {
		d.Phase++
	}
	return d
}

// Calendar returns the days 0 to Days of the crop.
func (c *Crop) Calendar() []CropDay {
	days := make([]CropDay, c.Days()+1)
	for i := range days {
		days[i] = c.Day(i)
	}
	return days
}

// ClimateTerm returns how wind and dryness change a crop coefficient, to be
// multiplied by [CropDay].Lift, from the wind at 2 m in m/s and the least
// relative humidity of the day in % (eqs. 62, 65, 70 and 72, within their bounds).
func ClimateTerm(wind, rhmin float64) float64 {
	wind = min(6, max(1, wind))
	rhmin = min(80, max(20, rhmin))
	return 0.04*(wind-2) - 0.004*(rhmin-45)
}

// lowKc is the coefficient below which FAO-56 adjusts none to the climate.
const lowKc = 0.45

// Adjust returns a crop coefficient of the middle or the end of the season
// adjusted to the climate: those below 0.45 stay (eqs. 62, 65 and 70).
func Adjust(k, term, lift float64) float64 {
	if k < lowKc {
		return k
	}
	return k + term*lift
}

// Coefficients are a day's dual crop coefficients.
type Coefficients struct {
	Kcb   float64 // basal
	Kcmax float64 // of crop and wet soil together; 0 for a single coefficient, which Kcb then holds
	Cover float64 // part of the ground that the canopy shades, 0 to 0.99
}

// Dual returns the coefficients of a basal coefficient, with kcmin that of dry
// bare soil under the crop at planting, the height in m, and the term and lift of
// [ClimateTerm] and [CropDay] (eqs. 72 and 76).
func Dual(kcb, kcmin, height, term, lift float64) Coefficients {
	c := Coefficients{Kcb: kcb, Kcmax: max(1.2+term*lift, kcb+0.05)}
	if x := (kcb - kcmin) / (c.Kcmax - kcmin); x > 0 {
		c.Cover = min(0.99, detmath.Pow(x, 1+0.5*height))
	}
	return c
}

// DepletionFraction returns the part p of the available water that a crop can
// take before it lacks water, for an evapotranspiration in mm/d, from p at
// 5 mm/d (table 22). A fixed fraction is not FAO-56: hot days stress earlier.
func DepletionFraction(p, etc float64) float64 {
	return min(0.8, max(0.1, p+0.04*(5-etc)))
}

// GrowingDegrees returns the degree days of a day in degC d from its extreme
// temperatures in degC, each first brought between base and upper (the "86/50"
// method for maize, with base 10 and upper 30).
func GrowingDegrees(tmax, tmin, base, upper float64) float64 {
	hi := min(max(tmax, base), upper)
	lo := min(max(tmin, base), upper)
	return (hi+lo)/2 - base
}
