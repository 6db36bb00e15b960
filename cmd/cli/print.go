package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
)

// print shows a summary to people. It has no wall time in it: the same run
// prints the same bytes.
func (b *batch) print(sum *scenarios.Summary, status string) error {
	var out strings.Builder
	spec := b.scene.spec
	title := sum.Scenario
	if spec.Title.Src != "" {
		title += ": " + spec.Title.Src
	}
	fmt.Fprintln(&out, title)
	if status != report.Complete {
		fmt.Fprintf(&out, "%s at %s\n", statusWord(status), b.stopped.text(b.of))
	}
	each := sum.SimSeconds / float64(sum.Replications)
	fmt.Fprintf(&out, "%s, seed %d", span(each), sum.Seed)
	if sum.Replications > 1 {
		fmt.Fprintf(&out, ", %d replications", sum.Replications)
	}
	fmt.Fprintln(&out)
	printKPIs(&out, sum)
	printChecks(&out, sum, status)
	fmt.Fprintln(&out)
	if err := table(&out, "", sumRows(sum)); err != nil {
		return err
	}
	_, err := io.WriteString(b.app.stdout, out.String())
	return err
}

// sumRows is what a summary says besides KPIs and checks.
func sumRows(sum *scenarios.Summary) [][]string {
	var rows [][]string
	row := func(name, text string) { rows = append(rows, []string{name, text}) }
	row("readings", fmt.Sprintf("%d  (%s)", sum.Readings, counts(sum.Quality)))
	if len(sum.Cleaned) > 0 && !onlyZeros(sum.Cleaned) {
		row("cleaned", counts(sum.Cleaned))
	}
	if sum.Blocks > 0 {
		row("waveforms", fmt.Sprint(sum.Blocks))
	}
	if sum.Late > 0 {
		row("late", fmt.Sprint(sum.Late))
	}
	row("kernel events", fmt.Sprint(sum.Events))
	row("alarms", fmt.Sprint(sum.Alarms))
	printRules(row, sum.Rules)
	for i := 0; i < len(sum.Stages); {
		pipe := sum.Stages[i].Pipe
		var did []string
		for ; i < len(sum.Stages) && sum.Stages[i].Pipe == pipe; i++ {
			c := &sum.Stages[i]
			did = append(did, fmt.Sprintf("%s %s %d", c.Stage, c.What, c.N))
		}
		row("stages", pipe+": "+strings.Join(did, ", "))
	}
	for _, n := range sum.Notes {
		row("note", n)
	}
	row("digest", sum.Digest)
	return rows
}

func printRules(row func(name, text string), all []scenarios.RuleCount) {
	if len(all) == 0 {
		return
	}
	var fired, undone []string
	for _, r := range all {
		fired = append(fired, fmt.Sprintf("%s %d", r.Name, r.Fired))
		if r.Undone > 0 {
			undone = append(undone, fmt.Sprintf("%s %d", r.Name, r.Undone))
		}
	}
	row("rules fired", strings.Join(fired, ", "))
	if len(undone) > 0 {
		row("actions undone", strings.Join(undone, ", "))
	}
}

// span formats a simulated span.
func span(seconds float64) string {
	t, err := sim.FromSeconds(seconds)
	if err != nil {
		return number(seconds) + " s"
	}
	return scenarios.ShowDuration(t)
}

func printKPIs(w io.Writer, sum *scenarios.Summary) {
	if len(sum.KPIs) == 0 {
		return
	}
	fmt.Fprintln(w)
	var rows [][]string
	if sum.Replications > 1 {
		rows = append(rows, []string{"", "mean", "95 % interval"})
	}
	for i := range sum.KPIs {
		k := &sum.KPIs[i]
		row := []string{k.Name, strings.TrimRight(number(k.Mean)+" "+k.Unit, " ")}
		if sum.Replications > 1 {
			row = append(row, fmt.Sprintf("[%s, %s]", number(k.Low), number(k.High)))
		}
		rows = append(rows, row)
	}
	_ = table(w, "  ", rows) // w is a strings.Builder
}

// statusWord is a status without its cause.
func statusWord(status string) string {
	if strings.HasPrefix(status, report.Failed) {
		return strings.TrimSuffix(report.Failed, ": ")
	}
	return status
}

// printChecks shows the checks; those of a run that did not come to its end are open.
func printChecks(w io.Writer, sum *scenarios.Summary, status string) {
	if len(sum.Checks) == 0 {
		return
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, c := range sum.Checks {
		if status != report.Complete {
			rows = append(rows, []string{"?", c.That, "not decided: the run " + strings.Replace(statusWord(status), "inter", "was inter", 1)})
			continue
		}
		verdict, detail := "ok", ""
		if c.Value != nil {
			detail = "it is " + number(*c.Value)
		}
		if !c.OK {
			verdict = "FAILED"
			if c.Why != "" {
				detail = strings.TrimLeft(detail+"; "+c.Why, "; ")
			}
		}
		if c.Error != "" {
			detail = strings.TrimLeft(detail+"; "+c.Error, "; ")
		}
		rows = append(rows, []string{verdict, c.That, detail})
	}
	_ = table(w, "  ", rows) // w is a strings.Builder
}

// counts shows what is not zero, sorted by name, "good" first.
func counts(m map[string]uint64) string {
	var names []string
	for name, n := range m {
		if n > 0 && name != "good" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	parts := []string{fmt.Sprintf("good %d", m["good"])}
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}

func onlyZeros(m map[string]uint64) bool {
	for _, n := range m {
		if n > 0 {
			return false
		}
	}
	return true
}
