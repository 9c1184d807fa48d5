//! Whether the caller of this program may choose what it trusts.

/// Whether this program runs with more rights than its caller: set-uid, set-gid, or with file
/// capabilities. The environment is the caller's then, and chooses no file, plugin or address.
pub fn raised_privileges() -> bool {
    // SAFETY: getauxval reads what the kernel gave the process; it has no preconditions.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
