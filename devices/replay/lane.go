package replay

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A lane is the short way for plain rows of delimited text: cells are found and
// read in one pass, eight bytes at a time. It takes a row whole or leaves it,
// with nothing changed, to the general way, which has the last word on all that
// is unusual: quotes, blanks, comments, short rows, what can't be read, stamps
// that are not later than those before, the first row, the last one.
type lane struct {
	on       bool
	delim    byte
	nl       byte
	mark     byte
	comments []byte
	cells    []laneCell
	columns  int
	left     int            // rows that were left to the general way, one after another
	pause    int            // rows until the next attempt, after too many of those
	shapes   [2][8][8]shape // by sign, digits before the mark and after it

	// how far it has come
	n       int      // rows
	row     int      // byte where the row at hand begins
	i       int      // cells of the row at hand
	p       int      // byte where the next cell begins, or the row ended
	at      sim.Time // of the row at hand
	latest  sim.Time // of the rows before it
	number  uint32   // of the row at hand
	missing int64    // readings without a value, the row at hand included

	stampFirst bool // the stamp is read before any number
	stride     int  // how far apart the readings of a row are: laneCell.to goes by it

	// the latest stamp such as "2015-02-02 14:19:00", up to its day and its hour
	date, date2 uint64 // "2015-02-" and "-02-02 1"
	day         uint16 // "02"
	hour        uint64 // "4:00:00,"
	midnight    int64  // run time, ns
	hourStart   int64  // run time, ns
	epoch       int64  // State.Epoch that those go by
}

// A laneCell is a cell of the row.
type laneCell struct {
	shape   // of the latest number, with what ends it
	column  *column
	channel devices.ChannelID
	k       int  // the column whose reading it becomes; or laneTime, laneSkip
	to      int  // where that reading is from the first one of the row
	last    bool // no cell after it is asked for
	special bool // the column has a scale, an offset or sentinels
	end     byte // what ended the latest number: the delimiter, or, of the last cell, also a line end
}

const (
	laneSkip = -1 - iota // nobody asks for the cell
	laneTime
)

// pave lays the lane, if the layout has one: a single stamp, and no cell that
// is wanted twice.
func (r *Reader) pave() {
	r.lane = lane{delim: r.desc.Delimiter, nl: r.nl, mark: r.mark, comments: []byte(r.cfg.Comment)}
	l := &r.lane
	l.forget()
	if r.desc.Format != CSV || bytes.IndexByte([]byte(",;\t|"), r.desc.Delimiter) < 0 ||
		r.key >= 0 || r.cfg.Step > 0 || len(r.parts) != 1 || r.parts[0].cell < 0 {
		return
	}
	for neg := range 2 {
		for n := 1; n < 8*8; n++ {
			if whole, fraction := n/8, n%8; neg+whole+fraction < 8 {
				l.shapes[neg][whole][fraction] = newShape(neg == 1, whole, fraction, r.mark)
			}
		}
	}
	l.cells = make([]laneCell, r.need)
	for i := range l.cells {
		l.cells[i] = laneCell{k: laneSkip, shape: noShape, end: l.delim, last: i == r.need-1}
	}
	l.cells[r.parts[0].cell].k = laneTime
	columns := r.groups[0].columns
	for k := range columns {
		c := &columns[k]
		cell := &l.cells[c.cell]
		if c.flag >= 0 || cell.k != laneSkip {
			return
		}
		cell.k, cell.column, cell.channel, cell.special = k, c, c.channel, c.linear || len(c.sentinels) > 0
	}
	l.columns = len(columns)
	l.stampFirst = true
	for _, c := range columns {
		l.stampFirst = l.stampFirst && c.cell > r.parts[0].cell
	}
	l.on = true
}

// onLane reports whether the next row may be a plain one.
func (r *Reader) onLane() bool {
	st, l := r.st, &r.lane
	return l.on && l.pause == 0 && st.HasRow && st.Clocks[0].Count > 0 && !st.Done && r.in.closer != nil && r.in.offset() == st.Offset
}

