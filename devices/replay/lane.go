package replay

import (
	"bytes"
	"encoding/binary"
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

	// the date of the latest stamp such as "2015-02-02 14:19:00"
	date     uint64 // "2015-02-"
	date2    uint16 // "02"
	midnight int64  // run time, ns
	epoch    int64  // State.Epoch that midnight goes by
}

// A laneCell is a cell of the row.
type laneCell struct {
	shape   *shape // of the latest number
	column  *column
	k       int  // the reading it becomes; or laneTime, laneSkip
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
		l.cells[i] = laneCell{k: laneSkip, shape: &noShape, end: l.delim, last: i == r.need-1}
	}
	l.cells[r.parts[0].cell].k = laneTime
	columns := r.groups[0].columns
	for k := range columns {
		c := &columns[k]
		cell := &l.cells[c.cell]
		if c.flag >= 0 || cell.k != laneSkip {
			return
		}
		cell.k, cell.column, cell.special = k, c, c.linear || len(c.sentinels) > 0
	}
	l.columns = len(columns)
	l.on = true
}

// onLane reports whether the next row may be a plain one.
func (r *Reader) onLane(row *Row) bool {
	st, l := r.st, &r.lane
	return l.on && l.pause == 0 && st.HasRow && !st.Done && r.in.closer != nil && r.in.offset() == st.Offset && len(row.Readings) == l.columns
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

// plainRow reads the next row if it is a plain one.
func (r *Reader) plainRow(row *Row) bool {
	if !r.onLane(row) {
		return false
	}
	l := &r.lane
	buf := r.in.buf[r.in.r:r.in.w]
	if len(l.comments) > 0 && bytes.HasPrefix(buf, l.comments) {
		return false
	}
	xs, cells := row.Readings, l.cells
	var at sim.Time
	p := 0
	for i := 0; i < len(cells); {
		c := &cells[i]
		if c.k >= 0 {
			n, next := numbers(cells[i:], xs, buf, p)
			if p = next; n > 0 {
				i += n
				continue
			}
		}
		if p > len(buf)-ahead {
			return false
		}
		n := 0
		if c.k < 0 {
			at, n = r.plainOther(c, buf[p:], at)
		} else {
			n = r.plainOdd(c, buf[p:], &xs[c.k])
		}
		if n < 0 {
			return false
		}
		p += n + 1
		i++
	}
	if p = l.lineEnd(buf, p); p == 0 {
		return false
	}
	return r.accept(row, at, p)
}

// numbers reads cells from p on as long as they are numbers of the expected
// shape, or empty. It returns how many they are, and where the next cell begins. It is by
// itself so that all it needs stays in registers.
func numbers(cells []laneCell, xs []devices.Reading, buf []byte, p int) (n, next int) {
	for i := range cells {
		c := &cells[i]
		if uint(c.k) >= uint(len(xs)) || p > len(buf)-ahead {
			return i, p
		}
		t, f := buf[p:], c.shape
		w := binary.LittleEndian.Uint64(t)
		d, fits := f.digits(w)
		x := &xs[c.k]
		switch {
		case fits && t[f.width&7] == c.end:
			x.Value, x.Quality = f.value(d), devices.Good
			p += f.width + 1
		case byte(w) == c.end: // t[0] would make eight loads of w
			x.Value, x.Quality = 0, devices.Missing
			p++
		default:
			return i, p
		}
	}
	return len(cells), p
}

// lineEnd returns where the row ends, its line end included, if its cells do
// before p; 0 if that is not plain to see.
func (l *lane) lineEnd(buf []byte, p int) int {
	switch buf[p-1] {
	case l.nl:
		return p
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

// accept enters a row of p bytes that gave readings, unless its stamp is not
// later than all before.
func (r *Reader) accept(row *Row, at sim.Time, p int) bool {
	st, clock := r.st, &r.st.Clocks[0]
	if clock.Count == 0 || at <= clock.latest() {
		return false
	}
	r.lane.left = 0
	clock.advance(at)
	st.Arrival = max(st.Arrival, at)
	row.At, row.Arrival, row.Number, row.Line = at, st.Arrival, st.Ordinal, r.in.line
	columns, number, missing := r.groups[0].columns, uint32(st.Ordinal), int64(0)
	for i := range row.Readings {
		x := &row.Readings[i]
		x.At, x.Channel, x.Seq = at, columns[i].channel, number
		missing += int64(x.Quality & devices.Missing / devices.Missing)
	}
	st.Ordinal++
	c := &st.Counters
	c.Records++
	c.Rows++
	c.Readings += int64(len(row.Readings))
	c.Missing += missing
	r.in.consume(r.in.r+p-1, 0)
	r.note()
	return true
}

// plainOdd reads a cell that is no number of the expected shape, or whose column
// wants more than that, into x. It returns how many bytes the cell has; -1 leaves
// the row to the general way.
func (r *Reader) plainOdd(c *laneCell, t []byte, x *devices.Reading) int {
	f, v := r.lane.learn(c, t)
	n := f.width
	x.Value, x.Quality = 0, devices.Missing
	if n == 0 {
		b, end := r.lane.cell(c, t)
		if end < 0 || len(b) == 0 {
			return end
		}
		ok := false
		if v, ok = parseFloat(b, r.mark); !ok || v-v != 0 {
			if v, ok = c.column.word(b); !ok && !missingWord(b) {
				return -1
			} else if !ok {
				return end
			}
		}
		n = end
	}
	for _, s := range c.column.sentinels {
		if v == s {
			return n
		}
	}
	if c.column.linear {
		if v = v*c.column.scale + c.column.offset; v-v != 0 {
			return -1
		}
	}
	x.Value, x.Quality = v, devices.Good
	return n
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
// row, in place of at. It returns how many bytes the cell has; -1 leaves the row
// to the general way.
func (r *Reader) plainOther(c *laneCell, t []byte, at sim.Time) (sim.Time, int) {
	l := &r.lane
	if c.k == laneTime && len(t) >= 20 && t[19] == l.delim && l.epoch == r.st.Epoch {
		p := (*[19]byte)(t)
		if date, date2 := dateOf(p); date == l.date && date2 == l.date2 && (p[10] == ' ' || p[10] == 'T') {
			if s, ok := timeOfDay(binary.LittleEndian.Uint64(p[11:19])); ok {
				return sim.Time(l.midnight + s*int64(sim.Second)), 19
			}
		}
	}
	b, n := l.cell(c, t)
	if n < 0 || c.k == laneSkip {
		return at, n
	}
	m, ok := r.format.parse(b)
	if !ok {
		return 0, -1
	}
	if !m.zoned && !r.utc {
		if m.sec < r.zone.lo || m.sec >= r.zone.hi {
			return 0, -1
		}
		if m.sec -= r.zone.off; !inReach(m) {
			return 0, -1
		}
	}
	span, ok := add(m.nanoseconds(), -r.st.Epoch)
	sum, ok2 := add(span, int64(r.cfg.Start))
	if !ok || !ok2 {
		return 0, -1
	}
	r.remember(b, m, sum)
	return sim.Time(sum), n
}

// remember notes the date of a stamp, if all times of its day are as far from
// midnight as they say.
func (r *Reader) remember(b []byte, m moment, at int64) {
	f, l := &r.format, &r.lane
	if !r.utc || f.kind != isoTime || len(b) != 19 {
		return
	}
	p := (*[19]byte)(b)
	date, date2 := dateOf(p)
	s, ok := sameDate(p, date, date2)
	const limit = 1 << 62 // ns; 146 years
	if ok && f.date == date && f.date2 == date2 && m.sec == f.days*86400+s && at > -limit && at < limit {
		l.date, l.date2, l.epoch = date, date2, r.st.Epoch
		l.midnight = at - s*int64(sim.Second)
	}
}
