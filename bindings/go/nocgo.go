//go:build !cgo

package prefectsecrets

// The library is called through cgo, so a build with CGO_ENABLED=0 ends here. (Package provider, for
// plugins in Go, needs no cgo.)
var _ = prefectsecrets_needs_cgo__build_it_with_CGO_ENABLED_1_and_a_C_compiler
