module go_worker

go 1.21

require prefectsecrets v0.0.0

// Where the module is, seen from here: from a copy of this folder it is elsewhere.
replace prefectsecrets => ../../bindings/go
