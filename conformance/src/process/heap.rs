//! How much memory is in use.

/// Bytes that the C library's allocator has given out; a plugin in Rust uses it as well.
#[cfg(target_env = "gnu")]
pub(crate) fn heap_in_use() -> Option<usize> {
    // SAFETY: nothing is handed over.
    let info = unsafe { libc::mallinfo2() };
    Some(info.uordblks + info.hblkhd)
}

/// No other C library tells.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn heap_in_use() -> Option<usize> {
    None
}
