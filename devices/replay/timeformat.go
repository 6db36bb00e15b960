package replay

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A timeFormat reads stamps in one notation.
type timeFormat struct {
	kind timeKind
	unit int64 // ns per unit of an epoch
	ops  []op
	name string

	// the last date read by isoTime: rows come by the day
	date  uint64 // "2015-02-"
	date2 uint16 // "02"
	days  int64
}

type timeKind uint8

const (
	isoTime timeKind = iota
	dayFirst
	monthFirst
	epochTime
	patternTime
)

var epochUnits = []struct {
	name string
	unit int64
}{{"epoch s", 1e9}, {"epoch ms", 1e6}, {"epoch us", 1e3}, {"epoch ns", 1}}

// newTimeFormat understands everything that Config.TimeFormat may be but auto.
func newTimeFormat(name string) (timeFormat, error) {
	f := timeFormat{name: name}
	switch strings.ToLower(name) {
	case "iso", "iso8601", "rfc3339":
		return f, nil
	case "dmy", "d/m/y":
		f.kind = dayFirst
		return f, nil
	case "mdy", "m/d/y":
		f.kind = monthFirst
		return f, nil
	case "epoch":
		name = "epoch s"
	}
	for _, e := range epochUnits {
		if name == e.name {
			f.kind, f.unit = epochTime, e.unit
			return f, nil
		}
	}
	if !strings.Contains(name, "%") && !strings.Contains(name, "06") {
		return f, fmt.Errorf("time format %q is unknown%s; use auto, iso, dmy, mdy, epoch s|ms|us|ns, a strftime pattern such as %q or a Go layout such as %q",
			name, didYouMean(name, []string{"auto", "iso", "dmy", "mdy", "epoch s", "epoch ms", "epoch us", "epoch ns"}), "%d.%m.%Y %H:%M", "2006-01-02 15:04:05")
	}
	ops, err := compilePattern(name)
	f.kind, f.ops = patternTime, ops
	return f, err
}

func (f *timeFormat) parse(b []byte) (moment, bool) {
	switch f.kind {
	case isoTime:
		return f.iso(b)
	case dayFirst:
		return parseDate(b, false)
	case monthFirst:
		return parseDate(b, true)
	case epochTime:
		return parseEpoch(b, f.unit)
	default:
		return parsePattern(f.ops, b)
	}
}

// iso is parseISO with a memory of the date.
func (f *timeFormat) iso(b []byte) (moment, bool) {
	if len(b) != 19 || b[13] != ':' || b[16] != ':' || b[10] != ' ' && b[10] != 'T' {
		return parseISO(b)
	}
	p := (*[19]byte)(b)
	if s, ok := sameDate(p, f.date, f.date2); ok {
		return moment{sec: f.days*86400 + s}, true
	}
	m, ok := parseISO(b)
	if ok && two(p[11], p[12]) < 24 && two(p[17], p[18]) < 60 && b[4] == '-' && b[7] == '-' {
		f.date, f.date2 = dateOf(p)
		f.days = floorDiv(m.sec, 86400)
	}
	return m, ok
}

// dateOf returns the date that a stamp such as "2015-02-02 14:19:00" begins with,
// as numbers to compare it by.
func dateOf(p *[19]byte) (date uint64, date2 uint16) {
	return binary.LittleEndian.Uint64(p[:8]), binary.LittleEndian.Uint16(p[8:10])
}

// sameDate reads a stamp such as "2015-02-02 14:19:00" if it has the given date;
// s is the second of the day.
func sameDate(p *[19]byte, date uint64, date2 uint16) (s int64, ok bool) {
	if d, d2 := dateOf(p); d != date || d2 != date2 || date == 0 || p[10] != ' ' && p[10] != 'T' {
		return 0, false
	}
	return timeOfDay(binary.LittleEndian.Uint64(p[11:19]))
}

