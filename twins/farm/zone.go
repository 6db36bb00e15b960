package farm

import (
	"fmt"
	"math"
	"time"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// A zoneSpec is what never changes of a zone.
type zoneSpec struct {
	soil       Soil
	area       float64 // m2
	rootMin    float64 // m
	root       float64 // m
	p          float64 // depletion fraction at 5 mm/d
	yield      float64 // potential, t/ha
	efficiency float64
	wetted     float64 // part of the surface
	dry        float64 // part of the available water that is lacking at the start
	probe      float64 // m
	crop       int32
	weather    int32
	valve      int32 // -1 for none
	month      uint8 // of planting; 0 is once at the start, never if day is 0 too
	day        uint8
	single     bool
}

// A Zone is the state of one field, at the last midnight.
type Zone struct {
	Water    Water
	Growth   Growth
	Sum      Totals
	ETc      float64 // of yesterday without lack of water, mm
	Taken    float64 // what the valve had delivered at the last midnight, m3
	Harvest  float64 // relative yield of the last harvest
	Degrees  float64 // since planting, degC d
	From     float64 // h of today at which the zone began; 0 on later days
	Age      int32   // days after planting, of today; -1 when fallow
	Stressed int32   // days with stress
}

// Totals are a field's sums since the run began, all in mm.
type Totals struct {
	Rain          float64 // mm
	Irrigation    float64 // infiltrated, mm
	Runoff        float64 // mm
	Drainage      float64 // mm
	Evaporation   float64 // mm
	Transpiration float64 // mm
}

// A plan is what a day will do to a zone given its irrigation so far: a function
// of its key, computed again when that has changed.
type plan struct {
	flux   Flux
	runoff float64 // mm
	cover  float64
	key    planKey
}

type planKey struct {
	water           Water
	irrigation, et0 float64
	day             int64
}

// dayCoefficients are the last coefficients computed: neighbours mostly share
// crop, age and weather.
type dayCoefficients struct {
	Coefficients
	crop, age int32
	term      float64
	single    bool
	valid     bool
}

// bareKc is the single coefficient of fallow soil.
const bareKc = 0.3

func (p *Plant) buildZone(in *twins.Instance) error {
	z := zoneSpec{valve: p.need(in, 1), weather: p.need(in, 0)}
	if z.weather < 0 {
		return fmt.Errorf("farm: zone %q has no weather; name a farm/weather twin under needs", in.ID)
	}
	soil, ok := find(p.soils, in.Words[paramSoil], func(s *Soil) string { return s.Name })
	if ok < 0 {
		return fmt.Errorf("farm: zone %q: soil %q is unknown; want one of %v", in.ID, in.Words[paramSoil], soilNames())
	}
	crop, i := find(p.crops, in.Words[paramCrop], func(c *Crop) string { return c.Name })
	if i < 0 {
		return fmt.Errorf("farm: zone %q: crop %q is unknown; want one of %v", in.ID, in.Words[paramCrop], cropNames())
	}
	n := in.Numbers
	or := func(param int, otherwise float64) float64 {
		if math.IsNaN(n[param]) {
			return otherwise
		}
		return n[param]
	}
	soil.FieldCapacity = or(paramFC, soil.FieldCapacity)
	soil.WiltingPoint = or(paramWP, soil.WiltingPoint)
	soil.Saturation = or(paramSaturation, max(soil.Saturation, soil.FieldCapacity))
	soil.REW = or(paramREW, soil.REW)
	soil.CurveNumber = or(paramCurve, soil.CurveNumber)
	z.soil, z.crop = soil, int32(i)
	z.area, z.efficiency, z.wetted = n[paramArea]*1e4, n[paramEfficiency], n[paramWetted]
	z.root = or(paramRoot, crop.Root)
	z.rootMin = or(paramRootMin, min(crop.RootMin, z.root))
	z.p, z.yield, z.dry, z.probe = or(paramP, crop.P), or(paramYield, crop.Yield), n[paramDry], n[paramProbeDepth]
	z.single = in.Words[paramCoefficients] == "single"
	if err := z.check(in.ID); err != nil {
		return err
	}
	switch w := in.Words[paramPlanting]; w {
	case "":
		z.day = 1
	case "none":
	default:
		t, err := time.Parse("01-02", w)
		if err != nil {
			return fmt.Errorf("farm: zone %q: planting %q is no day of the year; want MM-DD such as 05-01, none, or nothing", in.ID, w)
		}
		z.month, z.day = uint8(t.Month()), uint8(t.Day())
	}
	p.zones = append(p.zones, z)
	return nil
}

func (z *zoneSpec) check(id string) error {
	s := &z.soil
	switch {
	case !(s.WiltingPoint > 0 && s.FieldCapacity > s.WiltingPoint && s.Saturation >= s.FieldCapacity && s.Saturation < 1):
		return fmt.Errorf("farm: zone %q: wilting_point %g, field_capacity %g and saturation %g m3/m3 must rise, between 0 and 1", id, s.WiltingPoint, s.FieldCapacity, s.Saturation)
	case !(s.REW > 0 && s.REW < s.TEW()):
		return fmt.Errorf("farm: zone %q: rew %g mm must lie between 0 and the evaporable water of the surface, %g mm", id, s.REW, s.TEW())
	case !(z.rootMin > 0 && z.root >= z.rootMin):
		return fmt.Errorf("farm: zone %q: root_depth_min %g m must lie between 0 and root_depth, %g m", id, z.rootMin, z.root)
	case !(z.area > 0 && z.efficiency > 0 && z.efficiency <= 1 && z.wetted > 0 && z.wetted <= 1 && z.dry >= 0 && z.dry <= 1 && z.probe >= 0):
		return fmt.Errorf("farm: zone %q: area must be above 0, efficiency and wetted within (0,1], initial_depletion within [0,1], probe_depth not below 0", id)
	case !(s.CurveNumber > 0 && s.CurveNumber <= 100 && z.p > 0 && z.p < 1 && z.yield > 0):
		return fmt.Errorf("farm: zone %q: curve_number must lie within (0,100], p within (0,1), potential_yield above 0", id)
	}
	return nil
}

// find returns the element of a name, and its position or -1.
func find[T any](all []T, name string, of func(*T) string) (T, int) {
	for i := range all {
		if of(&all[i]) == name {
			return all[i], i
		}
	}
	var none T
	return none, -1
}

func (p *Plant) beginZone(i int, now sim.Time) {
	z, s := &p.zone[i], &p.zones[i]
	taw := s.soil.Available(s.rootMin)
	*z = Zone{Age: -1, From: p.hour(now), Water: Water{
		Root: s.rootMin, Fw: 1,
		Dr: s.dry * taw, De: s.dry * s.soil.TEW(), Below: s.dry * (s.soil.Available(s.root) - taw),
	}}
	if s.valve >= 0 {
		z.Taken = p.delivered(s.valve, now)
	}
	p.beginCrop(z, s)
}

// beginCrop plants a zone if it is planted at the start, or on a day that is today.
func (p *Plant) beginCrop(z *Zone, s *zoneSpec) {
	t := time.Unix(p.clock.Day*86400, 0).UTC()
	if s.month == 0 && s.day > 0 || s.plantsOn(int(t.Month()), t.Day()) {
		z.plant(s)
	}
}

func (s *zoneSpec) plantsOn(month, day int) bool {
	return s.month > 0 && int(s.month) == month && int(s.day) == day
}

func (z *Zone) plant(s *zoneSpec) {
	z.Water.Replant(s.rootMin, s.root)
	z.Growth = Growth{Done: 1}
	z.Age, z.Degrees = 0, 0
}

// irrigated returns what has infiltrated of the valve's water since the last
// midnight, in mm.
func (p *Plant) irrigated(i int, at sim.Time) float64 {
	s := &p.zones[i]
	if s.valve < 0 {
		return 0
	}
	return (p.delivered(s.valve, at) - p.zone[i].Taken) / p.valves[s.valve].area * 1000 * s.efficiency
}

// demand returns what today brings to a zone.
func (p *Plant) demand(i int, irrigation float64) Demand {
	z, s := &p.zone[i], &p.zones[i]
	w := &p.weather[s.weather]
	et0, rain := p.today(z, w)
	d := Demand{
		Coefficients: p.coefficients(s, z.Age, w.Term),
		ET0:          et0, Rain: rain, Irrigation: irrigation, Fw: s.wetted,
		Root: z.Water.Root, RootMax: s.root, P: s.p,
	}
	if z.Age >= 0 {
		d.Root = s.rootMin + (s.root-s.rootMin)*p.calendars[s.crop][z.Age].Root
	}
	if d.Rain > 0 {
		d.Runoff = Runoff(d.Rain, s.soil.CurveNow(z.Water.De))
	}
	return d
}

// today returns what falls to a zone of today's reference evapotranspiration and
// rain, in mm: not what came before it began.
func (p *Plant) today(z *Zone, w *Weather) (et0, rain float64) {
	if z.From == w.From {
		return w.ET0, w.Rain
	}
	return w.Today.after(z.From)
}

// momentOf returns how far today has come over a zone at a time.
func (p *Plant) momentOf(z *Zone, s *zoneSpec, at sim.Time) *moment {
	w := &p.weather[s.weather]
	if z.From == w.From {
		return p.moment(s.weather, at)
	}
	p.odd = moment{}
	w.Today.course(&p.odd, z.From, p.hour(at))
	return &p.odd
}

// coefficients returns a crop's coefficients at an age in days, -1 for fallow,
// under the climate's term of the day.
func (p *Plant) coefficients(s *zoneSpec, age int32, term float64) Coefficients {
	c := &p.last
	if c.valid && c.crop == s.crop && c.age == age && c.term == term && c.single == s.single {
		return c.Coefficients
	}
	*c = dayCoefficients{crop: s.crop, age: age, term: term, single: s.single, valid: true}
	switch {
	case age < 0 && s.single:
		c.Kcb = bareKc
	case age < 0:
		c.Coefficients = Coefficients{Kcmax: 1.2}
	default:
		k := &p.calendars[s.crop][age]
		grown := term * k.Lift * k.Weight
		dual := Dual(k.Kcb+grown, p.crops[s.crop].Kcb[0], k.Height, term, k.Lift)
		if s.single {
			dual.Kcb, dual.Kcmax = k.Kc+grown, 0
		}
		c.Coefficients = dual
	}
	return c.Coefficients
}

// endZone takes a zone through the day that ends at a time; month and dom are
// those of the day that begins.
func (p *Plant) endZone(i int, at sim.Time, month, dom int) {
	z, s := &p.zone[i], &p.zones[i]
	irrigation := p.irrigated(i, at)
	if s.valve >= 0 {
		z.Taken = p.delivered(s.valve, at)
	}
	d := p.demand(i, irrigation)
	f := z.Water.Step(&s.soil, &d)
	z.ETc, z.From = f.ETc, 0
	z.Sum.Rain += d.Rain
	z.Sum.Irrigation += irrigation
	z.Sum.Runoff += d.Runoff
	z.Sum.Drainage += f.Deep
	z.Sum.Evaporation += f.E
	z.Sum.Transpiration += f.T
	if z.Age >= 0 {
		p.grow(z, s, &f)
	}
	if z.Age < 0 && s.plantsOn(month, dom) {
		z.plant(s)
	}
}

// grow counts a day of the crop, and harvests it after its last.
func (p *Plant) grow(z *Zone, s *zoneSpec, f *Flux) {
	c := &p.crops[s.crop]
	y := &p.weather[s.weather].Today
	if f.Ks < 1 {
		z.Stressed++
	}
	z.Growth.Add(c.Phases, p.calendars[s.crop][z.Age].Phase, f.T, f.Tm)
	z.Degrees += GrowingDegrees(y.Tmax, y.Tmin, c.Base, c.Upper)
	z.Age++
	if int(z.Age) >= c.Days() {
		z.Harvest = z.Growth.Yield(c.Phases)
		z.Age = -1
	}
}

// planned returns the plan of today for a zone.
func (p *Plant) planned(i int, irrigation float64) *plan {
	z, s := &p.zone[i], &p.zones[i]
	et0, _ := p.today(z, &p.weather[s.weather])
	pl := &p.plans[i]
	key := planKey{z.Water, irrigation, et0, p.clock.Day}
	if pl.key != key {
		d := p.demand(i, irrigation)
		water := z.Water
		*pl = plan{flux: water.Step(&s.soil, &d), runoff: d.Runoff, cover: d.Cover, key: key}
	}
	return pl
}

func (p *Plant) probeZone(i, attr int, at sim.Time) float64 {
	z, s := &p.zone[i], &p.zones[i]
	switch attr {
	case zoneSoilTemperature:
		w := &p.weather[s.weather]
		return w.Today.SoilTemperature(w.Soil, s.probe, p.hour(at))
	case zoneStage:
		if z.Age < 0 {
			return 0
		}
		return float64(p.calendars[s.crop][z.Age].Stage)
	case zoneETc:
		return z.ETc
	case zoneStressDays:
		return float64(z.Stressed)
	case zoneYield:
		return p.yield(z, s)
	case zoneYieldMass:
		return p.yield(z, s) * s.yield
	case zoneDegreeDays:
		return z.Degrees
	case zoneDrainage:
		return z.Sum.Drainage
	}
	return p.probeWater(z, s, i, attr, at)
}

func (p *Plant) yield(z *Zone, s *zoneSpec) float64 {
	if z.Age < 0 {
		return z.Harvest
	}
	return z.Growth.Yield(p.crops[s.crop].Phases)
}

// probeWater reads off what moves within the day.
func (p *Plant) probeWater(z *Zone, s *zoneSpec, i, attr int, at sim.Time) float64 {
	irrigation := p.irrigated(i, at)
	m := p.momentOf(z, s, at)
	pl := p.planned(i, irrigation)
	f := &pl.flux
	runoff := 0.0
	if _, rain := p.today(z, &p.weather[s.weather]); rain > 0 {
		runoff = pl.runoff * m.rain / rain
	}
	switch attr {
	case zoneCanopy:
		return pl.cover
	case zoneRoots:
		return f.TAW / s.soil.Available(1)
	case zoneTAW:
		return f.TAW
	case zoneRAW:
		return f.P * f.TAW
	case zoneStress:
		return f.Ks
	case zoneET:
		return z.Sum.Evaporation + z.Sum.Transpiration + m.passed*f.ET()
	case zoneEvaporation:
		return z.Sum.Evaporation + m.passed*f.E
	case zoneRunoff:
		return z.Sum.Runoff + runoff
	case zoneIrrigation:
		return z.Sum.Irrigation + irrigation
	case zoneRain:
		return z.Sum.Rain + m.rain
	}
	available := s.soil.FieldCapacity - s.soil.WiltingPoint
	full := (s.soil.FieldCapacity - s.soil.Saturation) / available * f.TAW // depletion at saturation, mm
	dr := z.Water.Dr + f.Grown - (m.rain - runoff) - irrigation + m.passed*f.ET()
	dr = min(f.TAW, max(full, dr))
	if attr == zoneDepletion {
		return dr
	}
	return s.soil.FieldCapacity - available*dr/f.TAW
}
