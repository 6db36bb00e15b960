package replay

import (
	"fmt"
	"io"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Reader pulls rows from a file, without a run.
type Reader struct {
	cfg  Config
	open func() (io.ReadCloser, error)
	in   input
	st   *State
	desc Description

	// the plan, settled by probe
	split       splitter
	nl          byte
	mark        byte
	names       []string
	width       int // cells a row has; 0 is unknown
	headerLines int
	headerLine  int64
	paths       [][]byte // of JSON cells
	parts       []part
	format      timeFormat
	example     string // the first stamp that format reads; empty if none was seen
	exampleLine int64
	zone        zone
	utc         bool
	epoch       int64 // Config.Epoch in ns since 1970
	key         int
	groups      []group
	byMatch     map[string]int
	need        int
	lane        lane

	rec     record
	scratch []byte // a cell without its escapes
	joined  []byte // a stamp of several cells
}

// NewReader looks at the beginning of the file and finds the columns. It leaves
// the file closed; Next opens it.
func NewReader(cfg Config) (*Reader, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	open, err := cfg.opener()
	if err != nil {
		return nil, err
	}
	r := &Reader{cfg: cfg, open: open, mark: '.', st: new(State)}
	if cfg.Decimal != 0 {
		r.mark = cfg.Decimal
	}
	r.in.most = defaultMaxRecord
	if cfg.MaxRecord > 0 {
		r.in.most = min(cfg.MaxRecord, math.MaxInt32)
	}
	if err := r.probe(); err != nil {
		r.in.close()
		return nil, r.place(err)
	}
	return r, nil
}

// place adds the file's name to an error that lacks it.
func (r *Reader) place(err error) error {
	if text := err.Error(); len(text) > 8 && text[:8] == "replay: " {
		return err
	}
	return fmt.Errorf("replay: %s: line %d: %w", r.cfg.label(), r.in.line, err)
}

// Describe returns what was found out about the file.
func (r *Reader) Describe() Description { return r.desc }

// State returns what changes as the file is read. Setting it to the [State.Clone]
// of an earlier time makes Next go on from there.
func (r *Reader) State() *State { return r.st }

// Counters returns the account of the rows read so far.
func (r *Reader) Counters() Counters { return r.st.Counters }

// Problems returns the first few cells and rows that could not be read.
func (r *Reader) Problems() []Problem { return r.st.Problems }

// Close releases the file. Next opens it again where it was.
func (r *Reader) Close() error { return r.in.close() }

// begin opens the file and passes over the heading.
func (r *Reader) begin() error {
	if err := r.in.open(r.open, 0, 0); err != nil {
		return err
	}
	r.in.nl = r.nl
	if err := r.skip(); err != nil {
		return err
	}
	r.split = r.newSplitter(r.need == 0)
	for n := 0; n < r.headerLines; {
		err := r.split.next(&r.rec)
		if err == io.EOF {
			return r.fail("the file ends within its header of %d lines", r.headerLines)
		}
		if err != nil {
			return err
		}
		c := &r.st.Counters
		c.Records++
		switch r.rec.kind {
		case comment:
			c.Comments++
		case blank:
			c.Empty++
		default:
			c.Heading++
			n++
		}
	}
	r.st.Begun = true
	r.note()
	return nil
}

// note notes where the next row begins.
func (r *Reader) note() { r.st.Offset, r.st.Line = r.in.offset(), r.in.line }

// settle opens the file if it is closed, and goes to where the state says if
// the state was replaced.
func (r *Reader) settle() error {
	if r.in.closer != nil && r.st.Begun && r.in.offset() == r.st.Offset {
		return nil
	}
	if len(r.st.Clocks) != len(r.groups) {
		r.st.Clocks = make([]Clock, len(r.groups))
	}
	if len(r.rec.cells) != r.need && r.desc.Format != JSONLines {
		r.rec.cells = make([]span, r.need)
	}
	if !r.st.Begun {
		return r.begin()
	}
	if err := r.in.open(r.open, r.st.Offset, r.st.Line); err != nil {
		return err
	}
	r.in.nl = r.nl
	r.split = r.newSplitter(false)
	return nil
}

// Next reads up to the next row that gives readings. It returns io.EOF at the
// end of the file. With the order Error, or Strict, what can't be read is an
// error, and Next goes on after it if called again. Next does not allocate.
func (r *Reader) Next(row *Row) error {
	number, line := r.st.Ordinal, r.in.line
	if len(row.Readings) == r.lane.columns && r.plainRows(row.Readings, 1, 1) > 0 {
		row.At, row.Arrival, row.Number, row.Line = r.lane.latest, r.st.Arrival, number, line
		return nil
	}
	return r.next(row)
}

// next is the general way.
func (r *Reader) next(row *Row) error {
	r.lane.leave()
	if r.st.Done {
		return io.EOF
	}
	if err := r.settle(); err != nil {
		return r.place(err)
	}
	for {
		err := r.split.next(&r.rec)
		if err == io.EOF {
			r.st.Done = true
			return err
		}
		if err != nil {
			return r.place(err)
		}
		r.note()
		c := &r.st.Counters
		c.Records++
		ok := false
		switch r.rec.kind {
		case comment:
			c.Comments++
		case blank:
			c.Empty++
		case broken:
			err = r.malformed(0, "", r.in.buf[r.rec.a:r.rec.b], r.rec.want)
			r.st.Ordinal++
		default:
			ok, err = r.row(row)
		}
		if ok || err != nil {
			return err
		}
	}
}

// row makes readings of the record; false if it gives none.
func (r *Reader) row(row *Row) (bool, error) {
	c := &r.st.Counters
	g := 0
	if r.key >= 0 {
		k, ok := r.byMatch[string(r.text(r.rec.cell(r.key)))]
		if !ok {
			return false, r.noMatch()
		}
		g = k
	}
	at, ok, err := r.stamp(&r.st.Clocks[g])
	if !ok || err != nil {
		return false, err
	}
	number := r.st.Ordinal
	r.st.Ordinal++
	if !r.st.HasRow && at < r.st.From {
		c.Before++
		return false, nil
	}
	var q devices.Quality
	if clock := &r.st.Clocks[g]; clock.Count == 0 || at > clock.latest() {
		clock.advance(at)
	} else if q, err = r.late(clock, at); err != nil {
		return false, err
	} else if r.cfg.Order == Drop {
		c.Dropped++
		return false, nil
	}
	// Every row of this kind is counted before a cell can end the reading.
	c.Rows++
	if r.rec.n < r.groups[g].need {
		c.Short++
	}
	if !r.st.HasRow || at > r.st.Arrival {
		r.st.Arrival = at
	}
	r.st.HasRow = true
	row.At, row.Arrival, row.Number, row.Line = at, r.st.Arrival, number, r.rec.line
	columns := r.groups[g].columns
	if cap(row.Readings) < len(columns) {
		row.Readings = make([]devices.Reading, len(columns))
	}
	row.Readings = row.Readings[:len(columns)]
	for i := range columns {
		v, vq, e := r.value(&columns[i])
		if e != nil && err == nil {
			err = e
		}
		x := &row.Readings[i] // field by field: a composite literal is built aside and copied
		x.At, x.Value, x.Channel, x.Seq, x.Quality = at, v, columns[i].channel, uint32(number), q|vq
	}
	c.Readings += int64(len(columns))
	return err == nil, err
}

// noMatch accounts for a row whose key no column asks for.
func (r *Reader) noMatch() error {
	if r.emptyRow() {
		r.st.Counters.Empty++
		return nil
	}
	r.st.Counters.Unmatched++
	r.st.Ordinal++
	return nil
}

// late counts a stamp that is not later than those before; an error by policy.
func (r *Reader) late(clock *Clock, at sim.Time) (devices.Quality, error) {
	c := &r.st.Counters
	q := clock.late(at)
	if r.cfg.Order == Error {
		c.Malformed++
		p := r.problem(0, "time", r.stampText(), fmt.Sprintf("a stamp later than all before; the latest is %v later. Use order keep or drop to go on", clock.latest()-at))
		return q, p
	}
	if q.Has(devices.Repeated) {
		c.Repeated++
	}
	if q.Has(devices.Disordered) {
		c.Disordered++
	}
	return q, nil
}

// text returns a cell without quotes, escapes and blanks around it. It is valid
// until the next call.
func (r *Reader) text(s span) []byte {
	b := r.in.buf[s.a:s.b]
	if s.escaped || len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
		return r.cleanText(s)
	}
	return b
}

