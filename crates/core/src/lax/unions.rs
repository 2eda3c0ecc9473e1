//! Values that may be of several types.

use super::{
    form::{Form, Tagged},
    problem::Problem,
    reader::{Fit, Reader},
};
use crate::{Val, echo::shortened_text, python};
use serde_json::Value;

/// A member that the value fits, and how well.
struct Match {
    val: Val,
    fit: Fit,
    fields: Option<usize>,
}

impl Match {
    /// Whether this is the better one of two: more of its fields were given, or else it fits better.
    fn beats(&self, other: &Match) -> bool {
        match (other.fields, self.fields) {
            (Some(old), Some(new)) if old != new => old < new,
            _ => other.fit < self.fit,
        }
    }
}

impl Reader<'_> {
    /// The member that the value fits best; if there is none, what is wrong with each.
    pub(super) fn union(&mut self, members: &[(String, Form)], value: &Value) -> Option<Val> {
        let (outer_fit, outer_fields) = (self.fit, self.fields);
        let before = self.problems.len();
        let mut best: Option<Match> = None;
        for (label, form) in members {
            (self.fit, self.fields) = (Fit::Exact, None);
            let Some(val) = self.under(label.as_str(), form, value) else { continue };
            let found = Match { val, fit: self.fit, fields: self.fields };
            let settled = found.fit == Fit::Exact && found.fields.is_none();
            if settled || best.as_ref().is_none_or(|best| found.beats(best)) {
                best = Some(found);
            }
            if settled {
                break;
            }
        }
        (self.fit, self.fields) = (outer_fit, outer_fields);
        let Match { val, fit, fields } = best?;
        self.problems.truncate(before);
        self.fit = self.fit.min(fit);
        if let Some(given) = fields {
            self.fields = Some(self.fields.unwrap_or(0) + given);
        }
        Some(val)
    }

    pub(super) fn tagged(&mut self, tagged: &Tagged, value: &Value) -> Option<Val> {
        let Value::Object(given) = value else {
            let words = "Input should be a valid dictionary or object to extract fields from";
            return self.fail(Problem::new("model_attributes_type", words), value);
        };
        let by = &tagged.discriminator;
        let Some(tag) = given.get(&tagged.property) else {
            let problem = Problem::new(
                "union_tag_not_found",
                format!("Unable to extract tag using discriminator {by}"),
            );
            return self.fail(problem.with([("discriminator", by.as_str().into())]), value);
        };
        let tag = shortened_text(&python::str(&Val::from(tag.clone())));
        if let Some((tag, form)) = tagged.members.iter().find(|(name, _)| *name == tag) {
            return self.under(tag.as_str(), form, value);
        }
        let expected: Vec<_> = tagged.members.iter().map(|(name, _)| format!("'{name}'")).collect();
        let expected = expected.join(", ");
        let problem = Problem::new(
            "union_tag_invalid",
            format!("Input tag '{tag}' found using {by} does not match any of the expected tags: {expected}"),
        );
        let ctx =
            [("discriminator", by.as_str().into()), ("tag", tag.into()), ("expected_tags", expected.into())];
        self.fail(problem.with(ctx), value)
    }
}
