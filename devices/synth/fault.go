package synth

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Fault is something that goes wrong with some channels for some time.
// Several faults on one channel act in the order they are listed.
type Fault struct {
	Name     string // unique; names its random streams
	Kind     string // one of [FaultKinds]
	Channels []devices.ChannelID
	From, To sim.Time           // active from From until before To; To 0 is for ever
	With     map[string]float64 // parameters, in the units that FaultKinds tells
}

// A UnitRule says in which unit a parameter of a fault is.
type UnitRule string

// The unit rules.
const (
	ChannelUnit   UnitRule = "channel"     // the channel's own unit
	ChannelPerDay UnitRule = "channel/day" // the channel's unit per day
	Probability   UnitRule = "probability" // in [0,1]
	Factor        UnitRule = "factor"      // a pure number
	Samples       UnitRule = "samples"     // a number of readings
	Seconds       UnitRule = "s"           // a duration in seconds
	PPM           UnitRule = "ppm"         // parts per million
)

// A FaultParam is one parameter of a kind of fault.
type FaultParam struct {
	Name     string
	Doc      string
	Unit     UnitRule
	Required bool // otherwise leaving it out has the effect that Doc tells
}

// A FaultKind is one row of the table of faults.
type FaultKind struct {
	Name   string
	Doc    string
	Params []FaultParam
	code   faultCode
}

type faultCode uint8

const (
	faultOffset faultCode = iota
	faultGain
	faultDrift
	faultNoise
	faultStuck
	faultSpike
	faultDropout
	faultClipping
	faultClock
)

// FaultKinds returns the table of faults, after Ni et al. 2009 and Sharma,
// Golubchik and Govindan 2010 (both ACM Transactions on Sensor Networks).
func FaultKinds() []FaultKind {
	return []FaultKind{
		{"offset", "the reading is wrong by a constant", []FaultParam{
			{"amount", "added to the reading", ChannelUnit, true},
		}, faultOffset},
		{"gain", "the reading is wrong in proportion", []FaultParam{
			{"factor", "multiplies the reading", Factor, true},
		}, faultGain},
		{"drift", "the reading moves away steadily", []FaultParam{
			{"per_day", "added for each day since the fault began", ChannelPerDay, true},
		}, faultDrift},
		{"noise", "a burst of white noise", []FaultParam{
			{"sd", "standard deviation, in addition to the sensor's own noise", ChannelUnit, true},
		}, faultNoise},
		{"stuck", "the reading does not change any more", []FaultParam{
			{"value", "what it is stuck at; left out, the last reading before", ChannelUnit, false},
		}, faultStuck},
		{"spike", "single readings far off, up or down", []FaultParam{
			{"probability", "that a reading is a spike", Probability, true},
			{"amplitude", "how far off it is", ChannelUnit, true},
		}, faultSpike},
		{"dropout", "readings are lost", []FaultParam{
			{"probability", "that a reading is lost; with burst, that a gap begins", Probability, true},
			{"burst", "mean length of a gap, at least 1; left out, each reading is lost by itself", Samples, false},
		}, faultDropout},
		{"clipping", "the reading does not leave a range narrower than it should be", []FaultParam{
			{"low", "lower end; left out, none", ChannelUnit, false},
			{"high", "upper end; left out, none", ChannelUnit, false},
		}, faultClipping},
		{"clock", "the device's time stamps are wrong", []FaultParam{
			{"offset", "how far ahead, in seconds; left out, 0", Seconds, false},
			{"drift", "how much faster, since the fault began; left out, 0", PPM, false},
		}, faultClock},
	}
}

// Validate reports what of the fault makes no sense, and what was meant.
func (f *Fault) Validate() error {
	_, err := f.effect()
	return err
}

// An effect is a fault in the form in which it acts.
type effect struct {
	code     faultCode
	has      bool // an optional first parameter was given
	from, to sim.Time
	a, b     float64 // parameters, as code has it
	stream   sim.Stream
}

