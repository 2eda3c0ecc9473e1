//! Features in test that a request needs, and which LangChain switches on by itself. Pure.

use crate::python_json::is_truthy;
use serde_json::{Map, Value};

/// What the service's own tools need, by the tool's type.
const OF_TOOLS: [(&str, &str); 9] = [
    ("web_fetch_20250910", "web-fetch-2025-09-10"),
    ("code_execution_20250522", "code-execution-2025-05-22"),
    ("mcp_toolset", "mcp-client-2025-11-20"),
    ("memory_20250818", "context-management-2025-06-27"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
    ("tool_search_tool_regex_20251119", "advanced-tool-use-2025-11-20"),
    ("tool_search_tool_bm25_20251119", "advanced-tool-use-2025-11-20"),
    ("advisor_20260301", "advisor-tool-2026-03-01"),
];

/// Names the features in test that the arguments need.
pub(super) fn add_betas(payload: &mut Map<String, Value>) {
    let mut wanted: Vec<&str> = Vec::new();
    let tools = payload.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    wanted.extend(tools.iter().filter_map(|tool| of_tool(tool.get("type")?.as_str()?)));
    let has = |name: &str| payload.get(name).is_some_and(is_truthy);
    let inner = |name: &str, key: &str| {
        payload.get(name).and_then(|value| value.get(key)).filter(|value| is_truthy(value))
    };
    let needs = [
        (
            "advanced-tool-use-2025-11-20",
            tools.iter().any(|tool| tool.get("input_examples").is_some_and(is_truthy)),
        ),
        ("mcp-client-2025-11-20", has("mcp_servers")),
        ("task-budgets-2026-03-13", inner("output_config", "task_budget").is_some()),
        (
            "thinking-display-updates-2026-08-18",
            inner("thinking", "display").is_some_and(|display| display == "updates"),
        ),
    ];
    wanted.extend(needs.iter().filter(|(_, needed)| *needed).map(|(beta, _)| *beta));
    let mut betas = payload.get("betas").and_then(Value::as_array).cloned().unwrap_or_default();
    wanted.extend(beta_of_tool_changes(payload, &betas));
    wanted.extend(Some("user-profiles-2026-03-24").filter(|_| has("user_profile_id")));
    for beta in wanted {
        if !betas.iter().any(|known| known == beta) {
            betas.push(beta.into());
        }
    }
    if !betas.is_empty() {
        payload.insert("betas".into(), betas.into());
    }
}

/// What is needed to change the tools in the middle of a conversation.
fn beta_of_tool_changes(payload: &Map<String, Value>, betas: &[Value]) -> Option<&'static str> {
    const INLINE: &str = "inline-tools-2026-09-15";
    let turns = payload.get("messages").and_then(Value::as_array)?;
    let instructions = turns.iter().filter(|turn| turn["role"] == "system");
    let blocks: Vec<_> = instructions.filter_map(|turn| turn["content"].as_array()).flatten().collect();
    let defines =
        |block: &&Value| block["type"] == "tool_addition" && block["tool"]["type"] == "tool_definition";
    let changes = |block: &&Value| block["type"] == "tool_addition" || block["type"] == "tool_removal";
    if blocks.iter().any(defines) {
        return Some(INLINE);
    }
    let changes = blocks.iter().any(changes) && !betas.iter().any(|beta| beta == INLINE);
    changes.then_some("mid-conversation-tool-changes-2026-07-01")
}

fn of_tool(kind: &str) -> Option<&'static str> {
    OF_TOOLS.iter().find(|(tool, _)| *tool == kind).map(|(_, beta)| *beta)
}
