//! What can be opened, bound and signalled: the rules of Landlock.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, PathFdError,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};
use prefect_secrets_core::{Error, Kind};

use super::ELSEWHERE;

/// Where programs and libraries are. What a distribution does not have is passed over.
const CODE: [&str; 10] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/bin",
    "/sbin",
    "/opt",
    "/nix/store",
    "/gnu/store",
];
/// What programs read, whatever they do.
const DATA: [&str; 12] = [
    // Names of hosts and users, certificates, time zones, the cache of the dynamic linker.
    "/etc",
    // Where those of them lead that are links.
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/var/lib/ca-certificates",
    // How large the machine is, and what of it is for this process: the runtimes of Go and Java.
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    // Swallowed; the only thing that can be written.
    NULL,
];
const NULL: &str = "/dev/null";
/// The same, in a file system that makes its files anew when nobody has them open.
const PROCESS: [&str; 4] = ["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"];

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});

/// Limits this process to reading the system, the folder of `plugin` and `allowed`. Gives the
/// version of the kernel's Landlock.
pub(super) fn limit(plugin: &Path, allowed: &[PathBuf]) -> Result<ABI, Error> {
    let mut rules = Ruleset::default()
        // Up to the fifth version, and no more: the ninth keeps from Unix sockets that have a path,
        // where agents of secret stores and the system's own services answer.
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::BindTcp))
        .and_then(|rules| rules.scope(Scope::AbstractUnixSocket | Scope::Signal))
        .and_then(Ruleset::create)
        .map_err(refused)?;
    let own = plugin.parent().unwrap_or(plugin);
    for path in CODE.iter().map(Path::new).chain([own]) {
        rules = system(rules, path, READ | AccessFs::Execute)?;
    }
    for path in DATA {
        let more = if path == NULL { AccessFs::WriteFile.into() } else { BitFlags::EMPTY };
        rules = system(rules, Path::new(path), READ | more)?;
    }
    for path in PROCESS {
        let Ok(opened) = PathFd::new(path) else { continue };
        rules = rules.add_rule(PathBeneath::new(opened.as_fd(), READ)).map_err(refused)?;
        // A rule is about a file that the kernel has in memory. This one is there, and the same,
        // for as long as somebody has it open.
        std::mem::forget(opened);
    }
    for path in allowed {
        let opened = PathFd::new(path).map_err(|error| missing(path, &error))?;
        rules = rules.add_rule(PathBeneath::new(opened, READ)).map_err(refused)?;
    }
    match rules.restrict_self().map_err(refused)?.landlock {
        LandlockStatus::Available { effective_abi, .. } => Ok(effective_abi),
        LandlockStatus::NotEnabled => {
            let what = "this kernel's Landlock, which a sandbox needs, is not enabled";
            let next = "add landlock to the kernel's parameter lsm=, or, if the plugin may run \
                        without a sandbox, take `sandbox` out of its configuration";
            Err(Error::new(Kind::Unsupported, what, next))
        }
        LandlockStatus::NotImplemented => {
            let what = "this kernel has no Landlock, or a container keeps from it, and a sandbox \
                        needs it";
            Err(Error::new(Kind::Unsupported, what, ELSEWHERE))
        }
    }
}

/// Adds a path that not every system has.
fn system(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, Error> {
    match PathFd::new(path) {
        // Of a file only what files have is taken.
        Ok(opened) => rules.add_rule(PathBeneath::new(opened, access)).map_err(refused),
        Err(_) => Ok(rules),
    }
}

/// What a kernel of this version does not keep a plugin from.
pub(super) fn gaps(version: ABI) -> Option<String> {
    let since = [
        (ABI::V3, "emptying files that it can read"),
        (ABI::V4, "binding TCP ports"),
        (ABI::V5, "giving commands to devices"),
        (ABI::V6, "signalling other processes"),
        (ABI::V6, "connecting to abstract Unix sockets"),
    ];
    let open = since.into_iter().filter(|(since, _)| version < *since);
    let open: Vec<&str> = open.map(|(_, what)| what).collect();
    (!open.is_empty()).then(|| {
        let open = open.join(", ");
        format!("the kernel's Landlock, version {version}, does not keep the plugin from {open}")
    })
}

fn missing(path: &Path, error: &PathFdError) -> Error {
    let PathFdError::OpenCall { source, .. } = error else {
        return Error::invalid(format!("{} cannot be opened", path.display()), "correct the path");
    };
    Error::invalid(
        format!("`sandbox_read` names {}, which cannot be opened: {source}", path.display()),
        "make it, correct the path, or take it out of `sandbox_read`",
    )
}

fn refused(error: RulesetError) -> Error {
    Error::new(
        Kind::Unsupported,
        format!("this kernel did not take the rules of the sandbox: {error}"),
        ELSEWHERE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_kernel_says_what_it_leaves_open() {
        assert_eq!(gaps(ABI::V6), None);
        let said = gaps(ABI::V5).unwrap();
        assert!(said.contains("version 5") && said.contains("signalling"), "{said}");
        assert!(!said.contains("TCP"), "{said}");
        let said = gaps(ABI::V1).unwrap();
        assert!(said.contains("emptying") && said.contains("TCP"), "{said}");
    }
}
