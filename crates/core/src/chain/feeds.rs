//! Conversions at joints: what one step gives, as the next one takes it.

use crate::{AiMessage, Chunk, Cx, Out, PromptValue, Result, Typed, Val, Vars, gather};
use futures_util::{StreamExt, stream};

/// A conversion at a joint: what `Self` gives can be fed to a step that takes `To`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot feed a step that takes `{To}`",
    label = "this joint does not fit",
    note = "put a model, a parser or a `RunnableLambda` between the two steps",
    note = "variables of a prompt are made with `vars! {{ .. }}` or are the fields of a struct in `Typed`"
)]
pub trait Feeds<To: Chunk>: Chunk {
    /// Converts a whole value.
    fn feed(self) -> Result<To>;

    /// Converts a stream. Default: gathers it first, because pieces need not convert one by one.
    fn feed_stream(pieces: Out<Self>, cx: Cx) -> Out<To> {
        let whole = async move { gather(pieces, cx).await?.map(Feeds::feed).transpose() };
        stream::once(whole).filter_map(async |result| result.transpose()).boxed()
    }
}

impl<T: Chunk> Feeds<T> for T {
    fn feed(self) -> Result<T> {
        Ok(self)
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<T> {
        pieces
    }
}

impl<T> Feeds<Vars> for Typed<T>
where
    Typed<T>: Chunk,
{
    fn feed(self) -> Result<Vars> {
        Vars::from_val(self.into_val())
    }
}

impl Feeds<Val> for String {
    fn feed(self) -> Result<Val> {
        Ok(Val::Text(self))
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Val::Text)).boxed()
    }
}

impl Feeds<Val> for Vars {
    fn feed(self) -> Result<Val> {
        Ok(self.into_whole())
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Chunk::into_val)).boxed()
    }
}

impl Feeds<Val> for PromptValue {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }
}

impl Feeds<Val> for AiMessage {
    fn feed(self) -> Result<Val> {
        Ok(self.into_val())
    }

    fn feed_stream(pieces: Out<Self>, _: Cx) -> Out<Val> {
        pieces.map(|piece| piece.map(Chunk::into_val)).boxed()
    }
}
