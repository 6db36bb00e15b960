package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

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
	{"faults", "of sensors; kind = \"NAME\" in [[fault]]; those of twins are shown with their type", (*app).faultItems},
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
				return badUsage("%s wants at most a kind and a name, got %d arguments", c.CommandPath(), len(args))
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
		return badUsage("there is no list of %q; want %s%s", args[0], strings.Join(names, ", "), didYouMean(args[0], names))
	}
	items := catalogues[k].items(a)
	if len(args) == 1 {
		return table(a.stdout, "", rowsOf(items))
	}
	var known []string
	for _, it := range items {
		if it.name == args[1] {
			fmt.Fprintf(a.stdout, "%s: %s\n", it.name, it.doc)
			it.detail(a.stdout)
			return nil
		}
		known = append(known, it.name)
	}
	return badUsage("there is no %s %q; want one of %s%s",
		strings.TrimSuffix(args[0], "s"), args[1], strings.Join(known, ", "), didYouMean(args[1], known))
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
			_ = table(w, "  ", rows) // w reports its error at the end
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
		params = append(params, []string{x.Name, paramDefault(x), paramRange(x), x.Doc})
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
		faults = append(faults, []string{x.Name, number(x.Level) + " " + unit(x.Unit), x.Doc})
	}
	section("can be measured", attrs)
	section("true values, which only KPIs see", truths)
	section("with = { ... }", params)
	section("needs = { ... }", needs)
	section("commands", verbs)
	section("faults", faults)
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
	case len(p.Choices) > 0:
		return strings.Join(p.Choices, ", ")
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
				_ = table(w, "  ", rows) // w reports its error at the end
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
			_ = table(w, "  ", rows) // w reports its error at the end
		}})
	}
	return items
}
