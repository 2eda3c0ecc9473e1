//! Watches chain files and says when one has changed.

use anyhow::Context;
use notify::{RecursiveMode, Watcher};
use std::{
    collections::HashSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc;

/// How long files must stand still before they are loaded again.
const SETTLE: Duration = Duration::from_millis(200);

/// A watch on files.
pub(crate) struct Watch {
    files: Vec<PathBuf>,
    fingerprint: u64,
    changes: mpsc::Receiver<()>,
    watcher: notify::RecommendedWatcher,
    folders: HashSet<PathBuf>,
}

impl Watch {
    /// Watches the folders of the files, because editors replace files and Kubernetes swaps links.
    pub(crate) fn new(files: &[PathBuf]) -> anyhow::Result<Self> {
        let (sender, changes) = mpsc::channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = sender.try_send(());
            }
        })?;
        let files = files.to_vec();
        let mut watch = Watch { fingerprint: 0, files, changes, watcher, folders: HashSet::new() };
        watch.follow()?;
        watch.fingerprint = fingerprint(&watch.files);
        Ok(watch)
    }

    /// Resolves when the content of a file has changed and stands still again.
    pub(crate) async fn changed(&mut self) {
        loop {
            if self.changes.recv().await.is_none() {
                return std::future::pending().await;
            }
            if let Err(error) = self.follow() {
                tracing::warn!("{error:#}");
            }
            let now = self.settled().await;
            if now != self.fingerprint {
                self.fingerprint = now;
                return;
            }
        }
    }

    /// The files' content when it stands still. Others in the same folders may change all the time.
    async fn settled(&self) -> u64 {
        let mut before = fingerprint(&self.files);
        loop {
            tokio::time::sleep(SETTLE).await;
            let now = fingerprint(&self.files);
            if now == before {
                return now;
            }
            before = now;
        }
    }

    /// Watches the folders where the files are now; links may lead to others than before.
    fn follow(&mut self) -> anyhow::Result<()> {
        let folders: HashSet<PathBuf> = self.files.iter().flat_map(|file| folders(file)).collect();
        for gone in self.folders.difference(&folders) {
            // A folder that was removed is not watched any more.
            let _ = self.watcher.unwatch(gone);
        }
        self.folders.retain(|folder| folders.contains(folder));
        for folder in folders {
            if self.folders.insert(folder.clone()) {
                let watched = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
                watched.with_context(|| format!("{} cannot be watched", folder.display()))?;
            }
        }
        Ok(())
    }
}

/// The folders in which something changes when the file does: its own, that of each link on the way, and the one where
/// it really is.
fn folders(file: &Path) -> impl Iterator<Item = PathBuf> {
    let links = file.ancestors().filter(|path| path.is_symlink()).map(folder);
    let real = file.canonicalize().ok().map(|file| folder(&file));
    let folders: Vec<_> = links.chain(real).chain([folder(file)]).collect();
    folders.into_iter().filter_map(|folder| folder.canonicalize().ok())
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.into(),
        _ => ".".into(),
    }
}

/// The content of all files as one number; a file that cannot be read counts too.
fn fingerprint(files: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    files.iter().for_each(|file| fs::read(file).ok().hash(&mut hasher));
    hasher.finish()
}
