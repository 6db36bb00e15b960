package replay

// A moment is a stamp as written: seconds and nanoseconds since 1970, of UTC if
// zoned and else of an unknown zone's wall clock.
type moment struct {
	sec   int64
	nsec  int64 // 0 to 999 999 999
	zoned bool
}

// maxSeconds is how far from 1970 a stamp may lie to fit into nanoseconds.
const maxSeconds = 9_200_000_000

var (
	monthStart = [13]int64{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	monthDays  = [13]int64{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
)

func leap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// newYear returns the days from 1970-01-01 to January 1st of a year from 1 on.
func newYear(y int64) int64 {
	y--
	return y*365 + y/4 - y/100 + y/400 - 719162
}

// daysOf returns the days since 1970-01-01 of a date; false if there is none
// such.
func daysOf(y, m, d int64) (int64, bool) {
	if y < 1 || m < 1 || m > 12 || d < 1 || d > monthDays[m] && !(m == 2 && d == 29 && leap(y)) {
		return 0, false
	}
	days := newYear(y) + monthStart[m] + d - 1
	if m > 2 && leap(y) {
		days++
	}
	return days, true
}

// two reads two digits; the result is over 99 if they are none.
func two(a, b byte) uint {
	hi, lo := uint(a)-'0', uint(b)-'0'
	if hi > 9 || lo > 9 {
		return 1000
	}
	return hi*10 + lo
}

// parseISO reads ISO 8601 and RFC 3339 in their variants: date alone or with a
// time, T or blank between, extended or basic form, slashes, ordinal days,
// fractions, and a zone or none.
func parseISO(b []byte) (moment, bool) {
	if len(b) >= 19 && b[4] == '-' && b[7] == '-' && b[13] == ':' && b[16] == ':' && (b[10] == ' ' || b[10] == 'T') {
		p := (*[19]byte)(b)
		c, y, mo, d := two(p[0], p[1]), two(p[2], p[3]), two(p[5], p[6]), two(p[8], p[9])
		h, mi, s := two(p[11], p[12]), two(p[14], p[15]), two(p[17], p[18])
		if c|y|mo|d < 128 && h < 24 && mi < 60 && s < 60 {
			days, ok := daysOf(int64(c*100+y), int64(mo), int64(d))
			m := moment{sec: days*86400 + int64(h*3600+mi*60+s)}
			if ok && len(b) == 19 {
				return m, inReach(m)
			}
			if ok {
				return m.tail(b[19:])
			}
		}
	}
	days, rest, ok := isoDate(b)
	if !ok {
		return moment{}, false
	}
	m := moment{sec: days * 86400}
	if len(rest) == 0 {
		return m, inReach(m)
	}
	if c := rest[0]; c != ' ' && c != 'T' && c != 't' && c != '_' {
		return moment{}, false
	}
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if len(rest) > 0 && (rest[0]|0x20 == 't' || rest[0] == '_') {
		rest = rest[1:]
	}
	return m.clock(rest)
}

func isoDate(b []byte) (days int64, rest []byte, ok bool) {
	y, n := number(b, 4)
	if n != 4 {
		return 0, nil, false
	}
	b = b[4:]
	if len(b) > 0 && (b[0] == '-' || b[0] == '/') {
		sep := b[0]
		m, n := number(b[1:], 3)
		if n == 3 && sep == '-' {
			return ordinal(y, m, b[4:])
		}
		if n < 1 || n > 2 || len(b) < n+2 || b[n+1] != sep {
			return 0, nil, false
		}
		b = b[n+2:]
		d, n := number(b, 2)
		if n < 1 {
			return 0, nil, false
		}
		days, ok = daysOf(y, m, d)
		return days, b[n:], ok
	}
	md, n := number(b, 4)
	if n != 4 {
		return 0, nil, false
	}
	days, ok = daysOf(y, md/100, md%100)
	return days, b[4:], ok
}

func ordinal(y, day int64, rest []byte) (int64, []byte, bool) {
	if y < 1 || day < 1 || day > 366 || day == 366 && !leap(y) {
		return 0, nil, false
	}
	return newYear(y) + day - 1, rest, true
}

// number reads up to most digits and says how many there were.
func number(b []byte, most int) (v int64, n int) {
	for n < len(b) && n < most && b[n]-'0' <= 9 {
		v = v*10 + int64(b[n]-'0')
		n++
	}
	return v, n
}

// clock adds a time of day, and what may come after it: hh:mm, hh:mm:ss, the
// same with dots, hhmm or hhmmss, a fraction, AM or PM, a zone.
func (m moment) clock(b []byte) (moment, bool) {
	var v [3]int64
	n := 0
	digits := 2
	if _, k := number(b, 1); k == 1 && len(b) > 1 && b[1]-'0' > 9 {
		digits = 1 // 9:05
	}
	var sep byte
	for n < 3 {
		x, k := number(b, digits)
		if k != digits {
			return m, false
		}
		v[n], b, digits = x, b[k:], 2
		n++
		if len(b) == 0 || n == 3 {
			break
		}
		if n == 1 && (b[0] == ':' || b[0] == '.') {
			sep = b[0]
		}
		switch {
		case sep != 0 && b[0] == sep:
			b = b[1:]
			continue
		case sep == 0 && b[0]-'0' <= 9:
			continue
		}
		break
	}
	if n == 1 {
		return m, false // an hour alone is more likely a mistake
	}
	if h, rest, ok := halfDay(v[0], b); ok {
		v[0], b = h, rest
	}
	return m.add(v[0], v[1], v[2]).tailIf(b, validClock(v[0], v[1], v[2]))
}

// validClock allows 24:00 for the end of a day and a leap second.
func validClock(h, m, s int64) bool {
	return h < 24 && m < 60 && s <= 60 || h == 24 && m == 0 && s == 0
}

func (m moment) add(h, min, s int64) moment {
	m.sec += h*3600 + min*60 + s
	return m
}

func (m moment) tailIf(b []byte, ok bool) (moment, bool) {
	if !ok {
		return m, false
	}
	return m.tail(b)
}

// halfDay applies AM or PM at the start of b, after blanks.
func halfDay(h int64, b []byte) (int64, []byte, bool) {
	b = trim(b)
	if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' || h < 1 || h > 12 {
		return h, b, false
	}
	h %= 12
	if b[0]|0x20 == 'p' {
		h += 12
	}
	return h, b[2:], true
}

// tail reads a fraction of a second and a zone, either of which may be absent.
func (m moment) tail(b []byte) (moment, bool) {
	if len(b) > 1 && (b[0] == '.' || b[0] == ',') && b[1]-'0' <= 9 {
		var n int
		m.nsec, n = fraction(b[1:])
		b = b[1+n:]
	}
	off, zoned, rest, ok := zoneOffset(b)
	if !ok || len(trim(rest)) > 0 {
		return m, false
	}
	m.sec -= off
	m.zoned = zoned
	return m, inReach(m)
}

// fraction reads digits after the mark as nanoseconds; digits beyond the ninth
// are cut off.
func fraction(b []byte) (ns int64, n int) {
	unit := int64(100_000_000)
	for n < len(b) && b[n]-'0' <= 9 {
		ns += int64(b[n]-'0') * unit
		unit /= 10
		n++
	}
	return ns, n
}

// zoneOffset reads Z, UTC, GMT, +hh, +hhmm, +hh:mm, or nothing; off is in
// seconds east.
func zoneOffset(b []byte) (off int64, zoned bool, rest []byte, ok bool) {
	b = trim(b)
	switch {
	case len(b) == 0:
		return 0, false, nil, true
	case b[0]|0x20 == 'z':
		return 0, true, b[1:], true
	case len(b) >= 3 && (string(b[:3]) == "UTC" || string(b[:3]) == "GMT"):
		return 0, true, b[3:], true
	case b[0] != '+' && b[0] != '-':
		return 0, false, b, false
	}
	sign := int64(1)
	if b[0] == '-' {
		sign = -1
	}
	h, n := number(b[1:], 2)
	if n != 2 {
		return 0, false, b, false
	}
	b = b[3:]
	if len(b) > 0 && b[0] == ':' {
		b = b[1:]
	}
	min, n := number(b, 2)
	if n == 1 || h > 24 || min > 59 {
		return 0, false, b, false
	}
	return sign * (h*3600 + min*60), true, b[n:], true
}

func inReach(m moment) bool { return m.sec > -maxSeconds && m.sec < maxSeconds }

// parseDate reads dates whose year comes last, day or month first, with any of
// / . - between, a name for the month, and a time of day or none.
func parseDate(b []byte, monthFirst bool) (moment, bool) {
	first, n := number(b, 2)
	if n == 0 || len(b) < n+4 {
		return moment{}, false
	}
	sep := b[n]
	if sep != '/' && sep != '.' && sep != '-' && sep != ' ' {
		return moment{}, false
	}
	b = b[n+1:]
	second, n := number(b, 2)
	if n == 0 {
		if second, n = monthName(b); n == 0 {
			return moment{}, false
		}
		if monthFirst {
			first, second = second, first
		}
	}
	if len(b) <= n || b[n] != sep {
		return moment{}, false
	}
	b = b[n+1:]
	year, n := number(b, 4)
	if n != 4 && n != 2 {
		return moment{}, false
	}
	if n == 2 {
		year = century(year)
	}
	b = b[n:]
	if monthFirst {
		first, second = second, first
	}
	days, ok := daysOf(year, second, first)
	m := moment{sec: days * 86400}
	if !ok || len(b) == 0 {
		return m, ok && inReach(m)
	}
	if b[0] != ' ' && b[0] != 'T' {
		return m, false
	}
	return m.clock(trim(b[1:]))
}

// century completes a year of two digits as POSIX does.
func century(y int64) int64 {
	if y >= 69 {
		return 1900 + y
	}
	return 2000 + y
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

// longMonths are the lengths of the English names of the months.
var longMonths = [13]int{0, 7, 8, 5, 5, 3, 4, 4, 6, 9, 7, 8, 8}

// monthName reads an English month, in full or its first three letters, and
// says how long it is.
func monthName(b []byte) (m int64, n int) {
	if len(b) < 3 {
		return 0, 0
	}
	for k := 0; k < len(monthNames); k += 3 {
		if b[0]|0x20 == monthNames[k] && b[1]|0x20 == monthNames[k+1] && b[2]|0x20 == monthNames[k+2] {
			m, n = int64(k/3+1), 3
			for n < len(b) && n < longMonths[m] && b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z' {
				n++
			}
			return m, n
		}
	}
	return 0, 0
}
