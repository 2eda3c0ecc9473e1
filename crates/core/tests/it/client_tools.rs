//! Tools that a client brings to a run.

use crate::support::{Log, Probe};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_core::{Cx, IntoChain, RunnableBinding, RunnableClientTools, RunnableConfig, Val};

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn cx(tools: Option<Value>) -> Cx {
    let client_tools = tools.map(|tools| Arc::new(object(&tools)));
    Cx::builder().config(RunnableConfig { client_tools, ..RunnableConfig::default() }).build()
}

#[tokio::test]
async fn they_reach_the_step_that_takes_them_beside_what_is_bound_to_it() {
    let log = Log::default();
    let taking = RunnableClientTools::new(Probe::new("b", &log)).into_chain();
    let bound = RunnableBinding::new(taking).kwargs(object(&json!({"tools": ["own"], "stop": "."})));
    let chain = (Probe::new("a", &log).into_chain() | bound.into_chain() | Probe::new("c", &log)).erase();
    let brought = json!({"tools": ["theirs"], "tool_choice": "auto"});
    for (tools, seen) in [
        (
            Some(brought),
            r#"b(xa) {"tools":["own"],"stop":".","client_tools":{"tools":["theirs"],"tool_choice":"auto"}}"#,
        ),
        (None, r#"b(xa) {"tools":["own"],"stop":"."}"#),
    ] {
        chain.invoke(Val::from("x"), &cx(tools.clone())).await.unwrap();
        assert_eq!(log.take(), ["a(x)", seen, "c(xab)"]);
        let mut run = windlass_core::run(&chain, Val::from("x"), &cx(tools));
        while futures_util::StreamExt::next(&mut run).await.is_some() {}
        assert_eq!(log.take(), ["a(x)", seen, "c(xab)"]);
    }
}
