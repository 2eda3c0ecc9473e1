//! Whether some JSON of LangChain's makes the loader panic, or becomes YAML that does not read back.
//!
//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run langchain`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windlass_loader::{LangChainOptions, Registry, Source, is_langchain, load, translate};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let source = Source::new("fuzz.json", text);
    let _ = is_langchain(&source);
    for jinja2 in [false, true] {
        let options = LangChainOptions { jinja2, ..LangChainOptions::default() };
        match translate(&source, &options) {
            Ok(chain) => {
                let _ = chain.tree();
                let file = Source::new("fuzz.yaml", chain.to_yaml());
                // It is no chain file, but it must be YAML.
                if let Err(report) = load(&file, &Registry::default()) {
                    assert!(!report.to_string().contains("this is not YAML"), "{report}");
                }
            }
            Err(report) => assert!(!report.render(true).is_empty()),
        }
    }
});
