package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// A Law is a probability law of a number, or a choice of words: what a
// population's `with` and a fault's times may be.
type Law struct {
	Kind    string    // "normal", ...; "constant" is always Args[0]; "" is no law
	Args    []float64 // in Unit; shape arguments are pure
	Weights []float64 // of choice, summing to 1
	Words   []string  // of a choice of words; then Args is empty
	Unit    Unit      // of Args and of what is drawn
	Bare    bool      // no unit was written
}

// What an argument of a law is decides how it converts.
const (
	location = 'l' // a value: converts with the zero of its unit
	scale    = 's' // a difference or spread, not negative
	positive = '+' // a value that must be above 0, such as a median or a mean life
	shape    = 'p' // a pure number above 0
	spread   = 'q' // a pure number, not negative
)

// lawTable lists the laws, with what others call them and the roles of their arguments.
var lawTable = [...]struct{ name, alias, roles, usage string }{
	{"normal", "gauss", "ls", "normal(MEAN, SD)"},
	{"uniform", "", "ll", "uniform(LOW, HIGH)"},
	{"triangular", "", "lll", "triangular(LOW, MODE, HIGH)"},
	{"lognormal", "", "+q", "lognormal(MEDIAN, SD OF THE LOGARITHM)"},
	{"exponential", "exp", "+", "exponential(MEAN)"},
	{"weibull", "", "p+", "weibull(SHAPE, SCALE)"},
	{"choice", "", "", "choice(A, B, ...) or choice(A:WEIGHT, B:WEIGHT, ...)"},
}

func lawNames() []string {
	var list []string
	for _, l := range lawTable {
		list = append(list, l.name)
	}
	return list
}

func looksLikeLaw(s string) bool {
	name, _, ok := strings.Cut(s, "(")
	return ok && isName(strings.TrimSpace(name))
}