// timeOfDay reads "14:19:00", the first byte lowest, in s.
func timeOfDay(w uint64) (s int64, ok bool) {
	const (
		zero  = 0x30303a30303a3030 // 00:00:00
		limit = 0x76767f76767f7676 // carries into the high bit if added to more than 9, or to no colon
		most  = (0x80-60)<<48 | (0x80-60)<<24 | (0x80 - 24)
	)
	w ^= zero
	ok = (w+limit|w)&highs == 0
	w = (w*10 + w>>8) & 0x00ff0000ff0000ff // the hour, the minute and the second
	minutes := w * (60<<24 + 1) >> 24 & 0xfff
	return int64(minutes*60 + w>>48), ok && (w+most)&highs == 0
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// parseEpoch reads a decimal count of units of the given ns, exactly.
func parseEpoch(b []byte, unit int64) (moment, bool) {
	text := b
	neg := len(b) > 0 && b[0] == '-'
	if neg || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	whole, n := number(b, 18)
	b = b[n:]
	if len(b) > 0 && b[0]-'0' <= 9 {
		d := int64(b[0] - '0') // the nineteenth digit
		if whole > (math.MaxInt64-d)/10 {
			return moment{}, false
		}
		whole, n, b = whole*10+d, n+1, b[1:]
	}
	var part int64 // ns
	if len(b) > 1 && b[0] == '.' && b[1]-'0' <= 9 {
		var k int
		part, k = fraction(b[1:])
		part = part / (1e9 / unit)
		b = b[1+k:]
	}
	perSecond := 1_000_000_000 / unit
	if n == 0 || len(b) > 0 {
		v, ok := parseFloat(text, '.') // such as 1.39e9
		v = v * float64(unit)
		if !ok || !(v > -maxSeconds*1e9 && v < maxSeconds*1e9) {
			return moment{}, false
		}
		return fromNanoseconds(int64(math.Round(v))), true
	}
	m := moment{sec: whole / perSecond, nsec: whole%perSecond*unit + part, zoned: true}
	if !inReach(m) {
		return m, false
	}
	if neg {
		return fromNanoseconds(-m.nanoseconds()), true
	}
	return m, true
}

// nanoseconds returns m since 1970; m must be in reach.
func (m moment) nanoseconds() int64 { return m.sec*1_000_000_000 + m.nsec }

func fromNanoseconds(ns int64) moment {
	sec, part := ns/1_000_000_000, ns%1_000_000_000
	if part < 0 {
		sec, part = sec-1, part+1_000_000_000
	}
	return moment{sec, part, true}
}

// textFormats are those that are tried for stamps that are no plain numbers.
var textFormats = []string{"iso", "dmy", "mdy", "%Y %m %d %H %M %S", "%Y %m %d %H %M", "%Y %j %H%M"}

// mixed finds a sample that is a plain number, such as of an epoch, and one that
// is a time in words and figures.
func mixed(samples []string) (i, j int, ok bool) {
	i, j = -1, -1
	for k, s := range samples {
		if _, number := parseFloat([]byte(s), '.'); number {
			if i < 0 {
				i = k
			}
		} else if j < 0 && isTime(s) {
			j = k
		}
	}
	return min(i, j), max(i, j), i >= 0 && j >= 0
}

// isTime reports whether one of textFormats reads s.
func isTime(s string) bool {
	for _, name := range textFormats {
		if f, err := newTimeFormat(name); err == nil {
			if _, ok := f.parse([]byte(s)); ok {
				return true
			}
		}
	}
	return false
}

// detectTime finds the format of sample stamps: the one that reads the most of
// them, if at least nine in ten. What day-first and month-first read equally
// well but differently is an error: a guess would be silent.
func detectTime(samples []string) (timeFormat, error) {
	if len(samples) == 0 {
		return timeFormat{name: "iso"}, nil // no rows: any will do
	}
	names := slices.Clone(textFormats)
	if unit := guessEpoch(samples); unit != "" {
		names = append(names, unit)
	}
	best, most, tie := timeFormat{}, 0, ""
	for _, name := range names {
		f, err := newTimeFormat(name)
		if err != nil {
			return f, err
		}
		n := 0
		for _, s := range samples {
			if _, ok := f.parse([]byte(s)); ok {
				n++
			}
		}
		switch {
		case n > most:
			best, most, tie = f, n, ""
		case n == most && n > 0 && best.kind == dayFirst && f.kind == monthFirst:
			tie = differ(samples, best, f)
		}
	}
	if most*10 < len(samples)*9 {
		return best, fmt.Errorf("the notation of stamps such as %s can't be told; give the time format (dmy, epoch ms, %q ...), or a step if they count something", show(samples[0]), "%d.%m.%Y %H:%M")
	}
	if tie != "" {
		return best, fmt.Errorf("stamps such as %s may be day-first or month-first; give the time format dmy or mdy", show(tie))
	}
	return best, nil
}

// differ returns a sample that the two formats read differently.
func differ(samples []string, f, g timeFormat) string {
	for _, s := range samples {
		x, okX := f.parse([]byte(s))
		y, okY := g.parse([]byte(s))
		if x != y || okX != okY {
			return s
		}
	}
	return ""
}

// guessEpoch tells the unit by the size of the first number: each is taken to
// lie between 1973 and 2286.
func guessEpoch(samples []string) string {
	for _, s := range samples {
		v, ok := parseFloat([]byte(s), '.')
		switch {
		case !ok:
		case v >= 1e8 && v < 1e10:
			return "epoch s"
		case v >= 1e11 && v < 1e13:
			return "epoch ms"
		case v >= 1e14 && v < 1e16:
			return "epoch us"
		case v >= 1e17 && v < 1e19:
			return "epoch ns"
		default:
			return ""
		}
	}
	return ""
}
