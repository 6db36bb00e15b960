package scenarios

import (
	"time"

	"github.com/twinsim/twinsim/sim"
)

// A Spec is a scenario file as data: everything in it is checked as far as the
// file alone allows, and knows where it stands. Types of twins, attributes and
// expressions are the business of what builds a run from it.
type Spec struct {
	File   string
	Source string  // the whole text
	Report *Report // for further problems in the same style

	Name, Title, Doc Text
	Run              RunSpec
	Params           []Param
	Blocks           // of the scenario itself
	Variants         []Variant
	Sweeps           []Sweep
	Compare          Compare
	Branch           Branch
	Profiles         []Profile // [source.NAME]

	changing map[string]string // while a run is built: params that actions change, and who does
}

// Blocks are the sections that may stand in a file and in the `add` of a variant.
type Blocks struct {
	Twins   []Twin
	Sensors []Sensor
	Pipes   []Pipe
	Rules   []Rule
	Events  []Event
	Faults  []Fault
	KPIs    []KPI
	Checks  []Check
}

// RunSpec is the section [run].
type RunSpec struct {
	Pos          Position
	Start        time.Time      // in Zone; zero if the file gives none
	StartPos     Position       // zero if the file gives none
	Zone         *time.Location // run.timezone, else the offset of run.start, else UTC
	Timezone     Text           // IANA name as written
	For          Duration       // zero: until the data ends
	Until        Instant
	Seed         uint64
	SeedPos      Position // zero if the file gives none
	Replications int      // at least 1
	Align        Text     // "start" (also if absent) or "absolute"
	Reorder      Duration // the reorder window W; 0 is stamped on arrival
	Late         Text     // "drop" (also if absent) or "keep"
}

// A Duration is a span of time, of a param or of a law. The zero Duration was
// not in the file.
type Duration struct {
	Text
	Time  sim.Time // if it is neither a param's nor a law's
	Param string   // name of the param whose value it takes
	Law   Law      // in s; only where a law may stand
}

// An Instant is a point of time: after the start ("8d"), then at a time of day
// ("12d 14:00"), a time of day alone ("05:00"), or a date. The zero Instant was
// not in the file.
type Instant struct {
	Text
	After    sim.Time  // since the start, unless Date is set
	HasAfter bool      // After was written
	Clock    sim.Time  // since midnight in the run's zone, if HasClock
	HasClock bool      // a time of day was written
	Date     time.Time // if not zero, and then nothing else; in the run's zone
	Param    string    // name of the param whose value is After
}

// A Field is a named value of a free table, such as a twin's `with`.
type Field struct {
	Name  Text
	Value Value
}

// A Param is one knob of [params].
type Param struct {
	Name      Text
	Doc       Text
	Kind      ParamKind
	Number    float64   // in Unit, of a NumberParam
	Unit      Unit      // what rules see it in
	OwnUnit   bool      // the file has `unit`, so that a bare number is in it
	Low, High float64   // in Unit, if HasLow, HasHigh
	HasLow    bool      // the file has `min`
	HasHigh   bool      // the file has `max`
	LowText   string    // min as written, with the unit
	HighText  string    // max as written, with the unit
	Numbers   []float64 // in Unit: choices, if any
	choices   []string  // Numbers as written, with the unit
	broken    bool      // it was told already what is wrong with it
	Word      string    // of a WordParam
	Words     []string  // choices, if any
	Flag      bool      // of a FlagParam
	Value     Value     // as in the file
}

// ParamKind says what a param holds.
type ParamKind uint8

// The kinds of params.
const (
	NumberParam ParamKind = iota // a number with a unit
	WordParam                    // a text
	FlagParam                    // true or false
)

// A Count is a whole number, or a param's.
type Count struct {
	Text
	N     int
	Param string // name of the param whose value it takes
}

// A Twin is one [[twin]], which may stand for many.
type Twin struct {
	Pos      Position
	ID       Text // may have {n}
	Count    Count
	Type     Text
	Doc      Text
	With     []Field
	Needs    []Field // role = id or template
	Channels []Field // of a type without attributes of its own: name = unit
}

