package provider_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"prefectsecrets/provider"
)

func TestEveryForm(t *testing.T) {
	h := ready(t, "fixture")
	for _, c := range []struct {
		name, payload     string
		form, textLen, at int64
		revision          string
	}{
		{"ALPHA", "the value of ALPHA", 1, 18, -1, ""},
		{"NUMBER", `{"n":42}`, 2, 8, -1, ""},
		{"BOTH", "0077", 3, 3, -1, ""},
		{"DATED", "for a while", 1, 11, 4102444800, "3"},
		{"BYTES", "\x00\xff", 1, 2, -1, ""},
		{"ALPHA", "the value of ALPHA", 1, 18, -1, ""},
	} {
		answer := h.get(c.name)
		equal(t, answer.kind, found, c.name)
		equal(t, answer.payload, c.payload)
		equal(t, answer.number(tForm), c.form)
		equal(t, answer.number(tTextLen), c.textLen)
		equal(t, answer.number(tExpiresAt), c.at)
		equal(t, answer.fields[tRevision], c.revision)
	}
}

func TestAbsentAndFailed(t *testing.T) {
	h := ready(t, "fixture")
	for _, absent := range []string{"NOBODY", "", "a/b", strings.Repeat("ü", 524_000)} {
		answer := h.get(absent)
		equal(t, answer.status(), 1)
		equal(t, len(answer.fields), 1)
	}
	denied, down := h.get("DENIED"), h.get("DOWN")
	equal(t, denied.status(), 2)
	equal(t, denied.fields[tWhat]+denied.fields[tNext], "this name is not for youask for another one")
	equal(t, down.status(), 3)
	equal(t, down.fields[tWhat]+down.fields[tNext], "the place does not answertry again later")
}

func TestMany(t *testing.T) {
	h := ready(t, "fixture")
	asked := []string{"ALPHA", "NOBODY", "DENIED", "BOTH", "ALPHA", "DOWN"}
	fields := ""
	for _, text := range asked {
		fields += name(text)
	}
	h.say(frame(getMany, 9, fields, ""))
	got := make([]string, len(asked))
	for range asked {
		answer := h.hear()
		equal(t, answer.call, 9)
		got[answer.number(tIndex)] = answer.payload + strconv.Itoa(int(answer.status()))
	}
	equal(t, strings.Join(got, "|"), "the value of ALPHA-1|1|2|0077-1|the value of ALPHA-1|3")
	last := h.hear()
	equal(t, last.status(), 0)
	equal(t, len(last.fields), 1)
	equal(t, h.ask(getMany, "", "").status(), 0, "no names")

	w := ready(t, "wild")
	w.say(frame(getMany, 9, name("A")+name("B"), ""))
	equal(t, w.hear().payload+w.hear().payload, "sharedshared", "wiped after both")
	equal(t, w.hear().status(), 0)
	equal(t, w.ask(getMany, name("TOO FEW"), "").status(), 8)
}

func TestSetDeleteListRefresh(t *testing.T) {
	h := ready(t, "fixture")
	listed := func() string {
		answer := h.ask(list, "", "")
		equal(t, h.hear().status(), 0)
		return strings.Join(answer.names, " ")
	}
	equal(t, listed(), "ALPHA BOTH BYTES DATED NUMBER")
	for _, c := range []struct {
		form       uint32
		text, view string
	}{{1, "", ""}, {1, "\xff\x00", ""}, {2, "[1,2]", ""}, {3, "", "null"}} {
		equal(t, h.ask(set, name("NEW")+value(c.form, c.text), c.text+c.view).status(), 0)
		answer := h.get("NEW")
		equal(t, answer.payload, c.text+c.view)
		equal(t, answer.number(tForm), int64(c.form))
		equal(t, answer.number(tTextLen), int64(len(c.text)))
	}
	h.ask(set, name("DENIED")+value(1, "mine"), "mine")
	equal(t, h.ask(delete_, name("ALPHA"), "").status(), 0)
	equal(t, h.ask(delete_, name("ALPHA"), "").status(), 1)
	equal(t, h.ask(delete_, name("NOBODY"), "").status(), 1)
	equal(t, h.get("ALPHA").status(), 1)
	equal(t, listed(), "BOTH BYTES DATED DENIED NEW NUMBER")
	equal(t, h.ask(refresh, "", "").status(), 0)
	equal(t, listed(), "ALPHA BOTH BYTES DATED NUMBER")
}

