//! Which parts of two lists differ: Python's `difflib`, with the shortcuts that python-jsonpatch takes.

use super::{identity, positional_cost};
use crate::Val;
use std::{collections::HashMap, ops::Range};

/// Up to this product of lengths all items are matched up.
const EXACT_MATCH_LIMIT: usize = 500 * 500;

/// From this length on, items that are frequent are not matched up.
const POPULAR_FROM: usize = 200;

/// Each run of items of the first list that is replaced by a run of the second, between items that both have.
pub(super) fn differing_runs(last: &[Val], next: &[Val]) -> Vec<(Range<usize>, Range<usize>)> {
    let [a, b] = [last, next].map(|items| items.iter().map(identity).collect::<Vec<_>>());
    let start = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (a_end, b_end) = (a.len() - end, b.len() - end);
    let cost = |from: &Range<usize>, to: &Range<usize>| {
        let pairs = from.clone().zip(to.clone()).filter(|(i, j)| a[*i] != b[*j]);
        let pairs: usize = pairs.map(|(i, j)| positional_cost(&last[i], &next[j])).sum();
        from.len().abs_diff(to.len()) + pairs
    };
    let by_position = (start..a_end, start..b_end);
    let position_cost = cost(&by_position.0, &by_position.1);
    let exact = (a_end - start) * (b_end - start) <= EXACT_MATCH_LIMIT;
    if !exact && comparisons(&a[start..a_end], &b[start..b_end]) > EXACT_MATCH_LIMIT.max(position_cost.pow(2))
    {
        return vec![by_position];
    }
    let runs: Vec<_> = Matcher::new(&a[start..a_end], &b[start..b_end], !exact)
        .differences()
        .into_iter()
        .map(|(from, to)| (from.start + start..from.end + start, to.start + start..to.end + start))
        .collect();
    if runs.iter().map(|(from, to)| cost(from, to)).sum::<usize>() > position_cost {
        return vec![by_position];
    }
    runs
}

fn comparisons(a: &[String], b: &[String]) -> usize {
    let mut counts: HashMap<&String, usize> = HashMap::new();
    b.iter().for_each(|key| *counts.entry(key).or_default() += 1);
    a.iter().filter_map(|key| counts.get(key)).sum()
}

/// `difflib.SequenceMatcher`.
struct Matcher<'k> {
    a: &'k [String],
    b: &'k [String],
    /// Where in `b` each key is.
    places: HashMap<&'k String, Vec<usize>>,
}

impl<'k> Matcher<'k> {
    fn new(a: &'k [String], b: &'k [String], leaves_out_popular: bool) -> Self {
        let mut places: HashMap<&String, Vec<usize>> = HashMap::new();
        b.iter().enumerate().for_each(|(at, key)| places.entry(key).or_default().push(at));
        if leaves_out_popular && b.len() >= POPULAR_FROM {
            let most = b.len() / 100 + 1;
            places.retain(|_, places| places.len() <= most);
        }
        Matcher { a, b, places }
    }

    fn differences(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let (mut i, mut j) = (0, 0);
        let mut runs = Vec::new();
        for (a, b, size) in self.blocks() {
            if i < a || j < b {
                runs.push((i..a, j..b));
            }
            (i, j) = (a + size, b + size);
        }
        runs
    }

    /// The runs that both have, in order, and an empty one at the end.
    fn blocks(&self) -> Vec<(usize, usize, usize)> {
        let mut todo = vec![(0..self.a.len(), 0..self.b.len())];
        let mut blocks = Vec::new();
        while let Some((from, to)) = todo.pop() {
            let (i, j, size) = self.longest(&from, &to);
            if size > 0 {
                blocks.push((i, j, size));
                if from.start < i && to.start < j {
                    todo.push((from.start..i, to.start..j));
                }
                if i + size < from.end && j + size < to.end {
                    todo.push((i + size..from.end, j + size..to.end));
                }
            }
        }
        blocks.sort_unstable();
        blocks.push((self.a.len(), self.b.len(), 0));
        blocks
    }

    /// The longest run that both have in these ranges: the first in `a`, then the first in `b`.
    fn longest(&self, from: &Range<usize>, to: &Range<usize>) -> (usize, usize, usize) {
        let (mut i, mut j, mut size) = (from.start, to.start, 0);
        let mut lengths: HashMap<usize, usize> = HashMap::new();
        for at in from.clone() {
            let mut fresh = HashMap::new();
            for place in self.places.get(&self.a[at]).into_iter().flatten().filter(|place| to.contains(place))
            {
                let before = place.checked_sub(1).and_then(|before| lengths.get(&before));
                let length = before.copied().unwrap_or(0) + 1;
                fresh.insert(*place, length);
                if length > size {
                    (i, j, size) = (at + 1 - length, place + 1 - length, length);
                }
            }
            lengths = fresh;
        }
        while i > from.start && j > to.start && self.a[i - 1] == self.b[j - 1] {
            (i, j, size) = (i - 1, j - 1, size + 1);
        }
        while i + size < from.end && j + size < to.end && self.a[i + size] == self.b[j + size] {
            size += 1;
        }
        (i, j, size)
    }
}
