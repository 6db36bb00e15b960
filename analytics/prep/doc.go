// Package prep holds the stages that clean and shape the readings of one
// channel: plausibility, outliers, gaps, scaling, smoothing, rates, grids.
// A stage is made from a plain struct, such as Hampel{Window: 7, K: 3}.New(),
// or by name through [Kinds].
//
// What all stages agree on, unless their own comment says otherwise:
//
//   - They work in event time (Reading.At) and never look ahead. The ones that
//     must wait for later readings ([Fill] with Linear, a centred [Hampel],
//     [Resample]) hand readings on late, in order, with their original At. They
//     are of the kind [analytics.Flusher]: what is still waiting when the data
//     ends comes out then, judged by what there is, and nothing is invented. A
//     gap stays a gap, a centred window shrinks, the interval that data have
//     reached is closed. So what came in is what came out, plus what was dropped
//     and counted.
//   - A reading that is not usable (missing or stale) never enters a window or
//     an estimate and is handed on as it came. A NaN or infinite value counts
//     as missing, and is marked suspect besides. All other readings count,
//     whatever flags they carry: a stage that distrusts a value enough to keep
//     it out of later windows marks it missing (action "missing") or drops it.
//   - The flags of a reading stay on what is made from it. Flags of the other
//     readings in a window do not spread.
//   - The result is Warming while the stage has seen too little: each comment
//     says how much that is. A result that can't be computed is Missing with value 0.
//   - A result that overflows becomes missing and suspect, never infinite. A
//     negative zero becomes a zero.
//   - Windows of n readings count usable readings; windows of time cover
//     (newest - span, newest], as in pandas. A reading stamped before the
//     newest one counts as if it had the newest stamp, so time never runs back
//     in a window. Windows of time grow up to Cap readings; beyond it the oldest
//     is let go early and counted ("capped").
//   - MaxGap, where there is one, forgets everything before a silence longer
//     than that (event time between two usable readings). 0 means never.
//   - The state of a stage is plain data; the pointer that State returns stays
//     valid, and what it points to may be replaced at any time between two readings.
package prep
