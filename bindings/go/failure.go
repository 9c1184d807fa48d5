package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
)

const (
	statusOK       = C.PREFECT_SECRETS_OK
	statusAbsent   = C.PREFECT_SECRETS_ABSENT
	statusTimedOut = C.PREFECT_SECRETS_TIMED_OUT
	statusTooSmall = C.PREFECT_SECRETS_BUFFER_TOO_SMALL
	statusEnded    = C.PREFECT_SECRETS_CANCELLED
)

// failed is the outcome of a call about name as an error of Go; nil if it went well.
func failed(ctx context.Context, name string, outcome C.go_outcome) error {
	switch outcome.status {
	case statusOK:
		return nil
	case statusAbsent:
		return absent(name)
	case statusTooSmall:
		return io.ErrShortBuffer
	}
	return failure(ctx, name, outcome.status, outcome.error)
}

// failure takes an error of C's and frees it. ctx may be nil.
func failure(ctx context.Context, name string, status C.int32_t, theirs *C.prefect_secrets_error) *Error {
	defer C.prefect_secrets_error_free(theirs)
	e := &Error{Kind: Kind(status), Name: name}
	if theirs != nil {
		e.Provider = text(C.prefect_secrets_error_provider(theirs))
		e.Name = text(C.prefect_secrets_error_name(theirs))
		e.What = text(C.prefect_secrets_error_what(theirs))
		e.NextStep = text(C.prefect_secrets_error_next_step(theirs))
		e.message = text(C.prefect_secrets_error_message(theirs))
	}
	if ctx == nil || status != statusEnded && status != statusTimedOut {
		return e
	}
	why := done(ctx)
	switch {
	case why == nil:
		// The time of a provider was up, not that of the caller.
	case status == statusTimedOut && errors.Is(why, context.DeadlineExceeded):
		e.context = why // and who used the time up is known
	default:
		e = ended(why, name)
	}
	return e
}
