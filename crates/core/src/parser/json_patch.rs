//! The difference of two values as a list of JSON patch operations, operation by operation as python-jsonpatch writes it.

mod arrays;
mod runs;

use super::equal::equal;
use crate::{Dict, Val, python};
use arrays::{Arrays, Location, Part};
use runs::differing_runs;
use std::collections::HashMap;

/// What turns `last` into `next`: `{"op": .., "path": .., ..}` each. Without a last one the whole value is put in its place.
///
/// Costs time linear in both values for values of which one continues the other, and quadratic in the length of lists
/// that differ all over.
pub fn make_patch(last: Option<&Val>, next: &Val) -> Val {
    let mut builder = Builder::default();
    builder.compare_values(&[], None, last.unwrap_or(&Val::Null), next);
    Val::List(builder.finish())
}

#[derive(Debug, Clone)]
enum Op {
    Add { path: Location, value: Val },
    Remove { path: Location },
    Replace { path: Location, value: Val },
    Move { from: Location, path: Location },
}

/// What was found out so far. A value that is removed in one place and added in another is moved.
#[derive(Default)]
struct Builder {
    ops: Vec<Option<Op>>,
    arrays: Arrays,
    /// Which operations removed, or added, a value.
    removed: HashMap<String, Vec<usize>>,
    added: HashMap<String, Vec<usize>>,
}

impl Builder {
    fn compare_values(&mut self, path: &[Part], key: Option<Part>, last: &Val, next: &Val) {
        match (last, next) {
            (Val::Dict(last), Val::Dict(next)) => self.compare_dicts(&join(path, key), last, next),
            (Val::List(last), Val::List(next)) => self.compare_lists(&join(path, key), last, next),
            _ if identity(last) == identity(next) => {}
            _ => {
                let path = self.arrays.locate(&join(path, key));
                self.ops.push(Some(Op::Replace { path, value: next.clone() }));
            }
        }
    }

    fn compare_dicts(&mut self, path: &[Part], last: &Dict, next: &Dict) {
        for (key, val) in last.iter().filter(|(key, _)| !next.contains_key(*key)) {
            self.item_removed(path, Part::Key(key.clone()), val);
        }
        for (key, val) in next.iter().filter(|(key, _)| !last.contains_key(*key)) {
            self.item_added(path, Part::Key(key.clone()), val);
        }
        for (key, last) in last {
            if let Some(next) = next.get(key) {
                self.compare_values(path, Some(Part::Key(key.clone())), last, next);
            }
        }
    }

    fn compare_lists(&mut self, path: &[Part], last: &[Val], next: &[Val]) {
        for (from, to) in differing_runs(last, next) {
            let paired = from.len().min(to.len());
            for (old, at) in last[from.clone()].iter().zip(to.clone()) {
                self.compare_items(path, at, old, &next[at]);
            }
            for old in &last[from.start + paired..from.end] {
                self.item_removed(path, Part::Index(to.start + paired), old);
            }
            for (at, new) in next.iter().enumerate().take(to.end).skip(to.start + paired) {
                self.item_added(path, Part::Index(at), new);
            }
        }
    }

    fn compare_items(&mut self, path: &[Part], at: usize, old: &Val, new: &Val) {
        match (old, new) {
            (Val::Dict(old), Val::Dict(new)) => {
                self.compare_dicts(&join(path, Some(Part::Index(at))), old, new)
            }
            (Val::List(old), Val::List(new)) => {
                self.compare_lists(&join(path, Some(Part::Index(at))), old, new)
            }
            _ if identity(old) == identity(new) => {}
            _ => {
                self.item_removed(path, Part::Index(at), old);
                self.item_added(path, Part::Index(at), new);
            }
        }
    }

    fn item_added(&mut self, path: &[Part], key: Part, item: &Val) {
        let identity = identity(item);
        let target = join(path, Some(key.clone()));
        if let Some(index) = self.removed.get_mut(&identity).and_then(Vec::pop)
            && let Some(Op::Remove { path: removed }) = self.ops[index].clone()
        {
            let source = self.arrays.parts(&removed);
            let is_inside = target.len() > source.len() && target.starts_with(&source);
            if !is_inside {
                self.ops[index] = None;
                if source == target {
                    self.arrays.set_present(&removed, true);
                } else {
                    let path = self.arrays.insert(path, key);
                    self.ops.push(Some(Op::Move { from: removed, path }));
                }
                return;
            }
        }
        let path = self.arrays.insert(path, key);
        self.added.entry(identity).or_default().push(self.ops.len());
        self.ops.push(Some(Op::Add { path, value: item.clone() }));
    }

