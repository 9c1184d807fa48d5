package prefectsecrets

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"prefectsecrets/provider"
)

// ErrAbsent is the answer that no provider has a name. It is an answer, not a failure; an outage is
// never it. Look for it with errors.Is: what a call returns says which name it was.
var ErrAbsent = provider.ErrAbsent

// ErrClosed says that the chain was closed before the call.
var ErrClosed = errors.New("the chain of secrets is closed")

// Kind is what the caller can do about a failure. Its number is the status of prefect_secrets.h.
type Kind = provider.Kind

const (
	Denied      = provider.Denied      // the place refuses: mend credentials or permissions
	Unavailable = provider.Unavailable // the place cannot be asked at present: try later
	TimedOut    = provider.TimedOut    // the deadline passed first
	Invalid     = provider.Invalid     // an argument, a setting or a value is wrong: mend it
	Unsupported = provider.Unsupported // no provider can do this
	Panicked    = Kind(7)              // a provider panicked; open the chain again
	Internal    = provider.Internal    // a promise was broken: report it
	Cancelled   = Kind(10)             // the context was cancelled
)

// Each is an *Error of its kind: errors.Is(err, ErrDenied).
var (
	ErrDenied      error = ofKind(Denied)
	ErrUnavailable error = ofKind(Unavailable)
	ErrTimedOut    error = ofKind(TimedOut)
	ErrInvalid     error = ofKind(Invalid)
	ErrUnsupported error = ofKind(Unsupported)
	ErrPanicked    error = ofKind(Panicked)
	ErrInternal    error = ofKind(Internal)
)

type ofKind Kind

func (k ofKind) Error() string { return Kind(k).String() }

// Error is a failure: who, which name, why, and what to do next. It holds no value.
//
// If the context ended the call, errors.Is finds context.Canceled or context.DeadlineExceeded in it.
type Error struct {
	Kind     Kind
	Provider string // who failed; empty if the fault is the caller's or the configuration's
	Name     string // what was asked for; empty if nothing was
	What     string // what happened
	NextStep string // what to do next

	message string
	context error
}

// Error is all of it in one sentence.
func (e *Error) Error() string {
	if e.message != "" {
		return e.message
	}
	var said strings.Builder
	if e.Provider != "" {
		fmt.Fprintf(&said, "%s: ", e.Provider)
	}
	if e.Name != "" {
		fmt.Fprintf(&said, "%q: ", e.Name)
	}
	fmt.Fprintf(&said, "%v: %s; %s", e.Kind, e.What, e.NextStep)
	return said.String()
}

// Is says whether target is the sentinel of this error's kind.
func (e *Error) Is(target error) bool {
	kind, is := target.(ofKind)
	return is && Kind(kind) == e.Kind
}

// Unwrap is the error of the context, if that ended the call.
func (e *Error) Unwrap() error { return e.context }

// Timeout says whether the time was up, as net.Error has it.
func (e *Error) Timeout() bool { return e.Kind == TimedOut }

// absence is ErrAbsent with a name.
type absence struct{ what string }

func (a *absence) Error() string { return a.what }

func (a *absence) Unwrap() error { return ErrAbsent }

func absent(name string) error {
	return &absence{fmt.Sprintf("no provider has a secret called %q", name)}
}

// ended is the failure of a call whose context is done.
func ended(why error, name string) *Error {
	if errors.Is(why, context.DeadlineExceeded) {
		return &Error{Kind: TimedOut, Name: name, What: "the deadline of the context passed",
			NextStep: "allow more time, or find out what is slow", context: why}
	}
	return &Error{Kind: Cancelled, Name: name, What: "the context was cancelled",
		NextStep: "ask again if the answer is still wanted", context: why}
}
