package farm

import (
	"slices"
	"testing"

	"github.com/twinsim/twinsim/twins"
)

// A plant can be broken by a scenario.
var _ twins.Breakable = (*Plant)(nil)

// The descriptions have no gaps, and units that a scenario can read.
func TestTypesAreWhole(t *testing.T) {
	units := []string{"", "m3/m3", "mm", "m", "m2", "ha", "m3", "L", "L/min", "m3/s", "m3/h", "degC", "%", "W/m2", "MJ/m2", "m/s",
		"K", "mm/d", "mm/h", "W", "kW", "kWh", "J", "Pa", "kPa", "deg", "d", "h", "min", "s", "t/ha", "kg", "1/d"}
	for _, typ := range Family().Types {
		seen := map[string]bool{}
		for _, a := range typ.Attrs {
			if a.Name == "" || a.Doc == "" || !slices.Contains(units, a.Unit) || seen[a.Name] {
				t.Errorf("%s: attribute %+v", typ.Name, a)
			}
			seen[a.Name] = true
		}
		seen = map[string]bool{}
		for _, p := range typ.Params {
			if p.Name == "" || p.Doc == "" || !slices.Contains(units, p.Unit) || seen[p.Name] {
				t.Errorf("%s: parameter %+v", typ.Name, p)
			}
			if !p.Word && p.From == "" && (p.Low != 0 || p.High != 0) && (p.Default < p.Low || p.Default > p.High) {
				t.Errorf("%s: the default of %s is out of bounds", typ.Name, p.Name)
			}
			if p.Text != "" && len(p.Choices) > 0 && !slices.Contains(p.Choices, p.Text) {
				t.Errorf("%s: the default of %s is no choice", typ.Name, p.Name)
			}
			seen[p.Name] = true
		}
	}
}

// A difference of temperatures is in K: 2 K more is not 2 K above absolute zero.
func TestWarmingIsADifference(t *testing.T) {
	for _, p := range weatherType.Params {
		if p.Name == "warming" && p.Unit != "K" {
			t.Errorf("warming is in %s", p.Unit)
		}
	}
}

// Tables obey what the equations take for granted, and every pair of soil and
// crop makes a zone.
func TestTables(t *testing.T) {
	for _, soil := range soilNames() {
		for _, crop := range cropNames() {
			f := &fleet{}
			f.add("weather", weatherType, map[string]any{"climate": "tunis"})
			f.add("zone", zoneType, map[string]any{"soil": soil, "crop": crop}, "weather")
			w := f.start(t, 1, may1)
			if w.zone[0].Age != 0 {
				t.Errorf("%s on %s was not planted", crop, soil)
			}
		}
	}
	for _, c := range Crops() {
		if n := len(c.Phases); n == 0 || c.Phases[n-1].End != 4 {
			t.Errorf("%s: the phases of the yield end before the season", c.Name)
		}
		if last := c.Day(c.Days() - 1); int(last.Phase) != len(c.Phases)-1 || last.Stage != 4 {
			t.Errorf("%s: the last day is %+v", c.Name, last)
		}
		var root float64
		for _, d := range c.Calendar() {
			if d.Root < root || d.Kcb <= 0 || d.Kc <= 0 || d.Weight < 0 || d.Weight > 1 {
				t.Errorf("%s: %+v", c.Name, d)
			}
			root = d.Root
		}
	}
}
