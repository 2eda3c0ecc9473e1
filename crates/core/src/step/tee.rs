//! One stream read by several readers, each at its own pace; what the slowest has not read is held within the run's limit.

use crate::{Buffer, Chunk, Cx, Out, Result};
use futures_util::{Stream, StreamExt};
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

/// `count` streams that each give every piece of `source`.
pub(super) fn tee<T: Chunk>(source: Out<T>, count: usize, cx: &Cx) -> Vec<Out<T>> {
    let readers = (0..count).map(|_| Some(Reader { queue: VecDeque::new(), waker: None })).collect();
    let shared = Arc::new(Mutex::new(Shared { source: Some(source), readers, held: cx.buffer() }));
    (0..count).map(|index| Tee { shared: shared.clone(), index }.boxed()).collect()
}

struct Tee<T> {
    shared: Arc<Mutex<Shared<T>>>,
    index: usize,
}

struct Shared<T> {
    source: Option<Out<T>>,
    readers: Vec<Option<Reader<T>>>,
    held: Buffer,
}

struct Reader<T> {
    queue: VecDeque<Result<T>>,
    waker: Option<Waker>,
}

impl<T> Shared<T> {
    fn wake_all(&mut self) {
        self.readers.iter_mut().flatten().filter_map(|reader| reader.waker.take()).for_each(Waker::wake);
    }
}

impl<T: Chunk> Shared<T> {
    /// Takes the reader's next piece, if another reader's poll already brought it.
    fn queued(&mut self, index: usize) -> Option<Result<T>> {
        let piece = self.readers[index].as_mut()?.queue.pop_front()?;
        if let Ok(piece) = &piece {
            self.held.release(piece.weight());
        }
        Some(piece)
    }

    /// Hands a piece to all the other readers.
    fn hand_out(&mut self, index: usize, piece: &Result<T>) -> Result<()> {
        for (other, reader) in self.readers.iter_mut().enumerate() {
            let Some(reader) = reader.as_mut().filter(|_| other != index) else { continue };
            if let Ok(piece) = piece {
                self.held.charge(piece.weight())?;
            }
            reader.queue.push_back(piece.clone());
            if let Some(waker) = reader.waker.take() {
                waker.wake();
            }
        }
        Ok(())
    }
}

impl<T: Chunk> Stream for Tee<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(piece) = shared.queued(self.index) {
            return Poll::Ready(Some(piece));
        }
        let Some(source) = &mut shared.source else { return Poll::Ready(None) };
        match source.poll_next_unpin(task) {
            Poll::Ready(Some(piece)) => match shared.hand_out(self.index, &piece) {
                Ok(()) => Poll::Ready(Some(piece)),
                Err(error) => Poll::Ready(Some(Err(error))),
            },
            Poll::Ready(None) => {
                shared.source = None;
                shared.wake_all();
                Poll::Ready(None)
            }
            Poll::Pending => {
                if let Some(reader) = &mut shared.readers[self.index] {
                    reader.waker = Some(task.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Tee<T> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.readers[self.index] = None;
        shared.wake_all();
    }
}
