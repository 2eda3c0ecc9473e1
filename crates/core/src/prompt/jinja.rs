//! jinja2 templates, run by minijinja with bounds on time, memory and depth. What the sandbox of Python refuses is
//! refused here too; the words of other errors are minijinja's.

mod failure;
mod value;

use super::{scope::Scope, template_error::TemplateError};
use crate::python::PythonError;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::io::{self, Write};

/// How much a template may do: about one for each instruction.
const FUEL: u64 = 2_000_000;

/// The most bytes of a rendered template.
const LARGEST_TEXT: usize = 16 * 1024 * 1024;

/// How deep macros and recursive loops may go.
const DEEPEST: usize = 100;

/// The most numbers that `range` gives, as in Python's sandbox.
const LONGEST_RANGE: i64 = 100_000;

const NAME: &str = "template";

/// A parsed jinja2 template.
pub(super) struct Jinja {
    environment: Environment<'static>,
}

impl Jinja {
    pub(super) fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut environment = environment();
        match environment.add_template_owned(NAME, source.to_string()) {
            Ok(()) => Ok(Jinja { environment }),
            Err(error) => Err(refused(source, &error)),
        }
    }

    /// The variables that the template does not set itself.
    pub(super) fn variables(&self) -> Vec<String> {
        let Ok(template) = self.environment.get_template(NAME) else { return Vec::new() };
        let mut names = template.undeclared_variables(false);
        for (name, _) in self.environment.globals() {
            names.remove(name);
        }
        names.into_iter().collect()
    }

    pub(super) fn render(&self, scope: &Scope<'_>) -> Result<String, PythonError> {
        let vars = scope.to_dict();
        let context = Value::from_pairs(vars.iter().map(|(name, val)| (name.as_str(), value::of(val))));
        let mut out = Bounded(Vec::new());
        let rendered = self
            .environment
            .get_template(NAME)
            .and_then(|template| template.render_captured_to(context, &mut out).map(drop));
        rendered.map_err(|error| failure::exception(&error, &vars))?;
        String::from_utf8(out.0).map_err(|_| PythonError::value("the template made no text"))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEEPEST);
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(value::method);
    environment.set_formatter(value::print);
    minijinja_contrib::add_to_environment(&mut environment);
    environment.add_filter("tojson", value::to_json);
    environment.add_filter("e", value::escape);
    environment.add_filter("escape", value::escape);
    environment.add_filter("int", value::to_int);
    environment.add_filter("float", value::to_float);
    environment.add_test("sequence", |value: &Value| value::is_sequence(value));
    environment.add_function("range", range);
    environment.remove_global("debug");
    environment
}

/// `range` of Python's sandbox.
fn range(first: i64, second: Option<i64>, step: Option<i64>) -> Result<Value, Error> {
    let (start, stop) = second.map_or((0, first), |second| (first, second));
    let step = step.unwrap_or(1);
    if step == 0 {
        let raised = PythonError::value("range() arg 3 must not be zero");
        return Err(Error::new(ErrorKind::InvalidOperation, raised.text.clone()).with_source(raised));
    }
    let span = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) };
    let step_size = step.unsigned_abs();
    let count = u64::try_from(span).map_or(0, |span| span.div_ceil(step_size));
    if count > LONGEST_RANGE.unsigned_abs() {
        let text =
            format!("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LONGEST_RANGE}).");
        let raised = PythonError::new("OverflowError", text);
        return Err(Error::new(ErrorKind::InvalidOperation, raised.text.clone()).with_source(raised));
    }
    let numbers = std::iter::successors(Some(start), move |number| number.checked_add(step));
    Ok(numbers.take(usize::try_from(count).unwrap_or(0)).map(Value::from).collect())
}

fn refused(source: &str, error: &Error) -> TemplateError {
    let text = error.detail().unwrap_or("the template cannot be read").to_string();
    let offset = error.range().map_or(0, |range| range.start).min(source.len());
    TemplateError {
        message: format!("the template cannot be read: {text}"),
        remedy: "see the documentation of Jinja".into(),
        offset,
        exception: PythonError::new("TemplateSyntaxError", text),
    }
}

/// Text that cannot grow beyond a bound.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LARGEST_TEXT {
            return Err(io::Error::other("the template makes too much text"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
