//! What is left of the processes that a rule had started.

use std::fs;

/// The children of this process, by their numbers.
pub(crate) fn children() -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split(' ').filter_map(|id| id.trim().parse().ok()).collect::<Vec<_>>()
        })
        .collect()
}

/// Orphans among the processes that this one started become its own children.
pub(crate) fn adopt_orphans() {
    // SAFETY: a number is set for this process.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// Ends children that are not among `before`, and theirs, until there are none.
pub(crate) fn end_new_children(before: &[i32]) {
    for _ in 0..100 {
        let new: Vec<i32> = children().into_iter().filter(|id| !before.contains(id)).collect();
        if new.is_empty() {
            return;
        }
        for id in new {
            // SAFETY: a child of this process, which is not waited for by anybody else.
            unsafe {
                libc::kill(id, libc::SIGKILL);
                libc::waitpid(id, std::ptr::null_mut(), 0);
            }
        }
    }
}
