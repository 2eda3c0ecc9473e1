use super::*;
use serde_json::json;

/// The problems as LangServe tells them: type, loc, msg and what else is there.
#[track_caller]
fn refused(schema: &Value, input: &Value) -> Value {
    let problems = LaxSchema::new(schema).unwrap().read(input, &[]).unwrap_err();
    json!(problems)
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "rows of a table")]
fn check(schema: Value, input: Value, expect: Value) {
    let read = LaxSchema::new(&schema).unwrap().read(&input, &[]);
    let read = read.map(Value::from).unwrap_or_else(|problems| json!(problems[0].kind));
    // `1` and `1.0` differ.
    assert_eq!(read.to_string(), expect.to_string(), "{input} as {schema}");
}

fn typed() -> Value {
    json!({"properties": {"name": {"description": "Who to greet", "minLength": 2, "title": "Name", "type": "string"},
        "times": {"default": 1, "title": "Times", "type": "integer"},
        "tags": {"default": [], "items": {"type": "string"}, "title": "Tags", "type": "array"}},
        "required": ["name"], "title": "TypedIn", "type": "object"})
}

#[test]
fn scalars_are_coerced_as_pydantic_does() {
    let too_big = "1".repeat(4301);
    for (input, expect) in [
        (json!(true), json!(1)),
        (json!(1.0), json!(1)),
        (json!(2.5), json!("int_from_float")),
        (json!(1e300), json!("int_parsing_size")),
        (json!(" 1 "), json!(1)),
        (json!("+1"), json!(1)),
        (json!("1_0"), json!(10)),
        (json!("1__0"), json!("int_parsing")),
        (json!("_1"), json!("int_parsing")),
        (json!("1.00"), json!(1)),
        (json!("1."), json!("int_parsing")),
        (json!("1.5"), json!("int_parsing")),
        (json!("1e3"), json!("int_parsing")),
        (json!("-0"), json!(0)),
        (json!(""), json!("int_parsing")),
        (json!("+"), json!("int_parsing")),
        (json!("٣"), json!("int_parsing")),
        (json!(too_big), json!("int_parsing_size")),
        (json!(null), json!("int_type")),
        (json!([]), json!("int_type")),
    ] {
        check(json!({"type": "integer"}), input, expect);
    }
    for (input, expect) in [
        (json!(true), json!(1.0)),
        (json!(3), json!(3.0)),
        (json!(" 1_000.5 "), json!(1000.5)),
        (json!("1e3"), json!(1000.0)),
        (json!("abc"), json!("float_parsing")),
        (json!(""), json!("float_parsing")),
        (json!("0x1"), json!("float_parsing")),
        (json!({}), json!("float_type")),
    ] {
        check(json!({"type": "number"}), input, expect);
    }
    for (input, expect) in [
        (json!("YES"), json!(true)),
        (json!("off"), json!(false)),
        (json!(1.0), json!(true)),
        (json!(0), json!(false)),
        (json!(2), json!("bool_parsing")),
        (json!(" 1 "), json!("bool_parsing")),
        (json!(2.5), json!("bool_type")),
        (json!(1e300), json!("bool_type")),
        (json!(null), json!("bool_type")),
    ] {
        check(json!({"type": "boolean"}), input, expect);
    }
    check(json!({"type": "string"}), json!(5), json!("string_type"));
    check(json!({"type": "null"}), json!(5), json!("none_required"));
    check(json!({}), json!({"a": [null]}), json!({"a": [null]}));
}

#[test]
fn problems_are_told_as_recorded() {
    let one = |kind: &str, loc: Value, msg: &str, input: Value| json!([{"type": kind, "loc": loc, "msg": msg, "input": input}]);
    assert_eq!(
        refused(&typed(), &json!({"name": "B", "times": "x", "tags": [1]})),
        json!([
            {"type": "string_too_short", "loc": ["name"], "msg": "String should have at least 2 characters", "input": "B", "ctx": {"min_length": 2}},
            {"type": "int_parsing", "loc": ["times"], "msg": "Input should be a valid integer, unable to parse string as an integer", "input": "x"},
            {"type": "string_type", "loc": ["tags", 0], "msg": "Input should be a valid string", "input": 1},
        ])
    );
    let prompt = json!({"properties": {"topic": {"title": "Topic", "type": "string"}}, "required": ["topic"], "title": "PromptInput", "type": "object"});
    assert_eq!(refused(&prompt, &json!({})), one("missing", json!(["topic"]), "Field required", json!({})));
    assert_eq!(
        refused(&prompt, &json!("cats")),
        json!([{"type": "model_type", "loc": [], "msg": "Input should be a valid dictionary or instance of PromptInput", "input": "cats", "ctx": {"class_name": "PromptInput"}}])
    );
    let llm = json!({"$defs": {"LLM": {"enum": ["fakeB", "fakeA"], "title": "LLM", "type": "string"}}, "$ref": "#/$defs/LLM"});
    assert_eq!(
        refused(&llm, &json!("nope")),
        json!([{"type": "enum", "loc": [], "msg": "Input should be 'fakeB' or 'fakeA'", "input": "nope", "ctx": {"expected": "'fakeB' or 'fakeA'"}}])
    );
    let dict = json!({"additionalProperties": true, "type": "object"});
    assert_eq!(
        refused(&dict, &json!([1])),
        one("dict_type", json!([]), "Input should be a valid dictionary", json!([1]))
    );
    let uuid = json!({"anyOf": [{"format": "uuid", "type": "string"}, {"type": "null"}]});
    assert_eq!(
        refused(&uuid, &json!("nope")),
        json!([{"type": "uuid_parsing", "loc": [], "msg": "Input should be a valid UUID, invalid character: found `n` at 0", "input": "nope", "ctx": {"error": "invalid character: found `n` at 0"}}])
    );
}

