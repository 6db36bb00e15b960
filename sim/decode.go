package sim

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// Unmarshal puts what Marshal wrote into *ptr. Fields of structs are matched by
// name: what is no longer there is passed over, what is new is zero. A number that
// does not fit and a field that became something else are errors. On an error
// *ptr is as it was.
func Unmarshal(data []byte, ptr any) error {
	v := reflect.ValueOf(ptr)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("sim: unmarshal: want a pointer to plain data, have %T", ptr)
	}
	if err := plain(v.Type().Elem(), v.Type().Elem().String(), nil); err != nil {
		return fmt.Errorf("sim: unmarshal: %w", err)
	}
	r := reader{in: data}
	if err := r.readShapes(); err != nil {
		return err
	}
	fresh := reflect.New(v.Type().Elem())
	if err := r.value(0, fresh.Elem(), 0); err != nil {
		return err
	}
	if len(r.in) > 0 {
		return fmt.Errorf("damaged: %d bytes too many", len(r.in))
	}
	v.Elem().Set(fresh.Elem())
	return nil
}

// A reader reads values of the saved shapes. Its input is not trusted.
type reader struct {
	in     []byte
	shapes []shape
	empty  int // elements so far that took no bytes
}

const (
	maxDepth = 1000    // of values within values
	maxEmpty = 1 << 16 // elements that take no bytes
)

func (r *reader) uint() (uint64, error) {
	n, size := binary.Uvarint(r.in)
	if size <= 0 {
		return 0, fmt.Errorf("damaged: it ends within a number")
	}
	r.in = r.in[size:]
	return n, nil
}

func (r *reader) bytes(n uint64) ([]byte, error) {
	if n > uint64(len(r.in)) {
		return nil, fmt.Errorf("damaged: it ends %d bytes too early", n-uint64(len(r.in)))
	}
	b := r.in[:n]
	r.in = r.in[n:]
	return b, nil
}

func (r *reader) text() ([]byte, error) {
	n, err := r.uint()
	if err != nil {
		return nil, err
	}
	return r.bytes(n)
}

