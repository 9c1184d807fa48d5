//! The files that tell other build systems where the library is.

use std::path::Path;

use crate::{MAJOR, VERSION};

/// What the static library needs beside the C library and the unwinder. `cc` links with both of those
/// by itself, with the unwinder's `-lgcc_s` or, in a program without shared libraries, `-lgcc_eh`; to
/// write one of them down would break the other kind of program.
pub const PRIVATE: [&str; 5] = ["-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

const FILES: [(&str, &str); 4] = [
    ("pkgconfig/prefect_secrets.pc", include_str!("../templates/prefect_secrets.pc")),
    ("pkgconfig/prefect_secrets-static.pc", include_str!("../templates/prefect_secrets-static.pc")),
    (
        "cmake/prefect_secrets/prefect_secrets-config.cmake",
        include_str!("../templates/prefect_secrets-config.cmake"),
    ),
    (
        "cmake/prefect_secrets/prefect_secrets-config-version.cmake",
        include_str!("../templates/prefect_secrets-config-version.cmake"),
    ),
];

/// Their paths within the prefix, and their texts. No text holds the prefix: a tree may be moved.
pub(crate) fn filled(libdir: &str) -> Vec<(String, String)> {
    let fill = |(name, template): &(&str, &str)| {
        let path = format!("{libdir}/{name}");
        let depth = Path::new(&path).components().count() - 1;
        let text = template
            .replace("@UP@", &vec![".."; depth].join("/"))
            .replace("@LIBDIR@", libdir)
            .replace("@VERSION@", VERSION)
            .replace("@MAJOR@", MAJOR)
            .replace("@PRIVATE@", &PRIVATE.join(" "))
            .replace("@PRIVATE_LIST@", &PRIVATE.join(";"));
        (path, text)
    };
    FILES.iter().map(fill).collect()
}
