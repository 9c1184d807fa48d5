//! How much memory is in use.

/// Bytes that the C library's allocator has given out; a plugin in Rust uses it as well.
#[cfg(target_env = "gnu")]
pub(crate) fn heap_in_use() -> Option<usize> {
    // Looked for and not linked with: it came with glibc 2.33, and the program is to run with 2.31.
    // SAFETY: a name with its NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    if found.is_null() {
        // The one of before counts in 32 bits.
        // SAFETY: nothing is handed over.
        let info = unsafe { libc::mallinfo() };
        let bytes = |count: libc::c_int| usize::try_from(count.cast_unsigned()).unwrap_or(0);
        return Some(bytes(info.uordblks) + bytes(info.hblkhd));
    }
    // SAFETY: glibc's function of that name, which takes nothing and returns this struct.
    let mallinfo2: extern "C" fn() -> libc::mallinfo2 = unsafe { std::mem::transmute(found) };
    let info = mallinfo2();
    Some(info.uordblks + info.hblkhd)
}

/// No other C library tells.
#[cfg(not(target_env = "gnu"))]
pub(crate) fn heap_in_use() -> Option<usize> {
    None
}
