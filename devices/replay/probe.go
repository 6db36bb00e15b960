package replay

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Description is what was found out about a file before reading it.
type Description struct {
	Format     Format
	Gzip       bool
	Delimiter  byte     // 0 unless CSV
	Header     int      // lines of it
	Names      []string // of the columns; nil if there are none
	RowID      bool     // the first column has no name in the header: it numbers the rows
	TimeFormat string   // "" when stamps are numbers times a step
	Detected   bool     // TimeFormat was found from the first rows
	Zone       string   // of naive stamps, if not UTC
}

// String is one line for people.
func (d Description) String() string {
	s := string(d.Format)
	if d.Gzip {
		s += ", gzipped"
	}
	if d.Delimiter != 0 {
		s += fmt.Sprintf(", delimiter %q", d.Delimiter)
	}
	if len(d.Names) > 0 {
		s += fmt.Sprintf(", columns %q", d.Names)
	}
	if d.RowID {
		s += ", the first column without a name is a row id"
	}
	if d.TimeFormat != "" {
		s += ", time " + d.TimeFormat
		if d.Detected {
			s += " (found from the first rows)"
		}
	}
	if d.Zone != "" {
		s += ", zone " + d.Zone
	}
	return s
}

// probe looks at the beginning of the file: how it is written, where the
// columns are, what the stamps look like.
func (r *Reader) probe() error {
	if err := r.in.open(r.open, 0, 0); err != nil {
		return err
	}
	r.in.findLineEnd()
	r.nl = r.in.nl
	r.desc.Gzip = r.in.gzip
	if err := r.skip(); err != nil {
		return err
	}
	if err := r.sniff(); err != nil {
		return err
	}
	if err := r.readHeader(); err != nil {
		return err
	}
	return r.sample()
}

// skip passes over the lines before the header.
func (r *Reader) skip() error {
	for i := range r.cfg.Skip {
		end, err := r.in.endOfLine()
		if err == io.EOF {
			return r.fail("the file has %d lines; %d are to be skipped", i, r.cfg.Skip)
		}
		if err != nil {
			return err
		}
		r.in.consume(end, 0)
		r.st.Counters.Records++
		r.st.Counters.Heading++
	}
	return nil
}

// sniff settles format and delimiter.
func (r *Reader) sniff() error {
	r.desc.Format = r.cfg.Format
	window := r.in.buf[r.in.r:r.in.w]
	if r.desc.Format == "" {
		r.desc.Format = CSV
		if first := strings.TrimLeft(string(window[:min(len(window), 512)]), " \t\r\n"); strings.HasPrefix(first, "{") {
			r.desc.Format = JSONLines
		}
		if len(r.cfg.Ranges) > 0 {
			r.desc.Format = Fixed
		}
	}
	if r.desc.Format != CSV {
		if r.cfg.Delimiter != 0 {
			return r.fail("a delimiter is for csv, not for %s", r.desc.Format)
		}
		return nil
	}
	r.desc.Delimiter = r.cfg.Delimiter
	if r.desc.Delimiter == 0 {
		r.desc.Delimiter = r.guessDelimiter(window)
	}
	return nil
}

// guessDelimiter returns the most frequent candidate in the first line that is
// neither a comment nor blank, outside quotes.
func (r *Reader) guessDelimiter(window []byte) byte {
	const candidates = ",;\t|"
	var count [len(candidates)]int
	quoted := false
	for line := range strings.SplitSeq(string(window), string(rune(r.nl))) {
		if strings.TrimSpace(line) == "" || r.cfg.Comment != "" && strings.HasPrefix(line, r.cfg.Comment) {
			continue
		}
		for _, c := range []byte(line) {
			if c == '"' {
				quoted = !quoted
			} else if k := strings.IndexByte(candidates, c); k >= 0 && !quoted && c != r.mark {
				count[k]++
			}
		}
		break
	}
	best := 0
	for k := range count {
		if count[k] > count[best] {
			best = k
		}
	}
	if candidates[best] == r.mark {
		return ';'
	}
	return candidates[best]
}

// newSplitter makes the splitter of the format; all makes it keep every cell.
func (r *Reader) newSplitter(all bool) splitter {
	comments := []byte(r.cfg.Comment)
	switch r.desc.Format {
	case JSONLines:
		r.rec.cells = make([]span, len(r.paths))
		return &jsonSplitter{in: &r.in, comments: comments, paths: r.paths}
	case Space:
		return &spaceSplitter{&r.in, comments, all}
	case Fixed:
		return &fixedSplitter{&r.in, comments, r.cfg.Ranges, all}
	}
	s := newCSV(&r.in, r.desc.Delimiter, comments)
	s.all = all
	return s
}

