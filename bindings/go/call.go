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

// asItIs is the limit of a call that a context does not end.
var asItIs = C.go_limit{timeout_ms: C.uint64_t(DefaultTimeout / time.Millisecond)}

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

// timeout is what ctx leaves of the time. Rounded up, so that the context is over when it is.
func timeout(ctx context.Context) C.uint64_t {
	until, limited := ctx.Deadline()
	if !limited {
		return asItIs.timeout_ms
	}
	left := time.Until(until) + time.Millisecond - 1
	if left < time.Millisecond {
		left = time.Millisecond
	}
	return C.uint64_t(left / time.Millisecond)
}

// quick runs a call that memory may answer, and anybody else.
func (c *Chain) quick(
	ctx context.Context, name string, call func(C.go_limit) C.go_outcome,
) (C.go_outcome, error) {
	if ctx.Done() != nil && ctx.Err() == nil && c.use.enter() {
		// Most calls end here, and did not have to make anything that could be cancelled.
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
	limit := C.go_limit{timeout_ms: timeout(ctx)}
	if ctx.Done() == nil {
		outcome := call(limit)
		return outcome, failed(ctx, name, outcome)
	}
	made := C.go_cancellation_new()
	if made.status != statusOK {
		return made, failed(ctx, name, made)
	}
	cancellation := (*C.prefect_secrets_cancellation)(made.object)
	limit.cancellation = cancellation
	defer C.prefect_secrets_cancellation_free(cancellation)
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		C.prefect_secrets_cancellation_cancel(cancellation)
		close(cancelled)
	})
	outcome := call(limit)
	if !stop() {
		<-cancelled // it may still be at it
	}
	return outcome, failed(ctx, name, outcome)
}
