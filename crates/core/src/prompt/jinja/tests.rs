use crate::{Template, TemplateFormat, Val, vars};

#[track_caller]
fn raised(template: &str) -> String {
    let template = Template::parse_as(template, TemplateFormat::Jinja2).unwrap();
    let vars = vars! { "q" => "a,b", "l" => Val::List(vec![1.into(), 2.into()]) };
    let error = template.render(&vars).unwrap_err();
    match error {
        crate::Error::Prompt(error) => error.python_error().class.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_template_does_is_bounded() {
    let loops = "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}";
    assert_eq!(raised(loops), "MemoryError");
    assert_eq!(raised("{% for a in range(90000) %}{{ 'x' * 100000 }}{% endfor %}"), "MemoryError");
    assert_eq!(raised("{{ range(100001) }}"), "OverflowError");
    assert_eq!(raised("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "TypeError");
}

#[test]
fn the_sandbox_is_pythons() {
    assert_eq!(raised("{{ q.__class__.__mro__ }}"), "SecurityError");
    assert_eq!(raised("{{ nothing.x }}"), "UndefinedError");
    assert_eq!(raised("{% include 'x' %}"), "TypeError");
}

#[test]
fn values_that_are_small_only_until_they_are_shown_are_refused() {
    let grown =
        "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";
    for shown in ["{{ ns.x }}", "{{ ns.x|tojson }}", "{{ ns.x|e }}", "{{ (ns.x, 1) }}"] {
        assert_eq!(raised(&format!("{grown}{shown}")), "MemoryError", "{shown}");
    }
}

#[track_caller]
fn text_raised(template: &str, expect: &str) {
    let template = Template::parse_as(template, TemplateFormat::Jinja2).unwrap();
    let vars = vars! { "q" => "a", "n" => Val::Null, "b" => true, "i" => 1 };
    match template.render(&vars).unwrap_err() {
        crate::Error::Prompt(error) => assert_eq!(error.python_error().text, expect),
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_have_pythons_words() {
    text_raised("{{ q.items() }}", "'str object' has no attribute 'items'");
    text_raised("{{ n.split() }}", "'None' has no attribute 'split'");
    text_raised("{{ i.split() }}", "'int object' has no attribute 'split'");
    text_raised("{% for x in b %}{% endfor %}", "'bool' object is not iterable");
    text_raised("{% for x in i %}{% endfor %}", "'int' object is not iterable");
}

#[test]
fn text_and_objects_are_sequences() {
    let template =
        Template::parse_as("{{ q is sequence }} {{ i is sequence }}", TemplateFormat::Jinja2).unwrap();
    assert_eq!(template.render(&vars! { "q" => "a", "i" => 1 }).unwrap(), "True False");
}
