package scenarios

import (
	"fmt"
	"math"
	"strings"
)

// Param finds a param by name; nil if there is none.
func (s *Spec) Param(name string) *Param {
	for i := range s.Params {
		if s.Params[i].Name.Src == name {
			return &s.Params[i]
		}
	}
	return nil
}

func (s *Spec) paramNames() []string {
	list := make([]string, len(s.Params))
	for i := range s.Params {
		list[i] = s.Params[i].Name.Src
	}
	return list
}

// SetParam sets a param from a text such as "0.2", "15 min" or "loam", as -p
// gives it. Unit, range and choices are checked; what refers to the param as
// "p.NAME" follows.
func (s *Spec) SetParam(name, text string) error {
	v := Value{Text: Text{Src: text}, Kind: Word}
	if text == "true" || text == "false" {
		v.Kind, v.Flag = Flag, text == "true"
	}
	if err := s.setParam(name, v); err != nil {
		return fmt.Errorf("-p %s=%s: %w", name, text, err)
	}
	return nil
}

// errTold stands for something that was told already.
var errTold = &mistake{what: "told already"}

// setParam sets a param from a value of the file.
func (s *Spec) setParam(name string, v Value) error {
	p := s.Param(name)
	if p == nil {
		return s.noParam(name)
	}
	next, err := p.with(v)
	if err == nil {
		*p = next
	}
	return err
}

func (s *Spec) noParam(name string) error {
	m := &mistake{what: fmt.Sprintf("there is no param %q", name), expected: oneOf(s.paramNames(), name), try: DidYouMean(name, s.paramNames())}
	if len(s.Params) == 0 {
		m.expected, m.try = "", "add it to [params]"
	}
	return m
}

// with returns the param with another value.
func (p Param) with(v Value) (Param, error) {
	if p.broken {
		return p, errTold
	}
	switch p.Kind {
	case WordParam:
		if v.Kind == Flag {
			v.Kind = Word
		}
		if v.Kind != Word {
			return p, &mistake{what: fmt.Sprintf("param %s is a text, not %s", p.Name, v.Kind)}
		}
		p.Word = v.Src
	case FlagParam:
		if v.Kind != Flag {
			return p, &mistake{what: fmt.Sprintf("param %s is a flag, not %s", p.Name, quoted(v)), expected: "true or false"}
		}
		p.Flag = v.Flag
	default:
		n, err := p.number(v)
		if err != nil {
			return p, err
		}
		p.Number = n
	}
	p.Value = v
	return p, p.check()
}

func quoted(v Value) string {
	if v.Kind == Word {
		return fmt.Sprintf("%q", v.Src)
	}
	return v.Src
}

// number reads a value in the param's unit. Bare numbers are in the unit that
// the file declares with `unit`.
func (p *Param) number(v Value) (float64, error) {
	q, err := v.Quantity()
	if err != nil {
		return 0, err
	}
	if q.Param != "" {
		return 0, &mistake{what: fmt.Sprintf("param %s can't be another param", p.Name)}
	}
	if q.Bare && q.Law.Kind == "" && p.OwnUnit {
		return q.Value, nil
	}
	return q.In(p.Unit)
}