func (r *reader) float() (float64, error) {
	b, err := r.bytes(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
}

// index reads a number below limit.
func (r *reader) index(limit int) (int, error) {
	n, err := r.uint()
	if err == nil && n >= uint64(limit) {
		err = fmt.Errorf("damaged: %d where a number below %d was expected", n, limit)
	}
	return int(n), err
}

func (r *reader) readShapes() error {
	n, err := r.index(len(r.in) + 1)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("damaged: it has no shape")
	}
	r.shapes = make([]shape, n)
	for i := range r.shapes {
		if err := r.readShape(&r.shapes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readShape(s *shape) (err error) {
	b, err := r.bytes(1)
	if err != nil {
		return err
	}
	if s.kind = shapeKind(b[0]); s.kind >= shapeKinds {
		return fmt.Errorf("damaged: kind %d of data", b[0])
	}
	n := len(r.shapes)
	switch s.kind {
	case shapeArray:
		if s.length, err = r.index(math.MaxInt32); err == nil {
			s.elem, err = r.index(n)
		}
	case shapeSlice:
		s.elem, err = r.index(n)
	case shapeMap:
		if s.key, err = r.index(n); err == nil {
			s.elem, err = r.index(n)
		}
	case shapeStruct:
		var fields int
		if fields, err = r.index(len(r.in) + 1); err != nil {
			return err
		}
		for range fields {
			var f shapeField
			name, err := r.text()
			if err != nil {
				return err
			}
			f.name = string(name)
			if f.shape, err = r.index(n); err != nil {
				return err
			}
			s.fields = append(s.fields, f)
		}
	}
	return err
}

// value reads a value of a saved shape into v, or passes over it if v is the
// zero Value.
func (r *reader) value(of int, v reflect.Value, depth int) error {
	s := &r.shapes[of]
	if depth > maxDepth {
		return fmt.Errorf("damaged: more than %d values within one another", maxDepth)
	}
	if v.IsValid() {
		if k := kindOf(v.Type()); k != s.kind {
			return fmt.Errorf("saved as %s, but the program has a %s (%s)", shapeNames[s.kind], shapeNames[k], v.Type())
		}
	}
	switch s.kind {
	case shapeSlice, shapeArray:
		return r.elements(s, v, depth)
	case shapeMap:
		return r.entries(s, v, depth)
	case shapeStruct:
		for _, f := range s.fields {
			var field reflect.Value
			if v.IsValid() {
				if t, ok := v.Type().FieldByName(f.name); ok && len(t.Index) == 1 { // not one of an embedded struct
					field = v.FieldByIndex(t.Index)
				}
			}
			if err := r.value(f.shape, field, depth+1); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
		return nil
	}
	return r.leaf(s.kind, v)
}

func (r *reader) leaf(kind shapeKind, v reflect.Value) error {
	keep := v.IsValid()
	switch kind {
	case shapeBool:
		b, err := r.bytes(1)
		if err == nil && keep {
			v.SetBool(b[0] != 0)
		}
		return err
	case shapeInt:
		n, size := binary.Varint(r.in)
		if size <= 0 {
			return fmt.Errorf("damaged: it ends within a number")
		}
		r.in = r.in[size:]
		if keep && v.OverflowInt(n) {
			return fmt.Errorf("%d does not fit a %s", n, v.Type())
		}
		if keep {
			v.SetInt(n)
		}
	case shapeUint:
		n, err := r.uint()
		if err == nil && keep && v.OverflowUint(n) {
			err = fmt.Errorf("%d does not fit a %s", n, v.Type())
		}
		if err == nil && keep {
			v.SetUint(n)
		}
		return err
	case shapeFloat:
		f, err := r.float()
		if err == nil && keep {
			v.SetFloat(f)
		}
		return err
	case shapeComplex:
		re, err := r.float()
		if err != nil {
			return err
		}
		im, err := r.float()
		if err == nil && keep {
			v.SetComplex(complex(re, im))
		}
		return err
	default: // shapeString, shapeSelf
		b, err := r.text()
		switch {
		case err != nil || !keep:
			return err
		case kind == shapeString:
			v.SetString(string(b))
		default:
			return v.Addr().Interface().(selfSaver).UnmarshalBinary(b)
		}
	}
	return nil
}

// elements reads a slice or an array. A damaged length must not become memory:
// a slice grows as its elements come in.
func (r *reader) elements(s *shape, v reflect.Value, depth int) error {
	n := uint64(s.length)
	if s.kind == shapeSlice {
		var err error
		if n, err = r.uint(); err != nil || n == 0 {
			return err
		}
		n--
		if v.IsValid() {
			v.Set(reflect.MakeSlice(v.Type(), 0, int(min(n, uint64(len(r.in)), 4096))))
		}
	} else if v.IsValid() && v.Len() != s.length {
		return fmt.Errorf("saved as an array of %d, but the program has %s", s.length, v.Type())
	}
	for i := range n {
		before := len(r.in)
		var e reflect.Value
		if v.IsValid() {
			if s.kind == shapeSlice {
				v.Grow(1)
				v.SetLen(int(i) + 1)
				v.Index(int(i)).SetZero()
			}
			e = v.Index(int(i))
		}
		if err := r.value(s.elem, e, depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
		if len(r.in) == before {
			if r.empty++; r.empty > maxEmpty {
				return fmt.Errorf("damaged: %d elements without bytes", n)
			}
		}
	}
	return nil
}

func (r *reader) entries(s *shape, v reflect.Value, depth int) error {
	n, err := r.uint()
	if err != nil || n == 0 {
		return err
	}
	if n--; n > uint64(len(r.in)) && n > 1 {
		return fmt.Errorf("damaged: a map of %d entries in %d bytes", n, len(r.in))
	}
	if v.IsValid() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for range n {
		var key, elem reflect.Value
		if v.IsValid() {
			key, elem = reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		}
		if err := r.value(s.key, key, depth+1); err != nil {
			return fmt.Errorf("key: %w", err)
		}
		if err := r.value(s.elem, elem, depth+1); err != nil {
			return err
		}
		if v.IsValid() {
			v.SetMapIndex(key, elem)
		}
	}
	return nil
}
