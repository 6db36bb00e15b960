package replay

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// stamp reads the time of the row; false if the row was accounted for as empty
// or malformed instead.
func (r *Reader) stamp(clock *Clock) (sim.Time, bool, error) {
	if r.cfg.Step > 0 {
		return r.stepStamp()
	}
	b := r.stampText()
	m, ok := r.format.parse(b)
	if !ok {
		return r.noStamp(b, r.wantTime(b))
	}
	if !m.zoned && !r.utc {
		after := int64(math.MinInt64)
		if clock.Count > 0 {
			after = floorDiv(int64(clock.latest()-r.cfg.Start)+r.st.Epoch, int64(sim.Second))
		}
		var f fold
		switch m.sec, f = r.zone.utc(m.sec, after); f {
		case skipped:
			r.st.Counters.Gaps++
		case twice:
			r.st.Counters.Overlaps++
		}
		if !inReach(m) {
			return r.noStamp(b, "a time within 291 years of 1970")
		}
	}
	ns := m.nanoseconds()
	if !r.st.HasEpoch {
		r.st.HasEpoch = true
		r.st.Epoch = r.epoch
		if r.cfg.Epoch.IsZero() {
			r.st.Epoch = ns
		}
	}
	span, ok := add(ns, -r.st.Epoch)
	at, ok2 := add(span, int64(r.cfg.Start))
	if !ok || !ok2 {
		return r.noStamp(b, "a time within 292 years of the epoch")
	}
	return sim.Time(at), true, nil
}

