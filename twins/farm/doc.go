// Package farm is the family of field twins: weather, soil and crop, valves and
// pumps. Water follows FAO-56 (Allen, Pereira, Raes and Smith, 1998, Crop
// Evapotranspiration, FAO Irrigation and Drainage Paper 56), yield FAO-33
// (Doorenbos and Kassam, 1979), weather the generator WGEN (Richardson, 1981;
// Richardson and Wright, 1984). Numbers of equations, tables and examples in the
// comments are those of FAO-56 unless another source is named.
//
// # How a day passes
//
// Soil and crop move once a day, at local midnight, for the whole fleet in one
// event. Weather of a day is known to the plant when the day begins. Between
// midnights the true state is read off without changing anything: rain and
// irrigation raise the soil's water as they fall, evapotranspiration lowers it in
// step with the sun, using the day's exact balance given the irrigation so far.
// So at midnight the exact balance joins the course of the day without a jump,
// but for water above field capacity, which is held during the day (up to
// saturation) and drains at midnight.
//
// Watering that wets another part of the surface than was wet before changes the
// evaporation of the whole day, as FAO-56's daily step has it, so the course
// shifts a little (well below 1 mm) when it begins.
//
// A run that starts within a day gets the rest of that day: the rain that is
// still to fall and the part of the evapotranspiration that is still to come.
// The day's sun has its noon at 12:00 local time.
//
// # Saved states and forks
//
// A snapshot has the twins by their ids. In a fork with other twins, or the same
// in another order or connected otherwise, each goes on with its own state; one
// that is new begins at the time of the fork, within the day, as it would in a
// run that starts there; one that is gone is passed over and counted, and its
// pending events are dropped. Water is neither lost nor made: a zone with another
// valve or area keeps what has infiltrated today, a valve on another pump what it
// has delivered, and a pump serves those valves that there are. A field with
// another crop keeps its water and is given to that crop at once.
package farm