func (r *Reader) cleanText(s span) []byte {
	b := r.in.buf[s.a:s.b]
	if s.escaped {
		if r.desc.Format == JSONLines {
			r.scratch = unescape(r.scratch[:0], b)
		} else {
			r.scratch = unquote(r.scratch[:0], b)
		}
		b = r.scratch
	}
	return trim(b)
}

// stampText returns what the stamp is written as.
func (r *Reader) stampText() []byte {
	if len(r.parts) == 1 && r.parts[0].cell >= 0 {
		return r.text(r.rec.cell(r.parts[0].cell))
	}
	r.joined = r.joined[:0]
	some := false
	for i, p := range r.parts {
		if i > 0 {
			r.joined = append(r.joined, ' ')
		}
		if p.cell < 0 {
			r.joined = append(r.joined, p.text...)
			continue
		}
		b := r.text(r.rec.cell(p.cell))
		some = some || len(b) > 0
		r.joined = append(r.joined, b...)
	}
	if !some {
		return nil
	}
	return r.joined
}

// emptyRow reports whether no cell of the row has any text.
func (r *Reader) emptyRow() bool {
	if r.desc.Format == JSONLines {
		return false
	}
	for _, c := range r.in.buf[r.rec.a:r.rec.b] {
		if c != ' ' && c != '\t' && c != '\r' && c != '"' && c != r.desc.Delimiter {
			return false
		}
	}
	return true
}
