package rules

import (
	"errors"
	"sort"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Type is the type of a name.
type Type uint8

// The types. In the slots a Whole is a float64 without fraction and a Bool is 0
// or not 0.
const (
	Number Type = iota // float64
	Whole              // int: counts, states
	Bool
	Word // string; in [Words] only
)

// A Space is one of the slices that a slot may lie in.
type Space uint8

// The spaces.
const (
	Channels Space = iota // State.Values, with Flags and Heard
	Params                // State.Params: constant during a run
	Words                 // State.Words: constant during a run
)

// Absolute and Self are values of [Ref.Base]; 1 and up are the twin's needs.
const (
	Absolute = -1
	Self     = 0
)

// maxBases is how many twins one instance may refer to: itself and its needs.
const maxBases = 20

// A Ref is what a name stands for.
type Ref struct {
	Space Space
	Type  Type
	Base  int   // Absolute, Self, or k for the k-th twin of the instance's bases
	Slot  int32 // in the space, relative to the base
}

// A Base says where the slots of one twin begin. Channel is negative for a need
// that is not connected: what reads it is unknown.
type Base struct {
	Channel, Param, Word int32
}

// An Input is a channel that an expression reads.
type Input struct {
	Base int   // Absolute, Self, or k
	Slot int32 // channel, relative to the base
}

// ErrUnknown is what [Env.Lookup] returns, bare or wrapped, for a name that does
// not exist; the compile error then offers the nearest of [Env.Names]. A *[Refusal]
// says more; other errors are shown as they are.
var ErrUnknown = errors.New("unknown name")

// An Env says which names an expression may use. Its functions are called while
// compiling only. Nil functions know nothing.
type Env struct {
	// Lookup resolves a dotted name: {"self","vwc"}, {"self","weather","et0"},
	// {"zone-01","vwc"}, {"p","trigger"}. An id that is no identifier is written
	// twin("zone-01").vwc or ref("zone-01.vwc").
	Lookup func(path []string) (Ref, error)
	// Names returns dotted names that could have been meant by path.
	Names func(path []string) []string
	// Group returns the channels that each(pattern) stands for.
	Group func(pattern string) ([]int32, error)
	// Call resolves name(args...), with constant texts as arguments, to a slot:
	// total('valve-*', 'delivered'). Calls lists those names, for suggestions.
	Call  func(name string, args []string) (Ref, error)
	Calls []string
	// Instead says, by function of numbers, what to write where one is given a
	// text: sum of total('TWINS', 'ATTR').
	Instead map[string]string
	// Flags names the bits of State.Flags, lowest first, for quality(x, "late").
	// Nil is [devices.QualityNames].
	Flags []string
}

// State is what expressions read. The slices are the owner's, who writes to
// them, and must keep their length.
type State struct {
	Values []float64         // by channel, in the channel's unit
	Flags  []devices.Quality // by channel: what is known against the value; 0 is good
	Heard  []sim.Time        // by channel: last good arrival; zero if there was none, so age counts from the epoch
	Params []float64         // by parameter slot, in the parameter's unit
	Words  []string          // by word slot
	// Bad are the flags with which a value is unknown: missing, stale. A channel
	// that was never heard must have one of them.
	Bad devices.Quality
	// Calendar is the calendar of the run.
	Calendar Calendar
}

// Functions returns the names of all functions that the language has, sorted:
// those of this package and those of expr.
func Functions() []string {
	var names []string
	for name := range functions {
		names = append(names, name)
	}
	for name := range builtinAllowed {
		names = append(names, name)
	}
	for name := range calendarFields {
		names = append(names, name)
	}
	names = append(names, "age", "each", "missing", "quality", "ref", "twin")
	sort.Strings(names)
	return names
}
