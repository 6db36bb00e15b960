package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/scenarios"
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
	Stops       string `json:"stops,omitempty"` // left or right: it was cut off at At, the other goes on
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
		all.Note = joinNotes(all.Note, fmt.Sprintf("%s has %s, %s has %s",
			left, plural(len(ls), "replication"), right, plural(len(rs), "replication")))
	}
	return a.showComparison(all, left, right, len(ls) > 1, asJSON)
}

func (a *app) showComparison(c comparison, left, right string, several, asJSON bool) error {
	if asJSON {
		if err := a.encode(c); err != nil {
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
		case c.Stops != "":
			stops, goes := left, right
			if c.Stops == "right" {
				stops, goes = right, left
			}
			fmt.Fprintf(a.stdout, "the same as far as both go: %d readings and events; %s stops at %s, %s goes on\n", c.Compared, stops, c.At, goes)
		default:
			fmt.Fprintf(a.stdout, "the same as far as both go: %d readings and events\n", c.Compared)
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
		lcut, err := l.ended(lerr)
		if err != nil {
			return c, err
		}
		rcut, err := r.ended(rerr)
		if err != nil {
			return c, err
		}
		c.Note = joinNotes(c.Note, joinNotes(lcut, rcut))
		d := &difference{index: c.Compared}
		switch {
		case lerr != nil && rerr != nil:
			c.Same = true // as far as both go
			return c, nil
		case lcut != "":
			c.Stops, c.At = "left", scenarios.ShowDuration(l.last)
			return c, nil
		case rcut != "":
			c.Stops, c.At = "right", scenarios.ShowDuration(r.last)
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

// found puts a difference into the comparison.
func (c *comparison) found(d *difference) {
	c.diff = d
	first := d.left
	if d.right != nil && (first == nil || d.right.now < first.now) {
		first = d.right
	}
	c.Left, c.Right = d.sides()
	c.At, c.Channel = scenarios.ShowDuration(first.now), first.channel
}
