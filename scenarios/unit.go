package scenarios

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Dimension is what kind of thing a unit measures: the exponents of metre,
// kilogram, second, ampere, kelvin, mole, candela, radian, euro, decibel and
// dBm. The angle is one of them so that rpm isn't taken for Hz.
type Dimension [11]int8

// dimensionNames are the symbols of the exponents in a [Dimension].
var dimensionNames = [len(Dimension{})]string{"m", "kg", "s", "A", "K", "mol", "cd", "rad", "EUR", "dB", "dBm"}

// A Unit is a parsed unit. Its values convert to SI as
//
//	si = (value - Zero) * Num / Den
//
// where the zero of temperatures is 0 degC. The zero Unit is not valid; the pure
// number is Unit{Num: 1, Den: 1}, which ParseUnit returns for "".
type Unit struct {
	Symbol   string    // as written: "L/min"
	Dim      Dimension // what it measures
	Num, Den float64   // scale to SI as a fraction, in SI units per unit; exact for decimal prefixes
	Zero     float64   // what the unit reads at 0 degC, in the unit; 0 unless it is a temperature
}

// zeroCelsius is 0 degC, in K.
const zeroCelsius = 273.15

// Pure reports whether u measures a pure number, such as "%" or "m3/m3".
func (u Unit) Pure() bool { return u.Dim == Dimension{} }

// String returns the unit as it was written.
func (u Unit) String() string { return u.Symbol }

// String returns the dimension in SI units, such as "m3/s", in a form that
// ParseUnit reads; "" for a pure number.
func (d Dimension) String() string {
	var above, below []string
	for i, e := range d {
		switch {
		case e == 1:
			above = append(above, dimensionNames[i])
		case e > 1:
			above = append(above, fmt.Sprint(dimensionNames[i], e))
		case e == -1:
			below = append(below, dimensionNames[i])
		case e < -1:
			below = append(below, fmt.Sprint(dimensionNames[i], -int(e)))
		}
	}
	s := strings.Join(above, " ")
	switch {
	case len(below) == 0:
		return s
	case s == "":
		s = "1"
	}
	if len(below) == 1 {
		return s + "/" + below[0]
	}
	return s + "/(" + strings.Join(below, " ") + ")"
}

// Name says what the dimension is, with its article: "a flow", "a pure number".
func (d Dimension) Name() string {
	name, _ := d.describe()
	return name
}

// describe returns the name of the dimension and some units of it.
func (d Dimension) describe() (name, units string) {
	for _, k := range dimensionTable {
		if u, err := ParseUnit(k.unit); err == nil && u.Dim == d {
			return k.name, k.examples
		}
	}
	return "a quantity in " + d.String(), d.String()
}

// ParseUnit reads a unit: symbols with prefixes, integer powers, products and
// quotients, such as "L/min", "W/m2", "kg/(m s2)" or "1/d". A quotient takes one
// factor: "W/m2/K" or "W/(m2 K)". "" and "1" are pure numbers.
func ParseUnit(symbol string) (Unit, error) {
	trimmed := strings.TrimSpace(symbol)
	if trimmed == "" {
		return Unit{Num: 1, Den: 1}, nil
	}
	if u, ok := lookUnit(trimmed); ok { // one symbol may have a zero of its own
		return u, nil
	}
	p := unitParser{src: trimmed}
	u, err := p.product(0)
	if err != nil {
		return Unit{}, err
	}
	if p.at < len(p.src) {
		return Unit{}, p.fail(`")" without "("`)
	}
	if !(u.Num > 0 && u.Den > 0 && !math.IsInf(u.Num, 0) && !math.IsInf(u.Den, 0)) {
		return Unit{}, &mistake{what: fmt.Sprintf("the unit %q is beyond all bounds", symbol)}
	}
	u.Symbol = trimmed
	if u.Dim == (Dimension{4: 1}) {
		u.Zero = zeroCelsius * u.Den / u.Num
	}
	return u, nil
}

// Convert converts a value in u to the same in another unit.
func (u Unit) Convert(value float64, to Unit) (float64, error) {
	if u.Dim != to.Dim {
		return 0, mismatch(fmt.Sprintf("%v %s", value, u.Symbol), u, to)
	}
	if u.Num == to.Num && u.Den == to.Den && u.Zero == to.Zero {
		return value, nil
	}
	return u.scale(value-u.Zero, to) + to.Zero, nil
}

// scale converts a difference, such as a standard deviation, where zeros don't matter.
func (u Unit) scale(value float64, to Unit) float64 {
	return value * (u.Num * to.Den) / (u.Den * to.Num)
}

// Convert converts a value from one unit, as text, to another.
func Convert(value float64, from, to string) (float64, error) {
	a, err := ParseUnit(from)
	if err != nil {
		return 0, err
	}
	b, err := ParseUnit(to)
	if err != nil {
		return 0, err
	}
	return a.Convert(value, b)
}

