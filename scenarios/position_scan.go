package scenarios

import (
	"strings"
	"unicode/utf8"
)

// A node is a table, an array or a scalar of a TOML text, with the places of its
// key and its value. The TOML library reports no place for an unknown key and a
// wrong one inside an array of tables, hence this scan of our own. It is only
// ever given text that the library has accepted, and finds its way in anything.
type node struct {
	name  string   // the key, unquoted; "" for the root and for array items
	key   Position // of the key, or of the header that made the table
	val   Position // of the value
	raw   string   // a scalar, inline table or inline array as written
	kids  []*node  // of a table by first appearance, of an array by index
	index map[string]*node
	array bool
}

// child returns the node of a key; of none (nil) it is an empty node.
func (n *node) child(name string) *node {
	if n != nil {
		if k := n.index[name]; k != nil {
			return k
		}
	}
	return &node{name: name}
}

// item returns the i-th item of an array; an empty node if there is none.
func (n *node) item(i int) *node {
	if n != nil && i < len(n.kids) && n.array {
		return n.kids[i]
	}
	return &node{}
}

func (n *node) sub(name string, at Position) *node {
	if k := n.index[name]; k != nil {
		return k
	}
	if n.index == nil {
		n.index = make(map[string]*node)
	}
	k := &node{name: name, key: at, val: at}
	n.index[name] = k
	n.kids = append(n.kids, k)
	return k
}

// scanner is a small TOML lexer that keeps places and does not judge.
type scanner struct {
	src  string
	at   int // byte offset
	line int // of at, from 1
	bol  int // byte offset at which the line begins
	lead int // offset up to which the columns of this line are counted, and
	col  int // how many characters there were
}

// scan finds the places of all keys and values of a TOML text.
func scan(text string) *node {
	s := &scanner{src: text, line: 1}
	root := &node{key: Position{1, 1, 1}, val: Position{1, 1, 1}}
	here := root
	for {
		s.blank(true)
		if s.at >= len(s.src) {
			return root
		}
		before := s.at
		if s.src[s.at] == '[' {
			here = s.header(root)
		} else {
			s.pair(here)
		}
		s.restOfLine()
		if s.at == before {
			s.at++
		}
	}
}

// span returns the place from byte offset `from` (with its column) to here.
func (s *scanner) span(from, line, col int) Position {
	text := s.src[from:s.at]
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = strings.TrimRight(text[:i], "\r")
	}
	return Position{line, col, max(1, utf8.RuneCountInString(text))}
}

func (s *scanner) column() int {
	if s.lead < s.bol || s.lead > s.at {
		s.lead, s.col = s.bol, 0
	}
	s.col += utf8.RuneCountInString(s.src[s.lead:s.at])
	s.lead = s.at
	return s.col + 1
}

func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) newline() { // s.at is at '\n'
	s.at++
	s.line++
	s.bol = s.at
}

// blank skips spaces and tabs and, if lines is set, newlines and comments.
func (s *scanner) blank(lines bool) {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == ' ' || c == '\t' || c == '\r':
			s.at++
		case lines && c == '\n':
			s.newline()
		case lines && c == '#':
			for s.at < len(s.src) && s.src[s.at] != '\n' {
				s.at++
			}
		default:
			return
		}
	}
}

func (s *scanner) restOfLine() {
	for s.at < len(s.src) && s.src[s.at] != '\n' {
		s.at++
	}
}

// part reads one part of a dotted key.
func (s *scanner) part() (name string, at Position) {
	from, line, col := s.at, s.line, s.column()
	switch c := s.peek(); c {
	case '"', '\'':
		s.at++
		for s.at < len(s.src) && s.src[s.at] != c && s.src[s.at] != '\n' {
			if c == '"' && s.src[s.at] == '\\' {
				s.at++
			}
			s.at++
		}
		s.at = min(s.at+1, len(s.src))
		name = unquote(s.src[from:s.at])
	default:
		for s.at < len(s.src) && !strings.ContainsRune(" \t\r\n.=]}#,\"'", rune(s.src[s.at])) {
			s.at++
		}
		name = s.src[from:s.at]
	}
	return name, s.span(from, line, col)
}

// keyPath walks a dotted key from n and returns the table that holds the last part.
func (s *scanner) keyPath(n *node) (holder *node, last string, at Position) {
	for {
		s.blank(false)
		name, pos := s.part()
		s.blank(false)
		if s.peek() != '.' {
			return n, name, pos
		}
		s.at++
		n = n.sub(name, pos)
		if n.array && len(n.kids) > 0 {
			n = n.kids[len(n.kids)-1]
		}
	}
}