// ParseLaw reads a law: normal, uniform, triangular, lognormal, exponential,
// weibull or choice, with units inside ("normal(20 degC, 1 K)") or after
// ("normal(10, 1) mm").
func ParseLaw(text string) (Law, error) {
	s := strings.TrimSpace(text)
	name, rest, ok := strings.Cut(s, "(")
	inside, after, closed := cutLast(rest, ")")
	name = strings.TrimSpace(name)
	if !ok || !closed {
		return Law{}, &mistake{what: fmt.Sprintf("%q is not a law", text), expected: `one such as "normal(0.31, 0.02)"`,
			try: `every "(" needs its ")"`}
	}
	var args []string
	if strings.TrimSpace(inside) != "" {
		args = strings.Split(inside, ",")
	}
	try := DidYouMean(name, lawNames())
	for _, row := range lawTable {
		if name != row.name {
			if name == row.alias {
				try = fmt.Sprintf("did you mean %q?", row.name)
			}
			continue
		}
		if row.name == "choice" {
			return parseChoice(text, args, strings.TrimSpace(after))
		}
		if len(args) != len(row.roles) {
			return Law{}, &mistake{what: fmt.Sprintf("%s takes %d arguments, not %d", row.name, len(row.roles), len(args)), expected: row.usage}
		}
		return parseArgs(text, row.name, row.roles, row.usage, args, strings.TrimSpace(after))
	}
	return Law{}, &mistake{what: fmt.Sprintf("unknown law %q", name), expected: oneOf(lawNames(), name), try: try,
		at: strings.Index(text, name), width: len([]rune(name))}
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// parseArgs reads the arguments of a law by their roles.
func parseArgs(text, name, roles, usage string, args []string, after string) (Law, error) {
	law := Law{Kind: name, Args: make([]float64, len(args))}
	list := make([]Quantity, len(args))
	for i, a := range args {
		q, err := lawNumber(a, usage)
		if err != nil {
			return Law{}, err
		}
		list[i] = q
	}
	if err := law.settleUnit(text, list, roles, after); err != nil {
		return Law{}, err
	}
	for i, q := range list {
		v := q.Value
		switch role := roles[i]; {
		case role == shape || role == spread:
			u, _ := ParseUnit("")
			var err error
			if v, err = q.In(u); err != nil {
				return Law{}, err
			}
		case q.Bare:
		case q.Unit.Dim != law.Unit.Dim:
			return Law{}, mismatch(strings.TrimSpace(args[i]), q.Unit, law.Unit)
		case role == scale:
			v = q.Unit.scale(v, law.Unit)
		default:
			v, _ = q.Unit.Convert(v, law.Unit)
		}
		law.Args[i] = v
	}
	return law, law.check(text, roles, usage)
}

// settleUnit finds the unit of a law: the one after it, or else the first inside.
func (l *Law) settleUnit(text string, list []Quantity, roles, after string) error {
	var err error
	if l.Unit, err = ParseUnit(after); err != nil {
		return err
	}
	inside, missing := false, false
	for i, q := range list {
		if roles != "" && (roles[i] == shape || roles[i] == spread) {
			continue
		}
		if q.Bare {
			missing = missing || q.Value != 0
			continue
		}
		if after == "" && !inside {
			l.Unit = q.Unit
		}
		inside = true
	}
	switch {
	case inside && after != "":
		return &mistake{what: fmt.Sprintf("%q has units inside and after", text), try: "write the unit once, after the bracket"}
	case inside && missing:
		return &mistake{what: fmt.Sprintf("%q has a unit for some of its numbers only", text),
			try: fmt.Sprintf(`write the unit once, after the bracket: "... ) %s"`, l.Unit)}
	}
	l.Bare = !inside && after == ""
	return nil
}

func lawNumber(arg, usage string) (Quantity, error) {
	value, unit, ok := cutNumber(strings.TrimSpace(arg))
	if !ok {
		return Quantity{}, &mistake{what: fmt.Sprintf("%q is not a number", strings.TrimSpace(arg)), expected: usage}
	}
	u, err := ParseUnit(unit)
	return Quantity{Value: value, Unit: u, Bare: unit == ""}, err
}

// check refuses arguments that make no law.
func (l *Law) check(text, roles, usage string) error {
	bad := func(why string) error {
		return &mistake{what: fmt.Sprintf("%q is not a law: %s", text, why), expected: usage}
	}
	for i, v := range l.Args {
		if v != v || v-v != 0 {
			return bad("a number is beyond all bounds")
		}
		switch roles[i] {
		case scale, spread:
			if v < 0 {
				return bad("a spread must not be negative")
			}
		case positive, shape:
			if v <= 0 {
				return bad(fmt.Sprintf("argument %d must be above 0", i+1))
			}
		}
	}
	a := l.Args
	if l.Kind == "uniform" && a[0] > a[1] || l.Kind == "triangular" && (a[0] > a[1] || a[1] > a[2]) {
		return bad("its numbers must not go down")
	}
	if (l.Kind == "uniform" || l.Kind == "triangular") && a[len(a)-1]-a[0] > 1.7e308 {
		return bad("a number is beyond all bounds")
	}
	return nil
}

func parseChoice(text string, args []string, after string) (Law, error) {
	law := Law{Kind: "choice"}
	usage := lawTable[len(lawTable)-1].usage
	if len(args) == 0 {
		return Law{}, &mistake{what: "choice needs something to choose from", expected: usage}
	}
	list, total, numbers := make([]Quantity, len(args)), 0.0, 0
	for i, a := range args {
		item, weight, weighted := cutLast(a, ":")
		w := 1.0
		if weighted {
			q, err := lawNumber(weight, usage)
			if err != nil || !q.Unit.Pure() || q.Value < 0 {
				return Law{}, &mistake{what: fmt.Sprintf("%q is not a weight", strings.TrimSpace(weight)), expected: usage}
			}
			w = q.Value * q.Unit.Num / q.Unit.Den
		}
		item = strings.TrimSpace(item)
		if item == "" {
			return Law{}, &mistake{what: fmt.Sprintf("%q has an empty choice", text), expected: usage}
		}
		if q, err := lawNumber(item, usage); err == nil {
			list[i] = q
			numbers++
		}
		law.Words = append(law.Words, item)
		law.Weights = append(law.Weights, w)
		total += w
	}
	if !(total > 0) || total-total != 0 {
		return Law{}, &mistake{what: fmt.Sprintf("the weights of %q add up to nothing", text), expected: usage}
	}
	for i := range law.Weights {
		law.Weights[i] /= total
	}
	if numbers < len(args) {
		return law.words(text, numbers, after)
	}
	law.Words = nil
	if err := law.settleUnit(text, list, "", after); err != nil {
		return Law{}, err
	}
	for _, q := range list {
		v := q.Value
		if !q.Bare {
			var err error
			if v, err = q.Unit.Convert(v, law.Unit); err != nil {
				return Law{}, err
			}
			if v-v != 0 {
				return Law{}, &mistake{what: fmt.Sprintf("%s is beyond all bounds in %s", q, law.Unit)}
			}
		}
		law.Args = append(law.Args, v)
	}
	return law, nil
}

// words checks a choice of words.
func (l Law) words(text string, numbers int, after string) (Law, error) {
	if numbers > 0 {
		return Law{}, &mistake{what: fmt.Sprintf("%q mixes words and numbers", text)}
	}
	if after != "" {
		return Law{}, &mistake{what: fmt.Sprintf("%q chooses words; they have no unit", text)}
	}
	l.Bare = true
	l.Unit = Unit{Num: 1, Den: 1}
	return l, nil
}

// In returns the law with its arguments in a unit. A bare law is one of pure
// numbers only.
func (l Law) In(unit Unit) (Law, error) {
	if len(l.Words) > 0 {
		return Law{}, &mistake{what: fmt.Sprintf("%q chooses words where a number is wanted", l.String())}
	}
	if l.Bare && !unit.Pure() {
		return Law{}, bare(l.String(), unit)
	}
	if l.Unit.Dim != unit.Dim {
		return Law{}, mismatch(l.String(), l.Unit, unit)
	}
	out := l
	out.Unit, out.Bare = unit, false
	out.Args = append([]float64(nil), l.Args...)
	roles := ""
	for _, row := range lawTable {
		if row.name == l.Kind {
			roles = row.roles
		}
	}
	for i, v := range l.Args {
		switch {
		case i < len(roles) && (roles[i] == shape || roles[i] == spread):
		case i < len(roles) && roles[i] == scale:
			out.Args[i] = l.Unit.scale(v, unit)
		default:
			out.Args[i], _ = l.Unit.Convert(v, unit)
		}
		if out.Args[i]-out.Args[i] != 0 {
			return Law{}, &mistake{what: fmt.Sprintf("%s is beyond all bounds in %s", l, unit)}
		}
	}
	return out, nil
}

// String writes the law so that ParseLaw reads the same again; the unit comes
// after the bracket.
func (l Law) String() string {
	if l.Kind == "constant" {
		return Quantity{Value: l.Args[0], Unit: l.Unit}.String()
	}
	var b strings.Builder
	b.WriteString(l.Kind + "(")
	for i := range max(len(l.Args), len(l.Words)) {
		if i > 0 {
			b.WriteString(", ")
		}
		if len(l.Words) > 0 {
			b.WriteString(l.Words[i])
		} else {
			b.WriteString(strconv.FormatFloat(l.Args[i], 'g', -1, 64))
		}
		if i < len(l.Weights) && l.Kind == "choice" {
			b.WriteString(":" + strconv.FormatFloat(l.Weights[i], 'g', -1, 64))
		}
	}
	b.WriteString(")")
	if l.Unit.Symbol != "" {
		b.WriteString(" " + l.Unit.Symbol)
	}
	return b.String()
}
