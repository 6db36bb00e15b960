package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"github.com/twinsim/twinsim/devices"
)

// An Error says what is wrong with an expression and where.
type Error struct {
	Line     int      // from 1
	Column   int      // from 1, in characters
	Width    int      // how many characters the culprit has, at least 1
	Message  string   // what is wrong
	Near     []string // known names like the unknown one, at most three
	Known    []string // the names that could stand there, those of Near first; may be empty
	Expected string   // what belongs there; may be empty
	Try      string   // what to try; may be empty
}

// Error returns "line:column: message; did you mean X?".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: %s", e.Line, e.Column, e.Message)
	if len(e.Near) > 0 {
		b.WriteString("; did you mean " + strings.Join(e.Near, " or ") + "?")
	} else if e.Try != "" {
		b.WriteString("; " + e.Try)
	}
	return b.String()
}

// A Refusal is an error that an Env's functions may return to say more than a
// text: it becomes an [Error] at the name, at the call or at one argument of it.
type Refusal struct {
	What     string   // what is wrong
	Word     string   // the unknown word; "" if it is about something else
	Known    []string // the words that could stand there
	Expected string   // what belongs there, if Known is empty
	Try      string   // what to try; empty for the nearest of Known
	Arg      int      // which argument of a call, from 1; 0 is all of it
}

// Error returns what is wrong.
func (r *Refusal) Error() string { return r.What }

// errorAt makes an Error for the character with the given number in text.
func errorAt(text string, from int, format string, args ...any) *Error {
	e := &Error{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	n, rest := 0, ""
	for i, r := range text {
		if n == from {
			rest = text[i:]
			break
		}
		n++
		e.Column++
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	e.Width = max(1, utf8.RuneCountInString(wordAt(rest)))
	return e
}

// wordAt returns the name, the number, the quoted text or the operator that s begins with.
func wordAt(s string) string {
	switch {
	case s == "":
		return ""
	case isWord(s[0]) || s[0] == '#' || s[0] == '$':
		n := 1
		for n < len(s) && (isWord(s[n]) || s[n] == '.' && n+1 < len(s) && isWord(s[n+1])) {
			n++
		}
		return s[:n]
	case s[0] == '\'' || s[0] == '"':
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[:end+2]
		}
		return s
	}
	n := 0
	for n < len(s) && strings.IndexByte("<>=!&|*?.", s[n]) >= 0 {
		n++
	}
	return s[:n]
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// convert turns an error of expr into an Error.
func convert(text string, err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var fe *file.Error
	if errors.As(err, &fe) {
		message := fe.Message
		switch {
		case fe.Prev != nil && errors.As(fe.Prev, &own):
			message = own.Message
		case strings.HasSuffix(message, "integer divide by zero"):
			message = divideByZero
		}
		e := explained(errorAt(text, fe.From, "%s", strings.TrimSpace(message)))
		if strings.HasPrefix(message, "unexpected ") {
			e = slip(e, text, fe.From)
		}
		return e
	}
	// Only the first line: expr appends a stack trace to some of its errors.
	message, _, _ := strings.Cut(err.Error(), "\n")
	return explained(errorAt(text, 0, "%s", message))
}

const divideByZero = "remainder of a division by zero"

// refuse puts what an Env's function has against n.
func (e *Error) refuse(r *Refusal) *Error {
	e.Message, e.Known, e.Expected, e.Try = r.What, r.Known, r.Expected, r.Try
	if r.Word != "" {
		e.unknown(r.Word, r.Known)
	}
	return e
}

// unknown notes which names word could have been, the nearest first.
func (e *Error) unknown(word string, known []string) {
	e.Near = nearest(word, known)
	e.Known = append([]string(nil), e.Near...)
	for _, k := range known {
		if !slices.Contains(e.Known, k) {
			e.Known = append(e.Known, k)
		}
		if len(e.Known) == maxKnown {
			return
		}
	}
}

// maxKnown is how many names that could stand at a place are told.
const maxKnown = 200

// family returns those of the dotted names that share the most of what stands
// before path's last part: of self.vwx those that begin with "self.".
func family(path, names []string) []string {
	for n := len(path) - 1; n > 0; n-- {
		prefix := strings.Join(path[:n], ".") + "."
		var list []string
		for _, name := range names {
			if strings.HasPrefix(name, prefix) {
				list = append(list, name)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return names
}

// nearest returns the names that name may have been meant to be; three at most.
func nearest(name string, candidates []string) []string {
	near := Nearest(name, candidates)
	return near[:min(3, len(near))]
}

// Nearest returns the candidates that word may have been meant to be, by
// [devices.Nearest], those of the same letters first: fingers swap letters
// oftener than they lose one.
func Nearest(word string, candidates []string) []string {
	var same, others []string
	for _, n := range devices.Nearest(word, candidates) {
		if sameLetters(word, n) {
			same = append(same, n)
		} else {
			others = append(others, n)
		}
	}
	return append(same, others...)
}

func sameLetters(a, b string) bool {
	var n [256]int
	for i := 0; i < len(a); i++ {
		n[a[i]]++
	}
	for i := 0; i < len(b); i++ {
		n[b[i]]--
	}
	return n == [256]int{}
}
