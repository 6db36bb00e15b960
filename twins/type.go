package twins

import (
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Type describes one kind of twin: what of it can be measured, what it can be
// told, what it needs. It is a description, never changed by a run.
type Type struct {
	Name   string         // "farm/zone"
	Doc    string         // one line
	Attrs  []devices.Attr // measured or true; a twin's channels, in this order
	Params []Param        // what `with` may set
	Needs  []Need         // other twins it is connected to
	Verbs  []Verb         // what a command may say
	Faults []FaultKind    // asset faults, for which the plant is a [Breakable]
}

// A Param is one thing that `with` may set on a twin. A number has a Unit (""
// for a pure one); a word has Choices or is free text.
type Param struct {
	Name    string
	Doc     string
	Unit    string  // of Default, Low, High and of the value the plant gets
	Default float64 // in Unit
	Low     float64 // in Unit; Low = High = 0 means any
	High    float64 // in Unit
	Word    bool    // a text, not a number
	Text    string  // default of a text
	Choices []string
	// From says, for a number without a fixed default, where the default comes
	// from ("soil"): the plant gets NaN and looks it up.
	From string
}

// A Need is a named connection to another twin of the same family.
type Need struct {
	Role     string // "weather"
	Type     string // "farm/weather"
	Doc      string
	Optional bool
}

// A Verb is one thing that a twin of a type can be told to do.
type Verb struct {
	Name  string
	Doc   string
	Unit  string // of the argument; "" when there is none or it is a pure number
	Arg   bool   // takes an argument
	Timed bool   // takes `for`: undone by itself after that time
}

// A FaultKind is one way in which a twin of a type can break.
type FaultKind struct {
	Name  string
	Doc   string
	Unit  string  // of Level
	Level float64 // default severity in Unit
}

// An Instance is one twin of a scenario, with every value resolved.
type Instance struct {
	ID      string
	Type    *Type
	Index   int32             // of the twin in the run: Command.Target
	Base    devices.ChannelID // of Type.Attrs[0]; attribute k is Base+k
	Numbers []float64         // by index of Type.Params, in the parameter's unit; NaN for an unset Param with From
	Words   []string          // by index of Type.Params; "" for numbers
	Needs   []int32           // by index of Type.Needs: an index into PlantConfig.Instances; -1 for none
}

// A PlantConfig is what a family needs to build the plant of all its twins.
type PlantConfig struct {
	Instances []Instance // all twins of the family, in the order of the scenario
	Start     time.Time  // the calendar time of the run's epoch, in the run's zone
	// Emit takes ground-truth events (a valve that broke), for the record only.
	Emit func(Event)
}

// An Event is something that happened, for events.parquet and the report:
// ground truth, a rule, an alarm.
type Event struct {
	At     sim.Time
	Kind   string   // "fault", "rule", "command", "alarm", "plant"
	Twin   string   // id, "" for the run
	Name   string   // of the fault, rule, ...
	Detail string   // for people
	Value  float64  // in the unit that Detail names, if any
	Span   sim.Time // how long a command lasts; 0 is until told otherwise
}

// A Family is a group of types whose twins are physically connected and are
// simulated by one plant, such as zones, valves and weather of a farm.
type Family struct {
	Name  string // "farm"
	Types []*Type
	New   func(PlantConfig) (Plant, error)
}

// A Plant is the ground truth of all twins of a family. Its fleet lives in
// slices. Rules and models never see it.
type Plant interface {
	// Do carries out a command to one of its twins.
	devices.Actuator
	// Start adds the plant's actors to the run, hands its state to Keep, takes
	// its random streams and schedules its first events, with sim.RankPlant.
	Start(s *sim.Sim) error
	// Probe returns the true value of a channel of one of its twins now, in the
	// channel's unit. It is never NaN. It may advance the plant lazily to `at`,
	// which is the current time.
	Probe(ch devices.ChannelID, at sim.Time) float64
}

// Breakable is a plant whose twins can be broken and mended by a scenario.
type Breakable interface {
	// Fault starts (on) or ends a fault of the twin with the given index; kind
	// indexes Type.Faults, level is in the kind's unit.
	Fault(twin int32, kind int, on bool, level float64) error
}
