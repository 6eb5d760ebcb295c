package memlog

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/tarndb/tarn/topics"
)

func fetch(t *testing.T, l *Log, part int32, from int64, maxBytes int) (values []string, next int64, err error) {
	t.Helper()
	next, err = l.Fetch(context.Background(), part, from, maxBytes, func(ms []topics.Message) error {
		for _, m := range ms {
			values = append(values, string(m.Value))
		}
		return nil
	})
	return values, next, err
}

func TestFetch(t *testing.T) {
	l := New(1)
	l.AddPartitions(1)
	for _, v := range []string{"a", "b", "c"} {
		l.Append(1, nil, []byte(v))
	}
	l.Skip(1, 2)
	l.Append(1, nil, []byte("d"))
	parts, _ := l.Partitions(context.Background())
	bounds, _ := l.Bounds(context.Background())
	if !reflect.DeepEqual(parts, []int32{0, 1}) || bounds[1] != (topics.Range{Start: 0, End: 6}) {
		t.Fatalf("%v %v", parts, bounds)
	}
	for _, tc := range []struct {
		from int64
		max  int
		want []string
		next int64
	}{
		{0, 100, []string{"a", "b", "c", "d"}, 6},
		{0, 2, []string{"a", "b"}, 2},
		{1, 0, []string{"b"}, 2},
		{3, 100, []string{"d"}, 6},
	} {
		got, next, err := fetch(t, l, 1, tc.from, tc.max)
		if err != nil || next != tc.next || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("from %d max %d: %v, %d, %v", tc.from, tc.max, got, next, err)
		}
	}
	l.Trim(1, 2)
	_, _, err := fetch(t, l, 1, 1, 100)
	var e *topics.Error
	if !errors.As(err, &e) || e.Kind != topics.ErrOffsetOutOfRange || e.Range != (topics.Range{Start: 2, End: 6}) {
		t.Errorf("trimmed offset: %v", err)
	}
	if _, _, err := fetch(t, l, 7, 0, 100); !errors.Is(err, topics.ErrNoTopic) {
		t.Errorf("missing partition: %v", err)
	}
}

// TestWaiting: a fetch at the end is woken by each thing that can happen.
func TestWaiting(t *testing.T) {
	fault := errors.New("fault")
	for _, tc := range []struct {
		name string
		do   func(*Log, context.CancelFunc)
		next int64
		err  error
	}{
		{"append", func(l *Log, _ context.CancelFunc) { l.Append(0, nil, nil) }, 1, nil},
		{"wake", func(l *Log, _ context.CancelFunc) { l.Wake() }, 0, nil},
		{"fail", func(l *Log, _ context.CancelFunc) { l.Fail(fault, 1) }, 0, fault},
		{"close", func(l *Log, _ context.CancelFunc) { l.Close() }, 0, topics.ErrClosed},
		{"cancel", func(_ *Log, cancel context.CancelFunc) { cancel() }, 0, context.Canceled},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := New(1)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			type result struct {
				next int64
				err  error
			}
			done := make(chan result)
			waiting := make(chan struct{})
			l.onWait = func() { close(waiting); l.onWait = nil }
			go func() {
				next, err := l.Fetch(ctx, 0, 0, 100, func([]topics.Message) error { return nil })
				done <- result{next, err}
			}()
			<-waiting
			tc.do(l, cancel)
			if r := <-done; r.next != tc.next || r.err != tc.err {
				t.Errorf("%+v, want next %d, %v", r, tc.next, tc.err)
			}
		})
	}
}

func TestFail(t *testing.T) {
	l := New(1)
	fault := errors.New("fault")
	l.Fail(fault, 2)
	for i, want := range []error{fault, fault, nil} {
		if _, err := l.Bounds(context.Background()); err != want {
			t.Errorf("call %d: %v", i, err)
		}
	}
	l.Fail(fault, -1)
	for range 5 {
		if _, err := l.Partitions(context.Background()); err != fault {
			t.Error(err)
		}
	}
	l.Heal()
	if _, err := l.Resolve(context.Background(), topics.Start{}); err != nil {
		t.Error(err)
	}
}

func TestResolve(t *testing.T) {
	l := New(1)
	for i := int64(1); i <= 4; i++ {
		l.AppendMessage(topics.Message{Time: i * 1000_000})
	}
	l.Trim(0, 1)
	for _, tc := range []struct {
		start topics.Start
		want  int64
	}{
		{topics.Start{}, 1},
		{topics.Start{Mode: topics.Latest}, 4},
		{topics.Start{Mode: topics.AtOffset, Offset: 0}, 1},
		{topics.Start{Mode: topics.AtTime, Millis: 3000}, 2},
		{topics.Start{Mode: topics.AtTime, Millis: 5000}, 4},
	} {
		got, err := l.Resolve(context.Background(), tc.start)
		if err != nil || got[0] != tc.want {
			t.Errorf("%v: %v, %v", tc.start, got, err)
		}
	}
}
