//! A step of your own: it hands pieces on as they come, and stands in a chain like any other.
//!
//! Run with `cargo run -p windlass --example custom_step`.
#![expect(clippy::print_stdout, reason = "an example prints")]

use futures_util::StreamExt;
use std::sync::Arc;
use windlass::{
    ChatPromptTemplate, Cx, Fake, Fut, Out, Runnable, RunnableLambda, StrOutputParser, impl_pipe, vars,
};

/// Replaces a word in text. Pieces are joined into whole words first, so that a word cut in two is found.
struct Redact {
    word: &'static str,
}

impl Redact {
    fn redacted(&self, text: &str) -> String {
        text.replace(self.word, "▇▇▇")
    }
}

impl Runnable for Redact {
    type In = String;
    type Out = String;

    fn invoke(self: Arc<Self>, text: String, _: Cx) -> Fut<String> {
        Box::pin(async move { Ok(self.redacted(&text)) })
    }

    fn transform(self: Arc<Self>, pieces: Out<String>, _: Cx) -> Out<String> {
        let ends = pieces.map(Some).chain(futures_util::stream::iter([None]));
        let words = ends.scan(String::new(), move |held, piece| {
            let piece = match piece {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => return std::future::ready(Some(Err(error))),
                None => return std::future::ready(Some(Ok(self.redacted(&std::mem::take(held))))),
            };
            held.push_str(&piece);
            let whole = held.rfind(char::is_whitespace).map_or(0, |space| space + 1);
            let rest = held.split_off(whole);
            std::future::ready(Some(Ok(self.redacted(&std::mem::replace(held, rest)))))
        });
        words.boxed()
    }
}

impl_pipe!(Redact);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prompt = ChatPromptTemplate::from_template("Tell me about {topic}")?;
    let shout = RunnableLambda::quick(|text: String| Ok(text.to_uppercase()));
    let chain = prompt | Fake::model() | StrOutputParser | Redact { word: "secret" } | shout;
    println!("{}", chain.invoke(vars! { "topic" => "the secret garden" }).await?);
    Ok(())
}