// A Sensor is one [[sensor]].
type Sensor struct {
	Pos    Position
	Name   Text
	On     Text // "zone-*.soil_moisture"
	Device Text
	Every  Duration
	Phase  Duration
	Stale  Duration
	Topic  Text // may have {id} and {attr}
	Format Text
	Chain  []Field // lag, gain, offset, noise, ... in the order of the file
}

// A Pipe is one [[pipe]].
type Pipe struct {
	Pos   Position
	Name  Text
	On    Text
	Steps []Step
}

// A Step is one item of a pipe's steps: { KIND = { ARGS } } or { KIND = VALUE }.
type Step struct {
	Pos   Position
	Kind  Text
	Args  []Field // if the value is a table
	Value Value
}

// A Rule is one [[rule]].
type Rule struct {
	Pos   Position
	Name  Text
	Doc   Text
	Each  Text // pattern of twins; absent: once for the run
	When  Text // expression
	Hold  Duration
	Quiet Duration
	At    Instant
	Every Duration
	Then  []Action
}

// An Action is one item of a `then`. Kind says which of the fields it has.
type Action struct {
	Pos      Position
	Kind     string   // "command", "alarm", "set", "fault", "param"
	What     Text     // "{self.valve}.open", the alarm's text, the name set, the fault's kind, the param
	On       Text     // of a fault: pattern of twins or channels
	For      Duration // of a command or a fault
	Value    Value    // of a command, set or param: a number, a quantity or an expression
	Severity Text     // of an alarm: "info", "warning" (also if absent) or "critical"
	With     []Field  // of a fault
}

// An Event is one [[event]]: actions at a time of their own.
type Event struct {
	Pos   Position
	Name  Text
	Doc   Text
	At    Instant
	Every Duration
	Until Instant
	Then  []Action
}

// A Fault is one [[fault]].
type Fault struct {
	Pos   Position
	Name  Text
	Doc   Text
	Kind  Text
	On    Text
	From  Instant
	To    Instant
	For   Duration // may be a law
	Every Duration // may be a law: from one onset to the next
	With  []Field
}

// A KPI is one [[kpi]].
type KPI struct {
	Pos    Position
	Name   Text
	Expr   Text
	Unit   Text
	Doc    Text
	Better Text // "less", "more" or absent
}

// A Check is one [[check]].
type Check struct {
	Pos  Position
	Name Text
	That Text
	Why  Text
}

// A Variant is one [[variant]]: a patch of the scenario.
type Variant struct {
	Pos    Position
	Name   Text
	Doc    Text
	Off    []Ref
	Params []Field
	Add    Blocks
}

// A Ref names a block, as in off = ["rule.water when dry"].
type Ref struct {
	Text
	Section string // "rule"
	Name    string // a name or a pattern of names
}

// A Sweep is [sweep], or one [[sweep]]: points of the params' space.
type Sweep struct {
	Pos    Position
	Method Text // "grid" (also if absent), "zip", "lhs" or "sobol"
	Points int  // of lhs and sobol
	Axes   []Axis
}

// An Axis is what a sweep does to one param.
type Axis struct {
	Param    Text
	Values   []Value // a list
	From, To Value   // or a range
	Steps    int     // of a range, both ends included
}

// Compare is the section [compare]; its Pos is zero if the file has none.
type Compare struct {
	Pos        Position
	Baseline   Text // "base" if absent
	Variants   []Text
	KPIs       []Text
	Confidence float64 // in (0,1); 0.95 if absent
}

// Branch is the section [branch]; its Pos is zero if the file has none.
type Branch struct {
	Pos Position
	At  Instant
}

// A Profile is one [source.NAME]: where the readings of channels come from.
type Profile struct {
	Pos     Position
	Name    Text
	Entries []Entry
}

// An Entry is one line of a profile.
type Entry struct {
	On      Text    // "zone-03.soil_moisture", a pattern of such, or "*"
	Kind    string  // "replay", "mqtt", "serial", "kafka", "synth"
	Address Text    // the value of the key Kind: file, topic, port
	Keys    []Field // the other keys
}
