//! The page for users names every rule by which Windlass decides otherwise, and no other.

const EXCEPTIONS: &str = include_str!("../../exceptions.toml");
const PAGE: &str = include_str!("../../../docs/langchain.md");

#[test]
fn the_docs_name_every_exception() {
    let rules = EXCEPTIONS.lines().filter_map(|line| line.strip_prefix("rule = \"")?.strip_suffix('"'));
    let mut rules: Vec<_> = rules.collect();
    rules.dedup();
    let section =
        PAGE.split("\n## ").find(|section| section.starts_with("Where Windlass decides otherwise")).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let shown: Vec<_> = rows.filter(|row| *row != "rule").collect();
    assert_eq!(shown, rules);
}