// add adds two spans; false if the sum is beyond an int64.
func add(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

// stepStamp makes a stamp of a count: of the time column, or of the rows.
func (r *Reader) stepStamp() (sim.Time, bool, error) {
	count := float64(r.st.Ordinal)
	var b []byte
	if len(r.parts) > 0 {
		b = r.stampText()
		v, ok := parseFloat(b, r.mark)
		if !ok || v-v != 0 {
			return r.noStamp(b, "a number, to be multiplied by the step")
		}
		count = v
	} else if r.emptyRow() {
		r.st.Counters.Empty++
		return 0, false, nil
	}
	ns := math.Round(count * float64(r.cfg.Step))
	const limit = 1 << 62 // ns; 146 years
	if !(ns > -limit && ns < limit) {
		return r.noStamp(b, "a stamp of less than 146 years")
	}
	at, ok := add(int64(ns), int64(r.cfg.Start))
	if !ok {
		return r.noStamp(b, "a stamp of less than 146 years")
	}
	return sim.Time(at), true, nil
}

// noStamp accounts for a row whose time can't be read.
func (r *Reader) noStamp(b []byte, want string) (sim.Time, bool, error) {
	if len(b) == 0 && r.emptyRow() {
		r.st.Counters.Empty++
		return 0, false, nil
	}
	column, name := 0, "time"
	if len(r.parts) > 0 {
		column, name = r.where(r.parts[0].cell)
	}
	err := r.malformed(column, name, b, want)
	r.st.Ordinal++
	return 0, false, err
}

// wantTime says what was expected in place of the stamp b. It says so at length
// only if somebody will read it.
func (r *Reader) wantTime(b []byte) string {
	if len(r.st.Problems) >= maxProblems && !r.cfg.Strict {
		return ""
	}
	want := "a time in the format " + r.format.name
	if r.example == "" || len(b) == 0 {
		return want
	}
	_, number := parseFloat(b, '.')
	_, numbers := parseFloat([]byte(r.example), '.')
	if number != numbers && (number || isTime(string(b))) {
		want += fmt.Sprintf(", as %s on line %d: the column mixes two notations", show(r.example), r.exampleLine)
	}
	return want
}

// where returns the 1-based number and the name of a cell.
func (r *Reader) where(cell int) (int, string) {
	switch {
	case cell < 0:
		return 0, ""
	case r.desc.Format == JSONLines:
		return 0, string(r.paths[cell])
	case cell < len(r.names):
		return cell + 1, r.names[cell]
	}
	return cell + 1, ""
}

// malformed counts a row that gives no readings; an error if Strict.
func (r *Reader) malformed(column int, name string, text []byte, want string) error {
	r.st.Counters.Malformed++
	if len(r.st.Problems) < maxProblems || r.cfg.Strict {
		p := r.problem(column, name, text, want)
		if r.cfg.Strict {
			return p
		}
	}
	return nil
}

// problem notes a problem, if there is room, and returns it.
func (r *Reader) problem(column int, name string, text []byte, want string) Problem {
	p := Problem{r.cfg.label(), r.rec.line, column, name, clip(text), want}
	if len(r.st.Problems) < maxProblems {
		r.st.Problems = append(r.st.Problems, p)
	}
	return p
}

// value reads the cell of a column. The error is non-nil only if Strict.
func (r *Reader) value(c *column) (float64, devices.Quality, error) {
	s := r.rec.cell(c.cell)
	b := r.in.buf[s.a:s.b]
	if s.escaped || len(b) > 0 && (b[0] <= ' ' || b[len(b)-1] <= ' ') {
		b = r.cleanText(s)
	}
	if len(b) == 0 {
		r.st.Counters.Missing++
		return 0, devices.Missing, nil
	}
	v, ok := parseFloat(b, r.mark)
	if !ok || v-v != 0 {
		if v, ok = c.word(b); !ok {
			return r.noValue(c, b)
		}
	}
	for _, s := range c.sentinels {
		if v == s {
			r.st.Counters.Missing++
			return 0, devices.Missing, nil
		}
	}
	if c.linear {
		if v = v*c.scale + c.offset; v-v != 0 {
			return r.noValue(c, b)
		}
	}
	if c.flag >= 0 && !c.goodFlag(r.text(r.rec.cell(c.flag))) {
		r.st.Counters.Flagged++
		return v, devices.Suspect, nil
	}
	return v, 0, nil
}

// noValue accounts for a cell that is no number.
func (r *Reader) noValue(c *column, b []byte) (float64, devices.Quality, error) {
	r.st.Counters.Missing++
	if missingWord(b) {
		return 0, devices.Missing, nil
	}
	for _, m := range c.missing {
		if string(b) == m {
			return 0, devices.Missing, nil
		}
	}
	r.st.Counters.Unreadable++
	if len(r.st.Problems) < maxProblems || r.cfg.Strict {
		want := "a finite number, or one of the words for a missing value"
		if r.mark == '.' {
			if _, ok := parseFloat(b, ','); ok {
				want = "a number with a decimal point; set the decimal mark to a comma for this file"
			}
		}
		n, name := r.where(c.cell)
		p := r.problem(n, name, b, want)
		if r.cfg.Strict {
			return 0, devices.Missing | devices.Suspect, p
		}
	}
	return 0, devices.Missing | devices.Suspect, nil
}

// word reads a cell that stands for a number.
func (c *column) word(b []byte) (float64, bool) {
	if v, ok := c.words[string(b)]; ok {
		return v, v-v == 0
	}
	if isBool(b) {
		if len(b) == len("true") {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// goodFlag reports whether the text of a flag is among the good ones.
func (c *column) goodFlag(b []byte) bool {
	for _, g := range c.good {
		if string(b) == g {
			return true
		}
	}
	v, ok := parseFloat(b, '.')
	for _, g := range c.goodNum {
		if ok && v == g {
			return true
		}
	}
	return false
}

func isBool(b []byte) bool {
	switch string(b) {
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return true
	}
	return false
}

// missingWord reports whether b is one of the usual words for no value.
func missingWord(b []byte) bool {
	var low [8]byte
	if len(b) > len(low) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	switch string(low[:len(b)]) {
	case "", "-", "--", "?", ".", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "nil":
		return true
	}
	return false
}
