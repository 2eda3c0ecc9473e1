//! The variables of a template, and whether it is one at all; what could reach into a value is refused.

/// How a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Format {
    #[default]
    FString,
    Mustache,
    Jinja2,
}

impl Format {
    /// The format of this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Format::FString, Format::Mustache, Format::Jinja2].into_iter().find(|format| format.name() == name)
    }

    /// The name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Format::FString => "f-string",
            Format::Mustache => "mustache",
            Format::Jinja2 => "jinja2",
        }
    }
}

/// Why a text is no template, and where: in bytes from its start.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) remedy: &'static str,
    /// Whether LangChain takes the template and fails with each request.
    pub(super) late: bool,
}

/// The widest a value may be padded, and the longest it may be cut, in characters.
const WIDTH_LIMIT: usize = 10_000;
/// How many times a template may name variables.
const VARIABLE_LIMIT: usize = 1000;
const DOUBLE: &str = "double the braces of text that is meant as it stands";

/// The variables, each once, in order of appearance. Of jinja2 none are known.
pub(super) fn variables(text: &str, format: Format) -> Result<Vec<String>, Problem> {
    let mut names = match format {
        Format::FString => f_string(text)?,
        Format::Mustache => mustache(text)?,
        Format::Jinja2 => Vec::new(),
    };
    if names.len() > VARIABLE_LIMIT {
        let message = format!("a template has more than {VARIABLE_LIMIT} places for variables");
        return refuse(0, message, "split the template");
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

fn refuse<T>(offset: usize, message: impl Into<String>, remedy: &'static str) -> Result<T, Problem> {
    Err(Problem { offset, message: message.into(), remedy, late: false })
}

fn f_string(text: &str) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        let start = at + found;
        let brace = &text[start..=start];
        if text[start + 1..].starts_with(brace) {
            at = start + 2;
            continue;
        }
        if brace == "}" {
            return refuse(start, "a `}` without a `{` before it", "write `}}` for a brace in the text");
        }
        let (name, end) = field(text, start)?;
        names.push(name);
        at = end;
    }
    Ok(names)
}

/// The name of the field whose `{` stands at `start`, and where the field ends.
fn field(text: &str, start: usize) -> Result<(String, usize), Problem> {
    let inside = &text[start + 1..];
    let Some(stop) = inside.find(['{', '}', ':', '!']) else {
        return refuse(start, "a `{` that is never closed", "write `{{` for a brace in the text");
    };
    let name = &inside[..stop];
    let rest = &inside[stop..];
    check_name(name, start)?;
    let (conversion, spec) = match rest.as_bytes()[0] {
        b'{' => return refuse(start, "a `{` stands in the name of a variable", DOUBLE),
        b'!' => conversion(rest, start)?,
        _ => (None, rest),
    };
    let Some(end) = spec.find('}').filter(|end| !spec[..*end].contains('{')) else {
        return refuse(
            start,
            "a format holds braces, or is never closed",
            "write the format without variables",
        );
    };
    check_width(&spec[..end], start)?;
    if name.is_empty() || conversion.is_some_and(|char| !"rsa".contains(char)) {
        let message =
            format!("`{{{}}}` fails with every request", &inside[..inside.len() - spec.len() + end]);
        let remedy = "write the name of a variable; conversions are `!r`, `!s` and `!a`";
        return Err(Problem { offset: start, message, remedy, late: true });
    }
    Ok((name.into(), text.len() - spec.len() + end + 1))
}

/// The letter behind `!`, and what follows it.
fn conversion(rest: &str, start: usize) -> Result<(Option<char>, &str), Problem> {
    let mut chars = rest[1..].chars();
    let letter = chars.next();
    match chars.as_str() {
        rest if letter.is_some() && rest.starts_with([':', '}']) => Ok((letter, rest)),
        _ => refuse(start, "a conversion is one letter, then `:` or `}`", "write `{name!r}`"),
    }
}

fn check_name(name: &str, start: usize) -> Result<(), Problem> {
    if name.contains(['.', '[', ']']) {
        let message = format!("`{{{name}}}` reaches into a value, which no template may");
        return refuse(start, message, "make the inner value a variable of its own");
    }
    if !name.is_empty() && name.chars().all(char::is_numeric) {
        return refuse(start, format!("`{{{name}}}` names no variable"), DOUBLE);
    }
    Ok(())
}

