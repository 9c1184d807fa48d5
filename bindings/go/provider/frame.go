package provider

import (
	"encoding/binary"
	"io"
	"net"

	"prefectsecrets/internal/memory"
)

// Limits of docs/wire.md.
const (
	headerSize     = 16
	largestFields  = 1 << 20
	largestPayload = 64 << 20
	largestName    = 1_048_000
	mostNames      = 1_000_000
)

// Kinds of frames.
const (
	kindHello     = 1
	kindCreate    = 2
	kindGet       = 3
	kindGetMany   = 4
	kindSet       = 5
	kindDelete    = 6
	kindList      = 7
	kindRefresh   = 8
	kindClose     = 9
	kindHelloBack = 129
	kindFound     = 130
	kindDone      = 131
	kindNames     = 132
	kindLog       = 133
	kindStep      = 134
)

// isKnown says whether a kind has a meaning, in either direction.
func isKnown(kind uint16) bool {
	return kind >= kindHello && kind <= kindClose || kind >= kindHelloBack && kind <= kindStep
}

// broken says why bytes are no frames. It holds nothing of what stood there.
type broken string

func (b broken) Error() string { return string(b) }

type frame struct {
	kind    uint16
	call    uint32
	fields  []byte
	payload []byte // to be wiped; nil for kinds that have none
}

// readFrame waits for a frame. The payload is read into the memory in which it stays.
func readFrame(from io.Reader) (*frame, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return nil, err
	}
	f := &frame{
		kind: binary.LittleEndian.Uint16(header[0:]),
		call: binary.LittleEndian.Uint32(header[4:]),
	}
	fields := binary.LittleEndian.Uint32(header[8:])
	payload := binary.LittleEndian.Uint32(header[12:])
	if fields > largestFields {
		return nil, broken("a frame has more fields than one may have")
	}
	if payload > largestPayload {
		return nil, broken("a frame has a larger payload than one may have")
	}
	f.fields = make([]byte, fields)
	if _, err := io.ReadFull(from, f.fields); err != nil {
		return nil, err
	}
	if f.kind != kindCreate && f.kind != kindSet {
		return f, skip(from, int(payload))
	}
	f.payload = make([]byte, payload)
	_, err := io.ReadFull(from, f.payload)
	return f, err
}

// skip reads what nobody wants, and keeps none of it.
func skip(from io.Reader, n int) error {
	if n == 0 {
		return nil
	}
	chunk := make([]byte, min(n, 4096))
	defer memory.Wipe(chunk)
	for n > 0 {
		some := chunk[:min(n, len(chunk))]
		if _, err := io.ReadFull(from, some); err != nil {
			return err
		}
		n -= len(some)
	}
	return nil
}

// outgoing is a frame that is being made: its header and its fields.
type outgoing []byte

func newFrame(kind uint16, call uint32) outgoing {
	o := make(outgoing, headerSize, 160)
	binary.LittleEndian.PutUint16(o[0:], kind)
	binary.LittleEndian.PutUint32(o[4:], call)
	return o
}

func (o *outgoing) head(tag uint16, size int) {
	*o = binary.LittleEndian.AppendUint32(*o, uint32(tag))
	*o = binary.LittleEndian.AppendUint32(*o, uint32(size))
}

func (o *outgoing) text(tag uint16, text string) {
	o.head(tag, len(text))
	*o = append(*o, text...)
}

func (o *outgoing) number32(tag uint16, number uint32) {
	o.head(tag, 4)
	*o = binary.LittleEndian.AppendUint32(*o, number)
}

func (o *outgoing) number64(tag uint16, number uint64) {
	o.head(tag, 8)
	*o = binary.LittleEndian.AppendUint64(*o, number)
}

// writeTo sends the frame with a payload, which is written from where it is.
func (o outgoing) writeTo(socket net.Conn, payload ...[]byte) error {
	size := 0
	for _, part := range payload {
		size += len(part)
	}
	binary.LittleEndian.PutUint32(o[8:], uint32(len(o)-headerSize))
	binary.LittleEndian.PutUint32(o[12:], uint32(size))
	parts := append(net.Buffers{o}, payload...)
	_, err := parts.WriteTo(socket)
	return err
}
