//! Reads sockets without memory of their own: thousands that wait share one buffer per thread.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
};

/// The most that is read at once, in bytes.
const SIZE: usize = 16 << 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Reads what is there; `digest` gets it, or nothing at all if the other side closed.
pub(super) fn poll_read<T>(
    socket: &mut TcpStream,
    task: &mut Context<'_>,
    digest: impl FnOnce(&[u8]) -> T,
) -> Poll<io::Result<T>> {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.resize(SIZE, 0);
        let mut buffer = ReadBuf::new(scratch);
        ready!(Pin::new(socket).poll_read(task, &mut buffer))?;
        Poll::Ready(Ok(digest(buffer.filled())))
    })
}