func TestValuesThatBreakTheRules(t *testing.T) {
	h := ready(t, "fixture")
	for _, c := range []struct {
		form       uint32
		text, view string
		status     int64
	}{
		{0, "x", "", 5}, {4, "x", "", 5}, {1, "x", "1", 5}, {2, "x", "", 5}, {2, "", "", 5},
		{2, "1", "1", 5}, {3, "x", "", 5}, {3, "x", "{", 5}, {2, "NaN", "", 5}, {2, "\"\xff\"", "", 5},
		{2, "[1,]", "", 5}, {2, strings.Repeat("[", 100_000), "", 5}, {2, "\xef\xbb\xbf1", "", 5},
		{2, strings.Repeat("1", 5000), "", 0}, {2, ` {"a": [1e9, "\u00fcü"]} `, "", 0},
	} {
		answer := h.ask(set, name("A")+value(c.form, c.text), c.text+c.view)
		equal(t, answer.status(), c.status, c.form, c.text)
	}
}

func TestTheLargestValue(t *testing.T) {
	h := ready(t, "fixture")
	text := make([]byte, 64<<20)
	_, _ = rand.Read(text)
	equal(t, h.ask(set, name("LARGE")+value(1, string(text)), string(text)).status(), 0)
	if h.get("LARGE").payload != string(text) {
		t.Fatal("it came back as another value")
	}
	w := ready(t, "wild")
	equal(t, len(w.get("BIG:"+strconv.Itoa(64<<20)).payload), 64<<20)
	equal(t, w.get("BIG:"+strconv.Itoa(64<<20+1)).status(), 5)
}

func TestManyCallsRunAtOnce(t *testing.T) {
	h := ready(t, "wild")
	const count = 200
	begun := time.Now()
	for call := uint32(1); call <= count; call++ {
		h.say(frame(get_, call, name("SLEEP:50"), ""))
	}
	answered := map[uint32]bool{}
	for range [count]struct{}{} {
		answered[h.hear().call] = true
	}
	equal(t, len(answered), count)
	if took := time.Since(begun); took > count*50*time.Millisecond/3 {
		t.Fatalf("they ran one after the other: %v", took)
	}
	equal(t, h.get("MOST").payload, "8", "as many as MostCalls")

	h = ready(t, "wild", "1")
	for call := uint32(1); call <= 8; call++ {
		h.say(frame(get_, call, name("SLEEP:10"), ""))
	}
	for call := uint32(1); call <= 8; call++ {
		equal(t, h.hear().call, call)
	}
	equal(t, h.get("MOST").payload, "1")
}

func TestTheDeadlineIsSeen(t *testing.T) {
	h := ready(t, "wild")
	remaining := func(at uint64) int {
		left, err := strconv.Atoi(h.ask(get_, name("REMAINING")+u64(tDeadline, at), "").payload)
		check(t, err)
		return left
	}
	equal(t, h.get("REMAINING").payload, "none")
	for _, left := range []int{500, 30_000, 4_000_000} {
		if got := remaining(monotonic() + uint64(left)*1e6); got > left || got < left-400 {
			t.Fatalf("%d ms, not %d", got, left)
		}
	}
	equal(t, remaining(0)+remaining(1), 0)
	for _, at := range []uint64{1 << 63, 1<<64 - 1} {
		if got := remaining(at); got < 1e12 {
			t.Fatalf("%d ms until %d", got, at)
		}
	}
	late := h.ask(get_, name("WAIT")+u64(tDeadline, monotonic()+50e6), "")
	equal(t, late.status(), 4)
	equal(t, late.fields[tWhat], "the deadline passed while the provider was working")
}

func monotonic() uint64 {
	var now syscall.Timespec
	_, _, _ = syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&now)), 0)
	return uint64(now.Nano())
}

