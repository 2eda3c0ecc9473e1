//! `RunnablePick`: one key of an object, or some of its keys.

use super::no_kwargs;
use crate::{
    Chunk, Cx, Dict, Error, Fut, Kind, Merge, Node, Out, Result, RunInfo, Runnable, Shape, Val, impl_pipe,
    run::failed,
};
use futures_util::{StreamExt, stream};
use std::{marker::PhantomData, sync::Arc};

/// A step that gives one value of an object (null if it is not there), or the object of some of its keys.
pub struct RunnablePick<I = Val> {
    keys: Keys,
    takes: PhantomData<fn(I)>,
}

#[derive(Debug, Clone)]
enum Keys {
    One(String),
    Some(Vec<String>),
}

impl<I> std::fmt::Debug for RunnablePick<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RunnablePick").field(&self.keys).finish()
    }
}

impl<I: Chunk> RunnablePick<I> {
    /// The value of one key.
    pub fn one(key: impl Into<String>) -> Self {
        RunnablePick { keys: Keys::One(key.into()), takes: PhantomData }
    }

    /// The object of those of the keys that are there; null if none is.
    pub fn some<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Self {
        RunnablePick { keys: Keys::Some(keys.into_iter().map(Into::into).collect()), takes: PhantomData }
    }

    fn pick(&self, input: I) -> Result<Val> {
        let (Val::Dict(mut dict) | Val::AddDict(mut dict)) = input.into_val() else {
            // LangChain's own words, the wrong name included.
            let message = "The input to RunnablePassthrough.assign() must be a dict.";
            return Err(Error::raised("RunnablePick", "ValueError", message));
        };
        Ok(match &self.keys {
            Keys::One(key) => dict.swap_remove(key).unwrap_or(Val::Null),
            Keys::Some(keys) => {
                let picked: Dict =
                    keys.iter().filter_map(|key| Some((key.clone(), dict.get(key)?.clone()))).collect();
                if picked.is_empty() { Val::Null } else { Val::AddDict(picked) }
            }
        })
    }

    fn names(&self) -> &[String] {
        match &self.keys {
            Keys::One(key) => std::slice::from_ref(key),
            Keys::Some(keys) => keys,
        }
    }
}

impl<I: Chunk> Runnable for RunnablePick<I> {
    type In = I;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: I, cx: Cx) -> Fut<Val> {
        let taken = no_kwargs(&cx, "RunnablePick", "_pick");
        Box::pin(std::future::ready(taken.and_then(|()| self.pick(input))))
    }

    fn stream(self: Arc<Self>, input: I, cx: Cx) -> Out<Val> {
        self.transform(stream::iter([Ok(input)]).boxed(), cx)
    }

    fn transform(self: Arc<Self>, input: Out<I>, cx: Cx) -> Out<Val> {
        if let Err(error) = no_kwargs(&cx, "RunnablePick", "_transform") {
            return failed(error);
        }
        let picked = input.filter_map(move |piece| {
            let picked = piece.and_then(|piece| self.pick(piece));
            std::future::ready(Some(picked).filter(|picked| !matches!(picked, Ok(Val::Null))))
        });
        picked.boxed()
    }

    fn describe(&self, input: &Shape) -> Node {
        let mut node = Node::leaf_of("RunnablePick", Kind::DICT, Kind::ANY, input).needing(
            self.names().iter().map(String::as_str).filter(|_| matches!(self.keys, Keys::One(_))),
            input,
        );
        if let Keys::Some(keys) = &self.keys {
            node.gives = Shape::keys(keys.iter().filter(|key| !input.lacks(key)));
        }
        node
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain(format!("RunnablePick<{}>", self.names().join(",")))
    }

    fn merge(&self) -> Merge {
        match self.keys {
            Keys::One(_) => Merge::Append,
            Keys::Some(_) => Merge::ByKey,
        }
    }
}

impl_pipe!([I: Chunk] RunnablePick<I>);