    fn item_removed(&mut self, path: &[Part], key: Part, item: &Val) {
        let identity = identity(item);
        let source = join(path, Some(key));
        let location = self.arrays.locate(&source);
        if let Some(index) = self.added.get_mut(&identity).and_then(Vec::pop)
            && let Some(Op::Add { path: added, .. }) = self.ops[index].take()
        {
            let place = self.arrays.parts(&added);
            if without_item(&source, &place) == place {
                self.arrays.set_present(&added, false);
            } else {
                self.arrays.set_present(&location, false);
                self.ops.push(Some(Op::Move { from: location, path: added }));
            }
            return;
        }
        self.arrays.set_present(&location, false);
        self.removed.entry(identity).or_default().push(self.ops.len());
        self.ops.push(Some(Op::Remove { path: location }));
    }

    /// The operations, with the indexes that hold when each is applied.
    fn finish(mut self) -> Vec<Val> {
        self.arrays.reset();
        let mut done: Vec<(Op, Vec<Part>, Option<Vec<Part>>)> = Vec::new();
        for op in std::mem::take(&mut self.ops).into_iter().flatten() {
            let from = if let Op::Move { from, .. } = &op {
                let parts = self.arrays.parts(from);
                self.arrays.set_present(from, false);
                Some(parts)
            } else {
                None
            };
            let (Op::Add { path, .. }
            | Op::Remove { path }
            | Op::Replace { path, .. }
            | Op::Move { path, .. }) = &op;
            let parts = self.arrays.parts(path);
            match &op {
                Op::Remove { .. } => self.arrays.set_present(path, false),
                Op::Add { .. } | Op::Move { .. } => self.arrays.set_present(path, true),
                Op::Replace { .. } => {}
            }
            done.push((op, parts, from));
        }
        write(done)
    }
}

/// Writes the operations; a removal and an addition in the same place are one replacement.
fn write(ops: Vec<(Op, Vec<Part>, Option<Vec<Part>>)>) -> Vec<Val> {
    let mut written = Vec::new();
    let mut ops = ops.into_iter().peekable();
    while let Some((op, parts, from)) = ops.next() {
        let path = pointer(&parts);
        let follows = |next: &(Op, Vec<Part>, _)| matches!(next.0, Op::Add { .. }) && next.1 == parts;
        written.push(match op {
            Op::Remove { .. } => match ops.next_if(follows) {
                Some((Op::Add { value, .. }, ..)) => operation("replace", None, path, Some(value)),
                _ => operation("remove", None, path, None),
            },
            Op::Add { value, .. } => operation("add", None, path, Some(value)),
            Op::Replace { value, .. } => operation("replace", None, path, Some(value)),
            Op::Move { .. } => operation("move", from.as_deref().map(pointer), path, None),
        });
    }
    written
}

fn operation(op: &str, from: Option<String>, path: String, value: Option<Val>) -> Val {
    let from = from.map(|from| ("from".to_owned(), Val::Text(from)));
    let value = value.map(|value| ("value".to_owned(), value));
    let head = [("op".to_owned(), Val::from(op))].into_iter().chain(from);
    Val::Dict(head.chain([("path".to_owned(), Val::Text(path))]).chain(value).collect())
}

/// A JSON pointer.
fn pointer(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Part::Index(index) => format!("/{index}"),
        Part::Item(_) => String::new(),
    };
    parts.iter().map(part).collect()
}

fn join(path: &[Part], key: Option<Part>) -> Vec<Part> {
    path.iter().cloned().chain(key).collect()
}

/// The place `parts` once the item at `location` is gone.
fn without_item(parts: &[Part], location: &[Part]) -> Vec<Part> {
    let mut shifted = parts.to_vec();
    if let Some((Part::Index(index), before)) = location.split_last()
        && parts.starts_with(before)
        && let Some(Part::Index(at)) = shifted.get_mut(before.len())
        && *at > *index
    {
        *at -= 1;
    }
    shifted
}

/// A text that two values share if they are equal in JSON.
fn identity(val: &Val) -> String {
    python::repr(&sorted(val))
}

fn sorted(val: &Val) -> Val {
    match val {
        Val::Dict(dict) => {
            let mut dict: Dict = dict.iter().map(|(key, val)| (key.clone(), sorted(val))).collect();
            dict.sort_unstable_keys();
            Val::Dict(dict)
        }
        Val::List(items) => Val::List(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// How many operations turn one value into the other, if the items of lists are compared by position.
fn positional_cost(old: &Val, new: &Val) -> usize {
    match (old, new) {
        _ if equal(old, new) => 0,
        (Val::Dict(old), Val::Dict(new)) => {
            let kept = old.iter().map(|(key, old)| new.get(key).map_or(1, |new| positional_cost(old, new)));
            kept.sum::<usize>() + new.keys().filter(|key| !old.contains_key(*key)).count()
        }
        (Val::List(old), Val::List(new)) => {
            old.len().abs_diff(new.len())
                + old.iter().zip(new).map(|(old, new)| positional_cost(old, new)).sum::<usize>()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
