package scenarios

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Match reports whether name fits a pattern: "*" is any text, "?" one
// character, "[a-c]" and "[!x]" one of a set, "{a,b}" one of alternatives. In a
// name with a dot, "*" and "?" stop at the dot, so that "zone-*" is twins and
// "zone-*.vwc" channels. A pattern that CheckPattern refuses matches nothing.
func Match(pattern, name string) bool {
	if CheckPattern(pattern) != nil {
		return false
	}
	for _, p := range alternatives(pattern) {
		if matchOne(p, name) {
			return true
		}
	}
	return false
}

// maxAlternatives bounds what "{a,b}{c,d}..." may expand to.
const maxAlternatives = 256

// CheckPattern says what is wrong with a pattern, if anything.
func CheckPattern(pattern string) error {
	bad := func(at int, why string) error {
		return &mistake{what: fmt.Sprintf("%q is not a pattern: %s", pattern, why), at: at, width: 1,
			expected: `a name with *, ?, [a-z] or {one,other}, such as "zone-*"`}
	}
	if pattern == "" {
		return bad(0, "it is empty")
	}
	open, count, here := -1, 1, 1
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '[':
			n := setLen(pattern[i:])
			if n == 0 {
				return bad(i, `"[" without "]"`)
			}
			i += n - 1
		case c == ']':
			return bad(i, `"]" without "["`)
		case c == '{' && open >= 0:
			return bad(i, `"{" inside "{"`)
		case c == '{':
			open, here = i, 1
		case c == '}' && open < 0:
			return bad(i, `"}" without "{"`)
		case c == '}':
			open, count = -1, count*here
			if count > maxAlternatives {
				return bad(i, "too many alternatives")
			}
		case c == ',' && open >= 0:
			here++
		}
	}
	if open >= 0 {
		return bad(open, `"{" without "}"`)
	}
	return nil
}

// setLen returns the length of the "[...]" that s begins with, or 0.
func setLen(s string) int {
	from := 1
	if strings.HasPrefix(s[1:], "!") {
		from = 2
	}
	if end := strings.IndexByte(s[from:], ']'); end > 0 {
		return from + end + 1
	}
	return 0
}

// alternatives expands "{a,b}" into one pattern each.
func alternatives(pattern string) []string {
	open := -1
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '[' {
			i += max(setLen(pattern[i:]), 1) - 1
		} else if pattern[i] == '{' {
			open = i
			break
		}
	}
	if open < 0 {
		return []string{pattern}
	}
	end := open + strings.IndexByte(pattern[open:], '}')
	var list []string
	for _, tail := range alternatives(pattern[end+1:]) {
		for _, one := range strings.Split(pattern[open+1:end], ",") {
			list = append(list, pattern[:open]+strings.TrimSpace(one)+tail)
		}
	}
	return list
}

// matchOne matches a pattern without alternatives, in time of len(p)*len(s).
func matchOne(p, s string) bool {
	star, mark := "", ""
	backtrack := false
	for s != "" {
		if p != "" {
			if p[0] == '*' {
				star, mark, backtrack = p[1:], s, true
				p = p[1:]
				continue
			}
			r, n := utf8.DecodeRuneInString(s)
			if size, ok := matchRune(p, r); ok {
				p, s = p[size:], s[n:]
				continue
			}
		}
		if !backtrack || mark[0] == '.' {
			return false
		}
		_, n := utf8.DecodeRuneInString(mark)
		mark = mark[n:]
		p, s = star, mark
	}
	return strings.Trim(p, "*") == ""
}

// matchRune matches the first element of p, and returns its length.
func matchRune(p string, r rune) (size int, ok bool) {
	switch p[0] {
	case '?':
		return 1, r != '.'
	case '[':
		size = setLen(p)
		set := p[1 : size-1]
		set, not := strings.CutPrefix(set, "!")
		in := false
		for set != "" {
			low, n := utf8.DecodeRuneInString(set)
			set = set[n:]
			high := low
			if len(set) > 1 && set[0] == '-' {
				high, n = utf8.DecodeRuneInString(set[1:])
				set = set[1+n:]
			}
			in = in || low <= r && r <= high
		}
		return size, in != not
	}
	q, n := utf8.DecodeRuneInString(p)
	return n, q == r
}

// SplitChannel splits "zone-*.soil_moisture" into the pattern of twins and that
// of attributes; ok is false without a dot outside of brackets.
func SplitChannel(pattern string) (twin, attr string, ok bool) {
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '.':
			if depth == 0 {
				return pattern[:i], pattern[i+1:], true
			}
		}
	}
	return pattern, "", false
}
