//! Watches chain files, and the files they name, and says when one has changed.

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

/// A watch on files, and on those that they name.
pub(crate) struct Watch {
    files: Vec<PathBuf>,
    included: Vec<PathBuf>,
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
        let (included, folders) = (Vec::new(), HashSet::new());
        let mut watch = Watch { fingerprint: 0, files, included, changes, watcher, folders };
        watch.follow()?;
        watch.fingerprint = watch.content();
        Ok(watch)
    }

    /// Watches the files that the files name, in place of those that they named before. Gives whether these are others: they
    /// were not watched when they were read, so they must be read again.
    pub(crate) fn include(&mut self, named: Vec<PathBuf>) -> bool {
        if named == self.included {
            return false;
        }
        self.included = named;
        if let Err(error) = self.follow() {
            tracing::warn!("{error:#}");
        }
        self.fingerprint = self.content();
        true
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
        let mut before = self.content();
        loop {
            tokio::time::sleep(SETTLE).await;
            let now = self.content();
            if now == before {
                return now;
            }
            before = now;
        }
    }

    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(&self.included)
    }

    /// The content of all files as one number; a file that cannot be read counts too.
    fn content(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.all().for_each(|file| fs::read(file).ok().hash(&mut hasher));
        hasher.finish()
    }

    /// Watches the folders where the files are now; links may lead to others than before.
    fn follow(&mut self) -> anyhow::Result<()> {
        let folders: HashSet<PathBuf> = self.all().flat_map(|file| folders(file)).collect();
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
