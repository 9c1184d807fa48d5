package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// explanationVersion is that of the JSON document of an explanation.
const explanationVersion = 1

// Explanation tells how an answer came about. It holds no value.
type Explanation struct {
	Name string
	// Outcome is "found", "absent", or the word of a failure: "denied", "unavailable", "timed out"…
	Outcome string
	// Provider has it; empty if none has.
	Provider string
	// Links are the providers in the order of asking.
	Links []Link

	document json.RawMessage
}

// Link is what happened at one provider.
type Link struct {
	Provider string
	Asked    bool
	// Outcome is a word as of the whole, or "skipped" or "not reached".
	Outcome string
	// Reason says more; it may be empty.
	Reason  string
	Elapsed time.Duration
	// Configured says where the link was configured.
	Configured string
}

// JSON is the versioned document that the library has of it everywhere.
func (e *Explanation) JSON() json.RawMessage { return e.document }

// MarshalJSON is JSON.
func (e *Explanation) MarshalJSON() ([]byte, error) { return e.document, nil }

// Explain asks for name, and tells what happened at every provider. A failure of a provider is part of
// what is told, not an error.
func (c *Chain) Explain(ctx context.Context, name string) (*Explanation, error) {
	data, size := bytes(name)
	outcome, err := c.run(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_explain(c.c, data, size, limit)
	})
	if err != nil {
		return nil, err
	}
	explanation := (*C.prefect_secrets_explanation)(outcome.object)
	defer C.prefect_secrets_explanation_free(explanation)
	return readExplanation([]byte(text(C.prefect_secrets_explanation_json(explanation))))
}

func readExplanation(document []byte) (*Explanation, error) {
	var read struct {
		Version  int
		Name     string
		Outcome  string
		Provider string
		Links    []struct {
			Provider   string
			Asked      bool
			Outcome    string
			Reason     string
			Elapsed    int64 `json:"elapsed_ns"`
			Configured string
		}
	}
	err := json.Unmarshal(document, &read)
	if err == nil && read.Version != explanationVersion {
		err = fmt.Errorf("it has version %d", read.Version)
	}
	if err != nil {
		return nil, &Error{Kind: Internal, What: "the explanation cannot be read: " + err.Error(),
			NextStep: "use the library and the Go module of the same release"}
	}
	told := &Explanation{Name: read.Name, Outcome: read.Outcome, Provider: read.Provider, document: document}
	for _, link := range read.Links {
		told.Links = append(told.Links, Link{link.Provider, link.Asked, link.Outcome, link.Reason,
			time.Duration(link.Elapsed), link.Configured})
	}
	return told, nil
}

// LoadTrace tells how the plugin behind provider was loaded when the chain was opened: one step a line,
// and the last line of one that was refused says why. ErrAbsent if provider is no plugin, or not in the
// chain.
func (c *Chain) LoadTrace(provider string) (string, error) {
	if !c.use.enter() {
		return "", ErrClosed
	}
	defer c.use.leave()
	data, size := bytes(provider)
	trace := C.go_load_trace(c.c, data, size)
	switch trace.outcome.status {
	case statusOK:
		return text(trace.text), nil
	case statusAbsent:
		return "", &absence{fmt.Sprintf("the chain has no plugin called %q", provider)}
	}
	return "", failure(nil, "", trace.outcome.status, trace.outcome.error)
}