// readHeader reads the first row and decides whether it is a header.
func (r *Reader) readHeader() error {
	r.names = append([]string(nil), r.cfg.Names...)
	if r.desc.Format == JSONLines {
		if r.cfg.Header > 0 || len(r.names) > 0 {
			return r.fail("JSON Lines have no header and no column names")
		}
		return nil
	}
	r.split = r.newSplitter(true)
	err := r.nextData()
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case r.cfg.Header > 0:
		r.headerLines = r.cfg.Header
	case r.cfg.Header == AutoHeader && len(r.names) == 0 && (r.namesWanted() || err == nil && r.looksLikeHeader()):
		r.headerLines = 1
	}
	r.desc.Header = r.headerLines
	if r.headerLines == 0 || len(r.names) > 0 {
		return nil
	}
	if err == io.EOF {
		return r.fail("the file has no rows; a header was expected")
	}
	r.headerLine = r.rec.line
	for i := range min(r.rec.n, len(r.rec.cells)) {
		r.names = append(r.names, string(r.text(r.rec.cell(i))))
	}
	return nil
}

// nextData reads up to the next row that is not a comment, blank or broken.
func (r *Reader) nextData() error {
	for {
		if err := r.split.next(&r.rec); err != nil || r.rec.kind == data {
			return err
		}
	}
}

// specs returns the columns that the config mentions.
func (r *Reader) specs() (values, all []string) {
	for _, c := range r.cfg.Columns {
		values = append(values, c.Column)
		if c.Flag != "" {
			all = append(all, c.Flag)
		}
	}
	for _, t := range r.cfg.Time {
		if !strings.HasPrefix(t, "=") {
			all = append(all, t)
		}
	}
	if r.cfg.Key != "" {
		all = append(all, r.cfg.Key)
	}
	return values, append(all, values...)
}

// namesWanted reports whether a column is given by something but a number.
func (r *Reader) namesWanted() bool {
	_, all := r.specs()
	for _, s := range all {
		if _, err := strconv.Atoi(s); err != nil {
			return true
		}
	}
	return false
}

// looksLikeHeader reports whether the record has a word in a column of numbers.
func (r *Reader) looksLikeHeader() bool {
	values, _ := r.specs()
	for k, s := range values {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			continue
		}
		b := r.text(r.rec.cell(n - 1))
		_, number := parseFloat(b, r.mark)
		_, word := r.cfg.Columns[k].Words[string(b)]
		if len(b) > 0 && !number && !word && !missingWord(b) && !isBool(b) {
			return true
		}
	}
	return false
}

// sample reads the first rows to see how many cells they have and how their
// stamps are written.
func (r *Reader) sample() error {
	*r.st = State{}
	if err := r.begin(); err != nil {
		return err
	}
	r.split = r.newSplitter(true)
	err := r.nextData()
	if err != nil && err != io.EOF {
		return err
	}
	r.width = max(r.rec.n, len(r.names))
	if err == nil && r.headerLines > 0 && len(r.cfg.Names) == 0 && r.rec.n == len(r.names)+1 {
		// One name fewer than cells: as R and pandas write a table, the first
		// cell is the row's id and has no name.
		r.names = append([]string{""}, r.names...)
		r.desc.RowID = true
	}
	r.desc.Names = r.names
	if e := r.resolve(); e != nil {
		return e
	}
	if r.desc.Format == JSONLines { // the paths are known only now
		if e := r.begin(); e != nil {
			return e
		}
		r.split = r.newSplitter(true)
		if err = r.nextData(); err != nil && err != io.EOF {
			return err
		}
	}
	var samples []string
	var lines []int64
	for err == nil && len(samples) < sampleRows && r.cfg.Step == 0 {
		if b := r.stampText(); len(b) > 0 {
			samples = append(samples, string(b))
			lines = append(lines, r.rec.line)
		}
		if err = r.nextData(); err != nil && err != io.EOF {
			return err
		}
	}
	if e := r.setTime(samples, lines); e != nil {
		return e
	}
	*r.st = State{}
	return r.Close()
}
