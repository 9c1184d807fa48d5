package provider_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestWithoutAHostItSaysSo(t *testing.T) {
	for _, descriptor := range []string{"", "x", "-1", "0", "3", "77"} {
		cmd := exec.Command(fixture)
		cmd.Env = append(os.Environ(), "PREFECT_SECRETS_WIRE_FD="+descriptor)
		said, _ := cmd.CombinedOutput()
		equal(t, cmd.ProcessState.ExitCode(), 2, descriptor)
		if !bytes.Contains(said, []byte("libprefect_secrets starts this program")) {
			t.Fatalf("%s", said)
		}
	}
}

func TestHello(t *testing.T) {
	answer := start(t, "fixture").begin("{}")
	equal(t, answer.number(tVersion), 1<<16)
	equal(t, answer.fields[tID], "fixture")
	equal(t, answer.number(tCapabilities), 0b11111|1<<16)
	answer = start(t, "wild").begin("{}")
	equal(t, answer.number(tCapabilities), 0b01111|1<<16|1<<17, "as its callbacks are")
}

func TestVersions(t *testing.T) {
	h := start(t, "fixture")
	h.say(frame(hello, 0, u32(tVersion, 1<<16|9), ""))
	equal(t, h.hear().number(tVersion), 1<<16, "a later minor")
	for _, major := range []uint32{0, 2, 0xffff} {
		h := start(t, "fixture")
		h.say(frame(hello, 0, u32(tVersion, major<<16), ""))
		refusal := h.hear()
		equal(t, refusal.kind, done)
		equal(t, refusal.call, 0)
		equal(t, refusal.status(), 6)
		status, said := h.end(5 * time.Second)
		equal(t, status, 0)
		equal(t, said, "")
	}
}

func TestCreateCanBeRefused(t *testing.T) {
	for _, c := range []struct {
		program, settings string
		status            int64
		what, next        string
	}{
		{"fixture", `{"refuse": true}`, 5, "the settings say so", "take refuse out"},
		{"fixture", `[1]`, 5, "the host's settings are no JSON object", "report it to the host"},
		{"fixture", ``, 5, "the host's settings are no JSON object", "report it to the host"},
		{"fixture", `{"a": NaN}`, 5, "the host's settings are no JSON object", "report it to the host"},
		{"wild", `{"raise": 1}`, 8, "the provider failed with an error that it does not explain",
			"look into the log, or report it to the provider's author"},
		{"wild", `{"panic": 1}`, 7, "the provider panicked",
			"open the chain again, and report it to the provider's author"},
	} {
		h := start(t, c.program)
		h.begin(c.settings)
		refusal := h.hear()
		equal(t, refusal.status(), c.status, c.settings)
		equal(t, refusal.fields[tWhat], c.what)
		equal(t, refusal.fields[tNext], c.next)
		status, said := h.end(5 * time.Second)
		equal(t, status, 0)
		equal(t, said, "")
	}
}

func TestCloseEndsIt(t *testing.T) {
	h := ready(t, "wild")
	equal(t, h.ask(close_, "", "").status(), 0)
	status, said := h.end(5 * time.Second)
	equal(t, status, 0)
	equal(t, said, "closed\n")

	h = ready(t, "wild")
	h.say(frame(get_, 7, name("WAIT"), "") + frame(close_, 8, "", ""))
	equal(t, h.hear().call, 7, "its context ends with close")
	equal(t, h.hear().call, 8)
	_, said = h.end(5 * time.Second)
	equal(t, said, "closed\n")

	h = ready(t, "wild")
	h.say(frame(get_, 7, name("HANG"), "") + frame(close_, 8, "", ""))
	status, said = h.end(5 * time.Second)
	equal(t, status, 0)
	equal(t, said, "", "a callback is still running")
}

func TestTheEndOfFileEndsIt(t *testing.T) {
	for _, hanging := range []int{0, 1, 40} {
		h := ready(t, "wild")
		h.say(strings.Repeat(frame(get_, 7, name("HANG"), ""), hanging))
		time.Sleep(100 * time.Millisecond)
		check(t, h.socket.Close())
		status, said := h.end(5 * time.Second)
		equal(t, status, 0)
		equal(t, said, "")
	}
	h := start(t, "wild")
	h.begin(`{"hang": 1}`)
	check(t, h.socket.Close())
	h.end(5 * time.Second)
	whole := frame(set, 7, name("A")+value(1, ""), strings.Repeat(needle, 9))
	for _, end := range []int{1, 15, 16, 20, 40} {
		h := ready(t, "fixture")
		h.say(whole[:end])
		check(t, h.socket.Close())
		status, said := h.end(5 * time.Second)
		equal(t, status, 0)
		equal(t, said, "")
	}
}

// ends plays bytes that end the program with a message.
func (h *host) ends(bytes string) {
	h.t.Helper()
	_, _ = io.WriteString(h.socket, bytes)
	status, said := h.end(5 * time.Second)
	if status != 1 || !strings.HasPrefix(said, "plugin fixture: the host broke the wire: ") ||
		strings.Count(said, "\n") != 1 {
		h.t.Fatalf("%.80q: status %d, %q", bytes, status, said)
	}
}

func TestBrokenFramesEndIt(t *testing.T) {
	text := value(1, needle)
	for _, bytes := range []string{
		header(get_, 7, 1<<20+1, 0),
		header(get_, 7, 0, 64<<20+1),
		header(0x0a0a, 7, 0xffffffff, 0xffffffff),
		frame(get_, 7, "\x01", ""),
		frame(get_, 7, name("A")+"\x01\x00\x00\x00\x00\x00\x00", ""),
		frame(get_, 7, field(tName, "ABCDE")[:12], ""),
		frame(get_, 7, "\x0a\x0a\x00\x00\xff\xff\xff\xff", ""),
		frame(get_, 7, name("\xff"), ""),
		frame(get_, 7, name("\xed\xa0\x80"), ""),
		frame(get_, 7, name("A\x00B"), ""),
		frame(get_, 7, name("A")+field(tDeadline, "1234"), ""),
		frame(get_, 7, name("A")+field(tForm, "12345678"), ""),
		frame(get_, 7, name("A")+field(tStatus, ""), ""),
		frame(get_, 7, name("A")+field(tWhat, "\xc0\x80"), ""),
		frame(get_, 7, "", ""),
		frame(delete_, 7, "", ""),
		frame(get_, 0, name("A"), ""),
		frame(list, 0, "", ""),
		frame(set, 7, text, needle),
		frame(set, 7, name("A")+u32(tTextLen, 1), needle),
		frame(set, 7, name("A")+u32(tForm, 1), needle),
		frame(set, 7, name("A")+text, needle[1:]),
		frame(hello, 0, u32(tVersion, 1<<16), ""),
		frame(create, 7, name("A"), needle),
		frame(found, 7, text, needle),
		frame(done, 7, u32(tStatus, 0), ""),
	} {
		ready(t, "fixture").ends(bytes)
	}
	begin := frame(hello, 0, u32(tVersion, 1<<16), "")
	for _, bytes := range []string{
		frame(hello, 0, "", ""),
		frame(hello, 0, field(tVersion, "1"), ""),
		frame(get_, 7, name("A"), ""),
		begin + begin,
		begin + frame(create, 1, "", needle),
		begin + frame(create, 1, name("\xff"), needle),
		begin + frame(set, 7, "", needle),
	} {
		start(t, "fixture").ends(bytes)
	}
}