func (s *scanner) header(root *node) *node {
	from, line, col := s.at, s.line, s.column()
	s.at++
	many := s.peek() == '['
	if many {
		s.at++
	}
	holder, last, _ := s.keyPath(root)
	for s.at < len(s.src) && s.src[s.at] == ']' {
		s.at++
	}
	at := s.span(from, line, col)
	n := holder.sub(last, at)
	if many {
		n.array = true
		item := &node{key: at, val: at}
		n.kids = append(n.kids, item)
		return item
	}
	if n.array && len(n.kids) > 0 {
		return n.kids[len(n.kids)-1]
	}
	n.key, n.val = at, at
	return n
}

func (s *scanner) pair(n *node) {
	holder, last, at := s.keyPath(n)
	k := holder.sub(last, at)
	k.key = at
	s.blank(false)
	if s.peek() == '=' {
		s.at++
	}
	s.blank(false)
	s.value(k)
}

func (s *scanner) value(n *node) {
	from, line, col := s.at, s.line, s.column()
	switch c := s.peek(); c {
	case '"', '\'':
		s.quoted(c)
	case '[':
		s.list(n)
	case '{':
		s.table(n)
	default:
		for s.at < len(s.src) && !strings.ContainsRune(",]}#\n", rune(s.src[s.at])) {
			s.at++
		}
		s.at = from + len(strings.TrimRight(s.src[from:s.at], " \t\r"))
	}
	n.val = s.span(from, line, col)
	n.raw = s.src[from:s.at]
}

func (s *scanner) quoted(q byte) {
	if !strings.HasPrefix(s.src[s.at:], strings.Repeat(string(q), 3)) {
		s.part()
		return
	}
	s.at += 3
	end := strings.Repeat(string(q), 3)
	for s.at < len(s.src) {
		switch {
		case strings.HasPrefix(s.src[s.at:], end):
			s.at += 3
			for k := 0; k < 2 && s.peek() == q; k++ { // """"" ends with two quotes of its own
				s.at++
			}
			return
		case q == '"' && s.src[s.at] == '\\' && s.at+1 < len(s.src) && s.src[s.at+1] != '\n':
			s.at += 2
		case s.src[s.at] == '\n':
			s.newline()
		default:
			s.at++
		}
	}
}

func (s *scanner) list(n *node) {
	n.array = true
	for s.at++; ; {
		s.blank(true)
		switch c := s.peek(); {
		case s.at >= len(s.src):
			return
		case c == ']':
			s.at++
			return
		case c == ',':
			s.at++
		default:
			before := s.at
			item := &node{}
			s.value(item)
			item.key = item.val
			n.kids = append(n.kids, item)
			if s.at == before {
				s.at++
			}
		}
	}
}

func (s *scanner) table(n *node) {
	for s.at++; ; {
		s.blank(true)
		switch c := s.peek(); {
		case s.at >= len(s.src):
			return
		case c == '}':
			s.at++
			return
		case c == ',':
			s.at++
		default:
			before := s.at
			s.inlinePair(n)
			if s.at == before {
				s.at++
			}
		}
	}
}

// inlinePair is pair, with newlines allowed around the key as TOML 1.1 has them.
func (s *scanner) inlinePair(n *node) {
	holder, last, at := s.keyPath(n)
	k := holder.sub(last, at)
	k.key = at
	s.blank(true)
	if s.peek() == '=' {
		s.at++
	}
	s.blank(true)
	s.value(k)
}

// unquote decodes a quoted key.
func unquote(lit string) string {
	if len(lit) < 2 || lit[len(lit)-1] != lit[0] {
		return lit
	}
	body := lit[1 : len(lit)-1]
	if lit[0] == '\'' || !strings.Contains(body, `\`) {
		return body
	}
	var b strings.Builder
	for body != "" {
		size, _ := rawStep(body, true, false)
		b.WriteString(unescape(body[:size]))
		body = body[size:]
	}
	return b.String()
}

func unescape(s string) string {
	if len(s) < 2 || s[0] != '\\' {
		return s
	}
	switch s[1] {
	case 'b':
		return "\b"
	case 't':
		return "\t"
	case 'n':
		return "\n"
	case 'f':
		return "\f"
	case 'r':
		return "\r"
	case 'e':
		return "\x1b"
	case 'x', 'u', 'U':
		if r, ok := unhex(s[2:]); ok {
			return string(r)
		}
	}
	return s[1:]
}
