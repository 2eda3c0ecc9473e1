//! Chains that are to be refused: is every offending node named, and would an extension be right to load them?

mod path;

use crate::{Difference, Json, Reason};
use path::{JsonPath, Step};

/// Classes that are dumped as not implemented though their `repr` says all.
const REBUILDABLE: [&str; 13] = [
    "FewShotChatMessagePromptTemplate",
    "FewShotPromptTemplate",
    "JsonKeyOutputFunctionsParser",
    "JsonOutputFunctionsParser",
    "JsonOutputKeyToolsParser",
    "JsonOutputParser",
    "JsonOutputToolsParser",
    "ListOutputParser",
    "MarkdownListOutputParser",
    "NumberedListOutputParser",
    "OutputFunctionsParser",
    "SimpleJsonOutputParser",
    "XMLOutputParser",
];

/// Classes that are dumped with all they need, but that Python cannot load.
const UNLOADABLE: [&str; 3] = ["RunnableBranch", "RunnableRetry", "RunnableWithFallbacks"];

/// A class whose dump lacks the chain it wraps: nothing below it counts.
const HOLLOW: &str = "RunnableWithMessageHistory";

/// Where exception classes stand, which have a name and nothing more.
const EXCEPTION_LISTS: [&str; 2] = ["exceptions_to_handle", "retry_exception_types"];

/// Packages whose exception classes are known.
const KNOWN_PACKAGES: [&str; 6] =
    ["anthropic", "builtins", "langchain_anthropic", "langchain_core", "langchain_openai", "openai"];

/// What in a `repr` is a thing of Python that is not in the JSON.
const ALIVE: [&str; 3] = ["<class '", "<function ", " object at 0x"];

/// Checks the reasons of a refusal: there is one, each leads to a place in the chain, and each node that can never be
/// rebuilt, or of which Python complained, is named.
pub(crate) fn check(chain: &str, complaint: Option<&str>, reasons: &[Reason]) -> Result<(), Difference> {
    let told: Vec<String> =
        reasons.iter().map(|reason| format!("{}: {}", reason.path, reason.message)).collect();
    let told = if told.is_empty() { "no reason".to_owned() } else { told.join("; ") };
    if reasons.is_empty() {
        return Err(Difference::new("refusal", "a reason with a JSON path", told));
    }
    // Python writes NaN, which is no JSON: then there is nothing to look into.
    let Ok(chain) = Json::parse(chain) else { return Ok(()) };
    let mut paths = Vec::new();
    for reason in reasons {
        match JsonPath::parse(&reason.path).filter(|path| path.leads_into(&chain)) {
            Some(path) => paths.push(path),
            None => return Err(Difference::new("refusal", "paths that lead into the chain", &reason.path)),
        }
    }
    match unnamed(&chain, complaint.unwrap_or_default(), &paths) {
        Some(wanted) => Err(Difference::new("refusal", format!("a reason at {wanted}"), told)),
        None => Ok(()),
    }
}

/// Checks that a refusal names these places.
pub(crate) fn check_named(wanted: &[String], reasons: &[Reason]) -> Result<(), Difference> {
    let named: Vec<&str> = reasons.iter().map(|reason| reason.path.as_str()).collect();
    let is_named = |wanted: &str| {
        let wanted = JsonPath::parse(wanted);
        wanted.is_some() && named.iter().any(|path| JsonPath::parse(path) == wanted)
    };
    match wanted.iter().find(|wanted| !is_named(wanted)) {
        Some(missing) => Err(Difference::new("refusal", format!("a reason at {missing}"), named.join("; "))),
        None => Ok(()),
    }
}

/// Whether a chain that Python refuses may be loaded all the same: what Python stumbles over is all in the JSON.
pub(crate) fn may_load(chain: &str, complaint: &str) -> bool {
    let Ok(chain) = Json::parse(chain) else { return false };
    let nodes = nodes(&chain);
    let stumbles = nodes.iter().any(Node::is_not_implemented) && complaint.starts_with("NotImplementedError")
        || UNLOADABLE.iter().any(|class| complaint.contains(class));
    stumbles && !nodes.iter().any(|node| node.is_opaque())
}

