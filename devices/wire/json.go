package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/twinsim/twinsim/devices"
)

// A JSONPath picks one value out of JSON text: "value", "data.moisture",
// "readings[2].t", "[0]"; "" is the whole text. A backslash makes the next
// character of a name ordinary, as in `a\.b`.
type JSONPath struct {
	text  string
	steps []jsonStep
}

type jsonStep struct {
	key   string
	index int // -1 for a key
}

// Errors of a JSONPath.
var (
	// ErrNoJSONValue says that the text is good JSON without that path.
	ErrNoJSONValue = errors.New("wire: the JSON text has no value at the path")
	// ErrNotNumber says that there is something that is no number.
	ErrNotNumber = errors.New("wire: the JSON value at the path is not a number")
	// ErrNotJSON says that the text is not JSON.
	ErrNotJSON = errors.New("wire: the text is not JSON")
)

// ParseJSONPath reads a path.
func ParseJSONPath(text string) (JSONPath, error) {
	p := JSONPath{text: text}
	bad := func(at int, want string) (JSONPath, error) {
		return JSONPath{}, fmt.Errorf("wire: JSON path %q, character %d: want %s, as in data.moisture or readings[2].t", text, at+1, want)
	}
	for i := 0; i < len(text); {
		if text[i] == '[' {
			end := strings.IndexByte(text[i:], ']')
			if end < 0 {
				return bad(i, "a closing bracket")
			}
			n, err := strconv.ParseUint(text[i+1:i+end], 10, 31)
			if err != nil {
				return bad(i+1, "a number from 0")
			}
			p.steps = append(p.steps, jsonStep{index: int(n)})
			i += end + 1
			continue
		}
		if len(p.steps) > 0 {
			if text[i] != '.' {
				return bad(i, "a dot or a bracket")
			}
			i++
		}
		key, end := pathKey(text, i)
		if key == "" {
			return bad(i, "a name")
		}
		p.steps = append(p.steps, jsonStep{key: key, index: -1})
		i = end
	}
	return p, nil
}

// pathKey reads a name that ends before a dot or a bracket.
func pathKey(text string, i int) (key string, end int) {
	var b []byte
	for ; i < len(text) && text[i] != '.' && text[i] != '['; i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b = append(b, text[i])
	}
	return string(b), i
}

// String returns the path as it was given.
func (p JSONPath) String() string { return p.text }

// Find returns the JSON text of the value at the path, without the space around
// it. The whole of data is checked, as encoding/json does. Of keys that come
// twice the last counts. It does not allocate.
func (p JSONPath) Find(data []byte) ([]byte, error) {
	s := jsonScan{b: data, steps: p.steps}
	if !s.value(0, 0) {
		return nil, ErrNotJSON
	}
	s.space()
	switch {
	case s.i < len(data):
		return nil, ErrNotJSON
	case !s.found:
		return nil, ErrNoJSONValue
	}
	return data[s.start:s.end], nil
}

// Number returns the number at the path, in whatever unit the sender means:
// numbers, numbers in quotes, and true and false as 1 and 0. null and "nan" are
// 0 with devices.Missing.
func (p JSONPath) Number(data []byte) (float64, devices.Quality, error) {
	raw, err := p.Find(data)
	if err != nil {
		return 0, devices.Missing, err
	}
	if raw[0] == '"' {
		raw = bytes.TrimSpace(raw[1 : len(raw)-1])
		if bytes.EqualFold(raw, []byte("nan")) {
			return 0, devices.Missing, nil
		}
	} else {
		switch string(raw) {
		case "null":
			return 0, devices.Missing, nil
		case "true":
			return 1, devices.Good, nil
		case "false":
			return 0, devices.Good, nil
		}
	}
	s := jsonScan{b: raw}
	if !s.number() || s.i < len(raw) {
		return 0, devices.Missing, ErrNotNumber
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil { // the grammar is right, so it is too large
		return 0, devices.Missing, ErrNotNumber
	}
	return v, devices.Good, nil
}

// maxJSONDepth is encoding/json's limit of nesting.
const maxJSONDepth = 10000

// A jsonScan goes through JSON text (RFC 8259) once and notes where the value
// at the path is.
type jsonScan struct {
	b          []byte
	i          int
	steps      []jsonStep
	start, end int
	found      bool
}

// off is the level of what is not on the path.
const off = -1

func (s *jsonScan) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// take goes past c if it is next, after space.
func (s *jsonScan) take(c byte) bool {
	s.space()
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// value reads a value of which level steps of the path are done; false is a
// mistake in the text.
func (s *jsonScan) value(level, depth int) bool {
	s.space()
	if s.i >= len(s.b) || depth > maxJSONDepth {
		return false
	}
	start, ok := s.i, false
	switch s.b[s.i] {
	case '{':
		ok = s.object(level, depth+1)
	case '[':
		ok = s.array(level, depth+1)
	case '"':
		_, _, ok = s.str()
	case 't':
		ok = s.word("true")
	case 'f':
		ok = s.word("false")
	case 'n':
		ok = s.word("null")
	default:
		ok = s.number()
	}
	if level == len(s.steps) {
		s.start, s.end, s.found = start, s.i, true
	}
	return ok
}

func (s *jsonScan) object(level, depth int) bool {
	s.i++
	if s.take('}') {
		return depth <= maxJSONDepth
	}
	for {
		s.space()
		if s.i >= len(s.b) || s.b[s.i] != '"' {
			return false
		}
		key, escaped, ok := s.str()
		if !ok || !s.take(':') {
			return false
		}
		next := off
		if level >= 0 && level < len(s.steps) && s.steps[level].matches(key, escaped) {
			next = level + 1
			s.found = false // the last of several equal keys counts
		}
		if !s.value(next, depth) {
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

func (s *jsonScan) array(level, depth int) bool {
	s.i++
	if s.take(']') {
		return depth <= maxJSONDepth
	}
	for n := 0; ; n++ {
		next := off
		if level >= 0 && level < len(s.steps) && s.steps[level].index == n {
			next = level + 1
		}
		if !s.value(next, depth) {
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

func (st *jsonStep) matches(key []byte, escaped bool) bool {
	if st.index >= 0 {
		return false
	}
	if !escaped {
		return string(key) == st.key
	}
	var plain string
	quoted := append(append([]byte{'"'}, key...), '"')
	return json.Unmarshal(quoted, &plain) == nil && plain == st.key
}

// str reads a string and returns what is between its quotes.
func (s *jsonScan) str() (content []byte, escaped, ok bool) {
	s.i++
	for start := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], escaped, true
		case c < ' ':
			return nil, false, false
		case c == '\\':
			escaped = true
			if !s.escape() {
				return nil, false, false
			}
		}
	}
	return nil, false, false
}

// escape goes to the last character of an escape.
func (s *jsonScan) escape() bool {
	s.i++
	if s.i >= len(s.b) {
		return false
	}
	if s.b[s.i] != 'u' {
		return strings.IndexByte(`"\/bfnrt`, s.b[s.i]) >= 0
	}
	for range 4 {
		s.i++
		if s.i >= len(s.b) || !isHex(s.b[s.i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (s *jsonScan) word(w string) bool {
	if !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		return false
	}
	s.i += len(w)
	return true
}

func (s *jsonScan) number() bool {
	s.skip('-')
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++
	} else if !s.digits() {
		return false
	}
	if s.skip('.') && !s.digits() {
		return false
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('+') {
			s.skip('-')
		}
		return s.digits()
	}
	return true
}

func (s *jsonScan) skip(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *jsonScan) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i > start
}
