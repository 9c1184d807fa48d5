//go:build !prefect_secrets_static

package prefectsecrets

// #cgo pkg-config: prefect_secrets
import "C"
