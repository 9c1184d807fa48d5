// A measuring program in Go: what a secret costs beside a call into C that does nothing. Each line on
// its standard input is a loop and how often to run it, "get_into 100000"; the answer is nanoseconds of
// the thread's CPU time, or what went wrong. Every value is checked by its length and the sum of its
// bytes; the empty call checks a value that is there already.
package main

/*
#include <stdint.h>
#include <time.h>

static inline int32_t nothing(int32_t number) { return number; }

static inline int64_t thread_time(void)
{
	struct timespec at;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}
*/
import "C"

import (
	"context"
	"fmt"
	"os"
	"runtime"

	secrets "prefectsecrets"
)

const name = "IN_ENV"

var expected = os.Getenv("PREFECT__CONTEXT__SECRETS__" + name)

func sum[Text string | []byte](text Text) (total uint32) {
	for i := 0; i < len(text); i++ {
		total += uint32(text[i])
	}
	return total
}

func die(what any) {
	fmt.Println("wrong:", what)
	os.Exit(1)
}

func main() {
	// One thread, whose clock is read.
	runtime.LockOSThread()
	chain, err := secrets.Open(secrets.Options{})
	if err != nil {
		die(err)
	}
	ctx, length, total := context.Background(), len(expected), sum(expected)
	check := func(text []byte) {
		if len(text) != length || sum(text) != total {
			die("not the value that was set")
		}
	}
	buffer, ready := make([]byte, 64), []byte(expected)
	loops := map[string]func(){
		"empty": func() {
			C.nothing(1)
			check(ready)
		},
		"get_into": func() {
			n, err := chain.GetInto(ctx, name, buffer)
			if err != nil {
				die(err)
			}
			check(buffer[:n])
			clear(buffer)
		},
		"get": func() {
			secret, err := chain.Get(ctx, name)
			if err != nil {
				die(err)
			}
			secret.Use(check)
			_ = secret.Close()
		},
	}
	for {
		var loop string
		var count int
		if _, err := fmt.Scan(&loop, &count); err != nil {
			return
		}
		once := loops[loop]
		if once == nil {
			die("no such loop")
		}
		start := C.thread_time()
		for i := 0; i < count; i++ {
			once()
		}
		fmt.Println(int64(C.thread_time() - start))
	}
}
