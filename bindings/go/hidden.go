//go:build cgo

package prefectsecrets

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden is what a Secret shows.
const hidden = "prefectsecrets.Secret(hidden)"

// String shows nothing of the secret.
func (Secret) String() string { return hidden }

// GoString shows nothing of the secret.
func (Secret) GoString() string { return hidden }

// Format shows nothing of the secret, whatever the verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// LogValue shows nothing of the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText shows nothing of the secret; so do JSON, XML and what else goes by it.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// GobEncode shows nothing of the secret.
func (Secret) GobEncode() ([]byte, error) { return []byte(hidden), nil }
