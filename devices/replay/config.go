package replay

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Format is how a file is cut into rows and cells.
type Format string

// The formats. The zero Format looks at the file: a first byte "{" is JSON
// Lines, anything else CSV. Gzip is seen by its magic bytes in all of them.
const (
	CSV       Format = "csv"   // delimited text with optional quotes
	JSONLines Format = "jsonl" // an object a line; columns are dotted paths such as "payload.temp"
	Space     Format = "space" // cells separated by any number of blanks and tabs
	Fixed     Format = "fixed" // cells at the character columns of Config.Ranges
)

// An Order says what happens to a row whose stamp is not later than all before
// it on its channels.
type Order string

// The orders. The zero Order is Keep.
const (
	// Keep emits the row with quality Repeated (the stamp came before, among the
	// last 64) and/or Disordered (it is earlier than the latest), at the time of
	// arrival max(latest arrival, stamp). Reading.At stays as recorded.
	Keep  Order = "keep"
	Drop  Order = "drop"  // counts the row and leaves it out
	Error Order = "error" // ends the run with file and line
)

// Values of Config.Header that are not a number of lines.
const (
	AutoHeader = 0  // one line if a column is given by name, or if the first row has words where numbers belong
	NoHeader   = -1 // the first row is data
)

// A Range is the first and last character column of a cell, counted from 1,
// both included.
type Range struct{ First, Last int }

// Config says what to read and how. The zero value of every field but Columns
// and the file is useful.
type Config struct {
	Name string                        // of the actor and of the saved state, within the run; default File
	File string                        // path in FS, and the name in messages
	FS   fs.FS                         // where File is; not needed with Open
	Open func() (io.ReadCloser, error) // opens the bytes from their start; it is called several times

	Format    Format
	Delimiter byte     // CSV: 0 finds one of , ; tab | in the first line
	Decimal   byte     // decimal mark: 0 is '.'; use ',' for 2,6
	Comment   string   // lines that begin with it are comments; "" is none
	Skip      int      // lines to pass over before the header
	Header    int      // number of header lines, of which the first has the names; or AutoHeader, NoHeader
	Names     []string // names of the columns of a file without header (or instead of the header's)
	Ranges    []Range  // Fixed: where the cells are

	// Time lists the columns that make the stamp, by name or number, joined by a
	// blank; "=2018" is the text 2018 itself. None: the row number times Step.
	Time []string
	// TimeFormat is "" or "auto" to find it from the first 1000 rows; "iso",
	// "dmy", "mdy" (any separators), "epoch s", "epoch ms", "epoch us",
	// "epoch ns"; a strftime pattern ("%Y %j %H%M"), or a Go layout.
	TimeFormat string
	// Step makes the stamp a number, times Step: of the time column, or of the
	// row, counted from 0. Such stamps count from Start, not from Epoch.
	Step sim.Time
	// Zone is the IANA zone of stamps that carry none; "" is UTC. A stamp in the
	// hour that does not exist is read with the offset from before the change;
	// one that exists twice is the first of the two, or the second where the
	// first is not after the stamp before. Both are counted.
	Zone     string
	Location *time.Location // instead of Zone
	Epoch    time.Time      // the stamp at run time Start; zero is the first stamp of the file
	Start    sim.Time       // run time of Epoch

	// Key is the column whose text picks the columns of a row by their Match
	// (long layout); "" takes all columns of each row (wide layout).
	Key     string
	Columns []Column
	Missing []string // cells that mean no value, besides the usual words; numbers compare as numbers
	Order   Order
	Strict  bool // ends at the first cell or row that can't be read, rather than counting it

	MaxRecord int // longest row in bytes; 0 is 1 MiB
}

// A Column is what becomes a channel.
type Column struct {
	Column  string // name, 1-based number or, for JSON Lines, dotted path; a name wins over a number
	Channel devices.ChannelID
	Match   string   // long layout: the text of Config.Key on the rows of this channel
	Scale   float64  // reading = cell*Scale + Offset, in channel units per file unit; 0 is 1
	Offset  float64  // in the channel's unit
	Missing []string // as Config.Missing, for this column only
	Flag    string   // column of a quality flag; "" is none
	Good    []string // flags that are good, others are Suspect; none is {"0"}
	// Words are cells that stand for a number, before Scale; true is 1 and false
	// is 0 without being declared.
	Words map[string]float64
}

