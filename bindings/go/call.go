package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"context"
	"time"
)

// DefaultTimeout is what a call may take if its context has no deadline.
const DefaultTimeout = 30 * time.Second

// onlyMemory lets a call be answered from memory, and by nobody else.
var onlyMemory = C.go_limit{}

// usual is the limit of a call whose context never ends.
var usual = C.go_limit{timeout_ms: C.uint64_t(DefaultTimeout / time.Millisecond)}

// done is the reason why ctx ended; its clock may be a little behind its deadline.
func done(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if until, limited := ctx.Deadline(); limited && !time.Now().Before(until) {
		return context.DeadlineExceeded
	}
	return nil
}

// deadline is until when a call may take that begins now.
func deadline(ctx context.Context) time.Time {
	if until, limited := ctx.Deadline(); limited {
		return until
	}
	return time.Now().Add(DefaultTimeout)
}

// within is a call that takes until then. Rounded up, so that the context is over when it is.
func within(until time.Time) C.go_limit {
	left := time.Until(until) + time.Millisecond - 1
	if left < time.Millisecond {
		left = time.Millisecond
	}
	return C.go_limit{timeout_ms: C.uint64_t(left / time.Millisecond)}
}

// turns are as many as the library works on at once of the calls that can be cancelled. The others
// wait here, where that takes no thread of the system.
var turns = make(chan struct{}, 64)

// turn waits for a turn.
func turn(ctx context.Context, name string, until time.Time) error {
	select {
	case turns <- struct{}{}:
		return nil
	default:
	}
	limit := time.NewTimer(time.Until(until))
	defer limit.Stop()
	select {
	case turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ended(ctx.Err(), name)
	case <-limit.C:
		if why := done(ctx); why != nil {
			return ended(why, name)
		}
		return &Error{Kind: TimedOut, Name: name, What: "other calls were waited for until the time was up",
			NextStep: "allow more time, or find out what is slow"}
	}
}

// quick runs a call that memory may answer, and anybody else.
func (c *Chain) quick(
	ctx context.Context, name string, call func(C.go_limit) C.go_outcome,
) (C.go_outcome, error) {
	if ctx.Err() == nil && c.use.enter() {
		// Most calls end here: they read no clock, and make nothing that could be cancelled.
		outcome := call(onlyMemory)
		c.use.leave()
		if outcome.status == statusOK || outcome.status == statusAbsent ||
			outcome.status == statusTooSmall {
			return outcome, failed(ctx, name, outcome)
		}
	}
	return c.run(ctx, name, call)
}

// run runs a call for as long as ctx lets it.
func (c *Chain) run(
	ctx context.Context, name string, call func(C.go_limit) C.go_outcome,
) (C.go_outcome, error) {
	if err := ctx.Err(); err != nil {
		return C.go_outcome{}, ended(err, name)
	}
	if !c.use.enter() {
		return C.go_outcome{}, ErrClosed
	}
	defer c.use.leave()
	if ctx.Done() == nil {
		limit := usual
		if until, limited := ctx.Deadline(); limited {
			limit = within(until)
		}
		outcome := call(limit)
		return outcome, failed(ctx, name, outcome)
	}
	until := deadline(ctx)
	if err := turn(ctx, name, until); err != nil {
		return C.go_outcome{}, err
	}
	defer func() { <-turns }()
	made := C.go_cancellation_new()
	if made.status != statusOK {
		return made, failed(ctx, name, made)
	}
	cancellation := (*C.prefect_secrets_cancellation)(made.object)
	defer C.prefect_secrets_cancellation_free(cancellation)
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.prefect_secrets_cancellation_cancel(cancellation)
		close(cancelled)
	})
	limit := within(until)
	limit.cancellation = cancellation
	outcome := call(limit)
	if !stop() {
		<-cancelled // it may still be at it
	}
	return outcome, failed(ctx, name, outcome)
}
