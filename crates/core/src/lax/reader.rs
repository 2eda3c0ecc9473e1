//! One reading of one value.

use super::{
    form::{Class, Form},
    objects,
    problem::Problem,
};
use crate::{InputProblem, Val};
use indexmap::IndexMap;
use serde_json::Value;

/// How well a value fits; a union takes the member that it fits best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// It was coerced.
    Lax,
    /// It counts as one of the type.
    Strict,
    Exact,
}

/// Reads one value.
pub(super) struct Reader<'s> {
    pub(super) named: &'s IndexMap<String, Form>,
    pub(super) at: Vec<Value>,
    pub(super) problems: Vec<InputProblem>,
    pub(super) fit: Fit,
    /// How many fields of classes were given.
    pub(super) fields: Option<usize>,
    /// Whether objects of LangChain's are only checked, to tell what is wrong.
    pub(super) telling: bool,
    steps: usize,
    depth: usize,
}

/// The most forms that one reading tries; unions in unions may try many.
const STEP_LIMIT: usize = 5_000_000;

/// The deepest nesting of forms; references may go round, and the stack is finite.
const DEPTH_LIMIT: usize = 256;

/// The most problems of one value.
pub(super) const PROBLEM_LIMIT: usize = 100;

impl<'s> Reader<'s> {
    pub(super) fn new(named: &'s IndexMap<String, Form>, at: &[Value]) -> Self {
        let (problems, fit) = (Vec::new(), Fit::Exact);
        Reader { named, at: at.to_vec(), problems, fit, fields: None, telling: false, steps: 0, depth: 0 }
    }

    /// What was found; never nothing.
    pub(super) fn into_problems(mut self, value: &Value) -> Vec<InputProblem> {
        if self.problems.is_empty() {
            self.note(Problem::new("value_error", "Value error, the value cannot be read"), value);
        }
        self.problems
    }

    /// The value in this form; `None` after its problems are noted.
    pub(super) fn read(&mut self, form: &Form, value: &Value) -> Option<Val> {
        self.steps += 1;
        if self.steps > STEP_LIMIT || self.depth > DEPTH_LIMIT {
            let words = "Recursion error - cyclic reference detected";
            return self.fail(Problem::new("recursion_loop", words), value);
        }
        self.depth += 1;
        let val = self.as_form(form, value);
        self.depth -= 1;
        val
    }

    fn as_form(&mut self, form: &Form, value: &Value) -> Option<Val> {
        match form {
            Form::Any => Some(Val::from(value.clone())),
            Form::Text(rule) => self.text(rule, value),
            Form::Uuid => self.uuid(value),
            Form::Integer(bounds) => self.integer(bounds, value),
            Form::Float(bounds) => self.float(bounds, value),
            Form::Bool => self.boolean(value),
            Form::Null => self.null(value),
            Form::List(form) => self.list(form, value),
            Form::Object(form) => self.object(form, value),
            Form::Choice(choice) => self.choice(choice, value),
            Form::Nullable(_) if value.is_null() => Some(Val::Null),
            Form::Nullable(form) => self.read(form, value),
            Form::Union(members) => self.union(members, value),
            Form::Tagged(tagged) => self.tagged(tagged, value),
            Form::Named(pointer) => self.named(pointer, value),
            Form::LangChain(class, told) => self.langchain(class, told, value),
            Form::Of(schema) => {
                let own = std::mem::replace(&mut self.named, &schema.named);
                let val = self.read(&schema.root, value);
                self.named = own;
                val
            }
            Form::Checked(form, validator) => self.checked(form, validator, value),
        }
    }

    fn named(&mut self, pointer: &str, value: &Value) -> Option<Val> {
        let named = self.named;
        match named.get(pointer) {
            Some(form) => self.read(form, value),
            None => Some(Val::from(value.clone())),
        }
    }

    fn langchain(&mut self, class: &Class, told: &Form, value: &Value) -> Option<Val> {
        if self.telling {
            return self.read(told, value);
        }
        if let Some(val) = objects::read(class, value) {
            self.fit = self.fit.min(Fit::Lax);
            let given = value.as_object().map_or(0, serde_json::Map::len);
            self.fields = Some(self.fields.unwrap_or(0) + given);
            return Some(val);
        }
        let before = self.problems.len();
        self.telling = true;
        let read = self.read(told, value);
        self.telling = false;
        if read.is_some() && self.problems.len() == before {
            self.note(Problem::new("value_error", "Value error, the object cannot be read"), value);
        }
        None
    }

    /// Reads what stands under `part`.
    pub(super) fn under(&mut self, part: impl Into<Value>, form: &Form, value: &Value) -> Option<Val> {
        self.at.push(part.into());
        let val = self.read(form, value);
        self.at.pop();
        val
    }

    /// Notes a problem here.
    pub(super) fn note(&mut self, problem: Problem, value: &Value) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(problem.at(&self.at, value));
        }
    }

    /// Notes a problem for which there is no value here.
    pub(super) fn fail<T>(&mut self, problem: Problem, value: &Value) -> Option<T> {
        self.note(problem, value);
        None
    }
}
