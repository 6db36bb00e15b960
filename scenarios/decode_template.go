package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// A Template is a text with holes: "zone-{n:02}", "{self.valve}.open",
// "{self.rul_h:.0f} h left". "{{" and "}}" are braces.
type Template struct {
	Parts []TemplatePart
}

// A TemplatePart is plain text, or a hole.
type TemplatePart struct {
	Text   string // plain, if Expr is ""
	Expr   string // what fills the hole
	Format string // after ":", such as "02" or ".1f"
	At     int    // byte offset of Expr in the template
}

// ParseTemplate reads a template.
func ParseTemplate(text string) (Template, error) {
	var t Template
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			t.Parts = append(t.Parts, TemplatePart{Text: plain.String()})
			plain.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c {
			plain.WriteByte(c)
			i++
			continue
		}
		if c == '}' {
			return t, &mistake{what: fmt.Sprintf(`"}" without "{" in %q`, text), at: i, width: 1, try: `a brace itself is written "}}"`}
		}
		if c != '{' {
			plain.WriteByte(c)
			continue
		}
		n := strings.IndexByte(text[i:], '}')
		if n < 0 {
			return t, &mistake{what: fmt.Sprintf(`"{" without "}" in %q`, text), at: i, width: 1, try: `a brace itself is written "{{"`}
		}
		flush()
		expr, format, _ := cutLast(text[i+1:i+n], ":")
		if strings.TrimSpace(expr) == "" {
			return t, &mistake{what: fmt.Sprintf("nothing in the braces in %q", text), at: i, width: n + 1, expected: "a name, such as {n} or {self.id}"}
		}
		t.Parts = append(t.Parts, TemplatePart{Expr: strings.TrimSpace(expr), Format: format, At: i + 1})
		i += n
	}
	flush()
	return t, nil
}

// Holes reports whether anything has to be filled in.
func (t Template) Holes() bool {
	for i := range t.Parts {
		if t.Parts[i].Expr != "" {
			return true
		}
	}
	return false
}

// Fill fills the holes with what lookup says.
func (t Template) Fill(lookup func(expr, format string) (string, error)) (string, error) {
	var b strings.Builder
	for i := range t.Parts {
		p := &t.Parts[i]
		if p.Expr == "" {
			b.WriteString(p.Text)
			continue
		}
		s, err := lookup(p.Expr, p.Format)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// Expand fills a template of ids for the n-th twin of a population, counted
// from 1: {n}, {n:02}, {n-1}, {n+1} and {ceil(n/12)}.
func (t Template) Expand(n int) (string, error) {
	return t.Fill(func(expr, format string) (string, error) {
		v, err := numberHole(expr, n)
		if err != nil {
			return "", err
		}
		width, err := strconv.Atoi(format)
		if format != "" && (err != nil || format[0] != '0' || width < 1 || width > 18) {
			return "", &mistake{what: fmt.Sprintf("%q is not a width", format), expected: `a zero and a number of digits, such as {n:02}`}
		}
		return fmt.Sprintf("%0*d", width, v), nil
	})
}

// numberHole computes n, n+K, n-K or ceil(n/K).
func numberHole(expr string, n int) (int, error) {
	s := strings.ReplaceAll(expr, " ", "")
	bad := &mistake{what: fmt.Sprintf("{%s} can't be filled in here", expr), expected: "{n}, {n:02}, {n-1}, {n+1} or {ceil(n/12)}"}
	if s == "n" {
		return n, nil
	}
	if inner, ok := strings.CutPrefix(s, "ceil(n/"); ok {
		k, err := strconv.Atoi(strings.TrimSuffix(inner, ")"))
		if err != nil || k < 1 || !strings.HasSuffix(inner, ")") {
			return 0, bad
		}
		return (n + k - 1) / k, nil
	}
	if len(s) > 2 && s[0] == 'n' && (s[1] == '+' || s[1] == '-') && s[2] >= '0' && s[2] <= '9' {
		if k, err := strconv.Atoi(s[1:]); err == nil && k > -1e9 && k < 1e9 {
			return n + k, nil
		}
	}
	return 0, bad
}