#[test]
fn limits_are_told_as_pydantic_does() {
    for (schema, input, kind, msg) in [
        (
            json!({"type": "integer", "minimum": 1}),
            json!(0),
            "greater_than_equal",
            "Input should be greater than or equal to 1",
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 1}),
            json!(0),
            "greater_than",
            "Input should be greater than 1",
        ),
        (
            json!({"type": "number", "maximum": 5.5}),
            json!(7),
            "less_than_equal",
            "Input should be less than or equal to 5.5",
        ),
        (
            json!({"type": "integer", "multipleOf": 2}),
            json!(3),
            "multiple_of",
            "Input should be a multiple of 2",
        ),
        (
            json!({"type": "string", "minLength": 1}),
            json!(""),
            "string_too_short",
            "String should have at least 1 character",
        ),
        (
            json!({"type": "string", "pattern": "^a"}),
            json!("b"),
            "string_pattern_mismatch",
            "String should match pattern '^a'",
        ),
        (
            json!({"type": "array", "maxItems": 2}),
            json!([1, 2, 3]),
            "too_long",
            "List should have at most 2 items after validation, not 3",
        ),
        (json!({"const": "a"}), json!("z"), "literal_error", "Input should be 'a'"),
        (json!({"enum": ["a", 1, null]}), json!("z"), "literal_error", "Input should be 'a', 1 or None"),
        (
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
            json!({"b": 1}),
            "extra_forbidden",
            "Extra inputs are not permitted",
        ),
    ] {
        let problems = refused(&schema, &input);
        assert_eq!((problems[0]["type"].as_str(), problems[0]["msg"].as_str()), (Some(kind), Some(msg)));
    }
}

#[test]
fn defaults_are_filled_in_and_other_keys_left_out() {
    check(typed(), json!({"name": "Bob", "zzz": 1}), json!({"name": "Bob", "times": 1, "tags": []}));
    check(json!({"type": "object"}), json!({"a": 1}), json!({"a": 1}));
    check(
        json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        json!({"a": "1"}),
        json!({"a": 1}),
    );
}

#[test]
fn a_union_takes_the_member_that_fits_best() {
    let either = json!({"anyOf": [{"type": "integer"}, {"type": "string"}]});
    check(either.clone(), json!("1"), json!("1"));
    check(either.clone(), json!(1.0), json!(1));
    check(json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), json!(null), json!(null));
    check(json!({"type": ["integer", "null"]}), json!("x"), json!("int_parsing"));
    let problems = refused(&either, &json!([]));
    assert_eq!((&problems[0]["loc"], &problems[1]["loc"]), (&json!(["int"]), &json!(["str"])));
    let class = |name: &str, a: &str, more: &str| json!({"properties": {"a": {"type": a}, more: {"default": 1, "type": "integer"}}, "required": ["a"], "title": name, "type": "object"});
    let classes = json!({"anyOf": [class("M", "integer", "b"), class("N", "string", "c")]});
    check(classes.clone(), json!({"a": "1"}), json!({"a": "1", "c": 1}));
    check(classes, json!({"a": 1}), json!({"a": 1, "b": 1}));
    let class = json!({"enum": ["x"], "title": "E", "type": "string"});
    let problems = refused(&json!({"anyOf": [class, {"type": "integer"}]}), &json!([]));
    assert_eq!(problems[0]["loc"], json!(["str-enum[E]"]));
    let named = json!({"type": "string", "anyOf": [{"const": "a"}, {"const": "b"}]});
    check(named.clone(), json!("a"), json!("a"));
    check(named, json!("c"), json!("anyOf"));
    let tagged = json!({"discriminator": {"propertyName": "type"}, "oneOf": [
        {"title": "A1", "type": "object", "properties": {"type": {"const": "a"}, "v": {"type": "integer"}}, "required": ["type", "v"]},
        {"title": "A2", "type": "object", "properties": {"type": {"const": "b"}}, "required": ["type"]},
    ]});
    check(tagged.clone(), json!({"type": "a", "v": "1"}), json!({"type": "a", "v": 1}));
    let problems = refused(&tagged, &json!({"type": "a", "v": "x"}));
    assert_eq!(problems[0]["loc"], json!(["a", "v"]));
    check(tagged.clone(), json!({}), json!("union_tag_not_found"));
    check(tagged.clone(), json!({"type": "z"}), json!("union_tag_invalid"));
    check(tagged, json!(3), json!("model_attributes_type"));
}

#[test]
fn a_reference_that_goes_round_ends() {
    let round =
        json!({"$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}}, "$ref": "#/$defs/A"});
    check(round, json!(1), json!("recursion_loop"));
    let tree = json!({"$defs": {"T": {"type": "object", "properties": {"t": {"$ref": "#/$defs/T"}}}}, "$ref": "#/$defs/T"});
    check(tree, json!({"t": {"t": {}}}), json!({"t": {"t": {}}}));
    assert!(LaxSchema::new(&json!({"$ref": "#/$defs/None"})).is_err());
    assert!(LaxSchema::new(&json!({"$ref": "http://127.0.0.1:1/x"})).is_err());
}

#[test]
fn long_values_and_names_are_shortened() {
    let long = "é".repeat(100_000);
    let of_text = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    assert!(refused(&of_text, &json!({long.clone(): long})).to_string().len() < 5_000);
    let many: Vec<_> = (0..1000).map(|_| json!("x")).collect();
    assert_eq!(
        refused(&json!({"type": "array", "items": {"type": "integer"}}), &json!(many))
            .as_array()
            .unwrap()
            .len(),
        100
    );
}

mod langchain;
