//! Where a template finds its variables: those of the call first, then the prompt's own.

use crate::{Dict, Val};

/// Variables, with others behind them for what they lack.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// What is looked at first.
    outer: Option<&'a Scope<'a>>,
    /// Which of the outer ones may be seen; all, if absent.
    only: Option<&'a [String]>,
    own: &'a Dict,
}

impl<'a> Scope<'a> {
    pub(super) fn of(own: &'a Dict) -> Self {
        Scope { outer: None, only: None, own }
    }

    /// The outer variables, and `own` for what they lack.
    pub(super) fn within(outer: &'a Scope<'a>, own: &'a Dict) -> Self {
        Scope { outer: Some(outer), only: None, own }
    }

    /// Only these of the outer variables, and `own` for what they lack.
    pub(super) fn only(outer: &'a Scope<'a>, names: &'a [String], own: &'a Dict) -> Self {
        Scope { outer: Some(outer), only: Some(names), own }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Val> {
        let seen = self.only.is_none_or(|names| names.iter().any(|seen| seen == name));
        self.outer.filter(|_| seen).and_then(|outer| outer.get(name)).or_else(|| self.own.get(name))
    }

    /// All variables as Python's `{**own, **outer}` orders them.
    pub(super) fn to_dict(self) -> Dict {
        let mut all = self.own.clone();
        if let Some(outer) = self.outer {
            let seen = |name: &String| self.only.is_none_or(|names| names.contains(name));
            all.extend(outer.to_dict().into_iter().filter(|(name, _)| seen(name)));
        }
        all
    }
}
