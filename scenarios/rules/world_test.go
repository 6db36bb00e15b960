package rules

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// The world of the tests: zones with four channels, two parameters and a word
// each, then one weather.
const (
	zones       = 6
	zoneAttrs   = 4
	weatherBase = zones * zoneAttrs
	channels    = weatherBase + 2
	badFlags    = devices.Missing | devices.Stale
)

var (
	zoneNames    = []string{"vwc", "temp", "alarm", "mode"}
	weatherNames = []string{"et0", "rain"}
)

func indexOf(list []string, s string) int32 {
	for i, x := range list {
		if x == s {
			return int32(i)
		}
	}
	return -1
}

func zoneType(k int32) Type { return []Type{Number, Number, Bool, Whole}[k] }

func lookup(path []string) (Ref, error) {
	unknown := func() (Ref, error) { return Ref{}, ErrUnknown }
	if len(path) == 3 && path[0] == "self" && path[1] == "weather" {
		if k := indexOf(weatherNames, path[2]); k >= 0 {
			return Ref{Base: 1, Slot: k}, nil
		}
		return unknown()
	}
	if len(path) != 2 {
		return unknown()
	}
	switch id, attr := path[0], path[1]; {
	case id == "p":
		if k := indexOf([]string{"trigger", "limit"}, attr); k >= 0 {
			return Ref{Space: Params, Base: Absolute, Slot: k}, nil
		}
	case id == "self" && attr == "crop":
		return Ref{Space: Words, Type: Word, Base: Self, Slot: 0}, nil
	case id == "self" && attr == "area":
		return Ref{Space: Params, Base: Self, Slot: 0}, nil
	case id == "self" && attr == "truth":
		return Ref{}, fmt.Errorf("self.truth is known to the plant only; rules see what is measured")
	case id == "self":
		if k := indexOf(zoneNames, attr); k >= 0 {
			return Ref{Base: Self, Slot: k, Type: zoneType(k)}, nil
		}
	case id == "weather":
		if k := indexOf(weatherNames, attr); k >= 0 {
			return Ref{Base: Absolute, Slot: weatherBase + k}, nil
		}
	case strings.HasPrefix(id, "zone-"):
		var n int32
		if _, err := fmt.Sscanf(id, "zone-%d", &n); err != nil || n < 0 || n >= zones {
			return unknown()
		}
		if k := indexOf(zoneNames, attr); k >= 0 {
			return Ref{Base: Absolute, Slot: n*zoneAttrs + k, Type: zoneType(k)}, nil
		}
	}
	return unknown()
}

func testEnv() *Env {
	return &Env{
		Lookup: lookup,
		Names: func([]string) []string {
			names := []string{"p.trigger", "p.limit", "weather.et0", "weather.rain", "self.crop", "self.area", "self.weather.et0"}
			for _, n := range zoneNames {
				names = append(names, "self."+n)
			}
			return names
		},
		Group: func(pattern string) ([]int32, error) {
			attr, ok := strings.CutPrefix(pattern, "zone-*.")
			k := indexOf(zoneNames, attr)
			if !ok || k < 0 {
				return nil, nil
			}
			var group []int32
			for i := range int32(zones) {
				group = append(group, i*zoneAttrs+k)
			}
			return group, nil
		},
		Call: func(name string, args []string) (Ref, error) {
			if len(args) != 2 {
				return Ref{}, fmt.Errorf("%s takes a pattern and an attribute", name)
			}
			return Ref{Space: Params, Base: Absolute, Slot: 1}, nil
		},
		Calls: []string{"total"},
	}
}

func testState() State {
	s := State{
		Values: make([]float64, channels), Flags: make([]devices.Quality, channels), Heard: make([]sim.Time, channels),
		Params: []float64{0.22, 5, 1, 2, 3, 4, 5, 6}, Bad: badFlags,
		Calendar: Calendar{Epoch: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)},
	}
	for i := range zones {
		s.Words = append(s.Words, []string{"maize", "wheat", ""}[i%3])
	}
	return s
}

// bases returns the bases of zone i.
func bases(i int) []Base {
	return []Base{{int32(i * zoneAttrs), int32(2 + i), int32(i)}, {weatherBase, 0, 0}}
}

// shake fills a state with values that are likely to meet each other and the
// corners of arithmetic.
func shake(s *State, r *rand.Rand) sim.Time {
	pick := []float64{0, 1, -1, 2, 0.5, -0.5, 3, 7, 0.22, 80, 1e300, -1e300, 1e-310, 4.5, 10}
	for i := range s.Values {
		s.Values[i] = pick[r.IntN(len(pick))]
		if r.IntN(8) == 0 {
			s.Values[i] = -s.Values[i] // may be -0
		}
		if r.IntN(4) == 0 {
			s.Values[i] = r.NormFloat64() * 10
		}
		s.Flags[i] = 0
		if r.IntN(20) == 0 {
			s.Flags[i] = devices.Quality(1) << r.IntN(6)
		}
		s.Heard[i] = sim.Time(r.Int64N(int64(sim.Day)))
	}
	for i := range s.Params {
		s.Params[i] = pick[r.IntN(len(pick))]
	}
	return sim.Day + sim.Time(r.Int64N(int64(400*sim.Day)))
}

func condition(t testing.TB, text string) *Condition {
	t.Helper()
	x, err := NewCondition(text, testEnv())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}

func formula(t testing.TB, text string) *Formula {
	t.Helper()
	x, err := NewFormula(text, testEnv())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}
