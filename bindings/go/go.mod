module prefectsecrets

go 1.21
