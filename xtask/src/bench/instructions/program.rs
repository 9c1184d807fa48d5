//! `benches/c/counted.c`, run under callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path as File, PathBuf};
use std::process::Command;

use prefect_secrets_testing::{Built, C, workspace};

use super::baseline::Count;
use super::callgrind::{self, Counted};
use crate::Outcome;

/// 32 bytes, in every place.
const VALUE: &str = "0123456789abcdef0123456789ABCDEF";
/// How many names the program asks for in each place.
const NAMES: u32 = 50;

/// What was counted of one path.
pub(super) struct Path {
    pub(super) name: String,
    /// How many calls were counted.
    calls: f64,
    counted: Counted,
}

impl Path {
    /// Of one call.
    pub(super) fn count(&self) -> Count {
        Count {
            instructions: self.counted.instructions() as f64 / self.calls,
            calls: self.counted.calls() as f64 / self.calls,
        }
    }

    /// Instructions in the C library, and in a plugin, of one call.
    pub(super) fn elsewhere(&self) -> f64 {
        self.counted.elsewhere as f64 / self.calls
    }

    /// Where the instructions of one call are, and whom it calls.
    pub(super) fn functions(&self) -> String {
        let Counted { functions, called, .. } = &self.counted;
        format!(
            "   {}: instructions, by function of the library\n{}   and calls to other libraries\n{}",
            self.name,
            self.most(functions, 1),
            self.most(called, 2)
        )
    }

    /// The largest of these, of one call.
    fn most(&self, counts: &BTreeMap<String, u64>, digits: usize) -> String {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        counts.truncate(12);
        let line = |(name, count): (&String, &u64)| {
            format!("   {:>13.digits$}  {name}\n", *count as f64 / self.calls)
        };
        counts.into_iter().map(line).collect()
    }
}

/// Compiles it with the library that was `built`, and runs it.
pub(super) fn count(built: &Built) -> Outcome<Vec<Path>> {
    let c = C::new();
    // The same length and depth everywhere: each folder above a plugin is looked at, and there may be
    // plugins beside the library.
    let folder = tempfile::Builder::new().prefix("prefect-secrets-").tempdir_in("/tmp");
    let folder = folder.map_err(|error| format!("/tmp: {error}"))?;
    let folder = folder.path();
    let library = folder.join("libprefect_secrets.so");
    fs::copy(built.shared_library(), &library)
        .map_err(|error| format!("{}: {error}", built.shared_library().display()))?;
    let copied = Built { folder: folder.to_owned() };
    let program = c.program_with(&workspace().join("benches/c/counted.c"), &["-O2"], &copied);
    let plugin = c.plugin(&workspace().join("benches/c/fixed.c"), &["-O2"]);
    prepare(folder, &plugin)?;
    let mut command = Command::new(valgrind()?);
    // Opening looks through the environment, which is the same everywhere, too.
    command.env_clear().env("HOME", folder).env("PATH", "/usr/bin:/bin").current_dir(folder);
    for i in 0..NAMES {
        command.env(format!("PREFECT__CONTEXT__SECRETS__IN_ENV_{i}"), VALUE);
    }
    command.args(["--tool=callgrind", "--callgrind-out-file=counts", "--collect-atstart=no"]);
    command.args(["--toggle-collect=counted", "--dump-after=counted"]).args(callgrind::FORMAT);
    let output = command.arg(&program).arg(folder).output();
    let output = output.map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("the counted program failed: {said}\n{complaint}"));
    }
    read(folder, &said, &library, &program)
}

/// The files that the program opens chains from.
fn prepare(folder: &File, plugin: &File) -> Outcome {
    let put = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        // A configuration that names plugins, and a plugin, are nobody else's to write.
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(content))
            .map(|()| path.clone())
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    let bytes = fs::read(plugin).map_err(|error| format!("{}: {error}", plugin.display()))?;
    let plugin = put("fixed.so", &bytes)?;
    let plugin =
        format!("[secrets.providers.plugin]\nplugin = {plugin:?}\nisolation = 'in-process'\n");
    let secrets = |count: u32, prefix: &str| -> String {
        let secrets = (0..count).map(|i| format!("{prefix}_{i} = '{VALUE}'\n"));
        std::iter::once("[context.secrets]\n".to_owned()).chain(secrets).collect()
    };
    let chain = |links: &str| format!("[secrets]\nchain = [{links}]\n");
    let local = secrets(NAMES, "IN_FILE");
    for (name, parts) in [
        ("local.toml", [&local, &chain("'env', 'toml'"), ""]),
        ("plugin.toml", [&local, &chain("'env', 'toml', 'plugin'"), &plugin]),
        ("hundred.toml", [&secrets(100, "SECRET"), &chain("'env', 'toml'"), ""]),
        ("load.toml", ["", &chain("'plugin'"), &plugin]),
    ] {
        put(name, parts.concat().as_bytes())?;
    }
    Ok(())
}

/// The dumps, in the order of the lines that the program said: `get_env 2000`.
fn read(folder: &File, said: &str, library: &File, program: &File) -> Outcome<Vec<Path>> {
    let whole = |file: &File| {
        let path = file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))?;
        Ok::<_, String>(path.to_string_lossy().into_owned())
    };
    let (library, program) = (whole(library)?, whole(program)?);
    let mut paths = Vec::new();
    for (number, line) in said.lines().enumerate() {
        let words = line.split_once(' ').and_then(|(name, n)| Some((name, n.parse().ok()?)));
        let (name, calls) = words.ok_or_else(|| format!("the counted program says {line}"))?;
        let file = folder.join(format!("counts.{}", number + 1));
        let dump =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let counted = callgrind::read(&dump, &library, &program)?;
        if counted.instructions() == 0 {
            return Err(format!("callgrind saw no instruction of {library} in {name}"));
        }
        paths.push(Path { name: name.to_owned(), calls, counted });
    }
    let more = folder.join(format!("counts.{}", paths.len() + 1));
    if paths.is_empty() || more.exists() {
        return Err(
            "callgrind and the counted program do not agree how many paths there are".into()
        );
    }
    Ok(paths)
}

fn valgrind() -> Outcome<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("valgrind"))
        .find(|file| file.is_file())
        .ok_or_else(|| "there is no valgrind".to_owned())
}
