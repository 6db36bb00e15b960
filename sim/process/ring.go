package process

// A ring is a queue that can also be put back to, at its front. It grows and
// does not shrink, so in steady state it does not allocate.
type ring[T any] struct {
	buf  []T // its length is a power of two, or 0
	head int
	n    int
}

// at returns the i-th from the front.
func (q *ring[T]) at(i int) *T { return &q.buf[(q.head+i)&(len(q.buf)-1)] }

func (q *ring[T]) push(x T) {
	if q.n == len(q.buf) {
		q.grow()
	}
	q.buf[(q.head+q.n)&(len(q.buf)-1)] = x
	q.n++
}

func (q *ring[T]) pushFront(x T) {
	if q.n == len(q.buf) {
		q.grow()
	}
	q.head = (q.head - 1) & (len(q.buf) - 1)
	q.buf[q.head] = x
	q.n++
}

// pop takes the first. The ring must not be empty.
func (q *ring[T]) pop() T {
	p := &q.buf[q.head]
	x := *p
	var zero T
	*p = zero
	q.head = (q.head + 1) & (len(q.buf) - 1)
	q.n--
	return x
}

// insert puts x before the i-th.
func (q *ring[T]) insert(i int, x T) {
	q.push(x)
	for k := q.n - 1; k > i; k-- {
		*q.at(k) = *q.at(k - 1)
	}
	*q.at(i) = x
}

// remove takes out the i-th.
func (q *ring[T]) remove(i int) T {
	x := *q.at(i)
	if i == 0 {
		q.pop()
		return x
	}
	for ; i < q.n-1; i++ {
		*q.at(i) = *q.at(i + 1)
	}
	var zero T
	*q.at(q.n - 1) = zero
	q.n--
	return x
}

func (q *ring[T]) grow() {
	bigger := make([]T, max(8, 2*len(q.buf)))
	for i := range q.n {
		bigger[i] = *q.at(i)
	}
	q.buf, q.head = bigger, 0
}
