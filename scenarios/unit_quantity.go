package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/twinsim/twinsim/sim"
)

// A Quantity is a number with a unit ("40 L/min"), a law of numbers
// ("normal(0.31, 0.02)"), or the value of a param ("p.trigger").
type Quantity struct {
	Value float64 // in Unit; 0 if it is a law or a param
	Unit  Unit    // pure if none was written
	Bare  bool    // no unit was written
	Law   Law     // if Law.Kind is not ""
	Param string  // name of the param whose value it takes, or ""
}

// ParseQuantity reads a number with or without a unit, a duration such as
// "1h30m", a law, or "p.NAME". Numbers are finite.
func ParseQuantity(text string) (Quantity, error) {
	s := strings.TrimSpace(text)
	if name, ok := paramName(s); ok {
		return Quantity{Param: name}, nil
	}
	if looksLikeLaw(s) {
		law, err := ParseLaw(s)
		if err != nil {
			return Quantity{}, err
		}
		return Quantity{Law: law, Unit: law.Unit, Bare: law.Bare}, nil
	}
	value, rest, ok := cutNumber(s)
	if !ok {
		return Quantity{}, notNumber(text)
	}
	unit, err := ParseUnit(rest)
	if err == nil {
		return Quantity{Value: value, Unit: unit, Bare: rest == ""}, nil
	}
	if d, derr := ParseDuration(s); derr == nil { // "1h30m" is no unit
		second, _ := lookUnit("s")
		return Quantity{Value: d.Seconds(), Unit: second}, nil
	}
	if m, ok := err.(*mistake); ok {
		m.at, m.width = strings.LastIndex(text, rest), len([]rune(rest))
	}
	return Quantity{}, err
}

func notNumber(text string) error {
	m := &mistake{
		what:     fmt.Sprintf("%q is not a quantity", text),
		expected: `a number with its unit such as "12 min", a law such as "normal(0.31, 0.02)", or a param such as "p.dose"`,
	}
	if i := strings.IndexAny(text, "0123456789"); i > 0 && strings.Contains(text[:i], "$") || strings.HasPrefix(text, "$") {
		m.try = fmt.Sprintf("a param is written %q", "p."+strings.Trim(text, "${} "))
	} else if strings.Contains(text, ",") && strings.IndexAny(text, "0123456789") == 0 {
		m.try = "numbers take a decimal point, and no separator of thousands"
	}
	return m
}

// paramName returns NAME of "p.NAME".
func paramName(s string) (string, bool) {
	name, ok := strings.CutPrefix(s, "p.")
	return name, ok && isName(name)
}

// isName reports whether s can be a name in an expression: a letter or "_",
// then letters, digits and "_".
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// cutNumber splits a decimal number off the front of s and trims the rest.
func cutNumber(s string) (value float64, rest string, ok bool) {
	n := 0
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	digits := 0
	run := func() {
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
			digits++
		}
	}
	run()
	if n < len(s) && s[n] == '.' {
		n++
		run()
	}
	if digits == 0 {
		return 0, s, false
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		mark := n
		if n++; n < len(s) && (s[n] == '+' || s[n] == '-') {
			n++
		}
		from := n
		if run(); n == from {
			n = mark
		}
	}
	value, err := strconv.ParseFloat(s[:n], 64)
	if err != nil || math.IsInf(value, 0) {
		return 0, s, false
	}
	return value, strings.TrimSpace(s[n:]), true
}

// String writes the quantity so that ParseQuantity reads the same again.
func (q Quantity) String() string {
	switch {
	case q.Param != "":
		return "p." + q.Param
	case q.Law.Kind != "":
		return q.Law.String()
	}
	n := strconv.FormatFloat(q.Value, 'g', -1, 64)
	if q.Unit.Symbol == "" {
		return n
	}
	return n + " " + q.Unit.Symbol
}

// In returns the value in a unit. A bare number is one of a pure unit only. A
// law or a param has no value yet: errors.
func (q Quantity) In(unit Unit) (float64, error) {
	switch {
	case q.Param != "":
		return 0, &mistake{what: fmt.Sprintf("the value of p.%s is not known here", q.Param)}
	case q.Law.Kind != "":
		return 0, &mistake{what: fmt.Sprintf("%q is a law where one number is wanted", q.String()),
			expected: unit.Dim.Name() + ", the same for all", try: fmt.Sprintf("write a number such as %q", strings.TrimSpace("1 "+unit.Symbol))}
	case q.Bare && !unit.Pure():
		return 0, bare(q.String(), unit)
	}
	v, err := q.Unit.Convert(q.Value, unit)
	if err == nil && (math.IsInf(v, 0) || math.IsNaN(v)) {
		err = &mistake{what: fmt.Sprintf("%s is beyond all bounds in %s", q, unit)}
	}
	return v, err
}

// Draws returns the quantity as a law in a unit: a plain number is the law of
// always that number.
func (q Quantity) Draws(unit Unit) (Law, error) {
	if q.Law.Kind != "" {
		return q.Law.In(unit)
	}
	v, err := q.In(unit)
	if err != nil {
		return Law{}, err
	}
	return Law{Kind: "constant", Args: []float64{v}, Unit: unit}, nil
}

// bare complains about a number without a unit where one is needed.
func bare(text string, unit Unit) error {
	_, examples := unit.Dim.describe()
	with := unit.Symbol
	if unit.Dim == (Dimension{2: 1}) && with == "s" {
		with = "min"
	}
	return &mistake{
		what:     fmt.Sprintf("%s has no unit", text),
		expected: fmt.Sprintf("%s, in %s", unit.Dim.Name(), examples),
		try:      fmt.Sprintf("write %q", text+" "+with),
	}
}

// durationUnits are the units of durations; "m" is minutes here, as nothing else can be meant.
var durationUnits = [...]struct {
	symbols string
	size    sim.Time
}{
	{"ns", sim.Nanosecond}, {"us µs μs", sim.Microsecond}, {"ms", sim.Millisecond},
	{"s sec second seconds", sim.Second}, {"m min minute minutes", sim.Minute}, {"h hr hour hours", sim.Hour},
	{"d day days", sim.Day}, {"w week weeks", 7 * sim.Day},
}

func durationUnit(symbol string) (sim.Time, bool) {
	for _, u := range durationUnits {
		for _, s := range strings.Fields(u.symbols) {
			if s == symbol {
				return u.size, true
			}
		}
	}
	return 0, false
}
