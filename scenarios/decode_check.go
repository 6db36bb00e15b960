package scenarios

import (
	"fmt"
	"strings"
)

// check looks at what sections say about each other.
func (d *decoder) check() {
	s := d.spec
	base := d.expand(s.Twins, nil)
	d.references(&s.Blocks, base)
	d.unique(&s.Blocks, nil, nil)
	names := make(map[string]Position)
	for i := range s.Variants {
		v := &s.Variants[i]
		d.once(names, "variant", v.Name)
		patched := base
		if len(v.Add.Twins) > 0 {
			patched = d.expand(v.Add.Twins, base)
		}
		d.references(&v.Add, patched)
		d.unique(&v.Add, &s.Blocks, v.Off)
		d.offs(v)
	}
	d.compared()
	for i := range s.Profiles {
		for _, e := range s.Profiles[i].Entries {
			d.channelRef(e.On, base)
		}
	}
	if s.Branch.Pos.IsZero() || len(s.Variants) > 0 {
		return
	}
	d.r.Add(s.Branch.Pos, "[branch] without a variant: there is nothing to part", "a [[variant]]", "")
}

// A crowd is the expanded ids of twins.
type crowd struct {
	ids  []string
	from map[string]Position
	open bool // there are more, whose ids can't be told: something is wrong with them
}

// expand lists the ids of populations, and tells those that are there twice.
func (d *decoder) expand(twins []Twin, base *crowd) *crowd {
	c := &crowd{from: make(map[string]Position)}
	if base != nil {
		c.ids, c.open = append(c.ids, base.ids...), base.open
		for _, id := range base.ids {
			c.from[id] = base.from[id]
		}
	}
	for i := range twins {
		d.population(c, &twins[i])
	}
	return c
}

func (d *decoder) population(c *crowd, w *Twin) {
	before := len(c.ids)
	n, err := d.spec.Whole(w.Count)
	if d.populate(c, w, n); err != nil || n < 1 || len(c.ids) < before+n {
		c.open = true
	}
}

// populate adds the ids of n twins, up to the first with which something is wrong.
func (d *decoder) populate(c *crowd, w *Twin, n int) {
	if !w.ID.Given() || strings.TrimSpace(w.ID.Src) == "" {
		return
	}
	t, err := ParseTemplate(w.ID.Src)
	if err != nil {
		return // told already
	}
	if n > 1 && !t.Holes() {
		d.r.Add(w.ID.Pos, fmt.Sprintf("%d twins would have the one id %q", n, w.ID), "a template", fmt.Sprintf("write %q", w.ID.Src+"-{n:02}"))
		return
	}
	if n > maxTwins-len(c.ids) {
		pos := w.Count.Pos
		if pos.IsZero() {
			pos = w.ID.Pos
		}
		d.r.Add(pos, "too many twins", fmt.Sprintf("at most %d in all", maxTwins), "")
		return
	}
	for k := 1; k <= n; k++ {
		id, err := t.Expand(k)
		if err != nil {
			d.r.AddError(w.ID, err)
			return
		}
		if bad := strings.IndexAny(id, ".*?[]{}/ \t\n,"); bad >= 0 {
			d.r.Add(w.ID.Pos, fmt.Sprintf("id %q has a %q in it", id, id[bad]), "letters, digits, - and _", "")
			return
		}
		if at, dup := c.from[id]; dup {
			d.r.Add(w.ID.Pos, fmt.Sprintf("twin %q is there twice", id), fmt.Sprintf("another id than that of line %d", at.Line), "")
			return
		}
		c.from[id] = w.ID.Pos
		c.ids = append(c.ids, id)
	}
}

// references checks that patterns and needs fit some twin.
func (d *decoder) references(b *Blocks, c *crowd) {
	for i := range b.Twins {
		d.needs(&b.Twins[i], c)
	}
	for i := range b.Sensors {
		d.channelRef(b.Sensors[i].On, c)
	}
	for i := range b.Pipes {
		d.channelRef(b.Pipes[i].On, c)
	}
	for i := range b.Rules {
		d.twinRef(b.Rules[i].Each, b.Rules[i].Each.Src, c)
		d.actionRefs(b.Rules[i].Then, c)
	}
	for i := range b.Events {
		d.actionRefs(b.Events[i].Then, c)
	}
	for i := range b.Faults {
		d.channelRef(b.Faults[i].On, c)
	}
}

