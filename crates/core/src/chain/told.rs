//! Chains as steps of others: their runs, and what readers are told of them.

use super::Chain;
use crate::{
    Chunk, Cx, EventKind, Fut, Merge, Out, Result, RunType, Telling, Val, Wants, Whole, gather, run::failed,
};
use futures_util::{FutureExt, StreamExt, stream};
use std::sync::{Arc, Mutex, PoisonError};

impl<I: Chunk, O: Chunk> Chain<I, O> {
    /// Runs it as a step with a run of its own where a reader asked for steps.
    pub(crate) fn run_invoke(&self, input: I, cx: Cx, tag: Option<String>) -> Fut<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().invoke(input, cx);
        }
        let chain = self.clone();
        Box::pin(async move {
            cx.emit_start(chain.0.run_info(&cx), tag, Some(input.clone().into_val()));
            let result = chain.0.invoke(input, cx.clone()).await;
            cx.emit(match &result {
                Ok(output) => EventKind::End { output: Some(output.clone().into_val()), input: None },
                Err(error) => EventKind::Error(error.clone()),
            });
            result
        })
    }

    /// Starts the outermost run, whose pieces and end [`run`](crate::run) itself tells of.
    pub(crate) fn start(&self, input: I, cx: &Cx) -> Out<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().stream(input, self.outermost(cx));
        }
        cx.emit_start(self.0.run_info(cx), None, Some(input.clone().into_val()));
        self.0.clone().stream(input, cx.clone())
    }

    /// The context of the outermost run where no reader asked for steps: if the chain is a model, the run is the model's.
    pub(crate) fn outermost(&self, cx: &Cx) -> Cx {
        let cx = cx.clone();
        if self.0.run_info(&cx).run_type == RunType::ChatModel { cx.of_model() } else { cx }
    }

    pub(crate) fn run_stream(&self, input: I, cx: Cx, tag: Option<String>) -> Out<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().stream(input, cx);
        }
        let chain = self.clone();
        stream::once(async move { chain.tell_whole(input, cx, tag) }).flatten().boxed()
    }

    pub(crate) fn run_transform(&self, input: Out<I>, cx: Cx, tag: Option<String>) -> Out<O> {
        self.run_transform_as(self.merge(), input, cx, tag)
    }

    /// The same, where the step before has a say in how the pieces combine.
    pub(super) fn run_transform_as(
        &self,
        merge: Merge,
        input: Out<I>,
        cx: Cx,
        tag: Option<String>,
    ) -> Out<O> {
        if !cx.wants(Wants::Steps) {
            return self.0.clone().transform(input, cx);
        }
        let chain = self.clone();
        let begun = async move {
            if chain.0.run_info(&cx).telling == Telling::Pieces {
                return chain.tell_pieces(merge, input, cx, tag).await;
            }
            match gather(input, cx.clone()).await {
                Ok(Some(whole)) => chain.tell_whole(whole, cx, tag),
                Ok(None) => stream::empty().boxed(),
                Err(error) => failed(error),
            }
        };
        stream::once(begun).flatten().boxed()
    }

    fn tell_whole(&self, input: I, cx: Cx, tag: Option<String>) -> Out<O> {
        let info = self.0.run_info(&cx);
        let telling = info.telling;
        let mut known = Some(input.clone().into_val());
        let later = if telling == Telling::Pieces { known.take() } else { None };
        cx.emit_start(info, tag, known);
        let pieces = self.0.clone().stream(input, cx.clone());
        told(pieces, Teller::new(cx, self.merge(), telling, move || later))
    }

    /// The run begins when the step before has given something, or nothing at all. Had that failed, there is no run.
    async fn tell_pieces(&self, merge: Merge, mut input: Out<I>, cx: Cx, tag: Option<String>) -> Out<O> {
        let first = match input.next().await {
            Some(Err(error)) => return failed(error),
            first => first,
        };
        cx.emit_start(self.0.run_info(&cx), tag, None);
        let seen = Seen::new(&cx);
        let noted = seen.clone();
        let input = stream::iter(first).chain(input).map(move |piece| noted.note(piece)).boxed();
        let pieces = self.0.clone().transform(input, cx.clone());
        told(pieces, Teller::new(cx, merge, Telling::Pieces, move || seen.take()))
    }
}

/// What came in, for the end of a run that could not say it at its start.
struct Seen<T>(Arc<Mutex<Whole<T>>>);

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        Seen(self.0.clone())
    }
}

impl<T: Chunk> Seen<T> {
    fn new(cx: &Cx) -> Self {
        Seen(Arc::new(Mutex::new(Whole::new(Merge::Append, cx))))
    }

    /// The piece, unless all of them are more than the run may hold.
    fn note(&self, piece: Result<T>) -> Result<T> {
        let piece = piece?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(piece.clone())?;
        Ok(piece)
    }

    fn take(&self) -> Option<Val> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map(Chunk::into_val)
    }
}

/// Tells the run's readers of each piece and of the end.
fn told<T: Chunk>(pieces: Out<T>, teller: Teller<T>) -> Out<T> {
    stream::unfold((teller, pieces), async |(mut teller, mut pieces)| {
        if teller.over {
            return None;
        }
        let piece = match teller.ahead.take() {
            Some(ahead) => Some(ahead),
            None => pieces.next().await,
        };
        let piece = piece.map(|piece| teller.hold(piece));
        teller.tell(piece.as_ref());
        if teller.telling == Telling::Whole && !teller.over {
            // The step's end is told before the next one gets its output.
            match pieces.next().now_or_never() {
                Some(None) => teller.tell(None),
                ahead => teller.ahead = ahead.flatten(),
            }
        }
        Some((piece?, (teller, pieces)))
    })
    .boxed()
}

struct Teller<T> {
    cx: Cx,
    telling: Telling,
    input: Option<Box<dyn FnOnce() -> Option<Val> + Send>>,
    whole: Whole<T>,
    ahead: Option<Result<T>>,
    over: bool,
}

impl<T: Chunk> Teller<T> {
    fn new(
        cx: Cx,
        merge: Merge,
        telling: Telling,
        input: impl FnOnce() -> Option<Val> + Send + 'static,
    ) -> Self {
        let input: Box<dyn FnOnce() -> Option<Val> + Send> = Box::new(input);
        let whole = Whole::new(merge, &cx);
        Teller { cx, telling, input: Some(input), whole, ahead: None, over: false }
    }

    /// The piece, unless the whole is more than the run may hold.
    fn hold(&mut self, piece: Result<T>) -> Result<T> {
        let piece = piece?;
        self.whole.add(piece.clone())?;
        Ok(piece)
    }

    fn tell(&mut self, piece: Option<&Result<T>>) {
        self.over = !matches!(piece, Some(Ok(_)));
        match piece {
            Some(Ok(piece)) => {
                if matches!(self.telling, Telling::Pieces | Telling::Answer) {
                    self.cx.emit(EventKind::Chunk(piece.clone().into_val()));
                }
            }
            Some(Err(error)) => self.cx.emit(EventKind::Error(error.clone())),
            None => {
                let output = self.whole.take().map(Chunk::into_val);
                let input = self.input.take().and_then(|input| input());
                self.cx.emit(EventKind::End { output, input });
            }
        }
    }
}
