//! Taking away what was installed.

use std::fs;
use std::path::Path;

use crate::record::{self, Installed, RECORD};
use crate::{Outcome, Places, about};

/// What was left, as a sentence.
pub type Kept = String;

/// Removes what the record of the prefix names, and nothing else: a file that was changed since and a
/// folder with something in it stay, and are told.
pub fn uninstall(places: &Places) -> Outcome<Vec<Kept>> {
    let root = places.root();
    let Some(installed) = record::read(&root)? else {
        return Err(format!(
            "nothing is installed in {}: there is no {}",
            root.display(),
            root.join(RECORD).display()
        ));
    };
    let mut kept = Vec::new();
    for thing in &installed {
        kept.extend(remove(&root, thing)?);
    }
    let record = root.join(RECORD);
    fs::remove_file(&record).map_err(about(&record))?;
    // The deepest first: the record lists a folder before what is in it.
    for thing in installed.iter().rev() {
        if let Installed::Folder(path) = thing {
            // A folder cannot be removed by the name `.`.
            let folder = if path == "." { root.clone() } else { root.join(path) };
            if fs::remove_dir(&folder).is_err() && folder.exists() {
                kept.push(format!("{} is not empty", folder.display()));
            }
        }
    }
    Ok(kept)
}

/// Removes a file or a link if it is still the one that was installed.
pub(crate) fn remove(root: &Path, thing: &Installed) -> Outcome<Option<Kept>> {
    let path = root.join(thing.path());
    let Ok(metadata) = path.symlink_metadata() else { return Ok(None) };
    let ours = match thing {
        Installed::Folder(_) => return Ok(None),
        Installed::File(_, digest) => metadata.is_file() && record::digest(&path)? == *digest,
        Installed::Link(_, target) => {
            fs::read_link(&path).is_ok_and(|found| found == Path::new(target))
        }
    };
    if !ours {
        return Ok(Some(format!("{} was changed since it was installed", path.display())));
    }
    fs::remove_file(&path).map_err(about(&path))?;
    Ok(None)
}
