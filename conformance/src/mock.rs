//! The provider of one run: a server on 127.0.0.1 that answers what was recorded, byte for byte.

mod http;
mod script;

use crate::case::{Reply, Response, Upstream};
pub(crate) use script::Wrong;

use http::Connection;
use script::Script;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long requests that are on their way when a run ends may take.
const LATE: Duration = Duration::from_millis(250);

/// A running mock; it ends when it is dropped.
pub(crate) struct Mock {
    address: SocketAddr,
    state: Arc<State>,
    _server: JoinSet<()>,
}

struct State {
    script: Mutex<Script>,
    changed: Notify,
}

impl State {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mock {
    /// Starts it on a free port.
    pub(crate) async fn start(upstream: Upstream) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state =
            Arc::new(State { script: Mutex::new(Script::new(upstream, address)), changed: Notify::new() });
        let mut server = JoinSet::new();
        server.spawn(accept(listener, state.clone()));
        Ok(Mock { address, state, _server: server })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// After the run: what was asked that nobody expected, or not asked that was.
    pub(crate) async fn finish(self) -> Result<(), Wrong> {
        let all_came = async {
            loop {
                let changed = self.state.changed.notified();
                if !matches!(self.state.script().verdict(), Err(Wrong::Missing(_))) {
                    return;
                }
                changed.await;
            }
        };
        let _ = timeout(LATE, all_came).await;
        self.state.script().verdict()
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, state.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. A client that goes away ends it.
async fn serve(stream: TcpStream, state: Arc<State>) {
    let Ok(mut connection) = Connection::new(stream) else { return };
    while let Ok(Some(request)) = connection.read().await {
        let response = state.script().answer(&request);
        state.changed.notify_waiters();
        match respond(&mut connection, response).await {
            Ok(true) if !request.last => {}
            _ => return,
        }
    }
}

/// Whether the connection can go on.
async fn respond(connection: &mut Connection, response: Response) -> io::Result<bool> {
    sleep(response.delay).await;
    match response.reply {
        Reply::Close => Ok(false),
        Reply::Whole { status, headers, body } => {
            connection.write_head(status, &headers, Some(body.len())).await?;
            connection.write(body.as_bytes()).await?;
            Ok(true)
        }
        Reply::Frames { status, headers, frames, pause, cut } => {
            connection.write_head(status, &headers, None).await?;
            for (index, frame) in frames.iter().enumerate() {
                if index > 0 && !pause.is_zero() {
                    sleep(pause).await;
                }
                connection.write_piece(frame.as_bytes()).await?;
            }
            if cut {
                connection.cut()?;
                return Ok(false);
            }
            connection.write_end().await?;
            Ok(true)
        }
    }
}

#[cfg(test)]
mod tests;
