// Package model holds the models that judge readings as they come: streaming
// detectors of outliers and of changes. A model is made from a plain struct,
// such as ZScore{}.New(), or by name through [Kinds].
//
// What all models here agree on:
//
//   - Score is asked first, then Learn with the same arguments. Score changes
//     nothing; the verdict it gives is the one that Learn then makes lasting.
//   - Each model watches one or several inputs, every one by itself; the score
//     is that of the worst. An input that is missing, NaN or beyond +-1e150 takes
//     no part: it is neither scored nor learned from. If all are, the score is 0,
//     the alarm stays as it was and the model is untouched.
//   - A detector measures a distance d, 1 where its alarm is entered. The score
//     is d^2 / (1 + d^2): 0 for quite normal, 0.5 on the verge of an alarm, 0.8 at
//     twice and 0.99 at ten times that distance; it never quite saturates.
//   - Ready is false, and the score 0, until every input that takes part has been
//     learned from for Learn readings or so long; for a reading on which no
//     input takes part, Ready is as it was.
//   - Detectors judge readings as they come and know of no grid; where time
//     matters, it is event time, and a stamp that goes back counts as no time.
package model
