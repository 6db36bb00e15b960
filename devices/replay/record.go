package replay

import "bytes"

// kind is what a record turned out to be.
type kind uint8

const (
	data kind = iota
	comment
	blank
	broken // data that can't be cut into cells; record.want says what was expected
)

// A span is where in the input's buffer a cell lies. escaped cells have to be
// rewritten before use.
type span struct {
	a, b    int32
	escaped bool
}

// A record is one row cut into cells. It is valid until the next one.
type record struct {
	kind  kind
	a, b  int // the row in the buffer, without its line end
	line  int64
	cells []span // room for the columns that are asked for
	n     int    // cells that the row has; may be more than len(cells)
	want  string // what was expected in its place, if broken
}

// cell returns where cell i is; an empty span if the row is too short.
func (r *record) cell(i int) span {
	if i < r.n && i < len(r.cells) {
		return r.cells[i]
	}
	return span{}
}

// add notes a cell. With all set it makes room, as for a header.
func (r *record) add(a, b int, escaped, all bool) {
	if r.n >= len(r.cells) && all {
		r.cells = append(r.cells, span{})
	}
	if r.n < len(r.cells) {
		r.cells[r.n] = span{int32(a), int32(b), escaped}
	}
	r.n++
}

// A splitter cuts the input into records.
type splitter interface {
	// next reads the next record into rec. The error is io.EOF at the end.
	next(rec *record) error
}

// cutLine consumes a line as a comment or a blank one, or returns its bounds
// (without a carriage return) for data, not yet consumed.
func cutLine(in *input, rec *record, comments []byte) (a, b int, err error) {
	end, err := in.endOfLine()
	if err != nil {
		return 0, 0, err
	}
	a, b = in.r, end
	if b > a && in.buf[b-1] == '\r' {
		b--
	}
	rec.a, rec.b, rec.line, rec.n = a, b, in.line, 0
	rec.kind = data
	switch line := in.buf[a:b]; {
	case len(comments) > 0 && bytes.HasPrefix(line, comments):
		rec.kind = comment
	case isBlank(line):
		rec.kind = blank
	}
	in.consume(end, 0)
	return a, b, nil
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}

// trim cuts blanks off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// A spaceSplitter cuts at runs of blanks.
type spaceSplitter struct {
	in       *input
	comments []byte
	all      bool
}

func (s *spaceSplitter) next(rec *record) error {
	a, b, err := cutLine(s.in, rec, s.comments)
	if err != nil || rec.kind != data {
		return err
	}
	buf := s.in.buf
	for i := a; i < b; {
		for i < b && (buf[i] == ' ' || buf[i] == '\t') {
			i++
		}
		start := i
		for i < b && buf[i] != ' ' && buf[i] != '\t' {
			i++
		}
		if i > start {
			rec.add(start, i, false, s.all)
		}
	}
	return nil
}

// A fixedSplitter cuts at given character columns; characters are bytes.
type fixedSplitter struct {
	in       *input
	comments []byte
	ranges   []Range
	all      bool
}

func (s *fixedSplitter) next(rec *record) error {
	a, b, err := cutLine(s.in, rec, s.comments)
	if err != nil || rec.kind != data {
		return err
	}
	for _, g := range s.ranges {
		from := min(a+g.First-1, b)
		to := min(a+g.Last, b)
		if from == to {
			from, to = a, a // beyond the end of the line
		}
		rec.add(from, to, false, s.all)
	}
	return nil
}
