package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/twins"
)

// A catalogue is one kind of thing that list knows.
type catalogue struct {
	name  string
	about string
	items func(a *app) []item
}

// An item is one thing that has a name.
type item struct {
	name, doc string
	detail    func(w io.Writer)
}

var catalogues = []catalogue{
	{"scenarios", "built in; twinsim run NAME", (*app).scenarioItems},
	{"types", "of twins; type = \"NAME\" in [[twin]]", (*app).typeItems},
	{"stages", "of pipes; steps = [{ NAME = ... }] in [[pipe]]", (*app).stageItems},
	{"models", "of pipes, which raise alarms", (*app).modelItems},
	{"faults", "of sensors and of twins; kind = \"NAME\" in [[fault]]", (*app).faultItems},
}

func (a *app) listCommand() *cobra.Command {
	var names []string
	for _, c := range catalogues {
		names = append(names, c.name)
	}
	return &cobra.Command{
		Use:   "list [" + strings.Join(names, "|") + "] [NAME]",
		Short: "List scenarios, types of twins, stages, models and faults; or one of them in detail",
		Example: `  twinsim list
  twinsim list types
  twinsim list types farm/zone
  twinsim list stages hampel`,
		ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 2 {
				return badUsage("%s wants at most a kind and a name, got %s", c.CommandPath(), plural(len(args), "argument"))
			}
			return a.list(args, names)
		},
	}
}

func (a *app) list(args, names []string) error {
	if len(args) == 0 {
		for i, c := range catalogues {
			if i > 0 {
				fmt.Fprintln(a.stdout)
			}
			fmt.Fprintf(a.stdout, "%s (%s)\n", c.name, c.about)
			if err := table(a.stdout, "  ", rowsOf(c.items(a))); err != nil {
				return err
			}
		}
		return nil
	}
	k := slices.Index(names, args[0])
	if k < 0 {
		return badUsage("there is no list of %q; want %s%s", args[0], strings.Join(names, ", "), a.whichList(args[0], names))
	}
	items := catalogues[k].items(a)
	if len(args) == 1 {
		return table(a.stdout, "", rowsOf(items))
	}
	var known []string
	found := 0
	for _, it := range items {
		if it.name != args[1] {
			known = append(known, it.name)
			continue
		}
		if found++; found > 1 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintf(a.stdout, "%s: %s\n", it.name, it.doc)
		it.detail(a.stdout)
	}
	if found > 0 {
		return nil
	}
	return badUsage("there is no %s %q; want one of %s%s",
		strings.TrimSuffix(args[0], "s"), args[1], strings.Join(known, ", "), didYouMean(args[1], known))
}

// whichList tells which list has something of that name, or which name was meant.
func (a *app) whichList(word string, names []string) string {
	for _, c := range catalogues {
		for _, it := range c.items(a) {
			if it.name == word || strings.HasSuffix(it.name, "/"+word) {
				return fmt.Sprintf("; %s is in the list of %s: twinsim list %s %s", it.name, c.name, c.name, it.name)
			}
		}
	}
	return didYouMean(word, names)
}

func didYouMean(word string, known []string) string {
	if hint := scenarios.DidYouMean(word, known); hint != "" {
		return "; " + hint
	}
	return ""
}

func rowsOf(items []item) [][]string {
	var rows [][]string
	for _, it := range items {
		rows = append(rows, []string{it.name, it.doc})
	}
	return rows
}

// table prints rows in aligned columns; empty cells at the end leave no trace.
func table(w io.Writer, indent string, rows [][]string) error {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(tw, strings.Join(r, "\t"))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, indent+strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) scenarioItems() []item {
	var items []item
	for _, name := range library.Names() {
		text, _ := library.Text(name)
		spec, err := scenarios.Decode(name+".toml", text)
		doc := ""
		if err == nil {
			doc = spec.Title.Src
		}
		items = append(items, item{name, doc, func(w io.Writer) { fmt.Fprintf(w, "\n%s", text) }})
	}
	return items
}

func (a *app) typeItems() []item {
	items := []item{{scenarios.RecordType, "a twin without a plant, whose channels the scenario declares", func(w io.Writer) {
		fmt.Fprintln(w, "\nchannels = { NAME = \"unit\" } in its [[twin]]; readings come from a [source.PROFILE]")
	}}}
	for _, f := range a.kinds.Families {
		for _, t := range f.Types {
			items = append(items, item{t.Name, t.Doc, func(w io.Writer) { showType(w, t) }})
		}
	}
	return items
}

