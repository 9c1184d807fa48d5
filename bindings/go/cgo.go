package prefectsecrets

// Where the library is stands in link_shared.go and link_static.go: Go's build cache tells apart what is in
// other files, and not what pkg-config says.

/*
#include "shims.h"
*/
import "C"

import "unsafe"

// bytes borrows the bytes of a string for a call into C.
func bytes(text string) (*C.char, C.size_t) {
	if text == "" {
		return nil, 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.size_t(len(text))
}

// memoryOf borrows a slice for a call into C.
func memoryOf(slice []byte) (*C.uint8_t, C.size_t) {
	if len(slice) == 0 {
		return nil, 0
	}
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(slice))), C.size_t(len(slice))
}

// borrowed is what C lends, as long as it does.
func borrowed(slice C.prefect_secrets_slice) []byte {
	if slice.len == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(slice.data)), int(slice.len))
}

// text is a copy of what C lends, for what is no secret.
func text(slice C.prefect_secrets_slice) string { return string(borrowed(slice)) }

// Version is the version of the library, as "1.2.3".
func Version() string { return C.GoString(C.prefect_secrets_version()) }

// nothing is an empty call into C, for the benchmark: a test file cannot have one.
func nothing(number int32) int32 { return int32(C.go_nothing(C.int32_t(number))) }
