//! Files that are written whole or not at all.

use std::fmt::Display;
use std::fs::{self, DirEntry, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile};

/// What the names of temporary files begin and end with.
const PREFIX: &str = ".fencepost-";
const SUFFIX: &str = ".tmp";
/// Nobody is still writing a file that was not touched for so long.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A file whose new content is on disk under a temporary name in the same folder.
///
/// Until [`commit`](Self::commit) renames it, the file of that name, if there is one, is as it was; a rename is
/// atomic, so a reader sees the old content or the new, also after a crash. Dropping it uncommitted removes
/// the temporary file. A killed program leaves one behind, which goes when another file is written there an hour later.
pub(crate) struct Whole {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl Whole {
    /// Writes `content` beside `path`, down to the disk. What `path` names must be a file, if it is there.
    pub(crate) fn prepare(path: &Path, content: &str) -> Result<Self, String> {
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(cannot_write(path, &"it is there and is no file"));
        }
        let folder = folder_of(path);
        sweep(folder);
        let mut builder = Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // Temporary files are private by default; a result file is for everybody that the umask lets read it.
        #[cfg(unix)]
        let mode = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(mode);
        builder
            .tempfile_in(folder)
            .and_then(|mut temporary| {
                temporary.write_all(content.as_bytes())?;
                temporary.as_file().sync_all()?;
                Ok(Self { temporary, path: path.into() })
            })
            .map_err(|e| cannot_write(path, &e))
    }

    /// Puts the file in place.
    pub(crate) fn commit(self) -> Result<(), String> {
        self.temporary.persist(&self.path).map_err(|e| cannot_write(&self.path, &e.error))?;
        // Makes the rename itself durable. Some file systems cannot sync a folder, and need not.
        let _ = File::open(folder_of(&self.path)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// Removes what killed programs have left in a folder. Who cannot be removed does no harm.
fn sweep(folder: &Path) {
    let is_ours = |name: &str| name.starts_with(PREFIX) && name.ends_with(SUFFIX);
    let is_old = |entry: &DirEntry| {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|changed| changed.elapsed());
        matches!(age, Ok(Ok(age)) if age > ABANDONED)
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) && is_old(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The folder that a file is in; the working directory for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cannot_write(path: &Path, why: &dyn Display) -> String {
    format!(
        "{}: cannot be written ({why}); choose another folder, or make room and allow writing there",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn the_old_file_stays_until_the_new_one_is_put_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        drop(Whole::prepare(&path, "given up").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let whole = Whole::prepare(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        whole.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn what_a_killed_program_left_goes_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new, others] = [".fencepost-a.tmp", ".fencepost-b.tmp", "c.tmp"].map(|name| folder.path().join(name));
        let changed = |path: &Path, ago| {
            File::create(path).unwrap().set_modified(SystemTime::now() - ago).unwrap();
        };
        changed(&old, 2 * ABANDONED);
        changed(&new, ABANDONED / 2);
        changed(&others, 2 * ABANDONED);
        Whole::prepare(&folder.path().join("file"), "").unwrap().commit().unwrap();
        assert_eq!([&old, &new, &others].map(|path| path.exists()), [false, true, true]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = Whole::prepare(Path::new("/nonexistent/file"), "").err().unwrap();
        assert!(error.starts_with("/nonexistent/file: cannot be written ("), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn others_may_read_it_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
        Whole::prepare(&ours, "").unwrap().commit().unwrap();
        fs::write(&usual, "").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&usual));
    }
}
