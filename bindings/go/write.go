package prefectsecrets

/*
#include "shims.h"
*/
import "C"

import (
	"context"

	"prefectsecrets/provider"
)

// Value is a secret to be written; printed with fmt it shows nothing. Its ExpiresAt and Revision are
// for providers, and not looked at here.
type Value = provider.Value

// Text is a value that is text, or any bytes.
func Text(text []byte) *Value { return provider.Text(text) }

// JSON is a value that is one JSON document.
func JSON(document []byte) *Value { return provider.JSON(document) }

// Set writes a value under name, in the place of any that was there, with the first provider that can
// write. ErrUnsupported if none can; ErrInvalid if its place would not keep this name or value as it
// is. The bytes of the value stay yours, to wipe.
//
// A Set that ended with its context may still be carried out.
func (c *Chain) Set(ctx context.Context, name string, value *Value) error {
	return c.SetIn(ctx, "", name, value)
}

// SetIn is Set with the provider that is called provider.
func (c *Chain) SetIn(ctx context.Context, provider, name string, value *Value) error {
	if value == nil {
		return &Error{Kind: Invalid, Provider: provider, Name: name, What: "there is no value to write",
			NextStep: "give a value, or use Delete"}
	}
	who, whoSize := bytes(provider)
	data, size := bytes(name)
	form, first, view := parts(value)
	text, textSize := memoryOf(first)
	json, jsonSize := memoryOf(view)
	_, err := c.run(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_set(c.c, who, whoSize, data, size, form, text, textSize, json, jsonSize, limit)
	})
	return err
}

// parts are the form of a value as C numbers it, its text (the document, if that is the form), and its
// JSON view.
func parts(value *Value) (form C.uint32_t, first, view []byte) {
	switch {
	case value.JSON == nil:
		return C.PREFECT_SECRETS_FORM_TEXT, value.Text, nil
	case value.Text == nil:
		return C.PREFECT_SECRETS_FORM_JSON, value.JSON, nil
	}
	return C.PREFECT_SECRETS_FORM_TEXT_WITH_JSON, value.Text, value.JSON
}

// Delete removes name from the first provider that can delete. ErrAbsent if it was not there.
//
// A Delete that ended with its context may still be carried out.
func (c *Chain) Delete(ctx context.Context, name string) error {
	return c.DeleteIn(ctx, "", name)
}

// DeleteIn is Delete with the provider that is called provider.
func (c *Chain) DeleteIn(ctx context.Context, provider, name string) error {
	who, whoSize := bytes(provider)
	data, size := bytes(name)
	_, err := c.run(ctx, name, func(limit C.go_limit) C.go_outcome {
		return C.go_delete(c.c, who, whoSize, data, size, limit)
	})
	return err
}

// Refresh reads every place anew: the environment, the files, what providers hold. A provider that
// fails goes on with what it had; the others are refreshed all the same, and the error is the first
// failure.
//
// The environment is that of C: what os.Setenv of a program with cgo changes is in it. No other
// goroutine changes it meanwhile.
func (c *Chain) Refresh(ctx context.Context) error {
	_, err := c.run(ctx, "", func(limit C.go_limit) C.go_outcome {
		return C.go_refresh(c.c, limit)
	})
	return err
}
