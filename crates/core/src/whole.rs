//! A value as it comes together from the pieces of a stream, paid for from the run's buffers.

use crate::{Buffer, Chunk, Cx, Merge, Result, Val, chunk::difference};

/// The whole of a stream's pieces so far. What it holds counts against the run's buffer limit.
///
/// ```
/// use windlass_core::{Cx, Merge, Val, Whole};
///
/// let cx = Cx::builder().buffer_limit(3).build();
/// let mut whole = Whole::new(Merge::Append, &cx);
/// whole.add("ab".to_string())?;
/// whole.add("c".to_string())?;
/// assert!(whole.add("d".to_string()).is_err());
/// assert_eq!(whole.take(), Some("abcd".to_string()));
/// # Ok::<(), windlass_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Whole<T = Val> {
    value: Option<T>,
    merge: Merge,
    held: Buffer,
}

impl<T: Chunk> Whole<T> {
    /// Nothing yet, of a stream whose pieces combine like this.
    pub fn new(merge: Merge, cx: &Cx) -> Self {
        Whole { value: None, merge, held: cx.buffer() }
    }

    /// Adds the next piece; an error if the run holds too much then.
    pub fn add(&mut self, piece: T) -> Result<()> {
        // What the whole holds is paid for, not what the pieces were: each has a fixed size that the whole has once.
        let grown = match &mut self.value {
            Some(whole) if self.merge != Merge::Replace => whole.grow(piece),
            value => {
                let before = value.as_ref().map_or(0, T::weight);
                difference(value.insert(piece).weight(), before)
            }
        };
        match grown {
            0.. => self.held.charge(grown.unsigned_abs()),
            _ => {
                self.held.release(grown.unsigned_abs());
                Ok(())
            }
        }
    }

    /// Whether no piece has come.
    pub fn is_empty(&self) -> bool {
        self.value.is_none()
    }

    /// Takes what there is. It is nobody's to pay for from here on.
    pub fn take(&mut self) -> Option<T> {
        self.held.release(usize::MAX);
        self.value.take()
    }
}
