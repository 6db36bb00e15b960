package replay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twinsim/twinsim/devices"
)

// A column is a Column with its cells found.
type column struct {
	name      string
	cell      int
	flag      int // -1 is none
	channel   devices.ChannelID
	linear    bool
	scale     float64
	offset    float64
	sentinels []float64 // cells equal to one of them are missing
	missing   []string  // and those with this text
	good      []string
	goodNum   []float64 // good, as far as they are numbers
	words     map[string]float64
}

// A group is the columns that a row fills: those of its key, or all.
type group struct {
	match   string
	columns []column
	need    int // cells that a row must have to fill them
}

// A part of a stamp is a cell, or a literal text if cell is -1.
type part struct {
	cell int
	text string
}

// resolve finds the cells of all columns of the config.
func (r *Reader) resolve() error {
	c := &r.cfg
	r.key = -1
	var err error
	if c.Key != "" {
		if r.key, err = r.find(c.Key, "key"); err != nil {
			return err
		}
	}
	r.parts = nil
	for _, t := range c.Time {
		p := part{-1, ""}
		if text, ok := strings.CutPrefix(t, "="); ok {
			p.text = text
		} else if p.cell, err = r.find(t, "time"); err != nil {
			return err
		}
		r.parts = append(r.parts, p)
	}
	r.groups, r.byMatch = nil, map[string]int{}
	for i := range c.Columns {
		col, err := r.column(&c.Columns[i])
		if err != nil {
			return err
		}
		k, ok := r.byMatch[c.Columns[i].Match]
		if !ok {
			k = len(r.groups)
			r.byMatch[c.Columns[i].Match] = k
			r.groups = append(r.groups, group{match: c.Columns[i].Match})
		}
		g := &r.groups[k]
		g.columns = append(g.columns, col)
		g.need = max(g.need, col.cell+1, col.flag+1)
	}
	r.need = r.key + 1
	for _, p := range r.parts {
		r.need = max(r.need, p.cell+1)
	}
	for _, g := range r.groups {
		r.need = max(r.need, g.need)
	}
	r.pave()
	return nil
}

func (r *Reader) column(c *Column) (column, error) {
	col := column{
		name: c.Column, flag: -1, channel: c.Channel, scale: c.Scale, offset: c.Offset,
		good: c.Good, words: c.Words,
	}
	var err error
	if col.cell, err = r.find(c.Column, "value"); err != nil {
		return col, err
	}
	if c.Flag != "" {
		if col.flag, err = r.find(c.Flag, "flag"); err != nil {
			return col, err
		}
	}
	if col.scale == 0 {
		col.scale = 1
	}
	col.linear = col.scale != 1 || col.offset != 0
	for _, m := range slices.Concat(r.cfg.Missing, c.Missing) {
		v, ok := parseFloat([]byte(m), '.')
		if !ok {
			v, ok = parseFloat([]byte(m), r.mark)
		}
		if ok && v-v == 0 {
			col.sentinels = append(col.sentinels, v)
		} else {
			col.missing = append(col.missing, strings.TrimSpace(m))
		}
	}
	if len(col.good) == 0 {
		col.good = []string{"0"}
	}
	for _, g := range col.good {
		if v, ok := parseFloat([]byte(g), '.'); ok {
			col.goodNum = append(col.goodNum, v)
		}
	}
	return col, nil
}

// find returns the cell of a column given by name or number.
func (r *Reader) find(spec, what string) (int, error) {
	if r.desc.Format == JSONLines {
		for i, p := range r.paths {
			if string(p) == spec {
				return i, nil
			}
		}
		r.paths = append(r.paths, []byte(spec))
		return len(r.paths) - 1, nil
	}
	found := -1
	for i, n := range r.names {
		if n != spec {
			continue
		}
		if found >= 0 {
			return 0, r.fail("%s column %q: the header has it twice, as columns %d and %d; use the number", what, spec, found+1, i+1)
		}
		found = i
	}
	if found >= 0 {
		return found, nil
	}
	n, err := strconv.Atoi(spec)
	switch {
	case err == nil && n >= 1 && (r.width == 0 || n <= r.width):
		return n - 1, nil
	case err == nil:
		return 0, r.fail("%s column %d: the columns are 1 to %d", what, n, r.width)
	case len(r.names) == 0:
		return 0, r.fail("%s column %q: the file has no header; give the column's number, or names for all", what, spec)
	}
	return 0, r.fail("line %d has no %s column %q%s; it has %s", r.headerLine, what, spec, didYouMean(spec, r.names), list(r.names))
}

// list quotes names, as many as fit on a few lines.
func list(names []string) string {
	const most, room = 12, 400 // names, bytes
	text := ""
	for i, name := range names {
		if i == most || len(text) > room {
			return fmt.Sprintf("[%s] and %d more", text, len(names)-i)
		}
		if i > 0 {
			text += " "
		}
		text += show(name)
	}
	return "[" + text + "]"
}

// show quotes a text of a file, with escapes for what can't be printed, and cut
// at 40 bytes: the file may not be text at all.
func show(text string) string {
	const most = 40
	if len(text) <= most {
		return strconv.Quote(text)
	}
	cut := most
	for cut > most-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.Quote(text[:cut] + "...")
}

func (r *Reader) fail(format string, args ...any) error {
	return fmt.Errorf("replay: %s: %s", r.cfg.label(), fmt.Sprintf(format, args...))
}

// setTime chooses the time format; samples are the stamps of the first rows, and
// lines where they are.
func (r *Reader) setTime(samples []string, lines []int64) error {
	c := &r.cfg
	r.zone, r.utc = zone{loc: c.Location}, true
	if r.zone.loc == nil && c.Zone != "" {
		if c.Zone == "Local" {
			return r.fail("zone \"Local\" is another one on each machine; give the IANA name, such as Europe/Rome")
		}
		loc, err := time.LoadLocation(c.Zone)
		if err != nil {
			return r.fail("zone %q is not in the time zone database; want an IANA name such as Europe/Rome (%v)", c.Zone, err)
		}
		r.zone.loc = loc
	}
	if r.zone.loc != nil && r.zone.loc != time.UTC {
		r.utc = false
		r.desc.Zone = r.zone.loc.String()
	}
	if !c.Epoch.IsZero() {
		m := moment{sec: c.Epoch.Unix(), nsec: int64(c.Epoch.Nanosecond())}
		if !inReach(m) {
			return r.fail("epoch %v is more than 291 years from 1970", c.Epoch)
		}
		r.epoch = m.nanoseconds()
	}
	if c.Step > 0 {
		return nil
	}
	var err error
	if c.TimeFormat == "" || c.TimeFormat == "auto" {
		r.format, err = detectTime(samples)
		r.desc.Detected = true
	} else {
		r.format, err = newTimeFormat(c.TimeFormat)
	}
	if i, j, ok := mixed(samples); err != nil && ok {
		return r.fail("time column %q mixes two notations: %s on line %d and %s on line %d; write all stamps alike, or give the time format of those to read",
			strings.Join(c.Time, " "), show(samples[i]), lines[i], show(samples[j]), lines[j])
	}
	if err != nil {
		return r.fail("time column %q: %v", strings.Join(c.Time, " "), err)
	}
	for i, s := range samples {
		if _, ok := r.format.parse([]byte(s)); ok {
			r.example, r.exampleLine = s, lines[i]
			break
		}
	}
	r.desc.TimeFormat = r.format.name
	return nil
}
