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
	cells    []int // by cell: the column it feeds, laneTime or laneSkip
}

const (
	laneSkip = -1 - iota // nobody asks for the cell
	laneTime
)

// pave lays the lane, if the layout has one: a single stamp, and no cell that
// is wanted twice.
func (r *Reader) pave() {
	r.lane = lane{delim: r.desc.Delimiter, nl: r.nl, mark: r.mark, comments: []byte(r.cfg.Comment)}
	if r.desc.Format != CSV || bytes.IndexByte([]byte(",;\t|"), r.desc.Delimiter) < 0 ||
		r.key >= 0 || r.cfg.Step > 0 || len(r.parts) != 1 || r.parts[0].cell < 0 {
		return
	}
	cells := make([]int, r.need)
	for i := range cells {
		cells[i] = laneSkip
	}
	cells[r.parts[0].cell] = laneTime
	for k, c := range r.groups[0].columns {
		if c.flag >= 0 || cells[c.cell] != laneSkip {
			return
		}
		cells[c.cell] = k
	}
	r.lane.cells, r.lane.on = cells, true
}

// plainRow reads the next row if it is a plain one.
func (r *Reader) plainRow(row *Row) bool {
	l := &r.lane
	buf := r.in.buf[r.in.r:r.in.w]
	columns := r.groups[0].columns
	xs := row.Readings
	if !r.st.HasRow || len(xs) != len(columns) || len(l.comments) > 0 && bytes.HasPrefix(buf, l.comments) {
		return false
	}
	var at sim.Time
	number := uint32(r.st.Ordinal)
	p, missing := 0, int64(0)
	end := l.delim // what ended the cell before
	for _, k := range l.cells {
		if end != l.delim || p >= len(buf)-8 {
			return false // a short row, or the end of the window
		}
		if k < 0 {
			var ok bool
			if at, p, ok = r.plainOther(buf, p, k, at); !ok {
				return false
			}
			end = buf[p]
			p++
			continue
		}
		c := &columns[k]
		v, n := l.decimal(binary.LittleEndian.Uint64(buf[p:]))
		q := devices.Good
		p += n
		if n == 0 || c.special {
			var ok bool
			if v, q, p, ok = r.plainOdd(c, buf, p, v, n > 0); !ok {
				return false
			}
			missing += int64(q & devices.Missing / devices.Missing)
		}
		x := &xs[k]
		x.Value, x.Channel, x.Seq, x.Quality = v, c.channel, number, q
		end = buf[p]
		p++
	}
	switch end {
	case l.delim:
		rest := bytes.IndexByte(buf[p:], l.nl)
		if rest < 0 || bytes.IndexByte(buf[p:p+rest], '"') >= 0 {
			return false
		}
		p += rest + 1
	case l.nl:
	case '\r':
		if p == len(buf) || buf[p] != l.nl {
			return false
		}
		p++
	default:
		return false
	}
	return r.accept(row, at, p, missing)
}

