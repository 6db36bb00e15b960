package farm

import (
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// A policy is told of every day at 04:00 and may water.
type policy func(w *world, day int)

// An outcome is the mean of some years of maize in Champion.
type outcome struct {
	gross, yield, drainage, stress float64 // mm, relative, mm, d
}

// water brings 1 ha its net depth in mm through an efficiency of 0.75.
func (w *world) water(t *testing.T, net float64) {
	w.do(t, "valve", verbDeliver, net*10/0.75, 0)
}

func (w *world) season(t *testing.T, act policy) {
	days := Crops()[0].Days()
	for day := range days {
		w.run(t, sim.Time(day)*sim.Day+4*sim.Hour)
		if day > 0 && day < 130 {
			act(w, day)
		}
	}
	w.run(t, sim.Time(days)*sim.Day)
}

// average runs one policy over 30 seasons: the same for every policy.
func average(t *testing.T, soil string, act policy) (m outcome) {
	const years = 30
	for y := range uint64(years) {
		f := &fleet{}
		f.add("weather", weatherType, nil)
		f.add("valve", valveType, map[string]any{"flow": 1000.0})
		f.add("zone", zoneType, map[string]any{"soil": soil, "area": 1.0}, "weather", "valve")
		w := f.start(t, y, may1)
		w.season(t, act)
		m.gross += w.get("valve", "delivered") / 10 / years
		m.yield += w.get("zone", "yield") / years
		m.drainage += w.get("zone", "drainage") / years
		m.stress += w.get("zone", "stress_days") / years
	}
	t.Logf("%s: gross %.0f mm, yield %.3f, drainage %.0f mm, stress on %.0f d", soil, m.gross, m.yield, m.drainage, m.stress)
	return m
}

// A threshold that follows p(ETc) beats a calendar of 7 d x 30 mm (net) in yield
// for its water, a calendar of 40 mm in water for its yield, and a fixed half of
// the available water in yield; without water there is next to nothing. These are
// the directions of a replay of 37 real seasons at Champion.
func TestFollowingPBeatsTheCalendar(t *testing.T) {
	calendar := func(net float64) policy {
		return func(w *world, day int) {
			if day%7 == 0 {
				w.water(t, net)
			}
		}
	}
	threshold := func(trigger func(s *zoneSpec, etc float64) float64) policy {
		return func(w *world, _ int) {
			s, vwc := &w.zones[0], w.get("zone", "soil_moisture")
			if vwc < trigger(s, w.get("zone", "etc")) {
				w.do(t, "valve", verbDeliver, Refill(s.soil.FieldCapacity, vwc, w.get("zone", "roots"), 1, 0.75), 0)
			}
		}
	}
	half := func(s *zoneSpec, _ float64) float64 { return (s.soil.FieldCapacity + s.soil.WiltingPoint) / 2 }
	follow := func(s *zoneSpec, etc float64) float64 {
		return Trigger(s.soil.FieldCapacity, s.soil.WiltingPoint, s.p, etc, 0.05)
	}
	for _, soil := range []string{"loam", "sandy_loam"} {
		none := average(t, soil, func(*world, int) {})
		thirty := average(t, soil, calendar(30))
		forty := average(t, soil, calendar(40))
		fixed := average(t, soil, threshold(half))
		smart := average(t, soil, threshold(follow))
		if smart.yield < thirty.yield+0.1 || smart.yield/smart.gross < 1.15*thirty.yield/thirty.gross {
			t.Errorf("%s: no better than 30 mm a week", soil)
		}
		if smart.gross > 0.85*forty.gross || smart.yield < forty.yield || smart.drainage > 0.5*forty.drainage {
			t.Errorf("%s: no thriftier than 40 mm a week", soil)
		}
		if smart.yield < fixed.yield+0.03 || smart.yield < 0.96 {
			t.Errorf("%s: no better than half of the available water", soil)
		}
		if none.yield > 0.2 {
			t.Errorf("%s: maize does not grow on rain alone at Champion", soil)
		}
	}
}

// A policy that sees p too late or a crop that bears stress: a mutated trigger
// loses, so the test above can fail.
func TestLateTriggerLoses(t *testing.T) {
	at := func(margin float64) policy {
		return func(w *world, _ int) {
			s, vwc := &w.zones[0], w.get("zone", "soil_moisture")
			if vwc < Trigger(s.soil.FieldCapacity, s.soil.WiltingPoint, s.p, w.get("zone", "etc"), margin) {
				w.do(t, "valve", verbDeliver, Refill(s.soil.FieldCapacity, vwc, w.get("zone", "roots"), 1, 0.75), 0)
			}
		}
	}
	if early, late := average(t, "loam", at(0.05)), average(t, "loam", at(-0.1)); late.yield > early.yield-0.03 {
		t.Errorf("yield %.3f of a late trigger, %.3f of the right one", late.yield, early.yield)
	}
}
