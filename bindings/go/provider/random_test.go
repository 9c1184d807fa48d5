package provider_test

import (
	"io"
	"math/rand"
	"testing"
	"time"
)

// dice makes the same frames each time.
type dice struct{ *rand.Rand }

func one[T any](d dice, of ...T) T { return of[d.Intn(len(of))] }

func (d dice) grease() uint16 { return 0x0a0a + 0x1010*uint16(d.Intn(16)) }

func (d dice) bytes(n int) string {
	bytes := make([]byte, n)
	d.Read(bytes)
	return string(bytes)
}

// reserve puts something into the two bytes that a receiver does not look at.
func (d dice) reserve(bytes string) string { return bytes[:2] + d.bytes(2) + bytes[4:] }

// frame is a frame that a plugin has to live with.
func (d dice) frame() string {
	kind := one[uint16](d, get_, get_, getMany, set, delete_, list, refresh, d.grease(), d.grease(), 0, 10, 200)
	fields, payload := "", ""
	for n := d.Intn(3); n >= 0; n-- {
		fields += d.reserve(field(one(d, d.grease(), 0, 18, 4000), needle[:d.Intn(len(needle))]))
		fields += d.reserve(name(one(d, "ALPHA", "NUMBER", "BOTH", "DENIED", "X", "", "ünï", "\n")))
	}
	if d.Intn(3) == 0 {
		fields += u64(tDeadline, one[uint64](d, 0, 1, 1<<63, 1<<64-1))
	}
	if kind == set {
		text := one(d, needle[:d.Intn(len(needle))], `{"a":1}`)
		fields += value(uint32(d.Intn(5)), text)
		payload = text + one(d, "", "1", "{")
	} else if d.Intn(5) == 0 {
		payload = d.bytes(d.Intn(9000))
	}
	return d.reserve(frame(kind, 1+uint32(d.Intn(1000)), fields, payload))
}

// mutated is such a frame with other bytes in it.
func (d dice) mutated() string {
	bytes := []byte(d.frame())
	for n := d.Intn(4); n >= 0; n-- {
		bytes[d.Intn(len(bytes))] = byte(d.Intn(256))
	}
	if d.Intn(4) == 0 {
		bytes = append(bytes[:d.Intn(len(bytes))], d.bytes(d.Intn(64))...)
	}
	return string(bytes)
}

func TestWhatIsNotKnownIsSkipped(t *testing.T) {
	d := dice{rand.New(rand.NewSource(1))}
	h := start(t, "fixture")
	junk := func() string { return frame(d.grease(), 0, d.bytes(9), d.bytes(9)) }
	h.say(junk() + frame(hello, 0, u32(d.grease(), 1)+u32(tVersion, 1<<16), ""))
	equal(t, h.hear().kind, helloBack)
	h.say(junk() + frame(d.grease(), 4, "", "") + frame(create, 1, name("mine"), "{}"))
	equal(t, h.hear().status(), 6, "a call")
	equal(t, h.hear().status(), 0, "create")
	for range [300]struct{}{} {
		h.say(junk() + d.reserve(frame(d.grease(), 5, d.bytes(9), d.bytes(9000))))
		equal(t, h.hear().status(), 6)
		fields := u32(d.grease(), 1) + d.reserve(name("NOBODY")) + field(0, "") + name("BOTH")
		h.say(d.reserve(frame(get_, 6, fields, d.bytes(99))))
		equal(t, h.hear().payload, "0077")
	}
}

func TestRandomFrames(t *testing.T) {
	d := dice{rand.New(rand.NewSource(2))}
	total := 200_000
	if testing.Short() {
		total = 10_000
	}
	broken := 0
	for left := total; left > 0; {
		h := ready(t, "fixture")
		last := frame(refresh, 0xffffffff, "", "")
		batch := ""
		for n := min(left, 200+d.Intn(200)); n > 0; n-- {
			batch += d.frame()
			left--
		}
		go func() { _, _ = io.WriteString(h.socket, batch+last) }()
		for h.hear().call != 0xffffffff {
		}
		// Then those that end the talk, sooner or later.
		batch = ""
		for range [20]struct{}{} {
			batch += d.mutated()
			left--
		}
		go func() {
			_, _ = io.WriteString(h.socket, batch)
			_ = h.socket.CloseWrite()
		}()
		for {
			if _, err := h.next(); err != nil {
				if err == errWrong {
					t.Fatal(err)
				}
				break
			}
		}
		status, _ := h.end(10 * time.Second)
		if status != 0 && status != 1 {
			t.Fatalf("status %d", status)
		}
		broken += status
	}
	if broken < total/1000 {
		t.Fatalf("only %d of the talks ended at a broken frame", broken)
	}
}
