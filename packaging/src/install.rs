//! Putting everything in its place.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use prefect_secrets_testing::workspace;

use crate::record::{self, Installed, RECORD};
use crate::uninstall::remove;
use crate::{Built, MAJOR, Outcome, Places, VERSION, about, completion, manual, template};

/// What is to stand at a path within the prefix.
enum Content {
    File(PathBuf),
    Program(PathBuf),
    Text(String),
    Link(String),
    Folder,
}

/// Installs what was `built` into `places`. Files of an installation before this one are replaced; if
/// anything else stands where a file should go nothing is written at all.
pub fn install(built: &Built, places: &Places) -> Outcome {
    install_with(built, places, Vec::new())
}

/// The same, with more texts: paths within the prefix and what stands there.
pub fn install_with(built: &Built, places: &Places, more: Vec<(String, String)>) -> Outcome {
    let mut contents = contents(built, places)?;
    contents.extend(more.into_iter().map(|(path, text)| (path, Content::Text(text))));
    let root = places.root();
    let before = record::read(&root)?.unwrap_or_default();
    refuse_foreign(&root, &contents, &before)?;

    let mut installed: Vec<Installed> = before
        .iter()
        .filter(|thing| matches!(thing, Installed::Folder(path) if root.join(path).is_dir()))
        .cloned()
        .collect();
    for (path, content) in &contents {
        write(&root, path, content, &mut installed)?;
    }
    let now: HashSet<&str> = installed.iter().map(Installed::path).collect();
    for thing in before.iter().filter(|thing| !now.contains(thing.path())) {
        remove(&root, thing)?;
    }
    folders(&root, Path::new(RECORD).parent().unwrap_or(Path::new("")), &mut installed)?;
    record::write(&root, &installed)
}

/// Every path within the prefix, and what goes there.
fn contents(built: &Built, places: &Places) -> Outcome<Vec<(String, Content)>> {
    let lib = places.libdir();
    let mut contents = Vec::new();
    for header in headers()? {
        contents.push((format!("include/{}", name(&header)), Content::File(header)));
    }
    let shared = format!("libprefect_secrets.so.{VERSION}");
    let soname = format!("libprefect_secrets.so.{MAJOR}");
    contents.extend([
        (format!("{lib}/{shared}"), Content::Program(built.shared_library())),
        (format!("{lib}/{soname}"), Content::Link(shared)),
        (format!("{lib}/libprefect_secrets.so"), Content::Link(soname)),
        (format!("{lib}/libprefect_secrets.a"), Content::File(built.static_library())),
        ("bin/prefect-secrets".to_owned(), Content::Program(built.cli())),
        ("lib/prefect-secrets/providers.d".to_owned(), Content::Folder),
        (
            "share/doc/prefect-secrets/LICENSE".to_owned(),
            Content::File(workspace().join("LICENSE")),
        ),
    ]);
    for helper in built.helpers() {
        let path = format!("libexec/prefect-secrets/{}", name(&helper));
        contents.push((path, Content::Program(helper)));
    }
    let text = |(path, text)| (path, Content::Text(text));
    contents.extend(template::filled(lib).into_iter().map(text));
    let page = |(name, page)| (format!("share/man/man1/{name}"), Content::Text(page));
    contents.extend(manual::pages()?.into_iter().map(page));
    contents.extend(completion::scripts()?.into_iter().map(text));
    Ok(contents)
}

/// The headers of this version; those of old, in a folder of their own, are for our tests.
fn headers() -> Outcome<Vec<PathBuf>> {
    let folder = workspace().join("include");
    let entries = fs::read_dir(&folder).map_err(about(&folder))?;
    let mut headers: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "h" || ending == "hpp"))
        .collect();
    headers.sort();
    Ok(headers)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Refuses to write over what no installation of ours put there.
fn refuse_foreign(root: &Path, contents: &[(String, Content)], before: &[Installed]) -> Outcome {
    let ours: HashSet<&str> = before.iter().map(Installed::path).collect();
    for (path, content) in contents {
        let target = root.join(path);
        let foreign = match (content, target.symlink_metadata()) {
            (_, Err(_)) => false,
            (Content::Folder, Ok(_)) => !target.is_dir(),
            (_, Ok(_)) => !ours.contains(path.as_str()),
        };
        if foreign {
            return Err(format!(
                "{} is there and was not installed by this command; nothing was written. Take it \
                 away, or choose another prefix",
                target.display()
            ));
        }
    }
    Ok(())
}

fn write(root: &Path, path: &str, content: &Content, installed: &mut Vec<Installed>) -> Outcome {
    let target = root.join(path);
    if let Content::Folder = content {
        return folders(root, Path::new(path), installed);
    }
    folders(root, Path::new(path).parent().unwrap_or(Path::new("")), installed)?;
    // Written beside and renamed: a program that has the old file open, or runs it, keeps it.
    let beside = target.with_file_name(format!(".{}.new", name(&target)));
    let _ = fs::remove_file(&beside);
    match content {
        Content::File(from) | Content::Program(from) => {
            fs::copy(from, &beside).map_err(about(from))?;
        }
        Content::Text(text) => fs::write(&beside, text).map_err(about(&beside))?,
        Content::Link(to) => symlink(to, &beside).map_err(about(&beside))?,
        Content::Folder => {}
    }
    installed.push(match content {
        Content::Link(to) => Installed::Link(path.to_owned(), to.clone()),
        _ => {
            // Whatever the umask is: others use it, and nobody else may change it.
            let mode = if matches!(content, Content::Program(_)) { 0o755 } else { 0o644 };
            let mode = Permissions::from_mode(mode);
            fs::set_permissions(&beside, mode).map_err(about(&beside))?;
            Installed::File(path.to_owned(), record::digest(&beside)?)
        }
    });
    fs::rename(&beside, &target).map_err(about(&target))
}

/// Makes a folder within the prefix and those above it, the prefix among them, and notes each.
fn folders(root: &Path, folder: &Path, installed: &mut Vec<Installed>) -> Outcome {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|part| !root.join(part).is_dir()).collect();
    for part in missing.into_iter().rev() {
        let (path, prefix) = (root.join(part), part.as_os_str().is_empty());
        let make = if prefix { fs::create_dir_all } else { fs::create_dir };
        make(&path).map_err(about(&path))?;
        fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(about(&path))?;
        let path = if prefix { ".".into() } else { part.to_string_lossy().into_owned() };
        installed.push(Installed::Folder(path));
    }
    Ok(())
}
