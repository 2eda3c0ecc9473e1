//! The examples of `docs/clients.md`: they run as they stand, but for the address, against the demo model.

use super::install::{Folder, Runtime};
use crate::process::{Server, root, tee};

/// Their files, and where they run.
const EXAMPLES: [(&str, Runtime); 10] = [
    ("python/examples/remote_runnable.py", Runtime::Python("newest")),
    ("python/examples/openai_sdk.py", Runtime::Python("newest")),
    ("python/examples/chat_openai.py", Runtime::Python("newest")),
    ("python/examples/litellm_sdk.py", Runtime::Python("openai2")),
    ("python/examples/pydantic_ai_agent.py", Runtime::Python("newest")),
    ("js/examples/remote-runnable.mjs", Runtime::Node),
    ("js/examples/openai-sdk.mjs", Runtime::Node),
    ("js/examples/openai-compatible.mjs", Runtime::Node),
    ("js/examples/ui-chat.mjs", Runtime::Node),
    ("js/examples/assistant-stream.mjs", Runtime::Node),
];

/// The address in the examples.
const ADDRESS: &str = "http://127.0.0.1:8000";

/// What the demo model says to the question that all of them ask.
const SAID: &str = "You asked: ";

/// Runs those whose paths hold all of these words: how many passed, and which did not.
pub(crate) fn run(folder: &Folder, words: &[String]) -> anyhow::Result<(usize, Vec<String>)> {
    let server = Server::demo(&["examples/ask.yaml", "examples/chat.yaml"])?;
    let (mut passed, mut failed) = (0, Vec::new());
    for (path, runtime) in EXAMPLES {
        if !words.iter().all(|word| path.contains(word.as_str())) {
            continue;
        }
        println!("-- {path}");
        let source = std::fs::read_to_string(root().join("clients").join(path))?;
        let script = path.replace('/', "-");
        folder.write(&script, &source.replace(ADDRESS, &server.base))?;
        let (ok, printed) = tee(&mut runtime.command(folder, &script))?;
        if ok && printed.replace("'", "").contains(SAID) {
            passed += 1;
        } else {
            failed.push(path.to_owned());
        }
    }
    Ok((passed, failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page shows every example as the file has it.
    #[test]
    fn the_page_shows_the_files() {
        let page = std::fs::read_to_string(root().join("docs/clients.md")).unwrap();
        for (path, _) in EXAMPLES {
            let source = std::fs::read_to_string(root().join("clients").join(path)).unwrap();
            let language = if path.starts_with("python") { "python" } else { "js" };
            let shown = format!("<!-- clients/{path} -->\n```{language}\n{source}```\n");
            assert!(page.contains(&shown), "docs/clients.md does not show clients/{path} as it is");
        }
    }

    #[test]
    fn every_example_runs() {
        for language in ["python", "js"] {
            for entry in std::fs::read_dir(root().join("clients").join(language).join("examples")).unwrap() {
                let path = format!("{language}/examples/{}", entry.unwrap().file_name().to_str().unwrap());
                assert!(EXAMPLES.iter().any(|(known, _)| *known == path), "{path} is not in the table");
            }
        }
    }
}
