package analytics

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/twinsim/twinsim/sim"
)

// ParamType is what may stand behind a parameter's name in a scenario file.
type ParamType uint8

// The types of parameters.
const (
	Number   ParamType = iota // a finite number
	Integer                   // a whole number
	Duration                  // a span of time, at least 0
	Windowed                  // an integer counting readings, or a duration: see [Span]
	Word                      // one of Choices, or free text if there are none
	Bool                      // true or false
)

var paramTypeNames = [...]string{
	"number", "integer", "duration", "integer or duration", "word", "bool",
}

// String returns the type as a reader of scenario files would call it.
func (t ParamType) String() string {
	if int(t) < len(paramTypeNames) {
		return paramTypeNames[t]
	}
	return fmt.Sprintf("ParamType(%d)", uint8(t))
}

// The units that a Param or the output of a Kind may name besides an ordinary
// one. A chain of stages is checked with them: what comes out of one stage is
// the channel of the next.
const (
	ChannelUnit = "channel" // a point on the channel's own scale: 20 degC
	DeltaUnit   = "delta"   // a difference on that scale: 5 K, not 5 degC
	RateUnit    = "rate"    // a difference divided by the parameter "per"
)

// A Param is one key of a stage or a model in a scenario file.
type Param struct {
	Name     string
	Doc      string // one line
	Type     ParamType
	Unit     string // of a Number: ChannelUnit, DeltaUnit, or "" for a pure number
	Default  any    // float64 (also for an Integer), sim.Time, string or bool; nil for none
	Choices  []string
	Required bool
	Positive bool // a number, count or duration must be above 0
}

// A Span is the length of a window: a number of readings or a length of time.
// One of the two is set.
type Span struct {
	Count int      // readings
	For   sim.Time // event time
}

// Zero reports whether neither is set.
func (s Span) Zero() bool { return s == Span{} }

// Args are the values given for a Kind's parameters. The zero value is empty
// and ready to use. A lookup of what is not set returns the zero value of its type.
type Args struct{ values map[string]any }

// Set gives a parameter its value: a float64 or an int (for a Number, an
// Integer or a Windowed), a [sim.Time], a string or a bool. Numbers are in the
// unit that the Param asks for. Whether the type fits is found by [Kind.Check].
func (a *Args) Set(name string, value any) {
	if n, ok := value.(int); ok {
		value = float64(n)
	}
	if a.values == nil {
		a.values = make(map[string]any)
	}
	a.values[name] = value
}

// Has reports whether the parameter is set.
func (a Args) Has(name string) bool { _, ok := a.values[name]; return ok }

// Number returns a number, in the unit of the Param.
func (a Args) Number(name string) float64 { v, _ := a.values[name].(float64); return v }

// Int returns a whole number.
func (a Args) Int(name string) int { return int(a.Number(name)) }

// Duration returns a span of time.
func (a Args) Duration(name string) sim.Time { v, _ := a.values[name].(sim.Time); return v }

// Word returns a word.
func (a Args) Word(name string) string { v, _ := a.values[name].(string); return v }

// Bool returns a truth value.
func (a Args) Bool(name string) bool { v, _ := a.values[name].(bool); return v }

// Span returns a number of readings or a length of time.
func (a Args) Span(name string) Span {
	return Span{Count: a.Int(name), For: a.Duration(name)}
}

// Names returns the names that are set, sorted.
func (a Args) Names() []string {
	names := make([]string, 0, len(a.values))
	for name := range a.values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// A ParamError says which parameter of which kind is wrong, so that whoever
// read the file can point at the place.
type ParamError struct {
	Kind  string
	Param string // "" when it is about the whole
	Msg   string
}

// Error returns "kind.param: message".
func (e *ParamError) Error() string {
	if e.Param == "" {
		return e.Kind + ": " + e.Msg
	}
	return e.Kind + "." + e.Param + ": " + e.Msg
}

// A Kind describes one kind of stage or model and makes it: what a scenario
// file may say, and what comes of it. T is Stage or Model.
type Kind[T any] struct {
	Name   string
	Doc    string // one line
	Params []Param
	OneOf  []string // exactly one of these parameters must be given; nil for no such rule
	Output string   // unit of what comes out: ChannelUnit, DeltaUnit, RateUnit or "" for a pure number
	New    func(Args) (T, error)
}

// Param finds a parameter by name.
func (k *Kind[T]) Param(name string) (Param, bool) {
	for _, p := range k.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

// Check finds what is wrong with args before anything is built: unknown and
// missing names, wrong types, words that are no choice. The error is a *ParamError.
func (k *Kind[T]) Check(args Args) error {
	for _, name := range args.Names() {
		p, ok := k.Param(name)
		if !ok {
			return &ParamError{k.Name, name, "no such parameter; there are " + k.paramNames()}
		}
		if msg := p.fault(args.values[name]); msg != "" {
			return &ParamError{k.Name, name, msg}
		}
	}
	for _, p := range k.Params {
		if p.Required && !args.Has(p.Name) {
			return &ParamError{k.Name, p.Name, "is needed: " + p.Doc}
		}
	}
	if k.OneOf == nil {
		return nil
	}
	var given []string
	for _, name := range k.OneOf {
		if args.Has(name) {
			given = append(given, name)
		}
	}
	switch len(given) {
	case 0:
		return &ParamError{k.Name, "", "give one of " + strings.Join(k.OneOf, ", ")}
	case 1:
		return nil
	}
	return &ParamError{k.Name, given[1], "can't stand beside " + given[0] + "; give one of " + strings.Join(k.OneOf, ", ")}
}

// Build checks args, adds the defaults and makes the stage or model.
func (k *Kind[T]) Build(args Args) (T, error) {
	var none T
	if err := k.Check(args); err != nil {
		return none, err
	}
	var full Args
	for _, p := range k.Params {
		if v, ok := args.values[p.Name]; ok {
			full.Set(p.Name, v)
		} else if p.Default != nil {
			full.Set(p.Name, p.Default)
		}
	}
	return k.New(full)
}

func (k *Kind[T]) paramNames() string {
	var names []string
	for _, p := range k.Params {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// fault says what is wrong with v as a value of p; "" if nothing is.
func (p *Param) fault(v any) string {
	ok := false
	switch p.Type {
	case Number:
		n, is := v.(float64)
		ok = is && n-n == 0
	case Integer:
		ok = whole(v)
	case Duration:
		t, is := v.(sim.Time)
		ok = is && t >= 0
	case Windowed:
		t, is := v.(sim.Time)
		ok = is && t >= 0 || whole(v)
	case Bool:
		_, ok = v.(bool)
	case Word:
		w, is := v.(string)
		if !is || len(p.Choices) == 0 {
			ok = is
			break
		}
		for _, c := range p.Choices {
			if c == w {
				return ""
			}
		}
		return fmt.Sprintf("%q is none of %s", w, strings.Join(p.Choices, ", "))
	}
	if ok && p.Positive && !positive(v) {
		return fmt.Sprintf("is %v, want more than 0", v)
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("got %v, want a value of type %s", v, p.Type)
}

func positive(v any) bool {
	switch v := v.(type) {
	case float64:
		return v > 0
	case sim.Time:
		return v > 0
	}
	return true
}

func whole(v any) bool {
	n, is := v.(float64)
	return is && n == math.Floor(n) && math.Abs(n) <= 1<<31-1
}

// Counted is what a stage implements that drops, flags, fills or skips: the
// counters behind a run's account of quality. They are part of its state.
type Counted interface {
	// Counts calls add for each counter, in a fixed order.
	Counts(add func(what string, n uint64))
}
