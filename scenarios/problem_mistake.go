package scenarios

import "strings"

// A mistake is what a parser of a small text (unit, quantity, law, pattern) has
// against it, before it is known where in a file the text stands.
type mistake struct {
	what     string
	expected string
	try      string
	at       int // byte offset of the culprit in the text, if width > 0
	width    int // characters; 0 is the whole text
}

func (m *mistake) Error() string {
	parts := []string{m.what}
	if m.expected != "" {
		parts = append(parts, "expected "+m.expected)
	}
	if m.try != "" {
		parts = append(parts, m.try)
	}
	return strings.Join(parts, "; ")
}

// AddError collects what a parser has against a text of the file.
func (r *Report) AddError(t Text, err error) {
	if err == errTold {
		return
	}
	m, ok := err.(*mistake)
	if !ok {
		r.Add(t.Pos, err.Error(), "", "")
		return
	}
	pos := t.Pos
	if m.width > 0 && t.Raw != "" {
		pos = t.At(m.at)
		pos.Width = m.width
	}
	r.Add(pos, m.what, m.expected, m.try)
}