// check holds the value against the param's range and choices.
func (p *Param) check() error {
	outside := func(word, limit string) error {
		return &mistake{what: fmt.Sprintf("param %s is %s, %s %s", p.Name, p.written(p.Value), word, limit), expected: p.wants()}
	}
	switch p.Kind {
	case WordParam:
		if len(p.Words) > 0 && !contains(p.Words, p.Word) {
			return &mistake{what: fmt.Sprintf("param %s can't be %q", p.Name, p.Word), expected: p.wants(), try: DidYouMean(p.Word, p.Words)}
		}
	case NumberParam:
		if p.HasLow && p.Number < p.Low {
			return outside("below its min", p.LowText)
		}
		if p.HasHigh && p.Number > p.High {
			return outside("above its max", p.HighText)
		}
		for _, c := range p.Numbers {
			if c == p.Number {
				return nil
			}
		}
		if len(p.Numbers) > 0 {
			return &mistake{what: fmt.Sprintf("param %s can't be %s", p.Name, p.written(p.Value)), expected: p.wants()}
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (p *Param) format(v float64) string {
	return Quantity{Value: v, Unit: p.Unit}.String()
}

// written returns a number of the file as it stands there; a bare one with the
// param's unit.
func (p *Param) written(v Value) string {
	if q, err := v.Quantity(); err == nil && q.Bare && p.Unit.Symbol != "" {
		return v.Src + " " + p.Unit.Symbol
	}
	return v.Src
}

func (p *Param) show() string {
	switch p.Kind {
	case WordParam:
		return p.Word
	case FlagParam:
		return fmt.Sprint(p.Flag)
	}
	return p.format(p.Number)
}

// wants describes the values a param may have.
func (p *Param) wants() string {
	switch {
	case p.Kind == FlagParam:
		return "true or false"
	case len(p.Words) > 0:
		return oneOf(p.Words)
	case p.Kind == WordParam:
		return "a text"
	case len(p.Numbers) > 0:
		return oneOf(p.choices)
	case p.HasLow && p.HasHigh:
		return p.LowText + " to " + p.HighText
	case p.HasLow:
		return "at least " + p.LowText
	case p.HasHigh:
		return "at most " + p.HighText
	}
	return p.Unit.Dim.Name()
}

// number returns a param's value in a unit.
func (s *Spec) number(name string, unit Unit) (float64, error) {
	p := s.Param(name)
	switch {
	case p == nil:
		return 0, s.noParam(name)
	case p.broken:
		return 0, errTold
	case s.changing[name] != "":
		return 0, &mistake{what: fmt.Sprintf("p.%s is read here once, before the run begins, but %s changes it", name, s.changing[name]),
			expected: "a param that no action changes", try: "those go into expressions, hold, quiet, value, and for of an action"}
	case p.Kind != NumberParam:
		return 0, &mistake{what: fmt.Sprintf("p.%s is not a number", name), expected: unit.Dim.Name(), try: p.place()}
	case p.Unit.Pure() && p.Unit.Symbol == "" && !unit.Pure():
		return 0, &mistake{what: fmt.Sprintf("p.%s has no unit", name), expected: unit.Dim.Name(),
			try: fmt.Sprintf(`give it one in [params]: %s = { value = %s, unit = %q }`, name, p.format(p.Number), unit.Symbol)}
	case p.Unit.Dim != unit.Dim:
		m := mismatch("p."+name, p.Unit, unit).(*mistake)
		if m.try == "" {
			m.try = p.place()
		}
		return 0, m
	}
	return p.Unit.Convert(p.Number, unit)
}

// place says where the param stands: the mistake may be there.
func (p *Param) place() string {
	return fmt.Sprintf("line %d of [params] says %s = %s", p.Name.Pos.Line, p.Name, p.Value.Raw)
}

// Number returns a value of the file in a unit, with the value of its param if
// it is "p.NAME". The error is a *[Problem] at the value's place.
func (s *Spec) Number(v Value, unit string) (float64, error) {
	u, err := ParseUnit(unit)
	if err != nil {
		return 0, err
	}
	q, err := v.Quantity()
	var n float64
	switch {
	case err != nil:
	case q.Param != "":
		n, err = s.number(q.Param, u)
	default:
		n, err = q.In(u)
	}
	if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
		err = &mistake{what: quoted(v) + " is beyond all bounds"}
	}
	return n, s.at(v.Text, err)
}

// Draws returns a value of the file as a law in a unit; a plain number or a
// param is the law of always that number.
func (s *Spec) Draws(v Value, unit string) (Law, error) {
	q, err := v.Quantity()
	if err != nil || q.Law.Kind == "" {
		n, err := s.Number(v, unit)
		u, _ := ParseUnit(unit)
		return Law{Kind: "constant", Args: []float64{n}, Unit: u}, err
	}
	u, err := ParseUnit(unit)
	if err != nil {
		return Law{}, err
	}
	law, err := q.Law.In(u)
	return law, s.at(v.Text, err)
}

// Word returns a value of the file as a text, with the value of its param if it
// is "p.NAME". For "choice(loam, sand)" see ParseLaw and DrawWord.
func (s *Spec) Word(v Value) (string, error) {
	if v.Kind != Word {
		return "", s.at(v.Text, &mistake{what: v.Kind.String() + " where a text belongs", expected: "a text in quotes"})
	}
	name, ok := paramName(strings.TrimSpace(v.Src))
	if !ok {
		return v.Src, nil
	}
	p := s.Param(name)
	switch {
	case p == nil:
		return "", s.at(v.Text, s.noParam(name))
	case p.Kind != WordParam:
		return "", s.at(v.Text, &mistake{what: fmt.Sprintf("p.%s is not a text", name)})
	}
	return p.Word, nil
}

// Whole returns a count, with its param's value if it is one.
func (s *Spec) Whole(c Count) (int, error) {
	if c.Param == "" {
		return c.N, nil
	}
	v, err := s.number(c.Param, Unit{Num: 1, Den: 1})
	if err == nil && (v != math.Floor(v) || v < 1 || v > maxTwins) {
		err = &mistake{what: fmt.Sprintf("p.%s is %v", c.Param, v), expected: "a whole number of at least 1"}
	}
	return int(v), s.at(c.Text, err)
}

// at puts an error at a text's place.
func (s *Spec) at(t Text, err error) error {
	if err == nil {
		return nil
	}
	if err == errTold {
		return err
	}
	r := &Report{file: s.Report.file, lines: s.Report.lines}
	r.AddError(t, err)
	return r.list[0]
}
