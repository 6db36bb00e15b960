package replay

import (
	"fmt"
	"strings"
)

// An op is one step of a compiled time pattern.
type op struct {
	kind  opKind
	lit   byte // opLit
	width int  // most digits
	exact bool // all of them, since digits follow
}

type opKind uint8

const (
	opLit opKind = iota
	opBlank
	opYear
	opYear2
	opMonth
	opDay
	opYearDay
	opHour
	opMinute
	opSecond // a fraction may follow
	opHourMinute
	opMonthName
	opHalf
	opZone
	opWord
	opSeconds // since 1970
)

// digits of the numeric ops; 0 for others.
func (k opKind) digits() int {
	switch k {
	case opYear, opHourMinute:
		return 4
	case opYearDay:
		return 3
	case opYear2, opMonth, opDay, opHour, opMinute, opSecond:
		return 2
	case opSeconds:
		return 12
	}
	return 0
}

var strftime = map[byte][]opKind{
	'Y': {opYear}, 'y': {opYear2}, 'm': {opMonth}, 'd': {opDay}, 'e': {opDay}, 'j': {opYearDay},
	'H': {opHour}, 'k': {opHour}, 'I': {opHour}, 'l': {opHour}, 'M': {opMinute}, 'S': {opSecond},
	'b': {opMonthName}, 'B': {opMonthName}, 'h': {opMonthName}, 'p': {opHalf}, 'P': {opHalf},
	'z': {opZone}, 'Z': {opZone}, 'a': {opWord}, 'A': {opWord}, 's': {opSeconds}, 'f': nil,
}

// goLayout lists the elements of a Go layout, those that begin like another
// first.
var goLayout = []struct {
	text string
	kind opKind
}{
	{"January", opMonthName}, {"Jan", opMonthName}, {"Monday", opWord}, {"Mon", opWord}, {"MST", opZone},
	{"2006", opYear}, {"Z07:00", opZone}, {"-07:00", opZone}, {"Z0700", opZone}, {"-0700", opZone}, {"-07", opZone},
	{"002", opYearDay}, {"06", opYear2}, {"01", opMonth}, {"02", opDay}, {"_2", opDay}, {"15", opHour}, {"03", opHour},
	{"04", opMinute}, {"05", opSecond}, {"PM", opHalf}, {"pm", opHalf},
	{"1", opMonth}, {"2", opDay}, {"3", opHour}, {"4", opMinute}, {"5", opSecond},
}

// compilePattern compiles a strftime pattern or a Go layout.
func compilePattern(p string) ([]op, error) {
	var ops []op
	var err error
	if strings.ContainsRune(p, '%') {
		ops, err = compileStrftime(p)
	} else {
		ops = compileGo(p)
	}
	if err != nil {
		return nil, err
	}
	return link(p, ops)
}

func compileStrftime(p string) (ops []op, err error) {
	p = strings.NewReplacer("%T", "%H:%M:%S", "%F", "%Y-%m-%d", "%R", "%H:%M", "%D", "%m/%d/%y", "%-", "%").Replace(p)
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c != '%' {
			ops = append(ops, literal(c))
			continue
		}
		if i++; i == len(p) {
			return nil, fmt.Errorf("time format %q ends with a %%", p)
		}
		if p[i] == '%' {
			ops = append(ops, literal('%'))
			continue
		}
		kinds, ok := strftime[p[i]]
		if !ok {
			return nil, fmt.Errorf("time format %q: %%%c is unknown; use Y y m d j H I M S f p b z s", p, p[i])
		}
		if p[i] == 'f' && len(ops) > 0 && (ops[len(ops)-1].lit == '.' || ops[len(ops)-1].lit == ',') {
			ops = ops[:len(ops)-1] // the fraction, with its mark, is part of the second
		}
		for _, k := range kinds {
			ops = append(ops, op{kind: k})
		}
	}
	return ops, nil
}

func compileGo(p string) (ops []op) {
next:
	for i := 0; i < len(p); {
		rest := p[i:]
		for _, e := range goLayout {
			if strings.HasPrefix(rest, e.text) {
				ops = append(ops, op{kind: e.kind})
				i += len(e.text)
				continue next
			}
		}
		if n := fractionLayout(rest); n > 0 {
			i += n // part of the second
			continue
		}
		ops = append(ops, literal(p[i]))
		i++
	}
	return ops
}

// fractionLayout returns the length of ".000" or ",999" at the start of a
// layout; 0 if other digits follow, as in "02.01.06".
func fractionLayout(p string) int {
	if p[0] != '.' && p[0] != ',' {
		return 0
	}
	n := len(p) - len(strings.TrimLeft(p[1:], "09"))
	if n == 1 || n < len(p) && p[n]-'0' <= 9 {
		return 0
	}
	return n
}