// leave notes that a row goes the general way, so that a file without plain rows
// does not pay for an attempt on each.
func (l *lane) leave() {
	const most, pause = 8, 100
	if l.left++; l.pause > 0 {
		l.pause--
	} else if l.left > most {
		l.pause = pause
	}
}

// ahead is how many bytes must follow the first one of a cell, so that looking
// at it does not look beyond the window.
const ahead = 24

// plainRows reads rows as long as they are plain and in the window, at most that
// many, and returns how many they are. Row i has its readings at xs[i],
// xs[i+stride] and so on.
func (r *Reader) plainRows(xs []devices.Reading, stride, most int) int {
	if !r.onLane() {
		return 0
	}
	st, l, clock := r.st, &r.lane, &r.st.Clocks[0]
	if l.epoch != st.Epoch {
		l.forget()
	}
	if l.stride != stride {
		l.spread(stride)
	}
	l.n, l.row, l.i, l.p, l.missing = 0, 0, 0, 0, 0
	l.number, l.latest = uint32(st.Ordinal), clock.latest()
	buf := r.in.buf[r.in.r:r.in.w]
	n, p := l.fast(xs, buf, most)
	missing, counted := int64(0), 0 // of that many rows
	for n < most {
		if n > counted {
			missing, counted = l.missing, n
		}
		if !r.odd(xs, buf) {
			break
		}
		n, p = l.fast(xs, buf, most)
	}
	if n > counted {
		missing = l.missing
	}
	if n > 0 {
		first := max(n-recall, 0) // no one remembers those before
		clock.Count += int64(first)
		for i := first; i < n; i++ {
			clock.advance(xs[i].At)
		}
		r.accept(int64(n), p, missing)
	}
	return n
}

// spread makes ready for rows whose readings are that far apart in memory.
func (l *lane) spread(stride int) {
	l.stride = stride
	for i := range l.cells {
		if c := &l.cells[i]; c.column != nil {
			c.to = c.k * stride
		}
	}
}

// fast reads on, row by row, until a cell or the end of a row is not as expected,
// or there are enough rows. It calls nothing that is not inlined, so that what it
// needs stays in registers. It returns how many rows there are and where they end.
func (l *lane) fast(xs []devices.Reading, buf []byte, most int) (n, row int) {
	i, p, at, cells := l.i, l.p, l.at, l.cells
	n, row = l.n, l.row
rows:
	for n < most {
		if i == 0 && len(l.comments) > 0 && p < len(buf) && buf[p] == l.comments[0] {
			break
		}
		for ; i < len(cells); i++ {
			c := &cells[i]
			if p > len(buf)-ahead {
				break rows
			}
			if c.column == nil {
				sum, ok := l.sameHour((*[20]byte)(buf[p:]))
				if c.k != laneTime || !ok {
					break rows
				}
				at = sum
				p += 20
				continue
			}
			d, fits := c.digits(binary.LittleEndian.Uint64(buf[p:]))
			if !fits {
				break rows
			}
			var v float64
			if c.small {
				v = c.weigh(d)
			} else {
				v = c.fold(d)
			}
			x := &xs[c.to+n]
			x.Value, x.Quality = v, devices.Good
			x.At, x.Channel, x.Seq = at, c.channel, l.number
			p += c.width + 1
		}
		if buf[p-1] != l.nl || at <= l.latest {
			break
		}
		if !l.stampFirst {
			for k := range l.columns {
				xs[k*l.stride+n].At = at
			}
		}
		n++
		i, row = 0, p
		l.number++
		l.latest = at
	}
	if n < most {
		l.n, l.row, l.i, l.p, l.at = n, row, i, p, at
	}
	return n, row
}

// odd reads the cell at hand, or the end of the row, that is not as expected. It
// returns false, with nothing changed that matters, if the row is not plain.
func (r *Reader) odd(xs []devices.Reading, buf []byte) bool {
	l := &r.lane
	if l.i == len(l.cells) {
		if buf[l.p-1] == l.nl { // so it is the stamp
			return false
		}
		l.p = l.lineEnd(buf, l.p)
		return l.p > 0
	}
	if l.p > len(buf)-ahead || l.i == 0 && len(l.comments) > 0 && bytes.HasPrefix(buf[l.p:], l.comments) {
		return false
	}
	c, n := &l.cells[l.i], 0
	if c.column == nil {
		n = r.plainOther(c, buf[l.p:])
	} else {
		n = r.plainOdd(c, buf[l.p:], &xs[c.to+l.n])
	}
	l.p += n + 1
	l.i++
	return n >= 0
}

