package builtin

import (
	"math/rand/v2"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// sessionFuncs declares what has an effect on the session: it waits, or its random
// numbers start anew.
func sessionFuncs(r *fn.Registry) {
	r.Func("random() float8", fn.F0(func(c *fn.Call) (float64, error) {
		if c.Ctx == nil || c.Ctx.Chance == nil {
			return rand.Float64(), nil
		}
		return c.Ctx.Chance.Float(), nil
	}), fn.IsVolatile, fn.NoError)
	r.Func("setseed(float8) void", fn.F1(func(c *fn.Call, v float64) (int64, error) {
		if !(v >= -1 && v <= 1) {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "setseed parameter %v is out of allowed range [-1,1]", v)
		}
		if c.Ctx != nil && c.Ctx.Chance != nil {
			c.Ctx.Chance.Seed(v)
		}
		return 0, nil
	}), fn.IsVolatile)
	r.Func("pg_sleep(float8) void", fn.F1(func(c *fn.Call, seconds float64) (int64, error) {
		return 0, pause(c, seconds)
	}), fn.IsVolatile)
	r.Func("pg_sleep_for(interval) void", fn.F1(func(c *fn.Call, v []byte) (int64, error) {
		now := c.Ctx.Clock()
		until, err := addZoned(c, now, datetime.DecodeInterval(v))
		if err != nil {
			return 0, err
		}
		return 0, pause(c, float64(until-now)/1e6)
	}), fn.IsVolatile)
	r.Func("pg_sleep_until(timestamptz) void", fn.F1(func(c *fn.Call, until int64) (int64, error) {
		return 0, pause(c, float64(until-c.Ctx.Clock())/1e6)
	}), fn.IsVolatile)
}

// maxPause keeps the longest wait within what a duration can hold.
const maxPause = 1e9

// pause waits, but not longer than the statement is to run.
func pause(c *fn.Call, seconds float64) error {
	if !(seconds > 0) {
		return nil
	}
	t := time.NewTimer(time.Duration(min(seconds, maxPause) * float64(time.Second)))
	defer t.Stop()
	var done <-chan struct{}
	if c.Ctx != nil {
		done = c.Ctx.Done
	}
	select {
	case <-t.C:
		return nil
	case <-done:
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
}
