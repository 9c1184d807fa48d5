// Package prefectsecrets gets the secrets that Prefect users keep: from the environment, from
// config.toml, from Prefect Cloud or a Prefect server, from plugins, and from places of the program's
// own. It calls libprefect_secrets, the library in C. This is a whole program:
//
//	package main
//
//	import (
//		"context"
//		"errors"
//		"fmt"
//		"log"
//
//		secrets "prefectsecrets"
//	)
//
//	func main() {
//		password, err := secrets.Get(context.Background(), "DB_PASSWORD")
//		if errors.Is(err, secrets.ErrAbsent) {
//			log.Fatal("no provider has it")
//		} else if err != nil {
//			log.Fatal(err) // who failed, and what to do next; never a value
//		}
//		defer password.Close()
//		password.Use(func(text []byte) { fmt.Println("a password of", len(text), "bytes") })
//	}
//
// # Three answers
//
// A secret: found. An error that is ErrAbsent: no provider has the name. Any other error is a failure, an
// *Error that says who failed, with which name, why, and what to do next; errors.Is knows its kind
// (ErrDenied, ErrUnavailable, ErrTimedOut, ...). An outage is a failure: it never makes a weaker place
// answer in the stead of a stronger one.
//
// # Contexts
//
// A call ends with its context: at its deadline, or when it is cancelled, whatever a provider does
// then. The error is context.DeadlineExceeded or context.Canceled for errors.Is. Without a deadline a
// call may take DefaultTimeout. What is in memory (env, toml) is answered by one call into C, which starts no
// thread and takes no lock. Otherwise a call waits in C: 64 of those whose contexts can end do so at
// once, and the others wait in Go, where that costs no thread. A call whose context cannot end
// (context.Background) has a thread of the system to itself while it waits.
//
// # Secrets
//
// The value of a Secret stays in C's memory, which is wiped when its last holder closes it; Use lends it.
// Printed, logged or marshalled a Secret shows nothing. What you copy is yours to wipe, and a string
// cannot be wiped. Close it when you are done: the garbage collector does that only in the end.
//
// # Providers of the program's own
//
// Options.Providers take a provider.Provider, the same as a plugin in Go serves.
//
// # Building
//
// cgo finds the library by pkg-config, as prefect_secrets; PKG_CONFIG_PATH says where its .pc file is if
// it is not where the system looks. Go's build cache remembers what pkg-config said: after the library has
// moved, go clean -cache. The build tag prefect_secrets_static takes the static library instead, as
// prefect_secrets-static.
//
// Programs with CGO_ENABLED=0 cannot have this package, and the compiler says so. To call a C library
// without cgo takes a loader of shared libraries, and switches of stacks and threads that reach into the
// parts of Go's runtime that are nobody's to use; a module that does that (purego is one) has to follow each
// release of Go, and this one has the standard library only. Such a program can run the command
// prefect-secrets. Package provider needs no cgo.
//
// The library changes none of Go's signal handlers. It is for Linux.
package prefectsecrets
