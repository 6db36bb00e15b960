package scenarios

import (
	"fmt"
	"strings"
)

// bom is the byte order mark that some editors put before a text; it is skipped.
const bom = "\xef\xbb\xbf"

// maxProblems is how many problems of one file are told; the rest are counted.
const maxProblems = 20

// A Problem is one thing that is wrong with a scenario file: what, where, what
// was expected, and what to try.
type Problem struct {
	File     string
	Pos      Position // zero if it is not about one place
	Line     string   // the source line at Pos
	What     string   // `unknown key "evry" in [[sensor]]`
	Expected string   // "one of on, device, every"; may be empty
	Try      string   // `did you mean "every"?`; may be empty
}

// Error shows the problem with its source line and a caret:
//
//	farm.toml:12:1: unknown key "evry" in [[sensor]]
//	   12 | evry = "10 min"
//	      | ^^^^
//	      expected: one of on, device, every
//	      try: did you mean "every"?
func (p *Problem) Error() string {
	var b strings.Builder
	if p.Pos.IsZero() {
		fmt.Fprintf(&b, "%s: %s", p.File, p.What)
	} else {
		fmt.Fprintf(&b, "%s:%d:%d: %s", p.File, p.Pos.Line, p.Pos.Col, p.What)
		line, pad, width := caret(p.Line, p.Pos)
		fmt.Fprintf(&b, "\n%5d | %s", p.Pos.Line, line)
		fmt.Fprintf(&b, "\n      | %s%s", pad, strings.Repeat("^", width))
	}
	if p.Expected != "" {
		fmt.Fprintf(&b, "\n      expected: %s", p.Expected)
	}
	if p.Try != "" {
		fmt.Fprintf(&b, "\n      try: %s", p.Try)
	}
	return b.String()
}

// caret returns the line, cut around the place if it is very long, what stands
// before the caret (tabs stay tabs, so that it lines up), and the caret's width.
func caret(line string, pos Position) (shown, pad string, width int) {
	const most = 120
	r := []rune(strings.TrimRight(line, "\r"))
	for i, c := range r {
		if c < ' ' && c != '\t' || c == 0x7f || c == '\u2028' || c == '\u2029' {
			r[i] = '\ufffd'
		}
	}
	at := max(0, min(pos.Col-1, len(r)))
	from, to := 0, len(r)
	if len(r) > most {
		from = max(0, min(at-most/3, len(r)-most))
		to = min(len(r), from+most)
	}
	before := make([]rune, 0, at-from)
	for _, c := range r[from:at] {
		if c != '\t' {
			c = ' '
		}
		before = append(before, c)
	}
	shown, pad = string(r[from:to]), string(before)
	if from > 0 {
		shown, pad = "..."+shown, "   "+pad
	}
	if to < len(r) {
		shown += "..."
	}
	return shown, pad, max(1, min(pos.Width, to-at))
}

// Problems are all that is wrong with a scenario file, in the order of the file.
type Problems struct {
	List []*Problem
	More int // how many further ones are not in List
}

// Error shows all problems, with an empty line between them.
func (p *Problems) Error() string {
	var b strings.Builder
	for i, one := range p.List {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(one.Error())
	}
	if p.More > 0 {
		fmt.Fprintf(&b, "\n\nand %d more; mend these first", p.More)
	}
	return b.String()
}

// Unwrap makes the single problems visible to errors.As.
func (p *Problems) Unwrap() []error {
	list := make([]error, len(p.List))
	for i, one := range p.List {
		list[i] = one
	}
	return list
}

// A Report collects problems of one scenario text; the stages after Decode use
// the spec's own, so that their errors look the same.
type Report struct {
	file  string
	lines []string
	list  []*Problem
	more  int
}

func newReport(file, text string) *Report {
	return &Report{file: file, lines: strings.Split(text, "\n")}
}

// Problem makes a problem at a place of the file without collecting it.
func (r *Report) Problem(pos Position, what, expected, try string) *Problem {
	p := &Problem{File: r.file, Pos: pos, What: what, Expected: expected, Try: try}
	if pos.Line >= 1 && pos.Line <= len(r.lines) {
		p.Line = r.lines[pos.Line-1]
	}
	return p
}

// Add collects a problem; a second one at the same place saying the same is dropped.
func (r *Report) Add(pos Position, what, expected, try string) {
	for _, p := range r.list {
		if p.Pos == pos && p.What == what {
			return
		}
	}
	if len(r.list) >= maxProblems*5 {
		r.more++
		return
	}
	r.list = append(r.list, r.Problem(pos, what, expected, try))
}

// Err returns the problems collected so far as a *[Problems], or nil. They stand
// in the order of the file, those without a place last.
func (r *Report) Err() error {
	if len(r.list) == 0 {
		return nil
	}
	list := append([]*Problem(nil), r.list...)
	sortProblems(list)
	p := &Problems{List: list, More: r.more}
	if len(list) > maxProblems {
		p.List, p.More = list[:maxProblems], r.more+len(list)-maxProblems
	}
	return p
}

// fresh returns an empty report on the same text.
func (r *Report) fresh() *Report { return &Report{file: r.file, lines: r.lines} }
