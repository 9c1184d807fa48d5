//! How the shared library is linked.

fn main() {
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    for argument in [
        // Programs ask for this name: a new major is another library.
        format!("-Wl,-soname,libprefect_secrets.so.{major}"),
        // Never unloaded: an atfork handler and thread-local destructors point into it.
        "-Wl,-z,nodelete".to_owned(),
        // What the dynamic linker fills in is read-only before the program starts.
        "-Wl,-z,relro".to_owned(),
        "-Wl,-z,now".to_owned(),
    ] {
        println!("cargo:rustc-cdylib-link-arg={argument}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