// showType prints everything that a scenario may say of a type.
func showType(w io.Writer, t *twins.Type) {
	section := func(title string, rows [][]string) {
		if len(rows) > 0 {
			fmt.Fprintf(w, "\n%s\n", title)
			columns(w, "  ", rows)
		}
	}
	var attrs, truths, params, needs, verbs, faults [][]string
	for _, x := range t.Attrs {
		row := []string{x.Name, unit(x.Unit), x.Doc}
		if x.Truth {
			truths = append(truths, row)
		} else {
			attrs = append(attrs, row)
		}
	}
	for _, x := range t.Params {
		doc := x.Doc
		if len(x.Choices) > 0 {
			doc += "\none of " + strings.Join(x.Choices, ", ")
		}
		params = append(params, []string{x.Name, paramDefault(x), paramRange(x), doc})
	}
	for _, x := range t.Needs {
		doc := x.Doc
		if x.Optional {
			doc = strings.TrimLeft(doc+" (may be left out)", " ")
		}
		needs = append(needs, []string{x.Role, x.Type, doc})
	}
	for _, x := range t.Verbs {
		arg := ""
		if x.Arg {
			arg = unit(x.Unit)
		}
		if x.Timed {
			arg = strings.TrimLeft(arg+" for = span", " ")
		}
		verbs = append(verbs, []string{x.Name, arg, x.Doc})
	}
	for _, x := range t.Faults {
		faults = append(faults, []string{x.Name, faultLevel(x), x.Doc})
	}
	section("can be measured", attrs)
	section("true values, which only KPIs see", truths)
	section("with = { ... }", params)
	section("needs = { ... }", needs)
	section("commands", verbs)
	section("faults, with = { level = ... }", faults)
}

// faultLevel is the severity that a fault of a twin has if its scenario does not say.
func faultLevel(f twins.FaultKind) string {
	if f.Level == 0 && f.Unit == "" {
		return ""
	}
	return strings.TrimRight("level = "+number(f.Level)+" "+f.Unit, " ")
}

// lineWidth is about how many characters a line of details may have.
const lineWidth = 100

// columns prints rows whose last cell is text: it is broken into lines, and at
// its own line breaks. Errors of w show at the end.
func columns(w io.Writer, indent string, rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r[:len(r)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	at := utf8.RuneCountInString(indent)
	for _, n := range widths {
		if n > 0 {
			at += n + 2
		}
	}
	for _, r := range rows {
		line := indent
		for i, cell := range r[:len(r)-1] {
			if widths[i] > 0 {
				line += cell + strings.Repeat(" ", widths[i]+2-utf8.RuneCountInString(cell))
			}
		}
		for text := range strings.SplitSeq(r[len(r)-1], "\n") {
			for _, part := range wrap(text, max(lineWidth-at, 40)) {
				fmt.Fprintln(w, strings.TrimRight(line+part, " "))
				line = strings.Repeat(" ", at)
			}
		}
	}
}

// wrap breaks text between words into lines of at most width characters, or of
// one word.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}

func unit(u string) string {
	if u == "" {
		return "-"
	}
	return u
}

func paramDefault(p twins.Param) string {
	switch {
	case p.Word:
		return fmt.Sprintf("%q", p.Text)
	case p.From != "":
		return "from " + p.From
	}
	return strings.TrimRight(number(p.Default)+" "+p.Unit, " ")
}

func paramRange(p twins.Param) string {
	switch {
	case p.Low < p.High:
		return number(p.Low) + " to " + number(p.High)
	}
	return ""
}

// number formats for people: 6 digits, the same everywhere.
func number(x float64) string { return fmt.Sprintf("%.6g", x) }

func (a *app) stageItems() []item { return kindItems(a.kinds.Stages) }

func (a *app) modelItems() []item { return kindItems(a.kinds.Models) }

func kindItems[T any](kinds []analytics.Kind[T]) []item {
	var items []item
	for i := range kinds {
		k := &kinds[i]
		items = append(items, item{k.Name, k.Doc, func(w io.Writer) {
			var rows [][]string
			for _, p := range k.Params {
				def := "-"
				switch {
				case p.Required:
					def = "needed"
				case p.Default != nil:
					def = fmt.Sprint(p.Default)
				}
				kind := p.Type.String()
				if len(p.Choices) > 0 {
					kind = strings.Join(p.Choices, "|")
				}
				rows = append(rows, []string{p.Name, kind, p.Unit, def, p.Doc})
			}
			if len(rows) > 0 {
				fmt.Fprintln(w)
				columns(w, "  ", rows)
			}
			if len(k.OneOf) > 0 {
				fmt.Fprintf(w, "\ngive one of %s\n", strings.Join(k.OneOf, ", "))
			}
		}})
	}
	return items
}

func (a *app) faultItems() []item {
	var items []item
	for _, k := range synth.FaultKinds() {
		items = append(items, item{k.Name, k.Doc, func(w io.Writer) {
			var rows [][]string
			for _, p := range k.Params {
				need := ""
				if p.Required {
					need = "needed"
				}
				rows = append(rows, []string{p.Name, string(p.Unit), need, p.Doc})
			}
			fmt.Fprintln(w)
			columns(w, "  ", rows)
		}})
	}
	return append(items, a.assetFaultItems()...)
}

// assetFaultItems are the faults of twins, those of the same name in several
// types apart.
func (a *app) assetFaultItems() []item {
	var items []item
	for _, f := range a.kinds.Families {
		for _, t := range f.Types {
			for _, x := range t.Faults {
				items = append(items, item{x.Name, "of " + t.Name + ": " + x.Doc, func(w io.Writer) {
					fmt.Fprintln(w)
					level := faultLevel(x)
					if level == "" {
						level = "level"
					}
					columns(w, "  ", [][]string{{level, "its severity: " + x.Doc}})
				}})
			}
		}
	}
	return items
}
