package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/file"

	"github.com/twinsim/twinsim/devices"
)

// An Error says what is wrong with an expression and where.
type Error struct {
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

// errorAt makes an Error for the character with the given number in text.
func errorAt(text string, from int, format string, args ...any) *Error {
	e := &Error{Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
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

// nearest returns the names that name may have been meant to be; three at most.
func nearest(name string, candidates []string) []string {
	near := devices.Nearest(name, candidates)
	return near[:min(3, len(near))]
}
