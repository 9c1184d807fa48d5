package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"runtime"
	"time"
)

// Secret is a value. It stays in memory of C, which is wiped when its last holder has closed it: Go's
// own memory has no copy unless you make one. Copies of a Secret are one holder. It shows nothing when
// it is printed, logged or marshalled.
//
// Every method may be called from any goroutine. After Close those that look at the secret panic; those
// that print it do not.
type Secret struct {
	held *held
}

// held is what one holder has.
type held struct {
	c   *C.prefect_secrets_secret
	use use
}

// secretOf takes a secret over.
func secretOf(c *C.prefect_secrets_secret) *Secret {
	h := &held{c: c}
	h.use.end = func() { C.prefect_secrets_secret_release(c) }
	// A net for who forgets.
	runtime.SetFinalizer(h, func(h *held) { h.use.close() })
	return &Secret{h}
}

// Close gives the secret back. If a Use is under way it ends with that: Close does not wait. Closing
// twice, or a nil Secret, does nothing. The error is always nil.
func (s *Secret) Close() error {
	if s == nil || s.held == nil {
		return nil
	}
	runtime.SetFinalizer(s.held, nil)
	s.held.use.close()
	return nil
}

func (s *Secret) enter() *held {
	if s == nil || s.held == nil || !s.held.use.enter() {
		panic("prefectsecrets: a Secret is used after it was closed")
	}
	return s.held
}

// Use lends the text to f: the bytes as they are stored, often UTF-8. They are the library's memory,
// which others may be reading: f does not write to them, and keeps neither the slice nor a part of it
// when it returns, because that memory is wiped and used again. string(text) is a copy, which nobody
// wipes.
func (s *Secret) Use(f func(text []byte)) {
	h := s.enter()
	defer h.use.leave()
	f(borrowed(C.prefect_secrets_secret_text(h.c)))
}

// UseJSON lends the JSON view to f, on the same terms: one compact document, the value that Prefect
// hands to Python. Text that is no JSON is a JSON string. ErrInvalid if the text is not UTF-8.
func (s *Secret) UseJSON(f func(document []byte)) error {
	h := s.enter()
	defer h.use.leave()
	json := C.go_secret_json(h.c)
	if json.outcome.status != statusOK {
		return failure(nil, "", json.outcome.status, json.outcome.error)
	}
	f(borrowed(json.text))
	return nil
}

// Len is how many bytes the text has.
func (s *Secret) Len() int {
	h := s.enter()
	defer h.use.leave()
	return int(C.prefect_secrets_secret_text(h.c).len)
}

// Provider is the name of the provider that answered.
func (s *Secret) Provider() string {
	h := s.enter()
	defer h.use.leave()
	return text(C.prefect_secrets_secret_provider(h.c))
}

// ExpiresAt is when the value ends; the zero time if its place does not know.
func (s *Secret) ExpiresAt() time.Time {
	h := s.enter()
	defer h.use.leave()
	seconds := int64(C.prefect_secrets_secret_expires_at(h.c))
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// Revision says which one in a row of values it is, in the words of its place; empty if that does not
// know.
func (s *Secret) Revision() string {
	h := s.enter()
	defer h.use.leave()
	return text(C.prefect_secrets_secret_revision(h.c))
}