// accept enters a row of p bytes that gave readings, unless its stamp is not
// later than all before.
func (r *Reader) accept(row *Row, at sim.Time, p int, missing int64) bool {
	st, clock := r.st, &r.st.Clocks[0]
	if clock.Count == 0 || at <= clock.latest() {
		return false
	}
	clock.advance(at)
	st.Arrival = max(st.Arrival, at)
	row.At, row.Arrival, row.Number, row.Line = at, st.Arrival, st.Ordinal, r.in.line
	for i := range row.Readings {
		row.Readings[i].At = at
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

// Each byte of a word has the value of the name.
const (
	ones   = 0x0101010101010101
	zeroes = '0' * ones
	sevens = 0x7f * ones
	highs  = 0x80 * ones
)

// decimal reads a number of at most seven characters, without an exponent, at
// the start of the eight bytes in w (the first one lowest), as parseFloat does,
// and returns how many bytes it has; 0 if that is not what the cell is.
func (l *lane) decimal(w uint64) (float64, int) {
	var neg uint
	if byte(w) == '-' {
		neg = 1
	}
	w >>= 8 * neg
	x := w ^ zeroes                                      // digits are 0 to 9 now
	other := ((x & sevens) + (0x80-10)*ones | x) & highs // 0x80 where x is more than 9
	n := uint(bits.TrailingZeros64(other)) &^ 7          // 8 times the digits before the mark
	if n == 64 {
		return 0, 0
	}
	scale, size := uint(0), n
	if byte(w>>n) == l.mark {
		other &= other - 1
		end := uint(bits.TrailingZeros64(other)) &^ 7
		if end == 64 {
			return 0, 0
		}
		scale, size = (end-n)/8-1, end
		low := uint64(1)<<n - 1
		x = x&low | x>>8&^low // close up over the mark
		n = end - 8
	}
	if end := byte(w >> size); n == 0 || end != l.delim && end != l.nl && end != '\r' {
		return 0, 0
	}
	x <<= 64 - n // leading zeros make it eight digits, which fold by twos and fours
	x = x*10 + x>>8
	x = (x&0x000000ff000000ff*(100+1000000<<32) + x>>16&0x000000ff000000ff*(1+10000<<32)) >> 32
	f := float64(int64(x)) / tens[scale&15]
	return math.Float64frombits(math.Float64bits(f) | uint64(neg)<<63), int(size/8 + neg)
}

// plainOdd finishes a cell that needs more than its number v, if it has one, or
// that is no short decimal. It returns where the cell ends; false leaves the row
// to the general way.
func (r *Reader) plainOdd(c *column, buf []byte, p int, v float64, ok bool) (float64, devices.Quality, int, bool) {
	if !ok {
		b, end := r.lane.cell(buf, p)
		p = end
		switch {
		case end < 0:
			return 0, 0, 0, false
		case len(b) == 0:
			return 0, devices.Missing, p, true
		}
		if v, ok = parseFloat(b, r.mark); !ok || v-v != 0 {
			if v, ok = c.word(b); !ok {
				return 0, devices.Missing, p, missingWord(b)
			}
		}
	}
	for _, s := range c.sentinels {
		if v == s {
			return 0, devices.Missing, p, true
		}
	}
	if c.linear {
		v = v*c.scale + c.offset
	}
	return v, 0, p, v-v == 0
}

// cell returns the text of the unquoted cell at p and where it ends; -1 if it is
// quoted, has blanks around it or does not end within buf.
func (l *lane) cell(buf []byte, p int) (text []byte, end int) {
	end = l.end(buf, p)
	if end < 0 || end+1 >= len(buf) {
		return nil, -1
	}
	text = buf[p:end]
	if n := len(text); n > 0 && buf[end] == l.nl && text[n-1] == '\r' {
		end--
		text = text[:n-1]
	}
	if n := len(text); n > 0 && (text[0] <= ' ' || text[0] == '"' || text[n-1] <= ' ') {
		return nil, -1
	}
	return text, end
}

// end returns where the next delimiter or line end at or after p is; -1 if there
// is none. It looks at eight bytes at once.
func (l *lane) end(buf []byte, p int) int {
	delims, ends := uint64(l.delim)*ones, uint64(l.nl)*ones
	for ; p <= len(buf)-8; p += 8 {
		w := binary.LittleEndian.Uint64(buf[p:])
		d, e := w^delims, w^ends // a zero byte is one
		// The lowest 0x80 is right; those above it may come of a borrow.
		if found := ((d-ones)&^d | (e-ones)&^e) & highs; found != 0 {
			return p + bits.TrailingZeros64(found)/8
		}
	}
	for ; p < len(buf); p++ {
		if buf[p] == l.delim || buf[p] == l.nl {
			return p
		}
	}
	return -1
}

// plainOther passes over a cell that nobody asks for, or reads the stamp of the
// row, in place of at.
func (r *Reader) plainOther(buf []byte, p, k int, at sim.Time) (sim.Time, int, bool) {
	l := &r.lane
	var m moment
	if f := &r.format; k == laneTime && f.kind == isoTime && len(buf) >= p+20 && buf[p+19] == l.delim {
		ok := false
		if m, ok = f.iso(buf[p : p+19]); !ok {
			return 0, 0, false
		}
		p += 19
	} else {
		b, end := l.cell(buf, p)
		if end < 0 || k == laneSkip {
			return at, end, end >= 0
		}
		ok := false
		if m, ok = f.parse(b); !ok {
			return 0, 0, false
		}
		p = end
	}
	if !m.zoned && !r.utc {
		if m.sec < r.zone.lo || m.sec >= r.zone.hi {
			return 0, 0, false
		}
		if m.sec -= r.zone.off; !inReach(m) {
			return 0, 0, false
		}
	}
	span, ok := add(m.nanoseconds(), -r.st.Epoch)
	sum, ok2 := add(span, int64(r.cfg.Start))
	return sim.Time(sum), p, ok && ok2
}
