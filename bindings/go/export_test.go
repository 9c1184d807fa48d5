package prefectsecrets

// Nothing is an empty call into C.
var Nothing = nothing