func mismatch(text string, got, want Unit) error {
	_, units := want.Dim.describe()
	m := &mistake{
		what:     fmt.Sprintf("%s is %s, not %s", strings.TrimSpace(text), got.Dim.Name(), want.Dim.Name()),
		expected: fmt.Sprintf("%s, in %s", want.Dim.Name(), units),
	}
	if want.Dim == (Dimension{2: 1}) && got.Dim == (Dimension{0: 1}) && strings.HasSuffix(text, "m") {
		m.try = `"m" is metres; minutes are "min"`
	}
	if want.Pure() {
		m.expected = "a number without a unit, or in %"
	}
	return m
}

type unitParser struct {
	src string
	at  int
}

func (p *unitParser) fail(what string) error {
	return &mistake{
		what:     fmt.Sprintf("%q is not a unit: %s", p.src, what),
		expected: "a unit such as L/min, m3/m3, W/m2, 1/d or %",
	}
}

func (p *unitParser) blank() {
	for p.at < len(p.src) && (p.src[p.at] == ' ' || p.src[p.at] == '\t') {
		p.at++
	}
}

// product reads factors joined by "/", "*", "·" or a blank, up to the end or a ")".
func (p *unitParser) product(depth int) (Unit, error) {
	u := Unit{Num: 1, Den: 1}
	if depth > 8 {
		return u, p.fail("too many brackets")
	}
	sign := 1
	if strings.HasPrefix(p.src[p.at:], "/") { // "42/min" leaves "/min"
		sign, p.at = -1, p.at+1
	}
	for {
		p.blank()
		f, err := p.factor(depth)
		if err != nil {
			return u, err
		}
		if u, err = p.times(u, f, sign); err != nil {
			return u, err
		}
		p.blank()
		sign = 1
		rest := p.src[p.at:]
		switch {
		case rest == "" || rest[0] == ')':
			return u, nil
		case rest[0] == '/':
			sign, p.at = -1, p.at+1
		case rest[0] == '*':
			p.at++
		case strings.HasPrefix(rest, "·"):
			p.at += len("·")
		}
	}
}

// times multiplies u by f to a small power.
func (p *unitParser) times(u, f Unit, power int) (Unit, error) {
	for i := range u.Dim {
		e := int(u.Dim[i]) + power*int(f.Dim[i])
		if e < -9 || e > 9 {
			return u, p.fail("a power beyond 9")
		}
		u.Dim[i] = int8(e)
	}
	num, den := f.Num, f.Den
	if power < 0 {
		num, den, power = den, num, -power
	}
	for ; power > 0; power-- {
		u.Num *= num
		u.Den *= den
	}
	return u, nil
}

func (p *unitParser) factor(depth int) (Unit, error) {
	one := Unit{Num: 1, Den: 1}
	rest := p.src[p.at:]
	var u Unit
	switch {
	case rest == "":
		return one, p.fail("something is missing at the end")
	case rest[0] == '(':
		p.at++
		inner, err := p.product(depth + 1)
		if err != nil {
			return one, err
		}
		if !strings.HasPrefix(p.src[p.at:], ")") {
			return one, p.fail(`a ")" is missing`)
		}
		p.at++
		u = inner
	case rest[0] == '1':
		p.at++
		return one, nil
	default:
		n := 0
		for n < len(rest) {
			r, size := utf8.DecodeRuneInString(rest[n:])
			if !unicode.IsLetter(r) && !strings.ContainsRune("%°$€", r) {
				break
			}
			n += size
		}
		if n == 0 {
			r, _ := utf8.DecodeRuneInString(rest)
			return one, p.fail(fmt.Sprintf("%q has no place in one", r))
		}
		var ok bool
		if u, ok = lookUnit(rest[:n]); !ok {
			return one, unknownUnit(rest[:n])
		}
		p.at += n
	}
	power, err := p.power()
	if err != nil {
		return one, err
	}
	return p.times(one, u, power)
}

// power reads an exponent after a symbol: "2", "^2", "-1", "^-1", "²", or none.
func (p *unitParser) power() (int, error) {
	rest := p.src[p.at:]
	for i, s := range [...]string{"²", "³"} {
		if strings.HasPrefix(rest, s) {
			p.at += len(s)
			return i + 2, nil
		}
	}
	n, sign := 0, 1
	if n < len(rest) && rest[n] == '^' {
		n++
	}
	if n < len(rest) && rest[n] == '-' {
		n, sign = n+1, -1
	}
	if n < len(rest) && rest[n] >= '1' && rest[n] <= '9' {
		p.at += n + 1
		if p.at < len(p.src) && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
			return 0, p.fail("a power beyond 9")
		}
		return sign * int(rest[n]-'0'), nil
	}
	if n > 0 {
		return 0, p.fail("a power must be a whole number from 1 to 9")
	}
	return 1, nil
}

func unknownUnit(symbol string) error {
	m := &mistake{
		what:     fmt.Sprintf("unknown unit %q", symbol),
		expected: "a unit such as L/min, m3/m3, W/m2, 1/d or %",
		try:      DidYouMean(symbol, unitSymbols()),
	}
	switch symbol {
	case "C":
		m.try = `did you mean "degC"?`
	case "F":
		m.try = `did you mean "degF"?`
	case "°":
		m.try = `did you mean "deg"?`
	}
	return m
}
