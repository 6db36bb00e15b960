package scenarios

import (
	"fmt"
	"strings"

	"github.com/twinsim/twinsim/devices"
)

// matchTwins returns the twins whose id fits a pattern, and complains if none does.
func (w *world) matchTwins(t Text) []int32 {
	if t.Src == "" { // refused before
		return nil
	}
	all := w.twinsLike(t.Src)
	if len(all) == 0 {
		w.report.Add(t.Pos, fmt.Sprintf("no twin is called %q", t.Src), "the id of a twin, or a pattern of ids", DidYouMean(t.Src, w.ids()))
	}
	return all
}

// twinsLike returns the twins whose id fits a pattern.
func (w *world) twinsLike(pattern string) []int32 {
	if !strings.ContainsAny(pattern, "*?[{") {
		if k, ok := w.byID[pattern]; ok {
			return []int32{k}
		}
		return nil
	}
	if CheckPattern(pattern) != nil {
		return nil
	}
	list := alternatives(pattern)
	var all []int32
	for k := range w.twins {
		for _, p := range list {
			if matchOne(p, w.twins[k].id) {
				all = append(all, int32(k))
				break
			}
		}
	}
	return all
}

// A match is a channel that a pattern found.
type match struct {
	channel devices.ChannelID
	twin    int32
	attr    int // index into the attributes of the twin's block
}

// matchChannels returns the channels that fit "TWINS.ATTRS", and complains if
// there are none. Only attributes that ok allows count.
func (w *world) matchChannels(t Text, ok func(*devices.Attr) string) []match {
	if t.Src == "" {
		return nil
	}
	ids, attrs, _ := SplitChannel(t.Src)
	found := w.matchTwins(Text{Src: ids, Pos: t.Pos, Raw: t.Raw})
	if len(found) == 0 {
		return nil
	}
	var all []match
	var near []string
	refused := ""
	for _, k := range found {
		b := &w.blocks[w.twins[k].block]
		for n := range b.attrs {
			a := &b.attrs[n]
			if k == b.first && len(near) < 200 {
				near = append(near, a.Name)
			}
			if !Match(attrs, a.Name) {
				continue
			}
			if n >= len(b.typ.Attrs) { // what pipes and rules make does not come in
				refused = fmt.Sprintf("%q is made by a pipe or a rule; this is about what comes in", a.Name)
				continue
			}
			if why := ok(a); why != "" {
				refused = why
				continue
			}
			all = append(all, match{w.twins[k].base + devices.ChannelID(n), k, n})
		}
	}
	if len(all) == 0 && refused != "" {
		w.report.Add(t.Pos, refused, "a channel that can be measured", "")
	} else if len(all) == 0 {
		b := &w.blocks[w.twins[found[0]].block]
		near = near[:0]
		for n := range b.attrs {
			near = append(near, b.attrs[n].Name)
		}
		w.report.Add(t.Pos, fmt.Sprintf("%s has no channel %q", b.typ.Name, attrs), oneOf(near, attrs), DidYouMean(attrs, near))
	}
	return all
}

// measurable refuses what only the plant knows.
func measurable(a *devices.Attr) string {
	if a.Truth {
		return fmt.Sprintf("%q is known to the plant only; it can't be measured (KPIs may read it)", a.Name)
	}
	return ""
}