func (d *decoder) actionRefs(list []Action, c *crowd) {
	for i := range list {
		a := &list[i]
		d.channelRef(a.On, c)
		if a.Kind != "command" || !a.What.Given() {
			continue
		}
		if t, err := ParseTemplate(a.What.Src); err != nil || t.Holes() {
			continue
		}
		twin, verb, ok := SplitChannel(a.What.Src)
		if !ok || verb == "" {
			d.r.Add(a.What.Pos, fmt.Sprintf("command %q has no verb", a.What), `TWIN.VERB, such as "{self.valve}.open"`, "")
			continue
		}
		if err := CheckPattern(twin); err != nil {
			d.r.AddError(a.What, err)
			continue
		}
		d.twinRef(a.What, twin, c)
	}
}

// channelRef checks the twins of a pattern of channels (or of twins). Patterns
// with a slash are topics, which are not known here.
func (d *decoder) channelRef(on Text, c *crowd) {
	if on.Src == "" || strings.Contains(on.Src, "/") || on.Src == "*" {
		return
	}
	twin, _, _ := SplitChannel(on.Src)
	d.twinRef(on, twin, c)
}

func (d *decoder) twinRef(at Text, pattern string, c *crowd) {
	if pattern == "" || CheckPattern(pattern) != nil {
		return
	}
	if _, ok := c.from[pattern]; ok || c.open {
		return
	}
	for _, p := range alternatives(pattern) {
		hit := false
		for _, id := range c.ids {
			if matchOne(p, id) {
				hit = true
				break
			}
		}
		if hit {
			continue
		}
		try := DidYouMean(p, c.ids)
		if star := strings.TrimRight(p, "*"); star != p && try == "" {
			try = nearPrefix(star, c.ids)
		}
		d.r.Add(at.Pos, fmt.Sprintf("no twin is called %q", p), d.someIDs(c), try)
		return
	}
}

// nearPrefix finds an id whose beginning is near to what stands before a "*".
func nearPrefix(prefix string, ids []string) string {
	seen := make(map[string]bool)
	var heads []string
	for _, id := range ids {
		head := strings.TrimRight(id, "0123456789")
		if head != id && !seen[head] {
			seen[head] = true
			heads = append(heads, head)
		}
	}
	if near, ok := Nearest(prefix, heads); ok {
		return fmt.Sprintf("did you mean %q?", near+"*")
	}
	return ""
}

// someIDs tells which twins there are, a population at a time.
func (d *decoder) someIDs(c *crowd) string {
	if len(c.ids) == 0 {
		return "a twin: the file has none"
	}
	var list []string
	for i := range d.spec.Twins {
		if id := d.spec.Twins[i].ID.Src; id != "" {
			list = append(list, id)
		}
	}
	return oneOf(list)
}

// needs checks that the other twins exist. {n-1} and {n+1} may lead outside of a
// row; whether that is allowed is the type's business.
func (d *decoder) needs(w *Twin, c *crowd) {
	n, err := d.spec.Whole(w.Count)
	if err != nil || c.open {
		return
	}
	for _, f := range w.Needs {
		if f.Value.Kind != Word || strings.ContainsAny(f.Value.Src, "+-") && strings.Contains(strings.ReplaceAll(f.Value.Src, " ", ""), "{n+") ||
			strings.Contains(strings.ReplaceAll(f.Value.Src, " ", ""), "{n-") {
			continue
		}
		t, err := ParseTemplate(f.Value.Src)
		if err != nil {
			continue
		}
		for k := 1; k <= n; k++ {
			id, err := t.Expand(k)
			if err != nil {
				break
			}
			if _, ok := c.from[id]; !ok {
				d.r.Add(f.Value.Pos, fmt.Sprintf("%s %q needs a twin called %q, and there is none", w.ID, f.Name, id), d.someIDs(c), DidYouMean(id, c.ids))
				break
			}
			if !t.Holes() {
				break
			}
		}
	}
}

