package prefectsecrets

import (
	"sync"
	"sync/atomic"
)

// use counts who is using what C owns, so that it is given back once: after it was closed, by the
// last one who leaves.
type use struct {
	// state is twice the number of users, and one more once it is closed.
	state atomic.Int64
	// end gives it back.
	end  func()
	once sync.Once
}

const (
	closed  = 1
	oneUser = 2
)

// enter adds a user, who leaves again; not if it is closed.
func (u *use) enter() bool {
	if u.state.Add(oneUser)&closed == 0 {
		return true
	}
	u.leave() // and is the last one, if the last one has left meanwhile
	return false
}

func (u *use) leave() {
	if u.state.Add(-oneUser) == closed {
		u.once.Do(u.end)
	}
}

// close lets nobody else in.
func (u *use) close() {
	for {
		state := u.state.Load()
		if state&closed != 0 {
			return
		}
		if u.state.CompareAndSwap(state, state|closed) {
			if state == 0 {
				u.once.Do(u.end)
			}
			return
		}
	}
}
