package scenarios

import (
	"strings"
	"unicode/utf8"
)

// A Position is a place in the text of a scenario. The zero Position is no place.
type Position struct {
	Line  int // from 1; 0 is no place
	Col   int // from 1, in characters (not bytes)
	Width int // how many characters from Col the place covers; at least 1
}

// IsZero reports whether p is no place at all, such as that of a key which is not in the file.
func (p Position) IsZero() bool { return p.Line == 0 }

// Text is a string of the scenario together with where it stands: a name, a
// pattern or an expression. An absent one has a zero Pos.
type Text struct {
	Src string
	Pos Position // of the whole value, quotes included
	Raw string   // as written in the file, quotes and escapes included
}

// Given reports whether the file has this text.
func (t Text) Given() bool { return !t.Pos.IsZero() }

// String returns the text itself.
func (t Text) String() string { return t.Src }

// At returns the place of the byte with the given offset in t.Src, however the
// string was quoted, so that an error inside an expression points into the file.
func (t Text) At(offset int) Position {
	if t.Pos.IsZero() || t.Raw == "" {
		return t.Pos
	}
	line, col := t.Pos.Line, t.Pos.Col
	raw, body := openQuote(t.Raw)
	col += utf8.RuneCountInString(raw)
	if strings.Contains(raw, "\n") {
		line, col = line+1, 1
	}
	multi := len(raw) >= 3
	for produced := 0; body != ""; {
		size, out := rawStep(body, raw[0] == '"', multi)
		if produced >= offset && out > 0 {
			break
		}
		if i := strings.LastIndexByte(body[:size], '\n'); i >= 0 {
			line, col = line+strings.Count(body[:size], "\n"), 1+utf8.RuneCountInString(body[i+1:size])
		} else {
			col += utf8.RuneCountInString(body[:size])
		}
		body, produced = body[size:], produced+out
	}
	return Position{Line: line, Col: col, Width: 1}
}

// openQuote splits a TOML literal into its opening quote (with the newline that
// a multi-line string drops) and the rest.
func openQuote(raw string) (open, rest string) {
	for _, q := range [...]string{`"""`, `'''`} {
		if len(raw) >= 6 && strings.HasPrefix(raw, q) {
			n := 3
			if strings.HasPrefix(raw[n:], "\r\n") {
				n += 2
			} else if strings.HasPrefix(raw[n:], "\n") {
				n++
			}
			return raw[:n], raw[n:]
		}
	}
	if raw[0] == '"' || raw[0] == '\'' {
		return raw[:1], raw[1:]
	}
	return " ", raw // not quoted: a number or a date; never reached for strings
}

// rawStep returns how many bytes of the raw body make the next character, and
// how many bytes of the decoded string that is.
func rawStep(body string, escapes, multi bool) (size, out int) {
	if !escapes || body[0] != '\\' || len(body) < 2 {
		_, n := utf8.DecodeRuneInString(body)
		return n, n
	}
	if multi {
		rest := strings.TrimLeft(body[1:], " \t\r")
		if strings.HasPrefix(rest, "\n") {
			return len(body) - len(strings.TrimLeft(rest, " \t\r\n")), 0 // it swallows all blanks that follow
		}
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[body[1]]
	size = min(2+digits, len(body))
	if digits == 0 {
		return size, 1
	}
	if r, ok := unhex(body[2:size]); ok {
		return size, utf8.RuneLen(r)
	}
	return size, 1
}

// unhex reads a code point in hexadecimal.
func unhex(s string) (rune, bool) {
	var r rune
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, s != "" && utf8.ValidRune(r)
}