func literal(c byte) op {
	if c == ' ' {
		return op{kind: opBlank}
	}
	return op{kind: opLit, lit: c}
}

// link joins %H%M into one number where nothing numeric touches it, so that 5
// and 905 are minutes past midnight and five past nine, and fixes the widths of
// numbers that touch.
func link(p string, ops []op) ([]op, error) {
	numeric := func(i int) bool { return i >= 0 && i < len(ops) && ops[i].kind.digits() > 0 }
	for i := 0; i+1 < len(ops); i++ {
		if ops[i].kind == opHour && ops[i+1].kind == opMinute && !numeric(i-1) && !numeric(i+2) {
			ops[i].kind = opHourMinute
			ops = append(ops[:i+1], ops[i+2:]...)
		}
	}
	has := map[opKind]bool{}
	for i := range ops {
		k := ops[i].kind
		ops[i].width = k.digits()
		ops[i].exact = numeric(i) && numeric(i+1) || k == opYear
		has[k] = true
	}
	date := (has[opYear] || has[opYear2]) && (has[opYearDay] || has[opDay] && (has[opMonth] || has[opMonthName]))
	if !date && !has[opSeconds] {
		return nil, fmt.Errorf("time format %q has no full date: it needs a year and either month and day or the day of the year", p)
	}
	return ops, nil
}

// fields are the parts of a stamp while it is being read.
type fields struct {
	year, month, day, yearDay, hour, minute, second, nsec, zone, epoch int64

	half  byte
	zoned bool
	whole bool // epoch is the stamp
}

// parsePattern runs a compiled pattern.
func parsePattern(ops []op, b []byte) (moment, bool) {
	f := fields{month: 1, day: 1}
	for i := range ops {
		var ok bool
		if b, ok = f.step(&ops[i], b); !ok {
			return moment{}, false
		}
	}
	if len(trim(b)) > 0 {
		return moment{}, false
	}
	return f.moment()
}

// step reads what one op asks for and returns the rest.
func (f *fields) step(o *op, b []byte) ([]byte, bool) {
	switch o.kind {
	case opLit:
		if len(b) == 0 || b[0] != o.lit {
			return b, false
		}
		return b[1:], true
	case opBlank:
		n := len(b)
		for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
			b = b[1:]
		}
		return b, len(b) < n
	case opMonthName:
		m, n := monthName(b)
		f.month = m
		return b[n:], n > 0
	case opHalf:
		b = trim(b)
		if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' {
			return b, false
		}
		f.half = b[0] | 0x20
		return b[2:], true
	case opZone:
		var ok bool
		f.zone, f.zoned, b, ok = zoneOffset(b)
		return b, ok && f.zoned
	case opWord:
		n := 0
		for n < len(b) && b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z' {
			n++
		}
		return b[n:], n > 0
	}
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:] // numbers may be padded with blanks
	}
	v, n := number(b, o.width)
	if n == 0 || o.exact && n != o.width {
		return b, false
	}
	return f.set(o.kind, v, b[n:])
}

func (f *fields) set(k opKind, v int64, rest []byte) ([]byte, bool) {
	switch k {
	case opYear:
		f.year = v
	case opYear2:
		f.year = century(v)
	case opMonth:
		f.month = v
	case opDay:
		f.day = v
	case opYearDay:
		f.yearDay = v
		return rest, v > 0
	case opHour:
		f.hour = v
	case opMinute:
		f.minute = v
	case opHourMinute:
		f.hour, f.minute = v/100, v%100
	case opSecond:
		f.second = v
	case opSeconds:
		f.epoch, f.whole = v, true
	}
	if (k == opSecond || k == opSeconds) && len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') && rest[1]-'0' <= 9 {
		var n int
		f.nsec, n = fraction(rest[1:])
		rest = rest[1+n:]
	}
	return rest, true
}

func (f *fields) moment() (moment, bool) {
	m := moment{nsec: f.nsec, zoned: f.zoned || f.whole}
	if f.whole {
		m.sec = f.epoch
		return m, inReach(m)
	}
	if f.half != 0 {
		if f.hour < 1 || f.hour > 12 {
			return m, false
		}
		f.hour %= 12
		if f.half == 'p' {
			f.hour += 12
		}
	}
	var days int64
	var ok bool
	if f.yearDay > 0 {
		days, _, ok = ordinal(f.year, f.yearDay, nil)
	} else {
		days, ok = daysOf(f.year, f.month, f.day)
	}
	m.sec = days*86400 + f.hour*3600 + f.minute*60 + f.second - f.zone
	return m, ok && validClock(f.hour, f.minute, f.second) && inReach(m)
}