const (
	defaultMaxRecord = 1 << 20
	bufferSize       = 128 << 10
	sampleRows       = 1000
)

// opener returns the function that opens the file.
func (c *Config) opener() (func() (io.ReadCloser, error), error) {
	if c.Open != nil {
		return c.Open, nil
	}
	if c.FS == nil || c.File == "" {
		return nil, errors.New("replay: no file: set Config.Open, or Config.FS and Config.File")
	}
	fsys, name := c.FS, c.File
	return func() (io.ReadCloser, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		return f, nil
	}, nil
}

// label is the file's name in messages.
func (c *Config) label() string {
	switch {
	case c.File != "":
		return c.File
	case c.Name != "":
		return c.Name
	}
	return "input"
}

// check finds what is wrong without looking at the file.
func (c *Config) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("replay: %s: %s", c.label(), fmt.Sprintf(format, args...))
	}
	switch c.Format {
	case "", CSV, JSONLines, Space, Fixed:
	default:
		return bad("format %q is unknown; use csv, jsonl, space or fixed%s", c.Format, didYouMean(string(c.Format), []string{"csv", "jsonl", "space", "fixed"}))
	}
	switch c.Order {
	case "", Keep, Drop, Error:
	default:
		return bad("order %q is unknown; use keep, drop or error%s", c.Order, didYouMean(string(c.Order), []string{"keep", "drop", "error"}))
	}
	if c.Decimal != 0 && c.Decimal != '.' && c.Decimal != ',' {
		return bad("decimal mark %q: use '.' or ','", c.Decimal)
	}
	switch d := c.Delimiter; {
	case d == '"' || d == '\n' || d == '\r' || d >= 0x80:
		return bad("delimiter %q can't be one; use , ; tab or |", d)
	case d != 0 && d == c.Decimal:
		return bad("delimiter and decimal mark are both %q", d)
	}
	if c.Format == JSONLines && c.Decimal == ',' {
		return bad("JSON has no decimal comma")
	}
	if c.Skip < 0 || c.Header < NoHeader || c.MaxRecord < 0 || c.Step < 0 {
		return bad("skip, header, max record and step can't be negative")
	}
	if len(c.Time) == 0 && c.Step == 0 {
		return bad("no time: name the time column, or give a step for the row number")
	}
	if c.Step > 0 && c.TimeFormat != "" {
		return bad("a step makes the time a plain number; it can't have the format %q too", c.TimeFormat)
	}
	if c.Step > 0 && len(c.Time) > 1 {
		return bad("a step needs one time column or none, not %d", len(c.Time))
	}
	if c.Format == Fixed && len(c.Ranges) == 0 {
		return bad("fixed-width text needs the ranges of its cells")
	}
	for i, g := range c.Ranges {
		if g.First < 1 || g.Last < g.First {
			return bad("range %d is %d to %d; character columns count from 1", i+1, g.First, g.Last)
		}
	}
	return c.checkColumns(bad)
}

func (c *Config) checkColumns(bad func(string, ...any) error) error {
	if len(c.Columns) == 0 {
		return bad("no columns: say which column feeds which channel")
	}
	for _, k := range c.Columns {
		switch {
		case k.Column == "":
			return bad("a column has no name or number")
		case c.Key == "" && k.Match != "":
			return bad("column %q matches %q, but there is no key column to match it with", k.Column, k.Match)
		case k.Scale != k.Scale || k.Offset != k.Offset || k.Scale-k.Scale != 0 || k.Offset-k.Offset != 0:
			return bad("column %q: scale %v and offset %v must be finite", k.Column, k.Scale, k.Offset)
		case k.Flag == "" && len(k.Good) > 0:
			return bad("column %q has good flags but no flag column", k.Column)
		}
	}
	return nil
}
