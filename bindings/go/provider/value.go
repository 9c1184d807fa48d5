package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"prefectsecrets/internal/memory"
)

// Value is a secret. With Text alone it is text, or any bytes; with JSON alone it is one JSON
// document; with both it is text that has a JSON view. A slice that is empty but not nil counts.
//
// Printed with fmt it shows nothing.
type Value struct {
	Text []byte
	JSON []byte
	// ExpiresAt is when the value ends; the zero time if that is not known.
	ExpiresAt time.Time
	// Revision says which one in a row of values this is; empty if that is not known.
	Revision string
}

// Text is a value that is text, or any bytes.
func Text(text []byte) *Value {
	return &Value{Text: text}
}

// JSON is a value that is one JSON document.
func JSON(document []byte) *Value {
	return &Value{JSON: document}
}

// Format prints no secret, whatever the verb.
func (Value) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "provider.Value(…)")
}

// Forms of a value, as in prefect_secrets_provider.h.
const (
	formText         = 1
	formJSON         = 2
	formTextWithJSON = 3
)

func (v *Value) form() uint32 {
	switch {
	case v.JSON == nil:
		return formText
	case v.Text == nil:
		return formJSON
	default:
		return formTextWithJSON
	}
}

// parts is the payload: the text (the document, if that is the form), and the JSON view.
func (v *Value) parts() (text, view []byte) {
	if v.form() == formJSON {
		return v.JSON, nil
	}
	return v.Text, v.JSON
}

func (v *Value) size() int { return len(v.Text) + len(v.JSON) }

func (v *Value) wipe() {
	if v != nil {
		memory.Wipe(v.Text)
		memory.Wipe(v.JSON)
	}
}

// given is the value of a set. The first error is a broken frame; the second is a value that breaks a
// rule of the provider ABI, and is the answer to the call.
func given(f *fields, payload []byte) (*Value, error, error) {
	if !f.has(tagForm) {
		return nil, broken("a value has no form"), nil
	}
	if !f.has(tagTextLen) {
		return nil, broken("a value has no text_len"), nil
	}
	if f.numbers[tagTextLen] > uint64(len(payload)) {
		return nil, broken("a text_len is past the payload"), nil
	}
	n := int(f.numbers[tagTextLen])
	text, view := payload[:n:n], payload[n:]
	switch form := f.numbers[tagForm]; {
	case form == formText && len(view) == 0:
		return &Value{Text: text}, nil, nil
	case form == formJSON && len(view) == 0 && isJSON(text):
		return &Value{JSON: text}, nil, nil
	case form == formTextWithJSON && isJSON(view):
		return &Value{Text: text, JSON: view}, nil, nil
	}
	return nil, nil, Fail(Invalid,
		"the value has a form that does not exist, or is not the JSON that it says it is",
		"give text with the text form, and one JSON document with a JSON form")
}

func isJSON(text []byte) bool {
	return utf8.Valid(text) && json.Valid(text)
}
