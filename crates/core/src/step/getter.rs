//! `operator.itemgetter` as a step: what stands under a key, or at a place of a list.

use crate::{
    Cx, Error, Fut, Kind, Node, Out, Result, RunInfo, Runnable, Shape, Val, gather, impl_pipe, python,
};
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// What a function in a chain of Python's raises if the step before it streams nothing at all.
const NOTHING_CAME: &str = "cannot access local variable 'final' where it is not associated with a value";

/// A step that gives what stands under a key, or a list of what stands under several; a missing key is an error.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemGetter {
    keys: Vec<Val>,
}

impl ItemGetter {
    /// One key: text for an object, an integer for a list or for text (from the end if it is negative).
    pub fn one(key: impl Into<Val>) -> Self {
        ItemGetter { keys: vec![key.into()] }
    }

    /// Several keys, whose values come as a list.
    pub fn several(keys: impl IntoIterator<Item = Val>) -> Self {
        ItemGetter { keys: keys.into_iter().collect() }
    }

    fn get(&self, input: &Val) -> Result<Val> {
        match self.keys.as_slice() {
            [key] => item(input, key),
            keys => keys.iter().map(|key| item(input, key)).collect::<Result<_>>().map(Val::List),
        }
    }
}

/// `input[key]`.
fn item(input: &Val, key: &Val) -> Result<Val> {
    let raised = |class, message: String| Err(Error::raised("itemgetter", class, message));
    match (input, key) {
        (Val::Dict(dict) | Val::AddDict(dict), key) => {
            let found = if let Val::Text(key) = key { dict.get(key) } else { None };
            found.map_or_else(|| raised("KeyError", python::repr(key)), |val| Ok(val.clone()))
        }
        (Val::List(items), Val::Number(index)) if !index.is_float() => match place(index, items.len()) {
            Some(index) => Ok(items[index].clone()),
            None => raised("IndexError", "list index out of range".into()),
        },
        (Val::Text(text), Val::Number(index)) if !index.is_float() => {
            let char = place(index, text.chars().count()).and_then(|index| text.chars().nth(index));
            char.map_or_else(
                || raised("IndexError", "string index out of range".into()),
                |char| Ok(Val::Text(char.into())),
            )
        }
        (Val::List(_), key) => {
            let message = format!("list indices must be integers or slices, not {}", python::type_name(key));
            raised("TypeError", message)
        }
        (Val::Text(_), key) => {
            raised("TypeError", format!("string indices must be integers, not '{}'", python::type_name(key)))
        }
        (other, _) => {
            raised("TypeError", format!("'{}' object is not subscriptable", python::type_name(other)))
        }
    }
}

/// An index of Python, which counts from the end if it is negative.
fn place(index: &crate::Number, length: usize) -> Option<usize> {
    let index = i64::try_from(index.to_int()?).ok()?;
    let index = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

impl Runnable for ItemGetter {
    type In = Val;
    type Out = Val;

    fn invoke(self: Arc<Self>, input: Val, _: Cx) -> Fut<Val> {
        Box::pin(std::future::ready(self.get(&input)))
    }

    fn transform(self: Arc<Self>, input: Out<Val>, cx: Cx) -> Out<Val> {
        let got = async move {
            match gather(input, cx).await? {
                Some(whole) => self.get(&whole),
                None => Err(Error::raised("itemgetter", "UnboundLocalError", NOTHING_CAME)),
            }
        };
        stream::once(got).boxed()
    }

    fn run_info(&self, _: &Cx) -> RunInfo {
        RunInfo::chain("RunnableLambda")
    }

    fn describe(&self, input: &Shape) -> Node {
        let takes = Kind::DICT.or(Kind::LIST).or(Kind::TEXT);
        let gives = if self.keys.len() == 1 { Kind::ANY } else { Kind::LIST };
        let names = self.keys.iter().filter_map(|key| match key {
            Val::Text(name) => Some(name.as_str()),
            _ => None,
        });
        Node::leaf_of("itemgetter", takes, gives, input).needing(names, input)
    }
}

impl_pipe!(ItemGetter);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exception;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(input: Value, keys: Value, expect: impl Into<Value>) {
        let Val::List(keys) = Val::from(keys) else { panic!() };
        let got = ItemGetter::several(keys).get(&Val::from(input));
        let got = got.map(Value::from).unwrap_or_else(|error| {
            let exception = Exception::of(&error);
            json!(format!("{}: {}", exception.class(), exception.text))
        });
        assert_eq!(got, expect.into());
    }

    #[test]
    fn gets_as_python_does() {
        check(json!({"a": 1, "b": 2}), json!(["a"]), json!(1));
        check(json!({"a": 1, "b": 2}), json!(["b", "a"]), json!([2, 1]));
        check(json!({"a": 1}), json!(["it's"]), json!("KeyError: \"it's\""));
        check(json!({"1": 1}), json!([1]), json!("KeyError: 1"));
        check(json!([1, 2]), json!([-1]), json!(2));
        check(json!([1, 2]), json!([2]), json!("IndexError: list index out of range"));
        check(json!([1]), json!(["a"]), json!("TypeError: list indices must be integers or slices, not str"));
        check(json!("äb"), json!([0]), json!("ä"));
        check(json!("ab"), json!(["a"]), json!("TypeError: string indices must be integers, not 'str'"));
        check(json!(null), json!(["a"]), json!("TypeError: 'NoneType' object is not subscriptable"));
    }
}
