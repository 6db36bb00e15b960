package replay

import (
	"errors"
	"fmt"
)

// Counters account for every row of a file. Of a run, they include the row that
// was read ahead and is not yet due.
type Counters struct {
	Records int64 // all lines, or rows with newlines in quotes: the sum of the next eight

	Heading   int64 // skipped lines and header lines
	Comments  int64
	Empty     int64 // blank lines, and rows without a single cell
	Malformed int64 // rows that gave no readings since the row or its time can't be read
	Before    int64 // rows before the run's start
	Unmatched int64 // rows whose key is no column's Match
	Dropped   int64 // rows left out by the order Drop
	Rows      int64 // rows that gave readings

	Readings   int64 // Missing + those with a value
	Missing    int64 // readings without a value: empty, a declared sentinel, no such cell, or Unreadable
	Unreadable int64 // cells whose text is not a number; the reading is Missing and Suspect
	Flagged    int64 // readings that are Suspect by their flag column

	Repeated   int64 // rows (of Rows and Dropped) whose stamp came before
	Disordered int64 // rows (of Rows and Dropped) earlier than the latest; may be Repeated too
	Short      int64 // rows (of Rows) with fewer cells than the columns ask for
	Gaps       int64 // stamps in the hour that a change to summer time leaves out
	Overlaps   int64 // stamps in the hour that a change from summer time repeats
}

// Check says which sum does not balance. A non-nil error is a defect of the
// reader, whatever the file.
func (c Counters) Check() error {
	if sum := c.Heading + c.Comments + c.Empty + c.Malformed + c.Before + c.Unmatched + c.Dropped + c.Rows; sum != c.Records {
		return fmt.Errorf("replay: %d records, but %d accounted for", c.Records, sum)
	}
	if c.Missing > c.Readings || c.Unreadable > c.Missing || c.Flagged > c.Readings-c.Missing {
		return fmt.Errorf("replay: %d readings with %d missing, %d unreadable and %d flagged", c.Readings, c.Missing, c.Unreadable, c.Flagged)
	}
	if max(c.Repeated, c.Disordered) > c.Rows+c.Dropped || c.Dropped > c.Repeated+c.Disordered {
		return fmt.Errorf("replay: %d rows repeated, %d disordered and %d dropped of %d", c.Repeated, c.Disordered, c.Dropped, c.Rows+c.Dropped)
	}
	if c.Short > c.Rows {
		return errors.New("replay: more short rows than rows")
	}
	return nil
}

// maxProblems is how many problems are kept; all are counted.
const maxProblems = 10

// A Problem is one cell or row that could not be read. It is an error where the
// policy makes it one.
type Problem struct {
	File   string
	Line   int64  // from 1
	Column int    // 1-based number of the cell; 0 is the row
	Name   string // of the column, if it has one
	Text   string // what stands there, cut at 60 bytes
	Want   string // what was expected
}

// Error says where, what, and what was expected.
func (p Problem) Error() string {
	where := fmt.Sprintf("replay: %s:%d", p.File, p.Line)
	switch {
	case p.Column > 0 && p.Name != "":
		where += fmt.Sprintf(": column %d %s", p.Column, show(p.Name))
	case p.Column > 0:
		where += fmt.Sprintf(": column %d", p.Column)
	case p.Name != "":
		where += fmt.Sprintf(": %s", show(p.Name))
	}
	return fmt.Sprintf("%s: %q: want %s", where, p.Text, p.Want)
}

func clip(b []byte) string {
	const most = 60
	if len(b) > most {
		return string(b[:most]) + "..."
	}
	return string(b)
}
