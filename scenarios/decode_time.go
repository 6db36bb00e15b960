package scenarios

import (
	"fmt"
	"strings"
	"time"

	"github.com/twinsim/twinsim/sim"
)

// duration reads a span of time, or a param that is one.
func (t *table) duration(key string) Duration { return t.span(key, false) }

// lawful reads a span of time that may also be a law.
func (t *table) lawful(key string) Duration { return t.span(key, true) }

var second = Unit{Symbol: "s", Dim: Dimension{2: 1}, Num: 1, Den: 1}

func (t *table) span(key string, lawful bool) Duration {
	v := t.value(key)
	d := Duration{Text: v.Text}
	r := t.d.r
	switch {
	case v.Kind == Absent:
		return Duration{}
	case v.Kind == Number:
		r.Add(v.Pos, fmt.Sprintf("%s is a number without a unit", key), "a duration", fmt.Sprintf("write \"%s min\"", v.Src))
		return d
	case !t.kind(key, v, `a duration, such as "10 min"`, Word):
		return d
	}
	if name, ok := paramName(v.Src); ok {
		d.Param = name
		t.d.paramRef(v.Text, name, second)
		return d
	}
	if looksLikeLaw(v.Src) {
		law, err := ParseLaw(v.Src)
		if err == nil {
			d.Law, err = law.In(second)
		}
		if err == nil && !lawful {
			err = &mistake{what: fmt.Sprintf("%s can't be a law", key), expected: `a duration, such as "10 min"`}
		}
		if err != nil {
			r.AddError(v.Text, err)
		}
		return d
	}
	var err error
	if d.Time, err = ParseDuration(v.Src); err != nil {
		r.AddError(v.Text, err)
	}
	return d
}

// positive complains about a duration of nothing where one is needed.
func (t *table) positive(key string, d Duration) Duration {
	if d.Given() && d.Param == "" && d.Law.Kind == "" && d.Time == 0 && strings.ContainsAny(d.Src, "0123456789") {
		if _, err := ParseDuration(d.Src); err == nil {
			t.d.r.Add(d.Pos, fmt.Sprintf("%s is %s", key, d.Src), "a duration above 0", "")
		}
	}
	return d
}

// instant reads a point of time.
func (t *table) instant(key string) Instant {
	v := t.value(key)
	if v.Kind == Absent {
		return Instant{}
	}
	if v.Kind == Number {
		t.d.r.Add(v.Pos, fmt.Sprintf("%s is a number without a unit", key), "an instant", fmt.Sprintf("write \"%s d\" after the start", v.Src))
		return Instant{Text: v.Text}
	}
	if !t.kind(key, v, `an instant, such as "8d"`, Word, Date) {
		return Instant{Text: v.Text}
	}
	at, err := parseInstant(v.Src, t.d.spec.Run.Zone)
	at.Text = v.Text
	if err != nil {
		t.d.r.AddError(v.Text, err)
		return at
	}
	if at.Param != "" {
		t.d.paramRef(v.Text, at.Param, second)
	}
	if (at.HasClock || !at.Date.IsZero()) && t.d.spec.Run.Start.IsZero() && !t.d.noStart {
		t.d.r.Add(v.Pos, fmt.Sprintf("%s is a calendar time, but the run has no start", key), "", "add start to [run], such as start = 2026-05-01T00:00:00Z")
	}
	return at
}

// parseInstant reads "8d", "12d 14:00", "05:00", a date, or "p.NAME".
func parseInstant(text string, zone *time.Location) (Instant, error) {
	s := strings.TrimSpace(text)
	if name, ok := paramName(s); ok {
		return Instant{Param: name, HasAfter: true}, nil
	}
	if len(s) >= 10 && s[4] == '-' && s[7] == '-' {
		date, _, err := parseDate(s, zone)
		return Instant{Date: date}, err
	}
	after, clock := s, ""
	if i := strings.LastIndexAny(s, " \t"); strings.Contains(s[i+1:], ":") {
		after, clock = strings.TrimSpace(s[:i+1]), s[i+1:]
	}
	var at Instant
	var err error
	if clock != "" {
		at.HasClock = true
		if at.Clock, err = ParseClock(clock); err != nil {
			return Instant{}, err
		}
	}
	if after != "" {
		at.HasAfter = true
		at.After, err = ParseDuration(after)
	} else if clock == "" {
		err = &mistake{what: fmt.Sprintf("%q is not an instant", text)}
	}
	if m, ok := err.(*mistake); ok && m.width == 0 {
		m.expected = `a time after the start ("8d"), with a time of day ("12d 14:00"), a time of day ("05:00"), or a date`
		m.what = strings.Replace(m.what, "is not a duration", "is not an instant", 1)
	}
	return at, err
}