func (f *Fault) effect() (effect, error) {
	e := effect{from: f.From, to: f.To}
	bad := func(format string, args ...any) (effect, error) {
		return e, fmt.Errorf("synth: fault %q: %s", f.Name, fmt.Sprintf(format, args...))
	}
	kinds := FaultKinds()
	i := slices.IndexFunc(kinds, func(k FaultKind) bool { return k.Name == f.Kind })
	switch {
	case f.Name == "":
		return bad("it has no name: its random numbers and its log need one")
	case i < 0:
		var names []string
		for _, k := range kinds {
			names = append(names, k.Name)
		}
		return bad("kind %q is unknown: want one of %s", f.Kind, strings.Join(names, ", "))
	case f.To != 0 && f.To <= f.From:
		return bad("it ends at %v, before it begins at %v: want to after from, or 0 for ever", f.To, f.From)
	case len(f.Channels) == 0:
		return bad("it is on no channel")
	}
	if e.to == 0 {
		e.to = sim.Never
	}
	k := kinds[i]
	e.code = k.code
	if err := k.check(f.With); err != nil {
		return bad("%v", err)
	}
	if err := e.fill(f.With); err != nil {
		return bad("%v", err)
	}
	return e, nil
}

// check looks at the names and the ranges that unit rules imply.
func (k *FaultKind) check(with map[string]float64) error {
	known := make([]string, 0, len(k.Params))
	found := 0
	for _, p := range k.Params {
		known = append(known, p.Name)
		v, ok := with[p.Name]
		switch {
		case !ok && p.Required:
			return fmt.Errorf("%s needs the parameter %s: %s (%s)", k.Name, p.Name, p.Doc, p.Unit)
		case !ok:
			continue
		case !finite(v):
			return fmt.Errorf("%s = %v: want a number", p.Name, v)
		case p.Unit == Probability && !(v >= 0 && v <= 1):
			return fmt.Errorf("%s = %v: want a probability between 0 and 1", p.Name, v)
		}
		found++
	}
	if found == len(with) {
		return nil
	}
	var unknown []string
	for name := range with {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return fmt.Errorf("%s has no parameter %s: want %s", k.Name, strings.Join(unknown, ", "), strings.Join(known, ", "))
}

// fill puts the parameters where Apply finds them.
func (e *effect) fill(with map[string]float64) error {
	switch e.code {
	case faultOffset:
		e.a = with["amount"]
	case faultGain:
		e.a = with["factor"]
	case faultDrift:
		e.a = with["per_day"]
	case faultNoise:
		if e.a = with["sd"]; e.a < 0 {
			return fmt.Errorf("sd = %v: want 0 or more", e.a)
		}
	case faultStuck:
		e.a, e.has = with["value"]
	case faultSpike:
		e.a, e.b = with["probability"], with["amplitude"]
	case faultDropout:
		e.a = with["probability"]
		if e.b, e.has = with["burst"]; e.has && e.b < 1 {
			return fmt.Errorf("burst = %v: want a mean length of 1 reading or more", e.b)
		}
	case faultClipping:
		low, hasLow := with["low"]
		high, hasHigh := with["high"]
		e.a, e.b = math.Inf(-1), math.Inf(1)
		if hasLow {
			e.a = low
		}
		if hasHigh {
			e.b = high
		}
		if !(hasLow || hasHigh) || e.a >= e.b {
			return fmt.Errorf("clipping from %v to %v: want low, high or both, and low below high", e.a, e.b)
		}
	case faultClock:
		e.a, e.b = with["offset"]*float64(sim.Second), with["drift"]*1e-6
		if e.a == 0 && e.b == 0 {
			return fmt.Errorf("clock needs an offset or a drift")
		}
	}
	return nil
}

// severity is the one number that tells how bad the fault is.
func (e *effect) severity() float64 {
	switch e.code {
	case faultSpike:
		return e.b
	case faultClock:
		if e.a == 0 {
			return e.b * 1e6
		}
		return e.a / float64(sim.Second)
	case faultClipping:
		if math.IsInf(e.b, 1) {
			return e.a
		}
		return e.b
	}
	return e.a
}
