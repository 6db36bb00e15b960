package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/devices/wire"
)

func (a *app) diffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show the first reading or event in which two runs differ",
		Long: `Show the first reading or event in which two runs differ.

A RUN is a folder that run --out has written, or one recording. Compared is what
the digest covers: readings as they came in, rule firings, commands and alarms.
Exit code 0: they are the same; 3: they differ.`,
		Example: "  twinsim diff before after",
		Args:    want(2, "two runs"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.diff(args[0], args[1], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// A comparison is what diff found.
type comparison struct {
	Same        bool   `json:"same"`
	Compared    uint64 `json:"compared"` // readings and events that are the same
	Replication int    `json:"replication,omitempty"`
	At          string `json:"at,omitempty"`
	Channel     string `json:"channel,omitempty"`
	Left        string `json:"left,omitempty"`
	Right       string `json:"right,omitempty"`
	Note        string `json:"note,omitempty"`

	diff *difference
}

func (a *app) diff(left, right string, asJSON bool) error {
	ls, err := recordings(left)
	if err != nil {
		return err
	}
	rs, err := recordings(right)
	if err != nil {
		return err
	}
	all := comparison{Same: true}
	for i := range min(len(ls), len(rs)) {
		one, err := diffRecordings(ls[i], rs[i])
		if err != nil {
			return &exit{failed, err}
		}
		all.Compared += one.Compared
		all.Note = joinNotes(all.Note, one.Note)
		if !one.Same {
			one.Compared, one.Note, one.Replication = all.Compared, all.Note, i+1
			all = one
			break
		}
	}
	if all.Same && len(ls) != len(rs) {
		all.Same = false
		all.Note = joinNotes(all.Note, fmt.Sprintf("%s has %d replications, %s has %d", left, len(ls), right, len(rs)))
	}
	return a.showComparison(all, left, right, len(ls) > 1, asJSON)
}

func (a *app) showComparison(c comparison, left, right string, several, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(a.stdout).Encode(c); err != nil {
			return err
		}
	} else {
		if c.Note != "" {
			fmt.Fprintln(a.stdout, "note:", c.Note)
		}
		switch {
		case c.Same:
			fmt.Fprintf(a.stdout, "the same: %d readings and events\n", c.Compared)
		case c.diff != nil:
			in := ""
			if several {
				in = fmt.Sprintf(" of replication %d", c.Replication)
			}
			fmt.Fprintf(a.stdout, "they differ after %d readings and events%s:\n", c.Compared, in)
			c.diff.show(a.stdout, left, right)
		default:
			fmt.Fprintln(a.stdout, "they differ")
		}
	}
	if !c.Same {
		return &exit{code: rejected}
	}
	return nil
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// diffRecordings walks two recordings side by side.
func diffRecordings(left, right string) (comparison, error) {
	var c comparison
	l, err := openRecording(left)
	if err != nil {
		return c, err
	}
	defer l.file.Close()
	r, err := openRecording(right)
	if err != nil {
		return c, err
	}
	defer r.file.Close()
	for {
		var le, re entry
		lerr, rerr := l.next(&le), r.next(&re)
		lcut, err := ended(lerr, left)
		if err != nil {
			return c, err
		}
		rcut, err := ended(rerr, right)
		if err != nil {
			return c, err
		}
		c.Note = joinNotes(c.Note, joinNotes(lcut, rcut))
		d := &difference{index: c.Compared}
		switch {
		case lcut != "" || rcut != "" || lerr != nil && rerr != nil:
			c.Same = true // as far as both go
			return c, nil
		case lerr != nil:
			d.right = &re
		case rerr != nil:
			d.left = &le
		case le.same(re):
			c.Compared++
			continue
		default:
			d.left, d.right = &le, &re
		}
		c.found(d)
		return c, nil
	}
}

// ended explains the end of a recording: a note if it was cut off, an error if
// it can't be read.
func ended(err error, path string) (note string, bad error) {
	if err == nil || err == io.EOF {
		return "", nil
	}
	t, cut := wire.IsTruncated(err)
	if !cut {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	why := "was cut off"
	if t.Damaged {
		why = "is damaged (" + t.Reason + ")"
	}
	return fmt.Sprintf("%s %s after %d records; compared up to there",
		filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path)), why, t.Records), nil
}

// found puts a difference into the comparison.
func (c *comparison) found(d *difference) {
	c.diff = d
	first := d.left
	if d.left != nil {
		c.Left = d.left.String()
	}
	if d.right != nil {
		c.Right = d.right.String()
		if first == nil || d.right.now < first.now {
			first = d.right
		}
	}
	c.At, c.Channel = first.now.String(), first.channel
}