// accept enters n rows of p bytes that gave readings, the last one at lane.latest.
func (r *Reader) accept(n int64, p int, missing int64) {
	st, c := r.st, &r.st.Counters
	r.lane.left = 0
	st.Ordinal += n
	c.Records += n
	c.Rows += n
	c.Readings += n * int64(r.lane.columns)
	c.Missing += missing
	st.Arrival = max(st.Arrival, r.lane.latest)
	r.in.consume(r.in.r+p-1, n-1)
	r.note()
}

// lineEnd returns where the row ends, its line end included, if its cells do
// before p; 0 if that is not plain to see.
func (l *lane) lineEnd(buf []byte, p int) int {
	switch buf[p-1] {
	case l.delim:
		n := bytes.IndexByte(buf[p:], l.nl)
		if n >= 0 && bytes.IndexByte(buf[p:p+n], '"') < 0 {
			return p + n + 1
		}
	case '\r':
		if p < len(buf) && buf[p] == l.nl {
			return p + 1
		}
	}
	return 0
}

// plainOdd reads a cell that is no number of the expected shape, or whose column
// wants more than that, into x. It returns how many bytes the cell has; -1 leaves
// the row to the general way.
func (r *Reader) plainOdd(c *laneCell, t []byte, x *devices.Reading) int {
	v, q, n := 0.0, devices.Missing, 0
	if t[0] != c.end {
		v, q, n = r.plainValue(c, t)
	}
	x.Value, x.Quality = v, q
	x.At, x.Channel, x.Seq = r.lane.at, c.channel, r.lane.number
	if q == devices.Missing {
		r.lane.missing++
	}
	return n
}

// plainValue reads the number of a cell for plainOdd.
func (r *Reader) plainValue(c *laneCell, t []byte) (v float64, q devices.Quality, n int) {
	n, v = r.lane.learn(c, t)
	if n == 0 {
		b, end := r.lane.cell(c, t)
		if end < 0 || len(b) == 0 {
			return 0, devices.Missing, end
		}
		ok := false
		if v, ok = parseFloat(b, r.mark); !ok || v-v != 0 {
			if v, ok = c.column.word(b); !ok && !missingWord(b) {
				return 0, devices.Missing, -1
			} else if !ok {
				return 0, devices.Missing, end
			}
		}
		n = end
	}
	for _, s := range c.column.sentinels {
		if v == s {
			return 0, devices.Missing, n
		}
	}
	if c.column.linear {
		if v = v*c.column.scale + c.column.offset; v-v != 0 {
			return 0, devices.Missing, -1
		}
	}
	return v, devices.Good, n
}

// cell returns the text of the unquoted cell at the start of t, and where it
// ends; -1 if it is quoted, has blanks around it or does not end in t as it should.
func (l *lane) cell(c *laneCell, t []byte) (text []byte, end int) {
	end = l.end(t)
	if end < 0 || t[end] != l.delim && !c.last {
		return nil, -1
	}
	text = t[:end]
	if n := len(text); n > 0 && t[end] == l.nl && text[n-1] == '\r' {
		end--
		text = text[:n-1]
	}
	if n := len(text); n > 0 && (text[0] <= ' ' || text[0] == '"' || text[n-1] <= ' ') {
		return nil, -1
	}
	return text, end
}

// end returns where the first delimiter or line end is; -1 if there is none. It
// looks at eight bytes at once.
func (l *lane) end(t []byte) int {
	delims, ends := uint64(l.delim)*ones, uint64(l.nl)*ones
	p := 0
	for ; p <= len(t)-8; p += 8 {
		w := binary.LittleEndian.Uint64(t[p:])
		d, e := w^delims, w^ends // a zero byte is one
		// The lowest 0x80 is right; those above it may come of a borrow.
		if found := ((d-ones)&^d | (e-ones)&^e) & highs; found != 0 {
			return p + bits.TrailingZeros64(found)/8
		}
	}
	for ; p < len(t); p++ {
		if t[p] == l.delim || t[p] == l.nl {
			return p
		}
	}
	return -1
}

