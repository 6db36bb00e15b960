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
	cells    []int          // by cell: the column it feeds, laneTime or laneSkip
	shapes   [2][8][8]shape // by sign, digits before the mark and after it
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
	for neg := range 2 {
		for n := 1; n < 8*8; n++ {
			if whole, fraction := n/8, n%8; neg+whole+fraction < 8 {
				r.lane.shapes[neg][whole][fraction] = newShape(neg == 1, whole, fraction, r.mark)
			}
		}
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
		r.groups[0].columns[k].shape = &noShape
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
		w, f := binary.LittleEndian.Uint64(buf[p:]), c.shape
		d, fits := f.digits(w)
		if end = buf[p+f.width&7]; !fits || end != l.delim && end != l.nl && end != '\r' {
			if f = l.shape(w); f == nil {
				f = &noShape
			} else {
				c.shape = f
			}
			d, _ = f.digits(w)
		}
		v, q := f.value(d), devices.Good
		p += f.width
		if f.width == 0 || c.special {
			var ok bool
			if v, q, p, ok = r.plainOdd(c, buf, p, v, f.width > 0); !ok {
				return false
			}
			missing += int64(q & devices.Missing / devices.Missing)
		}
		x := &xs[k]
		x.At, x.Value, x.Channel, x.Seq, x.Quality = at, v, c.channel, number, q
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
		row.Readings[i].At = at // the stamp may come after a value
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

// A shape is how a short number is written: -dd.d, say. The numbers of a column
// mostly have the shape of the one before, which takes one look to tell, and
// foretells where the cell ends.
type shape struct {
	template uint64  // the sign, zeros and the mark, the first byte lowest
	keep     uint64  // the bytes that the number has
	limit    uint64  // what carries into the high bit if added to a byte that is wrong
	whole    uint64  // the digits before the mark
	shift    uint    // bits that move those up, so that with the others they end the word
	width    int     // bytes
	divisor  float64 // a power of ten, with the sign
}

// noShape fits nothing and has the value 0.
var noShape = shape{divisor: 1, shift: 8}

// newShape makes the shape of a number with that many digits before the mark and
// after it, and the mark if there are any.
func newShape(neg bool, whole, fraction int, mark byte) shape {
	f := shape{divisor: tens[fraction]}
	at := 0
	put := func(c byte, limit uint64) {
		f.template |= uint64(c) << at
		f.keep |= 0xff << at
		f.limit |= limit << at
		at += 8
	}
	const digit, literal = 0x80 - 10, 0x7f
	if neg {
		put('-', literal)
		f.divisor = -f.divisor
	}
	for range whole {
		f.whole |= 0xff << at
		put('0', digit)
	}
	if fraction > 0 {
		put(mark, literal)
	}
	for range fraction {
		put('0', digit)
	}
	f.width = at / 8
	f.shift = uint(64 - at)
	if fraction > 0 {
		f.shift += 8
	}
	return f
}

// digits returns the digits of the number that begins at the first, lowest, byte
// of w, with zero bytes for all else; false if the number has another shape.
func (f *shape) digits(w uint64) (uint64, bool) {
	x := (w ^ f.template) & f.keep
	return x, (x+f.limit|x)&highs == 0
}

// value returns the number: exactly, as a float64 has all integers that are so
// short, and the division is rounded once.
func (f *shape) value(x uint64) float64 {
	whole := x & f.whole
	x = whole<<(f.shift&63) + (x^whole)<<((f.shift-8)&63) // eight digits, which fold by twos and fours
	x = x*10 + x>>8
	x = (x&0x000000ff000000ff*(100+1000000<<32) + x>>16&0x000000ff000000ff*(1+10000<<32)) >> 32
	return float64(int64(x)) / f.divisor
}

// shape tells how the number in w, the first byte lowest, is written; nil if
// that is no number without an exponent that ends within the eight bytes.
func (l *lane) shape(w uint64) *shape {
	sign := 0
	if byte(w) == '-' {
		sign = 1
		w >>= 8
	}
	x := w ^ zeroes                                      // digits are 0 to 9 now
	other := ((x & sevens) + (0x80-10)*ones | x) & highs // 0x80 where x is more than 9
	whole, fraction := bits.TrailingZeros64(other)/8, 0
	size := whole
	if other != 0 && byte(w>>(8*whole)) == l.mark {
		other &= other - 1
		size = bits.TrailingZeros64(other) / 8
		fraction = size - whole - 1
	}
	if other == 0 || whole+fraction == 0 {
		return nil
	}
	if end := byte(w >> (8 * size)); end != l.delim && end != l.nl && end != '\r' {
		return nil
	}
	if size > whole+fraction && fraction == 0 {
		return nil // a mark at the end
	}
	return &l.shapes[sign][whole][fraction]
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
	if k == laneSkip {
		_, end := r.lane.cell(buf, p)
		return at, end, end >= 0
	}
	m, ok := moment{}, false
	if len(buf) >= p+20 && buf[p+19] == r.lane.delim {
		m.sec, ok = r.format.sameDate((*[19]byte)(buf[p:]))
	}
	if ok {
		p += 19
	} else {
		b, end := r.lane.cell(buf, p)
		if end < 0 {
			return 0, 0, false
		}
		if m, ok = r.format.parse(b); !ok {
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
