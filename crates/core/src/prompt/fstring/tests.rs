use crate::{Template, Val, vars};

#[track_caller]
fn check(template: &str, expect: &str) {
    let vars = vars! { "a" => "{x}", "b" => 1, "list" => Val::List(vec!["q".into(), true.into()]) };
    assert_eq!(Template::parse(template).unwrap().render(&vars).unwrap(), expect);
}

#[track_caller]
fn refused(template: &str, offset: usize, part: &str) {
    let error = Template::parse(template).unwrap_err();
    assert!(error.message.contains(part), "{error}");
    assert_eq!(error.offset, offset);
}

#[test]
fn renders() {
    check("", "");
    check("no variables", "no variables");
    check("{a}-{b}", "{x}-1");
    check("{{a}} {{{b}}}", "{a} {1}");
    check("ü{list}ü", "ü['q', True]ü");
    check("{a!r:>7}|{b:03}", "  '{x}'|001");
}

#[test]
fn refuses_what_reaches_into_values() {
    refused("x {a.b}", 2, "reaches into a value");
    refused("{a[0]}", 0, "reaches into a value");
    refused("{a.__class__}", 0, "reaches into a value");
    // Nobody can name this one, so it is missing whenever the template is rendered, as in Python.
    assert_eq!(Template::parse("{}").unwrap().variables(), [""]);
    refused("{0}", 0, "names no variable");
    refused("{٣:>5}", 0, "names no variable");
    refused("{a:{w}}", 0, "a field inside its format");
}

#[test]
fn refuses_widths_that_would_fill_memory() {
    refused("x{a:>999999999}", 1, "beyond 10000");
    refused("{a:.99999f}", 0, "beyond 10000");
    refused("{a!r:10001}", 0, "beyond 10000");
    assert_eq!(Template::parse("{a:>10000}").unwrap().render(&vars! { "a" => "" }).unwrap().len(), 10_000);
}

#[test]
fn refuses_unbalanced_braces() {
    refused("x }", 2, "without a `{`");
    refused("ü{a", 2, "never closed");
    refused("{{a}", 3, "without a `{`");
    refused("{a{b}}", 0, "never closed");
}

#[test]
fn knows_where_its_variables_stand() {
    let template = Template::parse("{{no}} {a!r}ü{{{b:>5}}} {a}").unwrap();
    let places: Vec<_> = template.places().collect();
    assert_eq!(places, [("a", 7..12), ("b", 16..22), ("a", 25..28)]);
}

#[test]
fn fields_that_are_wide_together_fill_no_memory() {
    let template = Template::parse(&"{a:>10000}".repeat(7000)).unwrap();
    let error = template.render(&vars! { "a" => "x" }).unwrap_err();
    assert_eq!(crate::Exception::of(&error).class(), "MemoryError");
}
