//! The items that lists have while a patch is applied: a move in place of an earlier operation shifts the indexes behind it.

use std::{cmp::Ordering, collections::HashMap};

/// How far apart labels are at the ends, and those of items that were put in one after the other.
const GAP: i64 = 1 << 32;
const STEP: i64 = 1 << 16;

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Key(String),
    Index(usize),
    /// An item of a list, wherever it is by then.
    Item(ItemId),
}

/// A path whose indexes are items.
pub(super) type Location = Vec<Part>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ItemId(usize);

#[derive(Debug, Clone)]
struct Item {
    array: usize,
    label: i64,
    initial: bool,
}

/// All items that a list has at some point, and those it has now, both by their labels.
#[derive(Debug, Default)]
struct Array {
    all: Vec<ItemId>,
    present: Vec<ItemId>,
}

/// The lists of the value that is changed, by where they are.
#[derive(Debug, Default)]
pub(super) struct Arrays {
    items: Vec<Item>,
    arrays: Vec<Array>,
    by_location: HashMap<Location, usize>,
}

impl Arrays {
    /// The location that parts of a path lead to now.
    pub(super) fn locate(&mut self, parts: &[Part]) -> Location {
        let mut location = Location::new();
        for part in parts {
            let part = match part {
                Part::Index(index) => {
                    let array = self.array(&location);
                    Part::Item(self.item_at(array, *index))
                }
                other => other.clone(),
            };
            location.push(part);
        }
        location
    }

    /// The location of what is put in at `key` of what `path` leads to.
    pub(super) fn insert(&mut self, path: &[Part], key: Part) -> Location {
        let mut location = self.locate(path);
        let part = match key {
            Part::Index(index) => {
                let array = self.array(&location);
                Part::Item(self.insert_at(array, index))
            }
            other => other,
        };
        location.push(part);
        location
    }

    /// The parts of a location now. Of an item that is not there: where it would be.
    pub(super) fn parts(&self, location: &[Part]) -> Vec<Part> {
        let part = |part: &Part| match part {
            Part::Item(id) => Part::Index(self.place(*id)),
            other => other.clone(),
        };
        location.iter().map(part).collect()
    }

    /// Puts the item at a location in its list, or takes it out.
    pub(super) fn set_present(&mut self, location: &[Part], present: bool) {
        let Some(Part::Item(id)) = location.last() else { return };
        let place = self.place(*id);
        let items = &mut self.arrays[self.items[id.0].array].present;
        if present {
            items.insert(place, *id);
        } else if place < items.len() {
            items.remove(place);
        }
    }

    /// Goes back to the items that the lists had at the beginning.
    pub(super) fn reset(&mut self) {
        for array in &mut self.arrays {
            array.present = array.all.iter().copied().filter(|id| self.items[id.0].initial).collect();
        }
    }

    fn array(&mut self, location: &[Part]) -> usize {
        if let Some(array) = self.by_location.get(location) {
            return *array;
        }
        self.arrays.push(Array::default());
        self.by_location.insert(location.to_vec(), self.arrays.len() - 1);
        self.arrays.len() - 1
    }

    fn new_item(&mut self, array: usize, label: i64, initial: bool) -> ItemId {
        self.items.push(Item { array, label, initial });
        ItemId(self.items.len() - 1)
    }

    fn item_at(&mut self, array: usize, index: usize) -> ItemId {
        while self.arrays[array].present.len() <= index {
            let label = self.arrays[array].all.last().map_or(0, |last| self.items[last.0].label + GAP);
            let id = self.new_item(array, label, true);
            self.arrays[array].all.push(id);
            self.arrays[array].present.push(id);
        }
        self.arrays[array].present[index]
    }

    fn insert_at(&mut self, array: usize, index: usize) -> ItemId {
        let position = match index.checked_sub(1) {
            Some(before) => {
                let before = self.item_at(array, before);
                let label = self.items[before.0].label;
                self.arrays[array].all.partition_point(|id| self.items[id.0].label <= label)
            }
            None => 0,
        };
        let label = self.label_at(array, position);
        let id = self.new_item(array, label, false);
        self.arrays[array].all.insert(position, id);
        let place = self.place(id);
        self.arrays[array].present.insert(place, id);
        id
    }

    /// A label for an item at this position among all.
    fn label_at(&mut self, array: usize, position: usize) -> i64 {
        let all = &self.arrays[array].all;
        let label = |at: usize| all.get(at).map(|id| self.items[id.0].label);
        match (position.checked_sub(1).and_then(label), label(position)) {
            (None, None) => 0,
            (None, Some(first)) => first - GAP,
            (Some(last), None) => last + GAP,
            (Some(low), Some(high)) if high - low >= 2 => low + STEP.min((high - low) / 2),
            (Some(_), Some(_)) => {
                for (id, label) in self.arrays[array].all.iter().zip((0..).step_by(GAP as usize)) {
                    self.items[id.0].label = label;
                }
                self.label_at(array, position)
            }
        }
    }

    fn place(&self, id: ItemId) -> usize {
        let item = &self.items[id.0];
        let before = |other: &ItemId| self.items[other.0].label.cmp(&item.label) == Ordering::Less;
        self.arrays[item.array].present.partition_point(before)
    }
}
