//! Release archives that are the same bytes whenever they are made of the same files.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use crate::record::digest;
use crate::{Outcome, about};

/// When everything in it was written, for who looks: 1 January 2026, in UTC.
const WRITTEN: u64 = 1_767_225_600;

/// Packs the folder `tree` into `to`, a `.tar.gz`, as a folder called `name`: in order, with one time
/// for all, and owned by nobody but root.
pub fn pack(tree: &Path, name: &str, to: &Path) -> Outcome {
    let file = File::create(to).map_err(about(to))?;
    // Neither a name nor a time in the header of the compression.
    let gzip = GzBuilder::new().mtime(0).write(file, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    let mut paths = vec![PathBuf::new()];
    walk(tree, Path::new(""), &mut paths)?;
    paths.sort();
    for path in paths {
        let from = tree.join(&path);
        let metadata = from.symlink_metadata().map_err(about(&from))?;
        let mut header = Header::new_gnu();
        header.set_mtime(WRITTEN);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mode(metadata.permissions().mode() & 0o777);
        let inside = Path::new(name).join(&path);
        let done = if metadata.is_symlink() {
            header.set_entry_type(EntryType::Symlink);
            header.set_mode(0o777);
            header.set_size(0);
            let target = fs::read_link(&from).map_err(about(&from))?;
            tar.append_link(&mut header, &inside, target)
        } else if metadata.is_dir() {
            header.set_entry_type(EntryType::Directory);
            header.set_size(0);
            tar.append_data(&mut header, inside.join(""), std::io::empty())
        } else {
            header.set_size(metadata.len());
            let file = File::open(&from).map_err(about(&from))?;
            tar.append_data(&mut header, &inside, file)
        };
        done.map_err(about(to))?;
    }
    tar.into_inner().and_then(flate2::write::GzEncoder::finish).map(drop).map_err(about(to))
}

/// Unpacks `archive` into the folder `to`.
pub fn unpack(archive: &Path, to: &Path) -> Outcome {
    let file = File::open(archive).map_err(about(archive))?;
    tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(to).map_err(about(archive))
}

/// Writes `SHA256SUMS` beside `files`, as `sha256sum --check` reads it.
pub fn sums(files: &[PathBuf], to: &Path) -> Outcome {
    let mut text = String::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        text += &format!("{}  {name}\n", digest(file)?);
    }
    fs::write(to, text).map_err(about(to))
}

fn walk(tree: &Path, folder: &Path, paths: &mut Vec<PathBuf>) -> Outcome {
    let whole = tree.join(folder);
    for entry in fs::read_dir(&whole).map_err(about(&whole))? {
        let entry = entry.map_err(about(&whole))?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(about(&whole))?.is_dir() {
            walk(tree, &path, paths)?;
        }
        paths.push(path);
    }
    Ok(())
}