func TestAnErrorIsNotRepeated(t *testing.T) {
	h := ready(t, "wild")
	for _, say := range []string{
		frame(get_, 7, name("ERROR"), ""),
		frame(set, 7, name("ERROR")+value(1, needle), needle),
		frame(delete_, 7, name("ERROR"), ""),
	} {
		h.say(say)
		logged, err := h.next()
		check(t, err)
		equal(t, logged.kind, log)
		equal(t, logged.number(tLevel), 1)
		failed := h.hear()
		equal(t, failed.status(), 8)
		if text := fmt.Sprint(logged, failed); strings.Contains(text, needle) || !strings.Contains(text, "secretError") {
			t.Fatal(text)
		}
	}
	wrapped := h.get("WRAPPED")
	equal(t, wrapped.status(), 2)
	equal(t, wrapped.fields[tWhat], "what")
	equal(t, h.get("NOTHING").status(), 8)
	equal(t, h.ask(list, "", "").status(), 8)
	equal(t, h.ask(refresh, "", "").status(), 6, "it has none")
	h.ask(close_, "", "")
	h.end(5 * time.Second)
}

func TestAPanicDoesNotEndIt(t *testing.T) {
	h := ready(t, "wild")
	h.say(frame(get_, 6, name("SLEEP:300"), ""))
	time.Sleep(50 * time.Millisecond)
	h.say(frame(get_, 7, name("PANIC"), ""))
	logged, err := h.next()
	check(t, err)
	if at := logged.fields[tMessage]; !strings.Contains(at, "wild_test.go:") || strings.Contains(at, needle) {
		t.Fatal(at)
	}
	equal(t, h.hear().status(), 7)
	equal(t, h.get("SLEEP:0").status(), 7, "it answers no more")
	equal(t, h.hear().payload, "slept", "what ran already goes on")
	equal(t, h.ask(close_, "", "").kind, done)
	status, said := h.end(5 * time.Second)
	equal(t, status, 0)
	equal(t, said, "")
}

func TestALineForTheLog(t *testing.T) {
	h := ready(t, "wild")
	h.say(frame(get_, 7, name("LOG"), ""))
	logged, err := h.next()
	check(t, err)
	equal(t, logged.kind, log)
	equal(t, logged.call, 0)
	equal(t, logged.number(tLevel), 3)
	equal(t, logged.fields[tMessage], "one line "+strings.Repeat("ü", 507))
}

func TestNoValueIsLeftInMemory(t *testing.T) {
	h := ready(t, "wild")
	equal(t, h.get("MADE").payload, string(made()))
	given := make([]byte, 64)
	_, _ = rand.Read(given)
	for _, c := range []struct {
		name string
		left bool
	}{{"FORGET", false}, {"KEEP", true}} {
		h.ask(set, name(c.name)+value(1, string(given)), string(given))
		h.get("NOBODY")
		equal(t, h.holds(made()), false, "an answer")
		equal(t, h.holds(given), c.left, c.name)
	}
}

// holds looks through the memory of the program.
func (h *host) holds(value []byte) bool {
	process := fmt.Sprintf("/proc/%d/", h.cmd.Process.Pid)
	maps, err := os.ReadFile(process + "maps")
	check(h.t, err)
	memory, err := os.Open(process + "mem")
	check(h.t, err)
	defer memory.Close()
	chunk := make([]byte, 1<<20+len(value))
	for _, line := range strings.Split(strings.TrimSpace(string(maps)), "\n") {
		var from, to int64
		var rights string
		_, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights)
		if err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := from; at < to; at += 1 << 20 {
			n, _ := memory.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at)
			if bytes.Contains(chunk[:n], value) {
				return true
			}
		}
	}
	return false
}

func TestNothingPrintsAValue(t *testing.T) {
	v := provider.Value{Text: []byte(needle), JSON: []byte(needle)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, shown := range []any{v, &v, []provider.Value{v}, []*provider.Value{&v}, provider.Answer{Value: &v}} {
			text := fmt.Sprintf(verb, shown)
			if strings.Contains(text, needle) || strings.Contains(text, "6120736563") || strings.Contains(text, "97 32") {
				t.Fatalf("%s: %s", verb, text)
			}
		}
	}
}

func TestMistakesOfTheProgram(t *testing.T) {
	for _, p := range []provider.Provider{{ID: "No Such Id", Get: get}, {Get: get}, {ID: "a"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Fatal("served", p.ID)
				}
			}()
			provider.Serve(p)
		}()
	}
}
