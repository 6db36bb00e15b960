package sim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// Marshal returns plain data (see [Sim.Keep]), or what a pointer points to, as bytes: first its shape, then its
// values. The same data gives the same bytes, maps included, and every bit of a
// number comes back, also the sign of zero: encoding/gob promises neither.
func Marshal(data any) ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(data))
	if !v.IsValid() {
		return nil, fmt.Errorf("sim: marshal: want plain data or a pointer to it, have %T", data)
	}
	if err := plain(v.Type(), v.Type().String(), nil); err != nil {
		return nil, fmt.Errorf("sim: marshal: %w", err)
	}
	w := writer{}
	w.shapes(shapesOf(v.Type()))
	err := w.value(v)
	return w.out, err
}

// A shape is one type of saved data. Fields and elements name other shapes by
// their index.
type shape struct {
	kind   shapeKind
	length int // of an array
	key    int
	elem   int
	fields []shapeField
}

type shapeField struct {
	name  string
	shape int
}

type shapeKind uint8

const (
	shapeBool shapeKind = iota
	shapeInt
	shapeUint
	shapeFloat
	shapeComplex
	shapeString
	shapeSlice
	shapeArray
	shapeMap
	shapeStruct
	shapeSelf // what saves itself
	shapeKinds
)

var shapeNames = [shapeKinds]string{
	"bool", "int", "uint", "float", "complex number", "string", "slice", "array", "map", "struct", "self-saving value",
}

// shapesOf returns the shapes that make up a type, its own first.
func shapesOf(t reflect.Type) []shape {
	var shapes []shape
	index := make(map[reflect.Type]int)
	var add func(reflect.Type) int
	add = func(t reflect.Type) int {
		if i, ok := index[t]; ok {
			return i
		}
		i := len(shapes)
		index[t] = i
		shapes = append(shapes, shape{kind: kindOf(t)})
		s := shapes[i]
		switch s.kind {
		case shapeArray:
			s.length = t.Len()
			s.elem = add(t.Elem())
		case shapeSlice:
			s.elem = add(t.Elem())
		case shapeMap:
			s.key, s.elem = add(t.Key()), add(t.Elem())
		case shapeStruct:
			for f := range t.NumField() {
				s.fields = append(s.fields, shapeField{t.Field(f).Name, add(t.Field(f).Type)})
			}
		}
		shapes[i] = s
		return i
	}
	add(t)
	return shapes
}

func kindOf(t reflect.Type) shapeKind {
	if reflect.PointerTo(t).Implements(saver) {
		return shapeSelf
	}
	switch t.Kind() {
	case reflect.Bool:
		return shapeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return shapeInt
	case reflect.Float32, reflect.Float64:
		return shapeFloat
	case reflect.Complex64, reflect.Complex128:
		return shapeComplex
	case reflect.String:
		return shapeString
	case reflect.Slice:
		return shapeSlice
	case reflect.Array:
		return shapeArray
	case reflect.Map:
		return shapeMap
	case reflect.Struct:
		return shapeStruct
	}
	return shapeUint
}

type writer struct{ out []byte }

func (w *writer) uint(n uint64) { w.out = binary.AppendUvarint(w.out, n) }

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.out = append(w.out, s...)
}

func (w *writer) float(f float64) {
	w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(f))
}

func (w *writer) shapes(all []shape) {
	w.uint(uint64(len(all)))
	for _, s := range all {
		w.out = append(w.out, byte(s.kind))
		switch s.kind {
		case shapeArray:
			w.uint(uint64(s.length))
			w.uint(uint64(s.elem))
		case shapeSlice:
			w.uint(uint64(s.elem))
		case shapeMap:
			w.uint(uint64(s.key))
			w.uint(uint64(s.elem))
		case shapeStruct:
			w.uint(uint64(len(s.fields)))
			for _, f := range s.fields {
				w.text(f.name)
				w.uint(uint64(f.shape))
			}
		}
	}
}

func (w *writer) value(v reflect.Value) error {
	switch kindOf(v.Type()) {
	case shapeSelf:
		return w.self(v)
	case shapeBool:
		b := byte(0)
		if v.Bool() {
			b = 1
		}
		w.out = append(w.out, b)
	case shapeInt:
		w.out = binary.AppendVarint(w.out, v.Int())
	case shapeUint:
		w.uint(v.Uint())
	case shapeFloat:
		w.float(v.Float())
	case shapeComplex:
		w.float(real(v.Complex()))
		w.float(imag(v.Complex()))
	case shapeString:
		w.text(v.String())
	case shapeMap:
		return w.entries(v)
	case shapeStruct:
		for i := range v.NumField() {
			if err := w.value(v.Field(i)); err != nil {
				return err
			}
		}
	case shapeSlice:
		if v.IsNil() {
			w.uint(0)
			return nil
		}
		w.uint(uint64(v.Len()) + 1)
		fallthrough
	case shapeArray:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 && kindOf(v.Type().Elem()) == shapeUint {
			for _, b := range v.Bytes() {
				w.uint(uint64(b))
			}
			return nil
		}
		for i := range v.Len() {
			if err := w.value(v.Index(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) self(v reflect.Value) error {
	if !v.CanAddr() { // in a map
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		v = p.Elem()
	}
	data, err := v.Addr().Interface().(selfSaver).MarshalBinary()
	w.text(string(data))
	return err
}

// entries writes a map in the order of its keys' bytes.
func (w *writer) entries(v reflect.Value) error {
	if v.IsNil() {
		w.uint(0)
		return nil
	}
	w.uint(uint64(v.Len()) + 1)
	all := make([][2][]byte, 0, v.Len())
	for it := v.MapRange(); it.Next(); { // order: sorted below
		var k, e writer
		if err := k.value(it.Key()); err != nil {
			return err
		}
		if err := e.value(it.Value()); err != nil {
			return err
		}
		all = append(all, [2][]byte{k.out, e.out})
	}
	slices.SortFunc(all, func(a, b [2][]byte) int { return bytes.Compare(a[0], b[0]) })
	for _, kv := range all {
		w.out = append(append(w.out, kv[0]...), kv[1]...)
	}
	return nil
}
