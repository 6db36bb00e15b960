package rules

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/expr-lang/expr/file"
)

// An Error says what is wrong with an expression and where.
type Error struct {
	Text    string   // the expression
	Line    int      // from 1
	Column  int      // from 1, in characters
	Message string   // what is wrong, and what to try
	Near    []string // known names like the unknown one
}

// Error returns "line:column: message; did you mean X?".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d: %s", e.Line, e.Column, e.Message)
	if len(e.Near) > 0 {
		b.WriteString("; did you mean " + strings.Join(e.Near, " or ") + "?")
	}
	return b.String()
}

// Snippet returns the line in question and, below it, a caret at the column.
func (e *Error) Snippet() string {
	lines := strings.Split(e.Text, "\n")
	if e.Line < 1 || e.Line > len(lines) {
		return ""
	}
	line := strings.ReplaceAll(lines[e.Line-1], "\t", " ")
	return line + "\n" + strings.Repeat(" ", max(0, e.Column-1)) + "^"
}

// errorAt makes an Error for the character with the given number in text.
func errorAt(text string, from int, format string, args ...any) *Error {
	e := &Error{Text: text, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	n := 0
	for _, r := range text {
		if n == from {
			break
		}
		n++
		e.Column++
		if r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
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
		return errorAt(text, fe.From, "%s", strings.TrimSpace(message))
	}
	// Only the first line: expr appends a stack trace to some of its errors.
	message, _, _ := strings.Cut(err.Error(), "\n")
	return errorAt(text, 0, "%s", message)
}

const divideByZero = "remainder of a division by zero"

// nearest returns the candidates that differ least from name, and by few
// letters; three at most.
func nearest(name string, candidates []string) []string {
	limit := 1 + len(name)/4
	type scored struct {
		name string
		d    int
	}
	var found []scored
	for _, c := range candidates {
		if d := distance(name, c, limit); d <= limit && c != name {
			found = append(found, scored{c, d})
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].d != found[j].d {
			return found[i].d < found[j].d
		}
		return found[i].name < found[j].name
	})
	var names []string
	for _, f := range found {
		if len(names) == 3 || f.d > found[0].d {
			break
		}
		if len(names) == 0 || names[len(names)-1] != f.name {
			names = append(names, f.name)
		}
	}
	return names
}

// distance returns the edit distance (insert, delete, replace, swap of
// neighbours) of a and b in bytes, or limit+1 if it is larger than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
