//! Reads a vendor's parameters from a chain file, and says everything that is wrong with them at once.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use windlass_core::SpecProblem;

/// The JSON Schema of the parameters, without references.
pub(crate) fn schema<P: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.into_generator().into_root_schema_for::<P>().to_value()
}

/// The parameters, or a problem for each that is wrong. All fields of `P` must have defaults: each is tried alone.
pub(crate) fn read<P: DeserializeOwned + JsonSchema>(
    params: &Map<String, Value>,
) -> Result<P, Vec<SpecProblem>> {
    let error = match serde_json::from_value(Value::Object(params.clone())) {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    let schema = schema::<P>();
    let known = schema["properties"].as_object().cloned().unwrap_or_default();
    let wrong = params.iter().filter_map(|(key, value)| {
        let alone = Map::from_iter([(key.clone(), value.clone())]);
        let error = serde_json::from_value::<P>(Value::Object(alone)).err()?;
        Some(match known.get(key) {
            Some(schema) => wrong_value(key, schema, &error.to_string()),
            None => unknown(key, &known),
        })
    });
    let wrong: Vec<_> = wrong.collect();
    let whole =
        || SpecProblem { key: None, message: error.to_string(), remedy: "correct the parameters".into() };
    Err(if wrong.is_empty() { vec![whole()] } else { wrong })
}

/// A problem with the parameter `key`.
pub(crate) fn problem(key: &str, message: impl Into<String>, remedy: impl Into<String>) -> SpecProblem {
    SpecProblem { key: Some(key.into()), message: message.into(), remedy: remedy.into() }
}

fn wrong_value(key: &str, schema: &Value, error: &str) -> SpecProblem {
    let meaning = schema["description"].as_str().unwrap_or("see the parameter's schema");
    problem(key, format!("`{key}`: {error}"), format!("`{key}` is: {}", meaning.replace('\n', " ")))
}

fn unknown(key: &str, known: &Map<String, Value>) -> SpecProblem {
    let near =
        known.keys().map(|name| (distance(key, name), name)).min().filter(|(distance, _)| *distance <= 3);
    let remedy = match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("use one of: {}", known.keys().cloned().collect::<Vec<_>>().join(", ")),
    };
    problem(key, format!("there is no parameter `{key}`"), remedy)
}

/// How many letters must be added, removed or changed to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (index, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Parameters for the test.
    #[derive(Debug, Default, serde::Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Params {
        /// Sampling temperature, from 0 to 2.
        temperature: Option<f64>,
        /// How many answers.
        n: Option<u32>,
    }

    #[test]
    fn every_problem_is_told_with_a_remedy() {
        let params = json!({"temprature": 1, "n": -1, "temperature": 0.5, "colour": "red"});
        let problems = read::<Params>(params.as_object().unwrap()).unwrap_err();
        let told: Vec<_> =
            problems.iter().map(|problem| (problem.message.as_str(), problem.remedy.as_str())).collect();
        assert_eq!(
            told,
            [
                ("there is no parameter `temprature`", "did you mean `temperature`?"),
                ("`n`: invalid value: integer `-1`, expected u32", "`n` is: How many answers."),
                ("there is no parameter `colour`", "use one of: temperature, n"),
            ]
        );
    }

    #[test]
    fn words_have_a_distance() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("stop", "stop"), 0);
    }
}