// dateLayouts are the forms of dates, after "T" and "Z" were put right.
var dateLayouts = [...]struct {
	layout string
	local  bool
}{
	{"2006-01-02T15:04:05Z07:00", false}, {"2006-01-02T15:04Z07:00", false},
	{"2006-01-02T15:04:05", true}, {"2006-01-02T15:04", true}, {"2006-01-02", true},
}

// parseDate reads a TOML date; local tells that it has no offset of its own and
// was read in zone (UTC if nil).
func parseDate(text string, zone *time.Location) (date time.Time, local bool, err error) {
	s := strings.ToUpper(strings.TrimSpace(text))
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.TrimSpace(s[11:])
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, l := range dateLayouts {
		if date, err = time.ParseInLocation(l.layout, s, zone); err == nil {
			return date, l.local, nil
		}
	}
	return time.Time{}, false, &mistake{what: fmt.Sprintf("%q is not a date", text), expected: "a date such as 2026-05-01T00:00:00Z"}
}

// Offset returns when an instant is, since the start of the run. A time of day
// alone is its first occurrence.
func (s *Spec) Offset(at Instant) (sim.Time, error) {
	if at.Param != "" {
		v, err := s.number(at.Param, second)
		if err != nil {
			return 0, err
		}
		return sim.FromSeconds(v)
	}
	start, zone := s.Run.Start, s.Run.Zone
	switch {
	case !at.HasClock && at.Date.IsZero():
		return at.After, nil
	case start.IsZero():
		return 0, s.Report.Problem(at.Pos, "this is a calendar time, but the run has no start", "", "add start to [run]")
	case !at.Date.IsZero():
		return s.since(at, at.Date)
	}
	day := start.Add(time.Duration(at.After)).In(zone)
	when := onDay(day, 0, at.Clock, zone)
	if !at.HasAfter && when.Before(start) {
		when = onDay(day, 1, at.Clock, zone)
	}
	return s.since(at, when)
}

// onDay returns a time of day on the day so many days after another.
func onDay(day time.Time, later int, clock sim.Time, zone *time.Location) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d+later, int(clock/sim.Hour), int(clock/sim.Minute%60), int(clock/sim.Second%60), 0, zone)
}

func (s *Spec) since(at Instant, when time.Time) (sim.Time, error) {
	d := when.Sub(s.Run.Start)
	if d < 0 {
		return 0, s.Report.Problem(at.Pos, fmt.Sprintf("%s is before the run begins, at %s", at.Src, s.Run.Start.Format(time.RFC3339)), "", "")
	}
	return sim.Time(d), nil
}

// Span returns a duration, with its param's value if it is one. A law is an
// error: see [Spec.SpanLaw].
func (s *Spec) Span(d Duration) (sim.Time, error) {
	switch {
	case d.Param != "":
		v, err := s.number(d.Param, second)
		if err == nil && v < 0 {
			err = fmt.Errorf("p.%s is below 0", d.Param)
		}
		if err != nil {
			return 0, s.Report.Problem(d.Pos, err.Error(), "", "")
		}
		return sim.FromSeconds(v)
	case d.Law.Kind != "":
		return 0, s.Report.Problem(d.Pos, "a law is no single duration", "", "")
	}
	return d.Time, nil
}

// SpanLaw returns a duration as a law in s.
func (s *Spec) SpanLaw(d Duration) (Law, error) {
	if d.Law.Kind != "" {
		return d.Law, nil
	}
	v, err := s.Span(d)
	return Law{Kind: "constant", Args: []float64{v.Seconds()}, Unit: second}, err
}
