//! Connections that wait for another request: the last that came is the first to go, the oldest are closed in time.

use socket2::SockRef;
use std::{
    io,
    mem::MaybeUninit,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    runtime::{self, Handle},
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// As good as never; an instant cannot be as late as a setting can say.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The idle connections to one origin.
#[derive(Debug)]
pub(super) struct Idle {
    most: usize,
    timeout: Duration,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// The oldest first.
    kept: Vec<Kept>,
    /// Whether a sweeper is there that did not decide to end.
    swept: bool,
    sweeper: JoinSet<()>,
}

#[derive(Debug)]
struct Kept {
    socket: TcpStream,
    expires: Instant,
    /// The runtime that wakes the socket's readers; it is of no use to another.
    runtime: runtime::Id,
}

impl Idle {
    /// Keeps up to `most` connections, each for as long as `timeout`.
    pub(super) fn new(most: usize, timeout: Duration) -> Arc<Self> {
        Arc::new(Idle { most, timeout: timeout.min(A_YEAR), shelf: Mutex::default() })
    }

    /// A connection that is still open.
    pub(super) fn take(&self) -> Option<TcpStream> {
        let here = Handle::try_current().ok()?.id();
        loop {
            let kept = {
                let mut shelf = self.lock();
                let last = shelf.kept.iter().rposition(|kept| kept.runtime == here)?;
                shelf.kept.remove(last)
            };
            if kept.expires > Instant::now() && is_open(&kept.socket) {
                return Some(kept.socket);
            }
        }
    }

    /// Keeps a connection, if there is room and a runtime to watch it.
    pub(super) fn put(self: &Arc<Self>, socket: TcpStream) {
        let Ok(runtime) = Handle::try_current() else { return };
        let mut shelf = self.lock();
        if shelf.kept.len() >= self.most {
            return;
        }
        let expires = Instant::now() + self.timeout;
        shelf.kept.push(Kept { socket, expires, runtime: runtime.id() });
        // A sweeper whose runtime ended did not decide to end.
        while shelf.sweeper.try_join_next().is_some() {}
        if !shelf.swept || shelf.sweeper.is_empty() {
            shelf.swept = true;
            shelf.sweeper.spawn_on(sweep(Arc::downgrade(self)), &runtime);
        }
    }

    /// Closes what expired or was closed by the other side; says when to come again, if ever.
    fn sweep(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut shelf = self.lock();
        shelf.kept.retain(|kept| kept.expires > now && is_open(&kept.socket));
        let next = shelf.kept.first().map(|kept| kept.expires);
        shelf.swept = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends when nothing is kept any more.
async fn sweep(idle: Weak<Idle>) {
    loop {
        let Some(next) = idle.upgrade().and_then(|idle| idle.sweep()) else { return };
        sleep_until(next).await;
    }
}

/// Whether the other side neither closed the connection nor sent what nobody asked for.
fn is_open(socket: &TcpStream) -> bool {
    let peeked = SockRef::from(socket).peek(&mut [MaybeUninit::uninit()]);
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