// unique checks names within a section, also against those of the file itself
// that the variant leaves on.
func (d *decoder) unique(b, base *Blocks, off []Ref) {
	for _, sec := range [...]string{"rule", "event", "fault", "kpi"} {
		seen := make(map[string]Position)
		if base != nil {
			for _, x := range base.namesOf(sec) {
				if x.Src != "" && !switchedOff(off, sec, x.Src) {
					seen[x.Src] = x.Pos
				}
			}
		}
		for _, x := range b.namesOf(sec) {
			d.once(seen, sec, x)
		}
	}
}

func (d *decoder) once(seen map[string]Position, sec string, x Text) {
	if x.Src == "" {
		return
	}
	if at, dup := seen[x.Src]; dup {
		d.r.Add(x.Pos, fmt.Sprintf("%s %q is there twice", sec, x.Src), fmt.Sprintf("another name than that of line %d", at.Line), `give it a name of its own: name = "..."`)
		return
	}
	seen[x.Src] = x.Pos
}

// namesOf lists the names by which off refers to the blocks of a section.
func (b *Blocks) namesOf(sec string) []Text {
	var list []Text
	switch sec {
	case "twin":
		for i := range b.Twins {
			list = append(list, b.Twins[i].ID)
		}
	case "sensor":
		for i := range b.Sensors {
			list = append(list, b.Sensors[i].Name)
		}
	case "pipe":
		for i := range b.Pipes {
			list = append(list, b.Pipes[i].Name)
		}
	case "rule":
		for i := range b.Rules {
			list = append(list, b.Rules[i].Name)
		}
	case "event":
		for i := range b.Events {
			list = append(list, b.Events[i].Name)
		}
	case "fault":
		for i := range b.Faults {
			list = append(list, b.Faults[i].Name)
		}
	case "kpi":
		for i := range b.KPIs {
			list = append(list, b.KPIs[i].Name)
		}
	case "check":
		for i := range b.Checks {
			list = append(list, b.Checks[i].Name)
		}
	}
	return list
}

// offs checks that each off of a variant switches something off.
func (d *decoder) offs(v *Variant) {
	for _, ref := range v.Off {
		if ref.Section == "" {
			continue
		}
		names := d.spec.namesOf(ref.Section)
		var all []string
		hit := false
		for _, x := range names {
			hit = hit || ref.Matches(x.Src)
			all = append(all, x.Src)
		}
		if hit {
			continue
		}
		try := ""
		if near, ok := Nearest(ref.Name, all); ok {
			try = fmt.Sprintf("did you mean %q?", ref.Section+"."+near)
		}
		d.r.Add(ref.Pos, fmt.Sprintf("there is no %s %q to switch off", ref.Section, ref.Name), oneOf(all), try)
	}
}

func switchedOff(off []Ref, sec, name string) bool {
	for i := range off {
		if off[i].Section == sec && off[i].Matches(name) {
			return true
		}
	}
	return false
}

// Matches reports whether the reference means the block of a name.
func (r *Ref) Matches(name string) bool { return name != "" && (r.Name == name || Match(r.Name, name)) }

// compared checks the names in [compare].
func (d *decoder) compared() {
	s := d.spec
	variants := []string{"base"}
	for i := range s.Variants {
		variants = append(variants, s.Variants[i].Name.Src)
	}
	var kpis []string
	for i := range s.KPIs {
		kpis = append(kpis, s.KPIs[i].Name.Src)
	}
	known := func(what string, list []string, names ...Text) {
		for _, x := range names {
			if x.Given() && !contains(list, x.Src) {
				d.r.Add(x.Pos, fmt.Sprintf("there is no %s %q", what, x.Src), oneOf(list, x.Src), DidYouMean(x.Src, list))
			}
		}
	}
	known("variant", variants, s.Compare.Baseline)
	known("variant", variants, s.Compare.Variants...)
	known("KPI", kpis, s.Compare.KPIs...)
}
