//! What the kernel cannot be asked for: a filter of system calls.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};

/// What no provider needs. It fails with `EPERM`, as for a user who may not.
const DENIED: &[c_long] = &[
    // Other processes: their memory, their descriptors.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Memory and messages that processes share by a number or a name, and those of others.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // How much of the machine others get.
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    // The kernel itself.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_lookup_dcookie,
    libc::SYS_syslog,
    libc::SYS_reboot,
    // File systems and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    // The kernel's store of keys, which is the user's.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // Where holes in the kernel were found most.
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_personality,
    // The machine's clock and names.
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    // What Landlock leaves of changing files: their length by path, mode, owner, times, attributes.
    libc::SYS_truncate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    REMOVEXATTRAT,
    FILE_SETATTR,
    // A server: Landlock counts `bind`, but a socket can listen without.
    libc::SYS_listen,
];

/// What is denied for any process but the one that asks, whose number is 0.
const OF_OTHERS: [c_long; 5] = [
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
];

/// The commands by which an open file is given attributes (it may not be changed any more, say), or a file
/// system is frozen. Landlock counts those of devices only.
const COMMANDS: [u64; 6] = [
    0x4008_6602, // FS_IOC_SETFLAGS
    0x4004_6602, // the same of 32-bit programs
    0x4008_7602, // FS_IOC_SETVERSION
    0x401c_5820, // FS_IOC_FSSETXATTR
    0xc004_5877, // FIFREEZE
    0xc004_5878, // FITHAW
];

/// What only this architecture has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// A library is loaded already. A program is started, and may be one that an interpreter runs.
const STARTING: [c_long; 2] = [libc::SYS_execve, libc::SYS_execveat];

// What is too new for the crate `libc`. New calls have the same number everywhere.
const FCHMODAT2: c_long = 452;
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;
const OPEN_TREE_ATTR: c_long = 467;
const FILE_SETATTR: c_long = 469;

/// The flags of `clone` that make namespaces. That of time namespaces is not one of them.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
];

/// Limits the calls of this process; `may_start` says whether it may start programs.
pub(super) fn limit(may_start: bool) -> Result<(), Error> {
    let starting = if may_start { &[][..] } else { &STARTING[..] };
    let denied = DENIED.iter().chain(OLDER).chain(starting);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        denied.map(|&number| (number, Vec::new())).collect();
    for number in OF_OTHERS {
        rules.insert(number, vec![argument(0, SeccompCmpOp::Ne, 0)?]);
    }
    let command = |command| argument(1, SeccompCmpOp::Eq, command);
    let commands: Result<_, BackendError> = COMMANDS.into_iter().map(command).collect();
    rules.insert(libc::SYS_ioctl, commands?);
    let namespace = |flag: i32| {
        let flag = flag as u32 as u64;
        argument(0, SeccompCmpOp::MaskedEq(flag), flag)
    };
    let namespaces: Result<_, BackendError> = NAMESPACES.into_iter().map(namespace).collect();
    rules.insert(libc::SYS_clone, namespaces?);
    apply_filter(&fails(rules, libc::EPERM)?)?;
    // The flags of this one stand in memory, where a filter cannot look. It is new: who finds that
    // there is no such call takes `clone`.
    apply_filter(&fails([(libc::SYS_clone3, Vec::new())].into(), libc::ENOSYS)?)?;
    #[cfg(target_arch = "x86_64")]
    apply_filter(&other_numbers())?;
    Ok(())
}

/// A filter by which these calls fail with `errno`, and all others are made. A call by the numbers
/// of another architecture ends the process.
fn fails(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, Error> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let failure = SeccompAction::Errno(errno as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, failure, architecture)?;
    Ok(filter.try_into()?)
}

fn argument(at: u8, is: SeccompCmpOp, number: u64) -> Result<SeccompRule, BackendError> {
    let condition = SeccompCondition::new(at, SeccompCmpArgLen::Dword, is, number)?;
    SeccompRule::new(vec![condition])
}

/// x86-64 has every call a second time, by other numbers (x32), which the filter above does not know.
/// This one says that there are none, as most kernels do.
#[cfg(target_arch = "x86_64")]
fn other_numbers() -> [seccompiler::sock_filter; 4] {
    const X32: u32 = 0x4000_0000;
    let operation =
        |code: u32, jt, jf, k| seccompiler::sock_filter { code: code as u16, jt, jf, k };
    let give = libc::BPF_RET | libc::BPF_K;
    [
        // The number of the call is at the start of what a filter sees.
        operation(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        operation(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, X32),
        operation(give, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
        operation(give, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}
