//! What can be wrong with the bytes of an answer. None of it quotes the answer.

use super::{LARGEST_EXTRAS, LARGEST_HEAD, MOST_HEADERS};

/// Why bytes are no HTTP/1 answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The head is not one.
    #[error("the answer's head is not HTTP/1 ({0})")]
    Head(httparse::Error),
    /// The head is larger than is taken.
    #[error("the answer's head is larger than {LARGEST_HEAD} bytes")]
    LargeHead,
    /// The head has more header lines than are taken.
    #[error("the answer has more than {MOST_HEADERS} headers")]
    ManyHeaders,
    /// Another protocol was switched to.
    #[error("the server switched protocols, which was not asked for")]
    Switched,
    /// The length is no number, or there are several that differ.
    #[error("the answer's length is no number, or not one number")]
    Length,
    /// The transfer coding is not `chunked` alone.
    #[error("the answer's transfer coding is not `chunked`, which alone was agreed on")]
    Coding,
    /// A chunk does not begin or end as chunks do.
    #[error("a chunk of the answer's body is not framed as chunks are")]
    Chunk,
    /// The extensions of chunks and the trailers are larger than is taken.
    #[error("the answer's chunk extensions and trailers are larger than {LARGEST_EXTRAS} bytes")]
    LargeExtras,
    /// The connection was closed too soon.
    #[error("the connection was closed before the answer's end")]
    CutShort,
}
