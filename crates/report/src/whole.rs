//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file whose new content is on disk under a temporary name in the same folder.
///
/// Until [`commit`](Self::commit) renames it, the file of that name, if there is one, is as it was; a rename is
/// atomic, so a reader sees the old content or the new, also after a crash. Dropping it uncommitted removes
/// the temporary file; a killed program leaves one behind, whose name begins with `.fencepost-`.
pub(crate) struct Whole {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl Whole {
    /// Writes `content` beside `path`, down to the disk.
    pub(crate) fn prepare(path: &Path, content: &str) -> Result<Self, String> {
        let folder = folder_of(path);
        let mut builder = Builder::new();
        builder.prefix(".fencepost-").suffix(".tmp");
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

/// The folder that a file is in; the working directory for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn cannot_write(path: &Path, why: &std::io::Error) -> String {
    format!(
        "{}: cannot be written ({why}); choose another folder, or make room and allow writing there",
        path.display()
    )
}

#[cfg(test)]
mod tests {
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