// plainOther passes over a cell that nobody asks for, or reads the stamp of the
// row. It returns how many bytes the cell has; -1 leaves the row to the general way.
func (r *Reader) plainOther(c *laneCell, t []byte) int {
	l := &r.lane
	if c.k == laneTime && l.date != 0 && len(t) >= 20 && t[19] == l.delim {
		p := (*[19]byte)(t)
		if date, day := dateOf(p); date == l.date && day == l.day && (p[10] == ' ' || p[10] == 'T') {
			if s, ok := timeOfDay(binary.LittleEndian.Uint64(p[11:19])); ok {
				l.at = sim.Time(l.midnight + s*int64(sim.Second))
				l.rememberHour((*[20]byte)(t), s)
				return 19
			}
		}
	}
	b, n := l.cell(c, t)
	if n < 0 || c.k == laneSkip {
		return n
	}
	m, ok := r.format.parse(b)
	if !ok {
		return -1
	}
	if !m.zoned && !r.utc {
		if m.sec < r.zone.lo || m.sec >= r.zone.hi {
			return -1
		}
		if m.sec -= r.zone.off; !inReach(m) {
			return -1
		}
	}
	span, ok := add(m.nanoseconds(), -r.st.Epoch)
	sum, ok2 := add(span, int64(r.cfg.Start))
	if !ok || !ok2 {
		return -1
	}
	r.remember(b, m, sum)
	l.at = sim.Time(sum)
	return n
}

// remember notes the date of a stamp, if all times of its day are as far from
// midnight as they say.
func (r *Reader) remember(b []byte, m moment, at int64) {
	f, l := &r.format, &r.lane
	if !r.utc || f.kind != isoTime || len(b) != 19 {
		return
	}
	p := (*[19]byte)(b)
	date, day := dateOf(p)
	s, ok := sameDate(p, date, day)
	const limit = 1 << 62 // ns; 146 years
	if ok && f.date == date && f.date2 == day && m.sec == f.days*86400+s && at > -limit && at < limit {
		l.date, l.day, l.epoch = date, day, r.st.Epoch
		l.midnight = at - s*int64(sim.Second)
		l.date2 = never
	}
}

// never is what no date2 can be: "-02" in both date and date2 are the same bytes.
const never = math.MaxUint64

// forget forgets the latest stamp.
func (l *lane) forget() { l.date, l.date2 = 0, never }

// rememberHour notes the hour of a stamp of the date that is remembered; s is the
// second of the day.
func (l *lane) rememberHour(p *[20]byte, s int64) {
	l.date2 = binary.LittleEndian.Uint64(p[5:13])
	l.hour = uint64(p[12]) | (hourTemplate|uint64(l.delim)<<56)&^0xff
	l.hourStart = l.midnight + s/3600*3600*int64(sim.Second)
}

// "4:00:00,": the last digit of the hour and what comes after it.
const (
	hourTemplate = '0' | ':'<<8 | '0'<<16 | '0'<<24 | ':'<<32 | '0'<<40 | '0'<<48
	hourLimit    = 0x7f | 0x7f<<8 | (0x80-6)<<16 | (0x80-10)<<24 | 0x7f<<32 | (0x80-6)<<40 | (0x80-10)<<48 | 0x7f<<56
)

// sameHour returns the stamp if it is of the hour of the one before.
func (l *lane) sameHour(p *[20]byte) (sim.Time, bool) {
	x := binary.LittleEndian.Uint64(p[12:]) ^ l.hour
	if (x+hourLimit|x)&highs != 0 || binary.LittleEndian.Uint64(p[:]) != l.date || binary.LittleEndian.Uint64(p[5:]) != l.date2 {
		return 0, false
	}
	s := x&evens*(600<<32|1)>>48 + x>>8&evens*(60<<32|10<<16)>>48 // of the hour
	return sim.Time(l.hourStart + int64(s)*int64(sim.Second)), true
}
