package replay

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a JSON value may nest.
const maxDepth = 64

// A jsonSplitter reads one object a line. Its cells are the scalars at the
// wanted paths, in the order of paths; a cell that is not there is empty.
type jsonSplitter struct {
	in       *input
	comments []byte
	paths    [][]byte
	wanted   []want // stack: those alive in each open object, innermost last
	key      []byte // scratch for keys with escapes
	at       int    // in the buffer
	end      int
	rec      *record
}

// A want is a path of which the first from bytes are matched by the objects
// that are open.
type want struct{ path, from int }

func (s *jsonSplitter) next(rec *record) error {
	a, b, err := cutLine(s.in, rec, s.comments)
	if err != nil || rec.kind != data {
		return err
	}
	s.at, s.end, s.rec = a, b, rec
	rec.n = len(s.paths)
	for i := range rec.cells {
		rec.cells[i] = span{}
	}
	s.wanted = s.wanted[:0]
	for i := range s.paths {
		s.wanted = append(s.wanted, want{i, 0})
	}
	s.blanks()
	if s.peek() != '{' {
		rec.kind, rec.want = broken, "a JSON object in braces"
		return nil
	}
	ok := s.object(0, len(s.wanted), 1)
	s.blanks()
	if !ok || s.at != s.end {
		rec.kind, rec.want = broken, "one valid JSON object; it goes wrong at byte "+strconv.Itoa(s.at-a+1)
	}
	return nil
}

func (s *jsonSplitter) peek() byte {
	if s.at < s.end {
		return s.in.buf[s.at]
	}
	return 0
}

func (s *jsonSplitter) blanks() {
	for s.at < s.end {
		switch s.in.buf[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// take consumes c after blanks.
func (s *jsonSplitter) take(c byte) bool {
	s.blanks()
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// object reads an object whose members are matched with wanted[lo:hi].
func (s *jsonSplitter) object(lo, hi, depth int) bool {
	s.at++ // the brace
	if s.take('}') {
		return true
	}
	for {
		s.blanks()
		a, b, escaped, ok := s.text()
		if !ok || !s.take(':') {
			return false
		}
		key := s.in.buf[a:b]
		if escaped && lo < hi {
			s.key = unescape(s.key[:0], key)
			key = s.key
		}
		if !s.member(key, lo, hi, depth) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// array reads an array; its elements have the keys 0, 1, 2 ...
func (s *jsonSplitter) array(lo, hi, depth int) bool {
	s.at++
	if s.take(']') {
		return true
	}
	var digits [20]byte
	for i := int64(0); ; i++ {
		if !s.member(strconv.AppendInt(digits[:0], i, 10), lo, hi, depth) {
			return false
		}
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

// member reads the value of a key: a cell of those paths that end here, and an
// object for those that go on.
func (s *jsonSplitter) member(key []byte, lo, hi, depth int) bool {
	first := len(s.wanted)
	leaf := false
	for k := lo; k < hi; k++ {
		w := s.wanted[k]
		switch p := s.paths[w.path][w.from:]; {
		case bytes.Equal(p, key):
			leaf = true
		case len(p) > len(key) && p[len(key)] == '.' && bytes.HasPrefix(p, key):
			s.wanted = append(s.wanted, want{w.path, w.from + len(key) + 1})
		}
	}
	sub := len(s.wanted)
	if s.blanks(); s.peek() == '{' || s.peek() == '[' {
		for _, w := range s.wanted[first:sub] {
			s.rec.cells[w.path] = span{} // of a key that comes twice the last counts
		}
	}
	cell, scalar, ok := s.value(first, sub, depth)
	if leaf && ok && scalar { // a scalar has no keys, so key still stands
		for k := lo; k < hi; k++ {
			if w := s.wanted[k]; bytes.Equal(s.paths[w.path][w.from:], key) {
				s.rec.cells[w.path] = cell
			}
		}
	}
	s.wanted = s.wanted[:first]
	return ok
}

// value reads any value; scalar says that cell is one.
func (s *jsonSplitter) value(lo, hi, depth int) (cell span, scalar, ok bool) {
	s.blanks()
	start := s.at
	switch c := s.peek(); {
	case c == '{':
		return span{}, false, depth < maxDepth && s.object(lo, hi, depth+1)
	case c == '[':
		return span{}, false, depth < maxDepth && s.array(lo, hi, depth+1)
	case c == '"':
		a, b, escaped, ok := s.text()
		return span{int32(a), int32(b), escaped}, true, ok
	case c == '-' || c-'0' <= 9:
		ok = s.number()
	case c == 't':
		ok = s.word("true")
	case c == 'f':
		ok = s.word("false")
	case c == 'n':
		ok = s.word("null")
	}
	return span{int32(start), int32(s.at), false}, true, ok
}

func (s *jsonSplitter) word(w string) bool {
	if s.end-s.at < len(w) || string(s.in.buf[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// number reads a number by JSON's grammar.
func (s *jsonSplitter) number() bool {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}
	if s.peek()|0x20 == 'e' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		return s.digits()
	}
	return true
}

func (s *jsonSplitter) digits() bool {
	from := s.at
	for s.peek()-'0' <= 9 {
		s.at++
	}
	return s.at > from
}

// text reads a string and returns what is between its quotes.
func (s *jsonSplitter) text() (a, b int, escaped, ok bool) {
	if s.peek() != '"' {
		return 0, 0, false, false
	}
	s.at++
	a = s.at
	for ; s.at < s.end; s.at++ {
		switch c := s.in.buf[s.at]; {
		case c == '"':
			s.at++
			return a, s.at - 1, escaped, true
		case c < ' ':
			return a, a, false, false
		case c == '\\':
			escaped = true
			s.at++
			if !s.escape() {
				return a, a, false, false
			}
		}
	}
	return a, a, false, false
}

// escape checks the escape whose letter is at s.at, and leaves s.at on its last
// byte.
func (s *jsonSplitter) escape() bool {
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if s.end-s.at < 5 {
			return false
		}
		_, ok := hex4(s.in.buf[s.at+1 : s.at+5])
		s.at += 4
		return ok
	}
	return false
}

func hex4(b []byte) (r rune, ok bool) {
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends a checked string to dst without its escapes.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch c := b[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, _ := hex4(b[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(0)
				if i+6 < len(b) && b[i+1] == '\\' && b[i+2] == 'u' {
					low, _ = hex4(b[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
