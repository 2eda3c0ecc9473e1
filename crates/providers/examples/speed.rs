//! What the client costs: CPU time per request and per streamed chunk, sockets included.
//!
//! Run with `cargo run --release -p windlass-providers --example speed`.

use futures_util::StreamExt;
use std::{error::Error, net::TcpListener, thread, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Builder,
};
use windlass_core::{ChatPromptTemplate, Cx, StrOutputParser, vars};
use windlass_providers::OpenAi;

const REQUESTS: u32 = 20_000;
const CHUNKS: usize = 200_000;

#[expect(clippy::print_stdout, reason = "this prints what it measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    listener.set_nonblocking(true)?;
    thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().map(|runtime| runtime.block_on(serve(listener)))
    });
    let model = OpenAi::model("gpt-4o").temperature(0.7).api_key("sk-test").base_url(url).build()?;
    let chain = ChatPromptTemplate::from_template("Answer concisely: {question}")? | model | StrOutputParser;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let question = || vars! { "question" => "Why?" };
    runtime.block_on(async {
        chain.invoke(question()).await?;
        let before = cpu_time()?;
        for _ in 0..REQUESTS {
            chain.invoke(question()).await?;
        }
        println!("{:?} per request", (cpu_time()? - before) / REQUESTS);
        let before = cpu_time()?;
        let mut stream = chain.stream_in(question(), Cx::default());
        let mut chunks = 0;
        while let Some(piece) = stream.next().await {
            piece?;
            chunks += 1;
        }
        println!("{:?} per chunk of {chunks}", (cpu_time()? - before) / chunks);
        Ok(())
    })
}

/// CPU time of this thread.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(stat.split(' ').next().unwrap_or("0").parse()?))
}

/// Answers every request in as few writes as it can.
async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (mut socket, _) = listener.accept().await?;
    socket.set_nodelay(true)?;
    let mut buffer = vec![0; 65536];
    loop {
        let length = socket.read(&mut buffer).await?;
        let request = String::from_utf8_lossy(&buffer[..length]);
        if request.contains("\"stream\":true") {
            socket.write_all(&streamed()).await?;
        } else if length > 0 {
            let body = include_str!("../tests/fixtures/basic.json");
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            socket.write_all((head + body).as_bytes()).await?;
        } else {
            return Ok(());
        }
    }
}

fn streamed() -> Vec<u8> {
    let recording = include_str!("../tests/fixtures/basic.sse");
    let word = recording.split_inclusive("\n\n").nth(1).unwrap_or_default();
    let mut answer = String::from(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    for _ in 0..CHUNKS {
        answer += &format!("{:x}\r\n{word}\r\n", word.len());
    }
    answer += &format!("{:x}\r\n{recording}\r\n0\r\n\r\n", recording.len());
    answer.into_bytes()
}
