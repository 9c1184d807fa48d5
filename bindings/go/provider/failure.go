package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrAbsent is the answer that this place has not got a name: not a failure, the next provider is
// asked. It is an error of its own, so that a forgotten value is not taken for it.
var ErrAbsent = errors.New("absent")

// Kind is what the caller can do about a failure. Its number is that of the provider ABI.
type Kind int32

const (
	Denied      Kind = 2 // the place refuses: mend credentials or permissions
	Unavailable Kind = 3 // the place cannot be asked at present: try later
	TimedOut    Kind = 4 // the deadline passed first
	Invalid     Kind = 5 // an argument, a setting or a value is wrong: mend it
	Unsupported Kind = 6 // this provider cannot do this
	panicked    Kind = 7
	Internal    Kind = 8 // a promise was broken: report it
)

const absent = 1

func (k Kind) String() string {
	names := [...]string{
		"denied", "unavailable", "timed out", "invalid", "unsupported", "panicked", "internal",
	}
	if k < Denied || k > Internal {
		return "internal"
	}
	return names[k-Denied]
}

// Failure is an error that is told to the host. Neither text holds a value; both end after 1,024
// bytes. It is found in an error that wraps it, too, and only its own two texts are told.
type Failure struct {
	Kind     Kind
	What     string // what happened
	NextStep string // what to do next
}

// Fail is a Failure as an error.
func Fail(kind Kind, what, nextStep string) error {
	return &Failure{Kind: kind, What: what, NextStep: nextStep}
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%v: %s; %s", f.Kind, f.What, f.NextStep)
}

func cannot(what string) error {
	return Fail(Unsupported, "this provider cannot "+what, "name a provider that can")
}

// FailureOf is what the host is told of an error that a callback returned and that is not ErrAbsent: the
// Failure in it, or a fixed text. For tests of a provider, and for whoever calls one.
func FailureOf(err error) *Failure {
	var known *Failure
	switch {
	case errors.As(err, &known) && known != nil:
		if known.Kind < Denied || known.Kind > Internal {
			return &Failure{Internal, known.What, known.NextStep}
		}
		return known
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{
			TimedOut, "the deadline passed while the provider was working",
			"allow more time, or find out what is slow",
		}
	default:
		// Its text may hold a value, and so may its parts. The types help who wrote the provider.
		types := fmt.Sprintf("%T", err)
		for err = errors.Unwrap(err); err != nil; err = errors.Unwrap(err) {
			types += fmt.Sprintf(" of %T", err)
		}
		Log(LevelError, "a callback returned an error of type "+types)
		return &Failure{
			Internal, "the provider failed with an error that it does not explain",
			"look into the log, or report it to the provider's author",
		}
	}
}

// longestMessage is how many bytes of a message a frame may have.
const longestMessage = 1024

// oneLine is a message of bearable length, in UTF-8, on one line.
func oneLine(text string) string {
	if len(text) > longestMessage {
		end := longestMessage
		for end > longestMessage-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	// '?' because the usual sign is longer than what it stands for.
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
}
