package replay

import (
	"bytes"
	"io"
)

// Classes of bytes in delimited text.
const (
	plain uint8 = iota
	delimiter
	lineEnd
	quote
)

// A csvSplitter cuts delimited text. A cell whose first non-blank byte is a
// quote ends at the next single quote; two quotes stand for one. A quote
// elsewhere is an ordinary character.
type csvSplitter struct {
	in       *input
	class    [256]uint8
	delim    byte
	comments []byte
	all      bool
}

func newCSV(in *input, delim byte, comments []byte) *csvSplitter {
	s := &csvSplitter{in: in, delim: delim, comments: comments}
	s.class['"'] = quote
	s.class[in.nl] = lineEnd
	s.class[delim] = delimiter
	return s
}

func (s *csvSplitter) next(rec *record) error {
	in := s.in
	for {
		if in.r == in.w && !in.fill() {
			if in.err != nil {
				return in.err
			}
			return io.EOF
		}
		if len(s.comments) > 0 {
			for in.w-in.r < len(s.comments) && in.fill() {
			}
			if bytes.HasPrefix(in.buf[in.r:in.w], s.comments) {
				_, _, err := cutLine(in, rec, s.comments)
				return err
			}
		}
		ended := in.eof
		if s.scan(rec) {
			return nil
		}
		switch {
		case ended, in.full():
			return s.recover(rec)
		case !in.fill() && in.err != nil:
			return in.err
		}
		// The row goes on beyond the window, which is wider now: begin anew.
	}
}

// scan cuts one row; it returns false, with nothing consumed, if the row does
// not end within the window, or, at the end of the file, if its quote does not
// close.
func (s *csvSplitter) scan(rec *record) bool {
	in := s.in
	buf := in.buf[:in.w]
	start := in.r
	cells := rec.cells
	n, inner, from := 0, int64(0), start
	rec.kind = data
	for i := start; i < len(buf); i++ {
		switch s.class[buf[i]] {
		case plain:
		case delimiter:
			if n < len(cells) {
				cells[n] = span{int32(from), int32(i), false}
			} else if s.all {
				rec.cells = append(rec.cells, span{int32(from), int32(i), false})
				cells = rec.cells
			}
			n++
			from = i + 1
		case lineEnd:
			s.finish(rec, n, from, i, inner)
			return true
		case quote:
			if !isBlank(buf[from:i]) {
				continue
			}
			end, next, lines, escaped, ok := s.quoted(buf, i+1)
			if end < 0 {
				return false
			}
			inner += lines
			if !ok {
				return s.breakRow(rec, next, inner)
			}
			rec.n = n
			rec.add(i+1, end, escaped, s.all)
			cells = rec.cells
			n++
			if next == len(buf) || s.class[buf[next]] == lineEnd {
				s.end(rec, n, next, inner)
				return true
			}
			from = next + 1
			i = next
		}
	}
	if in.eof {
		s.finish(rec, n, from, len(buf), inner)
	}
	return in.eof
}

// finish ends a row whose last cell, unquoted, is from..i.
func (s *csvSplitter) finish(rec *record, n, from, i int, inner int64) {
	b := i
	if b > from && s.in.buf[b-1] == '\r' {
		b--
	}
	if n == 0 && isBlank(s.in.buf[from:b]) {
		rec.kind = blank
	} else {
		if n < len(rec.cells) {
			rec.cells[n] = span{int32(from), int32(b), false}
		} else if s.all {
			rec.cells = append(rec.cells, span{int32(from), int32(b), false})
		}
		n++
	}
	s.end(rec, n, i, inner)
}

// end consumes a row of n cells up to the line end at i.
func (s *csvSplitter) end(rec *record, n, i int, inner int64) {
	rec.n = n
	rec.a, rec.b, rec.line = s.in.r, i, s.in.line
	s.in.consume(i, inner)
}

// quoted finds the end of a quoted cell whose text begins at i, and the index
// of what follows: a delimiter or a line end. end is -1 if the window ends
// first; ok is false if something else follows.
func (s *csvSplitter) quoted(buf []byte, i int) (end, next int, lines int64, escaped, ok bool) {
	start := i
	for {
		k := bytes.IndexByte(buf[i:], '"')
		if k < 0 {
			return -1, 0, 0, false, false
		}
		end = i + k
		if end+1 == len(buf) {
			if !s.in.eof {
				return -1, 0, 0, false, false // a second quote may come
			}
			break
		}
		if buf[end+1] != '"' {
			break
		}
		escaped = true
		i = end + 2
	}
	text := buf[start:end]
	lines = int64(bytes.Count(text, []byte{s.in.nl}))
	escaped = escaped || lines > 0 && bytes.IndexByte(text, '\r') >= 0
	next = end + 1
	for next < len(buf) && (buf[next] == ' ' || buf[next] == '\t') && buf[next] != s.delim {
		next++
	}
	if next+1 < len(buf) && buf[next] == '\r' && buf[next+1] == '\n' {
		next++
	}
	if next+1 >= len(buf) && !s.in.eof {
		return -1, 0, 0, false, false // can't tell yet what follows
	}
	if next < len(buf) && buf[next] == '\r' && s.in.nl == '\n' && next+1 == len(buf) {
		next++ // a carriage return at the end of the file
	}
	c := plain
	if next < len(buf) {
		c = s.class[buf[next]]
	}
	ok = next == len(buf) || c == delimiter || c == lineEnd
	return end, next, lines, escaped, ok
}

// breakRow gives up on a row with text after a closing quote, and goes on after
// its line.
func (s *csvSplitter) breakRow(rec *record, i int, inner int64) bool {
	in := s.in
	k := bytes.IndexByte(in.buf[i:in.w], in.nl)
	if k < 0 && !in.eof {
		return false
	}
	end := in.w
	if k >= 0 {
		end = i + k
	}
	rec.kind, rec.want = broken, "a delimiter or a line end after the closing quote"
	s.end(rec, 0, end, inner)
	return true
}

// recover takes the first line of a row whose quote never closes for a broken
// row, so that one stray quote does not cost the rest of the file.
func (s *csvSplitter) recover(rec *record) error {
	in := s.in
	k := bytes.IndexByte(in.buf[in.r:in.w], in.nl)
	if k < 0 && in.full() {
		return in.tooLong()
	}
	end := in.w
	if k >= 0 {
		end = in.r + k
	}
	rec.kind, rec.want = broken, "a closing quote"
	s.end(rec, 0, end, 0)
	return nil
}

// unquote appends a quoted cell to dst, with "" as one quote and \r\n as \n,
// as encoding/csv does.
func unquote(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] == '"' && i+1 < len(b) && b[i+1] == '"' || b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
			i++
		}
		dst = append(dst, b[i])
	}
	return dst
}
