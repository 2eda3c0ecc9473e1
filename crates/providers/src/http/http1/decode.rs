//! The body of an answer as its bytes come: takes off the framing, holds nothing back. Pure.

use super::{LARGEST_EXTRAS, Malformed};

/// How many digits the size of a chunk may have: as many as always fit.
const MOST_DIGITS: u8 = 16;

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// After so many bytes.
    Length(u64),
    /// After the last of its chunks.
    Chunked,
    /// When the connection is closed.
    UntilClose,
}

/// Takes the framing off a body.
///
/// ```
/// use windlass_providers::http::http1::{BodyDecoder, Framing};
///
/// let mut decoder = BodyDecoder::new(Framing::Chunked);
/// let mut body = Vec::new();
/// assert_eq!(decoder.decode(b"5\r\nhello\r", &mut body), Ok(9));
/// assert_eq!(decoder.decode(b"\n0\r\n\r\nHTTP/1.1", &mut body), Ok(6));
/// assert!(body == b"hello" && decoder.is_done());
/// ```
#[derive(Debug)]
pub struct BodyDecoder {
    state: State,
    /// How many bytes of extensions and trailers came.
    extras: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many bytes are to come, and then nothing.
    Length(u64),
    UntilClose,
    /// In the digits of a chunk's size.
    Size {
        size: u64,
        digits: u8,
    },
    /// Between the digits and the line's end.
    Extension(u64),
    /// Before the line feed after a size.
    SizeEnd(u64),
    /// So many bytes of the chunk are to come.
    Data(u64),
    /// Before the carriage return after a chunk's data.
    DataReturn,
    /// Before the line feed after a chunk's data.
    DataEnd,
    /// Where a trailer may begin.
    Trailers,
    /// In a trailer.
    Trailer,
    /// Before the line feed after a trailer.
    TrailerEnd,
    /// Before the body's last line feed.
    LastEnd,
    Done,
    Failed(Malformed),
}

impl BodyDecoder {
    /// A decoder for one body.
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Empty | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size { size: 0, digits: 0 },
            Framing::UntilClose => State::UntilClose,
        };
        BodyDecoder { state, extras: 0 }
    }

    /// Adds what `input` holds of the body to `out`, and says how much of `input` that took: all, but for what comes
    /// after the body's end. After an error, `out` holds what came before it.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let mut used = 0;
        while let Some(rest) = input.get(used..).filter(|rest| !rest.is_empty()) {
            match self.take(rest, out) {
                Ok(0) => break,
                Ok(taken) => used += taken,
                Err(error) => {
                    self.state = State::Failed(error);
                    return Err(error);
                }
            }
        }
        Ok(used)
    }

    /// Whether the body's end came.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The connection was closed: whether the body may end here.
    pub fn close(&mut self) -> Result<(), Malformed> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            State::Failed(error) => Err(error),
            _ => Err(Malformed::CutShort),
        }
    }

    /// Takes in some of `input`, which is not empty; nothing if the body is over.
    fn take(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let (left, then): (_, fn(u64) -> State) = match self.state {
            State::Done => return Ok(0),
            State::UntilClose => (u64::MAX, |_| State::UntilClose),
            State::Length(left) => (left, |left| if left == 0 { State::Done } else { State::Length(left) }),
            State::Data(left) => (left, |left| if left == 0 { State::DataReturn } else { State::Data(left) }),
            state => {
                self.state = self.step(state, input[0])?;
                return Ok(1);
            }
        };
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        out.extend_from_slice(&input[..taken]);
        self.state = then(left - taken as u64);
        Ok(taken)
    }

    /// One byte of the lines around chunks.
    fn step(&mut self, state: State, byte: u8) -> Result<State, Malformed> {
        Ok(match (state, byte) {
            (State::Size { size, digits }, _) => size_step(size, digits, byte)?,
            (State::Extension(size), b'\r') => State::SizeEnd(size),
            (State::SizeEnd(0), b'\n') => State::Trailers,
            (State::SizeEnd(size), b'\n') => State::Data(size),
            (State::DataReturn, b'\r') => State::DataEnd,
            (State::DataEnd, b'\n') => State::Size { size: 0, digits: 0 },
            (State::Trailers, b'\r') => State::LastEnd,
            (State::Trailer, b'\r') => State::TrailerEnd,
            (State::TrailerEnd, b'\n') => State::Trailers,
            (State::LastEnd, b'\n') => State::Done,
            (State::Extension(_), byte) if byte != b'\n' => self.extra(state)?,
            (State::Trailers | State::Trailer, byte) if byte != b'\n' => self.extra(State::Trailer)?,
            (State::Failed(error), _) => return Err(error),
            _ => return Err(Malformed::Chunk),
        })
    }

    /// One byte more that says nothing.
    fn extra(&mut self, then: State) -> Result<State, Malformed> {
        self.extras += 1;
        if self.extras > LARGEST_EXTRAS { Err(Malformed::LargeExtras) } else { Ok(then) }
    }
}

/// One byte of the line with a chunk's size, up to where its digits end.
fn size_step(size: u64, digits: u8, byte: u8) -> Result<State, Malformed> {
    match (char::from(byte).to_digit(16), byte) {
        (Some(digit), _) if digits < MOST_DIGITS => {
            Ok(State::Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
        }
        (None, b'\r') if digits > 0 => Ok(State::SizeEnd(size)),
        (None, b';' | b' ' | b'\t') if digits > 0 => Ok(State::Extension(size)),
        _ => Err(Malformed::Chunk),
    }
}

#[cfg(test)]
mod tests;