/// A place that no reason names.
fn unnamed(chain: &Json, complaint: &str, named: &[JsonPath]) -> Option<String> {
    let nodes = nodes(chain);
    let excused = |path: &JsonPath| {
        nodes.iter().any(|node| node.class() == HOLLOW && node.path.holds(path) && named.contains(&node.path))
    };
    let is_named = |path: &JsonPath| named.iter().any(|reason| path.holds(reason));
    let missing = nodes
        .iter()
        .filter(|node| node.is_opaque() || node.is_forbidden(complaint))
        .find(|node| !is_named(&node.path) && !excused(&node.path));
    if let Some(node) = missing {
        return Some(node.path.to_string());
    }
    let invalid: Vec<&Node<'_>> = nodes.iter().filter(|node| node.is_invalid(complaint)).collect();
    let none = !invalid.is_empty() && !invalid.iter().any(|node| is_named(&node.path));
    none.then(|| invalid.iter().map(|node| node.path.to_string()).collect::<Vec<_>>().join(" or "))
}

/// A node of the serialised form.
struct Node<'a> {
    path: JsonPath,
    value: &'a Json,
}

impl Node<'_> {
    fn text(&self, key: &str) -> &str {
        self.value.get(key).and_then(Json::as_text).unwrap_or_default()
    }

    fn id(&self) -> Vec<&str> {
        self.value.get("id").map(Json::items).unwrap_or_default().iter().filter_map(Json::as_text).collect()
    }

    fn class(&self) -> &str {
        self.id().last().copied().unwrap_or_default()
    }

    fn is_not_implemented(&self) -> bool {
        self.text("type") == "not_implemented"
    }

    /// Whether it stands for something of which the JSON does not hold enough.
    fn is_opaque(&self) -> bool {
        if !self.is_not_implemented() {
            return false;
        }
        let repr = self.text("repr");
        let id = self.id();
        if self.path.keys().any(|key| EXCEPTION_LISTS.contains(&key)) {
            return !id.first().is_some_and(|package| KNOWN_PACKAGES.contains(package));
        }
        let getter = self.class() == "RunnableLambda" && repr.starts_with("RunnableLambda(itemgetter(");
        let literal = REBUILDABLE.contains(&self.class()) && !ALIVE.iter().any(|alive| repr.contains(alive));
        !getter && !literal
    }

    /// Whether Python complained that its class is not allowed.
    fn is_forbidden(&self, complaint: &str) -> bool {
        let id: Vec<String> = self.id().iter().map(|name| format!("'{name}'")).collect();
        let tuple = format!("({}{})", id.join(", "), if id.len() == 1 { "," } else { "" });
        self.text("type") == "constructor"
            && complaint.contains(&format!("Deserialization of {tuple} is not"))
    }

    /// Whether Python complained of an object of its class.
    fn is_invalid(&self, complaint: &str) -> bool {
        let after = complaint.split_once(" validation error").map(|(_, rest)| rest.trim_start_matches('s'));
        let class = after.and_then(|rest| rest.strip_prefix(" for ")?.split_whitespace().next());
        self.text("type") == "constructor" && class == Some(self.class())
    }
}

/// All nodes but those in escaped data.
fn nodes(chain: &Json) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    collect(chain, &mut JsonPath::default(), &mut found);
    found
}

fn collect<'a>(value: &'a Json, path: &mut JsonPath, found: &mut Vec<Node<'a>>) {
    match value {
        Json::Object(members) if members.len() == 1 && members.contains_key("__lc_escaped__") => {}
        Json::Object(members) => {
            if members.get("lc") == Some(&Json::Int("1".into())) && members.contains_key("type") {
                found.push(Node { path: path.clone(), value });
            }
            for (key, member) in members {
                path.push(Step::Key(key.clone()));
                collect(member, path, found);
                path.pop();
            }
        }
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                collect(item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