fn check_width(spec: &str, start: usize) -> Result<(), Problem> {
    let widths = spec.split(|char: char| !char.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let wide = |digits: &str| digits.parse::<usize>().map_or(true, |width| width > WIDTH_LIMIT);
    match widths.into_iter().any(wide) {
        true => {
            let message = format!("a format is wider than {WIDTH_LIMIT} characters");
            refuse(start, message, "write a smaller width")
        }
        false => Ok(()),
    }
}

/// The tags, as LangChain's copy of chevron splits them; the names of the variables outside of sections.
fn mustache(text: &str) -> Result<Vec<String>, Problem> {
    let (mut open, mut close) = (String::from("{{"), String::from("}}"));
    let mut sections: Vec<(&str, usize)> = Vec::new();
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(found) = rest.find(&open) {
        let start = text.len() - rest.len() + found;
        let behind = &rest[found + open.len()..];
        if behind.is_empty() {
            break;
        }
        let Some(end) = behind.find(&close) else {
            return refuse(start, "a tag is never closed", "write `}}` behind the name");
        };
        let tag = &behind[..end];
        rest = &behind[end + close.len()..];
        if tag.trim().is_empty() {
            return refuse(start, "a tag is empty", "write a name between the braces");
        }
        let mark = tag.chars().next().filter(|char| "!#^/>={&".contains(*char));
        let key = mark.map_or(tag, |mark| &tag[mark.len_utf8()..]).trim();
        match mark {
            Some('#' | '^') => {
                name_of(key, &sections, &mut names);
                sections.push((key, start));
            }
            Some('/') => end_section(key, start, &mut sections)?,
            Some('=') => (open, close) = delimiters(tag, start)?,
            Some('{') => {
                if open == "{{" && close == "}}" {
                    rest = rest.strip_prefix('}').unwrap_or(rest);
                }
                name_of(key, &sections, &mut names);
            }
            None | Some('&') => name_of(key, &sections, &mut names),
            Some(_) => {}
        }
    }
    match sections.last() {
        Some((key, start)) => {
            refuse(*start, format!("the section `{key}` is never closed"), "write `{{/name}}` behind it")
        }
        None => Ok(names),
    }
}

/// Adds the outermost part of a key, if it stands outside of sections.
fn name_of(key: &str, sections: &[(&str, usize)], names: &mut Vec<String>) {
    if sections.is_empty() && key != "." {
        names.push(key.split('.').next().unwrap_or(key).into());
    }
}

fn end_section(key: &str, start: usize, sections: &mut Vec<(&str, usize)>) -> Result<(), Problem> {
    match sections.pop() {
        Some((opened, _)) if opened == key => Ok(()),
        Some((opened, _)) => {
            let message = format!("`{key}` is closed where `{opened}` is open");
            refuse(start, message, "close sections in the reverse order")
        }
        None => refuse(start, format!("`{key}` is closed, but was never opened"), "write `{{#name}}` before"),
    }
}

/// The delimiters that a tag like `=<% %>=` sets.
fn delimiters(tag: &str, start: usize) -> Result<(String, String), Problem> {
    let inside = tag.strip_prefix('=').and_then(|tag| tag.strip_suffix('=')).map(str::trim);
    let mut words = inside.unwrap_or_default().split(' ');
    match (words.next(), words.next_back()) {
        (Some(open), Some(close)) if !open.is_empty() && !close.is_empty() => Ok((open.into(), close.into())),
        _ => refuse(start, "a tag that sets delimiters is not closed", "write `{{=<% %>=}}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: Format, text: &str, expect: &[&str]) {
        assert_eq!(variables(text, format).unwrap(), expect, "{text}");
    }

    #[track_caller]
    fn refused(format: Format, text: &str, offset: usize, part: &str) {
        let problem = variables(text, format).unwrap_err();
        assert!(problem.message.contains(part), "{text}: {problem:?}");
        assert_eq!(problem.offset, offset, "{text}");
    }

    #[test]
    fn f_strings_have_names_formats_and_conversions() {
        let check = |text, expect: &[&str]| check(Format::FString, text, expect);
        check("{a} {{b}} {c!r} {d:>10} {a} {e!s:.3f}", &["a", "c", "d", "e"]);
        check("ü{a b}{_}", &["a b", "_"]);
        let refused = |text, offset, part| refused(Format::FString, text, offset, part);
        refused("{a.b}", 0, "reaches into");
        refused("x {a.__class__.__init__}", 2, "reaches into");
        refused("{a[0]}", 0, "reaches into");
        refused("{0}", 0, "names no variable");
        refused("{q:{w}}", 0, "braces");
        refused("{q", 0, "never closed");
        refused("{q:", 0, "never closed");
        refused("{q!", 0, "one letter");
        refused("{q!rx}", 0, "one letter");
        refused("{a{b}}", 0, "in the name");
        refused("q}", 1, "without a `{`");
        refused("{x:>999999999}", 0, "wider than");
        refused("{x:.99999999999999999999999f}", 0, "wider than");
        refused(&"{a}".repeat(1001), 0, "more than 1000 places");
    }

    #[test]
    fn some_f_strings_fail_only_when_they_are_filled() {
        for text in ["{}", "{q!z}", "{!r}"] {
            assert!(variables(text, Format::FString).unwrap_err().late, "{text}");
        }
    }

    #[test]
    fn mustache_requires_what_stands_outside_of_sections() {
        let check = |text, expect: &[&str]| check(Format::Mustache, text, expect);
        check("{{a}} {{{b}}} {{& c}} {{d.e.f}} {{! x }} {{> p}} {{.}}", &["a", "b", "c", "d"]);
        check("{{#s}}{{inner}}{{/s}}{{^t}}{{/t}}{{u}}", &["s", "t", "u"]);
        check("{{=<% %>=}}<% a %>{{b}}", &["a"]);
        check("no tags } {", &[]);
        check("{{", &[]);
        check("{{a.__class__}}", &["a"]);
        let refused = |text, offset, part| refused(Format::Mustache, text, offset, part);
        refused("{{#a}}x", 0, "never closed");
        refused("{{#a}}{{/b}}", 6, "is open");
        refused("{{/b}}", 0, "never opened");
        refused("x{{a", 1, "never closed");
        refused("{{ }}", 0, "empty");
        refused("{{=<%}}", 0, "delimiters");
    }
}
