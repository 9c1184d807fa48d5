module measuring

go 1.21

require prefectsecrets v0.0.0

replace prefectsecrets => ../../bindings/go
